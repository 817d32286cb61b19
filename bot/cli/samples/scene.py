"""What a sample clip is made of: painted layers that move at different speeds, and a sound."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

WIDTH, HEIGHT, FPS = 1280, 720, 30
SIZE = (WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture laid over those before it.

    `x` and `y` (pixels) and `shown` are ffmpeg expressions of the frame number `n`. Motion is
    smooth where it is whole pixels per frame. `filters` change the picture itself over time.
    """

    picture: Image.Image
    x: str = "0"
    y: str = "0"
    shown: str = "1"
    filters: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip to be made: `paint` gets the number of frames and returns the layers, back first.

    `sound` is an ffmpeg filter graph that ends in `[sound]`.
    """

    name: str
    seconds: int
    paint: Callable[[int], tuple[Layer, ...]]
    sound: str

    @property
    def frames(self) -> int:
        return self.seconds * FPS
