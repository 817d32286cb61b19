"""Frames, seconds and timecodes."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.engine.timebase import (
    LONGEST_SECONDS,
    Rate,
    Seconds,
    exact,
    length,
    parse_seconds,
    round_half_up,
    timecode,
)
from tests.engine.strategies import RATES, rates

_SECONDS = TypeAdapter(Seconds)


@given(rates, st.integers(0, 100_000_000))
def test_a_frame_number_survives_the_way_through_seconds(rate: Rate, frame: int) -> None:
    assert rate.frames(rate.seconds(frame)) == frame


@given(rates, st.floats(0, 100_000))
def test_a_moment_lands_on_the_nearest_frame(rate: Rate, seconds: float) -> None:
    frame = rate.frames(seconds)
    assert abs(Fraction(frame) / rate.value - exact(seconds)) <= 1 / (2 * rate.value)


@pytest.mark.parametrize(
    ("given_rate", "meant"),
    [
        (29.97, "30000/1001"),
        (23.976, "24000/1001"),
        (23.98, "24000/1001"),
        (59.94, "60000/1001"),
        (29.9998, "30"),
        ("25", "25"),
        ("60000/1001", "60000/1001"),
        (12.5, "25/2"),
        (60, "60"),
    ],
)
def test_abbreviated_rates_mean_the_exact_ones(given_rate: Any, meant: str) -> None:
    rate = Rate.model_validate(given_rate)
    assert rate.model_dump_json() == f'"{meant}"'
    assert Rate.model_validate_json(rate.model_dump_json()) == rate


@pytest.mark.parametrize(
    "nonsense", ["", "fast", "1/0", "0", "-30", "1e9", "1e99999999", "241", True, 1e-9, [], None]
)
def test_what_is_no_rate_is_refused(nonsense: Any) -> None:
    with pytest.raises(ValidationError):
        Rate.model_validate(nonsense)


def test_a_rate_is_kept_in_lowest_terms() -> None:
    assert Rate.model_validate("60/2") == Rate(num=30)
    with pytest.raises(ValidationError, match="lowest terms"):
        Rate(num=60, den=2)


def test_halves_round_up() -> None:
    assert [round_half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-1, 0, 1, 2]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:07", 7.0),
        ("1:02:03.5", 3723.5),
        ("10.5s", 10.5),
        (".5 s", 0.5),
        ("2 min", 120.0),
        ("250ms", 0.25),
        ("-3", -3.0),
        (4, 4.0),
    ],
)
def test_seconds_are_read_as_people_write_them(text: Any, seconds: float) -> None:
    assert _SECONDS.validate_python(text) == seconds


@pytest.mark.parametrize(
    "nonsense", ["soon", "1:2:3:4", "1e400", LONGEST_SECONDS + 1, "9999999:00"]
)
def test_what_is_no_time_is_refused(nonsense: Any) -> None:
    with pytest.raises(ValidationError):
        _SECONDS.validate_python(nonsense)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(7, "0:07"), (7.5, "0:07.5"), (3723, "1:02:03"), (59.96, "1:00"), (0, "0:00"), (-3, "−0:03")],
)
def test_moments_are_written_as_timecodes(seconds: float, written: str) -> None:
    assert timecode(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.25, "0.25 s"),
        (0.5, "0.5 s"),
        (5, "5.0 s"),
        (12.44, "12.4 s"),
        (65, "1:05"),
        (59.97, "1:00"),
        (0, "0.0 s"),
    ],
)
def test_lengths_are_written_with_their_unit(seconds: float, written: str) -> None:
    assert length(seconds) == written


@given(st.floats(0, LONGEST_SECONDS))
def test_a_timecode_reads_back_to_a_tenth(seconds: float) -> None:
    assert abs(parse_seconds(timecode(seconds)) - seconds) <= 0.0501


def test_all_rates_of_the_strategies_are_canonical() -> None:
    assert [str(Rate.model_validate(text).value) for text in RATES] == RATES
