"""Limits of rate: friendly, said once a minute, and at no cost."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.tables import MessageRow
from bot.ports import AGAIN, Answer
from tests.handlers.asking import ops, trim
from tests.handlers.conftest import Channel, opened


@pytest.fixture
def busy(team: Channel) -> Channel:
    """A channel that takes three messages a minute of a person, and five of all."""
    team.set(person_per_minute=3, channel_per_minute=5)
    team.planner.answers["hi"] = Answer("hello")
    return team


async def texts(channel: Channel, times: int, author: str = "anna") -> list[str]:
    return [reply.text for _ in range(times) for reply in await channel.say("hi", author=author)]


def an_hour_passes(root: Path) -> None:
    database = Database(sqlite_url(root / "chatkut.sqlite"))
    with database.writing() as session:
        session.execute(update(MessageRow).values(answered_at=datetime(2020, 1, 1, tzinfo=UTC)))
    database.close()


async def test_what_comes_too_fast_is_left_out_and_that_is_said_once(busy: Channel) -> None:
    said = await texts(busy, 9)
    assert said[:3] == ["hello"] * 3
    assert said[3:] == [
        "That is faster than I can follow: I take 3 messages a minute from one person. I leave out "
        "what comes above that; nothing was changed. Say it again in a minute."
    ]
    assert len(busy.planner.requests) == 3


async def test_others_are_heard_meanwhile_until_the_channel_is_full(busy: Channel) -> None:
    await texts(busy, 9)
    said = await texts(busy, 3, "ben") + await texts(busy, 3, "cleo")
    assert said[:2] == ["hello", "hello"]
    assert len(said) == 3
    assert "5 messages a minute in one channel" in said[2]


async def test_a_channel_that_is_full_leaves_others_alone(busy: Channel) -> None:
    await texts(busy, 3)
    await texts(busy, 2, "ben")
    assert "in one channel" in (await texts(busy, 1, "ben"))[0]
    busy.name = "chat:other"
    assert await texts(busy, 1, "ben") == ["hello"]


async def test_a_person_has_one_limit_for_all_channels(busy: Channel) -> None:
    await texts(busy, 3)
    busy.name = "chat:other"
    assert "from one person" in (await texts(busy, 1))[0]


async def test_after_a_minute_it_goes_on(busy: Channel, tmp_path: Path) -> None:
    await texts(busy, 5)
    an_hour_passes(tmp_path)
    assert await texts(busy, 1) == ["hello"]


async def test_whoever_goes_on_too_fast_is_heard_at_the_limit(
    busy: Channel, tmp_path: Path
) -> None:
    await texts(busy, 3)
    an_hour_passes(tmp_path)
    said = await texts(busy, 20)
    assert said.count("hello") == 3


async def test_a_flood_of_redeliveries_does_not_count(busy: Channel) -> None:
    for _ in range(20):
        await busy.say("hi", message_id="same")
    assert await texts(busy, 2) == ["hello", "hello"]


async def test_the_limit_holds_in_every_process_and_after_a_restart(
    busy: Channel, tmp_path: Path
) -> None:
    await texts(busy, 3)
    async with opened(tmp_path, has_outbox=True) as other:
        other.name, other.numbers = busy.name, count(100)
        other.set(person_per_minute=3)
        assert "from one person" in (await texts(other, 1))[0]
    assert await texts(busy, 1) == []


async def test_a_message_that_was_left_out_changes_nothing(busy: Channel, beach: Path) -> None:
    await busy.say("", beach)
    await texts(busy, 2)
    await busy.say(ops(trim(1)))
    assert await busy.revision() == 1


async def test_without_limits_nobody_is_held_up(team: Channel) -> None:
    team.planner.answers["hi"] = Answer("hello")
    assert await texts(team, 40) == ["hello"] * 40


async def test_what_was_promised_is_done_however_much_was_said_since(busy: Channel) -> None:
    await texts(busy, 9)
    (answer,) = await busy.say("hi", message_id=f"m1{AGAIN}")
    assert answer.text == "hello"
