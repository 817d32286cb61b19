"""The store on both databases. On Postgres all tests share one, emptied between them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.tables import Table
from tests.databases import made_file
from tests.postgres import PostgresServer

Opener = Callable[[], Database]


@pytest.fixture(scope="session")
def store_url(postgres: PostgresServer) -> str:
    return postgres.create("store")


@pytest.fixture
def postgres_url(store_url: str) -> str:
    database = Database(store_url)
    with database.writing() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(table.delete())
    database.close()
    return store_url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(made_file(tmp_path / "chatkut.sqlite"))
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def opener(url: str) -> Iterator[Opener]:
    """Opens the database, as another process would."""
    opened: list[Database] = []

    def open_it() -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


@pytest.fixture
def database(opener: Opener) -> Database:
    return opener()


@pytest.fixture
def outbox(database: Database, tmp_path: Path) -> SqlOutbox:
    return SqlOutbox(database, tmp_path)
