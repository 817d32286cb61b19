"""Which bar of a timeline picture stands where: items stacked so that none overlap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.adapters.renderers.drawing.sheet import label_width
from bot.adapters.renderers.drawing.typesetting import Lettering
from bot.engine.composition import called
from bot.engine.layout import Placed

LABEL = Lettering(21, bold=True)
INDENT = 44
"""Pixels of a bar that its sign takes."""
_PADDING, _DISTANCE, _NARROWEST = 10, 10, 6
_LONGEST_BESIDE = (340, 200, 110)
_ROOMY_LANES = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """Frames of a timeline to pixels between `left` and `right`."""

    left: int
    right: int
    frames: int

    def x(self, frame: float) -> int:
        """Where a frame begins."""
        return self.left + round((self.right - self.left) * frame / max(1, self.frames))


@dataclass(frozen=True, slots=True)
class Bar:
    """An item's bar from `left` to `right`, and its label: where it starts and its room."""

    placed: Placed
    left: int
    right: int
    label: float
    room: float

    @property
    def extent(self) -> tuple[float, float]:
        """What bar and label cover together."""
        return min(self.left, self.label), max(self.right, self.label + self.room)

    def collides(self, other: "Bar") -> bool:
        """Whether bars or labels would overlap."""
        mine, theirs = self.extent, other.extent
        return mine[0] < theirs[1] + _DISTANCE and theirs[0] < mine[1] + _DISTANCE


def stacked(track: Sequence[Placed], scale: Scale) -> list[list[Bar]]:
    """Lanes of bars, the lowest layer first.

    Labels stand beside bars that are too short for them; they are cut, and at last moved into the
    bars, where that would take too many lanes.
    """
    visible = [placed for placed in track if placed.frames]
    for longest in _LONGEST_BESIDE:
        lanes = _packed([_bar(placed, scale, longest) for placed in visible])
        if len(lanes) <= _ROOMY_LANES:
            return lanes
    return _packed([_bar(placed, scale, longest=0) for placed in visible])


def _packed(bars: list[Bar]) -> list[list[Bar]]:
    lanes: list[list[Bar]] = []
    for bar in bars:
        free = (lane for lane in lanes if not any(map(bar.collides, lane)))
        lane = next(free, None)
        if lane is None:
            lanes.append(lane := [])
        lane.append(bar)
    return lanes


def _bar(placed: Placed, scale: Scale, longest: int) -> Bar:
    left, right = scale.x(placed.start), scale.x(placed.end) - 2
    right = max(left + _NARROWEST, right)
    room = max(0, right - left - INDENT - _PADDING)
    bar = Bar(placed, left, right, min(left + INDENT, right), room)
    wanted = min(label_width(called(placed.item), LABEL) + 2, longest)
    if wanted <= bar.room:
        return bar
    if bar.right + _DISTANCE + wanted <= scale.right:
        return replace(bar, label=bar.right + _DISTANCE, room=wanted)
    if bar.left - _DISTANCE - wanted >= scale.left:
        return replace(bar, label=bar.left - _DISTANCE - wanted, room=wanted)
    return bar
