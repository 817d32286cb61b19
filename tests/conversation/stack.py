"""The whole of ChatKut in the process of the test, as `chatkut run` starts it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import col, select

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.tables import OutboxRow
from bot.app.service import serve
from bot.config import Settings
from bot.engine.composition import Composition
from tests.conversation.script import PATIENCE_SECONDS
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Stack:
    """ChatKut in a data directory; `keys` are the settings of its chat platform."""

    root: Path
    keys: dict[str, Any]
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator[None]:
        """At work, until it is stopped at once; the rest is for the next time."""
        stopping = asyncio.Event()
        service = asyncio.create_task(serve(self._settings(settings), "all", stopping))
        try:
            await self._ready(service)
            yield
        finally:
            stopping.set()
            await service

    def _settings(self, settings: dict[str, Any]) -> Settings:
        here: dict[str, Any] = {"data_dir": self.root, "http_port": self.port}
        quick = {"grace_seconds": 0, "cpu_jobs": 1, "keep_backups": 0}
        return Settings(_env_file=None, **(here | quick | self.keys | settings))

    async def _ready(self, service: asyncio.Task[None]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(trust_env=False) as http:
            while not service.done():
                try:
                    if (await http.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        await service

    async def revisions(self, channel: str) -> tuple[tuple[str, Composition], ...]:
        """Each revision: which kind it is, and the composition that it led to."""
        return await revisions(self.root, channel)

    def outbox(self) -> list[OutboxRow]:
        """Everything that was to be said, in order."""
        with closing(self._database()) as database, database.reading() as session:
            return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.id))))

    def is_settled(self) -> bool:
        """Whether everything was said, or given up."""
        return all(row.state in ("sent", "failed") for row in self.outbox())

    def _database(self) -> Database:
        return Database(sqlite_url(self.root / "chatkut.sqlite"))


async def revisions(root: Path, channel: str) -> tuple[tuple[str, Composition], ...]:
    """Each revision that a data directory holds of a channel."""
    with closing(Database(sqlite_url(root / "chatkut.sqlite"))) as database:
        kept = SqlConversations(database)
        history = await kept.history(channel)
        return tuple([(each.kind, (await kept.at(channel, each.seq)).comp) for each in history])
