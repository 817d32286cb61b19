"""From an item to its picture on the canvas."""

from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from pathlib import Path

from PIL import Image as Pixels

from bot.adapters.renderers.drawing.effects import affected
from bot.adapters.renderers.drawing.picture import Box, Picture, cropped, mirrored, translucent
from bot.adapters.renderers.drawing.shape import shape_picture
from bot.adapters.renderers.drawing.still import fitted_size, still_picture
from bot.adapters.renderers.drawing.text import text_picture
from bot.engine.composition import Image, Shape, Text, Video
from bot.engine.style import Transform

_SMALLEST_SCALE, _LARGEST_SCALE = 0.01, 20
_LARGEST_MOVING = 4
"""Canvases; a moving picture with a larger area is drawn smaller and scaled up by the renderer."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn item.

    `image` is RGBA (straight alpha) of even size; its top left pixel stands at (`left`, `top`) of
    the canvas. `width` and `height` are the item's own box in pixels, without rotation, shadow and
    outline.

    A still picture is rotated and clipped to the canvas, with even `left` and `top`; where nothing
    is to be seen it is 2 × 2 transparent pixels at (0, 0).

    A moving one is neither rotated nor clipped, and **the centre of `image` is the centre of the
    box**. It is drawn at `scale`. At a frame where the item's scale is s and its point stands at
    (x, y), scale the image by r = s / `scale`, rotate it about its centre, and put the centre at

        x · canvas width  + (0.5 − pivot_x) · `width` · r,
        y · canvas height + (0.5 − pivot_y) · `height` · r.
    """

    image: Pixels.Image
    left: int
    top: int
    width: int
    height: int
    scale: float


def draw(
    item: Text | Shape | Image,
    canvas_size: tuple[int, int],
    still: Path | None,
    *,
    moving: bool = False,
) -> Drawn:
    """Draw an item for a canvas of even size.

    Rotation turns an item about its centre; the pivot places its unrotated box. Opacity is applied
    unless keyframes move it, and fades never are.

    Args:
        item: What to draw.
        canvas_size: Width and height of the canvas in pixels.
        still: The RGBA picture of an image item (`MediaFiles.still`); None for the others.
        moving: Leave position, scale over time and rotation to the renderer; see `Drawn`.

    Raises:
        RenderFailed: The still is missing or damaged.
    """
    opacity = 1 if item.keyframes.get("opacity") else item.opacity
    if moving:
        return _moving(item, canvas_size, still, opacity)
    transform = item.transform
    picture = _picture(item, canvas_size, still, transform.scale)
    left, top = _top_left(picture, transform, canvas_size)
    canvas = Box(0, 0, *canvas_size).shifted(-left, -top)
    if transform.rotation % 360:
        image, region = _rotated(picture, transform.rotation, canvas)
    else:
        region = picture.bounds.meet(canvas)
        image = _painted(picture, region)
    image, box = _trimmed(translucent(image, opacity), region.shifted(left, top))
    return Drawn(image, box.left, box.top, picture.width, picture.height, transform.scale)


