"""A stand-in of Cloudflare Stream on loopback, with Cloudflare's rules, limits and traps.

The API and the host that takes uploads listen on ports of their own, so that what is sent to one
can be told from what is sent to the other. Uploads are taken by our own TUS server, with
Cloudflare's rules.
"""

import asyncio
import secrets
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from bot.adapters.store.database import Database
from bot.adapters.store.uploads import SqlUploads
from bot.adapters.upload_folder import UploadFolder
from bot.ports import UploadRecord
from bot.web.server import WebServer
from bot.web.tus import Giver, TusServer
from bot.web.tus_rules import CLOUDFLARE, media_id
from tests.adapters.media.stream.analytics import Analytics
from tests.adapters.media.stream.kept import SECRET, Kept, Rules
from tests.databases import made_database
from tests.ports import free_port
from tests.web.upload_site import ASKED

ACCOUNT = "0123456789abcdef0123456789abcdef"
TOKEN = "a-token-of-cloudflare"  # noqa: S105
_MOST_BYTES = 30 * 10**9
_META_KEYS = {"name", "requiresignedurls", "maxDurationSeconds", "expiry"}

Handler = Callable[["Site", Request], Awaitable[Response]]


class Site:
    """The stand-in. `api` and `uploads` are its two origins."""

    def __init__(self, root: Path, database: Database) -> None:
        self.folder = root / "uploads"
        self.folder.mkdir()
        self._records = SqlUploads(database)
        self.videos: dict[str, Kept] = {}
        self.rules = Rules()
        self.analytics = Analytics(ACCOUNT, TOKEN)
        self.asked: list[str] = []
        self.upload_headers: list[dict[str, str]] = []
        self.chunks: list[tuple[int, int]] = []
        self.webhook: dict[str, str] = {}
        self.encoded = b"what Stream has made of it"
        self.is_holding = asyncio.Event()
        self.go_on = asyncio.Event()
        self._tus: TusServer | None = None
        self._ports: list[int] = []
        self._servers: list[WebServer] = []

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}/client/v4/"

    @property
    def uploads(self) -> str:
        return f"http://127.0.0.1:{self._ports[1]}"

    @property
    def only(self) -> Kept:
        """The one video that there is."""
        (video,) = self.videos.values()
        return video

    @property
    def tus(self) -> TusServer:
        """What takes uploads; a server that is started again has nothing in its memory."""
        if self._tus is None:
            rules = replace(CLOUDFLARE, location=f"{self.uploads}/upload", allow_origin="*")
            folder = UploadFolder(self.folder)
            self._tus = TusServer(self._records, folder, _anybody, self._arrived, rules)
        return self._tus

    async def _arrived(self, upload: UploadRecord) -> None:
        self.videos[media_id(upload.id)].begun()

    async def start(self) -> None:
        """Listen; again after `stop` on the same ports."""
        uploads = _upload_routes(self)
        self._ports = self._ports or [free_port(), free_port()]
        for port, routes in zip(self._ports, (_api_routes(self) + uploads, uploads), strict=True):
            server = WebServer(routes, "127.0.0.1", port)
            await server.start()
            self._servers.append(server)

    async def stop(self) -> None:
        """Be gone, in the middle of whatever goes on."""
        self.go_on.set()
        stops = [server.stop(grace_seconds=0) for server in self._servers]
        self._servers.clear()
        self._tus = None
        await asyncio.gather(*stops)

    def new(self, upload_id: str, length: int, meta: dict[str, str]) -> Kept:
        uid = media_id(upload_id)
        video = self.videos[uid] = Kept(uid, length, meta, path=self.folder / upload_id)
        return video

    def encoding(self) -> int:
        return sum(video.state in ("queued", "inprogress") for video in self.videos.values())


@asynccontextmanager
async def stream_site() -> AsyncIterator[Site]:
    with TemporaryDirectory() as root, closing(made_database(Path(root))) as database:
        site = Site(Path(root), database)
        await site.start()
        try:
            yield site
        finally:
            await site.stop()


def _answer(result: object, status: int = 200) -> Response:
    return JSONResponse({"result": result, "success": True, "errors": [], "messages": []}, status)


def _refusal(status: int, code: int, message: str) -> Response:
    errors = [{"code": code, "message": message}]
    return JSONResponse({"result": None, "success": False, "errors": errors}, status)


# --- the API ---------------------------------------------------------------------------------


