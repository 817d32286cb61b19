"""An opaque page to draw on: smooth boxes, pictures, one-line labels."""

from math import inf

from PIL import Image, ImageChops

from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.drawing.shape import rgba, rounded
from bot.adapters.renderers.drawing.typesetting import Lettering, ink, one_line, stamp_emoji

_CAP_HEIGHT = 0.727
"""Height of Inter's capitals in letter sizes; labels are centred by it."""


class Sheet:
    """A page of a size and colour."""

    def __init__(self, size: tuple[int, int], color: str) -> None:
        self.image = Image.new("RGB", size, color)

    def fill(self, box: Box, color: str, radius: int = 0) -> None:
        """A plain box; colours with alpha let the page shine through."""
        if not box.empty:
            self._tint(_plate(box.size, radius), box, color)

    def frame(self, box: Box, color: str, width: int, radius: int = 0) -> None:
        """An outline of some pixels around the outside of a box."""
        outer = box.grown(width)
        hole = Image.new("L", outer.size)
        hole.paste(_plate(box.size, radius), (width, width))
        self._tint(ImageChops.subtract(_plate(outer.size, radius + width), hole), outer, color)

    def show(self, picture: Image.Image, box: Box, radius: int = 0) -> None:
        """A picture of the box's size, with rounded corners."""
        self.image.paste(picture, box[:2], _plate(box.size, radius))

    def stencil(self, mask: Image.Image, at: tuple[int, int], color: str) -> None:
        """A colour through an "L" mask."""
        self._tint(mask, Box(*at, at[0] + mask.width, at[1] + mask.height), color)

    def write(
        self,
        words: str,
        at: tuple[float, float],
        lettering: Lettering,
        color: str,
        limit: float = inf,
    ) -> float:
        """Write a label from `at`, its left end and middle line; return the x where it ends."""
        line = one_line(words, lettering, limit)
        box = Box(0, 0, round(line.width) + 2 * round(line.size), round(2 * line.height))
        origin = (line.size + at[0] % 1, round(line.height + line.size * _CAP_HEIGHT / 2))
        left, top = int(at[0]) - round(line.size), round(at[1] - line.height)
        mask, emoji = Image.new("L", box.size), Image.new("RGBA", box.size)
        ink(line, mask, origin)
        stamp_emoji(line, emoji, origin)
        self.stencil(mask, (left, top), color)
        self.image.paste(emoji, (left, top), emoji)
        return at[0] + line.width

    def _tint(self, mask: Image.Image, box: Box, color: str) -> None:
        *rgb, alpha = rgba(color)
        seen = mask if alpha == 255 else mask.point(lambda value: value * alpha // 255)
        self.image.paste((rgb[0], rgb[1], rgb[2]), box, seen)


def label_width(words: str, lettering: Lettering) -> float:
    """How many pixels wide a label is."""
    return one_line(words, lettering, inf).width


def _plate(size: tuple[int, int], radius: int) -> Image.Image:
    return rounded(size, Box(0, 0, *size), radius)
