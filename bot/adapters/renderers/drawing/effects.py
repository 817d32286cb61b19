"""Colour effects and blur on RGBA pictures.

Colour effects are affine in RGB with BT.709 luma, so that a renderer can give its video the same
matrices.
"""

from math import ceil, hypot

from PIL import Image, ImageFilter

from bot.adapters.renderers.drawing.picture import Box, Picture
from bot.engine.composition import Effect

Matrix = tuple[float, ...]
"""Three rows of red, green and blue factors and an addend on the scale 0 … 255."""

_IDENTITY: Matrix = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
_LUMA: Matrix = (0.2126, 0.7152, 0.0722, 0) * 3
_SEPIA: Matrix = (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0)
_REACH = 3
"""How many blur radii (standard deviations) ink spreads."""


def matrix(effect: Effect) -> Matrix:
    """The colour matrix of an effect; the identity for blur."""
    amount = effect.amount
    match effect.kind:
        case "brightness":
            return _with_addend(_IDENTITY, 255 * amount)
        case "contrast":
            return _with_addend(_mixed(_IDENTITY, (0.0,) * 12, 1 - amount), 127.5 * (1 - amount))
        case "saturation":
            return _mixed(_IDENTITY, _LUMA, 1 - amount)
        case "grayscale":
            return _mixed(_IDENTITY, _LUMA, amount)
        case "sepia":
            return _mixed(_IDENTITY, _SEPIA, amount)
        case "blur":
            return _IDENTITY


def affected(
    picture: Picture, effects: tuple[Effect, ...], short_side: int, *, spreads: bool
) -> Picture:
    """The picture with its effects, in order.

    A blur that `spreads` softens the outline too (text, shapes); otherwise the edges of the picture
    stay firm, as those of a blurred video do.
    """
    if not effects:
        return picture
    radii = [effect.amount * short_side for effect in effects if effect.kind == "blur"]
    reach = ceil(_REACH * hypot(*radii))
    bleed = picture.bleed + reach if spreads else picture.bleed
    bounds = Box(0, 0, picture.width, picture.height).grown(bleed)

    def paint(region: Box) -> Image.Image:
        source = region.grown(reach).meet(bounds)
        if source.empty:
            return Image.new("RGBA", region.size)
        image = picture.paint(source)
        for effect in effects:
            image = _apply(image, effect, short_side)
        return image.crop(region.shifted(-source.left, -source.top))

    return Picture(picture.width, picture.height, bleed, paint)


def _apply(image: Image.Image, effect: Effect, short_side: int) -> Image.Image:
    if effect.kind == "blur":
        blur = ImageFilter.GaussianBlur(effect.amount * short_side)
        return image.convert("RGBa").filter(blur).convert("RGBA")
    changed = image.convert("RGB").convert("RGB", matrix(effect))
    changed.putalpha(image.getchannel("A"))
    return changed


def _mixed(one: Matrix, other: Matrix, share: float) -> Matrix:
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))


def _with_addend(matrix: Matrix, addend: float) -> Matrix:
    return tuple(addend if index % 4 == 3 else value for index, value in enumerate(matrix))
