"""Strips of our own thumbnails, and the small signs of a timeline picture."""

from functools import cache, lru_cache
from math import ceil, pi, sin
from pathlib import Path

from PIL import Image, ImageDraw

from bot.adapters.renderers.drawing.picture import even
from bot.adapters.renderers.drawing.placing import draw
from bot.engine.composition import Canvas, Direction, Shape, Text, TransitionKind

_DARK = "#0b0c0f"
_QUARTERS: dict[Direction, int] = {"right": 0, "up": 1, "left": 2, "down": 3}
"""Counter-clockwise quarter turns from a sign that points right."""


def filmstrip(
    thumbs: tuple[Path, ...], span: tuple[float, float], size: tuple[int, int]
) -> Image.Image:
    """Thumbnails side by side: what a clip shows from `span[0]` to `span[1]` of its length.

    `thumbs` are evenly spaced through the whole clip; each tile takes the one nearest to the middle
    of what is seen of it.
    """
    strip = Image.new("RGB", size, _DARK)
    first = _tile(thumbs[0], size[1]) if thumbs else None
    if first is None:
        return strip
    count = ceil(size[0] / first.width)
    indent = min(0, (size[0] - first.width) // 2)
    for index in range(count):
        left, right = index * first.width, min(size[0], (index + 1) * first.width)
        moment = span[0] + (span[1] - span[0]) * (left + right) / 2 / size[0]
        nearest = min(len(thumbs) - 1, max(0, int(moment * len(thumbs))))
        strip.paste(_tile(thumbs[nearest], size[1]) or first, (indent + left, 0))
    return strip


def card(item: Text | Shape, canvas: Canvas, size: tuple[int, int]) -> Image.Image:
    """How a text or shape of the main track looks, in the middle of a strip."""
    strip = Image.new("RGB", size, canvas.background[:7])
    small = even(size[1] * canvas.width / canvas.height), even(size[1])
    drawn = draw(item, small, None)
    left = (size[0] - small[0]) // 2 + drawn.left
    strip.paste(drawn.image, (left, drawn.top), drawn.image)
    return strip


def wave(size: tuple[int, int], seed: str, loudness: tuple[float, ...]) -> Image.Image:
    """An "L" mask of bars that look like sound; their height follows `loudness` (0 … 1).

    `loudness` holds samples at equal steps. The bars are an ornament, the same for a given seed:
    the real samples would have to be decoded.
    """
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    phases = [byte / 128 * pi for byte in seed.encode()[:8].ljust(8, b"~")]
    for x in range(2, size[0] - 3, 6):
        ripple = sum(abs(sin(x * 0.031 * n + phase)) / n for n, phase in enumerate(phases, 1))
        share = loudness[min(len(loudness) - 1, x * len(loudness) // size[0])]
        half = max(1, round(size[1] / 2 * min(1, 0.12 + ripple / 2.6) * share))
        pen.rounded_rectangle((x, size[1] // 2 - half, x + 2, size[1] // 2 + half), 1, fill=255)
    return mask


def shade(size: tuple[int, int], fading_in: bool) -> Image.Image:
    """An "L" mask that is full at the left end (fading in) or at the right end (fading out)."""
    gradient = Image.linear_gradient("L").rotate(-90 if fading_in else 90)
    return gradient.resize(size)


@cache
def sign(kind: TransitionKind, direction: Direction, side: int) -> Image.Image:
    """An "L" mask of a transition's sign, `side` pixels wide and high."""
    pixels = 8 * side
    mask = Image.new("L", (pixels, pixels))
    pen = ImageDraw.Draw(mask)
    for polygon in _POLYGONS[kind]:
        pen.polygon([(x * pixels, y * pixels) for x, y in polygon], fill=255)
    if kind in ("wipe", "slide"):
        mask = mask.rotate(90 * _QUARTERS[direction])
    return mask.resize((side, side), Image.Resampling.BOX)


_POLYGONS: dict[TransitionKind, tuple[tuple[tuple[float, float], ...], ...]] = {
    "crossfade": (((0.1, 0.2), (0.5, 0.5), (0.1, 0.8)), ((0.9, 0.2), (0.5, 0.5), (0.9, 0.8))),
    "dip": (((0.08, 0.22), (0.92, 0.22), (0.5, 0.82)),),
    "wipe": (
        ((0.1, 0.15), (0.5, 0.15), (0.5, 0.85), (0.1, 0.85)),
        ((0.6, 0.28), (0.92, 0.5), (0.6, 0.72)),
    ),
    "slide": (
        ((0.08, 0.4), (0.5, 0.4), (0.5, 0.6), (0.08, 0.6)),
        ((0.48, 0.18), (0.94, 0.5), (0.48, 0.82)),
    ),
}


def _tile(thumb: Path, height: int) -> Image.Image | None:
    """A thumbnail at the strip's height; None where it is missing or damaged."""
    try:
        return _scaled(thumb, height)
    except OSError:
        return None


@lru_cache(maxsize=128)
def _scaled(thumb: Path, height: int) -> Image.Image:
    with Image.open(thumb) as image:
        width = max(1, round(image.width * height / image.height))
        return image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
