"""Messages that wait because nothing can be written: the one thing said past the outbox."""

from collections.abc import Mapping
from contextlib import suppress

from bot.jobs.progress import Screen, screen_of
from bot.ports import AdapterError, Message, Reply, StoreFailed, key_of


class Held:
    """Says once, in this process, that a message has to wait, and why."""

    def __init__(self, screens: Mapping[str, Screen]) -> None:
        self._screens = screens
        self._told: set[str] = set()

    async def tell(self, message: Message, error: StoreFailed) -> None:
        """Say it, if it can be said; the outbox cannot be written either."""
        key = key_of("held", message.channel, message.id)
        if key in self._told:
            return
        self._told.add(key)
        text = f"{error} Your message is kept, and I will go on with it as soon as that is solved."
        with suppress(AdapterError):
            chat = screen_of(message.address, self._screens).chat
            await chat.post(message.address, Reply("error", text), key)
