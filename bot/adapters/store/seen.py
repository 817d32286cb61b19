"""How far each place of a chat platform was heard, in SQL."""

from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import col, select

from bot.adapters.store.database import Database, now
from bot.adapters.store.tables import SeenRow
from bot.adapters.store.threads import in_thread

_REMEMBERED = timedelta(days=60)
"""Places that were silent for longer are not asked about at every start."""


class SqlSeen:
    """Remembers the last message of each place of one platform."""

    def __init__(self, database: Database, platform: str) -> None:
        self._database = database
        self._platform = platform

    @in_thread
    def latest(self) -> Mapping[str, str]:
        """The last message heard in each place that was not silent for long."""
        mine = col(SeenRow.place).startswith(f"{self._platform}:", autoescape=True)
        with self._database.reading() as session:
            lately = col(SeenRow.seen_at) > now(session) - _REMEMBERED
            rows = session.exec(select(SeenRow).where(mine, lately))
            return {row.place.partition(":")[2]: row.message_id for row in rows}

    @in_thread
    def last(self, place: str) -> str | None:
        """The last message heard in a place, however long ago."""
        with self._database.reading() as session:
            row = session.get(SeenRow, f"{self._platform}:{place}")
            return None if row is None else row.message_id

    @in_thread
    def saw(self, place: str, message: str) -> None:
        """Everything in this place up to this message was heard."""
        with self._database.writing(f"{self._platform}:{place}") as session:
            row = SeenRow(
                place=f"{self._platform}:{place}", message_id=message, seen_at=now(session)
            )
            session.merge(row)
