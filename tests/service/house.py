"""The durable conversation with its real parts, in the process of the test.

A `House` is what outlives a process: the data directory, the databases, and the chat system. `Open`
is ChatKut at work there, until it is stopped or dies.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from sqlmodel import SQLModel, col, select

from bot.adapters.chat.bridge import BridgeChat
from bot.adapters.download import Downloads
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.tables import OutboxRow, RenderRow
from bot.app.work import Outside, Work
from bot.config import Settings
from bot.jobs.dbos_runtime import Place
from bot.jobs.engine import JobState, JobStatus
from bot.jobs.messages import DurableIntake
from bot.ports import Attachment, Chat, Message
from bot.web.metrics import Metrics
from tests.adapters.chat.bridge_site import BridgeSite, Clip, Visible
from tests.media import video

PATIENCE_SECONDS = 180  # what was put off while a platform was away is tried every minute
_DEFAULTS = {"cpu_jobs": 1, "person_per_minute": 0, "channel_per_minute": 0}

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class House:
    """Where ChatKut lives: `database_url` is "" for SQLite."""

    root: Path
    database_url: str
    site: BridgeSite

    @asynccontextmanager
    async def open(
        self, *, bridge: bool = True, edit_seconds: float = 0.2, **settings: Any
    ) -> AsyncIterator["Open"]:
        """ChatKut at work; in the end it stops at once and leaves the rest for later."""
        registry = CollectorRegistry()
        metrics = Metrics(registry)
        database = Database(self.database_url or sqlite_url(self.root / "chatkut.sqlite"))
        async with AsyncExitStack() as stack:
            stack.callback(database.close)
            chats: dict[str, Chat] = {}
            if bridge:
                chats["bridge"] = await stack.enter_async_context(self._chat(edit_seconds))
            where = self.database_url or sqlite_url(self.root / "jobs.sqlite")
            place = Place(where, self.root, watch_seconds=0.1, signal_poll_seconds=0.05)
            chosen = Settings(data_dir=self.root, **(_DEFAULTS | settings))
            outside = Outside(chats, OfflinePlanner(), metrics)
            work = Work(chosen, place, database, outside)
            await work.engine.start()
            stack.push_async_callback(work.engine.stop, 0)
            yield Open(self, work, work.intake, database, registry)

    def _chat(self, edit_seconds: float) -> BridgeChat:
        downloads = Downloads([self.site.host], 10 << 20)
        return BridgeChat(self.site.url, self.site.token, downloads, edit_seconds=edit_seconds)

    def offer(self, name: str, data: bytes, **clip: Any) -> Attachment:
        """A file in the chat, as it is attached to a message."""
        return Attachment(name, self.site.clip(name, Clip(data, **clip)))

    def offer_slowly(self, name: str, data: bytes) -> Attachment:
        """A file that trickles in until `hurry` is called for it."""
        return self.offer(name, data, block_bytes=len(data) // 400 + 1, pause_seconds=0.1)

    def hurry(self, name: str) -> None:
        self.site.clips[name].pause_seconds = 0

    async def asked_for(self, *names: str) -> None:
        """Wait until these files are being fetched."""
        clips = [self.site.clips[name] for name in names]
        await until(lambda: all(clip.asked for clip in clips))

    async def sees(self, wanted: Callable[[list[Visible]], bool]) -> None:
        """Wait until the posts are as wanted."""
        well = await asyncio.to_thread(self.site.wait, wanted, PATIENCE_SECONDS)
        assert well, [(post.content.kind, post.content.text) for post in self.site.posts]

    async def sees_kinds(self, *kinds: str, channel: str = "launch") -> list[Visible]:
        """Wait for these posts in a channel, progress apart, and nothing else; what they are."""
        await self.sees(lambda _: len(self.said(channel)) >= len(kinds))
        said = self.said(channel)
        assert [post.content.kind for post in said] == list(kinds), texts(said)
        return said

    def said(self, channel: str = "launch") -> list[Visible]:
        """The posts in a channel, without progress."""
        here = (post for post in list(self.site.posts) if post.content.channel == channel)
        return [post for post in here if post.content.kind != "progress"]

    def progress(self, message: str) -> list[Visible]:
        """The posts that show how far the work on a message is, or was."""
        about = (p for p in list(self.site.posts) if p.content.in_reply_to == message)
        return [post for post in about if post.content.kind == "progress"]


@dataclass(frozen=True, slots=True)
class Open:
    """ChatKut at work in a house."""

    house: House
    work: Work
    intake: DurableIntake
    database: Database
    registry: CollectorRegistry
    _numbers: list[str] = field(default_factory=list)

    async def hear(
        self,
        text: str = "",
        *files: Attachment,
        channel: str = "launch",
        id: str = "",
        chose: str = "",
    ) -> str:
        """Somebody says something, which is accepted; its id."""
        self._numbers.append(id)
        id = id or f"{channel}-{len(self._numbers)}-{len(self.house.site.posts)}"
        await self.intake.accept(Message(id, f"bridge:{channel}", "Ada", text, files, chose=chose))
        return id

    async def quiet(self) -> None:
        """Wait until every job has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.work.engine.find("queued", "delayed", "running"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def found(self, kind: str, *states: JobState) -> JobStatus:
        """Wait for a job of a kind in one of these states."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (jobs := await self.work.engine.find(*states, kind=kind)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return jobs[0]

    def rows(self, table: type[Row]) -> Sequence[Row]:
        with self.database.reading() as session:
            return session.exec(select(table)).all()

    def outbox(self) -> list[OutboxRow]:
        """What was to be said, in order."""
        with self.database.reading() as session:
            return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.id))))

    def renders(self) -> Sequence[RenderRow]:
        return self.rows(RenderRow)

    def counted(self, name: str, **labels: str) -> float:
        """The value of a metric."""
        return self.registry.get_sample_value(name, labels) or 0.0


def texts(posts: Sequence[Visible]) -> list[str]:
    return [post.content.text for post in posts]


async def until(look: Callable[[], object]) -> None:
    """Wait until a look finds something."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not look():  # noqa: ASYNC110 (other threads and processes set no events)
            await asyncio.sleep(0.02)


def clip_data(folder: Path, *, seconds: float = 1, sound: bool = True) -> bytes:
    """A small clip."""
    return video(folder / "made.mp4", seconds=seconds, size="160x90", sound=sound).read_bytes()
