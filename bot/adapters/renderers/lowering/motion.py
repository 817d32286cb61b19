"""Motion: where a moving picture stands at each frame, in numbers and as ffmpeg expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import cos, radians, sin

from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.lowering.framing import Size
from bot.adapters.renderers.lowering.keyframes import Keys, expression, normal, number
from bot.engine.composition import Image, Shape, Text, Video
from bot.engine.keyframes import Animated, Keyframe, value

Visual = Video | Image | Text | Shape
_GEOMETRY: tuple[Animated, ...] = ("x", "y", "scale", "rotation")


def moves(item: Visual) -> bool:
    """Whether keyframes change where or how large an item is."""
    return any(item.keyframes.get(animated) for animated in _GEOMETRY)


@dataclass(frozen=True, slots=True)
class Motion:
    """How a picture moves over the canvas.

    `image` is the picture's size at scale `base`, `box` the size of the item's own box there; both
    have the same centre. Frames are counted from `skip` frames after the item's start.
    """

    keys: Mapping[Animated, Keys]
    canvas: Size
    image: Size
    box: Size
    base: float
    pivot: tuple[float, float]
    skip: int

    @classmethod
    def of(cls, item: Visual, canvas: Size, drawn: tuple[Size, Size, float], skip: int) -> "Motion":
        """The motion of an item; what no keyframes move stands still.

        `drawn` are the picture's size, the box's size, and the scale at which they have these.
        """
        transform = item.transform
        keys = {name: _keys(item, name, getattr(transform, name)) for name in _GEOMETRY}
        return cls(keys, canvas, *drawn, (transform.pivot_x, transform.pivot_y), skip)

    @property
    def slides(self) -> bool:
        """Whether the picture only changes its place."""
        scale, rotation = self.keys["scale"], self.keys["rotation"]
        return (
            len(scale) == 1
            and len(rotation) == 1
            and abs(scale[0].value / self.base - 1) < 1e-6
            and rotation[0].value % 360 == 0
        )

    @property
    def still(self) -> bool:
        """Whether the picture does not move at all."""
        return all(len(keys) == 1 for keys in self.keys.values())

    def reach(self, frames: int) -> Box:
        """What the picture touches of the canvas during `frames`, on even coordinates."""
        boxes = [Box.around(self._corners_at(frame)) for frame in self.moving(frames)]
        around = Box.around([corner for box in boxes for corner in box.corners])
        return around.grown(2).meet(Box(0, 0, *self.canvas)).evened()

    def left_top(self, frame: str) -> tuple[str, str]:
        """Expressions for the picture's corner while it slides."""
        return (
            f"round({self._centre(0, frame, '1')}-{number(self.image[0] / 2)})",
            f"round({self._centre(1, frame, '1')}-{number(self.image[1] / 2)})",
        )

    def corners(self, frame: str, region: Box, sheet: Box) -> list[str]:
        """Expressions for where the corners of a sheet go, counted from `region`'s corner.

        `sheet` is counted from the picture's centre. Order: x and y of top left, top right, bottom
        left, bottom right. The half pixels are because filters count pixels by their corners.
        """
        texts = []
        for v, u in product((sheet.top, sheet.bottom), (sheet.left, sheet.right)):
            u_half, v_half = number(u + 0.5), number(v + 0.5)
            x = f"({u_half}*cos(ld(2))-{v_half}*sin(ld(2)))"
            y = f"({u_half}*sin(ld(2))+{v_half}*cos(ld(2)))"
            texts.append(self._placed(0, frame, x, region.left + 0.5))
            texts.append(self._placed(1, frame, y, region.top + 0.5))
        return texts

    def _placed(self, axis: int, frame: str, offset: str, origin: float) -> str:
        ratio = f"{expression(self.keys['scale'], 'ld(0)')}/{number(self.base)}"
        angle = f"{expression(self.keys['rotation'], 'ld(0)')}*PI/180"
        centre = self._centre(axis, frame, "ld(1)")
        return (
            f"st(0,{self._local(frame)});st(1,{ratio});st(2,{angle});"
            f"{centre}+ld(1)*{offset}-{number(origin)}"
        )

    def _centre(self, axis: int, frame: str, ratio: str) -> str:
        place = expression(self.keys["xy"[axis]], self._local(frame))  # type: ignore[index]
        lean = number((0.5 - self.pivot[axis]) * self.box[axis])
        return f"({place}*{self.canvas[axis]}+({lean})*{ratio})"

    def _local(self, frame: str) -> str:
        return f"({frame}+{self.skip})" if self.skip else frame

    def at(self, frame: int) -> tuple[float, float, float, float]:
        """Where the centre is, how much it is scaled, and how many degrees it is turned."""
        now = {name: value(keys, frame + self.skip) for name, keys in self.keys.items()}
        ratio = now["scale"] / self.base
        x = now["x"] * self.canvas[0] + (0.5 - self.pivot[0]) * self.box[0] * ratio
        y = now["y"] * self.canvas[1] + (0.5 - self.pivot[1]) * self.box[1] * ratio
        return x, y, ratio, now["rotation"]

    def moving(self, frames: int) -> range:
        """The frames from the first key to the last one; outside it looks the same."""
        at = [key.frame - self.skip for keys in self.keys.values() for key in keys]
        first, last = max(0, min(at)), min(frames - 1, max(at))
        return range(min(first, frames - 1), max(last, 0) + 1)

    def _corners_at(self, frame: int) -> list[tuple[float, float]]:
        x, y, ratio, degrees = self.at(frame)
        c, s = ratio * cos(radians(degrees)), ratio * sin(radians(degrees))
        half = self.image[0] / 2, self.image[1] / 2
        return [
            (x + u * c - v * s, y + u * s + v * c)
            for u, v in product((-half[0], half[0]), (-half[1], half[1]))
        ]


def _keys(item: Visual, animated: Animated, standing: float) -> Keys:
    keys = item.keyframes.get(animated) or (Keyframe(frame=0, value=standing),)
    return normal(keys, animated)
