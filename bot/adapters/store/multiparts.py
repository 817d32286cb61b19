"""Uploads to a bucket that have begun, in SQL."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.adapters.store.database import Database
from bot.adapters.store.tables import MultipartPartRow, MultipartRow
from bot.adapters.store.threads import in_thread
from bot.ports import Multipart


class SqlMultiparts:
    """The `Multiparts` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def unfinished(self, key: str) -> Multipart | None:
        latest = col(MultipartRow.begun_at).desc()
        query = select(MultipartRow).where(MultipartRow.key == key).order_by(latest)
        with self._database.reading() as session:
            row = session.exec(query).first()
            return None if row is None else _upload(session, row)

    @in_thread
    def begun_before(self, moment: datetime) -> tuple[Multipart, ...]:
        query = select(MultipartRow).where(col(MultipartRow.begun_at) < moment)
        with self._database.reading() as session:
            return tuple(_upload(session, row) for row in session.exec(query).all())

    @in_thread
    def begin(self, upload: Multipart) -> None:
        row = MultipartRow(
            upload_id=upload.id,
            key=upload.key,
            sha256=upload.sha256,
            part_bytes=upload.part_bytes,
        )
        with self._database.writing(upload.key) as session:
            session.add(row)

    @in_thread
    def arrived(self, upload_id: str, number: int, etag: str) -> None:
        with self._database.writing(upload_id) as session:
            session.merge(MultipartPartRow(upload_id=upload_id, number=number, etag=etag))

    @in_thread
    def end(self, upload_id: str) -> None:
        with self._database.writing(upload_id) as session:
            for table in (MultipartPartRow, MultipartRow):
                session.exec(delete(table).where(col(table.upload_id) == upload_id))


def _upload(session: Session, row: MultipartRow) -> Multipart:
    query = select(MultipartPartRow).where(MultipartPartRow.upload_id == row.upload_id)
    parts = {part.number: part.etag for part in session.exec(query)}
    return Multipart(row.upload_id, row.key, row.sha256, row.part_bytes, parts)