def _api_routes(site: Site) -> list[Route]:
    root = f"/client/v4/accounts/{ACCOUNT}/stream"

    def route(path: str, handler: Handler, *methods: str) -> Route:
        async def guarded(request: Request) -> Response:
            site.asked.append(f"{request.method} {request.url.path.removeprefix(root)}")
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return _refusal(403, 10000, "Authentication error")
            if site.rules.api_status and (status := site.rules.api_status.pop(0)):
                return _refusal(status, 10005, "Trouble on purpose")
            answer = await handler(site, request)
            if request.method == "POST" and site.rules.lose_creations:
                site.rules.lose_creations -= 1
                return _refusal(502, 10005, "Trouble on purpose")
            return answer

        return Route(f"{root}{path}", guarded, methods=list(methods))

    return [
        route("", _create, "POST"),
        route("", _list, "GET"),
        route("/copy", _copy, "POST"),
        route("/storage-usage", _usage, "GET"),
        route("/webhook", _webhook, "GET", "PUT"),
        route("/{uid}", _video, "GET", "DELETE"),
        route("/{uid}/token", _token, "POST"),
        route("/{uid}/downloads", _downloads, "GET", "POST"),
        route("/{uid}/captions/{language}", _captions, "GET", "DELETE"),
        route("/{uid}/captions/{language}/generate", _generate, "POST"),
        route("/{uid}/captions/{language}/vtt", _vtt, "GET"),
        site.analytics.route(),
    ]


async def _list(site: Site, request: Request) -> Response:
    creator = request.query_params["creator"]
    found = [each for each in site.videos.values() if each.creator == creator]
    return _answer([each.told() for each in found])


async def _create(site: Site, request: Request) -> Response:
    length = request.headers.get("upload-length", "")
    if request.headers.get("tus-resumable") != "1.0.0" or not length.isdigit():
        return _refusal(400, 10004, "Bad tus request")
    if (full := _full(site, int(length))) is not None:
        return full
    is_direct = request.query_params.get("direct_user") == "true"
    meta = _metadata(request.headers.get("upload-metadata", ""))
    if meta is None:
        return _refusal(400, 10004, "Bad metadata")
    if is_direct:
        assert float(meta["maxDurationSeconds"]) > 0
        assert meta["expiry"].endswith("Z")
    created = await _of(site.tus, "POST")(request)
    upload_id = created.headers["location"].rpartition("/")[2]
    video = site.new(upload_id, int(length), meta)
    assert created.headers["stream-media-id"] == video.uid
    video.is_signed = "requiresignedurls" in meta
    video.creator = request.headers.get("upload-creator")
    if site.rules.location:
        created.headers["location"] = site.rules.location.replace("{upload}", upload_id)
    return created


def _full(site: Site, length: int) -> Response | None:
    if length > _MOST_BYTES or site.rules.minutes_left <= 0:
        return _refusal(413, 10011, "Storage capacity exceeded")
    if site.encoding() >= site.rules.most_encoding:
        return _refusal(429, 10012, "Too many videos queued or encoding")
    return None


def _metadata(header: str) -> dict[str, str] | None:
    found = {}
    for pair in header.split(","):
        key, space, value = pair.partition(" ")
        if key not in _META_KEYS or (space and not value):
            return None
        found[key] = b64decode(value, validate=True).decode()
    return found


async def _copy(site: Site, request: Request) -> Response:
    body = await request.json()
    if (full := _full(site, 0)) is not None:
        return full
    video = site.new(secrets.token_hex(16), 0, body["meta"])
    video.path.write_bytes(b"")
    video.creator = body.get("creator")
    video.state, video.is_signed = "downloading", body.get("requireSignedURLs") is True
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(body["url"])
    if answer.is_success:
        video.path.write_bytes(answer.content)
        video.begun()
    else:
        video.fail("ERR_FETCH_ORIGIN_ERROR")
    return _answer({"uid": video.uid, "status": {"state": "downloading"}})


async def _usage(site: Site, _: Request) -> Response:
    stored = sum(max(0, video.seconds) for video in site.videos.values()) / 60
    limit = stored + site.rules.minutes_left
    return _answer({"totalStorageMinutes": stored, "totalStorageMinutesLimit": limit})


async def _webhook(site: Site, request: Request) -> Response:
    if request.method == "PUT":
        url = (await request.json())["notificationUrl"]
        site.webhook = {"notificationUrl": url, "secret": SECRET, "modified": "now"}
    return _answer(site.webhook) if site.webhook else _refusal(404, 10003, "Not Found")


