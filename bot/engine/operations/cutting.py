"""Operations on time: trim, cut, keep, split, speed."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.engine.composition import Audio, Composition, Item, Video
from bot.engine.errors import InvalidEdit
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.operations.base import Operation, Targeted
from bot.engine.operations.edit import Edit, Stretch, measured, tiled
from bot.engine.operations.surgery import (
    Span,
    later,
    moved_keys,
    parted,
    reshaped,
    scaling,
    scaling_within,
    speed_of,
    window,
)
from bot.engine.select import Selector
from bot.engine.timebase import Rate, Seconds, exact, length, round_half_up, timecode


class Trim(Operation):
    """Move an item's own in or out point; give exactly one way, in seconds.

    `length` sets the length by moving the end (`edge` "start": by moving the start); `head` and
    `tail` cut that much away, or give it back where negative; `keep_from` and `keep_to` keep a
    stretch of the item, counted from its present start.

    What hangs on the item stays over the same picture, or slides to where the item still is. An
    overlay that loses its head starts that much later; sound keeps its place.

    ```
    trim B head=1         0 [ A ] 60 [      B      ] 150 [ C ] 210    B shows source 0-90
                          0 [ A ] 60 [   B   ] 120 [ C ] 180          B shows source 30-90
    ```
    """

    action: Literal["trim"] = "trim"
    selector: Selector
    length: Seconds | None = Field(default=None, gt=0)
    edge: Literal["start", "end"] = "end"
    head: Seconds | None = None
    tail: Seconds | None = None
    keep_from: Seconds | None = Field(default=None, ge=0)
    keep_to: Seconds | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [(self.length,), (self.head, self.tail), (self.keep_from, self.keep_to)]
        if sum(any(value is not None for value in way) for way in ways) != 1:
            raise ValueError("a trim needs a length, a head or tail, or a stretch to keep")
        return self

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        parts, moved = [], {}
        for placed in edit.select(self.selector, comp):
            first, last = self._kept(placed, comp.canvas.fps)
            parts.append(self._trimmed(comp, placed, first, last))
            moved[placed.item.id] = _earlier(first)
        return reshaped(comp, parts, moved)

    def _kept(self, placed: Placed, rate: Rate) -> Span:
        """First and last frame to keep, from the item's present start."""
        item, seen = placed.item, placed.frames or placed.item.duration
        first = rate.frames(self.head or self.keep_from or 0)
        if self.length is not None:
            kept = max(1, rate.frames(self.length))
            return (0, kept) if self.edge == "end" else (seen - kept, seen)
        if self.tail is not None:
            return first, seen - rate.frames(self.tail)
        if self.keep_to is None:
            return first, max(seen, first + 1) if item.to_end else item.duration
        last = rate.frames(self.keep_to)
        if last > seen + 1:
            raise InvalidEdit(f"“{item.label}” is only {length(rate.seconds(seen))} long.")
        return first, min(last, seen)

    def _trimmed(self, comp: Composition, placed: Placed, first: int, last: int) -> Item:
        item = placed.item
        part = window(item, first, last)
        to_end = item.to_end and self.length is None and not self.tail and self.keep_to is None
        longest = comp.longest(part)
        needed = 1 if to_end else part.duration - 1  # a frame too much is a matter of rounding
        if longest is not None and longest < max(1, needed):
            raise InvalidEdit(
                f"“{item.label}” has no more footage: "
                f"it can be {length(comp.canvas.fps.seconds(longest))} long at most."
            )
        duration = part.duration if longest is None else min(part.duration, longest)
        part = part.but(duration=duration, to_end=to_end)
        return part if isinstance(item, Audio) else later(part, first)


def _earlier(frames: int) -> Callable[[int], int]:
    return lambda offset: offset - frames


class Cut(Operation):
    """Cut stretches out of the main track, across items; what comes after moves earlier.

    What hangs wholly inside a stretch goes with it; what reaches out of it keeps the rest. An item
    that only loses its head or tail stays the same item.

    ```
    cut 1-1.5 s           0 [     A     ] 60 [  B  ] 120
                          0 [ A ] 30 [A.45] 45 [  B  ] 105
    ```
    """

    action: Literal["cut"] = "cut"
    ranges: tuple[tuple[Seconds, Seconds | None], ...] = Field(min_length=1)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        return _not_all(edit.without(comp, None, self.ranges))


class Keep(Operation):
    """Keep one stretch of the main track, and cut away all before and behind it."""

    action: Literal["keep"] = "keep"
    start: Seconds = Field(default=0, ge=0)
    end: Seconds | None = Field(default=None, ge=0)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        film = edit.before.seconds or layout(comp).seconds
        rate = comp.canvas.fps
        drops: list[Stretch] = [(0, self.start)] if rate.frames(self.start) > 0 else []
        if self.end is not None and rate.frames(self.end) < rate.frames(film):
            drops.append((self.end, None))
        return _not_all(edit.without(comp, None, drops)) if drops else comp


