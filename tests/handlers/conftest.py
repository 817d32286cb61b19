"""A channel to talk in: real store, media, pictures and renderer, and a taught planner."""

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.timeline_picture import TimelinePicture
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.renders import SqlRenders
from bot.handlers.direct import converse
from bot.handlers.services import Services
from bot.jobs.render import RenderDesk
from bot.ports import Attachment, Message, Reply
from tests.fakes import RememberingChat, TaughtPlanner


@dataclass
class Channel:
    """Somebody at a channel: say something, get the replies."""

    services: Services
    chat: RememberingChat
    planner: TaughtPlanner
    name: str = "terminal:test"
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def say(
        self, text: str, *files: Path, author: str = "anna", message_id: str = ""
    ) -> list[Reply]:
        before = len(self.chat.replies)
        attachments = tuple(Attachment(path.name, str(path)) for path in files)
        number = message_id or f"m{next(self.numbers)}"
        await converse(
            Message(number, self.name, author, text, attachments), self.chat, self.services
        )
        return [reply for reply in self.chat.replies[before:] if reply.kind != "progress"]


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    media = LocalMedia(tmp_path / "media", 1 << 30)
    chat, planner = RememberingChat(), TaughtPlanner()
    services = Services(
        conversations=SqlConversations(database),
        media=media,
        planner=planner,
        pictures=TimelinePicture(),
        renders=RenderDesk(
            LocalRenderer(), SqlRenders(database, tmp_path), media, tmp_path / "renders", 0.04
        ),
        pictures_dir=tmp_path / "pictures",
        confirm_over_microusd=1_000_000,
        help_text="say anything",
    )
    yield Channel(services, chat, planner)
    database.close()
