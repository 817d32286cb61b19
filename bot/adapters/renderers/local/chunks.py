"""Chunks: the stretches of a film that are encoded, kept and used again one by one.

A film is cut where something begins or ends, and in between on a grid of the *source's* frames,
not the timeline's: so a clip that moves, or loses its head, keeps the cuts inside it, and with
them the chunks that were made before. No cut is missed or made because of what is far away.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count, pairwise, takewhile
from math import ceil, floor

from bot.adapters.renderers.lowering.scene import Window
from bot.engine.composition import Audio, Video
from bot.engine.layout import Placed, Timeline

GRID = 60
"""Frames; a longer grid costs fewer keyframes, and more to encode for a small change."""

SHORTEST = 12
"""Frames; with one or two, an encoder's delay and so the edit list would differ."""


def chunks(timeline: Timeline) -> tuple[Window, ...]:
    """Cut a film into stretches that cut no transition; where cuts are too close, edges win."""
    cuts = [0, timeline.duration]
    starts = [placed.start for placed in timeline.main]
    for places in (_edges(timeline), _overlay_edges(timeline), _grid(timeline)):
        for frame in sorted(places):
            if _has_room(cuts, frame) and not _in_transition(timeline, starts, frame):
                insort(cuts, frame)
    return tuple(pairwise(cuts))


def portions(timeline: Timeline, film: Sequence[Window]) -> Iterator[tuple[Window, Timeline]]:
    """Each chunk, and the timeline with only what is there during it."""
    starts = [start for start, _ in film]
    there: list[list[Placed]] = [[] for _ in film]
    for placed in timeline.placed:
        first, end = bisect_right(starts, placed.start) - 1, bisect_left(starts, placed.end)
        for number in range(first, end):
            there[number].append(placed)
    for chunk, each in zip(film, there, strict=True):
        yield chunk, replace(timeline, placed=tuple(each))


def seen(timeline: Timeline) -> Iterable[Placed]:
    """What is on screen at some time."""
    return (
        placed
        for placed in timeline.placed
        if placed.frames > 0 and placed.item.enabled and not isinstance(placed.item, Audio)
    )


def _has_room(cuts: list[int], frame: int) -> bool:
    after = bisect_right(cuts, frame)
    return 0 < after < len(cuts) and (frame - cuts[after - 1] >= SHORTEST <= cuts[after] - frame)


def _in_transition(timeline: Timeline, starts: list[int], frame: int) -> bool:
    index = bisect_right(starts, frame) - 1
    if index < 0:
        return False
    placed = timeline.main[index]
    return placed.start < frame < placed.start + placed.overlap


def _edges(timeline: Timeline) -> set[int]:
    """Where shots and transitions begin and end."""
    return {
        frame for placed in timeline.main for frame in (placed.start, placed.start + placed.overlap)
    }


def _overlay_edges(timeline: Timeline) -> set[int]:
    overlays = (placed for placed in seen(timeline) if placed.track == "overlay")
    return {frame for placed in overlays for frame in (placed.start, placed.end)}


def _grid(timeline: Timeline) -> Iterator[int]:
    if not timeline.main:
        yield from range(GRID, timeline.duration, GRID)
    for placed in timeline.main:
        yield from _grid_within(placed)


def _grid_within(placed: Placed) -> Iterator[int]:
    """Where an item shows its source's frames 60, 120, …; faster ones skip as many as they do."""
    item = placed.item
    pace = item.pace if isinstance(item, Video) else Fraction(1)
    first = Fraction(item.source_in) / pace
    frames = (ceil(number * GRID - first) for number in count(floor(first / GRID) + 1))
    for frame in takewhile(lambda frame: frame < placed.frames, frames):
        yield placed.start + frame
