"""Stills: crop, fit, scale."""

from pathlib import Path

from PIL import Image

from bot.adapters.renderers.drawing.picture import Box, Picture, clear, even
from bot.engine.style import Crop, Fit, Transform
from bot.ports import RenderFailed


def fitted_size(
    source: tuple[int, int], transform: Transform, canvas: tuple[int, int]
) -> tuple[int, int]:
    """Even width and height in pixels of a still or video on the canvas, before rotation."""
    left, top, right, bottom = _kept(source, transform.crop)
    width, height = _fit((right - left, bottom - top), canvas, transform.fit)
    return even(width * transform.scale), even(height * transform.scale)


def still_picture(path: Path, transform: Transform, canvas: tuple[int, int]) -> Picture:
    """A still at its size on the canvas.

    Raises:
        RenderFailed: The file is missing or damaged.
    """
    image = _opened(path)
    width, height = fitted_size(image.size, transform, canvas)
    return resampled(image, (width, height), _kept(image.size, transform.crop))


def resampled(
    image: Image.Image,
    size: tuple[int, int],
    source: tuple[float, float, float, float],
) -> Picture:
    """An image whose part `source` is shown at `size`."""
    (width, height), (left, top, right, bottom) = size, source
    x_step, y_step = (right - left) / width, (bottom - top) / height

    def paint(region: Box) -> Image.Image:
        painted = clear(region)
        seen = region.meet(Box(0, 0, width, height))
        if not seen.empty:
            part = image.resize(
                seen.size,
                Image.Resampling.LANCZOS,
                box=(
                    left + seen.left * x_step,
                    top + seen.top * y_step,
                    min(left + seen.right * x_step, right),
                    min(top + seen.bottom * y_step, bottom),
                ),
                reducing_gap=3,
            )
            painted.paste(part, (seen.left - region.left, seen.top - region.top))
        return painted

    return Picture(width, height, 0, paint)


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's, for damaged PNG chunks
        raise RenderFailed(
            "The picture of a still is missing or damaged; drop the image in again."
        ) from error


def _kept(size: tuple[int, int], crop: Crop) -> tuple[float, float, float, float]:
    width, height = size
    return (
        crop.left * width,
        crop.top * height,
        (1 - crop.right) * width,
        (1 - crop.bottom) * height,
    )


def _fit(size: tuple[float, float], canvas: tuple[int, int], fit: Fit) -> tuple[float, float]:
    if fit == "stretch":
        return canvas
    ratios = canvas[0] / size[0], canvas[1] / size[1]
    ratio = min(ratios) if fit == "contain" else max(ratios)
    return size[0] * ratio, size[1] * ratio
