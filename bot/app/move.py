"""Moving from SQLite to Postgres, when one process is not enough any more."""

from collections.abc import Mapping
from contextlib import closing

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.transfer import transfer
from bot.app.parts import opened_database, prepared
from bot.config import Settings
from bot.jobs.dbos_runtime import Place, exclusive, unfinished
from bot.ports import StoreFailed


def moved_to_postgres(settings: Settings) -> Mapping[str, int]:
    """Copy everything of the data directory's SQLite file; how many rows of each table.

    Files (media, films, pictures) stay where they are. The SQLite files are not changed.

    Raises:
        StoreFailed: There is nothing to move or nowhere to move it, ChatKut runs or has not
            finished; nothing was changed.
    """
    if settings.database_url is None:
        raise StoreFailed("Set CHATKUT_DATABASE_URL to the Postgres database to move to.")
    root = prepared(settings.data_dir)
    source, jobs = root / "chatkut.sqlite", root / "jobs.sqlite"
    if not source.exists():
        raise StoreFailed(f"There is nothing to move: {root} has no chatkut.sqlite.")
    with exclusive(Place(sqlite_url(jobs), root)):
        if waiting := unfinished(jobs):
            raise StoreFailed(
                f"{waiting} accepted messages and renders are not finished. Unset "
                "CHATKUT_DATABASE_URL, run `chatkut run --role drain`, and try again."
            )
        with (
            closing(Database(sqlite_url(source))) as old,
            closing(opened_database(settings, root)) as new,
        ):
            return transfer(old, new)
