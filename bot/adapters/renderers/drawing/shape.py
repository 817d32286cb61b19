"""Rectangles and ellipses, and the rounded plates behind texts."""

from functools import cache, lru_cache

from PIL import Image, ImageColor, ImageDraw

from bot.adapters.renderers.drawing.picture import Box, Picture, clear, even
from bot.adapters.renderers.drawing.still import resampled
from bot.engine.composition import Shape

_DISC = 2048
"""Pixels across the disc from which ellipses are scaled; it is drawn twice as large."""


def shape_picture(item: Shape, canvas: tuple[int, int], scale: float) -> Picture:
    """A shape at its size on the canvas."""
    width, height = even(item.width * canvas[0] * scale), even(item.height * canvas[1] * scale)
    if item.shape == "ellipse":
        disc = tinted(_disc(), item.color)
        return resampled(disc, (width, height), (0, 0, _DISC, _DISC))

    def paint(region: Box) -> Image.Image:
        image = clear(region)
        seen = Box(0, 0, width, height).meet(region).shifted(-region.left, -region.top)
        if not seen.empty:
            image.paste(rgba(item.color), seen)
        return image

    return Picture(width, height, 0, paint)


def rgba(color: str) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha of #rrggbb or #rrggbbaa."""
    red, green, blue, *alpha = ImageColor.getrgb(color)
    return red, green, blue, alpha[0] if alpha else 255


def tinted(mask: Image.Image, color: str) -> Image.Image:
    """A plain colour seen through an "L" mask."""
    *rgb, alpha = rgba(color)
    image = Image.new("RGBA", mask.size, (*rgb, 0))
    image.putalpha(mask if alpha == 255 else mask.point(lambda value: value * alpha // 255))
    return image


def rounded(size: tuple[int, int], box: Box, radius: int) -> Image.Image:
    """An "L" mask of `size` with a smooth rounded box on it, which may reach outside."""
    mask = Image.new("L", size)
    radius = min(radius, *(side // 2 for side in box.size))
    mask.paste(255, box)
    if radius < 1:
        return mask
    disc = _small_disc(2 * radius)
    for right, bottom in ((False, False), (True, False), (False, True), (True, True)):
        corner = Box(0, 0, radius, radius).shifted(right * radius, bottom * radius)
        left = box.right - radius if right else box.left
        top = box.bottom - radius if bottom else box.top
        mask.paste(disc.crop(corner), (left, top))
    return mask


@lru_cache(maxsize=32)
def _small_disc(side: int) -> Image.Image:
    return _disc().resize((side, side), Image.Resampling.BOX)


@cache
def _disc() -> Image.Image:
    large = Image.new("L", (2 * _DISC, 2 * _DISC))
    ImageDraw.Draw(large).ellipse((0, 0, 2 * _DISC - 1, 2 * _DISC - 1), fill=255)
    return large.reduce(2)
