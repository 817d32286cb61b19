"""The wire form of operations: {"action", "selector", "changes": {…}}, and forgiving names.

People and models often write `fontSize`, `length` or `playbackRate`; such a name is taken for the
field that it means, where the operation has that field and it is not given under its own name.
"""

import re
from collections.abc import Iterable
from typing import Any

_ALIASES: dict[str, tuple[str, ...]] = {
    "align": ("text_align", "alignment"),
    "amount": ("value", "level", "intensity", "strength"),
    "aspect": ("aspect_ratio", "ratio"),
    "at": ("start", "start_time", "time", "from"),
    "background": ("background_color", "bg_color", "box"),
    "clip": ("clip_id", "asset", "source", "src"),
    "color": ("colour", "text_color", "font_color", "fill"),
    "duration": ("length", "dur"),
    "end": ("end_time", "to", "until"),
    "fade_in": ("fade_in_duration",),
    "fade_out": ("fade_out_duration",),
    "find": ("old", "old_text", "search", "word", "words"),
    "fps": ("frame_rate", "framerate"),
    "frames": ("keyframes",),
    "head": ("trim_start", "start_from", "from_start"),
    "item_type": ("type", "kind"),
    "kind": ("type", "effect", "transition", "name"),
    "label": ("name", "title"),
    "layer": ("z_index",),
    "length": ("duration", "to", "new_duration"),
    "muted": ("mute",),
    "place": ("position", "placement"),
    "rate": ("speed", "playback_rate"),
    "rotation": ("rotate", "angle"),
    "scale": ("zoom",),
    "size": ("font_size", "text_size"),
    "source_in": ("start_from", "trim_start"),
    "start": ("start_time", "from"),
    "tail": ("trim_end", "from_end"),
    "text": ("content", "caption", "new", "new_text", "replace_with", "replacement"),
    "volume": ("gain",),
}


_ACTIONS = {
    "caption": ("captions", "subtitle", "subtitles", "add_captions", "add_subtitles", "transcribe"),
    "reword": ("correct", "replace_text", "replace_word", "replace_words", "edit_captions"),
    "freeze": ("freeze_frame", "hold_frame", "hold", "still_frame"),
    "reverse": ("play_backwards", "play_backward", "play_in_reverse", "reverse_playback"),
}
_PACES = ("rate", "times")


def named(wire: Any) -> Any:
    """Mend the name of an action; to play at the speed −1 is to play backwards."""
    if not isinstance(wire, dict) or not isinstance(wire.get("action"), str):
        return wire
    snake = _snake(wire["action"])
    meant = next((action for action, names in _ACTIONS.items() if snake in names), wire["action"])
    if meant == "speed":
        said = flattened(wire, _PACES)
        if any(str(said.get(way)) in ("-1", "-1.0") for way in _PACES):
            kept = {key: value for key, value in said.items() if key not in _PACES}
            return {**kept, "action": "reverse"}
    return {**wire, "action": meant}


def flattened(wire: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Lift `changes` (an object, or a list of {field, value} pairs) and mend the names.

    A null says nothing.

    Raises:
        ValueError: `changes` is something else.
    """
    both = {key: value for key, value in wire.items() if key != "changes"}
    both |= _changes(wire.get("changes"))
    flat = {key: value for key, value in both.items() if value is not None}
    known = set(fields)
    taken = known & {_snake(name) for name in flat}
    return {_meant(name, known, taken): value for name, value in flat.items()}


def nested(fields: dict[str, Any]) -> dict[str, Any]:
    """Put the fields of an operation into wire form, leaving out what says nothing."""
    head = {key: fields[key] for key in ("action", "selector") if fields.get(key) is not None}
    changes = {key: value for key, value in fields.items() if key not in head and value is not None}
    return {**head, "changes": changes}


def _changes(wire: Any) -> dict[str, Any]:
    match wire:
        case None:
            return {}
        case dict():
            return wire
        case list() if all(
            isinstance(pair, dict) and {"field", "value"} == {*pair} for pair in wire
        ):
            return {str(pair["field"]): pair["value"] for pair in wire}
    raise ValueError("changes are an object, or a list of {field, value} pairs")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _meant(name: str, known: set[str], taken: set[str]) -> str:
    snake = _snake(name)
    if snake in known:
        return snake
    candidates = (field for field, names in _ALIASES.items() if snake in names)
    return next((field for field in candidates if field in known - taken), name)
