"""The operation on the canvas, and what becomes of the items at another frame rate."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bot.engine.composition import Audio, Canvas, Clip, Composition, Image, Item, TimeAnchor, Video
from bot.engine.errors import InvalidEdit
from bot.engine.operations.base import Operation
from bot.engine.operations.edit import Edit
from bot.engine.operations.surgery import moved_keys, reshaped, scaling, scaling_within
from bot.engine.style import Color, Fit
from bot.engine.timebase import Rate, round_half_up

_MAX_SIDE = 3840
_USUAL_RATES = [Rate.standard(fps) for fps in (23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60)]


class SetCanvas(Operation):
    """Change the format: size in pixels, aspect ratio ("9:16"), short side, frame rate, background.

    A side that is not given follows from the aspect ratio. With another aspect ratio the pictures
    of the main track fill the frame (`fit` "cover") unless `fit` says otherwise. All frame numbers
    are converted with the rate.
    """

    action: Literal["canvas"] = "canvas"
    width: int | None = Field(default=None, ge=16, le=7680)
    height: int | None = Field(default=None, ge=16, le=7680)
    aspect: str | None = Field(
        default=None, pattern=r"^[1-9]\d{0,3}(\.\d{1,4})?[:x/][1-9]\d{0,3}(\.\d{1,4})?$"
    )
    short_side: int | None = Field(default=None, ge=16, le=4320)
    fps: Rate | None = None
    background: Color | None = None
    fit: Fit | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(value is None for name, value in self if name != "action"):
            raise ValueError("a change of format needs a size, a rate or a background")
        return self

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        old = comp.canvas
        width, height = self._size(old)
        if not (16 <= width <= 7680 and 16 <= height <= 7680):
            raise InvalidEdit(f"A canvas can be 16 to 7680 pixels a side, not {width}×{height}.")
        format_chosen = any((self.width, self.height, self.aspect, self.short_side, self.fps))
        canvas = old.but(
            width=width,
            height=height,
            background=self.background or old.background,
            chosen=old.chosen or format_chosen,
        )
        reshaped = abs(width / height - old.width / old.height) > 0.01
        fit = self.fit or ("cover" if reshaped else None)
        comp = comp.but(canvas=canvas)
        return retimed(_fitted(comp, fit) if fit else comp, self.fps or old.fps)

    def _size(self, old: Canvas) -> tuple[int, int]:
        ratio = _ratio(self.aspect) if self.aspect else Fraction(old.width, old.height)
        if self.width or self.height:
            width = self.width or (self.height or 0) * ratio
            return _even(width), _even(self.height or width / ratio)
        short = _even(self.short_side or old.short_side)
        return (_even(short * ratio), short) if ratio > 1 else (short, _even(short / ratio))


def _ratio(aspect: str) -> Fraction:
    wide, high = aspect.replace("x", ":").replace("/", ":").split(":")
    return Fraction(wide) / Fraction(high)


def _even(pixels: Fraction | int) -> int:
    return round_half_up(Fraction(pixels) / 2) * 2


def _fitted(comp: Composition, fit: Fit) -> Composition:
    pictures = [comp.items[key] for key in comp.main]
    return comp.with_item(
        *(
            item.but(transform=item.transform.but(fit=fit))
            for item in pictures
            if isinstance(item, Video | Image)
        )
    )


def native_canvas(clip: Clip, canvas: Canvas) -> Canvas:
    """A canvas that shows a clip pixel by pixel, at most 4K and 60 frames per second."""
    if not (clip.width and clip.height):
        return canvas
    shrink = min(1.0, _MAX_SIDE / max(clip.width, clip.height))
    width, height = (max(16, int(side * shrink) // 2 * 2) for side in (clip.width, clip.height))
    return canvas.but(width=width, height=height, fps=_native_rate(clip.fps))


def _native_rate(fps: float) -> Rate:
    """The rate of a clip; of one that varies, as phones record it, the nearest usual rate."""
    while fps > 60.5:
        fps /= 2
    if fps < 10:
        return Rate(num=30)
    rate = Rate.standard(fps)
    if rate.den in (1, 1001):
        return rate
    return min(_USUAL_RATES, key=lambda usual: abs(usual.value - rate.value))


def retimed(comp: Composition, rate: Rate) -> Composition:
    """Convert every frame number to another frame rate; seconds stay what they were."""
    if rate == comp.canvas.fps:
        return comp
    factor = rate.value / comp.canvas.fps.value
    comp = comp.but(canvas=comp.canvas.but(fps=rate))
    parts = [_retimed(comp, item, scaling(factor)) for item in comp.items.values()]
    moved = {part.id: scaling_within(factor, part.duration) for part in parts}
    return reshaped(comp, parts, moved)


def _retimed(comp: Composition, item: Item, scaled: Callable[[int], int]) -> Item:
    changes: dict[str, Any] = {
        "duration": max(1, scaled(item.duration)),
        "source_in": scaled(item.source_in),
        "fade_in": scaled(item.fade_in),
        "fade_out": scaled(item.fade_out),
        "keyframes": moved_keys(item, scaled),
    }
    if isinstance(item.anchor, TimeAnchor):
        changes["anchor"] = TimeAnchor(at=scaled(item.anchor.at))
    if isinstance(item, Video) and item.frozen is not None:
        changes["frozen"] = scaled(item.frozen)
    if not isinstance(item, Audio) and item.transition_in:
        frames = max(1, scaled(item.transition_in.frames))
        changes["transition_in"] = item.transition_in.but(frames=frames)
    part = item.but(**changes)
    longest = comp.longest(part)
    return part if longest is None else part.but(duration=max(1, min(part.duration, longest)))
