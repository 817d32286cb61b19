"""Captions as subtitle files: SubRip (.srt), and WebVTT (.vtt) for browsers."""

from collections.abc import Callable, Iterator
from functools import partial
from html import escape

from pysubs2 import SSAEvent, SSAFile

from bot.engine.captions import Spoken, spoken
from bot.engine.composition import Captions
from bot.engine.layout import Timeline

_LONGEST_LINE = 42
"""Letters; longer captions are two lines, as players do not break them well."""


def lines(film: Timeline) -> list[Spoken]:
    """What captions say; hidden ones too, as a file is another way to show them."""
    found = (spoken(film, p.item) for p in film.placed if isinstance(p.item, Captions))
    return sorted((line for row in found for line in row), key=lambda line: line.start)


def srt_text(film: Timeline) -> str:
    """Write the captions as SubRip."""
    return _text(film, "srt", lambda text: text.replace("-->", "→"))


def vtt_text(film: Timeline) -> str:
    """Write the captions as WebVTT, in which some letters mean something else."""
    return _text(film, "vtt", partial(escape, quote=False))


def _text(film: Timeline, form: str, plain: Callable[[str], str]) -> str:
    subtitles = SSAFile()
    subtitles.events.extend(
        SSAEvent(
            _milliseconds(film, line.start),
            _milliseconds(film, line.end),
            plain(_broken(line.text)),
        )
        for line in lines(film)
    )
    return str(subtitles.to_string(form, keep_ssa_tags=True))  # braces are plain text here


def _milliseconds(film: Timeline, frame: int) -> int:
    return round(1000 * film.canvas.fps.seconds(frame))


def _broken(text: str) -> str:
    """A text in two lines of nearly the same length, if it is too long for one."""
    if len(text) <= _LONGEST_LINE or "\n" in text or not (places := [*_spaces(text)]):
        return text
    middle = min(places, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def _spaces(text: str) -> Iterator[int]:
    return (place for place, letter in enumerate(text) if letter == " ")
