"""Which processes are alive, in SQL, by the database's clock."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import Session, col, select

from bot.adapters.store.database import Database, now
from bot.adapters.store.tables import WorkerRow
from bot.adapters.store.threads import in_thread

_CLAIM_LASTS = timedelta(minutes=1)


class SqlWorkers:
    """The `Workers` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def seen(self, executor: str, role: str) -> None:
        with self._database.writing(executor) as session:
            at = now(session)
            row = session.get(WorkerRow, executor)
            if row is None:
                row = WorkerRow(executor=executor, role=role, started_at=at, seen_at=at)
            row.sqlmodel_update(
                {"role": role, "seen_at": at, "claimed_by": None, "claimed_at": None}
            )
            session.add(row)

    @in_thread
    def expect(self, executors: Collection[str]) -> None:
        asked = col(WorkerRow.executor).in_(executors)
        with self._database.reading() as session:
            known = set(session.exec(select(WorkerRow.executor).where(asked)))
        for executor in set(executors) - known:
            with self._database.writing(executor) as session:
                if session.get(WorkerRow, executor) is None:
                    at = now(session)
                    session.add(WorkerRow(executor=executor, role="", started_at=at, seen_at=at))

    @in_thread
    def silent(self, seconds: float) -> tuple[str, ...]:
        with self._database.reading() as session:
            long_ago = col(WorkerRow.seen_at) < now(session) - timedelta(seconds=seconds)
            query = select(WorkerRow.executor).where(long_ago, _unclaimed(session))
            return tuple(session.exec(query.order_by(col(WorkerRow.seen_at))))

    @in_thread
    def claim(self, executor: str, by: str) -> bool:
        with self._database.writing(executor) as session:
            free = (col(WorkerRow.executor) == executor) & _unclaimed(session)
            claimed = {"claimed_by": by, "claimed_at": now(session)}
            return session.exec(update(WorkerRow).where(free).values(**claimed)).rowcount == 1

    @in_thread
    def gone(self, executor: str) -> None:
        with self._database.writing(executor) as session:
            session.exec(delete(WorkerRow).where(col(WorkerRow.executor) == executor))


def _unclaimed(session: Session) -> ColumnElement[bool]:
    claimed_at = col(WorkerRow.claimed_at)
    return or_(claimed_at.is_(None), claimed_at < now(session) - _CLAIM_LASTS)
