"""Windows: chunks that stand side by side and are encoded by one ffmpeg.

Every open video holds decoded pictures (about 18 MB at 1080p), so one ffmpeg does not get too many
inputs. Nor does it get more than a few minutes of film: what is finished is kept, so a render that
was killed goes on from there.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from bot.adapters.renderers.local.chunks import seen
from bot.adapters.renderers.lowering.scene import Window
from bot.engine.composition import Video
from bot.engine.layout import Placed, Timeline

_MOST = 160
_VIDEO, _PICTURE = 10, 1  # what an open input costs: sixteen videos to a window
_MOST_CHUNKS = 64


def windows(
    timeline: Timeline, chunks: Sequence[Window], missing: Collection[Window]
) -> Iterator[tuple[Window, ...]]:
    """Group the missing ones of the chunks, in order."""
    costs = _Costs(timeline)
    group: tuple[Window, ...] = ()
    for chunk in chunks:
        if group and not (chunk in missing and _fits(group, chunk, costs)):
            yield group
            group = ()
        if chunk in missing:
            group += (chunk,)
    if group:
        yield group


def _fits(group: tuple[Window, ...], chunk: Window, costs: "_Costs") -> bool:
    return len(group) < _MOST_CHUNKS and costs.of((group[0][0], chunk[1])) <= _MOST


class _Costs:
    """What the inputs cost that a window opens."""

    def __init__(self, timeline: Timeline) -> None:
        self._starts = _sums((placed.start, _cost(placed)) for placed in seen(timeline))
        self._ends = _sums((placed.end, _cost(placed)) for placed in seen(timeline))

    def of(self, window: Window) -> int:
        return _before(self._starts, window[1]) - _before(self._ends, window[0] + 1)


def _sums(marks: Iterator[tuple[int, int]]) -> tuple[list[int], list[int]]:
    ordered = sorted(marks)
    return [frame for frame, _ in ordered], [0, *accumulate(cost for _, cost in ordered)]


def _before(sums: tuple[list[int], list[int]], frame: int) -> int:
    frames, totals = sums
    return totals[bisect_left(frames, frame)]


def _cost(placed: Placed) -> int:
    return _VIDEO if isinstance(placed.item, Video) else _PICTURE
