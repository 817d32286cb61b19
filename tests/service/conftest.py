"""Houses on both databases, copied from one that was lived in before."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.adapters.chat.bridge_site import BridgeSite
from tests.postgres import PostgresServer
from tests.service.ears import Ears
from tests.service.house import House, clip_data

_TABLES = text("""
    SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
    WHERE schemaname IN ('dbos', 'public') AND tablename NOT LIKE '%migrations'
    AND tablename NOT IN ('queues', 'application_versions', 'alembic_version')
""")
"""What a test writes."""


@pytest.fixture
def site() -> Iterator[BridgeSite]:
    with BridgeSite() as site:
        yield site


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose databases are migrated."""
    root = tmp_path_factory.mktemp("furnished")
    _move_in(root, "")
    return root


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = postgres.create("service")
    _move_in(tmp_path_factory.mktemp("moving"), url)
    return url


@pytest.fixture
def sqlite_house(furnished: Path, tmp_path: Path, site: BridgeSite) -> House:
    root = tmp_path / "data"
    shutil.copytree(furnished, root)
    return House(root, "", site)


@pytest.fixture
def postgres_house(postgres_url: str, tmp_path: Path, site: BridgeSite) -> House:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        tables = ", ".join(connection.scalars(_TABLES).all())
        connection.execute(text(f"TRUNCATE {tables} CASCADE"))
    engine.dispose()
    return House(tmp_path / "data", postgres_url, site)


@pytest.fixture
def house(sqlite_house: House) -> House:
    return sqlite_house


@pytest.fixture(params=["sqlite", "postgres"])
def either_house(request: pytest.FixtureRequest) -> House:
    """For what matters on both databases."""
    found: House = request.getfixturevalue(f"{request.param}_house")
    return found


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    """An ffmpeg that looks into clips when it is let."""
    ears = Ears(tmp_path / "ears")
    ears.make()
    return ears


@pytest.fixture
def beach(tmp_path: Path) -> bytes:
    """A clip of a second."""
    return clip_data(tmp_path)


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A clip that takes long enough to render to do something meanwhile."""
    return clip_data(tmp_path_factory.mktemp("long"), seconds=30, sound=False)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show progress also of what does not take long."""
    monkeypatch.setattr("bot.jobs.progress.QUIET_SECONDS", 0.2)


def _move_in(root: Path, url: str) -> None:
    """Let the databases be migrated and the queues be known."""

    async def live() -> None:
        with BridgeSite() as site:
            async with House(root, url, site).open():
                pass

    asyncio.run(live())
