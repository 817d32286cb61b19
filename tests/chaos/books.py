"""What ChatKut has written down: its own data, and the jobs that are not over."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlmodel import SQLModel, col, select

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.tables import (
    ChannelRow,
    ClipUseRow,
    CompositionRow,
    MessageRow,
    OutboxRow,
    ProgressRow,
    RenderRow,
    RevisionRow,
)
from bot.engine.composition import Composition

Row = TypeVar("Row", bound=SQLModel)

_OVER = ("done", "failed", "cancelled")
_JOBS = "SELECT workflow_uuid, executor_id FROM {} WHERE status IN ('PENDING', {})"


@dataclass(frozen=True, slots=True)
class Books:
    """The databases of a service, read while it runs."""

    database: Database
    jobs: Engine

    def messages(self, channel: str) -> Counter[str]:
        """How often each message counts as answered."""
        rows = self._all(MessageRow)
        return Counter(row.message_id for row in rows if row.channel_key == channel)

    def revisions(self, channel: str) -> Counter[str]:
        """How many revisions each message led to."""
        with self.database.reading() as session:
            query = (
                select(RevisionRow.message_id)
                .join(CompositionRow, col(CompositionRow.id) == RevisionRow.composition_id)
                .join(ChannelRow, col(ChannelRow.id) == CompositionRow.channel_id)
                .where(ChannelRow.key == channel)
            )
            return Counter(session.exec(query))

    def composition(self, channel: str) -> Composition:
        """What the channel's edits have led to."""
        return asyncio.run(SqlConversations(self.database).head(channel)).comp

    def posts(self) -> Sequence[OutboxRow]:
        return self._all(OutboxRow)

    def renders(self) -> Sequence[RenderRow]:
        return self._all(RenderRow)

    def clips(self) -> set[str]:
        """The SHA-256 of every clip that a revision refers to."""
        return {row.sha256 for row in self._all(ClipUseRow)}

    def unfinished(self) -> list[str]:
        """What is still to be done, in words; empty when all is quiet."""
        posts = [f"post {p.key}" for p in self.posts() if p.state in ("pending", "sending")]
        films = [f"film {film.id}" for film in self.renders() if film.state not in _OVER]
        lines = [f"progress {row.job}" for row in self._all(ProgressRow)]
        return [*posts, *films, *lines, *self._jobs_in("'ENQUEUED', 'DELAYED'")]

    def running(self, executor: str) -> set[str]:
        """The jobs that this process is at, or was when it died."""
        return {id for id, of in self._jobs_in("''").items() if of == executor}

    def _jobs_in(self, states: str) -> dict[str, str]:
        shared = self.database.is_shared
        query = _JOBS.format("dbos.workflow_status" if shared else "workflow_status", states)
        with self.jobs.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(text(query))}

    def _all(self, table: type[Row]) -> Sequence[Row]:
        with self.database.reading() as session:
            return session.exec(select(table)).all()


@contextmanager
def opened(data: Path, database_url: str = "") -> Iterator[Books]:
    """The books of a service that has run once, in its data directory or on Postgres."""
    database = Database(database_url or sqlite_url(data / "chatkut.sqlite"))
    jobs = create_engine(database_url or sqlite_url(data / "jobs.sqlite"))
    try:
        yield Books(database, jobs)
    finally:
        database.close()
        jobs.dispose()
