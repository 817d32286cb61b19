"""Films that other services were asked for, in SQL, by the database's clock."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.adapters.store.database import Database, now
from bot.adapters.store.tables import RemoteRenderRow
from bot.adapters.store.threads import in_thread
from bot.ports import RemoteRender


class SqlRemoteRenders:
    """The `RemoteRenders` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def find(self, film: str) -> RemoteRender | None:
        with self._database.reading() as session:
            return _read(session, film)

    @in_thread
    def ask(self, film: str, known: RemoteRender | None) -> RemoteRender | None:
        with self._database.writing(film) as session:
            if _read(session, film) != known:
                return None
            return _keep(session, film, "", "")

    @in_thread
    def begun(self, film: str, ref: str, bucket: str) -> RemoteRender:
        with self._database.writing(film) as session:
            return _keep(session, film, ref, bucket)

    @in_thread
    def forget(self, film: str) -> None:
        with self._database.writing(film) as session:
            session.exec(delete(RemoteRenderRow).where(col(RemoteRenderRow.film) == film))

    @in_thread
    def forget_before(self, moment: datetime) -> int:
        with self._database.writing() as session:
            gone = session.exec(delete(RemoteRenderRow).where(col(RemoteRenderRow.since) < moment))
            return gone.rowcount


def _read(session: Session, film: str) -> RemoteRender | None:
    row = session.get(RemoteRenderRow, film)
    return RemoteRender(row.film, row.since, row.ref, row.bucket) if row else None


def _keep(session: Session, film: str, ref: str, bucket: str) -> RemoteRender:
    since = now(session)
    session.merge(RemoteRenderRow(film=film, ref=ref, bucket=bucket, since=since))
    return RemoteRender(film, since, ref, bucket)
