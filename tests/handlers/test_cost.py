"""What a month cost: sums that agree, small amounts, unknown prices, a picture."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.cost import told
from bot.ports import COST_KINDS, Cost, Purchase, Total, Usage, totals
from tests.handlers.conftest import Channel

MONTH = date(2026, 11, 1)
PEOPLE = {"x:1": "Anna", "x:2": "Ben", "x:3": "Ben"}
COSTS = st.lists(
    st.builds(
        Cost,
        st.dates(MONTH, date(2026, 11, 30)),
        st.just("x:film"),
        st.sampled_from(["", *PEOPLE, "x:4"]),
        st.sampled_from(COST_KINDS),
        st.integers(0, 10**8),
        st.just(0),
        st.integers(0, 3),
    ),
    max_size=40,
)
LATE = Cost(date(2026, 11, 9), "x:film", "x:1", "ai", 340)


def lines(*costs: Cost, **more: Any) -> list[str]:
    return [line.replace("\N{FIGURE SPACE}", "") for line in told(costs, MONTH, PEOPLE, **more)]


@given(COSTS)
def test_by_day_by_person_and_by_kind_there_is_one_sum(costs: Sequence[Cost]) -> None:
    whole = Total.of(costs)
    for key in ("day", "person", "kind", "channel"):
        parts = totals(costs, lambda cost: str(getattr(cost, key)))  # noqa: B023  called at once
        assert Total.of(list(parts.values())) == whole


@given(COSTS)
def test_all_that_was_spent_is_told_and_nothing_of_it_as_zero(costs: Sequence[Cost]) -> None:
    shown = lines(*costs)
    assert len(shown) <= 35
    assert all(len(line) <= 80 for line in shown)
    assert not any(re.search(r"\$0\.0*(\s|$)", line.replace("<$0.0", "")) for line in shown)
    unknown = sum(cost.unknown for cost in costs)
    if unknown:
        assert f"+ {unknown} call" in shown[0]


def test_amounts_stand_below_each_other() -> None:
    rows = list(told([LATE, Cost(LATE.day, "x:film", "x:2", "render", 120_000_000)], MONTH, PEOPLE))
    pad = "\N{FIGURE SPACE}"
    assert rows[1:4] == [f"{pad}<$0.01 AI", "$120.00 render", f"{5 * pad}$0 storage"]


def test_small_months_are_told_in_more_digits() -> None:
    assert lines(LATE)[:2] == ["November 2026: $0.0003", "$0.0003 AI"]


def test_an_unknown_price_is_shown_as_unknown() -> None:
    shown = lines(Cost(LATE.day, "x:film", "x:1", "ai", unknown=3))
    assert shown[0] == "November 2026: $0 + 3 calls of unknown price"
    assert shown[1] == "? AI + 3 calls of unknown price"
    assert "? Anna + 3 calls of unknown price" in shown


def test_what_was_never_settled_is_shown_as_reserved() -> None:
    shown = lines(Cost(LATE.day, "x:film", "x:1", "ai", 20_000, reserved=20_000))
    assert any(line.startswith("$0.02 of it is reserved, unsettled") for line in shown)


def test_people_of_one_name_are_told_apart() -> None:
    shown = lines(LATE, *(Cost(LATE.day, "x:film", who, "ai", 10**6) for who in ("x:2", "x:3")))
    assert {"$1.00 Ben (x:2)", "$1.00 Ben (x:3)"} < set(shown)


def test_a_name_cannot_break_out_of_its_line() -> None:
    names = {"x:1": "Eve\n$0 nobody\u202e" + "e" * 200}
    shown = list(told([LATE], MONTH, names))
    assert "$0.0003 Eve $0 nobody eeeeeeeeee" in shown


async def test_a_channel_is_told_its_own_month_with_a_picture(team: Channel) -> None:
    books: Any = team.services.books
    for channel, microusd in ((team.name, 420_000), ("chat:other", 5_000_000)):
        row = await books.reserve(Purchase(channel, "chat:u2", "anthropic", "x", 10, 0))
        await books.settle(row, Usage(1, 1), microusd)
    await team.say("/budget $20", author="Ada", user="u1", admin=True)
    (reply,) = await team.say("/chatkut cost", author="Ben", user="u2")
    assert ": $0.42 of $20.00\n" in reply.text
    assert "\n$0.42 chat:u2\n" in reply.text  # the name is known from this message on
    (picture,) = reply.files
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "\n$0.42 Ben\n" in (await team.say("/cost", author="Ben", user="u2"))[0].text


async def test_where_nothing_was_spent_it_is_said(team: Channel) -> None:
    (reply,) = await team.say("/cost")
    assert reply.text.endswith("Nothing was spent: no models, no renders, no storage.")
    assert reply.files == ()


async def test_a_render_is_told_with_who_ordered_it(team: Channel, beach: Any) -> None:
    await team.say("", beach)
    await team.say("/render preview", author="Ben", user="u2")
    (reply,) = await team.say("/cost")
    assert re.search(r"\$0\.\d{4} Ben\n", reply.text)
