"""Windows: chunks that stand side by side and are encoded by one ffmpeg.

Every open video holds decoded pictures (about 18 MB at 1080p), so one ffmpeg does not get too many
inputs. Nor does it get more than a few minutes of film: what is finished is kept, so a render that
was killed goes on from there.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from bot.adapters.renderers.local.backwards import stretches
from bot.adapters.renderers.local.chunks import seen
from bot.adapters.renderers.lowering.scene import Window
from bot.engine.composition import Canvas, Video
from bot.engine.layout import Placed, Timeline

_MOST = 160
_VIDEO, _PICTURE = 10, 1  # what an open input costs: sixteen videos to a window
_TURNED = 80  # all stretches of a window are turned round at once, so two to a window
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
        opened = [each for placed in seen(timeline) for each in _opened(placed, timeline.canvas)]
        self._starts = _sums((start, cost) for start, _, cost in opened)
        self._ends = _sums((end, cost) for _, end, cost in opened)

    def of(self, window: Window) -> int:
        return _before(self._starts, window[1]) - _before(self._ends, window[0] + 1)


def _sums(marks: Iterator[tuple[int, int]]) -> tuple[list[int], list[int]]:
    ordered = sorted(marks)
    return [frame for frame, _ in ordered], [0, *accumulate(cost for _, cost in ordered)]


def _before(sums: tuple[list[int], list[int]], frame: int) -> int:
    frames, totals = sums
    return totals[bisect_left(frames, frame)]


def _opened(placed: Placed, canvas: Canvas) -> Iterator[tuple[int, int, int]]:
    """From where to where an item takes an input, and its cost; backwards it takes many."""
    item = placed.item
    if isinstance(item, Video) and item.pace < 0:
        for first, frames in stretches(placed.frames, (canvas.width, canvas.height)):
            start = placed.start + first
            yield start, start + frames, _TURNED
    else:
        yield placed.start, placed.end, _VIDEO if isinstance(item, Video) else _PICTURE