def measure(
    item: Text | Shape | Image | Video,
    canvas_size: tuple[int, int],
    source_size: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """Width and height in pixels of an item's box on the canvas, before rotation.

    Args:
        item: What to measure.
        canvas_size: Width and height of the canvas in pixels.
        source_size: Width and height of the clip that an image or video shows.
    """
    if isinstance(item, Image | Video):
        return fitted_size(source_size or canvas_size, item.transform, canvas_size)
    picture = _picture(item, canvas_size, None, item.transform.scale)
    return picture.width, picture.height


def _picture(
    item: Text | Shape | Image, canvas: tuple[int, int], still: Path | None, scale: float
) -> Picture:
    transform = item.transform.but(scale=scale)
    match item:
        case Text():
            picture = cropped(text_picture(item, canvas, scale), transform.crop)
        case Shape():
            picture = cropped(shape_picture(item, canvas, scale), transform.crop)
        case Image():
            if still is None:
                raise ValueError(f"image item {item.id!r} needs its still")
            picture = still_picture(still, transform, canvas)
    spreads = not isinstance(item, Image)
    picture = affected(picture, item.effects, min(canvas), spreads=spreads)
    return mirrored(picture, horizontally=transform.flip_h, vertically=transform.flip_v)


def _top_left(picture: Picture, transform: Transform, canvas: tuple[int, int]) -> tuple[int, int]:
    left = transform.x * canvas[0] - transform.pivot_x * picture.width
    top = transform.y * canvas[1] - transform.pivot_y * picture.height
    return round(left), round(top)


def _painted(picture: Picture, region: Box) -> Pixels.Image:
    return Pixels.new("RGBA", (0, 0)) if region.empty else picture.paint(region)


def _rotated(picture: Picture, degrees: float, canvas: Box) -> tuple[Pixels.Image, Box]:
    """Turn a picture clockwise about its centre; only what reaches `canvas` is painted.

    The border of 2 transparent pixels makes the turned edges smooth.
    """
    turn = _Turn(picture.width / 2, picture.height / 2, radians(degrees))
    bounds = picture.bounds.grown(2)
    seen = Box.around([turn.forth(*corner) for corner in bounds.corners]).meet(canvas)
    source = Box.around([turn.back(*corner) for corner in seen.corners]).grown(2).meet(bounds)
    if seen.empty or source.empty:
        return Pixels.new("RGBA", seen.size), seen
    image = picture.paint(source).transform(
        seen.size,
        Pixels.Transform.AFFINE,
        turn.coefficients(seen, source),
        Pixels.Resampling.BICUBIC,
    )
    return image, seen


@dataclass(frozen=True, slots=True)
class _Turn:
    """A clockwise rotation about a centre, y pointing down."""

    x: float
    y: float
    angle: float

    def forth(self, x: float, y: float) -> tuple[float, float]:
        dx, dy, c, s = x - self.x, y - self.y, cos(self.angle), sin(self.angle)
        return self.x + dx * c - dy * s, self.y + dx * s + dy * c

    def back(self, x: float, y: float) -> tuple[float, float]:
        return _Turn(self.x, self.y, -self.angle).forth(x, y)

    def coefficients(self, target: Box, source: Box) -> tuple[float, ...]:
        """What Pillow wants: target pixel to source pixel, each counted from its box's corner."""
        x, y = self.back(target.left, target.top)
        c, s = cos(self.angle), sin(self.angle)
        return c, s, x - source.left, -s, c, y - source.top


def _trimmed(image: Pixels.Image, box: Box) -> tuple[Pixels.Image, Box]:
    """Cut an image that fills `box` to its visible part, on even coordinates."""
    ink = image.getchannel("A").getbbox() if not box.empty else None
    if ink is None:
        return Pixels.new("RGBA", (2, 2)), Box(0, 0, 2, 2)
    seen = Box(*ink).shifted(box.left, box.top).evened()
    return image.crop(seen.shifted(-box.left, -box.top)), seen


def _moving(
    item: Text | Shape | Image, canvas: tuple[int, int], still: Path | None, opacity: float
) -> Drawn:
    scales = [keyframe.value for keyframe in item.keyframes.get("scale", ())]
    scale = max(scales, default=item.transform.scale)
    scale = max(_SMALLEST_SCALE, min(scale, _LARGEST_SCALE))
    picture = _picture(item, canvas, still, scale)
    while (excess := _excess(picture, canvas)) > 1 and scale > _SMALLEST_SCALE:
        scale = max(_SMALLEST_SCALE, scale / sqrt(excess))
        picture = _picture(item, canvas, still, scale)
    left, top = _top_left(picture, item.transform, canvas)
    image, box = _trimmed_evenly(translucent(picture.paint(picture.bounds), opacity), picture)
    x, y = box.shifted(left, top)[:2]
    return Drawn(image, x, y, picture.width, picture.height, scale)


def _excess(picture: Picture, canvas: tuple[int, int]) -> float:
    width, height = picture.bounds.size
    return width * height / (_LARGEST_MOVING * canvas[0] * canvas[1])


def _trimmed_evenly(image: Pixels.Image, picture: Picture) -> tuple[Pixels.Image, Box]:
    """Cut transparent margins, the same on opposite sides, so that the centre stays."""
    bounds = picture.bounds
    x, y = image.width // 2, image.height // 2
    ink = Box(*(image.getchannel("A").getbbox() or (x - 1, y - 1, x + 1, y + 1)))
    dx = min(ink.left, image.width - ink.right)
    dy = min(ink.top, image.height - ink.bottom)
    inner = Box(dx, dy, image.width - dx, image.height - dy)
    return image.crop(inner), inner.shifted(bounds.left, bounds.top)
