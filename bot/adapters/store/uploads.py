"""Uploads and the links that they come by, in SQL."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, ColumnElement, cast, delete, func, or_, update
from sqlmodel import Session, col, select

from bot.adapters.store.database import Database
from bot.adapters.store.tables import ClaimRow, UploadRow
from bot.adapters.store.threads import in_thread
from bot.ports import Claim, Created, Message, Room, UploadRecord, UploadState

_ALL = "uploads"
"""The disk is one for all, so that who promises room on it is alone."""

_STATES: tuple[UploadState, ...] = ("open", "complete", "accepted", "taken")
_LOST = timedelta(days=30)
_MESSAGE = TypeAdapter(Message)
_STATE: TypeAdapter[UploadState] = TypeAdapter(UploadState)


class SqlUploads:
    """The ports `Uploads` and `FinishedUploads` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def create(self, upload: UploadRecord, room: Room) -> Created:
        channel = upload.asked.channel
        with self._database.writing(_ALL) as session:
            if _kept(session, channel) + upload.length > room.in_channel:
                return "channel full"
            if _promised(session) + upload.length > room.on_disk:
                return "disk full"
            session.add(_row(upload))
        return "created"

    @in_thread
    def find(self, upload_id: str) -> UploadRecord | None:
        with self._database.reading() as session:
            row = session.get(UploadRow, upload_id)
            return None if row is None else _upload(row)

    @in_thread
    def advance(self, upload: UploadRecord, offset: int) -> bool:
        unmoved = (col(UploadRow.id) == upload.id) & (col(UploadRow.received) == upload.offset)
        state = "complete" if offset == upload.length else "open"
        moved = update(UploadRow).where(unmoved, col(UploadRow.state) == "open")
        with self._database.writing(upload.id) as session:
            return session.exec(moved.values(received=offset, state=state)).rowcount == 1

    @in_thread
    def refuse(self, upload: UploadRecord, why: str) -> None:
        with self._database.writing(upload.id) as session:
            row = session.get(UploadRow, upload.id) or _row(upload)
            if row.state == "open":
                row.state, row.trouble = "complete", why
                session.add(row)

    @in_thread
    def remove(self, upload_id: str) -> bool:
        unfinished = (col(UploadRow.id) == upload_id) & (col(UploadRow.state) == "open")
        with self._database.writing(upload_id) as session:
            return session.exec(delete(UploadRow).where(unfinished)).rowcount == 1

    @in_thread
    def waiting(self) -> tuple[UploadRecord, ...]:
        complete = select(UploadRow).where(UploadRow.state == "complete")
        with self._database.reading() as session:
            return tuple(_upload(row) for row in session.exec(complete))

    @in_thread
    def mark(self, upload_id: str, state: UploadState) -> None:
        before = col(UploadRow.state).in_(_STATES[: _STATES.index(state)])
        marked = update(UploadRow).where(col(UploadRow.id) == upload_id, before)
        with self._database.writing(upload_id) as session:
            session.exec(marked.values(state=state))

    @in_thread
    def expire(self, now: datetime) -> int:
        ended = col(UploadRow.expires_at)
        over = (ended < now) & col(UploadRow.state).in_(("open", "taken"))
        with self._database.writing(_ALL) as session:
            # A link is remembered until its token is too old to be taken again.
            closed = col(ClaimRow.expires_at) < now - timedelta(days=1)
            session.exec(delete(ClaimRow).where(closed))
            return session.exec(delete(UploadRow).where(or_(over, ended < now - _LOST))).rowcount

    @in_thread
    def needing_files(self, upload_ids: Iterable[str]) -> frozenset[str]:
        mine = col(UploadRow.id).in_(upload_ids)
        with self._database.reading() as session:
            query = select(UploadRow.id).where(mine, UploadRow.state != "taken")
            return frozenset(session.exec(query))


class SqlClaims:
    """The `Claims` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def claim(self, claim: Claim) -> Claim:
        with self._database.writing(claim.link) as session:
            row = session.get(ClaimRow, claim.link)
            if row is None:
                session.add(
                    ClaimRow(
                        link=claim.link,
                        holder=claim.holder,
                        asked=_MESSAGE.dump_python(claim.asked, mode="json"),
                        expires_at=claim.expires_at,
                    )
                )
            return claim if row is None else _claim(row)

    @in_thread
    def find(self, link: str) -> Claim | None:
        with self._database.reading() as session:
            row = session.get(ClaimRow, link)
            return None if row is None else _claim(row)

    @in_thread
    def close(self, link: str) -> None:
        closed = update(ClaimRow).where(col(ClaimRow.link) == link).values(is_closed=True)
        with self._database.writing(link) as session:
            session.exec(closed)


def _kept(session: Session, channel: str) -> int:
    """Bytes of a channel that are on their way, or not yet in the media store."""
    mine = (col(UploadRow.channel_key) == channel) & (col(UploadRow.state) != "taken")
    return _sum(session, UploadRow.length, mine)


def _promised(session: Session) -> int:
    """Bytes that unfinished uploads may still bring."""
    return _sum(
        session, col(UploadRow.length) - col(UploadRow.received), col(UploadRow.state) == "open"
    )


def _sum(session: Session, of: Any, where: ColumnElement[bool]) -> int:
    total = cast(func.coalesce(func.sum(of), 0), BigInteger)
    return session.exec(select(total).where(where)).one()


def _row(upload: UploadRecord) -> UploadRow:
    return UploadRow(
        id=upload.id,
        link=upload.link,
        channel_key=upload.asked.channel,
        asked=_MESSAGE.dump_python(upload.asked, mode="json"),
        length=upload.length,
        received=0,
        about=upload.metadata,
        state="open" if upload.length else "complete",
        expires_at=upload.expires_at,
    )


def _upload(row: UploadRow) -> UploadRecord:
    return UploadRecord(
        id=row.id,
        link=row.link,
        asked=_MESSAGE.validate_python(row.asked),
        length=row.length,
        metadata=row.about,
        expires_at=row.expires_at,
        offset=row.received,
        state=_STATE.validate_python(row.state),
        trouble=row.trouble,
    )


def _claim(row: ClaimRow) -> Claim:
    return Claim(
        row.link, row.holder, _MESSAGE.validate_python(row.asked), row.expires_at, row.is_closed
    )
