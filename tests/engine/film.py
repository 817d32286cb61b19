"""What a viewer sees, frame by frame: the measure by which edits are judged in these tests."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.engine.composition import Composition, Image, Text, Video
from bot.engine.layout import Placed, layout
from bot.engine.operations.surgery import lineage


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture: what is shown, and which moment of it, in source frames."""

    what: str
    moment: float

    def is_like(self, other: "Sight", tolerance: float = 1.5) -> bool:
        return self.what == other.what and abs(self.moment - other.moment) <= tolerance


def sights(placed: Placed, first: int, last: int) -> Iterator[Sight]:
    """What an item shows from one frame of the timeline to another."""
    item = placed.item
    what = [*lineage(item.id)][-1]
    if isinstance(item, Video | Image):
        what = f"{what}:{item.clip}"
    if isinstance(item, Text):
        what = f"{what}:{item.text}"
    for frame in range(first, last):
        offset = frame - placed.start
        moment = item.source_at(offset) if isinstance(item, Video) else item.source_in + offset
        yield Sight(what, float(moment))


def film(comp: Composition) -> list[Sight]:
    """The main track, frame by frame; during a transition the incoming picture."""
    timeline = layout(comp)
    return [
        sight
        for placed in timeline.main
        for sight in sights(placed, placed.start, placed.end - timeline.transition_after(placed))
    ]


def overlays(comp: Composition) -> dict[str, list[tuple[int, Sight]]]:
    """Which frames each overlay is on screen and what it shows there, by the item it came from."""
    shown: dict[str, list[tuple[int, Sight]]] = {}
    for placed in layout(comp).track("overlay"):
        root = [*lineage(placed.item.id)][-1]
        frames = range(placed.start, placed.end)
        seen = sights(placed, placed.start, placed.end)
        shown.setdefault(root, []).extend(zip(frames, seen, strict=True))
    return {key: sorted(frames, key=lambda each: each[0]) for key, frames in shown.items()}


def alike(before: list[Sight], after: list[Sight]) -> bool:
    """Whether two films look the same, give or take a source frame of rounding."""
    return len(before) == len(after) and all(
        one.is_like(other) for one, other in zip(before, after, strict=True)
    )
