"""What formats ask of a timeline: shots that follow each other, and what of them is heard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bot.engine.composition import Audio, Item, Transition, Video, is_frozen
from bot.engine.layout import Placed, Timeline
from bot.engine.timebase import exact, round_half_up

MOST_PASSES = 1000
"""More often a loop is not repeated in a file."""


@dataclass(frozen=True, slots=True)
class Shot:
    """An item in a track where nothing overlaps: frames [start, end) of the timeline.

    Where it comes in by a `transition`, the shot before it goes on below for its `frames`.
    """

    placed: Placed
    start: int
    end: int
    transition: Transition | None = None

    @property
    def item(self) -> Item:
        """The item that is shown or heard."""
        return self.placed.item

    def source_frame(self, frame: int) -> int:
        """The frame of the clip that is shown from a frame of the timeline on.

        What plays backwards shows what lies before it.
        """
        item, frames = self.item, frame - self.placed.start
        if not isinstance(item, Video | Audio):
            return frames
        if isinstance(item, Video) and item.frozen is not None:
            return item.frozen
        return max(0, item.source_in + round_half_up(frames * item.pace))

    def source_range(self, start: int, end: int) -> tuple[int, int]:
        """The frames [first, end) of the clip that are shown between two of the timeline."""
        first, last = sorted((self.source_frame(start), self.source_frame(end)))
        return first, last + (is_frozen(self.item) and end > start)


def main_shots(film: Timeline) -> list[Shot]:
    """The main track. Of a shot that lies in transitions altogether a frame stays its own."""
    starts: list[int] = []
    for placed in film.main:
        starts.append(max(placed.start, starts[-1] + 1) if starts else placed.start)
    ends = [*starts, film.duration][1:]
    return [
        Shot(placed, start, end, _transition(placed, start - placed.start))
        for placed, start, end in zip(film.main, starts, ends, strict=True)
    ]


def _transition(placed: Placed, late: int) -> Transition | None:
    """The transition by which an item follows the one before it; None for a cut."""
    frames = placed.overlap - late
    if frames <= 0 or isinstance(placed.item, Audio) or placed.item.transition_in is None:
        return None
    return placed.item.transition_in.but(frames=frames)


def lanes(placed: Sequence[Placed]) -> list[list[Shot]]:
    """Spread items over as few tracks as keep their order: what covers another is further up.

    What lies behind the end of the film is in none.
    """
    found: list[list[Placed]] = []
    for item in placed:
        if not item.frames:
            continue
        below = (n for n, lane in enumerate(found, 1) if any(_meet(item, o) for o in lane))
        number = max(below, default=0)
        if number == len(found):
            found.append([])
        found[number].append(item)
    return [[Shot(p, p.start, p.end) for p in sorted(lane, key=_start)] for lane in found]


def _start(placed: Placed) -> int:
    return placed.start


def _meet(one: Placed, other: Placed) -> bool:
    return one.start < other.end and other.start < one.end


def is_heard(shot: Shot, film: Timeline) -> bool:
    """Whether a shot has a sound that is not switched off."""
    item = shot.item
    if not isinstance(item, Video | Audio) or is_frozen(item):
        return False
    return film.clips[item.clip].has_audio and not item.muted


def passes(shot: Shot, film: Timeline) -> Iterator[tuple[int, int]]:
    """Where in its clip a shot begins, and for how many frames: a loop does so again and again."""
    begin, frames = shot.source_range(shot.start, shot.end)[0], shot.end - shot.start
    length = pass_frames(shot.placed, film) or Fraction(frames)
    edges = (min(frames, round_half_up(n * length)) for n in range(MOST_PASSES + 1))
    yield from ((begin, end - start) for start, end in pairwise(edges) if end > start)


def pass_frames(placed: Placed, film: Timeline) -> Fraction | None:
    """After how many frames an item begins anew; None where it plays once."""
    item = placed.item
    if not isinstance(item, Audio) or not item.loop:
        return None
    footage = film.clips[item.clip].frames(film.canvas.fps)
    length = (min(item.source_out, footage) - item.source_in) / exact(item.speed)
    return length if 0 < length < placed.frames else None
