"""Opening, migrating and losing a database."""

import asyncio
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url, storable
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.schema import SCHEMA_HEAD, is_ours
from bot.adapters.store.tables import Table
from bot.adapters.store.upkeep import SqlUpkeep
from bot.engine.composition import Composition
from bot.ports import Choice, Message, Pressed, Question, StoreFailed, Turn
from tests.adapters.store.old_data import write_data_of_0002, write_old_data
from tests.adapters.store.samples import CHANNEL, OTHER, change, said, with_clips
from tests.postgres import PostgresServer, postgres_server

NUMBERS = count()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that nobody has opened yet."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "empty.sqlite")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create(f"empty{next(NUMBERS)}")


@pytest.fixture
def old_engine(empty_url: str) -> Iterator[Engine]:
    engine = create_engine(empty_url)
    yield engine
    engine.dispose()


async def test_old_data_is_brought_to_the_present_schema(
    empty_url: str, old_engine: Engine, tmp_path: Path
) -> None:
    write_old_data(old_engine)
    database = Database(empty_url)
    store = SqlConversations(database)
    assert (await store.head(CHANNEL)).comp == with_clips(Composition(), "b", "c")
    assert [await store.known(CHANNEL, message) for message in ("m1", "m2", "m9")] == [
        True,
        True,
        False,
    ]
    assert [await store.known(OTHER, message) for message in ("m1", "m2", "m9")] == [
        True,
        False,
        True,
    ]
    assert await SqlUpkeep(database, tmp_path).clips() == {"a", "b", "c"}
    (film,) = await SqlRenders(database, tmp_path).past("done")
    assert (film.id, film.path) == ("r1", tmp_path / "renders" / "film.mp4")
    head = await store.head(CHANNEL)
    await store.keep(said("m3"), Turn((change(head.comp, head.revision, 640, "m3"),)))
    assert [entry.seq for entry in await store.history(CHANNEL)] == [1, 2, 3]
    database.close()


async def test_people_threads_and_buttons_come_to_data_of_before(
    empty_url: str, old_engine: Engine, tmp_path: Path
) -> None:
    write_data_of_0002(old_engine)
    database = Database(empty_url)
    store = SqlConversations(database, SqlOutbox(database, tmp_path))
    assert await store.question(CHANNEL) == Question("Which?", (Choice("one", "trim @v1"),))
    assert await store.question(OTHER) is None
    assert await store.pressed(CHANNEL, "k#0") == Pressed(Choice("Undo", "/undo"), False)
    anna, ben = Message("m4", CHANNEL, "anna", "hi"), Message("m5", CHANNEL, "ben", "hi")
    assert await store.focus(anna) == ("v1",)
    assert await store.focus(ben) is None
    assert await store.people(CHANNEL) == {"terminal:anna": "anna"}
    assert await store.settings(CHANNEL) == ()
    assert (await store.pace(anna, 60)).by_person == 0
    await store.keep(replace(anna, chose="k#0"), Turn(settled=True))
    assert await store.question(CHANNEL) is not None
    await store.keep(ben, Turn(settled=True))
    assert await store.question(CHANNEL) is None
    database.close()


def test_the_migrations_make_just_the_tables_of_the_models(empty_url: str) -> None:
    database = Database(empty_url)
    with database.engine.begin() as connection:
        for table in ("datasource_outputs", "dbos_datasource_migrations"):
            connection.execute(text(f"CREATE TABLE {table} (id INTEGER)"))
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == SCHEMA_HEAD
    database.close()


def test_several_processes_that_find_an_empty_database_migrate_it_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for database in threads.map(Database, [empty_url] * 4):
            database.close()


def test_the_known_schema_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "bot.adapters.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_HEAD


def test_a_database_of_a_newer_program_is_told(empty_url: str) -> None:
    database = Database(empty_url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreFailed, match="newer ChatKut"):
        Database(empty_url)


def test_what_is_read_is_one_view_while_others_write(empty_url: str) -> None:
    database = Database(empty_url)
    count = text("SELECT count(*) FROM setting")
    with database.reading() as reading:
        assert reading.scalar(count) == 0
        with database.writing() as writing:
            writing.execute(text("INSERT INTO setting VALUES ('c', 'n', 'v', '')"))
        assert reading.scalar(count) == 0
    with database.reading() as reading:
        assert reading.scalar(count) == 1
    database.close()


def test_forty_threads_may_use_a_database_at_once(empty_url: str) -> None:
    database = Database(empty_url)
    store, everybody = SqlConversations(database), threading.Barrier(40)

    def keep(number: int) -> None:
        everybody.wait()
        asyncio.run(store.keep(said(f"m{number}", f"terminal:{number % 8}"), Turn()))

    with ThreadPoolExecutor(40) as threads:
        list(threads.map(keep, range(40)))
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM message")) == 40
    database.close()


def test_a_sqlite_connection_is_durable_and_checks_foreign_keys(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    with database.engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]
    assert not database.is_shared
    database.close()


def test_any_path_can_be_opened(tmp_path: Path) -> None:
    folder = tmp_path / "what? 100% #1 über @home"
    folder.mkdir()
    Database(sqlite_url(folder / "chatkut.sqlite")).close()
    assert (folder / "chatkut.sqlite").exists()


def test_a_database_that_is_none_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "chatkut.sqlite"
    path.write_bytes(b"this is no database, whatever it is called" * 100)
    with pytest.raises(StoreFailed):
        Database(sqlite_url(path))


