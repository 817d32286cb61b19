"""Reading amounts: numbers, lengths and timecodes, percentages, decibels, factors, angles, sizes.

Every reader takes a source and a position and returns the value with the position behind it, or
None where no such thing stands there.
"""

import re
from typing import TypeVar

from bot.adapters.planners.offline.phrases import (
    Decibels,
    Degrees,
    Factor,
    Number,
    Percent,
    Pixels,
    Size,
    Source,
    Time,
)
from bot.adapters.planners.offline.vocabulary import numbers

T = TypeVar("T")
Read = tuple[T, int] | None

_ARTICLES = ("a", "an")
_COUPLE = (("a", "couple", "of"), ("a", "couple"), ("couple", "of"), ("couple",))
_MOST = 1e12
_MEASURED = (
    numbers.FACTOR | numbers.PERCENT | numbers.DECIBEL | numbers.DEGREE | numbers.PIXEL | {"k", "p"}
)  # behind a number that is more than a count


def number(src: Source, at: int) -> Read[float]:
    """Read digits, number words, or a mixed number such as "one and a half"."""
    found = _plain(src, at)
    if found is None:
        return half(src, at)
    value, end = found
    if src.text(end) == "and" and (more := half(src, end + 1)):
        return value + more[0], more[1]
    if src.text(end) == "/" and src.kind(end + 1) == "number" and src.tokens[end + 1].value:
        return value / src.tokens[end + 1].value, end + 2
    return value, end


def _plain(src: Source, at: int) -> Read[float]:
    if src.kind(at) == "number":
        return min(src.tokens[at].value, _MOST), at + 1
    for phrase in _COUPLE if "couple" in (src.text(at), src.text(at + 1)) else ():
        if tuple(src.text(at + n) for n in range(len(phrase))) == phrase:
            return 2, at + len(phrase)
    return _words(src, at)


def _words(src: Source, at: int) -> Read[float]:
    """Number words: tens and ones add up, "hundred" and "thousand" multiply."""
    total, end = 0.0, at
    if src.text(at) in _ARTICLES and src.text(at + 1) in ("hundred", "thousand", "dozen"):
        total, end = 1.0, at + 1
    while (word := src.text(end)) in numbers.CARDINALS:
        value = numbers.CARDINALS[word]
        total = max(total, 1) * value if value >= 100 or word == "dozen" else total + value
        end += 1
    if src.text(end) == "point" and src.text(end + 1) in numbers.CARDINALS and end > at:
        return total + numbers.CARDINALS[src.text(end + 1)] / 10, end + 2
    return (total, end) if end > at else None


def half(src: Source, at: int) -> Read[float]:
    """“half a”, “a half”, “half”, “a quarter (of a)”: a number below one."""
    start = at + (src.text(at) in _ARTICLES)
    share = {"half": 0.5, "quarter": 0.25}.get(src.text(start))
    if share is None:
        return None
    end = start + 1
    if src.text(end) == "of":
        end += 1
    return share, end + (src.text(end) in _ARTICLES)


def _sign(src: Source, at: int) -> tuple[int, int]:
    """A plus or minus that belongs to the number after it."""
    sign = {"+": 1, "-": -1, "−": -1, "–": -1}.get(src.text(at), 0)
    stuck = at + 1 < len(src.tokens) and src.tokens[at + 1].tight
    if not sign or not stuck or (at > 0 and src.tokens[at].tight):
        return 0, at
    return sign, at + 1


def time(src: Source, at: int) -> Read[Time]:
    """Read a timecode or a length in units; the value does not yet tell which is meant."""
    about = src.text(at) in numbers.ABOUT
    marked = src.text(at) == "the"
    start = at + (about or marked)
    found = _clock(src, start) or _units(src, start) or _unit_first(src, start)
    if found is None:
        return None
    value, end = found
    if marked and src.text(end) != "mark":
        return None
    raw = src.raw(start, end)
    end += src.text(end) == "mark"
    form = "clock" if src.kind(start) == "clock" else "unit"
    return Time(min(value, _MOST), form, raw, about), end  # type: ignore[arg-type]


def _clock(src: Source, at: int) -> Read[float]:
    if src.kind(at) != "clock":
        return None
    return clock_seconds(src.text(at), src.fps), at + 1


def clock_seconds(text: str, fps: float) -> float:
    """Seconds of m:ss, h:mm:ss, h:mm:ss:ff (frames) or m'ss"."""
    fields = [float(part) for part in re.split(r"[:'\"]+", text) if part]
    frames = fields.pop() / fps if len(fields) == 4 else 0.0
    seconds = 0.0
    for part in fields:
        seconds = seconds * 60 + part
    return seconds + frames


def _units(src: Source, at: int) -> Read[float]:
    """“2m30s”, “5 min 12 sec”, “a minute and a half”, “12 frames”."""
    found = _one_unit(src, at, first=True)
    if found is None:
        return None
    total, end, unit = found
    while True:
        joined = end + (src.text(end) == "and")
        more = _one_unit(src, joined, first=False) or _bare_rest(src, end, unit)
        if more is None or more[2] >= unit:
            return total, end
        total, end, unit = total + more[0], more[1], more[2]


