"""The listeners of the chat platforms, side by side: one that cannot connect holds up no other."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

from bot.app.platforms import Platform
from bot.ports import Intake

_PATIENCE_SECONDS = 5.0


class Ears:
    """Starts listeners in the background, and stops each, whether it has connected by then or not.

    A listener goes on trying for as long as its platform cannot be reached.
    """

    def __init__(self, platforms: Sequence[Platform]) -> None:
        self._platforms = platforms
        self._starting: dict[str, asyncio.Task[None]] = {}

    @property
    def missing(self) -> list[str]:
        """The platforms that are not connected."""
        return [each.name for each in self._platforms if not each.listener.connected]

    def start(self, intake: Intake) -> None:
        """Begin to connect, on the running event loop."""
        for each in self._platforms:
            self._starting[each.name] = asyncio.create_task(each.listener.start(intake))

    async def settle(self, stopping: asyncio.Event) -> None:
        """Return when all have connected, after a few seconds, or when told to stop.

        Raises:
            ChatRefused: The settings of a platform cannot work.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._connected(stopping)

    async def hear(self, stopping: asyncio.Event) -> None:
        """Return when told to stop; raises what `settle` does, from a platform reached later."""
        await self._connected(stopping)
        await stopping.wait()

    async def stop(self) -> None:
        """Hear nothing more; a listener that fails to stop keeps none of the others from it."""
        async with AsyncExitStack() as stack:
            for each in self._platforms:
                stack.push_async_callback(self._silence, each)

    async def _silence(self, platform: Platform) -> None:
        task = self._starting[platform.name]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await platform.listener.stop()

    async def _connected(self, stopping: asyncio.Event) -> None:
        told = asyncio.create_task(stopping.wait())
        waiting = set(self._starting.values())
        try:
            while waiting and not told.done():
                ended, _ = await asyncio.wait({*waiting, told}, return_when=asyncio.FIRST_COMPLETED)
                for task in ended & waiting:
                    await task
                waiting -= ended
        finally:
            told.cancel()
