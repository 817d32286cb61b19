"""While nothing can be written people are told once, and answered when it can be again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.handlers.route import answered
from bot.ports import Message, StoreFailed, Turn
from tests.service.house import House, Open, until


@contextmanager
def in_the_way(folder: Path) -> Iterator[None]:
    """A file where a folder should be: even root cannot write there."""
    aside = folder.with_name(f"{folder.name}.aside")
    if folder.exists():
        folder.rename(aside)
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)


@contextmanager
def read_only(chatkut: Open) -> Iterator[None]:
    """A database that cannot be written."""
    pool = chatkut.database.engine.pool

    def use(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    def leave(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA query_only = OFF")

    listeners = (("checkout", use), ("checkin", leave))
    for name, listener in listeners:
        event.listen(pool, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(pool, name, listener)


@pytest.mark.parametrize("folder", ["incoming", "media"])
async def test_a_clip_waits_for_a_place_to_be_kept_in(
    house: House, folder: str, beach: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.open() as chatkut:
        with in_the_way(house.root / folder):
            message = await chatkut.hear("trim it to 0.5 seconds", house.offer("b.mp4", beach))
            [told] = await house.sees_kinds("error")
            assert told.content.in_reply_to == message
            assert told.content.text.endswith(
                "Your message is kept, and I will go on with it as soon as that is solved."
            )
            await until(lambda: caplog.text.count("; again in") >= 2)
        await house.sees_kinds("error", "clip", "receipt")


async def test_words_wait_for_a_database_that_can_be_written(
    house: House, beach: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.quiet()
        with read_only(chatkut):
            await chatkut.hear("trim it to 0.5 seconds")
            [_, told] = await house.sees_kinds("clip", "error")
            assert "readonly" in told.content.text
            await until(lambda: caplog.text.count("; again in") >= 2)
        await house.sees_kinds("clip", "error", "receipt")


async def test_who_is_told_in_one_channel_is_not_forgotten_in_another(
    house: House, beach: bytes
) -> None:
    async with house.open() as chatkut:
        with in_the_way(house.root / "incoming"):
            for channel in ("launch", "other"):
                clip = house.offer("beach.mp4", beach)
                await chatkut.hear("", clip, channel=channel, id="m1")
                await house.sees_kinds("error", channel=channel)
        for channel in ("launch", "other"):
            await house.sees_kinds("error", "clip", channel=channel)


async def test_messages_that_wait_leave_their_place_to_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answered_where_it_can_be(message: Message, *rest: Any) -> Turn:
        if message.channel.startswith("bridge:bad"):
            raise StoreFailed("The disk is full.")
        return await answered(message, *rest)

    monkeypatch.setattr("bot.app.work.answered", answered_where_it_can_be)
    async with house.open() as chatkut:
        for number in range(6):  # more than are worked out at once
            await chatkut.hear("help", channel=f"bad{number}")
            await house.sees_kinds("error", channel=f"bad{number}")
        await chatkut.hear("help", channel="good")
        await house.sees_kinds("answer", channel="good")
