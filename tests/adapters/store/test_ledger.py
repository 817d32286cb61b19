"""What every ledger and every memory of what was heard have to do."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.seen import SqlSeen
from bot.ports import BudgetSpent, Purchase, Setting, Turn, Usage
from tests.adapters.store.conftest import Opener
from tests.adapters.store.samples import CHANNEL, said

MONTH = datetime.now(UTC).date().replace(day=1)
CALL = Purchase(CHANNEL, "terminal:anna", "anthropic", "claude-haiku-5-5", 1000, 600_000)


async def limited(database: Database, microusd: int) -> None:
    """Set the channel's limit."""
    turn = Turn(settings=(Setting("limit", str(microusd)),))
    await SqlConversations(database).keep(said("limit"), turn)


async def test_what_a_call_took_is_what_counts(database: Database) -> None:
    ledger = SqlLedger(database, month_microusd=1_000_000)
    row = await ledger.reserve(CALL)
    with pytest.raises(BudgetSpent, match="ChatKut for this month is used up"):
        await ledger.reserve(CALL)
    await ledger.settle(row, Usage(read=900, output=100, cached=500), 1_000)
    await ledger.reserve(CALL)


async def test_a_call_that_cost_nothing_leaves_the_budget_as_it_was(database: Database) -> None:
    ledger = SqlLedger(database, month_microusd=1_000_000)
    for _ in range(3):
        await ledger.settle(await ledger.reserve(CALL), None, 0)


async def test_the_limit_of_a_channel_is_its_own(database: Database) -> None:
    await limited(database, 500_000)
    ledger = SqlLedger(database, month_microusd=None)
    with pytest.raises(BudgetSpent, match="this channel"):
        await ledger.reserve(CALL)
    elsewhere = Purchase("terminal:other", "terminal:anna", "openai", "gpt-6-sol", 10, 600_000)
    await ledger.reserve(elsewhere)


async def test_a_call_of_unknown_price_is_refused_only_when_a_budget_is_used_up(
    database: Database,
) -> None:
    ledger = SqlLedger(database, month_microusd=600_000)
    unknown = Purchase(CHANNEL, "terminal:anna", "mine", "llama", 10, None)
    await ledger.settle(await ledger.reserve(unknown), Usage(10, 10), None)
    await ledger.settle(await ledger.reserve(CALL), Usage(10, 10), 600_000)
    with pytest.raises(BudgetSpent):
        await ledger.reserve(unknown)


async def test_two_processes_do_not_both_take_the_last_of_a_budget(opener: Opener) -> None:
    ledgers = [SqlLedger(opener(), month_microusd=1_000_000) for _ in range(2)]
    outcomes = await asyncio.gather(*(ledger.reserve(CALL) for ledger in ledgers * 4),
                                    return_exceptions=True)  # fmt: skip
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1


async def test_what_models_cost_counts_as_spent_in_the_channel(database: Database) -> None:
    ledger, store = SqlLedger(database, None), SqlConversations(database)
    row = await ledger.reserve(CALL)
    await ledger.settle(row, Usage(10, 10), 1_234)
    assert await store.spent(CHANNEL, MONTH) == 1_234


async def test_how_far_a_place_was_heard_is_remembered(opener: Opener) -> None:
    seen = SqlSeen(opener(), "discord")
    await seen.saw("123", "9001")
    await seen.saw("123", "9002")
    await seen.saw("456", "1")
    again = SqlSeen(opener(), "discord")
    assert await again.latest() == {"123": "9002", "456": "1"}
    assert (await again.last("123"), await again.last("789")) == ("9002", None)
    assert await SqlSeen(opener(), "slack").latest() == {}
