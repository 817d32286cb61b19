"""Windows: how a film is divided so that no ffmpeg has too many inputs open at once.

Every open video holds decoded pictures (about 18 MB at 1080p), so a film of hundreds of short
pieces is rendered as a few windows whose streams are put one after the other. Most films are one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

from bot.adapters.renderers.local.scene import Window
from bot.engine.composition import Audio, Video
from bot.engine.layout import Placed, Timeline

_MOST = 160
_VIDEO, _PICTURE = 10, 1  # what an open input costs: sixteen videos to a window
_SHORTEST = 12  # frames; with one or two, an encoder's delay and so the edit list would differ


def windows(timeline: Timeline) -> tuple[Window, ...]:
    """Divide a film into windows that cut no transition."""
    opened, closed = _Costs(timeline, "start"), _Costs(timeline, "end")
    film: list[Window] = []
    first = 0
    for place, following in pairwise((*_places(timeline), timeline.duration)):
        if opened.before(following) - closed.before(first + 1) > _MOST:
            film.append((first, place))
            first = place
    return (*film, (first, timeline.duration))


class _Costs:
    """What the inputs cost that start (or end) before a frame."""

    def __init__(self, timeline: Timeline, edge: str) -> None:
        marks = sorted((getattr(placed, edge), _cost(placed)) for placed in _seen(timeline))
        self._frames = [frame for frame, _ in marks]
        self._sums = [0, *accumulate(cost for _, cost in marks)]

    def before(self, frame: int) -> int:
        return self._sums[bisect_left(self._frames, frame)]


def _places(timeline: Timeline) -> Iterator[int]:
    """Where the film may be cut: where something starts or ends, but not inside a transition."""
    edges = {edge for placed in _seen(timeline) for edge in (placed.start, placed.end)}
    joints = [(placed.start, placed.start + placed.overlap) for placed in timeline.main]
    edges |= {end for _, end in joints}
    starts = [start for start, _ in joints]
    before = 0
    for edge in sorted(edges):
        index = bisect_right(starts, edge) - 1
        inside = index >= 0 and edge < joints[index][1]
        if not inside and edge - before >= _SHORTEST <= timeline.duration - edge:
            before = edge
            yield edge


def _seen(timeline: Timeline) -> Iterable[Placed]:
    return (
        placed
        for placed in timeline.placed
        if placed.frames > 0 and placed.item.enabled and not isinstance(placed.item, Audio)
    )


def _cost(placed: Placed) -> int:
    return _VIDEO if isinstance(placed.item, Video) else _PICTURE
