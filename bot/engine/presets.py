"""Presets: the formats that a composition can be rendered in.

Everything in a composition is a fraction of the canvas, so a preset changes the canvas alone; for
the upright and square ones the pictures of the main track fill the frame. In the wide one an
upright picture stays whole: filling the frame would leave a third of its height.
"""

from typing import Literal

from bot.engine.composition import Canvas, Composition
from bot.engine.timebase import Rate

PresetName = Literal["preview", "720p", "1080p", "source", "landscape", "vertical", "square", "gif"]

_SHORT_SIDE = {"preview": 360, "720p": 720, "1080p": 1080}
_SHAPES = {"landscape": (1920, 1080), "vertical": (1080, 1920), "square": (1080, 1080)}
_FILLED = ("vertical", "square")
_GIF_WIDTH = 480
_GIF_RATE = Rate(num=12)


def retargeted(comp: Composition, preset: PresetName) -> Composition:
    """The composition as it is rendered in a preset; a GIF's lower rate is `output_rate`."""
    canvas = comp.canvas.but(
        **dict(zip(("width", "height"), _size(comp.canvas, preset), strict=True))
    )
    comp = comp.but(canvas=canvas)
    return _filling(comp) if preset in _FILLED else comp


def output_rate(canvas: Canvas, preset: PresetName) -> Rate:
    """Frames per second of the finished film."""
    return (
        min(canvas.fps, _GIF_RATE, key=lambda rate: rate.value) if preset == "gif" else canvas.fps
    )


def _size(canvas: Canvas, preset: PresetName) -> tuple[int, int]:
    if preset in _SHAPES:
        return _SHAPES[preset]
    if preset == "gif":
        return _scaled(canvas, min(1, _GIF_WIDTH / canvas.width))
    return _scaled(canvas, _SHORT_SIDE.get(preset, canvas.short_side) / canvas.short_side)


def _scaled(canvas: Canvas, factor: float) -> tuple[int, int]:
    return _even(canvas.width * factor), _even(canvas.height * factor)


def _even(pixels: float) -> int:
    return max(16, round(pixels / 2) * 2)


def _filling(comp: Composition) -> Composition:
    pictures = (comp.items[key] for key in comp.main)
    return comp.with_item(
        *(
            item.but(transform=item.transform.but(fit="cover"))
            for item in pictures
            if item.type in ("video", "image") and item.transform.fit == "contain"
        )
    )
