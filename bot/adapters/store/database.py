"""The database, a SQLite file or Postgres: connections, transactions, what text can be stored."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, cast

from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from bot.adapters.store.schema import SCHEMA_HEAD, migrate, schema_version
from bot.adapters.store.sentences import sentences
from bot.ports import StoreFailed

_READING = "chatkut_reading"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")
_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_POSTGRES_DEFAULTS = {"connect_timeout": "5", "tcp_user_timeout": "30000"}
"""Seconds to connect, and milliseconds until a silent server counts as gone."""

_ALONE = text("""
    SELECT set_config('lock_timeout', '10s', true),
           pg_advisory_xact_lock(hashtextextended(:key, 0))
""")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Database:
    """The app's data, brought to the present schema when it is opened.

    `url` names a SQLite file (see `sqlite_url`) or a Postgres database. Only Postgres `is_shared`
    by several machines. Transactions of `reader` only read, and wait for no writer.

    Raises:
        StoreFailed: It cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self._url = _parsed(url)
        self.is_shared = self._url.get_backend_name() == "postgresql"
        self.engine = _postgres(self._url) if self.is_shared else _sqlite(self._url)
        # Threads that race for SQLite's lock sleep between their attempts, some for seconds. They
        # queue here: with 40 that keep turns, p99 was 4.4 s, and is 0.9 s.
        self._turn: AbstractContextManager[Any] = nullcontext() if self.is_shared else Lock()
        self.reader = self.engine.execution_options(
            **{"isolation_level": "REPEATABLE READ"} if self.is_shared else {_READING: True}
        )
        with sentences(self._url), ExitStack() as undo:
            undo.callback(self.close)
            with self.reader.connect() as connection:
                version = schema_version(connection)
            if version != SCHEMA_HEAD:
                migrate(self.engine)
            undo.pop_all()

    @contextmanager
    def writing(self, *keys: str) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error.

        Transactions that share a key run one after the other, on SQLite all do.

        Raises:
            StoreFailed: The database cannot be read or written.
        """
        with (
            self._turn,
            sentences(self._url),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            for key in filter(None, keys if self.is_shared else ()):
                session.connection().execute(_ALONE, {"key": key})
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One view of the data, which waits for no writer.

        Raises:
            StoreFailed: The database cannot be read.
        """
        with sentences(self._url), Session(self.reader, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def now(session: Session) -> datetime:
    """The time by the clock that all processes on a database share."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    return cast(datetime, session.scalar(select(func.clock_timestamp())))


def storable(value: Any) -> Any:
    """Plain data without what Postgres cannot hold: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(storable(part) for part in value)
    return value


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        return parsed.set(drivername=_DRIVERS[parsed.drivername])
    except (ArgumentError, KeyError, ValueError):
        # Neither the URL nor the cause is shown: there may be a password in them.
        raise StoreFailed(
            "CHATKUT_DATABASE_URL is not understood: it looks like"
            " postgresql://user:password@host:5432/database, with special characters as %40."
        ) from None


def _engine(url: URL, **options: Any) -> Engine:
    engine = create_engine(
        url, pool_size=10, max_overflow=20, hide_parameters=True, json_serializer=_dumped, **options
    )
    event.listen(engine, "before_cursor_execute", _cleaned, retval=True)
    return engine


def _dumped(value: Any) -> str:
    return json.dumps(storable(value))


def _cleaned(*of_cursor: Any) -> tuple[str, Any]:
    """What is about to be executed; text is cleaned here, in one place for all tables."""
    _connection, _cursor, statement, parameters, _context, _many = of_cursor
    return statement, storable(parameters)


def _postgres(url: URL) -> Engine:
    return _engine(url.update_query_dict({**_POSTGRES_DEFAULTS, **url.query}), pool_pre_ping=True)


def _sqlite(url: URL) -> Engine:
    engine = _engine(url)

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
