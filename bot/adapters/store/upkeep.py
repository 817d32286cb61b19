"""What sweeps ask of the store: what is still used, what is old, what was spent, a copy."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from bot.adapters.store.database import Database
from bot.adapters.store.renders import record_of
from bot.adapters.store.tables import (
    ChannelRow,
    ClipUseRow,
    CompositionRow,
    CostDayRow,
    MessageRow,
    OutboxRow,
    ProgressRow,
    QuestionRow,
    RenderRow,
    SeenRow,
    SettingRow,
)
from bot.adapters.store.threads import in_thread
from bot.ports import RenderRecord, StoreFailed


class SqlUpkeep:
    """The `Upkeep` port on a `Database`; paths are kept relative to `root`.

    With a post, the outbox forgets its buttons and that its thread was joined.
    """

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root

    @in_thread
    def clips(self) -> frozenset[str]:
        with self._database.reading() as session:
            return frozenset(session.exec(select(ClipUseRow.sha256)))

    @in_thread
    def clip_users(self) -> Mapping[str, frozenset[str]]:
        users = (
            select(ClipUseRow.sha256, ChannelRow.key)
            .join(CompositionRow, col(CompositionRow.id) == col(ClipUseRow.composition_id))
            .join(ChannelRow, col(ChannelRow.id) == col(CompositionRow.channel_id))
        )
        found: dict[str, set[str]] = defaultdict(set)
        with self._database.reading() as session:
            for sha256, channel in session.exec(users):
                found[sha256].add(channel)
        return {sha256: frozenset(channels) for sha256, channels in found.items()}

    @in_thread
    def old_films(self, before: datetime, channel: str | None = None) -> tuple[RenderRecord, ...]:
        query = select(RenderRow).where(
            RenderRow.state == "done",
            col(RenderRow.path).is_not(None),
            col(RenderRow.updated_at) < before,
        )
        if channel is not None:
            query = query.where(RenderRow.channel_key == channel)
        with self._database.reading() as session:
            return tuple(record_of(row, self._root) for row in session.exec(query))

    @in_thread
    def film_days(self) -> Mapping[str, int]:
        query = select(SettingRow.channel_key, SettingRow.value).where(SettingRow.name == "keep")
        with self._database.reading() as session:
            return {channel: int(days) for channel, days in session.exec(query)}

    @in_thread
    def film_removed(self, render_id: str) -> None:
        with self._database.writing() as session:
            session.exec(update(RenderRow).where(col(RenderRow.id) == render_id).values(path=None))

    @in_thread
    def forget(self, before: datetime) -> int:
        ended = func.coalesce(OutboxRow.sent_at, OutboxRow.created_at)
        over = col(OutboxRow.state).in_(("sent", "failed")) & (ended < before)
        with self._database.writing() as session:
            return sum(
                session.exec(query).rowcount
                for query in (
                    delete(MessageRow).where(col(MessageRow.answered_at) < before),
                    delete(OutboxRow).where(over),
                    delete(ProgressRow).where(col(ProgressRow.updated_at) < before),
                    delete(QuestionRow).where(col(QuestionRow.created_at) < before),
                    delete(SeenRow).where(col(SeenRow.seen_at) < before),
                )
            )

    @in_thread
    def roll_up(self, day: date) -> None:
        start = datetime.combine(day, time(), UTC)
        ended = col(RenderRow.updated_at)
        that_day = (ended >= start) & (ended < start + timedelta(days=1))
        total = func.sum(RenderRow.cost_microusd)
        sums = select(RenderRow.channel_key, total).where(that_day).group_by(RenderRow.channel_key)
        with self._database.writing(f"costs of {day}") as session:
            rendered = (col(CostDayRow.day) == day) & (col(CostDayRow.kind) == "render")
            session.exec(delete(CostDayRow).where(rendered))
            for channel, microusd in session.exec(sums.having(total > 0)).all():
                session.add(
                    CostDayRow(day=day, channel_key=channel, kind="render", microusd=microusd)
                )

    @in_thread
    def book(self, kind: str, day: date, microusd: Mapping[str, int]) -> None:
        booked = (col(CostDayRow.day) == day) & (col(CostDayRow.kind) == kind)
        with self._database.writing(f"costs of {day}") as session:
            session.exec(delete(CostDayRow).where(booked))
            for channel, cost in microusd.items():
                if cost:
                    row = CostDayRow(day=day, channel_key=channel, kind=kind, microusd=cost)
                    session.add(row)

    @in_thread
    def rolled_up(self) -> date | None:
        query = select(func.max(CostDayRow.day)).where(CostDayRow.kind == "render")
        with self._database.reading() as session:
            return session.exec(query).one()

    @in_thread
    def spent(self, since: date) -> int:
        query = select(func.sum(CostDayRow.microusd)).where(CostDayRow.day >= since)
        with self._database.reading() as session:
            return int(session.exec(query).one() or 0)

    @in_thread
    def backup(self, into: Path, of: Path | None = None) -> None:
        if self._database.is_shared:
            return
        source = of or Path(self._database.engine.url.database or "")
        part = into.with_name(f"{into.name}.part")
        try:
            _remove(part)
            into.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, part)
            part.replace(into)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                _remove(part)
            raise StoreFailed(
                f"The backup {into.name} could not be written ({error}): check the room on the disk"
                " and the rights on its folder."
            ) from error


def _copy(source: Path, into: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(into)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")  # all in one file


def _remove(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + suffix).unlink(missing_ok=True)
