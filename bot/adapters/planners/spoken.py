"""What is said in the film, as a model is told: a line for each sentence, fenced as data.

Times are seconds of the film. Lines that there is no room for are counted, so that nobody takes
the rest for silence.
"""

from collections.abc import Iterator

from bot.adapters.planners.context import Book, fenced, number
from bot.adapters.planners.speech import Hit, Speech, voices
from bot.engine.composition import Audio, Video
from bot.engine.layout import Placed, layout
from bot.ports import Request

_MOST_LETTERS = 6000
_LONGEST_LINE = 300


def spoken(request: Request, book: Book) -> str:
    """A row for each sentence that was heard; empty where nobody listened."""
    timeline = layout(request.comp)
    heard = tuple(placed for placed in voices(timeline) if _is_known(request, placed))
    if not heard:
        return ""
    rows = list(_rows(Speech(request, timeline, heard).sentences(), book))
    return "\n".join(["alias|seconds of the film|what is said", *(rows or ["(nobody speaks)"])])


def _rows(sentences: tuple[Hit, ...], book: Book) -> Iterator[str]:
    room = _MOST_LETTERS
    for count, hit in enumerate(sentences):
        when = f"{number(hit.onset)}-{number(hit.ending)}"
        alias = book.alias(hit.words[0].placed.item.id)
        row = f"{alias}|{when}|{fenced(hit.text, _LONGEST_LINE)}"
        room -= len(row)
        if room < 0:
            yield f"({len(sentences) - count} more lines are not shown)"
            return
        yield row


def _is_known(request: Request, placed: Placed) -> bool:
    item = placed.item
    clip = item.clip if isinstance(item, Video | Audio) else ""
    return clip in request.analysis and request.analysis[clip].knows("speech")
