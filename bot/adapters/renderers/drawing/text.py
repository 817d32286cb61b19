"""Texts: typeset, with plate, shadow and outline."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from bot.adapters.renderers.drawing.picture import Box, Picture, clear, even
from bot.adapters.renderers.drawing.shape import rounded, tinted
from bot.adapters.renderers.drawing.typesetting import (
    Lettering,
    Line,
    has_emoji,
    ink,
    stamp_emoji,
    typeset,
)
from bot.engine.composition import Text
from bot.engine.style import TextStyle

_WIDEST = 0.9
"""The longest line as a fraction of the canvas's width."""
_SMALLEST_LETTER = 4
"""Pixels; hinting wrecks the outlines of smaller ones."""
_LARGEST_LETTER = 2
"""Short sides of the canvas, which such a letter fills."""

# All in letter sizes:
_PADDING_X, _PADDING_Y, _RADIUS = 0.45, 0.22, 0.22
_OUTLINE = 0.05
_SHADOW_DROP, _SHADOW_BLUR = 0.035, 0.06
_BLEED = 0.6

_SHADOW = "#000000b0"


def text_picture(item: Text, canvas: tuple[int, int], scale: float) -> Picture:
    """A text at its size on the canvas; `scale` is the one to draw at.

    Lines are broken for the item's own scale, but as if that were 1 where it is smaller: shrinking
    or animating a text never changes its lines.
    """
    share = min(item.style.size * scale, _LARGEST_LETTER)
    size = max(_SMALLEST_LETTER, share * min(canvas))
    own_scale = max(1, item.transform.scale)
    limit = _WIDEST * canvas[0] * scale / own_scale
    lettering = Lettering(size, item.style.bold, item.style.italic)
    block = _Block(typeset(item.text, lettering, limit), size, item.style)
    return Picture(even(block.width), even(block.height), round(_BLEED * size) + 2, block.paint)


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of text, and the plate behind them where there is one."""

    lines: tuple[Line, ...]
    size: float
    style: TextStyle

    @property
    def padding(self) -> tuple[float, float]:
        plate = bool(self.style.background)
        return plate * _PADDING_X * self.size, plate * _PADDING_Y * self.size

    @property
    def width(self) -> float:
        return max(line.width for line in self.lines) + 2 * self.padding[0]

    @property
    def height(self) -> float:
        return sum(line.height for line in self.lines) + 2 * self.padding[1]

    def paint(self, region: Box) -> Image.Image:
        image = clear(region)
        letters = self._mask(region)
        emoji = self._emoji(region)
        outline = self._mask(region, _OUTLINE * self.size) if self.style.outline else letters
        if self.style.background:
            image.alpha_composite(tinted(self._plate(region), self.style.background))
        elif self.style.shadow:
            image.alpha_composite(self._shadow(outline, emoji))
        if self.style.outline:
            image.alpha_composite(tinted(outline, self.style.outline))
        image.alpha_composite(tinted(letters, self.style.color))
        if emoji:
            image.alpha_composite(emoji)
        return image

    def _each_line(self, region: Box, draw: Callable[[Line, tuple[float, float]], None]) -> None:
        """Call `draw` with the visible lines and where their baselines start in the region."""
        reach = _BLEED * self.size
        top = self.padding[1]
        for line in self.lines:
            if region.top - reach < top + line.height and top - reach < region.bottom:
                x = self._indent(line) - region.left
                draw(line, (x, round(top + line.ascent) - region.top))
            top += line.height

    def _indent(self, line: Line) -> float:
        slack = self.width - 2 * self.padding[0] - line.width
        share = {"left": 0, "center": 0.5, "right": 1}[self.style.align]
        return self.padding[0] + slack * share

    def _mask(self, region: Box, stroke: float = 0) -> Image.Image:
        mask = Image.new("L", region.size)
        self._each_line(region, lambda line, origin: ink(line, mask, origin, stroke))
        return mask

    def _emoji(self, region: Box) -> Image.Image | None:
        if not any(map(has_emoji, self.lines)):
            return None
        layer = clear(region)
        self._each_line(region, lambda line, origin: stamp_emoji(line, layer, origin))
        return layer

    def _plate(self, region: Box) -> Image.Image:
        box = Box(0, 0, even(self.width), even(self.height)).shifted(-region.left, -region.top)
        return rounded(region.size, box, round(_RADIUS * self.size))

    def _shadow(self, letters: Image.Image, emoji: Image.Image | None) -> Image.Image:
        opaque = ImageChops.lighter(letters, emoji.getchannel("A")) if emoji else letters
        dropped = Image.new("L", opaque.size)
        dropped.paste(opaque, (0, round(_SHADOW_DROP * self.size)))
        soft = dropped.filter(ImageFilter.GaussianBlur(_SHADOW_BLUR * self.size))
        return tinted(soft, _SHADOW)
