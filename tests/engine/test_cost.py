"""Amounts of money in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.cost import dollars, exactly, price


@pytest.mark.parametrize(
    ("microusd", "words"),
    [
        (0, "$0"),
        (1, "less than $0.0001"),
        (99, "less than $0.0001"),
        (100, "$0.0001"),
        (4_321, "$0.0043"),
        (9_949, "$0.0099"),
        (9_999, "$0.01"),
        (12_500_000, "$12.50"),
    ],
)
def test_amounts_are_written_as_people_read_them(microusd: int, words: str) -> None:
    assert dollars(microusd) == words


def test_an_amount_beside_another_has_the_digits_that_it_needs() -> None:
    assert [exactly(each) for each in (0, 1, 40, 4_321, 12_500_000)] == [
        *("$0", "$0.000001", "$0.00004", "$0.0043", "$12.50")
    ]


@given(st.integers(1, 10**12))
def test_what_is_not_nothing_never_looks_like_nothing(microusd: int) -> None:
    assert re.search("[1-9]", dollars(microusd))


def test_a_moment_of_work_is_not_free_and_no_work_is() -> None:
    assert (price(0.001, 0.04), price(0, 0.04), price(9, 0)) == (1, 0, 0)
    assert price(3600, 0.04) == 40_000