def test_a_full_disk_is_told_and_what_was_kept_stays(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    fill = text("INSERT INTO setting VALUES (:key, 'n', 'v', '')")
    with database.writing() as session:
        session.execute(fill, {"key": "first"})
        pages = session.scalar(text("PRAGMA page_count"))
        session.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(StoreFailed, match="disk is full"), database.writing() as session:
        session.execute(fill, {"key": "x" * 100_000})
    with database.reading() as session:
        assert session.scalars(text("SELECT channel_key FROM setting")).all() == ["first"]
    database.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "chatkut.migrate.lock").mkdir()
    with pytest.raises(StoreFailed, match="cannot be written"):
        Database(sqlite_url(tmp_path / "chatkut.sqlite"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="data directory exists"):
        Database(sqlite_url(tmp_path / "none" / "chatkut.sqlite"))


def test_a_present_sqlite_file_is_opened_without_loading_what_only_others_need(
    tmp_path: Path,
) -> None:
    url = sqlite_url(tmp_path / "chatkut.sqlite")
    Database(url).close()
    program = (
        "import sys; from bot.adapters.store.conversations import SqlConversations;"
        f"from bot.adapters.store.database import Database; Database({url!r}).close();"
        "print({'alembic', 'psycopg', 'dbos'} & set(sys.modules))"
    )
    ran = asyncio.run(_output(program))
    assert ran == "set()"


async def _output(program: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode().strip()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "",
        "mysql://anna:s3cret@localhost/x",
        "postgres://anna:s3:cret@localhost:port/x",
        "postgres://anna:s3cret@[::1/x",
    ],
)
def test_a_url_that_cannot_be_is_told_without_its_password(url: str) -> None:
    with pytest.raises(StoreFailed, match="CHATKUT_DATABASE_URL") as told:
        Database(url)
    assert "cret" not in "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_is_meant_however_its_url_begins(postgres_url: str, scheme: str) -> None:
    database = Database(postgres_url.replace("postgresql+psycopg", scheme))
    assert database.is_shared
    database.close()


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("postgres://anna:s3cret@127.0.0.1:{closed}/chatkut", "cannot be reached"),
        ("postgres://anna:s3cret@127.0.0.1:{port}/chatkut", "refuses the login"),
        ("postgres://postgres:s3cret@127.0.0.1:{port}/nowhere", "no such database"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_without_the_password(
    postgres: PostgresServer, url: str, advice: str
) -> None:
    with pytest.raises(StoreFailed, match=advice) as told:
        Database(url.format(port=postgres.port, closed=1))
    assert "s3cret" not in "".join(traceback.format_exception(told.value))
    assert told.value.retryable


def test_a_read_only_server_is_told(postgres_url: str) -> None:
    database = Database(f"{postgres_url}?options=-cdefault_transaction_read_only=on")
    with pytest.raises(StoreFailed, match="read-only"), database.writing() as session:
        session.execute(text("DELETE FROM message"))
    database.close()


@pytest.mark.parametrize(
    ("condition", "advice"),
    [
        ("disk_full", "disk is full"),
        ("too_many_connections", "no more connections"),
        ("deadlock_detected", "did not finish in time"),
        ("admin_shutdown", "cannot be reached"),
        ("internal_error", "nothing was changed"),
    ],
)
def test_what_a_server_suffers_from_is_told(postgres_url: str, condition: str, advice: str) -> None:
    database = Database(postgres_url)
    suffer = text(f"DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '{condition}'; END $$")
    with pytest.raises(StoreFailed, match=advice), database.writing() as session:
        session.execute(suffer)
    database.close()


def test_missing_rights_are_told(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.writing() as session:
        session.execute(text("DROP ROLE IF EXISTS guest"))
        session.execute(text("CREATE ROLE guest LOGIN"))
    with pytest.raises(StoreFailed, match="rights"):
        Database(postgres_url.replace("postgres@", "guest@"))
    database.close()


def test_a_key_that_another_process_does_not_let_go_of_is_told(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.writing("channel"):
        with database.writing("other channel"):
            pass
        impatient = pytest.raises(StoreFailed, match="did not finish in time")
        with impatient, database.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('channel', 0))"))
    database.close()


def stop_in_the_middle(database: Database, server: PostgresServer) -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM message"))
        server.stop()


async def test_a_server_that_was_stopped_and_started_is_used_again() -> None:
    with postgres_server() as server:
        database = Database(server.create("chatkut"))
        store = SqlConversations(database)
        await store.keep(said("m1"), Turn())
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreFailed, match="cannot be reached"):
                await store.keep(said("m2"), Turn())
            with pytest.raises(StoreFailed, match="cannot be reached"):
                await store.head(CHANNEL)
        server.start()
        assert await store.known(CHANNEL, "m1")
        await store.keep(said("m2"), Turn())
        with pytest.raises(StoreFailed, match="cannot be reached"):
            stop_in_the_middle(database, server)
        server.start()
        assert await store.known(CHANNEL, "m2")
        database.close()


def test_plain_data_is_made_storable() -> None:
    data = {"a\0": ["\ud800x", ("🌊", 1, None)], "b": {"c": 0.5}}
    assert storable(data) == {"a\ufffd": ["\ufffdx", ("🌊", 1, None)], "b": {"c": 0.5}}
