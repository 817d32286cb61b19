"""Which items an operation can be about, and what to call them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.engine.composition import Audio, Captions, Image, ItemType, Shape, Text, Video
from bot.engine.layout import Placed

KIND: Mapping[ItemType, str] = {
    "video": "a video",
    "image": "an image",
    "text": "a text",
    "audio": "a sound",
    "shape": "a shape",
    "captions": "what is said",
}


@dataclass(frozen=True)
class Want:
    """A sort of item, and its name in a question.

    `audible`: only what has a sound is offered. `whole`: the first piece of what was split stands
    for all.
    """

    name: str
    fits: Callable[[Placed], bool]
    audible: bool = False
    whole: bool = False


ANY = Want("item", lambda placed: bool(placed.item.id))
WHOLE = Want(ANY.name, ANY.fits, whole=True)
MAIN = Want("clip", lambda placed: placed.track == "main")
UNDER = Want(MAIN.name, MAIN.fits, whole=True)
VISUAL = Want("clip", lambda placed: not isinstance(placed.item, Audio))
OVERLAY = Want("overlay", lambda placed: placed.track == "overlay")
SHOWN = Want(VISUAL.name, VISUAL.fits, whole=True)
PICTURE = Want("clip", lambda placed: isinstance(placed.item, Video | Image))
MOVING = Want("clip", lambda placed: isinstance(placed.item, Video | Audio))
SOUNDING = Want("clip or music", lambda p: isinstance(p.item, Video | Audio), audible=True)
SOUND = Want("music", lambda placed: isinstance(placed.item, Audio))
WORDS = Want("text", lambda placed: isinstance(placed.item, Text | Captions))
PAINTED = Want("text", lambda placed: isinstance(placed.item, Text | Captions | Shape))
