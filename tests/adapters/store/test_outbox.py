"""What every outbox must do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from bot.adapters.store.database import Database
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.tables import OutboxRow
from bot.ports import Address, Choice, Post, Progress, Reply, StoreFailed
from tests.adapters.store.samples import CHANNEL, OTHER, post, states


def put(database: Database, outbox: SqlOutbox, *posts: Post) -> None:
    for one in posts:
        with database.writing(one.to.channel) as session:
            outbox.put(session, one)


async def first(outbox: SqlOutbox, channel: str = CHANNEL) -> str | None:
    found = await outbox.first(channel)
    return found.key if found else None


async def test_posts_come_out_in_the_order_in_which_they_were_put(
    database: Database, outbox: SqlOutbox
) -> None:
    put(database, outbox, post("c"), post("z", channel=OTHER), post("a"), post("b"))
    order = []
    while (key := await first(outbox)) is not None:
        order.append(key)
        await outbox.sending(key)
        await outbox.sent(key, f"post-{key}")
    assert order == ["c", "a", "b"]
    assert await first(outbox, OTHER) == "z"


async def test_a_post_whose_fate_is_unknown_holds_up_its_channel(
    database: Database, outbox: SqlOutbox
) -> None:
    put(database, outbox, post("a"), post("b"))
    before = datetime.now(UTC)
    await outbox.sending("a")
    waiting = await outbox.first(CHANNEL)
    assert waiting is not None
    assert (waiting.key, waiting.attempts) == ("a", 1)
    assert waiting.sending_since is not None
    assert abs(waiting.sending_since - before) < timedelta(minutes=1)
    await outbox.sending("a")
    again = await outbox.first(CHANNEL)
    assert again is not None
    assert (again.attempts, again.sending_since) == (2, waiting.sending_since)


async def test_a_post_that_was_not_taken_is_tried_again_and_given_up_in_the_end(
    database: Database, outbox: SqlOutbox
) -> None:
    put(database, outbox, post("a"), post("b"))
    await outbox.sending("a")
    await outbox.unsent("a")
    waiting = await outbox.first(CHANNEL)
    assert waiting is not None
    assert (waiting.key, waiting.attempts, waiting.sending_since) == ("a", 1, None)
    await outbox.given_up("a", "The channel is gone.")
    assert await first(outbox) == "b"
    assert states(database) == [("a", "failed"), ("b", "pending")]


async def test_what_is_over_stays_over(database: Database, outbox: SqlOutbox) -> None:
    put(database, outbox, post("a"))
    await outbox.sent("a", "p1")
    await outbox.sending("a")
    await outbox.unsent("a")
    await outbox.given_up("a", "late")
    await outbox.sent("a", "p2")
    assert states(database) == [("a", "sent")]
    with database.reading() as session:
        assert session.execute(text("SELECT post_id, attempts FROM outbox")).one() == ("p1", 0)


async def test_a_key_is_put_once(database: Database, outbox: SqlOutbox) -> None:
    put(database, outbox, post("a"))
    with pytest.raises(StoreFailed):
        put(database, outbox, post("a"))


async def test_a_reply_comes_back_as_it_was_with_files_that_move_with_the_directory(
    database: Database, tmp_path: Path
) -> None:
    reply = Reply(
        "render",
        "Here it is",
        (Choice("again", "/render"),),
        (tmp_path / "renders" / "film.mp4", Path("/elsewhere/film.mp4")),
        3,
        0.25,
        Progress("encoding", 0.5, None),
    )
    put(database, SqlOutbox(database, tmp_path), Post("a", Address(CHANNEL, "t", "m"), reply))
    same = await SqlOutbox(database, tmp_path).first(CHANNEL)
    assert same == Post("a", Address(CHANNEL, "t", "m"), reply)
    moved = await SqlOutbox(database, tmp_path / "copy").first(CHANNEL)
    assert moved is not None
    assert moved.reply.files == (
        tmp_path / "copy" / "renders" / "film.mp4",
        Path("/elsewhere/film.mp4"),
    )


@pytest.mark.parametrize(
    "body", [{"kind": "hologram", "files": []}, {"kind": "done"}, {"files": [1]}, {"files": None}]
)
async def test_a_reply_of_another_version_does_not_hold_up_its_channel(
    database: Database, outbox: SqlOutbox, caplog: pytest.LogCaptureFixture, body: dict[str, object]
) -> None:
    put(database, outbox, post("a"), post("b"))
    with database.writing() as session:
        session.execute(update(OutboxRow).where(col(OutboxRow.key) == "a").values(body=body))
    assert await first(outbox) == "b"
    assert states(database) == [("a", "failed"), ("b", "pending")]
    assert caplog.messages == [
        f"post a in {CHANNEL} was given up: What was to be said was written by another version of"
        " ChatKut."
    ]


async def test_the_backlog_tells_how_many_wait_and_since_when(
    database: Database, outbox: SqlOutbox
) -> None:
    assert await outbox.backlog() == (0, 0)
    assert await outbox.channels(0) == ()
    put(database, outbox, post("a"), post("b"), post("c", channel=OTHER), post("d"))
    await outbox.sending("b")
    await outbox.sent("c", "p")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with database.writing() as session:
        old = col(OutboxRow.key).in_(("a", "c"))
        session.execute(update(OutboxRow).where(old).values(created_at=an_hour_ago))
    count, seconds = await outbox.backlog()
    assert count == 3
    assert 3590 < seconds < 3660
    assert await outbox.channels(60) == (CHANNEL,)
    assert await outbox.channels(7200) == ()


async def test_posts_from_before_the_clock_was_set_back_are_overdue(
    database: Database, outbox: SqlOutbox
) -> None:
    put(database, outbox, post("a"), post("b", channel=OTHER))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with database.writing() as session:
        session.execute(
            update(OutboxRow).where(col(OutboxRow.key) == "a").values(created_at=tomorrow)
        )
    assert await outbox.channels(60) == (CHANNEL,)


async def test_a_thread_is_joined_by_posting_in_it(database: Database, outbox: SqlOutbox) -> None:
    put(database, outbox, post("a", thread="t1"), post("b", thread=""))
    assert await outbox.joined(CHANNEL, "t1")
    assert await outbox.joined(CHANNEL, "m1")
    assert not await outbox.joined(CHANNEL, "t2")
    assert not await outbox.joined(CHANNEL, "")
    assert not await outbox.joined(OTHER, "t1")
