"""What every store has to know of money: what was spent on what, what may be, who was told."""

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.tables import CostDayRow, PurchaseRow, RenderRow
from bot.engine.composition import Composition
from bot.ports import (
    Budget,
    BudgetSpent,
    Cost,
    Notice,
    Purchase,
    RenderOrder,
    RenderRecord,
    RenderState,
    Scope,
    Setting,
    Standing,
    Total,
    Turn,
    Usage,
    totals,
)
from tests.adapters.store.conftest import Opener
from tests.adapters.store.samples import CHANNEL, OTHER, said

ANNA, BEN = "terminal:anna", "terminal:ben"
ORDER = RenderOrder("r", CHANNEL, 0, Composition(), "720p", ANNA, estimate_microusd=60)
MONTH = datetime.now(UTC).date().replace(day=1)
LAST_MONTH = (MONTH - timedelta(days=1)).replace(day=1)
USED = Usage(10, 10)
NUMBERS = itertools.count()


@pytest.fixture
def books(database: Database) -> SqlLedger:
    return SqlLedger(database, month_microusd=None)


def purchase(person: str, microusd: int | None, channel: str = CHANNEL) -> Purchase:
    return Purchase(channel, person, "anthropic", "claude-haiku-5-5", 1000, microusd)


async def bought(books: SqlLedger, person: str, microusd: int | None) -> None:
    await books.settle(await books.reserve(purchase(person, microusd)), USED, microusd)


async def rendered(
    database: Database, root: Path, cost: int, person: str, state: RenderState = "done"
) -> None:
    renders = SqlRenders(database, root)
    record = RenderRecord(f"r{next(NUMBERS)}", CHANNEL, 1, "720p", state, cost, 0, person=person)
    await renders.save(replace(record, cost_microusd=cost if state == "done" else 0))


def stored(database: Database, day: date, microusd: int, kind: str = "storage") -> None:
    with database.writing() as session:
        session.add(CostDayRow(day=day, channel_key=CHANNEL, kind=kind, microusd=microusd))


def moved(database: Database, at: datetime) -> None:
    """Let everything so far have been bought and rendered at another time."""
    with database.writing() as session:
        session.execute(update(PurchaseRow).values(created_at=at))
        session.execute(update(RenderRow).values(updated_at=at))


async def test_models_renders_and_storage_are_told_by_day_and_person(
    database: Database, books: SqlLedger, tmp_path: Path
) -> None:
    for person, microusd in ((ANNA, 40), (ANNA, 2), (BEN, 7)):
        await bought(books, person, microusd)
    await rendered(database, tmp_path, 1000, BEN)
    day = MONTH + timedelta(days=3)
    moved(database, datetime.combine(day, time(23, 59, 59, 999_999), UTC))
    stored(database, day, 5)
    stored(database, day, 3, "stream")
    stored(database, day, 1000, "render")  # the sum of what the table of renders says
    costs = await books.costs(MONTH, CHANNEL)
    assert set(costs) == {
        Cost(day, CHANNEL, ANNA, "ai", 42),
        Cost(day, CHANNEL, BEN, "ai", 7),
        Cost(day, CHANNEL, BEN, "render", 1000),
        Cost(day, CHANNEL, "", "storage", 5),
        Cost(day, CHANNEL, "", "storage", 3),
    }
    assert totals(costs, lambda cost: cost.person) == {
        ANNA: Total(42),
        BEN: Total(1007),
        "": Total(8),
    }
    assert await SqlConversations(database).spent(CHANNEL, MONTH) == Total.of(costs).microusd


async def test_days_and_months_are_those_of_utc(
    database: Database, books: SqlLedger, tmp_path: Path
) -> None:
    for moment in (
        datetime.combine(MONTH, time(), UTC) - timedelta(microseconds=1),
        datetime.combine(MONTH, time(), UTC),
    ):
        await bought(books, ANNA, 4)
        await rendered(database, tmp_path, 5, ANNA)
        moved(database, moment)
        (ai, render) = await books.costs(moment.date().replace(day=1))
        assert ai.day == render.day == moment.date()
    assert await books.costs(LAST_MONTH) == ()


async def test_nobody_sees_the_costs_of_another_channel(books: SqlLedger) -> None:
    await books.reserve(purchase(ANNA, 5, OTHER))
    assert await books.costs(MONTH, CHANNEL) == ()
    assert [cost.channel for cost in await books.costs(MONTH)] == [OTHER]


async def test_what_was_never_settled_is_reserved_until_its_month_ends(
    database: Database, books: SqlLedger, tmp_path: Path
) -> None:
    await books.reserve(purchase(ANNA, 600))
    await bought(books, ANNA, 50)
    await rendered(database, tmp_path, 80, ANNA, "running")
    await rendered(database, tmp_path, 20, ANNA, "ordered")
    by_kind = totals(await books.costs(MONTH, CHANNEL), lambda cost: cost.kind)
    assert by_kind == {"ai": Total(650, reserved=600), "render": Total(100, reserved=100)}
    moved(database, datetime.combine(LAST_MONTH, time(12), UTC))
    assert await books.costs(MONTH, CHANNEL) == ()


