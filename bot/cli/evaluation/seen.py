"""A timeline as cases speak of it: by label, in seconds and fractions."""

from collections.abc import Mapping
from typing import Any

from bot.engine.composition import Composition, Item, Video
from bot.engine.layout import Placed, Timeline, layout

Seen = Mapping[str, Mapping[str, Any]]


def seen(comp: Composition) -> Seen:
    """The fields of every item, and of the whole as "film"."""
    timeline = layout(comp)
    items = {placed.item.label: _fields(placed, timeline) for placed in timeline.placed}
    return items | {"film": _film(timeline)}


def at(view: Seen, path: str) -> Any:
    """The value at "label.field", all fields at "label"; None where there is no such thing."""
    if path in view:
        return view[path]
    label, _, name = path.rpartition(".")
    return view.get(label, {}).get(name)


def _film(timeline: Timeline) -> dict[str, Any]:
    canvas = timeline.canvas
    return {
        "duration": timeline.seconds,
        "order": [placed.item.label for placed in timeline.main],
        "lengths": [canvas.fps.seconds(placed.frames) for placed in timeline.main],
        "labels": sorted(placed.item.label for placed in timeline.placed),
        "width": canvas.width,
        "height": canvas.height,
        "fps": float(canvas.fps.value),
        "background": canvas.background,
    }


def _fields(placed: Placed, timeline: Timeline) -> dict[str, Any]:
    item, seconds = placed.item, timeline.canvas.fps.seconds
    fields: dict[str, Any] = item.model_dump(exclude={"keyframes", "effects", "transform", "style"})
    fields |= {
        "track": placed.track,
        "start": seconds(placed.start),
        "end": seconds(placed.end),
        "duration": seconds(placed.frames),
        "fade_in": seconds(item.fade_in),
        "fade_out": seconds(item.fade_out),
        "transition": None,
    }
    if isinstance(item, Video):
        fields["source_in"] = item.stretch[0]
        fields["frozen"] = None if item.frozen is None else seconds(item.frozen)
    if "source_in" in fields:
        fields["source_in"] = seconds(fields["source_in"])
    if item.type == "captions":
        fields["clips"] = [clip for clip, row in item.cues.items() if row]
        fields["says"] = " ".join(cue.text for row in item.cues.values() for cue in row)
    for name, keys in item.keyframes.items():
        fields[f"{name}_keys"] = [[seconds(key.frame), key.value] for key in keys]
    return fields | _look(item, timeline)


def _look(item: Item, timeline: Timeline) -> dict[str, Any]:
    if item.type == "audio":
        return {}
    fields = item.transform.model_dump(exclude={"crop"})
    fields |= {f"crop_{side}": value for side, value in item.transform.crop.model_dump().items()}
    fields |= {effect.kind: effect.amount for effect in item.effects}
    if item.transition_in:
        fields["transition"] = item.transition_in.kind
        fields["direction"] = item.transition_in.direction
        fields["overlap"] = timeline.canvas.fps.seconds(item.transition_in.frames)
    if item.type in ("text", "captions"):
        fields |= item.style.model_dump()
    return fields
