"""The edit that operations are part of: what one message means, in a timeline that changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Self

from bot.engine.composition import Audio, Composition, Item, ItemAnchor, TimeAnchor, Video
from bot.engine.errors import InvalidEdit, NothingSelected
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.operations.surgery import (
    Span,
    begin,
    lineage,
    pace_of,
    parted,
    speed_of,
    turned,
)
from bot.engine.select import ByType, Selector, select
from bot.engine.timebase import Rate, exact, length, round_half_up, timecode

Stretch = tuple[float, float | None]
"""From one moment to another, in seconds of the timeline; None is the end."""


@dataclass(frozen=True)
class Edit:
    """The message that operations belong to.

    All selectors and times refer to `before`, the timeline as it stood before the message; what
    they mean is followed to where it stands by now. `serial` is the number of the revision to come;
    it makes new ids unique in the history.
    """

    before: Timeline
    serial: int

    def select(self, selector: Selector, comp: Composition) -> tuple[Placed, ...]:
        """The items meant as they are by now: all pieces of one that was split meanwhile."""
        timeline = layout(comp)
        edit, meant = self._meant(selector, timeline)
        found = tuple(placed for placed, _ in edit._followed(meant, timeline))
        if not found:
            raise NothingSelected(f"The item {selector} is gone by an earlier step of this edit.")
        return found

    def split_out(
        self, comp: Composition, selector: Selector | None, stretch: Stretch
    ) -> tuple[Composition, tuple[Placed, ...]]:
        """Split items at the edges of a stretch of time, and return the parts inside."""
        comp, spans = self._spans(comp, selector, [stretch], cut=False)
        tiles = {key: tiled(span, comp.items[key].duration) for key, (span,) in spans.items()}
        comp, ids = parted(comp, tiles)
        inside = {ids[key][tiles[key].index(span)] for key, (span,) in spans.items()}
        return comp, tuple(p for p in layout(comp).in_order if p.item.id in inside)

    def without(
        self, comp: Composition, selector: Selector | None, stretches: Iterable[Stretch]
    ) -> Composition:
        """Take stretches of time out of items, or of the main track, which closes."""
        comp, spans = self._spans(comp, selector, stretches, cut=True)
        kept = {key: _between(cuts, comp.items[key].duration) for key, cuts in spans.items()}
        return parted(comp, kept)[0]

    def now(self, seconds: float | None, comp: Composition) -> int:
        """Where a moment of the timeline before the message stands by now, in frames.

        None is the end. A moment that was cut away is where the cut is. Without a main track there
        is nothing that could have moved, and no end.

        Raises:
            InvalidEdit: The moment lies outside the film.
        """
        timeline = layout(comp)
        if not self.before.main:
            if timeline.main:  # the film begins with this message
                return Edit(timeline, self.serial).now(seconds, comp)
            return timeline.duration if seconds is None else timeline.canvas.fps.frames(seconds)
        frame = self.before.duration if seconds is None else self._frame(seconds)
        showing = self.before.at(frame)
        return timeline.duration if showing is None else self._found(showing, frame, timeline)

    def offset(self, placed: Placed, seconds: float, rate: Rate) -> int:
        """Frames from an item's start to what was `seconds` after its start before the message.

        Raises:
            InvalidEdit: The item was not that long.
        """
        origin = self._origin(placed.item)
        whole = origin or placed
        frames = (self.before.canvas.fps if origin else rate).frames(seconds)
        if not 0 <= frames <= whole.frames:
            lasts = length(self.before.canvas.fps.seconds(whole.frames))
            raise InvalidEdit(f"“{whole.item.label}” lasts {lasts}; there is no {length(seconds)}.")
        return self._offset(placed.item, origin, origin.start + frames, rate) if origin else frames

    def on_screen(self, seconds: float, comp: Composition) -> int:
        """Where a moment stands by now, for something that starts there; see `now`.

        Raises:
            InvalidEdit: The moment lies outside the film, or at its very end.
        """
        frame = self.now(seconds, comp)
        if comp.main and frame >= layout(comp).duration:
            raise InvalidEdit(f"The film ends at {timecode(seconds)}; nothing would be seen there.")
        return frame

    def _meant(self, selector: Selector | None, now: Timeline) -> tuple[Self, set[str]]:
        """The ids that a selector means, and the edit in which they are to be followed."""
        selector = selector or ByType(item_type="main")
        try:
            return self, {placed.item.id for placed in select(selector, self.before)}
        except NothingSelected:  # perhaps it names what an earlier step has made
            made = {placed.item.id for placed in select(selector, now)}
            return type(self)(now, self.serial), made

    def _origin(self, item: Item) -> Placed | None:
        """What an item was before the message: itself, or what it was split from."""
        known = self.before.by_id
        return next((known[key] for key in lineage(item.id) if key in known), None)

    def _followed(self, meant: set[str], now: Timeline) -> Iterator[tuple[Placed, Placed]]:
        """What has become of some items, each piece with what it was."""
        for placed in now.in_order:
            origin = self._origin(placed.item)
            if origin is not None and origin.item.id in meant:
                yield placed, origin

    def _spans(
        self,
        comp: Composition,
        selector: Selector | None,
        stretches: Iterable[Stretch],
        *,
        cut: bool,
    ) -> tuple[Composition, dict[str, list[Span]]]:
        """Which frames of which items lie in stretches of time; see `_share` for `cut`.

        Items that last to the end of the film are given the duration that they have by now.
        """
        timeline = layout(comp)
        edit, meant = self._meant(selector, timeline)
        ranges = [edit._range(stretch) for stretch in stretches]
        spans = {}
        for placed, origin in edit._followed(meant, timeline):
            shares = [share for each in ranges if (share := edit._share(origin, each, cut))]
            found = [edit._span(placed, origin, share, comp.canvas.fps) for share in shares]
            if lying := [(first, last) for first, last in found if first < last]:
                spans[placed.item.id] = lying
        if not spans:
            raise NothingSelected("Nothing of that lies in that stretch of time.")
        return measured(comp, spans), spans

    def _range(self, stretch: Stretch) -> Span:
        start, end = stretch
        first = self._frame(start)
        last = self.before.duration if end is None else self._frame(end)
        if first >= last:
            raise InvalidEdit("That stretch of time is empty.")
        return first, last

    def _frame(self, seconds: float) -> int:
        frame, duration = self.before.canvas.fps.frames(seconds), self.before.duration
        if not 0 <= frame <= duration + 1:
            raise InvalidEdit(
                f"{timecode(seconds)} is outside the film, "
                f"which is {timecode(self.before.seconds)} long."
            )
        return min(frame, duration)

    def _share(self, origin: Placed, stretch: Span, cut: bool) -> Span | None:
        """What an item had to give to a stretch, in frames of the timeline before.

        An edge inside a transition counts as the cut. Where the stretch is `cut` out, both items
        lose their part of the transition, so that the film becomes shorter by just that stretch.
        """
        first, last = stretch
        alone_from = origin.start + origin.overlap
        alone_to = origin.end - self.before.transition_after(origin)
        if cut and (first >= origin.end or last <= origin.start):
            return None
        if not cut and (first >= alone_to or last <= alone_from):
            return None
        return (
            origin.start if first <= alone_from else first,
            origin.end if last > alone_to else last,
        )

    def _span(self, placed: Placed, origin: Placed, share: Span, rate: Rate) -> Span:
        """Where that share is by now in one piece of the item; empty where it shows none of it.

        Source frames are whole, so a moment of a slowed piece is known only to some frames; what
        comes that close to an edge of the piece is meant to be the edge.
        """
        item = placed.item
        whole = placed.frames if item.to_end else item.duration
        first, last = (self._offset(item, origin, frame, rate) for frame in share)
        slowed = speed_of(item) < 1 and item is not origin.item
        blur = ceil(1 / (2 * speed_of(item))) if slowed else 0
        to_end = share[1] == origin.end and last >= placed.frames - 1  # give or take rounding
        return (
            0 if first <= blur else first,
            whole if to_end or last >= whole - blur else last,
        )

    def _offset(self, item: Item, origin: Placed, frame: int, rate: Rate) -> int:
        """Frames from an item's start to what it showed at a frame of the timeline before."""
        was = origin.item
        if item is was:
            return frame - origin.start
        if getattr(item, "clip", None) != getattr(was, "clip", None):
            was = self._replaced(origin, item)
        moment = was.source_in + (frame - origin.start) * pace_of(was)
        moment *= rate.value / self.before.canvas.fps.value
        # What was turned round meanwhile stands where it stood.
        pace = abs(pace_of(item)) * (-1 if turned(was) else 1)
        return round_half_up((moment - begin(item, backwards=turned(was))) / pace)

    def _replaced(self, origin: Placed, item: Item) -> Item:
        """What an item would have been before the message with the clip that it shows by now."""
        if not isinstance(item, Video | Audio):
            return item.but(source_in=0)
        clip = self.before.clips.get(item.clip)  # perhaps it came with this very message
        footage = clip.frames(self.before.canvas.fps) if clip else None
        return origin.item.but(clip=item.clip, source_in=first_in(footage, origin))

    def _found(self, showing: Placed, frame: int, now: Timeline) -> int:
        """Find a moment by its picture: the piece that shows it, else the cut that it fell into."""
        pieces = [(placed, self._origin(placed.item)) for placed in now.main]
        own = [
            (self._offset(placed.item, showing, frame, now.canvas.fps), placed)
            for placed, origin in pieces
            if origin is showing
        ]
        for offset, placed in own:
            if 0 <= offset < placed.frames:
                return placed.start + offset
        cut = [(-offset, placed.start) for offset, placed in own if offset < 0]
        later = [
            (origin.index, placed.start)
            for placed, origin in pieces
            if origin and origin.track == "main" and origin.index > showing.index
        ]
        return min(cut or later, default=(0, now.duration))[1]


