"""The schema: which version a database has, and how it comes to the present one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, inspect, text

from bot.ports import StoreFailed

SCHEMA_HEAD = "0006"
"""The newest migration. Knowing it here saves loading Alembic at every start; a test compares."""

_NOT_OURS = frozenset({"datasource_outputs", "dbos_datasource_migrations"})
_MIGRATION_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('chatkut migration', 0))")


def is_ours(name: str | None, kind: str, _: object) -> bool:
    """Whether Alembic is to compare something; tables of the job engine lie next to ours."""
    return kind != "table" or name not in _NOT_OURS


def schema_version(connection: Connection) -> str | None:
    """The newest migration that a database has seen."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def migrate(engine: Engine) -> None:
    """Bring a database to the present schema; of several processes at once, one does it.

    Raises:
        StoreFailed: It was written by a newer version, or its folder cannot be written.
    """
    with _alone(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(_MIGRATION_LOCK)
        _upgrade(connection)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Keep other processes from migrating the same file; on Postgres, its own lock does that."""
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = FileLock(Path(engine.url.database or "").with_suffix(".migrate.lock"))
    try:
        lock.acquire()
    except OSError as error:
        raise StoreFailed(
            f"The data directory cannot be written ({error.strerror}): make it writable or set"
            " CHATKUT_DATA_DIR."
        ) from error
    with lock:
        yield


def _upgrade(connection: Connection) -> None:
    from alembic import command  # loaded only when there is something to migrate
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "bot.adapters.store:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreFailed(
            "The database was written by a newer ChatKut: upgrade and try again."
        ) from error
