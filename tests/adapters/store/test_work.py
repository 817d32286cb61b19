"""What every board, list of workers and list of waits must do."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.adapters.store.board import SqlBoard
from bot.adapters.store.database import Database
from bot.adapters.store.tables import WorkerRow
from bot.adapters.store.waits import SqlWaits
from bot.adapters.store.workers import SqlWorkers
from bot.ports import Address, Progress, Shown, Wait
from tests.adapters.store.conftest import Opener
from tests.adapters.store.samples import CHANNEL, CLEANED, NASTY

SHOWN = Shown("render:r1", Address(CHANNEL, "t1", "m1"), Progress("encoding", 0.25, 12.5), "p1")


def age(database: Database, **moments: datetime) -> None:
    """Let something about all workers have happened at another time."""
    with database.writing() as session:
        session.execute(update(WorkerRow).values(**moments))


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.fixture
def workers(database: Database) -> SqlWorkers:
    return SqlWorkers(database)


@pytest.fixture
def waits(database: Database) -> SqlWaits:
    return SqlWaits(database)


async def test_the_board_shows_what_was_written_last(database: Database) -> None:
    board = SqlBoard(database)
    assert await board.shown("render:r1") is None
    await board.show(Shown("render:r1", SHOWN.to, Progress(NASTY, 0)))
    first = await board.shown("render:r1")
    assert first is not None
    assert (first.progress.stage, first.progress.seconds_left, first.post) == (CLEANED, None, "")
    await board.show(SHOWN)
    assert await board.shown("render:r1") == SHOWN
    assert await board.shown("render:r2") is None
    await board.clear("render:r1")
    await board.clear("render:r1")
    assert await board.shown("render:r1") is None


async def test_several_may_write_on_the_board_at_once(opener: Opener) -> None:
    boards = [SqlBoard(opener()) for _ in range(3)]
    await asyncio.gather(*(board.show(SHOWN) for board in boards * 3))
    assert await boards[0].shown("render:r1") == SHOWN


async def test_a_worker_that_is_not_seen_falls_silent(
    database: Database, workers: SqlWorkers
) -> None:
    await workers.seen("w1", "worker")
    assert await workers.silent(45) == ()
    age(database, seen_at=ago(60))
    await workers.seen("w2", "front")
    assert await workers.silent(45) == ("w1",)
    await workers.seen("w1", "worker")
    assert await workers.silent(45) == ()


async def test_one_that_is_expected_falls_silent_if_it_says_nothing(
    database: Database, workers: SqlWorkers
) -> None:
    await workers.seen("w1", "worker")
    age(database, seen_at=ago(60))
    for _ in range(2):
        await workers.expect({"w1", "mute"})
    assert await workers.silent(45) == ("w1",)
    assert set(await workers.silent(-60)) == {"w1", "mute"}
    age(database, seen_at=ago(60))
    await workers.expect(frozenset())
    assert set(await workers.silent(45)) == {"w1", "mute"}


async def test_of_several_that_take_over_one_wins(opener: Opener) -> None:
    peers = [SqlWorkers(opener()) for _ in range(4)]
    await peers[0].seen("dead", "worker")
    age(opener(), seen_at=ago(60))
    won = await asyncio.gather(*(peer.claim("dead", f"w{n}") for n, peer in enumerate(peers * 2)))
    assert sum(won) == 1
    assert await peers[0].silent(45) == ()


async def test_a_claim_lapses_so_that_another_takes_over(
    database: Database, workers: SqlWorkers
) -> None:
    await workers.seen("dead", "worker")
    age(database, seen_at=ago(300))
    assert await workers.claim("dead", "w1")
    assert not await workers.claim("dead", "w2")
    age(database, claimed_at=ago(61))
    assert await workers.silent(45) == ("dead",)
    assert await workers.claim("dead", "w2")


async def test_one_that_is_gone_is_not_taken_over(workers: SqlWorkers) -> None:
    await workers.seen("w1", "worker")
    await workers.gone("w1")
    assert await workers.silent(-60) == ()
    assert not await workers.claim("w1", "w2")


async def test_one_that_lives_after_all_is_not_claimed_any_more(
    database: Database, workers: SqlWorkers
) -> None:
    await workers.seen("w1", "worker")
    assert await workers.claim("w1", "w2")
    await workers.seen("w1", "worker")
    age(database, seen_at=ago(60))
    assert await workers.silent(45) == ("w1",)


async def test_waits_come_due_longest_first(waits: SqlWaits) -> None:
    for job, seconds in (("later", 60.0), ("second", -5.0), ("first", -10.0)):
        await waits.add(Wait(job, "cloud", f"ref-{job}"), seconds)
    assert await waits.due() == (
        Wait("first", "cloud", "ref-first"),
        Wait("second", "cloud", "ref-second"),
    )
    assert [wait.job for wait in await waits.due(limit=1)] == ["first"]


async def test_a_wait_is_added_once_postponed_and_removed(opener: Opener, waits: SqlWaits) -> None:
    peers: list[Any] = [SqlWaits(opener()) for _ in range(3)]
    await asyncio.gather(*(peer.add(Wait("j", "cloud", "r"), -1) for peer in peers))
    await waits.add(Wait("j", "cloud", "r"), 60)
    assert await waits.due() == (Wait("j", "cloud", "r"),)
    await waits.postpone("j", 60)
    assert await waits.due() == ()
    await waits.postpone("j", -1)
    assert len(await waits.due()) == 1
    await waits.remove("j")
    assert await waits.due() == ()
