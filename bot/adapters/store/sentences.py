"""Errors of the databases as sentences: what happened, and what to do."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from bot.ports import StoreFailed

_NO_ROOM = 1 << 20
_UNOPENABLE = "The database cannot be opened: check that the data directory exists and is yours."
_POSTGRES = (
    (
        "53100|No space left",
        "The database server's disk is full: free some space there and try again;"
        " nothing was changed.",
    ),
    (
        "25006",
        "The database is read-only: point CHATKUT_DATABASE_URL at the primary server, or allow"
        " writing.",
    ),
    (
        "28P01|28000|authentication failed|no password supplied|pg_hba|role .* does not exist",
        "The database refuses the login: check user and password in CHATKUT_DATABASE_URL.",
    ),
    (
        "3D000|database .* does not exist",
        "There is no such database: create it, or check its name in CHATKUT_DATABASE_URL.",
    ),
    (
        "42501",
        "The database user may not do this: grant it the rights on its schema.",
    ),
    (
        "53300|too many|connection slots",
        "The database takes no more connections: try again, or raise its max_connections.",
    ),
    (
        "55P03|40001|40P01",
        "Another process is using the database and did not finish in time: try again.",
    ),
    (
        "08...|57P0.|connection|server|SSL|resolve",
        "The database cannot be reached: check that its server runs and that CHATKUT_DATABASE_URL"
        " is right; nothing was changed.",
    ),
)
"""By SQLSTATE and, where there is none because no connection was made, by words."""


@contextmanager
def sentences(url: URL) -> Iterator[None]:
    """Turn database errors into `StoreFailed` with advice, and never with a password."""
    try:
        yield
    except NoConnectionLeft as error:
        raise StoreFailed("The database is too busy just now: try again.") from error
    except DBAPIError as error:
        reason = (str(error.orig).strip().splitlines() or ["no reason given"])[0]
        if url.get_backend_name() == "sqlite":
            path = Path(url.database or "")
            raise StoreFailed(f"{_sqlite_advice(reason, path)} ({path.name}: {reason})") from error
        raise StoreFailed(f"{_postgres_advice(error, reason)} (Postgres: {reason})") from error


def _sqlite_advice(reason: str, path: Path) -> str:
    """Name the cause: SQLite calls a full disk an I/O error, and a read-only one unopenable."""
    if not path.parent.is_dir():
        return _UNOPENABLE
    if "full" in reason or shutil.disk_usage(path.parent).free < _NO_ROOM:
        return "The disk is full: free some space and try again; nothing was changed."
    if "readonly" in reason or not os.access(path.parent, os.W_OK):
        return "The data directory is read-only: make it writable or set CHATKUT_DATA_DIR."
    if "locked" in reason:
        return "Another process is using the database and did not finish in time: try again."
    if "unable to open" in reason:
        return _UNOPENABLE
    return "The database failed; nothing was changed. `chatkut doctor` may tell more."


def _postgres_advice(error: DBAPIError, reason: str) -> str:
    symptom = f"{getattr(error.orig, 'sqlstate', None) or ''} {reason}"
    for pattern, advice in _POSTGRES:
        if re.search(pattern, symptom):
            return advice
    return "The database failed; nothing was changed. `chatkut doctor` may tell more."
