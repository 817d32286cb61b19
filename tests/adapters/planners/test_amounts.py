"""Lengths and timecodes in digits and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.planners.offline.amounts import time
from bot.adapters.planners.offline.message import source
from bot.adapters.planners.offline.phrases import Chunk, Stretch, Time
from bot.adapters.planners.offline.planner import english
from bot.adapters.planners.offline.scan import scan
from bot.engine.composition import Composition
from bot.engine.timebase import timecode

SPELLINGS = {
    "0:07": 7,
    "1:02:03.5": 3723.5,
    "10.5s": 10.5,
    "2m30s": 150,
    "2 min 30": 150,
    "5 min 12 sec": 312,
    "half a second": 0.5,
    "a half second": 0.5,
    "a second": 1,
    "a minute and a half": 90,
    "one and a half seconds": 1.5,
    "two and a half minutes": 150,
    "1 minute and 30 seconds": 90,
    "12 frames": 0.4,
    "12f": 0.4,
    "90 secs": 90,
    "1'30\"": 90,
    "500ms": 0.5,
    "twenty five seconds": 25,
    "twenty-five seconds": 25,
    "a hundred seconds": 100,
    "a couple of seconds": 2,
    "00:00:05:15": 5.5,
    "1,5 seconds": 1.5,
    "½ second": 0.5,
    "three quarters": None,
    "an hour": 3600,
    "1h2m3s": 3723,
    "second 5": 5,
    "1 1/2 seconds": None,
}


def read(text: str) -> float | None:
    src = source(text, Composition(), english())
    found = time(src, 0)
    return found[0].seconds if found and found[1] == len(src.tokens) else None


@pytest.mark.parametrize(("text", "seconds"), SPELLINGS.items())
def test_a_length_is_read_in_every_spelling(text: str, seconds: float | None) -> None:
    got = read(text)
    assert got == (seconds if seconds is None else pytest.approx(seconds))


@given(st.integers(0, 36000))
def test_a_timecode_reads_back_as_what_was_written(tenths: int) -> None:
    assert read(timecode(tenths / 10)) == pytest.approx(tenths / 10)


@given(st.floats(0.01, 5000, allow_nan=False).map(lambda value: round(value, 2)))
def test_seconds_read_back_as_what_was_written(seconds: float) -> None:
    assert read(f"{seconds:g}s") == pytest.approx(float(f"{seconds:g}"))
    assert read(f"{seconds:.2f} seconds") == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("0:02-0:04", 2, 4),
        ("from 3 to 5 seconds", 3, 5),
        ("between 0:10 and 0:20", 10, 20),
        ("1:10-20", 70, 80),
        ("2-4s", 2, 4),
        ("0:05 – 0:09", 5, 9),
        ("10s until 12s", 10, 12),
        ("0:05 through 0:09", 5, 9),
        ("0:05..0:09", 5, 9),
        ("8.05 to 8:30", 485, 510),
    ],
)
def test_a_stretch_of_time_is_read_in_every_spelling(text: str, start: float, end: float) -> None:
    chunks: tuple[Chunk, ...] = scan(source(text, Composition(), english()))
    assert len(chunks) == 1
    stretch = chunks[0].value
    assert isinstance(stretch, Stretch)
    assert isinstance(stretch.start, Time)
    assert isinstance(stretch.end, Time)
    assert (stretch.start.seconds, stretch.end.seconds) == (start, end)
