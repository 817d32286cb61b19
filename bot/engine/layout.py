"""Layout: from order and anchors to absolute frame ranges.

Selectors by time, the timeline picture, exports and renderers read a `Timeline` and nothing else,
so preview, render and export cannot disagree.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.engine.composition import (
    Audio,
    Canvas,
    Clip,
    Composition,
    Item,
    ItemAnchor,
    TimeAnchor,
)
from bot.engine.errors import InvalidEdit

Track = Literal["main", "overlay", "audio"]
_MEMO = "laid_out"
_TRACK_ORDER: Mapping[Track, int] = {"main": 0, "overlay": 1, "audio": 2}


@dataclass(frozen=True, slots=True)
class Placed:
    """An item and where it stands: frames [start, end) of the timeline.

    `index` counts within the track from 0. `overlap` is how many frames the item shares with the
    one before it on the main track, while the transition between them runs.
    """

    item: Item
    start: int
    end: int
    track: Track
    index: int
    overlap: int = 0

    @property
    def frames(self) -> int:
        """Frames on screen; 0 where the item lies behind the end of the film."""
        return self.end - self.start


@dataclass(frozen=True)
class Timeline:
    """A laid-out composition. `placed` runs main track, overlays (bottom first), audio."""

    canvas: Canvas
    clips: Mapping[str, Clip]
    duration: int
    placed: tuple[Placed, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Placed]:
        """Placed items by item id."""
        return {placed.item.id: placed for placed in self.placed}

    def track(self, name: Track) -> tuple[Placed, ...]:
        """The placed items of one track, in order."""
        return tuple(placed for placed in self.placed if placed.track == name)

    @cached_property
    def main(self) -> tuple[Placed, ...]:
        """The main track."""
        return self.track("main")

    @cached_property
    def in_order(self) -> tuple[Placed, ...]:
        """Everything by start, main track before overlays before audio where starts are equal."""
        return tuple(sorted(self.placed, key=lambda p: (p.start, _TRACK_ORDER[p.track], p.index)))

    def at(self, frame: int) -> Placed | None:
        """The main-track item on screen at a frame; the incoming one during a transition."""
        index = bisect_right(self.main, frame, key=lambda placed: placed.start) - 1
        return self.main[index] if index >= 0 and frame < self.main[index].end else None

    def transition_after(self, placed: Placed) -> int:
        """How many frames a main-track item shares with the next one."""
        following = self.main[placed.index + 1 : placed.index + 2]
        return following[0].overlap if placed.track == "main" and following else 0

    @property
    def seconds(self) -> float:
        """Length of the film in seconds."""
        return self.canvas.fps.seconds(self.duration)


def layout(comp: Composition) -> Timeline:
    """Place every item. Linear in the number of items, but for sorting overlays.

    ```
    main      |--- A ---|----- B ------|        order decides; B starts where A ends
    t on B+15               [ t ]               anchored: start of B + 15
    m at 0    [======= m =======]···            clipped to the main track's end
    ```

    Raises:
        InvalidEdit: An item hangs on something that is not on the main track.
    """
    # Remembered with the composition, which never changes; a plan asks several times a step.
    remembered: Timeline | None = comp.__dict__.get(_MEMO)
    if remembered is None:
        remembered = comp.__dict__[_MEMO] = _laid_out(comp)
    return remembered


def _laid_out(comp: Composition) -> Timeline:
    main = tuple(_main_track(comp))
    starts = {placed.item.id: placed.start for placed in main}
    free = [(item, _start(item, starts)) for item in comp.items.values() if item.anchor is not None]
    end = main[-1].end if main else _longest(free)
    spans = [(item, min(start, end), _end(comp, item, start, end)) for item, start in free]
    spans.sort(key=lambda span: (isinstance(span[0], Audio), span[0].layer, span[1], span[0].id))
    return Timeline(comp.canvas, comp.clips, end, main + tuple(_numbered(spans)))


def _main_track(comp: Composition) -> Iterator[Placed]:
    cursor = 0
    for index, key in enumerate(comp.main):
        item = comp.items[key]
        transition = None if isinstance(item, Audio) else item.transition_in
        overlap = transition.frames if transition and index else 0
        start = cursor - overlap
        cursor = start + item.duration
        yield Placed(item, start, cursor, "main", index, overlap)


def _start(item: Item, starts: Mapping[str, int]) -> int:
    match item.anchor:
        case ItemAnchor(item=target) if target not in starts:
            raise InvalidEdit(f"“{item.label}” hangs on an item that is gone from the main track.")
        case ItemAnchor(item=target, offset=offset):
            return starts[target] + offset
        case TimeAnchor(at=at):
            return at
        case None:
            return 0


def _longest(free: Iterable[tuple[Item, int]]) -> int:
    """Without a main track the film lasts as long as its longest free item."""
    return max((start + item.duration for item, start in free), default=0)


def _end(comp: Composition, item: Item, start: int, end: int) -> int:
    if not item.to_end:
        return min(start + item.duration, end)
    longest = comp.longest(item)
    return end if longest is None else min(start + longest, end)


def _numbered(spans: list[tuple[Item, int, int]]) -> Iterator[Placed]:
    count: dict[Track, int] = {"overlay": 0, "audio": 0}
    for item, start, stop in spans:
        track: Track = "audio" if isinstance(item, Audio) else "overlay"
        yield Placed(item, start, stop, track, count[track])
        count[track] += 1
