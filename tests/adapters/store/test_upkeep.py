"""What every store offers to sweeps."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlmodel import SQLModel

from bot.adapters.store.board import SqlBoard
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.tables import CostDayRow, MessageRow, OutboxRow, ProgressRow, RenderRow
from bot.adapters.store.upkeep import SqlUpkeep
from bot.engine.composition import Composition
from bot.ports import Address, Progress, RenderRecord, Shown, StoreFailed, Turn
from tests.adapters.store.samples import CHANNEL, OTHER, commit, post, said, states, with_clips

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
DAY = NOON.date()
RECORD = RenderRecord("r1", CHANNEL, 1, "720p", "done", 0, 0)


@pytest.fixture
def upkeep(database: Database, tmp_path: Path) -> SqlUpkeep:
    return SqlUpkeep(database, tmp_path)


def date_back(database: Database, table: type[SQLModel], **moments: datetime) -> None:
    with database.writing() as session:
        session.execute(update(table).values(**moments))


async def rendered(
    database: Database, root: Path, render_id: str, cost: int, channel: str = CHANNEL
) -> None:
    record = replace(RECORD, id=render_id, channel=channel, cost_microusd=cost)
    await SqlRenders(database, root).save(replace(record, path=root / "renders" / render_id))


async def test_clips_stay_in_use_when_they_leave_the_bin(
    database: Database, upkeep: SqlUpkeep
) -> None:
    store = SqlConversations(database)
    both, one = with_clips(Composition(), "a", "b"), with_clips(Composition(), "b", "c")
    turn = Turn((commit(Composition(), both, 0, "m1"), commit(both, one, 1, "m1/1")))
    await store.keep(said("m1"), turn)
    other = with_clips(Composition(), "a", "d")
    await store.keep(said("m1", OTHER), Turn((commit(Composition(), other, 0, "m1"),)))
    assert await upkeep.clips() == {"a", "b", "c", "d"}


async def test_old_films_are_told_until_they_are_removed(
    database: Database, upkeep: SqlUpkeep, tmp_path: Path
) -> None:
    await rendered(database, tmp_path, "r1", 0)
    date_back(database, RenderRow, updated_at=NOON)
    await rendered(database, tmp_path, "r2", 0)
    (old,) = await upkeep.old_films(NOON + timedelta(seconds=1))
    assert (old.id, old.path) == ("r1", tmp_path / "renders" / "r1")
    assert await upkeep.old_films(NOON) == ()
    await upkeep.film_removed("r1")
    assert await upkeep.old_films(NOON + timedelta(seconds=1)) == ()
    kept = await SqlRenders(database, tmp_path).past("done")
    assert [(record.id, record.path is None) for record in kept] == [("r2", False), ("r1", True)]


async def test_only_what_is_over_and_old_is_forgotten(
    database: Database, upkeep: SqlUpkeep, outbox: SqlOutbox
) -> None:
    board, store = SqlBoard(database), SqlConversations(database)
    await store.keep(said("old"), Turn())
    await board.show(Shown("old", Address(CHANNEL), Progress("encoding", 1)))
    for key in ("pending", "sending", "sent", "failed", "late"):
        with database.writing(CHANNEL) as session:
            outbox.put(session, post(key))
    await outbox.sending("sending")
    await outbox.sent("sent", "p1")
    await outbox.given_up("failed", "no such channel")
    for table in (MessageRow, ProgressRow, OutboxRow):
        name = {"message": "answered_at", "progress": "updated_at", "outbox": "created_at"}
        date_back(database, table, **{name[str(table.__tablename__)]: NOON})
    date_back(database, OutboxRow, sent_at=NOON)
    await outbox.sent("late", "p2")
    await store.keep(said("new"), Turn())
    assert await upkeep.forget(NOON) == 0
    assert await upkeep.forget(NOON + timedelta(days=1)) == 4
    assert states(database) == [("pending", "pending"), ("sending", "sending"), ("late", "sent")]
    assert not await store.known(CHANNEL, "old")
    assert await store.known(CHANNEL, "new")
    assert await board.shown("old") is None


async def test_costs_are_added_up_by_day_and_channel_again_and_again(
    database: Database, upkeep: SqlUpkeep, tmp_path: Path
) -> None:
    for number, cost in enumerate((3, 4, 0)):
        await rendered(database, tmp_path, f"r{number}", cost)
    await rendered(database, tmp_path, "r9", 50, OTHER)
    date_back(database, RenderRow, updated_at=NOON)
    await rendered(database, tmp_path, "today", 1000)
    assert await upkeep.rolled_up() is None
    for _ in range(2):
        await upkeep.roll_up(DAY)
    await upkeep.roll_up(DAY - timedelta(days=1))
    assert await upkeep.rolled_up() == DAY
    table = CostDayRow.metadata.tables["cost_day"]
    with database.reading() as session:
        rows = session.execute(table.select().order_by(table.c.microusd)).all()
    assert rows == [(DAY, CHANNEL, "render", 7), (DAY, OTHER, "render", 50)]
    assert await upkeep.spent(DAY) == 57
    assert await upkeep.spent(DAY + timedelta(days=1)) == 0
    assert await upkeep.spent(date(2000, 1, 1)) == 57


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_backup_is_a_whole_database_in_one_file(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    await SqlConversations(database).keep(said("m1"), Turn())
    into = tmp_path / "backups" / "copy.sqlite"
    upkeep = SqlUpkeep(database, tmp_path)
    with database.writing() as session:  # a writer does not hold it up, and is not in it
        session.execute(text("DELETE FROM message"))
        await upkeep.backup(into)
    with database.writing() as session:
        session.execute(text("DELETE FROM message"))
    database.close()
    assert names(into.parent) == ["copy.sqlite"]
    with closing(sqlite3.connect(into)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    restored = Database(sqlite_url(into))
    assert await SqlConversations(restored).known(CHANNEL, "m1")
    restored.close()


async def test_a_backup_replaces_the_one_before_and_what_a_crash_left(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    into = tmp_path / "copy.sqlite"
    into.write_bytes(b"old")
    into.with_name("copy.sqlite.part").write_bytes(b"half a page")
    into.with_name("copy.sqlite.part-journal").write_bytes(b"and a journal")
    await SqlUpkeep(database, tmp_path).backup(into)
    database.close()
    assert into.read_bytes().startswith(b"SQLite format 3")
    assert [name for name in names(tmp_path) if "copy" in name] == ["copy.sqlite"]


async def test_a_backup_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="backup"):
        await SqlUpkeep(database, tmp_path).backup(tmp_path / "file" / "copy.sqlite")
    database.close()


async def test_postgres_is_backed_up_by_others(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    await SqlUpkeep(database, tmp_path).backup(tmp_path / "copy.sqlite")
    database.close()
    assert names(tmp_path) == []


async def test_the_channels_that_have_a_clip_are_known(database: Database, tmp_path: Path) -> None:
    upkeep, conversations = SqlUpkeep(database, tmp_path), SqlConversations(database)
    shared, own = "aa" * 32, "bb" * 32
    for channel, clips in ((CHANNEL, (shared, own)), (OTHER, (shared,))):
        turn = Turn((commit(Composition(), with_clips(Composition(), *clips), 0, "m1"),))
        await conversations.keep(said("m1", channel), turn)
    users = {shared: frozenset({CHANNEL, OTHER}), own: frozenset({CHANNEL})}
    assert await upkeep.clip_users() == users


async def test_what_a_day_cost_is_booked_by_kind_and_again_replaces_it(
    database: Database, tmp_path: Path
) -> None:
    upkeep, day = SqlUpkeep(database, tmp_path), date(2026, 3, 14)
    await upkeep.book("storage", day, {CHANNEL: 5, OTHER: 7})
    await upkeep.book("other", day, {CHANNEL: 100})
    await upkeep.book("storage", day, {CHANNEL: 6, OTHER: 0})
    assert await upkeep.spent(day) == 106
