"""How DBOS is set up and torn down: everything about it that bites when left at its default."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos import _sys_db as dbos_database
from filelock import FileLock, Timeout
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError

from bot.jobs.dbos_bell import Bell
from bot.ports import StoreFailed, folder_of

log = logging.getLogger("chatkut.jobs")

APPLICATION_VERSION = "chatkut-1"
"""DBOS only takes up work of its own version, which by default is a hash of the workflows' source.

Change it only when no job is left.
"""

BROKEN = (OperationalError, InternalError)
"""What databases raise when they cannot do what they should."""

_THREADS = 64
_POSTGRES_CONNECTIONS = 20
_SQLITE_CONNECTIONS = 1
"""Threads queue for a connection, but sleep and race for SQLite's lock. With one connection, at
200 jobs accepted a second, p99 was 60 to 200 ms; with 20 it was 3 to 4 s. DBOS nests none."""
_MISSED_SIGNAL_SECONDS = 5.0
"""A signal that came while PostgreSQL was being reconnected is seen this late; else after 60 s."""
_LONGEST_PAUSE_SECONDS = 2.0
"""While the database is away DBOS doubles its pauses, up to 90 s, and sleeps on when it is back or
when the process is told to end."""
_LOGGED_CHARACTERS = 300
_QUIET_SECONDS = 60.0
_ALREADY_LOGGED = frozenset({"_wrap", "_execute_workflow_async"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine works, and as whom.

    `url` is the jobs' database: a SQLite file for one process, or PostgreSQL. `executor` is unique
    among the processes on one database, and the same after a restart: two with one name would do
    each other's work twice. A lock in `folder` refuses a second one on the same machine. `queues`
    are the names of those that it serves, None for all.
    """

    url: str = field(repr=False)  # there may be a password in it
    folder: Path
    executor: str = "embedded"
    queues: Collection[str] | None = None
    watch_seconds: float = 1.0
    signal_poll_seconds: float = 0.2


class _ImpatientTime:
    """The module `time` for DBOS's database layer, which does not sleep for long."""

    def __getattr__(self, name: str) -> object:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, _LONGEST_PAUSE_SECONDS))


class LeftForLater(BaseException):
    """The database broke under a job, which stays as it is until it is handed back.

    DBOS records every `Exception` as the outcome of the step or job; this one must not be.
    """


@contextmanager
def exclusive(place: Place) -> Iterator[None]:
    """Be the only process with this executor id on this machine; freed when the process dies."""
    lock = FileLock(place.folder / f"jobs-{folder_of(place.executor)}.lock")
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as taken:
        raise StoreFailed(
            f"Another ChatKut process is already working in {place.folder} as"
            f" {place.executor!r}: stop it first. Several can only share the work on PostgreSQL,"
            " each with a name of its own."
        ) from taken
    except OSError as error:
        raise StoreFailed(
            f"The data directory {place.folder} cannot be written ({error.strerror}): make it"
            " writable or set CHATKUT_DATA_DIR."
        ) from error
    try:
        yield
    finally:
        lock.release()


def write_ahead(url: str) -> None:
    """Make a SQLite file keep a write-ahead log, which it remembers: 3 to 7 times more jobs."""
    if _is_sqlite(url):
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        engine.dispose()


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def launch(place: Place, bell: Bell) -> DBOS:
    """Start DBOS on the running loop, where the jobs will run; after their registration."""
    config: DBOSConfig = {
        "name": "chatkut",
        "system_database_url": place.url,
        "application_version": APPLICATION_VERSION,
        "executor_id": place.executor,
        "serializer": DBOSPortableJSONSerializer(),
        "db_engine_kwargs": {"hide_parameters": True},
        "max_executor_threads": _THREADS,
        "sys_db_pool_size": _SQLITE_CONNECTIONS if _is_sqlite(place.url) else _POSTGRES_CONNECTIONS,
        "notification_listener_polling_interval_sec": place.signal_poll_seconds,
        "notification_coalesce_sec": place.signal_poll_seconds,  # unused, but it wakes up
        "log_level": "WARNING",
    }
    vars(dbos_database).update(time=_ImpatientTime())
    dbos = DBOS(config=config)
    if place.queues is not None:
        DBOS.listen_queues(list(place.queues))
    DBOS.launch()
    dbos._sys_db._notification_fallback_polling_interval = _MISSED_SIGNAL_SECONDS
    for stop in dbos.background_thread_stop_events:
        bell.hang(stop)
    return dbos


def stop_dequeuing(dbos: DBOS) -> None:
    """Take no more work from the queues; what runs goes on, but waits for no lost database."""
    for stop in dbos.background_thread_stop_events:
        stop.set()
    dbos._sys_db._retry_connection_errors = False


async def hand_back(executors: Collection[str]) -> int:
    """Put what these executors run back into its queues, each job in its old place.

    The only way to do this with the open parts of DBOS 3.4 is a private function.
    """
    handles = await asyncio.to_thread(DBOS._recover_pending_workflows, list(executors))
    return len(handles)


def backlog(dbos: DBOS) -> dict[str, tuple[int, float]]:
    """How many jobs wait in each queue, and since how many seconds the oldest does.

    DBOS can only list them all, which takes seconds when there are many.
    """
    rows = dbos._sys_db.tables.workflow_status
    waiting = (
        select(rows.c.queue_name, func.count(), func.min(rows.c.created_at))
        .where(rows.c.status.in_(("ENQUEUED", "DELAYED")))
        .group_by(rows.c.queue_name)
    )
    now = time.time()
    with dbos._sys_db.engine.connect() as connection:
        found = connection.execute(waiting).all()
    return {queue: (count, max(0.0, now - since / 1000)) for queue, count, since in found}


def unfinished(file: Path) -> int:
    """How many jobs that somebody waits for a stopped engine has left in its SQLite file."""
    if not file.exists():
        return 0
    engine = create_engine(f"sqlite:///{file}")
    with usable(), engine.connect() as connection:
        count = connection.exec_driver_sql(
            "SELECT count(*) FROM workflow_status"
            " WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED') AND name <> 'sweep'"
        ).scalar_one()
    engine.dispose()
    return int(count)


async def destroy() -> None:
    """Undo `launch`, so that it can be called again in this process."""
    # DBOS made its own threads the loop's, and is about to end them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
    await asyncio.to_thread(DBOS.destroy, destroy_registry=True)


@contextmanager
def usable() -> Iterator[None]:
    """Turn errors of the database into a sentence.

    Raises:
        StoreFailed: The database cannot be used.
    """
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreFailed(
            f"The jobs' database cannot be used just now ({reason}). Nothing that was accepted is"
            " lost; try again when it is back."
        ) from error


class _Relay(logging.Handler):
    """While a database is away DBOS complains at every look, about a dozen times a second."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said_at: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        source, at = (record.pathname, record.lineno), time.monotonic()
        if (
            record.funcName in _ALREADY_LOGGED
            or at < self._said_at.get(source, -_QUIET_SECONDS) + _QUIET_SECONDS
        ):
            return
        self._said_at[source] = at
        first_line = record.getMessage().splitlines()[0]
        log.log(record.levelno, "dbos: %s", first_line[:_LOGGED_CHARACTERS])


def relay_log() -> None:
    """Pass DBOS's warnings on to our log: one line each, without payloads and tracebacks.

    What comes from one place in DBOS is passed on once a minute.
    """
    source = logging.getLogger("dbos")
    source.handlers = [_Relay()]  # finding one, DBOS adds none for the console
    source.propagate = False
