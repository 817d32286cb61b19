"""A chat system that speaks the bridge's protocol, on loopback, and behaves badly on demand.

It runs in a thread of its own, so that the bot may be in this process or in another one that is
killed and started again; what was posted stays. All faults are switches that a test turns.
"""

import asyncio
import random
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import httpx
from aiohttp import web
from aiohttp.multipart import BodyPartReader
from pydantic import BaseModel, ConfigDict, ValidationError

from tests.ports import free_port

TOKEN = "a-token-for-loopback"  # noqa: S105
LOGIN_PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Button(_Strict):
    label: str
    value: str


class Content(_Strict):
    """What ChatKut sends as a post: exactly these fields."""

    key: str
    channel: str
    thread: str
    in_reply_to: str
    kind: str
    text: str
    choices: list[Button]
    revision: int | None
    cost_usd: float | None
    progress: dict[str, Any] | None
    link: str
    only_for: str


@dataclass
class Visible:
    """A post as people see it, with what it said before it was edited."""

    id: str
    content: Content
    files: dict[str, bytes] = field(default_factory=dict)
    before: list[Content] = field(default_factory=list)


@dataclass
class Clip:
    """A file to download. `cuts` are the bytes at which the next answers break off."""

    data: bytes
    type: str = "video/mp4"
    status: int = 200
    private: bool = False
    ranges: bool = True
    sized: bool = True
    version: str = '"1"'
    encoding: str = ""
    moved_to: str = ""
    cuts: deque[int] = field(default_factory=deque)
    block_bytes: int = 1 << 16
    pause_seconds: float = 0
    asked: list[Mapping[str, str]] = field(default_factory=list)


