"""Sites on both databases, copied from one that was migrated once."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.tables import Table
from bot.jobs.engine import Job, Kind, Payload
from tests.databases import made_file
from tests.jobs.site import NARROW, PLAIN, SERIAL, Site
from tests.postgres import PostgresServer

_TABLES = text("""
    SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
    WHERE schemaname IN ('dbos', 'public')
    AND tablename NOT LIKE '%migrations' AND tablename NOT IN ('queues', 'application_versions')
""")
"""What a test writes; on disk that is much less than a database for each test."""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    asyncio.run(_prepare(_sqlite(folder)))
    return folder


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = postgres.create("jobs")
    asyncio.run(_prepare(Site(tmp_path_factory.mktemp("prepare"), url)))
    return url


@pytest.fixture
def sqlite_site(sqlite_template: Path, tmp_path: Path) -> Site:
    shutil.copytree(sqlite_template, tmp_path, dirs_exist_ok=True)
    return _sqlite(tmp_path)


@pytest.fixture
def postgres_site(postgres_url: str, tmp_path: Path) -> Site:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        for table in connection.scalars(_TABLES).all():
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    engine.dispose()
    return Site(tmp_path, postgres_url)


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(f"{request.param}_site")
    return found


@pytest.fixture(scope="session")
def postgres_store_url(postgres: PostgresServer) -> str:
    url = postgres.create("jobs_store")
    Database(url).close()
    return url


@pytest.fixture
def store_url(site: Site, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The app's own database, empty, beside the site's."""
    if not site.is_shared:
        return sqlite_url(made_file(tmp_path / "store.sqlite"))
    url: str = request.getfixturevalue("postgres_store_url")
    database = Database(url)
    with database.writing() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.connection().execute(table.delete())
    database.close()
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Database]:
    database = Database(store_url)
    yield database
    database.close()


def _sqlite(folder: Path) -> Site:
    return Site(folder, f"sqlite:///{folder / 'jobs.sqlite'}")


async def _prepare(site: Site) -> None:
    """Let DBOS migrate, and the queues be known: a new queue is served only after a second."""

    async def nothing(_: Job, payload: Payload) -> Payload:
        return payload

    kinds = [Kind(queue.name, nothing, queue) for queue in (PLAIN, SERIAL, NARROW)]
    async with site.running(*kinds):
        pass
