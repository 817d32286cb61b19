"""Prices and how films are split, as Remotion's own packages give them."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.renderers.remotion.price import frames_each, is_priced, price

MEASURED = {
    20: (20, 1),
    21: (11, 2),
    150: (19, 8),
    300: (20, 15),
    900: (20, 45),
    1800: (22, 82),
    5400: (56, 97),
    18_000: (120, 150),
    36_000: (240, 150),
}
"""Frames for each function and number of functions, by frames; `framesPerLambda` of 4.0.527."""

FRAMES = st.integers(1, 500_000)
REGIONS = st.sampled_from(["us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1"])


@pytest.mark.parametrize("frames", MEASURED)
def test_films_are_split_as_remotion_does(frames: int) -> None:
    each = frames_each(frames)
    assert (each, ceil(frames / each)) == MEASURED[frames]


@pytest.mark.parametrize(("disk", "dollars"), [(512, 0.00053), (10_240, 0.00054)])
def test_prices_are_those_of_remotion(disk: int, dollars: float) -> None:
    assert price("us-east-1", 2048, disk, 20_000, 1) == dollars


def test_half_of_the_smallest_amount_is_rounded_up() -> None:
    # 78,125 requests of $0.0000002 are $0.015625, which is exact in binary, too.
    assert price("eu-central-1", 512, 512, 0, 78_125) == 0.01563


@given(FRAMES, st.integers(1, 200))
def test_no_film_needs_more_functions_than_it_may(frames: int, most: int) -> None:
    each = frames_each(frames, most)
    assert ceil(frames / each) <= min(most, 151)  # 150, but for Remotion's rounding of floats
    assert each >= min(5, frames)


@given(FRAMES, FRAMES)
def test_a_longer_film_has_as_many_functions_or_longer_ones(one: int, other: int) -> None:
    short, long = sorted((one, other))
    assert frames_each(long, 8) >= frames_each(short, 8) or long <= 160


@given(
    REGIONS,
    st.integers(512, 10_240),
    st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)),
    st.tuples(st.integers(0, 200), st.integers(0, 200)),
)
def test_more_never_costs_less(
    region: str, memory: int, times: tuple[float, float], lambdas: tuple[int, int]
) -> None:
    less = price(region, memory, 10_240, min(times), min(lambdas))
    assert 0 <= less <= price(region, memory, 10_240, max(times), max(lambdas))
    assert less <= price(region, 10_240, 10_240, min(times), min(lambdas))
    assert price(region, memory, 512, min(times), min(lambdas)) <= less


def test_regions_with_prices_in_yuan_or_none_are_told() -> None:
    assert is_priced("eu-west-1")
    assert not is_priced("cn-north-1")
    assert not is_priced("mars-east-1")
