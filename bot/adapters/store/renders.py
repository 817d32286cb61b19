"""The books about renders, in SQL."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from bot.adapters.store.database import Database
from bot.adapters.store.paths import found, kept
from bot.adapters.store.tables import RenderRow
from bot.adapters.store.threads import in_thread
from bot.ports import RenderRecord, RenderState

_MOST_RENDERS = 200
_NOT_IN_RECORDS = {"updated_at", "channel_key", "path", "thread", "message_id", "ordered_at"}


class SqlRenders:
    """The `Renders` port on a `Database`; paths are kept relative to the data directory."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root

    @in_thread
    def save(self, record: RenderRecord) -> None:
        with self._database.writing(record.channel) as session:
            row = session.get(RenderRow, record.id)
            if row is None:
                session.add(RenderRow(**columns(record, self._root)))
            elif row.state != "cancelled" or record.state == "cancelled":
                row.sqlmodel_update(columns(record, self._root))

    @in_thread
    def find(self, render_id: str) -> RenderRecord | None:
        with self._database.reading() as session:
            row = session.get(RenderRow, render_id)
            return None if row is None else record_of(row, self._root)

    @in_thread
    def interrupt(self, render_id: str, error: str) -> None:
        # One that a message ordered is not over when its process dies: its job goes on later.
        running = (col(RenderRow.state) == "running") & col(RenderRow.ordered_at).is_(None)
        with self._database.writing() as session:
            session.exec(
                update(RenderRow)
                .where(col(RenderRow.id) == render_id, running)
                .values(state="failed", error=error)
            )

    @in_thread
    def past(self, state: RenderState, channel: str | None = None) -> tuple[RenderRecord, ...]:
        query = select(RenderRow).where(RenderRow.state == state)
        query = query.order_by(col(RenderRow.updated_at).desc()).limit(_MOST_RENDERS)
        if channel is not None:
            query = query.where(RenderRow.channel_key == channel)
        with self._database.reading() as session:
            return tuple(record_of(row, self._root) for row in session.exec(query))


def columns(record: RenderRecord, root: Path) -> dict[str, Any]:
    """What a row says of a render, as of now; where to answer is not in the record."""
    fields = asdict(record)
    channel, path = fields.pop("channel"), fields.pop("path")
    return fields | {
        "channel_key": channel,
        "path": path and kept(path, root),
        "updated_at": datetime.now(UTC),
    }


def record_of(row: RenderRow, root: Path) -> RenderRecord:
    """The record of a render, with its path where the data directory is now."""
    path = found(row.path, root) if row.path is not None else None
    fields = row.model_dump(exclude=_NOT_IN_RECORDS)
    return RenderRecord(**fields, channel=row.channel_key, path=path)
