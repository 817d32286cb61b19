"""A picture that is painted in parts: how big it is, and how any region of it looks.

An item may be twenty canvases wide. Only what reaches the canvas is painted, so the work and the
memory are bounded by the canvas and not by the item.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple, Self

from PIL import Image, ImageOps

from bot.engine.style import Crop


class Box(NamedTuple):
    """A rectangle of whole pixels: right and bottom are the first column and row outside."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: list[tuple[float, float]]) -> Self:
        """The smallest box that holds all points."""
        xs, ys = zip(*points, strict=True)
        return cls(floor(min(xs)), floor(min(ys)), ceil(max(xs)), ceil(max(ys)))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height; 0 where the box is empty."""
        return max(0, self.right - self.left), max(0, self.bottom - self.top)

    @property
    def empty(self) -> bool:
        """Whether there is nothing inside."""
        return 0 in self.size

    @property
    def corners(self) -> list[tuple[int, int]]:
        """The four corner points."""
        return [(x, y) for x in (self.left, self.right) for y in (self.top, self.bottom)]

    def shifted(self, dx: int, dy: int) -> "Box":
        """The same box elsewhere."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def grown(self, pixels: int) -> "Box":
        """The box with a border of some pixels."""
        return Box(self.left - pixels, self.top - pixels, self.right + pixels, self.bottom + pixels)

    def meet(self, other: "Box") -> "Box":
        """What two boxes share."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def evened(self) -> "Box":
        """The box grown outwards to even coordinates, as 4:2:0 video wants them."""
        right, bottom = self.right + self.right % 2, self.bottom + self.bottom % 2
        return Box(self.left - self.left % 2, self.top - self.top % 2, right, bottom)


@dataclass(frozen=True, slots=True)
class Picture:
    """An unrotated picture of even `width` × `height`, with up to `bleed` pixels of ink around it.

    `paint` gives any region as an RGBA image of the region's size; (0, 0) is the picture's top left
    corner, and what lies outside its bounds is transparent.
    """

    width: int
    height: int
    bleed: int
    paint: Callable[[Box], Image.Image]

    @property
    def bounds(self) -> Box:
        """Everything that may hold ink."""
        return Box(0, 0, self.width, self.height).grown(self.bleed)


def even(length: float) -> int:
    """The nearest even number of pixels, at least 2."""
    return max(2, 2 * round(length / 2))


def clear(region: Box) -> Image.Image:
    """A transparent image of a region's size."""
    return Image.new("RGBA", region.size)


def cropped(picture: Picture, crop: Crop) -> Picture:
    """The part that a crop leaves, with hard edges."""
    if crop == Crop():
        return picture
    left, top = round(picture.width * crop.left), round(picture.height * crop.top)
    width = even(picture.width * (1 - crop.left - crop.right))
    height = even(picture.height * (1 - crop.top - crop.bottom))

    def paint(region: Box) -> Image.Image:
        image = clear(region)
        inside = region.meet(Box(0, 0, width, height))
        if not inside.empty:
            part = picture.paint(inside.shifted(left, top))
            image.paste(part, (inside.left - region.left, inside.top - region.top))
        return image

    return Picture(width, height, 0, paint)


def mirrored(picture: Picture, *, horizontally: bool, vertically: bool) -> Picture:
    """The picture flipped about its own middle."""
    if not horizontally and not vertically:
        return picture
    width, height = picture.width, picture.height

    def paint(region: Box) -> Image.Image:
        left, top, right, bottom = region
        if horizontally:
            left, right = width - right, width - left
        if vertically:
            top, bottom = height - bottom, height - top
        image = picture.paint(Box(left, top, right, bottom))
        image = ImageOps.mirror(image) if horizontally else image
        return ImageOps.flip(image) if vertically else image

    return Picture(width, height, picture.bleed, paint)


def translucent(image: Image.Image, opacity: float) -> Image.Image:
    """The image with its alpha multiplied."""
    if opacity < 1:
        image.putalpha(image.getchannel("A").point(lambda alpha: round(alpha * opacity)))
    return image
