"""What a listener brings its messages to, in tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bot.adapters.chat.discord import ClipLabels, DiscordListener, Seen
from bot.ports import Message, StoreFailed
from tests.adapters.chat.discord.rest import TOKEN
from tests.adapters.chat.discord.site import DiscordSite
from tests.adapters.chat.discord.wire import PATIENCE_SECONDS


class Kept:
    """An intake that keeps messages once; `failures` of it fail first, `hold` makes it wait."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.offered = 0
        self.failures = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self._changed = asyncio.Condition()

    async def accept(self, message: Message) -> None:
        async with self._changed:
            self.offered += 1
            self._changed.notify_all()
        await self.hold.wait()
        if self.failures:
            self.failures -= 1
            raise StoreFailed("The disk is full.")
        async with self._changed:
            if message not in self.messages:
                self.messages.append(message)
            self._changed.notify_all()

    async def until(self, count: int) -> list[Message]:
        """Wait until there are so many; all of them."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def until_offered(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.offered >= count)


class Joined:
    """Threads that ChatKut takes part in."""

    def __init__(self, *threads: str) -> None:
        self.threads = set(threads)

    async def joined(self, channel: str, thread: str) -> bool:  # noqa: ARG002
        return thread in self.threads


@asynccontextmanager
async def listening(
    intake: Kept,
    threads: Joined | None = None,
    seen: Seen | None = None,
    clips: ClipLabels | None = None,
) -> AsyncIterator[DiscordListener]:
    """A listener, connected."""
    listener = DiscordListener(SecretStr(TOKEN), threads or Joined(), seen=seen, clips=clips)
    await listener.start(intake)
    try:
        yield listener
    finally:
        intake.hold.set()
        await listener.stop()


async def until(look: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not look():  # noqa: ASYNC110 (discord.py sets no events)
            await asyncio.sleep(0.01)


def me(site: DiscordSite) -> str:
    """A mention of the bot, as it is written."""
    return f"<@{site.bot['id']}>"
