"""Which items a noun can mean."""

from collections.abc import Callable, Mapping

from bot.adapters.planners.offline.wants import ANY
from bot.engine.composition import Audio, Captions, Image, Shape, Text
from bot.engine.layout import Placed

_LOW = 0.6  # below this height of the canvas a text is a caption


def _is_low(placed: Placed) -> bool:
    item = placed.item
    return isinstance(item, Text) and item.transform.y > _LOW


KINDS: Mapping[str, Callable[[Placed], bool]] = {
    "clip": lambda p: p.track == "main",
    "part": lambda p: p.track == "main",
    "video": lambda p: p.track == "main",
    "film": lambda p: p.track == "main",
    "intro": lambda p: p.track == "main",
    "outro": lambda p: p.track == "main",
    "voice": lambda p: p.track == "main" and p.item.type == "video",
    "all": ANY.fits,
    "title": lambda p: isinstance(p.item, Text),
    "text": lambda p: isinstance(p.item, Text),
    "caption": lambda p: _is_low(p) or isinstance(p.item, Captions),
    "subtitle": lambda p: _is_low(p) or isinstance(p.item, Captions),
    "lower third": _is_low,
    "end card": lambda p: isinstance(p.item, Text) and p.track == "main",
    "title card": lambda p: isinstance(p.item, Text) and p.track == "main",
    "image": lambda p: isinstance(p.item, Image),
    "logo": lambda p: isinstance(p.item, Image) and p.track != "main",
    "watermark": lambda p: isinstance(p.item, Image) and p.track != "main",
    "sticker": lambda p: isinstance(p.item, Image) and p.track != "main",
    "music": lambda p: isinstance(p.item, Audio),
    "voiceover": lambda p: isinstance(p.item, Audio) and "voice" in p.item.label.casefold(),
    "sound effect": lambda p: isinstance(p.item, Audio),
    "rectangle": lambda p: isinstance(p.item, Shape) and p.item.shape == "rectangle",
    "ellipse": lambda p: isinstance(p.item, Shape) and p.item.shape == "ellipse",
    "shape": lambda p: isinstance(p.item, Shape),
    "copy": ANY.fits,
    "overlay": lambda p: p.track == "overlay",
}