def _one_unit(src: Source, at: int, *, first: bool) -> tuple[float, int, float] | None:
    """A number with its unit: seconds, end, and the seconds of the unit."""
    found = number(src, at) or (_article(src, at) if first else None)
    if found is None:
        return None
    value, end = found
    scale = _scale(src, end)
    if scale is None or _is_ordinal(src, end):
        return None
    end += 1
    if src.text(end) == "and" and (more := half(src, end + 1)) and _scale(src, more[1]) is None:
        return (value + more[0]) * scale, more[1], scale
    return value * scale, end, scale


def _bare_rest(src: Source, at: int, unit: float) -> tuple[float, int, float] | None:
    """“5 min 30”: a number right behind minutes or hours counts the next smaller unit."""
    counted = number(src, at) if src.text(at) not in (*_ARTICLES, "half", "quarter") else None
    value, end = counted or (-1.0, at)
    told = src.text(end) in _MEASURED or _scale(src, end) is not None
    if unit < 60 or not 0 <= value < 60 or told:
        return None
    return value * unit / 60, end, unit / 60


def _article(src: Source, at: int) -> Read[float]:
    return (1, at + 1) if src.text(at) in (*_ARTICLES, "another") else None


def _scale(src: Source, at: int) -> float | None:
    if src.text(at) in numbers.FRAME_UNITS:
        return 1 / src.fps
    return numbers.UNIT_SECONDS.get(src.text(at))


def _is_ordinal(src: Source, at: int) -> bool:
    """“a second clip” counts clips, “a second” is time."""
    if src.text(at) != "second" or src.text(at - 1) not in (*_ARTICLES, "one"):
        return False
    following = (src.text(at + 1),)
    return following in src.lexicon.nouns or following == ("one",)


def _unit_first(src: Source, at: int) -> Read[float]:
    """“second 5”, “minute 2”."""
    unit = numbers.UNIT_SECONDS.get(src.text(at), 0) if len(src.text(at)) > 2 else 0
    if src.text(at - 1) in numbers.DEFINITE:
        return None  # “the second 3 s”: of the second clip
    if not unit or src.kind(at + 1) != "number" or _scale(src, at + 2) is not None:
        return None
    return src.tokens[at + 1].value * unit, at + 2


def percent(src: Source, at: int) -> Read[Percent]:
    """“20 %”, “twenty percent”, “+5%”."""
    sign, start = _sign(src, at)
    found = number(src, start + (src.text(start) in numbers.ABOUT))
    if found is None or src.text(found[1]) not in numbers.PERCENT:
        return None
    end = found[1] + 1
    return Percent(found[0], sign), end + (src.text(end) == "cent")


def decibels(src: Source, at: int) -> Read[Decibels]:
    """“6 dB”, “-3dB”."""
    sign, start = _sign(src, at)
    start += src.text(start) in numbers.ABOUT
    found = number(src, start) or _article(src, start)
    if found is None or src.text(found[1]) not in numbers.DECIBEL:
        return None
    return Decibels(found[0], sign), found[1] + 1


def factor(src: Source, at: int) -> Read[Factor]:
    """“2x”, “x2”, “1.5 times”, “twice”, “double”."""
    if (value := numbers.FACTORS.get(src.text(at))) is not None:
        return Factor(value), at + 1
    if src.text(at) == "x" and src.kind(at + 1) == "number" and src.tokens[at + 1].tight:
        return Factor(src.tokens[at + 1].value), at + 2
    if tuple(src.text(at + n) for n in range(3)) == ("a", "factor", "of") and (
        of := number(src, at + 3)
    ):
        return Factor(of[0]), of[1]
    found = number(src, at + (src.text(at) in numbers.ABOUT))
    if found is None or src.text(found[1]) not in numbers.FACTOR:
        return None
    return Factor(found[0]), found[1] + 1


def degrees(src: Source, at: int) -> Read[Degrees]:
    """“90 degrees”, “-15°”."""
    sign, start = _sign(src, at)
    found = number(src, start)
    if found is None or src.text(found[1]) not in numbers.DEGREE:
        return None
    return Degrees(found[0] * (sign or 1)), found[1] + 1


def pixels(src: Source, at: int) -> Read[Pixels]:
    """“300 px”."""
    found = number(src, at)
    if found is None or src.text(found[1]) not in numbers.PIXEL:
        return None
    return Pixels(found[0]), found[1] + 1


def size(src: Source, at: int) -> Read[Size]:
    """“1920x1080”, “1080 by 1920”."""
    if src.kind(at) != "number" or src.text(at + 1) not in ("x", "by", "*"):
        return None
    if src.kind(at + 2) != "number" or min(src.tokens[at].value, src.tokens[at + 2].value) < 16:
        return None
    width, height = (int(src.tokens[n].value) for n in (at, at + 2))
    return Size(width, height), at + 3


def bare(src: Source, at: int) -> Read[Number]:
    """A number without a unit."""
    sign, start = _sign(src, at + (src.text(at) == "like"))
    found = number(src, start)
    if found is None or src.text(start) in ("half", "quarter", *_ARTICLES):
        return None
    if src.text(found[1]) in _MEASURED:
        return None
    return Number(found[0], src.raw(start, found[1]), sign), found[1]
