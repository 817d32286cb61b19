"""Properties that an edit may set, and where in an item each of them lives."""

from collections.abc import Mapping
from typing import Any, Literal

from bot.engine.composition import Audio, Captions, Clip, Composition, Item, Label, Text, Words
from bot.engine.errors import InvalidEdit
from bot.engine.operations.surgery import Names, label_stem
from bot.engine.record import Record
from bot.engine.style import Color, Crop, Fit, Fraction01
from bot.engine.timebase import Seconds

Place = Literal[
    "top-left",
    "top",
    "top-right",
    "left",
    "center",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
]
_KIND = {
    "video": "a video",
    "image": "an image",
    "text": "a text",
    "shape": "a shape",
    "audio": "a sound",
    "captions": "what is said",
}
OVERLAY_SCALE = {"image": 0.2, "video": 0.35}
"""How large a picture over the film is unless somebody says so."""

_MARGIN = 0.05
_SPOTS = {"left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0}


class Properties(Record):
    """Absolute values for an item's properties; None leaves a property alone.

    Fades are in seconds, `x`, `y` and crops in fractions, `volume` is linear (1 = as recorded).
    `place` is one of nine positions, a twentieth away from the edges; `background` and `outline`
    may be "none". Setting `text` keeps the style.
    """

    label: Label | None = None
    text: Words | None = None
    size: float | None = None
    color: Color | None = None
    background: Color | Literal["none"] | None = None
    outline: Color | Literal["none"] | None = None
    bold: bool | None = None
    italic: bool | None = None
    align: Literal["left", "center", "right"] | None = None
    shadow: bool | None = None
    shape: Literal["rectangle", "ellipse"] | None = None
    width: float | None = None
    height: float | None = None
    opacity: Fraction01 | None = None
    place: Place | None = None
    x: float | None = None
    y: float | None = None
    scale: float | None = None
    rotation: float | None = None
    flip_h: bool | None = None
    flip_v: bool | None = None
    crop: Crop | None = None
    fit: Fit | None = None
    volume: float | None = None
    muted: bool | None = None
    fade_in: Seconds | None = None
    fade_out: Seconds | None = None
    loop: bool | None = None
    duck: bool | None = None
    to_end: bool | None = None
    layer: int | None = None
    enabled: bool | None = None


_STYLE = {"size", "color", "background", "outline", "bold", "italic", "align", "shadow"}
_TRANSFORM = {"x", "y", "scale", "rotation", "flip_h", "flip_v", "crop", "fit"}


def given(properties: Properties) -> dict[str, Any]:
    """The properties that were set."""
    named = {name: getattr(properties, name) for name in Properties.model_fields}
    return {name: value for name, value in named.items() if value is not None}


def with_properties(comp: Composition, item: Item, values: Mapping[str, Any]) -> Item:
    """Set properties of an item; what was animated stands still at the new value.

    Raises:
        InvalidEdit: The item has no such property, such as the volume of a text.
    """
    _refuse_foreign(item, values)
    own = type(item).model_fields.keys()
    changes = {name: value for name, value in values.items() if name in own}
    for name in {"fade_in", "fade_out"} & values.keys():
        changes[name] = comp.canvas.fps.frames(values[name])
    if label := _new_label(comp, item, values):
        changes["label"] = label
    if isinstance(item, Text | Captions) and (style := _style(values)):
        changes["style"] = item.style.but(**style)
    if not isinstance(item, Audio) and (moves := _moves(values)):
        changes["transform"] = item.transform.but(**moves)
    if changes.get("loop"):
        changes.setdefault("to_end", True)
    still = {"x", "y", *values} if "place" in values else values.keys()
    changes["keyframes"] = {
        name: keys for name, keys in item.keyframes.items() if name not in still
    }
    return item.but(**changes)


def _refuse_foreign(item: Item, values: Mapping[str, Any]) -> None:
    known = type(item).model_fields.keys() - {"duration"}
    if isinstance(item, Text | Captions):
        known |= _STYLE
    if not isinstance(item, Audio):
        known |= _TRANSFORM | {"place"}
    if foreign := sorted(values.keys() - known):
        raise InvalidEdit(f"“{item.label}” is {_KIND[item.type]} and has no {foreign[0]}.")


def _new_label(comp: Composition, item: Item, values: Mapping[str, Any]) -> str | None:
    """The label asked for; a text that bears its own words as label takes the new ones."""
    label: str | None = values.get("label")
    if isinstance(item, Text) and "text" in values and label is None:
        words = label_of_text(item.text)
        label = (
            label_of_text(values["text"]) if words in (item.label, label_stem(item.label)) else None
        )
    if label is None or label == item.label:
        return None
    return label if label.casefold() == item.label.casefold() else Names(comp).label(label)


def label_of_text(text: str) -> str:
    """What a text is called unless somebody names it: its words, shortened."""
    return " ".join(text.split())[:40].rstrip()


def label_of_clip(clip: Clip) -> str:
    """What an item that shows a clip is called unless somebody names it."""
    return clip.name.rpartition(".")[0].strip() or clip.name


def _style(values: Mapping[str, Any]) -> dict[str, Any]:
    style = {name: value for name, value in values.items() if name in _STYLE}
    return {name: None if value == "none" else value for name, value in style.items()}


def _moves(values: Mapping[str, Any]) -> dict[str, Any]:
    moves = {name: value for name, value in values.items() if name in _TRANSFORM}
    if place := values.get("place"):
        return spot(place) | moves
    return {f"pivot_{axis}": 0.5 for axis in ("x", "y") if axis in moves} | moves


def spot(place: Place) -> dict[str, float]:
    """Position and pivot of one of the nine places: the item's own edge stands on the margin."""
    words = place.split("-")
    pivot_x = next((_SPOTS[word] for word in words if word in ("left", "right")), 0.5)
    pivot_y = next((_SPOTS[word] for word in words if word in ("top", "bottom")), 0.5)
    inner = 1 - 2 * _MARGIN
    return {
        "x": _MARGIN + inner * pivot_x,
        "y": _MARGIN + inner * pivot_y,
        "pivot_x": pivot_x,
        "pivot_y": pivot_y,
    }
