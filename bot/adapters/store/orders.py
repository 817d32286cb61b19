"""Renders that were ordered by messages, in SQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from sqlmodel import Session, col, select

from bot.adapters.store import books
from bot.adapters.store.database import Database
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import columns, record_of
from bot.adapters.store.revisions import composition_at
from bot.adapters.store.tables import RenderRow
from bot.adapters.store.threads import in_thread
from bot.engine.composition import Composition
from bot.engine.presets import PresetName
from bot.ports import Address, Notice, Ordered, Post, RenderOrder, RenderRecord, Reply, key_of

_OPEN = ("ordered", "running")


class SqlOrders:
    """The `Orders` port on a `Database`; replies go to the `outbox`, paths relative to `root`."""

    def __init__(self, database: Database, outbox: SqlOutbox, root: Path) -> None:
        self._database = database
        self._outbox = outbox
        self._root = root

    @in_thread
    def ordered(self, render_id: str) -> Ordered | None:
        with self._database.reading() as session:
            row = session.get(RenderRow, render_id)
            if row is None or not _is_open(row):
                return None
            comp = Composition()
            if row.revision:
                comp = composition_at(session, row.channel_key, row.revision)
            preset = cast(PresetName, row.preset)
            wanted = RenderOrder(row.id, row.channel_key, row.revision, comp, preset, row.person)
            return Ordered(wanted, _address(row))

    @in_thread
    def ended(self, render_id: str) -> RenderRecord | None:
        with self._database.reading() as session:
            row = session.get(RenderRow, render_id)
            if row is None or row.ordered_at is None or _is_open(row):
                return None
            return record_of(row, self._root)

    @in_thread
    def open(self, channel: str | None = None) -> tuple[str, ...]:
        query = select(RenderRow.id).where(
            col(RenderRow.state).in_(_OPEN), col(RenderRow.ordered_at).is_not(None)
        )
        if channel is not None:
            query = query.where(RenderRow.channel_key == channel)
        with self._database.reading() as session:
            return tuple(session.exec(query.order_by(col(RenderRow.ordered_at), RenderRow.id)))

    @in_thread
    def close(
        self, record: RenderRecord, reply: Reply | None, notices: Sequence[Notice] = ()
    ) -> bool:
        with self._database.writing(record.channel) as session:
            row = session.get(RenderRow, record.id)
            if row is None or not _is_open(row):
                return False
            row.sqlmodel_update(columns(record, self._root))
            if reply is not None:
                self._outbox.put(session, Post(key_of("render", row.id), _address(row), reply))
            books.note(session, notices)
            _withdraw(session, self._outbox, row)
            return True


def order(session: Session, wanted: RenderOrder, to: Address) -> None:
    """Keep an order. The composition is not: it is the one of its revision."""
    nothing_yet = RenderRecord(
        id=wanted.id,
        channel=wanted.channel,
        revision=wanted.revision,
        preset=wanted.preset,
        state="ordered",
        estimate_microusd=wanted.estimate_microusd,
        megapixel_frames=0,
        person=wanted.person,
    )
    session.add(
        RenderRow(
            **columns(nothing_yet, Path()),
            thread=to.thread,
            message_id=to.message,
            ordered_at=datetime.now(UTC),
        )
    )


def cancel(session: Session, outbox: SqlOutbox, channel: str, render_ids: Sequence[str]) -> None:
    """Cancel those renders of a channel that are not over; nobody is offered to do so any more."""
    here = col(RenderRow.id).in_(render_ids) & (col(RenderRow.channel_key) == channel)
    unfinished = col(RenderRow.state).in_(_OPEN)
    for row in session.exec(select(RenderRow).where(here, unfinished)).all():
        row.state, row.updated_at = "cancelled", datetime.now(UTC)
        _withdraw(session, outbox, row)


def _withdraw(session: Session, outbox: SqlOutbox, over: RenderRow) -> None:
    """Take the buttons from an estimate once the last film of its message is over."""
    others = select(RenderRow.id).where(
        RenderRow.channel_key == over.channel_key,
        RenderRow.message_id == over.message_id,
        col(RenderRow.state).in_(_OPEN),
        RenderRow.id != over.id,
    )
    if session.exec(others.limit(1)).first() is None:
        outbox.withdraw(session, _address(over))


def _is_open(row: RenderRow) -> bool:
    return row.state in _OPEN and row.ordered_at is not None


def _address(row: RenderRow) -> Address:
    return Address(row.channel_key, row.thread or "", row.message_id or "")
