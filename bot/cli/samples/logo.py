"""The sample logo: a speech bubble that plays, and the name."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bot.cli.samples.painting import Brush

_SIZE = (620, 180)
_FONT = Path(__file__).parents[2] / "assets" / "fonts" / "Inter-Bold.otf"


def draw_logo() -> Image.Image:
    """Draw it in white and colour, with a soft shadow that keeps it readable on bright clips."""
    mark = _bubble()
    font = ImageFont.truetype(_FONT, 104)
    ImageDraw.Draw(mark).text((184, 90), "ChatKut", "white", font, "lm")
    shadow = Image.new("RGBA", _SIZE, "#10142c")
    shadow.putalpha(
        mark.getchannel("A").filter(ImageFilter.GaussianBlur(8)).point(lambda a: a * 0.6)
    )
    shadow.alpha_composite(mark)
    return shadow


def _bubble() -> Image.Image:
    bubble, play = Brush(_SIZE), Brush(_SIZE)
    bubble.rounded((16, 20), (148, 118), 34)
    bubble.polygon((44, 130), (92, 130), (46, 168))
    play.polygon((74, 52), (74, 106), (120, 79))
    picture = bubble.cut_from("#ff8a5c", "#ff4f81", "#8a4bff")
    picture.alpha_composite(play.cut_from("#ffffff", "#ffffff"))
    return picture