def first_in(footage: int | None, placed: Placed) -> int:
    """Where an item begins in another clip of so many frames: backwards, as far in as it lasts."""
    if not turned(placed.item):
        return 0
    frames = placed.frames if placed.item.to_end else placed.item.duration
    needed = round_half_up(frames * exact(speed_of(placed.item)))
    return needed if footage is None else min(needed, footage)


def hung(comp: Composition, item: Item, frame: int) -> Item:
    """Hang an item on what is on screen at a frame; sound, and what starts the film, on the time.

    ```
    t at 75               0 [ A ] 60 [ B ] 120         t hangs on B at +15
    ```
    """
    showing = layout(comp).at(frame) if frame and not isinstance(item, Audio) else None
    if showing is None:
        return item.but(anchor=TimeAnchor(at=frame))
    return item.but(anchor=ItemAnchor(item=showing.item.id, offset=frame - showing.start))


def measured(comp: Composition, ids: Iterable[str]) -> Composition:
    """Give items that last to the end of the film the duration that they have by now."""
    lasting = [key for key in ids if comp.items[key].to_end]
    placed = layout(comp).by_id if lasting else {}
    return comp.with_item(
        *(comp.items[key].but(duration=max(1, placed[key].frames)) for key in lasting)
    )


def tiled(offsets: Iterable[int], whole: int) -> list[Span]:
    """Consecutive stretches of [0, whole), parted at some offsets."""
    edges = sorted({0, *offsets, whole})
    return list(pairwise(edges))


def _between(cuts: Iterable[Span], whole: int) -> list[Span]:
    """What is left of [0, whole) without the cuts, which may overlap."""
    left, start = [], 0
    for first, last in sorted(cuts):
        if start < first:
            left.append((start, first))
        start = max(start, last)
    return left + ([(start, whole)] if start < whole else [])
