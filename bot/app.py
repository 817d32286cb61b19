"""The composition root: the only place where settings meet adapters and everything is wired."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from bot.adapters.media.local import LocalMedia
from bot.adapters.planners.offline.help import HELP
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.timeline_picture import TimelinePicture
from bot.adapters.store.database import Database
from bot.adapters.store.repository import SqlConversations, SqlRenders
from bot.config import Settings
from bot.engine.errors import EngineError
from bot.handlers.route import handle
from bot.handlers.services import Services
from bot.jobs.render import RenderDesk
from bot.ports import AdapterError, Chat, Message, Reply, StoreFailed

_log = logging.getLogger("chatkut")


class App:
    """ChatKut, wired: it answers messages through one chat."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def handle(self, message: Message) -> None:
        """Answer a message; whatever goes wrong is answered too, and what was kept stays kept."""
        try:
            await handle(message, self.services)
        except (AdapterError, EngineError) as error:
            await self.services.chat.post(message, Reply("error", str(error)))
        except Exception:
            _log.exception("message %s in %s failed", message.id, message.channel)
            await self.services.chat.post(message, Reply("error", _UNEXPECTED))


_UNEXPECTED = (
    "Something went wrong inside ChatKut; what was announced before stays kept. "
    "The details are in the log (chatkut.log in the data directory)."
)


@asynccontextmanager
async def opened(settings: Settings, chat: Chat) -> AsyncIterator[App]:
    """Open the data directory and wire everything.

    Raises:
        StoreFailed: The data directory cannot be used.
    """
    root = prepared(settings.data_dir)
    with _logging(root), closing(Database(root / "chatkut.sqlite")) as database:
        media = LocalMedia(root / "media", settings.max_upload_mb << 20)
        renders = RenderDesk(
            LocalRenderer(),
            SqlRenders(database, root),
            media,
            root / "renders",
            settings.cpu_hour_usd,
        )
        await renders.tidy()
        yield App(
            Services(
                chat=chat,
                conversations=SqlConversations(database),
                media=media,
                planner=OfflinePlanner(),
                pictures=TimelinePicture(),
                renders=renders,
                pictures_dir=root / "pictures",
                confirm_over_microusd=round(settings.confirm_over_usd * 1e6),
                help_text=HELP,
            )
        )


def prepared(data_dir: Path) -> Path:
    """Make the data directory.

    Raises:
        StoreFailed: It cannot be made.
    """
    root = data_dir.expanduser().absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFailed(
            f"The data directory {root} cannot be used ({error.strerror}): "
            "make it writable or set CHATKUT_DATA_DIR."
        ) from error
    return root


@contextmanager
def _logging(root: Path) -> Iterator[None]:
    """Write what goes wrong into the data directory."""
    log = logging.FileHandler(root / "chatkut.log", delay=True)
    log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log.addHandler(log)
    try:
        yield
    finally:
        _log.removeHandler(log)
        log.close()
