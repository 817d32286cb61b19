"""The parts that the terminal and the service have in common."""

from pathlib import Path

from bot.adapters.media.local import LocalMedia
from bot.adapters.planners.offline.help import HELP
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.timeline_picture import TimelinePicture
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.renders import SqlRenders
from bot.config import Settings
from bot.handlers.services import Services
from bot.jobs.render import RenderDesk
from bot.ports import Conversations, StoreFailed

UNEXPECTED = (
    "Something went wrong inside ChatKut; what was announced before stays kept. "
    "The details are in the log (chatkut.log in the data directory)."
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


def opened_database(settings: Settings, root: Path) -> Database:
    """Open the database that was set, else the file in the data directory.

    Raises:
        StoreFailed: It cannot be used.
    """
    url = settings.database_url
    return Database(url.get_secret_value() if url else sqlite_url(root / "chatkut.sqlite"))


def local_media(settings: Settings, root: Path) -> LocalMedia:
    """The media store in the data directory."""
    return LocalMedia(root / "media", settings.max_upload_mb << 20)


def render_desk(
    settings: Settings, root: Path, database: Database, media: LocalMedia
) -> RenderDesk:
    """The desk that makes films on this machine."""
    renders = SqlRenders(database, root)
    return RenderDesk(LocalRenderer(), renders, media, root / "renders", settings.cpu_hour_usd)


def services(
    settings: Settings,
    root: Path,
    conversations: Conversations,
    media: LocalMedia,
    desk: RenderDesk,
) -> Services:
    """What handlers work with."""
    return Services(
        conversations=conversations,
        media=media,
        planner=OfflinePlanner(),
        pictures=TimelinePicture(),
        renders=desk,
        pictures_dir=root / "pictures",
        confirm_over_microusd=round(settings.confirm_over_usd * 1e6),
        help_text=HELP,
    )
