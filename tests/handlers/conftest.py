"""A channel to talk in: real store, media, pictures and renderer, and a taught planner."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.adapters.exporters import FilesExporter
from bot.adapters.media.local import LocalMedia
from bot.adapters.media.subtitles import read_subtitles
from bot.adapters.renderers.cost_picture import CostPicture
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.timeline_picture import TimelinePicture
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.engine.presets import PresetName
from bot.handlers.direct import converse
from bot.handlers.services import Services
from bot.jobs.render import RenderDesk
from bot.ports import Attachment, Message, Reply, key_of
from tests.databases import made_database
from tests.fakes import RememberingChat, TaughtPlanner
from tests.media import video


@dataclass
class Channel:
    """Somebody at a channel: say something or press a button, get the replies."""

    services: Services
    chat: RememberingChat
    planner: TaughtPlanner
    name: str = "terminal:test"
    numbers: Iterator[int] = field(default_factory=itertools.count)
    keys: dict[int, str] = field(default_factory=dict)

    async def say(
        self, text: str, *files: Path, author: str = "anna", message_id: str = "", **more: Any
    ) -> list[Reply]:
        before = len(self.chat.replies)
        attachments = tuple(Attachment(path.name, str(path)) for path in files)
        number = message_id or f"m{next(self.numbers)}"
        message = Message(number, self.name, author, text, attachments, **more)
        await converse(message, self.chat, self.services)
        said = [reply for reply in self.chat.replies[before:] if reply.kind != "progress"]
        for place, reply in enumerate(said):
            self.keys[id(reply)] = key_of(self.name, number, str(place))
        return said

    async def press(self, reply: Reply, label: str, author: str = "anna", **more: Any) -> str:
        """Press a button below a post; what is said to that first."""
        (number,) = [n for n, choice in enumerate(reply.choices) if choice.label == label]
        answers = await self.say(
            "", author=author, chose=f"{self.keys[id(reply)]}#{number}", **more
        )
        return answers[0].text if answers else ""

    async def revision(self) -> int:
        return (await self.services.conversations.head(self.name)).revision

    def set(self, **changes: Any) -> None:
        """Change what the handlers work with."""
        self.services = replace(self.services, **changes)


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    """A terminal: what is said is posted at once."""
    async with opened(tmp_path, has_outbox=False) as channel:
        yield channel


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Channel]:
    """A channel of a platform, whose posts and buttons are kept."""
    async with opened(tmp_path, has_outbox=True) as channel:
        channel.name = "chat:film"
        yield channel


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    return video(tmp_path / "beach.mp4", seconds=2)


@asynccontextmanager
async def opened(root: Path, *, has_outbox: bool) -> AsyncIterator[Channel]:
    """A process at a data directory, which others may have used before."""
    database = made_database(root)
    media = LocalMedia(root / "media", 1 << 30)
    chat, planner = RememberingChat(), TaughtPlanner()
    outbox = SqlOutbox(database, root) if has_outbox else None
    renderers = dict.fromkeys(get_args(PresetName), LocalRenderer(0.04))
    desk = RenderDesk(renderers, SqlRenders(database, root), media, root / "renders")
    services = Services(
        conversations=SqlConversations(database, outbox),
        media=media,
        subtitles=read_subtitles,
        planner=planner,
        pictures=TimelinePicture(),
        renders=desk,
        books=SqlLedger(database, month_microusd=None),
        charts=CostPicture(),
        pictures_dir=root / "pictures",
        exporter=FilesExporter(),
        exports_dir=root / "exports",
        confirm_over_microusd=1_000_000,
        help_text="say anything",
    )
    yield Channel(services, chat, planner)
    database.close()
