"""What every store must do; today there is one, SQLite, opened as the program opens it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.adapters.store.database import SCHEMA_HEAD, Database
from bot.adapters.store.repository import SqlConversations, SqlRenders
from bot.adapters.store.tables import Table
from bot.engine.composition import Canvas, Composition
from bot.engine.history import Diff
from bot.ports import (
    AlreadyKept,
    Choice,
    Commit,
    Question,
    RenderRecord,
    StaleRevision,
    StoreFailed,
    Turn,
)

CHANNEL = "terminal:launch"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "chatkut.sqlite")
    yield opened
    opened.close()


def change(before: Composition, base: int, width: int, message_id: str = "") -> Commit:
    after = before.but(canvas=Canvas(width=width, height=360))
    return Commit(
        base=base,
        comp=after,
        diff=Diff.between(before, after),
        kind="edit",
        author="anna",
        message_id=message_id or f"m{base}-{width}",
        text="make it smaller",
        summary=("Format changed",),
        focus=("v1",),
    )


async def test_a_new_channel_has_an_empty_composition(database: Database) -> None:
    head = await SqlConversations(database).head(CHANNEL)
    assert (head.revision, head.comp) == (0, Composition())


async def test_a_commit_becomes_the_head_and_is_told_by_the_history(database: Database) -> None:
    store = SqlConversations(database)
    commit = change(Composition(), 0, 640)
    await store.keep(CHANNEL, Turn((commit,)))
    head = await store.head(CHANNEL)
    assert (head.revision, head.comp) == (1, commit.comp)
    (entry,) = await store.history(CHANNEL)
    assert (entry.author, entry.summary, entry.focus) == ("anna", ("Format changed",), ("v1",))
    assert await store.diff(CHANNEL, 1) == commit.diff


async def test_channels_do_not_see_each_other(database: Database) -> None:
    store = SqlConversations(database)
    await store.keep(CHANNEL, Turn((change(Composition(), 0, 640),)))
    assert (await store.head("terminal:other")).revision == 0
    assert await store.history("terminal:other") == ()
    with pytest.raises(StoreFailed):
        await store.diff("terminal:other", 1)


async def test_a_commit_on_an_old_revision_is_refused(database: Database) -> None:
    store = SqlConversations(database)
    await store.keep(CHANNEL, Turn((change(Composition(), 0, 640),)))
    with pytest.raises(StaleRevision):
        await store.keep(CHANNEL, Turn((change(Composition(), 0, 320),)))
    assert (await store.head(CHANNEL)).comp.canvas.width == 640


async def test_the_same_message_is_committed_once(database: Database) -> None:
    store = SqlConversations(database)
    await store.keep(CHANNEL, Turn((change(Composition(), 0, 640, "m1"),)))
    assert await store.known(CHANNEL, "m1")
    assert not await store.known(CHANNEL, "m2")
    assert not await store.known("terminal:other", "m1")
    with pytest.raises(AlreadyKept):
        await store.keep(CHANNEL, Turn((change(Composition(), 0, 640, "m1"),)))
    assert len(await store.history(CHANNEL)) == 1


async def test_of_many_writers_at_once_each_revision_has_one(tmp_path: Path) -> None:
    stores = [SqlConversations(Database(tmp_path / "chatkut.sqlite")) for _ in range(4)]

    async def write(store: SqlConversations, number: int) -> None:
        while True:
            head = await store.head(CHANNEL)
            try:
                await store.keep(
                    CHANNEL, Turn((change(head.comp, head.revision, 100 + 2 * number),))
                )
            except StaleRevision:
                continue
            return

    await asyncio.gather(*(write(stores[n % 4], n) for n in range(20)))
    entries = await stores[0].history(CHANNEL)
    assert [entry.seq for entry in entries] == list(range(1, 21))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("snapshot = x'00112233'", "damaged"),
        ("sha256 = 'other'", "damaged"),
        ('diff = \'{"from": "the future"}\'', "another version"),
    ],
)
async def test_a_damaged_revision_is_noticed(
    database: Database, tmp_path: Path, damage: str, words: str
) -> None:
    store = SqlConversations(database)
    await store.keep(CHANNEL, Turn((change(Composition(), 0, 640),)))
    with closing(sqlite3.connect(tmp_path / "chatkut.sqlite")) as raw, raw:
        raw.execute(f"UPDATE revision SET {damage}")  # noqa: S608
    reading = store.diff(CHANNEL, 1) if damage.startswith("diff") else store.head(CHANNEL)
    with pytest.raises(StoreFailed, match=words):
        await reading


def test_a_database_of_a_newer_program_is_told(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreFailed, match="newer ChatKut"):
        Database(tmp_path / "chatkut.sqlite")


async def test_the_open_question_is_kept_until_it_is_settled(database: Database) -> None:
    store = SqlConversations(database)
    question = Question("Which one?", (Choice("the first", "trim @v1"),))
    await store.keep(CHANNEL, Turn(question=question))
    assert await store.question(CHANNEL) == question
    assert await store.question("terminal:other") is None
    await store.keep(CHANNEL, Turn())
    assert await store.question(CHANNEL) == question
    await store.keep(CHANNEL, Turn((change(Composition(), 0, 640),)))
    assert await store.question(CHANNEL) is None


async def test_a_turn_is_kept_whole_or_not_at_all(database: Database) -> None:
    store = SqlConversations(database)
    first = change(Composition(), 0, 640)
    with pytest.raises(StaleRevision):
        await store.keep(CHANNEL, Turn((first, change(first.comp, 5, 320)), question=Question("?")))
    assert (await store.head(CHANNEL)).revision == 0
    assert await store.question(CHANNEL) is None


async def test_renders_are_kept_with_paths_that_move_with_the_directory(
    database: Database, tmp_path: Path
) -> None:
    record = RenderRecord("r1", CHANNEL, 3, "720p", "running", 1200, 55.3)
    renders = SqlRenders(database, tmp_path)
    await renders.save(record)
    done = replace(record, state="done", path=tmp_path / "renders" / "film.mp4", seconds=4.5)
    await renders.save(done)
    assert await renders.past("done", CHANNEL) == (done,)
    assert await renders.past("done", "terminal:other") == ()
    assert await renders.past("running") == ()
    moved = await SqlRenders(database, tmp_path / "copy").past("done")
    assert moved[0].path == tmp_path / "copy" / "renders" / "film.mp4"


async def test_only_a_render_that_is_still_running_is_interrupted(
    database: Database, tmp_path: Path
) -> None:
    renders = SqlRenders(database, tmp_path)
    running = RenderRecord("r1", CHANNEL, 3, "720p", "running", 1200, 55.3)
    await renders.save(running)
    await renders.save(replace(running, id="r2", state="done"))
    for render_id in ("r1", "r2"):
        await renders.interrupt(render_id, "stopped")
    assert [record.error for record in await renders.past("failed")] == ["stopped"]
    assert [record.id for record in await renders.past("done")] == ["r2"]


def test_the_connection_is_durable_and_checks_foreign_keys(database: Database) -> None:
    with database.engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def test_the_migrations_make_just_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == SCHEMA_HEAD


def test_the_known_schema_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "bot.adapters.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_HEAD


def test_a_database_that_is_none_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "chatkut.sqlite"
    path.write_bytes(b"this is no database, whatever it is called" * 100)
    with pytest.raises(StoreFailed):
        Database(path)