def _not_all(comp: Composition) -> Composition:
    if not comp.main:
        raise InvalidEdit("That would cut away the whole film.")
    return comp


def _moments(wire: Any) -> Any:
    """Read a single moment, or several between commas, as a list of moments."""
    if isinstance(wire, str):
        return [part for part in wire.split(",") if part.strip()]
    return [wire] if isinstance(wire, int | float) else wire


Moments = Annotated[tuple[Seconds, ...], BeforeValidator(_moments)]


class Split(Operation):
    """Split at moments of the timeline, or an item at moments after its start (`selector`).

    `parts` splits the item, or the whole film, into that many equal parts instead.

    ```
    split B at 1 s        0 [ A ] 60 [       B       ] 150
                          0 [ A ] 60 [ B ] 90 [ B.30 ] 150
    ```
    """

    action: Literal["split"] = "split"
    selector: Selector | None = None
    at: Moments = ()
    parts: int | None = Field(default=None, ge=2, le=50)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.at) == (self.parts is not None):
            raise ValueError("a split needs moments or a number of parts")
        return self

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        timeline = layout(comp)
        cuts: dict[str, set[int]] = {}
        for placed, offset in self._cuts(comp, edit, timeline):
            if can_be_cut(timeline, placed, offset):
                cuts.setdefault(placed.item.id, set()).add(offset)
            elif self.parts is None:
                at = timecode(timeline.canvas.fps.seconds(placed.start + offset))
                raise InvalidEdit(f"There is a cut or a transition at {at} already.")
        if not cuts:
            raise InvalidEdit("There is nothing to split there.")
        comp = measured(comp, cuts)
        tiles = {key: tiled(offsets, comp.items[key].duration) for key, offsets in cuts.items()}
        return parted(comp, tiles)[0]

    def _cuts(
        self, comp: Composition, edit: Edit, timeline: Timeline
    ) -> Iterator[tuple[Placed, int]]:
        """Items and the frames after their starts at which they are to be split."""
        if self.selector is not None:
            for placed in edit.select(self.selector, comp):
                yield from ((placed, offset) for offset in self._offsets(placed, comp, edit))
            return
        moments = _equal_parts(timeline.duration, self.parts) or [
            edit.now(at, comp) for at in self.at
        ]
        for frame in moments:
            showing = timeline.at(frame)
            if showing is None:
                raise InvalidEdit("There is nothing to split at the end of the film.")
            yield showing, frame - showing.start

    def _offsets(self, placed: Placed, comp: Composition, edit: Edit) -> Iterable[int]:
        moments = (edit.offset(placed, at, comp.canvas.fps) for at in self.at)
        inside = [offset for offset in moments if 0 <= offset < placed.frames]
        return _equal_parts(placed.frames, self.parts) or inside


def _equal_parts(whole: int, parts: int | None) -> list[int]:
    return [round_half_up(Fraction(whole * n, parts)) for n in range(1, parts)] if parts else []


def can_be_cut(timeline: Timeline, placed: Placed, offset: int) -> bool:
    """Whether an item can be split there: not at its edges, and not while a transition runs."""
    last = placed.frames - timeline.transition_after(placed)
    return placed.overlap < offset <= last and offset < placed.frames


class Speed(Targeted):
    """Play faster or slower: `rate` sets the speed (2 = twice as fast), `times` changes it.

    What hangs on the item stays over the same picture.

    ```
    speed B rate=2        0 [ A ] 60 [     B     ] 120 [ C ] 180
                          0 [ A ] 60 [  B  ] 90 [ C ] 150
    ```
    """

    action: Literal["speed"] = "speed"
    rate: float | None = Field(default=None, gt=0)
    times: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rate is None) == (self.times is None):
            raise ValueError("a speed needs a rate, or how many times as fast")
        return self

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        comp, targets = self.targets(comp, edit)
        parts, moved = [], {}
        for placed in targets:
            part = self._paced(comp, placed.item)
            parts.append(part)
            stretch = exact(speed_of(placed.item)) / exact(part.speed)
            moved[part.id] = scaling_within(stretch, part.duration)
        return reshaped(comp, parts, moved)

    def _paced(self, comp: Composition, item: Item) -> Video | Audio:
        if not isinstance(item, Video | Audio):
            raise InvalidEdit(f"“{item.label}” does not move, so it has no speed.")
        rate = round(self.rate or item.speed * (self.times or 1), 6)
        if not 0.1 <= rate <= 16:
            raise InvalidEdit(f"The speed can be 0.1× to 16×, not {rate:g}×.")
        scale = scaling(exact(item.speed) / exact(rate))
        part = item.but(speed=rate, keyframes=moved_keys(item, scale))
        if isinstance(part, Audio) and part.loop:  # it goes on
            return part
        longest, frames = comp.longest(part), max(1, scale(item.duration))
        return part.but(duration=frames if longest is None else max(1, min(frames, longest)))
