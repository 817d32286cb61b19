"""The database: connections with the right pragmas, migrations at start, errors as sentences."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.ports import StoreFailed

SCHEMA_HEAD = "0001"
"""The newest migration. Knowing it here saves loading Alembic at every start; a test compares."""

_NO_ROOM = 1 << 20
_READING = "chatkut_reading"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


class Database:
    """A SQLite file, brought to the present schema when it is opened."""

    def __init__(self, path: Path) -> None:
        self.engine = _engine(path)
        with sentences(path):
            if _schema(self.engine) != SCHEMA_HEAD:
                with FileLock(path.with_suffix(".migrate.lock")):
                    _migrate(self.engine)
        self._path = path

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error.

        Raises:
            StoreFailed: The database cannot be read or written.
        """
        with (
            sentences(self._path),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One view of the data, which waits for no writer.

        Raises:
            StoreFailed: The database cannot be read.
        """
        reader = self.engine.execution_options(**{_READING: True})
        with sentences(self._path), Session(reader, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred transaction that turns to writing fails at once when another process wrote
        # meanwhile; an immediate one waits for its turn.
        reading = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _schema(engine: Engine) -> str | None:
    with engine.execution_options(**{_READING: True}).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def _migrate(engine: Engine) -> None:
    from alembic import command  # loaded only when there is something to migrate
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "bot.adapters.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreFailed(
                "The data directory was written by a newer ChatKut: upgrade and try again."
            ) from error


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn database errors into `StoreFailed` with advice."""
    try:
        yield
    except DBAPIError as error:
        raise StoreFailed(
            f"{_advice(str(error.orig), path)} ({path.name}: {error.orig})"
        ) from error


def _advice(reason: str, path: Path) -> str:
    """Name the cause: SQLite calls a full disk an I/O error, and a read-only one unopenable."""
    if "full" in reason or shutil.disk_usage(path.parent).free < _NO_ROOM:
        return "The disk is full: free some space and try again; nothing was changed."
    if "readonly" in reason or not os.access(path.parent, os.W_OK):
        return "The data directory is read-only: make it writable or set CHATKUT_DATA_DIR."
    if "locked" in reason:
        return "Another process is using the database and did not finish in time: try again."
    if "unable to open" in reason:
        return "The database cannot be opened: check that the data directory exists and is yours."
    return "The database failed; nothing was changed. `chatkut doctor` may tell more."
