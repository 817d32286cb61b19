"""Text, shapes and stills to RGBA pictures, drawn once and for every renderer."""

from bot.adapters.renderers.drawing.fonts import installed_cjk, without_font
from bot.adapters.renderers.drawing.placing import Drawn, draw, measure

__all__ = ["Drawn", "draw", "installed_cjk", "measure", "without_font"]
