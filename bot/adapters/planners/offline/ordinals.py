"""Reading what stands before a noun: quantifier, determiner, ordinal, count."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.adapters.planners.offline.lexicon import Noun, longest
from bot.adapters.planners.offline.phrases import Source
from bot.adapters.planners.offline.vocabulary import numbers

_WHICH = {"middle": "middle", "longest": "longest", "shortest": "shortest", "other": "other",
          "central": "middle", "remaining": "other", "rest": "rest", "others": "rest",
          "newest": "newest", "new": "newest", "latest": "newest", "next": "next",
          "previous": "previous"}  # fmt: skip

_SKIPPED = ("whole", "entire", "full", "complete", "very", "actual", "same", "existing",
    "current", "main", "original", "own", "little", "background")  # fmt: skip
_SIZES = ("big",)  # “add a big title” says how it shall be, “the big title” which it is
_INDEFINITE = ("a", "an", "some", "another")

_PENULTIMATE = (("second", "to", "last"), ("second", "last"), ("last", "but", "one"),
                ("next", "to", "last"))  # fmt: skip


@dataclass(slots=True)
class Start:
    """What stands before the noun: quantifier, determiner, ordinal."""

    every: bool = False
    det: str = ""
    numbers: tuple[int, ...] = ()
    count: int = 1
    which: str = ""
    at: int = 0
    det_end: int = 0


def opening(src: Source, at: int) -> Start:
    start = Start(at=at)
    if src.text(at) in numbers.EVERY:
        start.every = True
        start.at += 1 + (src.text(at + 1) == "of")
    if src.text(start.at) in (*numbers.DEFINITE, *_INDEFINITE):
        start.det = src.text(start.at)
        start.at += 1
        start.det_end = start.at
    _ordinal(src, start)
    if start.numbers or start.which:
        return start
    skipped = _SKIPPED if start.det in _INDEFINITE else (*_SKIPPED, *_SIZES)
    while src.text(start.at) in skipped and start.det and noun_at(src, start.at + 1):
        if start.at in src.names:  # “the big clip”, where one is called “big”
            break
        start.at += 1
    return start


def _ordinal(src: Source, start: Start) -> None:
    """“second”, “2nd”, “last two”, “first three”, “second to last”, “middle”."""
    at = start.at
    for phrase in _PENULTIMATE:
        if tuple(src.text(at + n) for n in range(len(phrase))) == phrase:
            start.numbers, start.at = (-2,), at + len(phrase)
            return
    ranks = list(_ranks(src, at))
    if ranks:
        start.numbers = tuple(rank for rank, _ in ranks)
        start.at = ranks[-1][1]
        _counted(src, start)
    elif src.text(at) in _WHICH and (start.det or start.every):
        start.which, start.at = _WHICH[src.text(at)], at + 1
        _other(src, start)
    elif (count := _several(src, start)) is not None:
        start.count, start.numbers, start.at = count, (1,), at + 1


def _other(src: Source, start: Start) -> None:
    """“the other two”, “the other ones”."""
    if start.which != "other":
        return
    count = cardinal(src, start.at)
    if src.text(start.at) == "ones":
        start.which, start.at = "rest", start.at + 1
    elif count and count > 1 and src.text(start.at + 1) not in numbers.UNIT_SECONDS:
        start.count, start.at = count, start.at + 1


def _several(src: Source, start: Start) -> int | None:
    """“the two clips”: a number above one before a noun."""
    count = cardinal(src, start.at)
    counted = start.det in ("the", "these", "those") and noun_at(src, start.at + 1)
    return count if counted and count and count > 1 else None


def _ranks(src: Source, at: int) -> Iterator[tuple[int, int]]:
    """Ordinals with their ends: "first and second", "1st, 2nd and 4th"."""
    while (found := _rank(src, at)) is not None:
        yield found
        at = found[1]
        joined = at + (src.text(at) in ("and", ",", "&"))
        joined += src.text(joined) == "and"
        joined += src.text(joined) == "the"
        if joined == at or _rank(src, joined) is None:
            return
        at = joined


def _rank(src: Source, at: int) -> tuple[int, int] | None:
    if (rank := numbers.ORDINALS.get(src.text(at))) is not None:
        return rank, at + 1
    if src.kind(at) == "number" and src.text(at + 1) in numbers.ORDINAL_ENDINGS:
        return int(src.tokens[at].value), at + 2
    return None


def _counted(src: Source, start: Start) -> None:
    """“first two”: only where no time unit follows."""
    count = cardinal(src, start.at)
    if count is None or len(start.numbers) > 1 or abs(start.numbers[0]) != 1:
        return
    following = src.text(start.at + 1)
    if (
        following in numbers.UNIT_SECONDS
        or following in numbers.FRAME_UNITS
        or following == "percent"
    ):
        return
    if count > 1:
        start.count, start.at = count, start.at + 1


def cardinal(src: Source, at: int) -> int | None:
    if src.kind(at) == "number" and src.tokens[at].value.is_integer():
        return int(src.tokens[at].value)
    value = numbers.CARDINALS.get(src.text(at))
    return int(value) if value else {"couple": 2}.get(src.text(at))


def noun_at(src: Source, at: int) -> tuple[Noun, int] | None:
    phrase = longest(src.lexicon.nouns, src.tokens, at)
    if phrase is None:
        return None
    return replace(src.lexicon.nouns[phrase], text=" ".join(phrase)), at + len(phrase)
