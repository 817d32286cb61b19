"""Moves the app's data from a SQLite file to Postgres, all or nothing."""

from collections.abc import Mapping

from sqlalchemy import Table as SqlTable
from sqlalchemy import func, insert, select, text
from sqlmodel import Session

from bot.adapters.store.database import Database
from bot.adapters.store.tables import Table
from bot.ports import StoreFailed

_BATCH = 500
_UNFINISHED = {"outbox": ("pending", "sending"), "render": ("ordered", "running")}
_NUMBERING = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), max(id)) FROM \"{0}\""


def transfer(source: Database, target: Database) -> Mapping[str, int]:
    """Copy all rows to an empty Postgres database; how many there were of each table.

    Raises:
        StoreFailed: Something waits to be said or rendered in the source, the target is not empty,
            or the copy is not complete; the target is as it was before.
    """
    if source.is_shared or not target.is_shared:
        raise StoreFailed("Data can only be moved from a SQLite file to Postgres.")
    with target.writing("transfer") as new, source.reading() as old:
        _refuse_unfinished(old)
        _refuse_used(new)
        return {table.name: _copied(table, old, new) for table in Table.metadata.sorted_tables}


def _refuse_unfinished(old: Session) -> None:
    for name, states in _UNFINISHED.items():
        table = Table.metadata.tables[name]
        query = select(func.count()).select_from(table).where(table.c.state.in_(states))
        if waiting := old.scalar(query):
            raise StoreFailed(
                f"ChatKut has not finished: {waiting} in {name!r} are {' or '.join(states)}."
                " Let it finish, stop it, and try again."
            )


def _refuse_used(new: Session) -> None:
    if any(_count(Table.metadata.tables[name], new) for name in ("revision", "message")):
        raise StoreFailed(
            "The Postgres database is in use already, and nothing was copied into it: name an"
            " empty one in CHATKUT_DATABASE_URL."
        )


def _copied(table: SqlTable, old: Session, new: Session) -> int:
    rows = old.execute(select(table), execution_options={"yield_per": _BATCH})
    for batch in rows.mappings().partitions():
        new.execute(insert(table), [dict(row) for row in batch])
    count = _count(table, new)
    if count != _count(table, old):
        raise StoreFailed(f"The copy of {table.name!r} is not complete; nothing was copied.")
    if table.autoincrement_column is not None:
        new.execute(text(_NUMBERING.format(table.name)))
    return count


def _count(table: SqlTable, session: Session) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
