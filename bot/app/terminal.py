"""ChatKut at the terminal: it answers in the process that was asked, while somebody waits."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from bot.adapters.store.conversations import SqlConversations
from bot.app.parts import (
    UNEXPECTED,
    ledger,
    opened_database,
    opened_planner,
    prepared,
    render_desk,
    services,
)
from bot.app.speech import transcriber
from bot.app.storage import opened_storage
from bot.config import Settings
from bot.engine.errors import EngineError
from bot.handlers.direct import converse
from bot.handlers.services import Services
from bot.logs import configured
from bot.ports import AdapterError, Message, Reply, Voice

_log = logging.getLogger("chatkut")


class App:
    """ChatKut with a voice."""

    def __init__(self, services: Services, voice: Voice) -> None:
        self.services = services
        self._voice = voice

    async def handle(self, message: Message) -> None:
        """Answer a message; whatever goes wrong is answered too, and what was kept stays kept."""
        try:
            await converse(message, self._voice, self.services)
        except (AdapterError, EngineError) as error:
            await self._voice.post(message, Reply("error", str(error)))
        except Exception:
            _log.exception("message %s in %s failed", message.id, message.channel)
            await self._voice.post(message, Reply("error", UNEXPECTED))


@asynccontextmanager
async def opened(settings: Settings, voice: Voice) -> AsyncIterator[App]:
    """Open the data directory and wire everything; what goes wrong inside is logged there.

    Raises:
        StoreFailed: The data directory cannot be used.
    """
    root = prepared(settings.data_dir)
    log = configured("WARNING", file=root / "chatkut.log")
    with log, closing(opened_database(settings, root)) as database:
        money = ledger(settings, database)
        ears = transcriber(settings, root, money)
        storage = opened_storage(settings, root, database, ears)
        desk = render_desk(settings, root, database, storage)
        await desk.tidy("terminal")
        async with opened_planner(settings, money) as planner:
            conversations = SqlConversations(database)
            wired = services(settings, root, conversations, planner, desk, money, storage.media)
            yield App(wired, voice)
