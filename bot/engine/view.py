"""The documented JSON view of a composition (docs/cli.md): seconds, fractions, plain values."""

from collections.abc import Mapping
from typing import Any

from bot.engine.captions import spoken
from bot.engine.composition import Audio, Captions, Image, Shape, Text, Video
from bot.engine.layout import Placed, Timeline
from bot.engine.style import Transform
from bot.engine.timebase import Rate, round_half_up

_LOOKS = (
    "opacity",
    "position",
    "scale",
    "rotation",
    "flip_h",
    "flip_v",
    "fit",
    "crop",
    "color",
)
_PLAYING = ("backwards", "frozen")

Size = tuple[float, float]
"""Width and height as fractions of the canvas."""


def timeline_view(timeline: Timeline, revision: int, sizes: Mapping[str, Size]) -> dict[str, Any]:
    """Describe a laid-out composition.

    Args:
        timeline: The composition, laid out.
        revision: Which revision it is.
        sizes: Sizes of drawn items by id; pictures that are missing are computed here.
    """
    canvas = timeline.canvas
    return {
        "revision": revision,
        "fps": float(canvas.fps.value),
        "width": canvas.width,
        "height": canvas.height,
        "duration": _seconds(timeline.duration, canvas.fps),
        "background": canvas.background,
        "items": [_item(placed, timeline, sizes) for placed in timeline.placed],
    }


def _item(placed: Placed, timeline: Timeline, sizes: Mapping[str, Size]) -> dict[str, Any]:
    item, rate = placed.item, timeline.canvas.fps
    return {
        "id": item.id,
        "label": item.label,
        "type": item.type,
        "track": placed.track,
        "index": placed.index,
        "start": _seconds(placed.start, rate),
        "end": _seconds(placed.end, rate),
        "enabled": item.enabled,
        **_source(placed, timeline),
        "text": item.text if isinstance(item, Text) else None,
        "lines": _lines(item, timeline) if isinstance(item, Captions) else None,
        **_look(placed, timeline, sizes),
        "fade_in": _seconds(item.fade_in, rate),
        "fade_out": _seconds(item.fade_out, rate),
        "transition_in": _transition(placed, rate),
        "keyframes": {
            name: [
                {"at": _seconds(k.frame, rate), "value": k.value, "easing": k.easing} for k in keys
            ]
            for name, keys in item.keyframes.items()
        },
    }


def _lines(captions: Captions, timeline: Timeline) -> list[dict[str, Any]]:
    """What captions say, and when that is seen."""
    rate = timeline.canvas.fps
    return [
        {"start": _seconds(line.start, rate), "end": _seconds(line.end, rate), "text": line.text}
        for line in spoken(timeline, captions)
    ]


def _source(placed: Placed, timeline: Timeline) -> dict[str, Any]:
    """Which stretch of its clip is seen or heard: a loop plays the rest of it over and over."""
    item, rate = placed.item, timeline.canvas.fps
    view: dict[str, Any] = dict.fromkeys(
        ("clip", "source_in", "source_out", "speed", *_PLAYING, "volume", "muted", "loop", "duck")
    )
    if isinstance(item, Image):
        view["clip"] = item.clip
    if isinstance(item, Video | Audio):
        first, end = _stretch(placed, item)
        footage = timeline.clips[item.clip].frames(rate)
        view |= {
            "clip": item.clip,
            "source_in": _seconds(max(0, first), rate),
            "source_out": _seconds(min(end, footage), rate),
            "speed": item.speed,
            "volume": item.volume,
            "muted": item.muted,
        }
    if isinstance(item, Video):
        view |= {"backwards": item.backwards, "frozen": item.frozen is not None}
    if isinstance(item, Audio):
        view |= {"loop": item.loop, "duck": item.duck}
    return view


def _stretch(placed: Placed, item: Video | Audio) -> tuple[int, int]:
    if isinstance(item, Video) and item.frozen is not None:
        return item.frozen, item.frozen + 1
    there = item.source_in + round_half_up(placed.frames * item.pace)
    return (there, item.source_in) if item.pace < 0 else (item.source_in, there)


def _look(placed: Placed, timeline: Timeline, sizes: Mapping[str, Size]) -> dict[str, Any]:
    item = placed.item
    if isinstance(item, Audio):
        return dict.fromkeys(_LOOKS) | {"effects": []}
    size = sizes.get(item.id) or _size(placed, timeline)
    transform = item.transform
    return {
        "opacity": item.opacity,
        "position": _centre(transform, size),
        "scale": transform.scale,
        "rotation": transform.rotation,
        "flip_h": transform.flip_h,
        "flip_v": transform.flip_v,
        "fit": transform.fit,
        "crop": transform.crop.model_dump(),
        "color": _color(item),
        "effects": [{"kind": effect.kind, "amount": effect.amount} for effect in item.effects],
    }


def _color(item: object) -> str | None:
    if isinstance(item, Text | Captions):
        return item.style.color
    return item.color if isinstance(item, Shape) else None


def _centre(transform: Transform, size: Size) -> dict[str, float]:
    """The centre of the item's box, whose own point (pivot) stands at (x, y)."""
    return {
        "x": round(transform.x + (0.5 - transform.pivot_x) * size[0], 6),
        "y": round(transform.y + (0.5 - transform.pivot_y) * size[1], 6),
    }


def _size(placed: Placed, timeline: Timeline) -> Size:
    """The size of a picture: its clip, cropped, fitted into the canvas, scaled."""
    item, canvas = placed.item, timeline.canvas
    if isinstance(item, Shape):
        return item.width * item.transform.scale, item.height * item.transform.scale
    if not isinstance(item, Video | Image):
        return 0, 0
    clip, crop, scale = timeline.clips[item.clip], item.transform.crop, item.transform.scale
    width = clip.width * (1 - crop.left - crop.right) / canvas.width
    height = clip.height * (1 - crop.top - crop.bottom) / canvas.height
    if item.transform.fit == "stretch" or not width or not height:
        return scale, scale
    fitting = max if item.transform.fit == "cover" else min
    factor = scale * fitting(1 / width, 1 / height)
    return width * factor, height * factor


def _transition(placed: Placed, rate: Rate) -> dict[str, Any] | None:
    transition = None if isinstance(placed.item, Audio) else placed.item.transition_in
    if transition is None or not placed.overlap:
        return None
    duration = _seconds(transition.frames, rate)
    return {"kind": transition.kind, "duration": duration, "direction": transition.direction}


def _seconds(frames: int, rate: Rate) -> float:
    return round(rate.seconds(frames), 6)
