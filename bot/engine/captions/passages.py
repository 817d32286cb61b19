"""Passages: which stretches of which clips are heard when."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from bot.engine.composition import Audio, Video, is_frozen
from bot.engine.layout import Placed, Timeline
from bot.engine.timebase import exact


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a clip that is heard: film frames [start, end), from source frame `first` on.

    A lower `rank` is more likely to be what somebody listens to.
    """

    clip: str
    start: float
    end: float
    first: float
    speed: float
    rank: int

    @property
    def last(self) -> float:
        """The source frame after the last one."""
        return self.first + (self.end - self.start) * self.speed

    def film(self, source: float) -> float:
        """The frame of the film at which a source frame is heard."""
        return self.start + (source - self.first) / self.speed

    def source(self, film: float) -> float:
        """The source frame that is heard at a frame of the film; of one outside, the nearest."""
        inside = self.first + (film - self.start) * self.speed
        return min(max(inside, self.first), self.last)


def passages(timeline: Timeline, placed: Placed) -> Iterator[Passage]:
    """What is heard of an item; a sound that is repeated is heard again and again."""
    item = placed.item
    if not isinstance(item, Video | Audio) or not _audible(item) or placed.frames <= 0:
        return
    clip = timeline.clips[item.clip]
    rank = ("main", "audio", "overlay").index(placed.track) + 3 * (not clip.has_audio)
    length = _pass_frames(placed, clip.frames(timeline.canvas.fps))
    start = Fraction(placed.start)
    while start < placed.end:
        end = min(start + length, Fraction(placed.end))
        yield Passage(
            clip.id, float(start), float(end), float(item.source_in), float(item.speed), rank
        )
        start = end


def _audible(item: Video | Audio) -> bool:
    levels = [key.value for key in item.keyframes.get("volume", ())] or [item.volume]
    understood = item.pace > 0 and not is_frozen(item)
    return understood and item.enabled and not item.muted and max(levels) > 0


def _pass_frames(placed: Placed, footage: int) -> Fraction:
    """After how many frames an item begins anew; all of them where it plays once."""
    item = placed.item
    if not isinstance(item, Audio) or not item.loop:
        return Fraction(placed.frames)
    length = (min(item.source_out, footage) - item.source_in) / exact(item.speed)
    return length if length >= 1 else Fraction(placed.frames)


class Spans(list[tuple[float, float]]):
    """Stretches by start, to find those that overlap another quickly."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        super().__init__(spans)
        self._starts = [start for start, _ in self]
        self._reach = [*accumulate((end for _, end in self), max)]

    def between(self, first: float, last: float) -> range:
        """The numbers of those that overlap [first, last), and perhaps of some others."""
        return range(bisect_left(self._reach, first), bisect_left(self._starts, last))