async def _video(site: Site, request: Request) -> Response:
    video = site.videos.get(request.path_params["uid"])
    if video is None:
        return _refusal(404, 10003, "Not Found: video does not exist")
    if request.method == "DELETE":
        del site.videos[video.uid]
        return Response()
    if video.uid in site.rules.silent:
        return _refusal(503, 10005, "Trouble on purpose")
    return _answer(video.told(site.rules.error_key))


async def _token(site: Site, request: Request) -> Response:
    body = await request.json()
    assert body["exp"] > time.time()
    site.videos[request.path_params["uid"]]
    return _answer({"token": "eyJhbGciOi.signed.token"})


async def _downloads(site: Site, request: Request) -> Response:
    video = site.videos[request.path_params["uid"]]
    if request.method == "POST":
        if video.state != "ready":
            return _refusal(400, 10009, "Not ready")
        video.mp4 = video.mp4 or "inprogress"
    if not video.mp4:
        return _answer({})
    home = site.rules.mp4_home or "https://customer-abc123.cloudflarestream.com"
    url = f"{home}/{video.uid}/downloads/default.mp4"
    return _answer({"default": {"status": video.mp4, "url": url, "percentComplete": 40.0}})


async def _captions(site: Site, request: Request) -> Response:
    video, language = site.videos[request.path_params["uid"]], request.path_params["language"]
    if language not in video.captions:
        return _refusal(404, 10003, "Not Found")
    if request.method == "DELETE":
        del video.captions[language]
        return _answer("")
    status = video.captions[language]
    return _answer({"language": language, "generated": True, "status": status})


async def _generate(site: Site, request: Request) -> Response:
    video, language = site.videos[request.path_params["uid"]], request.path_params["language"]
    if language in video.captions:
        return _refusal(409, 10012, "There are captions")
    video.captions[language] = "inprogress"
    return _answer({"language": language, "status": "inprogress"})


async def _vtt(_site: Site, _request: Request) -> Response:
    return Response("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", media_type="text/vtt")


# --- the host that takes uploads -------------------------------------------------------------


def _upload_routes(site: Site) -> list[Route]:
    async def upload(request: Request) -> Response:
        if request.method != "OPTIONS":
            site.upload_headers.append(dict(request.headers))
            if site.rules.upload_status and (status := site.rules.upload_status.pop(0)):
                return Response(status_code=status)
        if request.method == "PATCH":
            return await _patch(site, request)
        return await _of(site.tus, "HEAD")(request)

    async def mp4(_: Request) -> Response:
        return Response(site.encoded, media_type="video/mp4")

    return [
        Route("/upload/{upload}", upload, methods=["HEAD", "PATCH", "OPTIONS"]),
        Route("/{uid}/downloads/default.mp4", mp4),
    ]


async def _patch(site: Site, request: Request) -> Response:
    offset, size = (int(request.headers[name]) for name in ("upload-offset", "content-length"))
    if size > site.rules.most_chunk:
        return Response("stream timeout", status_code=408)
    site.chunks.append((offset, size))
    if site.rules.is_forgetful:
        await request.body()
        return Response(status_code=204, headers={"upload-offset": str(offset)})
    response = await _of(site.tus, "PATCH")(_held(site, request, offset))
    if site.rules.lose_answers:
        site.rules.lose_answers -= 1
        return Response(status_code=502)
    return response


def _held(site: Site, request: Request, offset: int) -> Request:
    """The request, whose body waits where it is to be held."""
    here = offset

    async def receive() -> Message:
        nonlocal here
        message = await request.receive()
        here += len(message.get("body", b""))
        if 0 <= site.rules.hold_at < here:
            site.rules.hold_at = -1
            site.is_holding.set()
            await site.go_on.wait()
        return message

    return Request(request.scope, receive)


def _of(server: TusServer, method: str) -> Callable[[Request], Awaitable[Response]]:
    """How a server answers requests of a method."""
    routes = server.routes("/upload")
    endpoint: Callable[[Request], Awaitable[Response]] = next(
        route.endpoint for route in routes if method in (route.methods or ())
    )
    return endpoint


async def _anybody(_: Request) -> Giver:
    return Giver("stream", ASKED, datetime.now(UTC) + timedelta(hours=6))
