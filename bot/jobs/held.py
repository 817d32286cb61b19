"""Messages and films that wait for a store or a service: the one thing said past the outbox."""

from collections.abc import Mapping
from contextlib import suppress

from bot.jobs.progress import Screen, screen_of
from bot.ports import AdapterError, Address, Message, Reply, StoreFailed, key_of


class Held:
    """Says once, in this process, that a message or a film has to wait, and why."""

    def __init__(self, screens: Mapping[str, Screen]) -> None:
        self._screens = screens
        self._told: set[str] = set()

    async def tell(self, message: Message, error: StoreFailed) -> None:
        """Say it, if it can be said; the outbox cannot be written either."""
        text = f"{error} Your message is kept, and I will go on with it as soon as that is solved."
        await self._say(message.address, key_of("held", message.channel, message.id), text)

    async def tell_of_film(self, to: Address, render_id: str, error: AdapterError) -> None:
        """Say that a film waits, where it was asked for."""
        text = f"{error} The film waits, and will be made as soon as that is solved."
        await self._say(to, key_of("held", to.channel, render_id), text)

    async def _say(self, to: Address, key: str, text: str) -> None:
        if key in self._told:
            return
        self._told.add(key)
        with suppress(AdapterError):
            await screen_of(to, self._screens).chat.post(to, Reply("error", text), key)
