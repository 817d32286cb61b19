"""What may be spent in a month: told, set, heeded, and warned of once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.budget import this_month
from bot.handlers.render import film_told
from bot.handlers.values import microusd
from bot.ports import Answer, Command, Mention, Purchase, RenderRecord, Reply, Scope, Usage
from tests.handlers.conftest import Channel

BEN: dict[str, Any] = {"author": "Ben", "user": "u2"}
ADMIN: dict[str, Any] = {"author": "Ada", "user": "u1", "admin": True}
HERE = "chat:film"


@pytest.fixture
async def film(team: Channel) -> Channel:
    """A channel in which Ben has said something, and the planner answers "hm"."""
    team.planner.answers["hm"] = Answer("Hm.")
    await team.say("hm", **BEN)
    return team


async def spend(film: Channel, usd: float, person: str = "chat:u2", channel: str = HERE) -> None:
    """Let a model have answered somebody."""
    books: Any = film.services.books
    row = await books.reserve(Purchase(channel, person, "anthropic", "x", 10, 0))
    await books.settle(row, Usage(1, 1), round(usd * 1e6))


async def said(film: Channel, text: str, **who: Any) -> str:
    (reply,) = await film.say(text, **who)
    return reply.text


async def test_a_budget_is_set_and_told_with_what_is_spent_of_it(film: Channel) -> None:
    await spend(film, 5)
    assert (await said(film, "/budget", **BEN)).startswith(
        "This channel has no budget; $5.00 went this month."
    )
    done = await said(film, "/chatkut budget $20 a month", **ADMIN)
    assert done == "From now on, this channel may spend $20.00 a month."
    told = await said(film, "/budget", **BEN)
    assert told.startswith("$5.00 of $20.00 a month, 25 %: this channel\nAn admin changes")
    done = await said(film, "/budget none", **ADMIN)
    assert done == "There is no monthly budget for this channel any more."


@pytest.mark.parametrize("how", ["@Ben $5", "Ben 5 usd a month", "@ben 5$ per month", "chat:u2 5"])
async def test_a_person_has_a_budget_of_their_own(film: Channel, how: str) -> None:
    done = await said(film, f"/chatkut budget {how}", **ADMIN)
    assert done == "From now on, Ben in this channel may spend $5.00 a month."
    await spend(film, 1.5)
    await spend(film, 1, "chat:u1")
    told = await said(film, "/budget", **BEN)
    assert "This channel has no budget; $2.50 went this month." in told
    assert "$1.50 of $5.00 a month, 30 %: Ben in this channel" in told
    await said(film, "/budget @Ben none", **ADMIN)
    assert "Ben" not in await said(film, "/budget", **BEN)


async def test_a_name_of_several_words_may_be_mentioned(film: Channel) -> None:
    mentions = (Mention("u4", "Cleo Quill 2"),)
    done = await said(film, "/budget @Cleo Quill 2 $5", **ADMIN, mentions=mentions)
    assert done.startswith("From now on, Cleo Quill 2 in this channel may spend $5.00")
    assert (await said(film, "/budget @Nemo $5", **ADMIN)).startswith("I know nobody here by")


async def test_only_admins_change_budgets(film: Channel) -> None:
    for what in ("$5", "@Ben $5", "none", "nonsense"):
        assert (await said(film, f"/budget {what}", **BEN)).startswith("Only an admin can change")
    assert await film.services.conversations.settings(HERE) == ()


@pytest.mark.parametrize("what", ["lots", "-1", "$1e9", "$99999999", "@Ben", "@Ben lots", "\0 5 5"])
async def test_what_is_not_understood_changes_nothing(film: Channel, what: str) -> None:
    await said(film, f"/budget {what}", **ADMIN)
    assert await film.services.conversations.settings(HERE) == ()


async def test_the_old_way_to_set_a_limit_still_works(film: Channel) -> None:
    assert (await said(film, "/settings limit $3", **ADMIN)).startswith("From now on, this channel")
    assert "$0 of $3.00 a month" in await said(film, "/budget", **BEN)


async def test_people_are_warned_once_at_each_mark(film: Channel) -> None:
    await said(film, "/budget $10", **ADMIN)
    await spend(film, 7.99)
    assert await said(film, "hm", **BEN) == "Hm."
    await spend(film, 0.01)
    assert await said(film, "hm", **BEN) == (
        "Hm.\n80 % of the budget of this channel for this month ($10.00) is used; at 100 % models "
        "and renders stop."
    )
    assert await said(film, "hm", **BEN) == "Hm."
    await spend(film, 1.6)
    assert "\n95 % of the budget" in await said(film, "hm", **BEN)
    assert await said(film, "hm", **BEN) == "Hm."
    await said(film, "/budget $11", **ADMIN)  # another budget has marks of its own
    assert "\n80 % of the budget" in await said(film, "hm", **BEN)


async def test_a_budget_that_is_passed_when_it_is_set_says_so_at_once(film: Channel) -> None:
    await said(film, "/budget $2", **ADMIN)
    await spend(film, 6.8)
    assert await said(film, "/budget $1", **ADMIN) == (
        "From now on, this channel may spend $1.00 a month. $6.80 went already, so models and "
        "renders are stopped."
    )
    assert await said(film, "hm", **BEN) == "Hm."
    assert "$6.80 went already" in await said(film, "/budget @Ben $5", **ADMIN)
    assert await said(film, "/budget $20", **ADMIN) == (
        "From now on, this channel may spend $20.00 a month."
    )


@pytest.mark.parametrize("text", ["/budget please", "/budget?", "what may we spend?"])
async def test_a_budget_is_told_to_whoever_asks_in_any_words(film: Channel, text: str) -> None:
    await said(film, "/budget $0.00004", **ADMIN)
    film.planner.answers["what may we spend?"] = Command("budget")
    assert (await said(film, text, **BEN)).startswith("$0 of $0.00004 a month, 0 %: this channel")


async def test_of_two_marks_that_are_passed_at_once_the_higher_is_told(film: Channel) -> None:
    await said(film, "/budget $1", **ADMIN)
    await spend(film, 2)
    warned = await said(film, "hm", **BEN)
    assert warned == (
        "Hm.\nThe budget of this channel for this month ($1.00) is used up; models and renders are "
        "stopped."
    )
    assert await said(film, "hm", **BEN) == "Hm."


async def test_each_budget_warns_by_itself_and_only_those_whom_it_binds(film: Channel) -> None:
    await film.services.books.limit(Scope(), 10_000_000)
    await said(film, "/budget @Ben $1", **ADMIN)
    await spend(film, 8.5)
    warned = await said(film, "hm", **ADMIN)
    assert "80 % of the budget of ChatKut for this month is used" in warned
    assert "Ben" not in warned
    assert "The budget of Ben in this channel for this month ($1.00) is used up; models and" in (
        await said(film, "hm", **BEN)
    )


async def test_a_new_month_begins_without_having_been_warned(film: Channel) -> None:
    await said(film, "/budget $1", **ADMIN)
    await spend(film, 2)
    assert "is used up" in await said(film, "hm", **BEN)
    month, now = this_month(film.services), film.services.now
    film.set(now=lambda: now() + 32 * 86400)
    assert this_month(film.services) > month
    assert await said(film, "hm", **BEN) == "Hm."


async def test_what_only_one_person_sees_holds_no_warning(film: Channel) -> None:
    await said(film, "/budget $1", **ADMIN)
    await spend(film, 2)
    film.planner.answers["link"] = Answer("Here.")
    turn = await film.say("/upload", **BEN)
    assert isinstance(turn[0], Reply)
    assert all("used" not in reply.text for reply in turn if reply.only_for)


async def test_a_render_that_is_ordered_counts_as_spent(film: Channel, beach: Any) -> None:
    await film.say("", beach, **ADMIN)
    (estimate,) = await film.say("/estimate preview", **BEN)
    assert estimate.cost_usd is not None
    await said(film, f"/budget ${estimate.cost_usd * 1.02:.6f}", **ADMIN)
    ordered = (await film.say("/render preview", **BEN))[0]
    assert "The budget of this channel for this month" in ordered.text
    assert "is used up; models and renders are stopped." in ordered.text


async def test_a_film_that_is_dearer_than_estimated_warns(film: Channel) -> None:
    await said(film, "/budget $1", **ADMIN)
    await spend(film, 0.5)
    dear = RenderRecord("r", HERE, 1, "720p", "done", 10, 0, cost_microusd=300_010)
    told = await film_told(dear, film.services)
    assert "\n80 % of the budget of this channel" in told.replies[0].text
    assert [notice.percent for notice in told.notices] == [80]
    as_expected = replace(dear, estimate_microusd=300_010)
    assert (await film_told(as_expected, film.services)).notices == ()


async def test_two_who_order_at_once_do_not_both_take_the_last(film: Channel, beach: Any) -> None:
    other = replace(film, name="chat:other")
    for channel in (film, other):
        await channel.say("", beach, **ADMIN)
    (estimate,) = await film.say("/estimate preview", **BEN)
    assert estimate.cost_usd is not None
    await film.services.books.limit(Scope("", "chat:u2"), round(1.5e6 * estimate.cost_usd))
    await asyncio.gather(*(each.say("/render preview", **BEN) for each in (film, other)))
    told = [reply.text for reply in film.chat.replies[-9:]]
    assert sum("has no room for it. Nothing was rendered." in text for text in told) == 1


@pytest.mark.parametrize("scope", [Scope(), Scope("", "chat:u2"), Scope(HERE, "chat:u2", "Ben")])
async def test_renders_stop_at_every_budget_that_binds(
    film: Channel, beach: Any, scope: Scope
) -> None:
    await film.say("", beach, **ADMIN)
    await film.services.books.limit(scope, 1)
    (refused,) = await film.say("/render preview", **BEN)
    assert refused.text.startswith("This render would cost less than $0.0001, and ")
    assert "Nothing was rendered." in refused.text
    assert ("$0 of the $0.000001 that Ben" in refused.text) == bool(scope.channel)
    if scope.channel:
        assert refused.text.endswith("/chatkut budget @Ben $20 a month")
    else:
        assert refused.text.endswith("Whoever runs me can allow more: see docs/costs.md.")


@given(st.text(max_size=30))
def test_an_amount_is_read_or_comes_back_as_it_is(text: str) -> None:
    amount = microusd(text)
    assert amount is None or amount == text or isinstance(amount, int)
    assert not isinstance(amount, int) or 0 <= amount < 10**12
