"""Brushes for the sample scenes: gradients, lights, outlines and shapes, drawn with Pillow."""

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Size = tuple[int, int]
Point = tuple[float, float]

_FINE = 2
"""Shapes are drawn this many times larger and reduced, for smooth edges."""
_STEP = 6
"""Pixels between the points of an outline."""


def chance(seed: int) -> Random:
    """The same luck every time."""
    return Random(seed)  # noqa: S311 - scenery, not secrets


def gradient(size: Size, *colours: str) -> Image.Image:
    """Blend evenly spaced colours from top to bottom, with a grain that hides the steps."""
    column = Image.new("RGB", (1, len(colours)))
    for y, colour in enumerate(colours):
        column.paste(colour, (0, y, 1, y + 1))
    centres = (0, 0.5, 1, len(colours) - 0.5)
    smooth = column.resize(size, Image.Resampling.BILINEAR, centres)
    grain = Image.effect_noise(size, 2)
    return ImageChops.add(smooth, Image.merge("RGB", (grain,) * 3), offset=-128)


def glow(radius: int, colour: str, strength: float, sharpness: float) -> Image.Image:
    """Make a round light that fades outwards; the sharper, the faster."""
    rim = 181  # what Pillow's gradient holds at this radius
    fall = [round(strength * 255 * max(0, 1 - d / rim) ** sharpness) for d in range(256)]
    distance = Image.radial_gradient("L").resize((2 * radius, 2 * radius))
    light = Image.new("RGBA", distance.size, colour)
    light.putalpha(distance.point(fall))
    return light


def haloed(lights: Image.Image, radius: float) -> Image.Image:
    """Let lights shine on what is around them."""
    halo = lights.filter(ImageFilter.GaussianBlur(radius))
    halo.alpha_composite(lights)
    return halo


class Brush:
    """Draws a shape, with smooth edges, in the coordinates of the finished picture."""

    def __init__(self, size: Size) -> None:
        self._mask = Image.new("L", (size[0] * _FINE, size[1] * _FINE))
        self._draw = ImageDraw.Draw(self._mask)

    def polygon(self, *points: Point) -> None:
        self._draw.polygon(_fine(points), 255)

    def box(self, corner: Point, size: Point, strength: int = 255) -> None:
        (left, top), (right, bottom) = _fine((corner, (corner[0] + size[0], corner[1] + size[1])))
        self._draw.rectangle((left, top, right - 1, bottom - 1), strength)

    def rounded(self, corner: Point, size: Point, radius: float) -> None:
        far = corner[0] + size[0], corner[1] + size[1]
        self._draw.rounded_rectangle(_fine((corner, far)), radius * _FINE, 255)

    def disc(self, centre: Point, radius: float, strength: int = 255) -> None:
        self._draw.circle(_fine([centre])[0], radius * _FINE, strength)

    def stroke(self, width: float, *points: Point) -> None:
        self._draw.line(_fine(points), 255, round(width * _FINE), "curve")

    def below(self, outline: Sequence[float]) -> None:
        """Fill what lies below an outline; its points are evenly spread over the width."""
        width, height = self._mask.size
        step = width / _FINE / (len(outline) - 1)
        surface = [(i * step, y) for i, y in enumerate(outline)]
        self.polygon((0, height), *surface, (width, height))

    def cut_from(self, *colours: str) -> Image.Image:
        """Cut what was drawn out of a gradient."""
        shape = self._mask.reduce(_FINE)
        picture = gradient(shape.size, *colours)
        picture.putalpha(shape)
        return picture


def _fine(points: Sequence[Point]) -> list[Point]:
    return [(x * _FINE, y * _FINE) for x, y in points]


def hills(width: int, height: int, roughness: float, luck: Random) -> list[float]:
    """Make an outline between 0 and `height` by adding points halfway, off by less and less."""
    line = [luck.random() for _ in range(width // 400 + 2)]
    spread = 0.5
    while len(line) < width / _STEP:
        halfway = [(a + b) / 2 + luck.uniform(-spread, spread) for a, b in pairwise(line)]
        line = [y for pair in zip(line, halfway, strict=False) for y in pair] + line[-1:]
        spread *= roughness
    lowest, highest = min(line), max(line)
    return [(y - lowest) / (highest - lowest) * height for y in line]


def swell(width: int, height: float, length: float, luck: Random) -> list[float]:
    """Make an outline between 0 and `height` of three waves, the longest of `length` pixels."""
    waves = [(math.tau * k / length, luck.uniform(0, math.tau), 0.6 / k) for k in (1, 1.7, 3.1)]
    return [
        height / 2 * (1 + sum(size * math.sin(x * pace + start) for pace, start, size in waves))
        for x in range(0, width + _STEP, _STEP)
    ]


def glitter(size: Size, colour: str, luck: Random) -> Image.Image:
    """Scatter the reflections of a light over water: dashes, fewer and longer with nearness."""
    brush = Brush(size)
    for _ in range(size[1]):
        near = luck.random() ** 1.5
        length = luck.uniform(4, 10) + near * 26
        x = luck.gauss(size[0] / 2, size[0] * (0.07 + 0.1 * near)) - length / 2
        brush.box((x, near * size[1]), (length, 1 + 2 * near), luck.randint(70, 220))
    return brush.cut_from(colour, colour)
