"""The hearing side of Slack: over a socket, or over HTTP.

Slack is answered only when what it told is kept (`process_before_response`): an error becomes a
500, or no acknowledgement over a socket, and Slack tells it again.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.chat.slack.api import Identity, SlackApi
from bot.adapters.chat.slack.check import refuse_wrong, socket_url
from bot.adapters.chat.slack.gate import Gate
from bot.adapters.chat.slack.hearing import Hearing
from bot.adapters.chat.slack.surfaces import Home, Surfaces
from bot.ports import ChatBusy, Intake, Threads

PATH = "/slack/events"
_BODY_BYTES = 1 << 20
_ANYTHING = re.compile(".*", re.DOTALL)
_LONGEST_WAIT_SECONDS = 60.0
_Answer = TypeVar("_Answer")

_log = logging.getLogger(__name__)


class SlackListener:
    """Hears one workspace: with an app token over a socket, else over HTTP (`routes`)."""

    def __init__(
        self,
        api: SlackApi,
        threads: Threads,
        app_token: SecretStr | None = None,
        signing_secret: SecretStr | None = None,
        *,
        home: Home | None = None,
        ping_seconds: float = 5,
    ) -> None:
        self._api = api
        self._threads = threads
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._surfaces = Surfaces(api, home)
        self._ping_seconds = ping_seconds
        self._gate = Gate()
        self._app: AsyncApp | None = None
        self._socket: _Socket | None = None

    @property
    def connected(self) -> bool:
        if self._app_token is None:
            return self._app is not None and not self._gate.is_shut
        return self._socket is not None and self._socket.is_open

    async def start(self, intake: Intake) -> None:
        """Look at the settings, then connect; while Slack cannot be reached, try on."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._api.close)
            await self._connect(intake)
            stack.pop_all()

    async def stop(self) -> None:
        await self._gate.shut()
        if self._socket is not None:
            await self._socket.close()
        await self._api.close()

    def routes(self) -> list[Route]:
        """Where Slack sends its requests; nowhere when it is heard over a socket."""
        return [] if self._app_token else [Route(PATH, self._respond, methods=["POST"])]

    async def _connect(self, intake: Intake) -> None:
        await _patiently(lambda: refuse_wrong(self._api, self._app_token, self._signing_secret))
        me = await self._api.identity()
        app = self._bolt(me)
        _register(app, Hearing(self._api, me, intake, self._threads, self._surfaces))
        if self._app_token is not None:
            token = self._app_token
            url = await _patiently(lambda: socket_url(self._api, token))
            self._socket = _Socket(app, token, self._gate, self._ping_seconds)
            await self._socket.open(url)
        self._app = app

    async def _respond(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_BYTES:
                return Response(status_code=413)
        if self._app is None or self._gate.is_shut:
            return Response(status_code=503)
        if not self._is_genuine(request, body):
            return Response(status_code=401)
        with self._gate.passing():
            asked = to_async_bolt_request(request, body)
            return to_starlette_response(await self._app.async_dispatch(asked))

    def _is_genuine(self, request: Request, body: bytes) -> bool:
        """Whether Slack signed it in the last five minutes; asked before anything is parsed."""
        if self._signing_secret is None:
            return False
        verifier = SignatureVerifier(self._signing_secret.get_secret_value())
        try:
            return verifier.is_valid_request(body, dict(request.headers))
        except (TypeError, ValueError):  # characters or numbers that no genuine one has
            return False

    def _bolt(self, me: Identity) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None,
                team_id=me.team,
                bot_user_id=me.user,
                bot_id=me.bot,
                bot_token=self._api.token.get_secret_value(),
            )

        return AsyncApp(
            name="chatkut",
            client=AsyncWebClient(base_url=self._api.client.base_url),
            authorize=authorize,
            request_verification_enabled=False,  # `_is_genuine` did, or a socket needs none
            process_before_response=True,
            attaching_conversation_kwargs_enabled=False,
            attaching_function_token_enabled=False,
        )


class _Socket(AsyncSocketModeHandler):
    """A socket whose closing waits for what is being accepted."""

    def __init__(self, app: AsyncApp, token: SecretStr, gate: Gate, ping_seconds: float) -> None:
        super().__init__(app, token.get_secret_value(), ping_interval=ping_seconds)
        self._gate = gate
        self._renewing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        client = self.client
        session = client.current_session
        return not (client.closed or client.stale or session is None or session.closed)

    async def open(self, url: str) -> None:
        self.client.wss_uri = url  # was asked for to check the token; a second one is limited
        self._renewing = asyncio.create_task(self._renew())
        await self.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        await self.close_async()  # type: ignore[no-untyped-call]

    async def _renew(self) -> None:
        """Have a new address asked for: the SDK tries one for ever, but it is good only once."""
        while True:
            await asyncio.sleep(2 * self.client.ping_interval)
            if not self.is_open:
                self.client.wss_uri = None

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if not self._gate.is_shut:
            with self._gate.passing():
                await super().handle(client, req)


def _register(app: AsyncApp, hearing: Hearing) -> None:
    """One listener for everything of a kind: what nobody listens to would not be acknowledged."""

    @app.event(_ANYTHING)
    async def on_event(event: dict[str, Any]) -> None:
        await hearing.event(event)

    @app.action(_ANYTHING)
    async def on_click(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await hearing.click(body, action)
        await ack()

    @app.command(_ANYTHING)
    async def on_command(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack(await hearing.command(command))


async def _patiently(ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Ask Slack until it can be reached."""
    wait = 1.0
    while True:
        try:
            return await ask()
        except ChatBusy as busy:
            _log.warning("Slack cannot be reached: %s", busy)
            await asyncio.sleep(max(wait, busy.retry_after))
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
