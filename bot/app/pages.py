"""The pages for browsers, where people can reach this server: links to them, and their routes."""

from dataclasses import dataclass
from pathlib import Path

from starlette.routing import BaseRoute

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.uploads import SqlClaims, SqlUploads
from bot.adapters.upload_folder import UploadFolder
from bot.app.secret import kept_secret
from bot.app.work import Work
from bot.config import Settings
from bot.jobs.receive import Direct
from bot.jobs.uploads import Arrivals
from bot.web.captions import Captions
from bot.web.direct_uploads import Elsewhere
from bot.web.films import FilmPages
from bot.web.links import SignedLinks
from bot.web.pages import static_files
from bot.web.share import SharePages, Shown
from bot.web.tus import TusServer
from bot.web.tus_rules import Rules
from bot.web.upload_links import UploadLinks
from bot.web.upload_page import UploadPages

_HOUR, _DAY = 3600, 24 * 3600


def signed_links(settings: Settings, root: Path) -> SignedLinks | None:
    """Who makes links; None where no browser can reach this server.

    Raises:
        StoreFailed: Its secret can be neither read nor made.
    """
    if settings.public_url is None:
        return None
    given = settings.link_secret
    secret = given.get_secret_value() if given else kept_secret(root / "link-secret")
    upload_seconds, share_seconds = settings.upload_hours * _HOUR, settings.share_days * _DAY
    return SignedLinks(settings.public_url, secret, upload_seconds, share_seconds)


@dataclass(frozen=True, slots=True)
class Takers:
    """Who takes uploads: those that arrive here, and those that go straight to Stream."""

    arrivals: Arrivals
    direct: Direct | None = None


def pages(
    settings: Settings, root: Path, database: Database, links: SignedLinks, takers: Takers
) -> list[BaseRoute]:
    """The routes of all pages."""
    return [*_uploads(settings, root, database, links, takers), static_files()]


def _uploads(
    settings: Settings, root: Path, database: Database, links: SignedLinks, takers: Takers
) -> list[BaseRoute]:
    most_bytes = settings.max_upload_mb << 20
    is_https = (settings.public_url or "").startswith("https:")
    holders = UploadLinks(links, SqlClaims(database), is_https)
    server = TusServer(
        SqlUploads(database),
        UploadFolder(root / "uploads"),
        holders.giver,
        takers.arrivals.accept,
        Rules(most_bytes, settings.channel_quota_mb << 20),
    )
    elsewhere = Elsewhere(takers.direct.begin) if takers.direct else None
    return UploadPages(holders, server, most_bytes, elsewhere).routes


def film_pages(
    settings: Settings, root: Path, database: Database, links: SignedLinks, work: Work
) -> list[BaseRoute]:
    """The routes of films, and of the pages that show them."""
    renders, storage = SqlRenders(database, root), work.storage
    conversations = SqlConversations(database)
    language, playback = settings.stream_captions, work.playback
    captions = Captions(playback, language) if playback and language else None
    shown = Shown(conversations, renders, storage.media, playback, captions)
    hosts = [settings.r2_endpoint] if storage.shelf and settings.r2_endpoint else []
    return [
        *FilmPages(links, renders, storage.shelf).routes,
        *SharePages(links, shown, hosts).routes,
    ]
