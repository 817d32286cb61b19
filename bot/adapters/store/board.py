"""The latest progress of each job, in SQL."""

from datetime import UTC, datetime

from sqlalchemy import delete
from sqlmodel import col

from bot.adapters.store.database import Database
from bot.adapters.store.tables import ProgressRow
from bot.adapters.store.threads import in_thread
from bot.ports import Address, Progress, Shown


class SqlBoard:
    """The `Board` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def shown(self, job: str) -> Shown | None:
        with self._database.reading() as session:
            row = session.get(ProgressRow, job)
            if row is None:
                return None
            to = Address(row.channel_key, row.thread, row.message_id)
            progress = Progress(row.stage, row.fraction, row.seconds_left)
            return Shown(row.job, to, progress, row.post_id)

    @in_thread
    def show(self, shown: Shown) -> None:
        row = ProgressRow(
            job=shown.job,
            channel_key=shown.to.channel,
            thread=shown.to.thread,
            message_id=shown.to.message,
            stage=shown.progress.stage,
            fraction=shown.progress.fraction,
            seconds_left=shown.progress.seconds_left,
            post_id=shown.post,
            updated_at=datetime.now(UTC),
        )
        with self._database.writing(shown.job) as session:
            session.merge(row)

    @in_thread
    def clear(self, job: str) -> None:
        with self._database.writing(job) as session:
            session.exec(delete(ProgressRow).where(col(ProgressRow.job) == job))
