"""Jobs that wait for something outside, in SQL, by the database's clock."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import col, select

from bot.adapters.store.database import Database, now
from bot.adapters.store.tables import WaitRow
from bot.adapters.store.threads import in_thread
from bot.ports import Wait


class SqlWaits:
    """The `Waits` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def add(self, wait: Wait, poll_after_seconds: float) -> None:
        with self._database.writing(wait.job) as session:
            if session.get(WaitRow, wait.job) is None:
                poll_at = now(session) + timedelta(seconds=poll_after_seconds)
                session.add(WaitRow(job=wait.job, kind=wait.kind, ref=wait.ref, poll_at=poll_at))

    @in_thread
    def due(self, limit: int = 100) -> tuple[Wait, ...]:
        with self._database.reading() as session:
            query = select(WaitRow).where(col(WaitRow.poll_at) <= now(session))
            rows = session.exec(query.order_by(col(WaitRow.poll_at)).limit(limit))
            return tuple(Wait(row.job, row.kind, row.ref) for row in rows)

    @in_thread
    def postpone(self, job: str, seconds: float) -> None:
        with self._database.writing(job) as session:
            poll_at = now(session) + timedelta(seconds=seconds)
            session.exec(update(WaitRow).where(col(WaitRow.job) == job).values(poll_at=poll_at))

    @in_thread
    def remove(self, job: str) -> None:
        with self._database.writing(job) as session:
            session.exec(delete(WaitRow).where(col(WaitRow.job) == job))
