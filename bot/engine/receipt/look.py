"""How things look and sound now: properties, told from a table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.engine.composition import Captions, Item, Text
from bot.engine.layout import Placed
from bot.engine.operations.properties import label_of_clip, label_of_text
from bot.engine.operations.surgery import turned
from bot.engine.receipt.change import Change, clip_of
from bot.engine.receipt.fact import Fact
from bot.engine.receipt.words import effect, percent, place, without
from bot.engine.style import Crop, Fit, Transform

_RECORDS = ("transform", "style")


def _plain(value: Any) -> str:
    return "none" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _degrees(value: float) -> str:
    return f"{value:.4g}°"


def _fit(value: Fit) -> str:
    return {"contain": "whole", "cover": "filling", "stretch": "stretched"}[value]


def _yes(value: bool) -> str:
    return "on" if value else "off"


def _crop(crop: Crop) -> str:
    sides = [f"{side} {percent(value)}" for side, value in crop if value]
    return ", ".join(sides) or "none"


_VALUES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("volume", "volume", percent),
    ("opacity", "opacity", percent),
    ("size", "transform.scale", percent),
    ("rotation", "transform.rotation", _degrees),
    ("crop", "transform.crop", _crop),
    ("fit", "transform.fit", _fit),
    ("text size", "style.size", percent),
    ("colour", "style.color", _plain),
    ("colour", "color", _plain),
    ("background", "style.background", _plain),
    ("outline", "style.outline", _plain),
    ("bold", "style.bold", _yes),
    ("italic", "style.italic", _yes),
    ("alignment", "style.align", _plain),
    ("shadow", "style.shadow", _yes),
    ("shape", "shape", _plain),
    ("width", "width", percent),
    ("height", "height", percent),
    ("layer", "layer", _plain),
)
"""What a property is called, where in an item it lives, and how its values are written."""

_SWITCHES: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...] = (
    ("muted", ("Muted ", ""), ("Unmuted ", "")),
    ("enabled", ("Showed ", " again"), ("Hid ", "")),
    ("backwards", ("Reversed ", ""), ("", ": plays forwards again")),
    ("transform.flip_h", ("Flipped ", " left to right"), ("Flipped ", " back")),
    ("transform.flip_v", ("Flipped ", " upside down"), ("Flipped ", " the right way up")),
    ("loop", ("", ": repeats"), ("", ": no longer repeats")),
    ("duck", ("", ": ducks under other sound"), ("", ": no longer ducks")),
    ("to_end", ("", ": lasts to the end"), ("", ": no longer lasts to the end")),
)
"""Where a switch lives, and the words around the name for on and off."""


Differences = Mapping[str, tuple[Any, Any]]
"""What a property was and is, by its path."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """An item that stayed, before and after, and what differs."""

    old: Placed
    new: Placed
    differences: Differences


def properties(change: Change) -> Iterator[Fact]:
    """Tell which properties of the items that stayed are others now."""
    kept = [_Kept(old, new, _differences(old.item, new.item)) for old, new in change.stayed]
    for tell in (_content, _values, _switches, _position, _effects, _fades, _motion, _slipped):
        for each in kept:
            old, new = each.old.item, each.new.item
            label = old.label if new.id == old.id else new.label
            for head, tail, summary in tell(change, each) if each.differences else ():
                yield Fact(head, label, tail, new.type, summary)


def _differences(old: Item, new: Item) -> Differences:
    """Compare the fields that two items share, down into transform and style."""
    found: dict[str, tuple[Any, Any]] = {}
    for prefix in ("", *_RECORDS):
        before, after = (getattr(item, prefix, None) if prefix else item for item in (old, new))
        if before is not None and after is not None and before is not after:
            for name in type(before).model_fields.keys() & type(after).model_fields.keys():
                values = getattr(before, name), getattr(after, name)
                if values[0] != values[1]:
                    found[f"{prefix}.{name}".lstrip(".")] = values
    return found


_Told = Iterator[tuple[str, str, str]]
"""Head, tail and summary of facts."""


def _content(change: Change, kept: _Kept) -> _Told:
    """Words, clips and names; a name that goes with them is not told apart."""
    after, differences = kept.new.item, kept.differences
    if "text" in differences and isinstance(after, Text):
        yield "", f" now says “{label_of_text(after.text)}”", ""
    elif clip_of(kept.old.item) != clip_of(after):
        yield "Replaced ", f" with “{label_of_clip(change.after.clips[clip_of(after) or ''])}”", ""
    elif "label" in differences and "id" not in differences:
        yield "Renamed ", f" to “{after.label}”", ""


def _values(_: Change, kept: _Kept) -> _Told:
    for name, path, written in _VALUES:
        if path in kept.differences:
            was, now = map(written, kept.differences[path])
            yield "", f": {name} {was} → {now}", f": {name} {now}"


def _switches(_: Change, kept: _Kept) -> _Told:
    for path, on, off in _SWITCHES:
        if path == "to_end" and isinstance(kept.new.item, Captions):
            continue  # told by where they are seen
        if path in kept.differences:
            head, tail = on if kept.differences[path][1] else off
            yield head, tail, tail


def _position(_: Change, kept: _Kept) -> _Told:
    transforms: tuple[Transform, Transform] | None = kept.differences.get("transform")
    if transforms is None:
        return
    before, after = map(place, transforms)
    if before != after:
        yield "", f": {before} → {after}", f": {after}"


def _effects(_: Change, kept: _Kept) -> _Told:
    before, after = (
        {each.kind: each.amount for each in effects}
        for effects in kept.differences.get("effects", ((), ()))
    )
    for kind in dict.fromkeys([*before, *after]):
        if before.get(kind) != after.get(kind):
            tail = f": {effect(kind, after[kind])}" if kind in after else f": {without(kind)}"
            yield "", tail, tail


def _fades(change: Change, kept: _Kept) -> _Told:
    if len(change.pieces[kept.old.item.id]) > 1:  # each piece has one of them
        return
    for path, way in (("fade_in", "in"), ("fade_out", "out")):
        if path in kept.differences:
            _, after = kept.differences[path]
            over = f": fades {way} over {change.length(after)}" if after else f": no fade {way}"
            yield "", over, over


def _motion(_: Change, kept: _Kept) -> _Told:
    before, after = (
        {name: [key.value for key in keys] for name, keys in keyframes.items()}
        for keyframes in kept.differences.get("keyframes", ({}, {}))
    )
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            yield "", f": {name} stands still", f": {name} stands still"
        elif before.get(name) != after[name]:
            moves = " → ".join(f"{value:.3g}" for value in after[name][:4])
            yield "", f": {name} moves, {moves}", f": {name} moves"


def _slipped(change: Change, kept: _Kept) -> _Told:
    """Tell where an item shows another part of its clip, at the same length."""
    before, after = kept.old.item, kept.new.item
    lasts = before.duration == after.duration or (before.to_end and after.to_end)
    slipped = abs(before.source_in - after.source_in) > 1 and clip_of(before) == clip_of(after)
    if clip_of(before) and lasts and slipped and turned(before) == turned(after):
        yield "", f": starts at {change.time(after.source_in)} of its clip", ""