class BridgeSite:
    """The chat system.

    `bot` is where the bot listens. With `idempotent` off, a key that is used twice makes two posts.
    `loss` is the fraction of posts whose answer is lost after they were made.
    """

    def __init__(
        self, *, token: str = TOKEN, idempotent: bool = True, loss: float = 0, seed: int = 0
    ) -> None:
        self.token = token
        self.idempotent = idempotent
        self.loss = loss
        self.lose_next = 0
        self.delay_seconds = 0.0
        self.most_bytes = 1 << 30
        self.closed = False
        self.bot = ""
        self.posts: list[Visible] = []
        self.clips: dict[str, Clip] = {}
        self._instead: deque[tuple[int, dict[str, str]]] = deque()
        self._random = random.Random(seed)  # noqa: S311
        self._changed = threading.Condition()
        self._port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._done = asyncio.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """As it is written in a list of hosts that may be downloaded from."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """Where the bot posts to."""
        return f"{self.host}/chat"

    def start(self) -> None:
        """Listen; after `stop`, at the same port again."""
        self._port = self._port or free_port()  # others may get one that the system chose
        listener = socket.create_server(("127.0.0.1", self._port))
        self._done = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop, listener), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang up; what was posted stays."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._done.set)
            self._thread.join()
        self._loop = self._thread = None

    def say(self, message: Mapping[str, Any]) -> int:
        """Bring a message to the bot: its status, 0 if it did not answer. Blocks."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            with httpx.Client(trust_env=False, timeout=120) as client:
                url = f"{self.bot}/bridge/messages"
                return client.post(url, json=dict(message), headers=headers).status_code
        except httpx.TransportError:
            return 0

    def clip(self, name: str, clip: Clip) -> str:
        """Offer a file: its address."""
        self.clips[name] = clip
        return f"{self.host}/clips/{name}"

    def answer_next(self, status: int, **headers: str) -> None:
        """Answer the next request about posts with this status, and do nothing else."""
        self._instead.append((status, {k.replace("_", "-"): v for k, v in headers.items()}))

    def wait(self, until: Callable[[list[Visible]], bool], seconds: float = 120) -> bool:
        """Block until the posts are as wanted; False when that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: until(self.posts), seconds)

    def _run(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        app = web.Application(client_max_size=1 << 31)
        app.add_routes(
            [
                web.post("/chat/posts", self._guarded(self._post)),
                web.get("/chat/posts", self._guarded(self._find)),
                web.patch("/chat/posts/{id}", self._guarded(self._edit)),
                web.get("/clips/{name}", self._download),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        await self._done.wait()
        await runner.cleanup()

    def _guarded(
        self, handle: Callable[[web.Request], Coroutine[Any, Any, web.Response]]
    ) -> Callable[[web.Request], Coroutine[Any, Any, web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return web.json_response({"error": "token"}, status=401)
            if self.closed:
                return web.json_response({"error": "removed"}, status=403)
            if self._instead:
                status, headers = self._instead.popleft()
                return web.json_response({"error": "not now"}, status=status, headers=headers)
            return await handle(request)

        return guarded

    async def _post(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > self.most_bytes:
            return web.json_response({"error": "too large"}, status=413)
        try:
            content, files = await _read(request)
        except ValidationError as exc:
            return web.json_response({"error": str(exc)}, status=400)
        if request.headers.get("Idempotency-Key") != content.key:
            return web.json_response({"error": "key"}, status=400)
        post = self._keep(content, files)
        await asyncio.sleep(self.delay_seconds)
        if self._loses():
            _hang_up(request)
        return web.json_response({"id": post.id}, status=201)

    def _keep(self, content: Content, files: dict[str, bytes]) -> Visible:
        known = self._known(content.channel, content.key)
        if known and self.idempotent:
            return known
        with self._changed:
            post = Visible(f"p/{len(self.posts) + 1}", content, files)
            self.posts.append(post)
            self._changed.notify_all()
        return post

    def _loses(self) -> bool:
        if self.lose_next:
            self.lose_next -= 1
            return True
        return self._random.random() < self.loss

    def _known(self, channel: str, key: str) -> Visible | None:
        same = (p for p in self.posts if (p.content.channel, p.content.key) == (channel, key))
        return next(same, None)

    async def _find(self, request: web.Request) -> web.Response:
        post = self._known(request.query["channel"], request.query["key"])
        return web.json_response({"id": post.id} if post else {}, status=200 if post else 404)

    async def _edit(self, request: web.Request) -> web.Response:
        post = next((p for p in self.posts if p.id == request.match_info["id"]), None)
        if post is None:
            return web.json_response({"error": "no such post"}, status=404)
        try:
            content = Content.model_validate_json(await request.read())
        except ValidationError as exc:
            return web.json_response({"error": str(exc)}, status=400)
        with self._changed:
            post.before.append(post.content)
            post.content = content
            self._changed.notify_all()
        return web.json_response({"id": post.id})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        clip = self.clips.get(request.match_info["name"])
        if clip is None:
            return web.Response(status=404)
        clip.asked.append(dict(request.headers))
        if clip.moved_to:
            return web.Response(status=302, headers={"Location": clip.moved_to})
        if clip.status != 200:
            return web.Response(status=clip.status)
        if clip.private and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(body=LOGIN_PAGE, content_type="text/html")
        return await _serve_clip(request, clip)


async def _read(request: web.Request) -> tuple[Content, dict[str, bytes]]:
    """The post and its files, of either form."""
    if request.content_type == "application/json":
        return Content.model_validate_json(await request.read()), {}
    content, files = b"", {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "post" and part.headers["Content-Type"] == "application/json":
            content = bytes(await part.read())
        elif part.name == "file" and part.filename:
            files[part.filename] = bytes(await part.read())
    return Content.model_validate_json(content), files


async def _serve_clip(request: web.Request, clip: Clip) -> web.StreamResponse:
    offered, clip = clip, replace(clip)  # as it is now, even if it changes while it is sent
    start, headers = 0, {"Content-Type": clip.type, "ETag": clip.version}
    wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    if clip.ranges and wanted and request.headers.get("If-Range") == clip.version:
        start = int(wanted[1])
        headers["Content-Range"] = f"bytes {start}-{len(clip.data) - 1}/{len(clip.data)}"
    if clip.encoding:
        headers["Content-Encoding"] = clip.encoding
    response = web.StreamResponse(status=206 if start else 200, headers=headers)
    if clip.sized:
        response.content_length = len(clip.data) - start
    await response.prepare(request)
    end = clip.cuts.popleft() if clip.cuts else None
    for at in range(start, len(clip.data[:end]), clip.block_bytes):
        await response.write(clip.data[at : min(at + clip.block_bytes, end or len(clip.data))])
        await asyncio.sleep(offered.pause_seconds)  # somebody may be in a hurry by now
    if end is not None:
        _hang_up(request, politely=True)
    return response


def _hang_up(request: web.Request, *, politely: bool = False) -> None:
    """Close the connection without an answer, or after what was already written."""
    assert request.transport is not None
    if politely:
        request.transport.close()
    else:
        request.transport.abort()
