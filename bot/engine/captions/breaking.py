"""Words become cues: lines that can be read while they are said."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil

from bot.engine.composition import Cue

_LETTERS = 64  # two lines on an upright film, and two short ones on others
_SECONDS = 5.0
_PAUSE_SECONDS = 0.5
_SHORT = 12  # letters: a sentence that is shorter is not shown alone
_COMMA, _BREATH = 10, 20  # letters that a cut may be out of the middle: at a comma, for a second
_LINGER_SECONDS = 0.3
_DIGITS = 3  # of a second; the rest would be noise that is kept
LONGEST = 500
"""Letters of a cue."""

WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Scripts without spaces between words: each letter counts as one."""
WORD = re.compile(rf"[{WIDE}]|[^\s{WIDE}]+")
"""What `Cue.at` counts as a word."""

_TOUCHING = re.compile(rf"[{WIDE}]\Z"), re.compile(rf"[{WIDE}]")
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’)»]*\Z")
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs)\.\Z")
_PART = re.compile(r"[,;:、，；：–—]\Z")


@dataclass(frozen=True, slots=True)
class _Said:
    start: float
    end: float
    text: str


def cues(words: Iterable[tuple[float, float, str]]) -> tuple[Cue, ...]:
    """Break words into cues that can be read: two lines and five seconds at most.

    Pauses and ends of sentences part them; what is still too long is parted evenly, at a comma or
    a breath where there is one near.

    Args:
        words: When each word begins and ends, in seconds of the clip, and its text; in order.
    """
    parts = [part for phrase in _phrases(_cleaned(words)) for part in _parted(phrase)]
    ends = [*(part[0].start for part in parts), None][1:]
    return tuple(_cue(part, end) for part, end in zip(parts, ends, strict=True))


def _cleaned(words: Iterable[tuple[float, float, str]]) -> Iterator[_Said]:
    now = 0.0
    for start, end, text in words:
        if plain := " ".join(text.split())[:LONGEST]:
            now = max(now, round(start, _DIGITS))
            yield _Said(now, max(now, round(end, _DIGITS)), plain)


def _phrases(words: Iterable[_Said]) -> Iterator[list[_Said]]:
    """What is said without a pause and within a sentence."""
    phrase: list[_Said] = []
    for word in words:
        if phrase and _begins_anew(phrase, word):
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def _begins_anew(phrase: Sequence[_Said], word: _Said) -> bool:
    before = phrase[-1]
    if word.start - before.end > _PAUSE_SECONDS:
        return True
    if _TITLE.search(before.text) or not _SENTENCE.search(before.text):
        return False
    return len(_joined(phrase[-_SHORT:])) >= _SHORT


def _parted(phrase: Sequence[_Said]) -> Iterator[Sequence[_Said]]:
    """Cut a phrase into as few parts as can be read, as equally long as commas allow."""
    letters = [0, *accumulate(len(word.text) + 1 for word in phrase)]
    seconds = phrase[-1].end - phrase[0].start
    parts = ceil(max((letters[-1] - 1) / _LETTERS, seconds / _SECONDS))
    if parts <= 1 or len(phrase) == 1:
        yield phrase
        return
    middle = letters[-1] * (parts // 2) / parts

    def out_of_place(cut: int) -> float:
        before, after = phrase[cut - 1], phrase[cut]
        comma = _COMMA if _PART.search(before.text) else 0
        return abs(letters[cut] - middle) - comma - _BREATH * (after.start - before.end)

    cut = min(range(1, len(phrase)), key=out_of_place)
    yield from _parted(phrase[:cut])
    yield from _parted(phrase[cut:])


def _cue(words: Sequence[_Said], following: float | None) -> Cue:
    """Words as a cue, which stays a little longer than they are said where there is room."""
    text = _joined(words)[:LONGEST].rstrip()
    end = min(words[-1].end, words[-1].start + _SECONDS) + _LINGER_SECONDS
    end = max(words[-1].start, end if following is None else min(end, following))
    end = round(end, _DIGITS)
    return Cue(start=words[0].start, end=end, text=text, at=tuple(_times(words, text)))


def _joined(words: Sequence[_Said]) -> str:
    return "".join(
        part for word, gap in zip(words, _gaps(words), strict=True) for part in (gap, word.text)
    )


def _gaps(words: Sequence[_Said]) -> Iterator[str]:
    """What stands in front of each word."""
    yield ""
    for before, after in pairwise(words):
        touching = _TOUCHING[0].search(before.text) and _TOUCHING[1].match(after.text)
        yield "" if touching else " "


def _times(words: Sequence[_Said], text: str) -> Iterator[float]:
    """When each word of a text begins; what counts as several words is spread over its time."""
    lengths = (len(gap) + len(word.text) for gap, word in zip(_gaps(words), words, strict=True))
    ends = [*accumulate(lengths)]
    for match in WORD.finditer(text):
        number = bisect_right(ends, match.start())
        word = words[number]
        inside = match.start() - (ends[number] - len(word.text))
        at = word.start + (word.end - word.start) * inside / len(word.text)
        yield round(at, _DIGITS)


def begins(cue: Cue) -> list[float]:
    """When each word of a cue begins, in seconds; evenly over its letters where nobody knows."""
    starts = [match.start() for match in WORD.finditer(cue.text)]
    if len(starts) == len(cue.at):
        return [*accumulate(cue.at, max)]
    pace = (cue.end - cue.start) / len(cue.text)
    return [cue.start + start * pace for start in starts]
