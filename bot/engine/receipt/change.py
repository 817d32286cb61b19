"""Two compositions side by side, and what has become of each item."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from bot.engine.composition import Canvas, Captions, Composition, Item, Video, is_frozen
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.operations.canvas import retimed
from bot.engine.operations.surgery import (
    Span,
    begin,
    lineage,
    pace_of,
    speed_of,
    turned,
)
from bot.engine.timebase import length, round_half_up, timecode


@dataclass(frozen=True)
class Change:
    """Before and after at the same frame rate, and the canvas as it was."""

    before: Composition
    after: Composition
    old_canvas: Canvas

    @classmethod
    def between(cls, before: Composition, after: Composition) -> Self:
        """Put two compositions side by side; the first is converted to the rate of the other."""
        return cls(retimed(before, after.canvas.fps), after, before.canvas)

    @cached_property
    def old(self) -> Timeline:
        """The timeline before."""
        return layout(self.before)

    @cached_property
    def new(self) -> Timeline:
        """The timeline after."""
        return layout(self.after)

    @cached_property
    def pieces(self) -> Mapping[str, list[Placed]]:
        """By id of an old item, what it has become: itself or the pieces that it was split into."""
        return descendants(self.old, self.new)

    @cached_property
    def whole_again(self) -> Mapping[str, list[Placed]]:
        """By id of a new item, the old pieces that it shows in one, as after undoing a split."""
        found = descendants(self.new, self.old)
        return {key: pieces for key, pieces in found.items() if len(pieces) > 1}

    @property
    def stayed(self) -> Iterator[tuple[Placed, Placed]]:
        """Old items with their new pieces, where anything about them changed."""
        for key, pieces in self.pieces.items():
            old = self.old.by_id[key]
            yield from ((old, new) for new in pieces if old.item is not new.item)

    @property
    def touched(self) -> list[str]:
        """The labels of items that are not as they were."""
        return [new.item.label for old, new in self.stayed if old.item != new.item]

    @cached_property
    def reordered(self) -> bool:
        """Whether items that stayed on the main track stand in another order."""
        old, new = (set(self.before.main), set(self.after.main))
        stayed = [key for key in self.before.main if key in new]
        return stayed != [key for key in self.after.main if key in old]

    def shift_after(self, frame: int) -> int:
        """How far moved what came on the main track from an old frame on; 0 where nothing did."""
        index = bisect_left(self.old.main, frame, key=lambda placed: placed.start)
        kept = (old for old in self.old.main[index:] if old.item.id in self.after.main_set)
        return self._shift(next(kept, None))

    def shift_behind(self, new: Placed) -> int:
        """How far moved what comes behind a new main-track item; 0 where nothing does."""
        later = self.new.main[new.index + 1 :]
        kept = (each for each in later if each.item.id in self.before.main_set)
        return self._shift(next(kept, None))

    def _shift(self, placed: Placed | None) -> int:
        key = placed.item.id if placed else ""
        return self.new.by_id[key].start - self.old.by_id[key].start if placed else 0

    def span(self, placed: Placed) -> str:
        """When an item is on screen."""
        return self.range(placed.start, placed.end)

    def range(self, start: int, end: int) -> str:
        """From one frame to another."""
        return f"{self.time(start)}–{self.time(end)}"

    def time(self, frame: int) -> str:
        """A moment."""
        return timecode(self.after.canvas.fps.seconds(frame))

    def length(self, frames: int) -> str:
        """A length."""
        return length(self.after.canvas.fps.seconds(frames))

    def stopped(self, new: Placed) -> str:
        """What stands still where a new piece is a frame of its neighbour; "" where it is none."""
        still = new.item
        if new.track != "main" or still.id in self.before.items:
            return ""
        if not isinstance(still, Video) or (frozen := still.frozen) is None:
            return ""
        edges = [(placed.item, placed.frames - 1) for placed in self.new.main[: new.index][-1:]]
        edges += [(placed.item, 0) for placed in self.new.main[new.index + 1 :][:1]]
        moving = [
            (abs(item.source_at(at) - frozen), item.id)
            for item, at in edges
            if isinstance(item, Video) and not is_frozen(item) and item.clip == still.clip
        ]
        return self._known(self.after.items[min(moving)[1]]).label if moving else ""

    def _known(self, item: Item) -> Item:
        """What an item was before; itself where it is new."""
        return next((old for key in lineage(item.id) if (old := self.before.items.get(key))), item)

    def lost(self, old: Placed, pieces: list[Placed]) -> list[Span]:
        """Which frames of an old item none of its pieces shows."""
        gaps, start = [], 0
        for first, last in sorted(shown(old.item, piece.item) for piece in pieces):
            if first > start + self._tolerance(old, pieces):
                gaps.append((start, first))
            start = max(start, last)
        if start < old.item.duration - self._tolerance(old, pieces):
            gaps.append((start, old.item.duration))
        return gaps

    def _tolerance(self, old: Placed, pieces: list[Placed]) -> int:
        """Frames that rounding may have cost: none at normal speed."""
        speeds = {speed_of(old.item), *(speed_of(piece.item) for piece in pieces)}
        return 0 if speeds == {1} else 1 + round(max(speeds) / speed_of(old.item))


def descendants(old: Timeline, new: Timeline) -> dict[str, list[Placed]]:
    """The items of one timeline by the item of another that they are or were split from."""
    found: dict[str, list[Placed]] = {}
    for placed in new.in_order:
        origin = next((key for key in lineage(placed.item.id) if key in old.by_id), None)
        if origin is not None and _is_piece(old.by_id[origin].item, placed.item):
            found.setdefault(origin, []).append(placed)
    return found


def _is_piece(old: Item, item: Item) -> bool:
    """Whether an item is the same as an old one, or shows a part of it."""
    if isinstance(item, Captions):
        return True
    first, last = shown(old, item)
    return item.id == old.id or 0 <= first + last < 2 * old.duration


def shown(old: Item, piece: Item) -> Span:
    """Which frames of an old item a piece of it shows; all of them where it was replaced."""
    if piece is old or clip_of(old) != clip_of(piece) or is_frozen(old) != is_frozen(piece):
        return 0, old.duration
    speed, pace = pace_of(old), pace_of(piece)
    if speed == pace == 1:
        first = piece.source_in - old.source_in
        return first, first + piece.duration
    start = (begin(piece, backwards=turned(old)) - old.source_in) / speed
    return round_half_up(start), round_half_up(start + piece.duration * abs(pace / speed))


def clip_of(item: Item) -> str | None:
    """The clip that an item shows, if any."""
    clip: str | None = getattr(item, "clip", None)
    return clip
