"""Stills: what is drawn, as PNG files."""

from pathlib import Path

from PIL import Image as Pixels
from PIL import ImageFilter, ImageOps

from bot.adapters.renderers.drawing import draw
from bot.adapters.renderers.lowering.motion import moves
from bot.adapters.renderers.lowering.scene import Still
from bot.engine.composition import Image, Shape, Text
from bot.engine.layout import Timeline

_BORDER = 2
"""Pixels of colour without ink around what moves, and how far colour bleeds."""

Drawable = Image | Shape | Text


def drawables(timeline: Timeline) -> tuple[Drawable, ...]:
    """The items to be drawn: those that are on screen at some time."""
    return tuple(
        placed.item
        for placed in timeline.placed
        if placed.frames > 0 and placed.item.enabled and isinstance(placed.item, Drawable)
    )


def draw_still(item: Drawable, timeline: Timeline, picture: Path | None, out: Path) -> Still:
    """Draw an item into a PNG file; `picture` is the clip's still where the item is an image.

    Raises:
        RenderFailed: The clip's still is missing or damaged.
        OSError: The file cannot be written.
    """
    canvas = timeline.canvas
    drawn = draw(item, (canvas.width, canvas.height), picture, moving=moves(item))
    image = ImageOps.expand(drawn.image, _BORDER) if moves(item) else drawn.image
    _bled(image).save(out, compress_level=1)
    box = (drawn.width, drawn.height)
    return Still(out, drawn.left, drawn.top, image.size, box, drawn.scale)


def _bled(image: Pixels.Image) -> Pixels.Image:
    """Give transparent pixels the colour of their neighbours.

    Halving the colour's resolution and turning a picture mix the colours of neighbours, whatever
    their alpha: without this, edges would look dirty.
    """
    alpha = image.getchannel("A")
    bled = image.convert("RGBa").filter(ImageFilter.BoxBlur(_BORDER)).convert("RGBA")
    bled.paste(image, mask=alpha.point(lambda value: 255 if value else 0))
    bled.putalpha(alpha)
    return bled
