"""What is already known of the insides of clips, as a model is told: numbers, nothing else.

Seconds are those of the film: an item shows a stretch of its clip, at a speed.
"""

from collections.abc import Iterable, Iterator

from bot.adapters.planners.context import Book, number
from bot.engine.composition import Audio, Video, is_frozen
from bot.engine.layout import Placed, layout
from bot.ports import Analysis, Request

_MOST_ROWS = 50
_MOST_FOUND = 30


def found(request: Request, book: Book) -> str:
    """A row for each item into whose clip somebody looked; empty where nobody did."""
    timeline = layout(request.comp)
    fps = float(request.comp.canvas.fps.value)
    rows = []
    for placed in timeline.in_order:
        item = placed.item
        known = isinstance(item, Video | Audio) and request.analysis.get(item.clip)
        if known and (facts := list(_facts(placed, known, fps))):
            rows.append("|".join((book.alias(item.id), *facts)))
    return "\n".join(["alias|seconds of the film", *rows[:_MOST_ROWS]]) if rows else ""


def _facts(placed: Placed, known: Analysis, fps: float) -> Iterator[str]:
    if known.silences is not None:
        yield f"silent {_listed(_stretches(placed, known.silences, fps))}"
    if known.scenes is not None:
        cuts = (start for start, _ in _stretches(placed, ((s, s) for s in known.scenes), fps))
        yield f"new scenes at {_some(number(cut) for cut in cuts)}"
    if known.black is not None:
        yield f"black {_listed(_stretches(placed, known.black, fps))}"


def _stretches(
    placed: Placed, spans: Iterable[tuple[float, float]], fps: float
) -> Iterator[tuple[float, float]]:
    """Stretches of a clip as seconds of the film, as far as the item shows them."""
    item = placed.item
    if not isinstance(item, Video | Audio) or is_frozen(item):
        return
    pace = float(item.pace)
    for span in spans:
        first, last = sorted((second * fps - item.source_in) / pace for second in span)
        if last > 0 and first < placed.frames:
            start, end = max(0.0, first), min(last, float(placed.frames))
            yield (placed.start + start) / fps, (placed.start + end) / fps


def _listed(spans: Iterable[tuple[float, float]]) -> str:
    return _some(f"{number(start)}-{number(end)}" for start, end in spans)


def _some(texts: Iterable[str]) -> str:
    every = list(texts)
    more = [f"({len(every) - _MOST_FOUND} more)"] if len(every) > _MOST_FOUND else []
    return ", ".join([*every[:_MOST_FOUND], *more]) or "none"
