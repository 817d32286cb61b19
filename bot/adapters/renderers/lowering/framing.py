"""Framing: which part of a video's picture is seen, how large, and where on the canvas."""

from dataclasses import dataclass
from math import ceil, floor, sqrt

from bot.adapters.renderers.drawing import measure
from bot.adapters.renderers.drawing.picture import Box, even
from bot.engine.composition import Video
from bot.engine.style import Transform

Size = tuple[int, int]
_LARGEST = 2
"""Canvases; a moving picture with a larger area is scaled up while it is moved."""


@dataclass(frozen=True, slots=True)
class View:
    """Cut `crop` out of the source, scale it to `scaled`, cut `seen` out of that, then flip."""

    source: Size
    crop: Box
    scaled: Size
    seen: Box
    flip_h: bool = False
    flip_v: bool = False

    @property
    def size(self) -> Size:
        """Width and height of what comes out."""
        return self.seen.size


def whole(item: Video, source: Size, canvas: Size) -> tuple[View, float]:
    """The whole picture at the largest scale that the item reaches, and that scale."""
    scales = [key.value for key in item.keyframes.get("scale", ())]
    scale = min(20, max(0.01, *scales)) if scales else item.transform.scale
    size = _measured(item, source, canvas, scale)
    excess = size[0] * size[1] / (_LARGEST * canvas[0] * canvas[1])
    if excess > 1:
        scale = max(0.01, scale / sqrt(excess))
        size = _measured(item, source, canvas, scale)
    return _view(item.transform, source, size, Box(0, 0, *size)), scale


def standing(item: Video, source: Size, canvas: Size) -> tuple[View, Box] | None:
    """What of an unrotated item lies on the canvas, and where; None where nothing does."""
    transform = item.transform
    size = measure(item, canvas, source)
    left = _even_near(transform.x * canvas[0] - transform.pivot_x * size[0])
    top = _even_near(transform.y * canvas[1] - transform.pivot_y * size[1])
    place = Box(left, top, left + size[0], top + size[1]).meet(Box(0, 0, *canvas))
    if place.empty:
        return None
    return _view(transform, source, size, place.shifted(-left, -top)), place


def _measured(item: Video, source: Size, canvas: Size, scale: float) -> Size:
    return measure(item.but(transform=item.transform.but(scale=scale)), canvas, source)


def _view(transform: Transform, source: Size, size: Size, region: Box) -> View:
    """Show a region of the picture at `size`, scaling no more of the source than it takes."""
    crop, (width, height) = transform.crop, size
    left, top, right, bottom = region
    if transform.flip_h:
        left, right = width - right, width - left
    if transform.flip_v:
        top, bottom = height - bottom, height - top
    across = _stretch(source[0], (crop.left, 1 - crop.right), width, (left, right))
    down = _stretch(source[1], (crop.top, 1 - crop.bottom), height, (top, bottom))
    return View(
        source,
        Box(across.start, down.start, across.end, down.end),
        (across.scaled, down.scaled),
        Box(0, 0, *region.size).shifted(across.offset, down.offset),
        transform.flip_h,
        transform.flip_v,
    )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Along one axis: source pixels [start, end) scaled to `scaled`, of which `offset` is cut."""

    start: int
    end: int
    scaled: int
    offset: int


def _stretch(
    source: int, kept: tuple[float, float], size: int, region: tuple[int, int]
) -> _Stretch:
    origin = source * kept[0]
    step = source * (kept[1] - kept[0]) / size  # source pixels per canvas pixel
    start = 2 * floor((origin + region[0] * step + 0.01) / 2)
    end = min(source, max(start + 2, 2 * ceil((origin + region[1] * step - 0.01) / 2)))
    offset = max(0, _even_near(region[0] - (start - origin) / step))
    scaled = max(even((end - start) / step), offset + region[1] - region[0])
    return _Stretch(start, end, scaled, offset)


def _even_near(length: float) -> int:
    return 2 * round(length / 2)
