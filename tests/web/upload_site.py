"""A server that takes uploads, and what arrived there."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from starlette.requests import Request

from bot.adapters.store.uploads import SqlClaims, SqlUploads
from bot.adapters.upload_folder import UploadFolder
from bot.ports import Message, StoreFailed, UploadRecord
from bot.web.direct_uploads import Elsewhere
from bot.web.links import SignedLinks
from bot.web.pages import static_files
from bot.web.server import WebServer
from bot.web.tus import PIECE_SECONDS, Giver, TusServer
from bot.web.tus_rules import Rules
from bot.web.upload_links import UploadLinks
from bot.web.upload_page import UploadPages
from tests.databases import made_database
from tests.ports import free_port

ASKED = Message("m1", "bridge:launch", "Anna <b>", "/chatkut upload", user="U1", thread="t1")
RULES = Rules(most_bytes=64 << 20, channel_bytes=256 << 20)
TUS = {"tus-resumable": "1.0.0"}
PART = TUS | {"content-type": "application/offset+octet-stream"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Site:
    """A running server; `client` speaks to it. While `is_deaf`, nobody takes what arrives.

    Where there are `notes`, what arrived is written there, and accepted.
    """

    root: Path
    uploads: SqlUploads
    links: SignedLinks = field(init=False)
    client: httpx.AsyncClient = field(init=False)
    serve: Callable[[], WebServer] = field(init=False)
    web: WebServer = field(init=False)
    arrived: list[UploadRecord] = field(default_factory=list)
    expires_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))
    link: str = "link"
    is_deaf: bool = False
    notes: Path | None = None

    @property
    def folder(self) -> Path:
        return self.root / "uploads"

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    async def access(self, _: Request) -> Giver:
        return Giver(self.link, ASKED, self.expires_at)

    async def take(self, upload: UploadRecord) -> None:
        if self.is_deaf:
            raise StoreFailed("The database is away.")
        self.arrived.append(upload)
        if self.notes:
            with self.notes.open("a") as notes:
                notes.write(f"{upload.id}\n")
            await self.uploads.mark(upload.id, "accepted")

    async def restart(self) -> None:
        """Cut all connections, and be there again."""
        await self.web.stop(grace_seconds=0)
        self.web = self.serve()
        await self.web.start()

    def received(self) -> list[bytes]:
        """What has arrived, as it lies on the disk."""
        return [(self.folder / upload.id).read_bytes() for upload in self.arrived]

    def files(self) -> list[bytes]:
        """What lies in the folder, arrived or not."""
        return [path.read_bytes() for path in sorted(self.folder.glob("*"))]

    async def create(self, length: int, **headers: str) -> httpx.Response:
        told = TUS | {"upload-length": str(length)} | headers
        return await self.client.post("/files", headers=told)

    async def created(self, length: int) -> str:
        """The path of a new upload."""
        return (await self.create(length)).headers["location"]

    async def patch(self, path: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
        told = PART | {"upload-offset": str(offset)} | headers
        return await self.client.patch(path, headers=told, content=data)

    async def head(self, path: str) -> httpx.Response:
        return await self.client.head(path, headers=TUS)

    async def offset(self, path: str) -> int:
        return int((await self.head(path)).headers["upload-offset"])

    def page(self, message: Message = ASKED) -> str:
        """The path of an upload page."""
        return self.links.upload(message).removeprefix(self.url)


@asynccontextmanager
async def upload_site(
    root: Path,
    rules: Rules = RULES,
    *,
    port: int = 0,
    piece_seconds: float = PIECE_SECONDS,
    upload_seconds: float = 3600,
    elsewhere: Elsewhere | None = None,
    folder: UploadFolder | None = None,
) -> AsyncIterator[Site]:
    """Serve uploads at `/files` to everybody, and below `/u/TOKEN` to whom they are for."""
    with closing(made_database(root)) as database:
        uploads, folder = SqlUploads(database), folder or UploadFolder(root / "uploads")
        site = Site(root, uploads)
        server = TusServer(uploads, folder, site.access, site.take, rules, piece_seconds)
        port = port or free_port()
        url = f"http://127.0.0.1:{port}"
        site.links = SignedLinks(url, "a secret", upload_seconds, 3600)
        links = UploadLinks(site.links, SqlClaims(database), is_https=False)
        by_link = TusServer(uploads, folder, links.giver, site.take, rules, piece_seconds)
        pages = UploadPages(links, by_link, rules.most_bytes, elsewhere)
        site.serve = lambda: WebServer(
            [*server.routes("/files"), *pages.routes, static_files()], "127.0.0.1", port
        )
        site.web = site.serve()
        await site.web.start()
        async with httpx.AsyncClient(base_url=url, timeout=60) as site.client:
            try:
                yield site
            finally:
                await site.web.stop(grace_seconds=2)
