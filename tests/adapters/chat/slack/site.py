"""A Slack on loopback: the Web API and files, as strict as the real one.

It keeps what people would see. Faults are switches that a test turns; every request is remembered.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

from tests.adapters.chat.slack.methods import Methods
from tests.adapters.chat.slack.things import (
    APP_TOKEN,
    BOT_TOKEN,
    LOGIN_PAGE,
    Refused,
)
from tests.adapters.chat.slack.workspace import Args

_Method = Callable[[Args], Awaitable[dict[str, Any]]]


class SlackSite(Methods):
    """Serves the workspaces."""

    def __init__(self) -> None:
        super().__init__()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/files-pri/{file}", self._download)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def routes(self, app: web.Application) -> None:
        """More to serve, of those who build on this."""

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        self.requests.append((method, args))
        if self.faults.busy:
            headers = {"Retry-After": str(self.faults.busy.popleft())}
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers=headers)
        if self.faults.statuses:
            return web.Response(
                status=self.faults.statuses.popleft(), text="<html>", content_type="text/html"
            )
        try:
            if self.faults.errors:
                raise Refused(self.faults.errors.popleft())
            team = self._authorize(method, request, args)
            answer = await self._method(method)({**args, "team": team})
            if method in self.faults.meanwhile:
                await self.faults.meanwhile[method]()
        except Refused as error:
            return web.json_response({"ok": False, **error.more})
        if method in ("chat.postMessage", "chat.postEphemeral") and self.faults.lost_answers:
            self.faults.lost_answers -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response(
            {"ok": True, **answer}, headers={"X-OAuth-Scopes": self.faults.scopes}
        )

    def _authorize(self, method: str, request: web.Request, args: Args) -> str:
        """Which workspace a request is for."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or args.get(
            "token"
        )
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise Refused("not_allowed_token_type" if token == BOT_TOKEN else "invalid_auth")
            return ""
        if token not in self.tokens:
            raise Refused("invalid_auth" if token else "not_authed")
        needed = _NEEDS.get(method)
        if needed and needed not in self.faults.scopes.split(","):
            raise Refused("missing_scope", needed=needed, provided=self.faults.scopes)
        return self.tokens[token]

    def _method(self, name: str) -> _Method:
        try:
            found: _Method = getattr(self, f"_on_{name.replace('.', '_')}")
        except AttributeError:
            raise Refused("unknown_method") from None
        return found

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.files[request.match_info["file"]]
        if self.faults.broken_uploads:
            self.faults.broken_uploads -= 1
            await request.content.readany()
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if request.content_length != file.size:
            return web.Response(status=400, text="the length was announced otherwise")
        file.data = await request.read()
        return web.Response(text=f"OK - {file.size}")

    async def _download(self, request: web.Request) -> web.Response:
        file = self.files[request.match_info["file"]]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        authorized = token in self.tokens
        if self.turned_away or not authorized or "files:read" not in self.faults.scopes.split(","):
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        return web.Response(body=file.data, content_type=file.mimetype)


_NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.unfurl": "links:write",
    "users.conversations": "channels:read",
    "conversations.replies": "channels:history",
    "conversations.history": "channels:history",
    "conversations.info": "channels:read",
    "files.info": "files:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "users.info": "users:read",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "assistant.threads.setStatus": "assistant:write",
}
_TAKES_JSON = frozenset(
    {"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.unfurl", "views.publish"}
    | {"assistant.threads.setSuggestedPrompts", "assistant.threads.setStatus"}
)


async def _arguments(request: web.Request) -> dict[str, Any]:
    """All three ways in which the SDK sends arguments."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        assert request.match_info["method"] in _TAKES_JSON, "Slack takes no JSON here"
        args |= await request.json()
    else:
        args |= dict(await request.post())
    return args