async def test_calls_of_unknown_price_are_counted_and_not_summed(books: SqlLedger) -> None:
    await bought(books, ANNA, None)
    await books.reserve(purchase(ANNA, None))
    await bought(books, ANNA, 3)
    (cost,) = await books.costs(MONTH, CHANNEL)
    assert (cost.microusd, cost.reserved, cost.unknown) == (3, 0, 2)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_what_failed_costs_nothing(
    database: Database, books: SqlLedger, tmp_path: Path, state: RenderState
) -> None:
    await books.settle(await books.reserve(purchase(ANNA, 600)), None, 0)
    await rendered(database, tmp_path, 80, ANNA, state)
    assert await books.costs(MONTH) == ()
    assert await SqlConversations(database).spent(CHANNEL, MONTH) == 0


async def test_renders_and_storage_use_up_what_models_may_spend(
    database: Database, books: SqlLedger, tmp_path: Path
) -> None:
    await books.limit(Scope(CHANNEL), 1000)
    await rendered(database, tmp_path, 500, BEN)
    stored(database, MONTH, 400)
    await books.settle(await books.reserve(purchase(ANNA, 100)), None, 0)
    with pytest.raises(BudgetSpent, match="of this channel for this month"):
        await books.reserve(purchase(ANNA, 101))


async def test_what_a_person_may_spend_binds_nobody_else(books: SqlLedger) -> None:
    await books.limit(Scope(CHANNEL, ANNA, "Anna"), 100)
    await bought(books, BEN, 5000)
    with pytest.raises(BudgetSpent, match=r"of Anna in this channel for this month \(\$0\.0001\)"):
        await books.reserve(purchase(ANNA, 101))
    await books.reserve(purchase(ANNA, 101, OTHER))
    await books.reserve(purchase(ANNA, 100))


async def test_of_two_renders_ordered_at_once_one_has_the_last_of_a_budget(
    opener: Opener, books: SqlLedger
) -> None:
    await books.limit(Scope("", ANNA), 100)
    stores = []
    for _ in range(2):
        database = opener()
        stores.append(SqlConversations(database, SqlOutbox(database, Path())))
    orders = [replace(ORDER, id=channel, channel=channel) for channel in (CHANNEL, OTHER)]
    keeping = (
        store.keep(said("m1", order.channel), Turn(renders=(order,)))
        for store, order in zip(stores, orders, strict=True)
    )
    outcomes = await asyncio.gather(*keeping, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), BudgetSpent}


async def test_renders_heed_the_budget_for_everything_too(database: Database) -> None:
    store = SqlConversations(database, SqlOutbox(database, Path()), month_microusd=59)
    with pytest.raises(BudgetSpent, match="of ChatKut for this month is used up"):
        await store.keep(said(), Turn(renders=(ORDER,)))
    assert not await store.known(CHANNEL, said().id)


async def test_what_is_set_for_everything_holds_instead_of_the_environments(
    books: SqlLedger, opener: Opener
) -> None:
    running = SqlLedger(opener(), month_microusd=1_000)
    assert await running.standings(MONTH) == (Standing(Budget(Scope(), 1_000), 0),)
    await books.limit(Scope(), 50)
    with pytest.raises(BudgetSpent, match="of ChatKut for this month"):
        await running.reserve(purchase(ANNA, 51))
    await books.limit(Scope(), None)
    await running.reserve(purchase(ANNA, 51))


async def test_budgets_are_told_with_what_is_spent_of_them(books: SqlLedger) -> None:
    own, bens = Budget(Scope(CHANNEL), 1000), Budget(Scope(CHANNEL, BEN, "Ben"), 70)
    everything, others = Budget(Scope(), 5000), Budget(Scope(OTHER), 9)
    for budget in (own, bens, everything, others):
        await books.limit(budget.scope, budget.microusd)
    await bought(books, BEN, 42)
    await books.reserve(purchase(ANNA, 8))
    assert set(await books.standings(MONTH)) == {
        Standing(own, 50),
        Standing(bens, 42),
        Standing(everything, 50),
        Standing(others, 0),
    }
    here = await books.standings(MONTH, CHANNEL)
    assert {standing.budget for standing in here} == {everything, own, bens}
    annas = await books.standings(MONTH, CHANNEL, ANNA)
    assert {standing.budget for standing in annas} == {everything, own}
    assert {standing.spent for standing in await books.standings(LAST_MONTH)} == {0}


async def test_a_setting_of_another_name_is_no_budget(database: Database, books: SqlLedger) -> None:
    others = (Setting("limitless", "5"), Setting("role limit", "viewer"), Setting("confirm", "7"))
    await SqlConversations(database).keep(said("m1"), Turn(settings=others))
    assert await books.standings(MONTH) == ()


async def test_of_each_budget_and_month_people_are_told_once(
    opener: Opener, books: SqlLedger
) -> None:
    budget = Budget(Scope(CHANNEL), 1000)
    await books.limit(budget.scope, budget.microusd)
    notice = Notice(budget, MONTH, 80)
    stores = [SqlConversations(opener()) for _ in range(2)]
    turn = Turn(notices=(notice, Notice(Budget(Scope(), 9), MONTH, 95)))
    await asyncio.gather(stores[0].keep(said("m1"), turn), stores[1].keep(said("m1", OTHER), turn))
    again = SqlLedger(opener(), None)
    assert [each.told for each in await again.standings(MONTH)] == [frozenset({80})]
    assert [each.told for each in await again.standings(LAST_MONTH)] == [frozenset()]
    await again.limit(budget.scope, 2000)  # another amount is another budget
    assert [each.told for each in await again.standings(MONTH)] == [frozenset()]
