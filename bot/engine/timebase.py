"""Frames inside, seconds and timecodes outside; the conversion lives here and nowhere else.

Rates are rational (30000/1001, not 29.97), so frame numbers stay exact over hours.
"""

import re
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_serializer, model_validator

from bot.engine.record import Record

LONGEST_SECONDS = 360_000
"""A hundred hours: no moment or length lies beyond."""

_NTSC = [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
_RATE = re.compile(r"\d{1,6}(\.\d{1,20}|/[1-9]\d{0,6})?")
_TIMECODE = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d+)?)")
_SECONDS = re.compile(r"(-?\d*\.?\d+)\s*(ms|s|sec|secs|seconds?|m|min|mins|minutes?)?")


def round_half_up(value: Fraction) -> int:
    """Round to the nearest integer, halves upwards (also below zero)."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@lru_cache(maxsize=4096)
def exact(number: float | Fraction) -> Fraction:
    """Take a float at its shortest decimal form: 0.1 means one tenth."""
    return number if isinstance(number, Fraction) else Fraction(str(number))


class Rate(Record):
    """Frames per second as a fraction; written "30" or "30000/1001" in JSON."""

    num: int
    den: int = 1

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str | int | float | Fraction):
            return value
        text = str(value).strip()
        if not _RATE.fullmatch(text):
            raise ValueError("a frame rate is a number such as 30, 29.97 or 30000/1001")
        ratio = _standard(Fraction(text))
        return {"num": ratio.numerator, "den": ratio.denominator}

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.den <= 0 or gcd(self.num, self.den) != 1:
            raise ValueError("a frame rate is a fraction in lowest terms")
        if not 1 <= self.value <= 240:
            raise ValueError("a frame rate lies between 1 and 240 frames per second")
        return self

    @model_serializer
    def _text(self) -> str:
        return str(self.value)

    @cached_property
    def value(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.num, self.den)

    @classmethod
    def standard(cls, fps: float) -> Self:
        """The rate that a measured or abbreviated number means: 29.97 is 30000/1001."""
        return cls.model_validate(fps)

    def frames(self, seconds: float | Fraction) -> int:
        """Nearest frame number of a moment or length in seconds."""
        return _frames(seconds, self.num, self.den)

    def seconds(self, frames: int) -> float:
        """Seconds of a frame number, as a float for people and JSON."""
        return frames * self.den / self.num


@lru_cache(maxsize=4096)  # the same few clips are measured over and over
def _frames(seconds: float | Fraction, num: int, den: int) -> int:
    return round_half_up(exact(seconds) * Fraction(num, den))


def _standard(rate: Fraction) -> Fraction:
    """Snap 23.976, 29.97, 59.94 … to the exact NTSC rate, and 29.9998 to the whole number."""
    whole = Fraction(round_half_up(rate))
    known = (whole, *_NTSC)
    return next((each for each in known if abs(rate - each) < Fraction(1, 200)), rate)


def timecode(seconds: float) -> str:
    """Write a moment as people read it: 0:07, 0:07.5, 1:02:03."""
    if seconds < 0:
        return f"−{timecode(-seconds)}"
    tenths = round_half_up(exact(round(seconds, 6)) * 10)
    whole, tenth = divmod(tenths, 10)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    head = f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"
    return f"{head}.{tenth}" if tenth else head


def length(seconds: float) -> str:
    """Write a length as people read it: 0.25 s, 0.5 s, 5.0 s, 1:05."""
    if seconds >= 59.95:
        return timecode(seconds)
    hundredths = round_half_up(exact(round(seconds, 6)) * 100)
    if hundredths < 100 and hundredths % 10:
        return f"{hundredths / 100:.2f} s"
    return f"{round_half_up(exact(round(seconds, 6)) * 10) / 10:.1f} s"


def parse_seconds(value: Any) -> Any:
    """Turn "1:02.5", "90s" or "2 min" into seconds; leave what is no text alone."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    if match := _TIMECODE.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    if match := _SECONDS.fullmatch(text):
        unit = match[2] or "s"
        scale = 0.001 if unit == "ms" else 60 if unit.startswith("m") else 1
        return float(match[1]) * scale
    return value


Seconds = Annotated[
    float, BeforeValidator(parse_seconds), Field(ge=-LONGEST_SECONDS, le=LONGEST_SECONDS)
]
"""A time or length in seconds; also read from "0:07", "1:02:03.5", "10.5s", "2 min"."""
