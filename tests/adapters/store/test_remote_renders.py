"""Films that other services were asked for, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store.database import Database
from bot.adapters.store.remote_renders import SqlRemoteRenders


@pytest.fixture
def asked(database: Database) -> SqlRemoteRenders:
    return SqlRemoteRenders(database)


async def test_a_film_is_asked_for_then_known_by_its_id_then_forgotten(
    asked: SqlRemoteRenders,
) -> None:
    assert await asked.find("r1-720p-a") is None
    assert await asked.ask("r1-720p-a", None) == await asked.find("r1-720p-a")
    begun = await asked.begun("r1-720p-a", "1-day-x", "remotionlambda-y")
    assert begun == await asked.find("r1-720p-a")
    assert (begun.ref, begun.bucket) == ("1-day-x", "remotionlambda-y")
    assert abs(datetime.now(UTC) - begun.since) < timedelta(minutes=1)
    await asked.forget("r1-720p-a")
    await asked.forget("r1-720p-a")
    assert await asked.find("r1-720p-a") is None


async def test_asking_again_forgets_the_render_that_was_known(asked: SqlRemoteRenders) -> None:
    known = await asked.begun("r1-720p-a", "1-day-x", "remotionlambda-y")
    again = await asked.ask("r1-720p-a", known)
    assert again
    assert again.ref == ""
    assert await asked.find("r1-720p-a") == again


async def test_of_two_that_ask_at_once_one_may(asked: SqlRemoteRenders) -> None:
    first = await asyncio.gather(*(asked.ask("r1-720p-a", None) for _ in range(5)))
    [kept] = [each for each in first if each]
    second = await asyncio.gather(*(asked.ask("r1-720p-a", kept) for _ in range(5)))
    assert len([each for each in second if each]) == 1
    assert await asked.ask("r1-720p-a", None) is None


async def test_what_was_asked_long_ago_is_forgotten(asked: SqlRemoteRenders) -> None:
    await asked.ask("r1-720p-a", None)
    now = datetime.now(UTC)
    assert await asked.forget_before(now - timedelta(minutes=1)) == 0
    assert await asked.forget_before(now + timedelta(minutes=1)) == 1
    assert await asked.find("r1-720p-a") is None
