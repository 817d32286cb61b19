"""The hearing side of Slack: over a socket, or over HTTP; of one workspace, or of several.

Slack is answered only when what it told is kept (`process_before_response`): an error becomes a
500, or no acknowledgement over a socket, and Slack tells it again.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.body import whole_body
from bot.adapters.chat.slack.api import Workspaces
from bot.adapters.chat.slack.catchup import CatchUp
from bot.adapters.chat.slack.check import refuse_wrong, socket_url
from bot.adapters.chat.slack.events import Payload
from bot.adapters.chat.slack.gate import Gate
from bot.adapters.chat.slack.hearing import Hearing, Inside
from bot.adapters.chat.slack.oauth import Installing
from bot.adapters.chat.slack.surfaces import Beside
from bot.adapters.chat.slack.trail import Seen, SeenMeanwhile, Trail
from bot.ports import ChatBusy, ChatRefused, Intake, StoreFailed, Threads

PATH = "/slack/events"
_BODY_BYTES = 1 << 20
_ANYTHING = re.compile(".*", re.DOTALL)
_LONGEST_WAIT_SECONDS = 60.0
_Answer = TypeVar("_Answer")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What a listener may have besides: notes that outlive it, contents of views, installing."""

    seen: Seen | None = None
    beside: Beside = field(default_factory=Beside)
    installing: Installing | None = None


class SlackListener:
    """Hears workspaces: with an app token over a socket, else over HTTP (`routes`).

    The workspaces are closed by whoever made them.
    """

    def __init__(
        self,
        workspaces: Workspaces,
        threads: Threads,
        app_token: SecretStr | None = None,
        signing_secret: SecretStr | None = None,
        *,
        around: Around = Around(),
        ping_seconds: float = 5,
    ) -> None:
        self._workspaces = workspaces
        self._threads = threads
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._around = around
        self._trail = Trail(around.seen or SeenMeanwhile())
        self._catch_up = CatchUp(self._trail, self._hearing)
        self._ping_seconds = ping_seconds
        self._hearings: dict[str, Hearing] = {}
        self._gate = Gate()
        self._app: AsyncApp | None = None
        self._socket: _Socket | None = None
        self._inside: Inside

    @property
    def connected(self) -> bool:
        if self._app_token is None:
            return self._app is not None and not self._gate.is_shut
        return self._socket is not None and self._socket.is_open

    async def start(self, intake: Intake) -> None:
        """Look at the settings, then connect; while Slack cannot be reached, try on."""
        self._inside = Inside(intake, self._threads, self._trail, self._around.beside)
        secrets = (self._app_token, self._signing_secret)
        await _patiently(lambda: refuse_wrong(self._workspaces, *secrets))
        await self._catch_up.begin()
        app = self._bolt()
        if self._app_token is not None:
            token = self._app_token
            url = await _patiently(lambda: socket_url(self._workspaces.base_url, token))
            self._socket = _Socket(app, token, self._gate, self._ping_seconds)
            await self._socket.open(url, self._catch_up)
        self._app = app
        self._catch_up.go_on()

    async def stop(self) -> None:
        await self._gate.shut()
        if self._socket is not None:
            await self._socket.close()
        await self._catch_up.stop()

    def routes(self) -> list[Route]:
        """Where Slack sends its requests, unless over a socket, and where the app is installed."""
        heard = [] if self._app_token else [Route(PATH, self._respond, methods=["POST"])]
        installing = self._around.installing
        return [*heard, *(installing.routes() if installing is not None else [])]

    async def event(self, event: Payload, team: str, told_at: float) -> None:
        """Hear an event of a workspace.

        Raises:
            AdapterError: It is not accepted: Slack shall tell it again.
        """
        match event:
            case {"type": "app_uninstalled"} | {
                "type": "tokens_revoked",
                "tokens": {"bot": [_, *_]},
            }:
                await self._workspaces.forget(team, told_at)
            case {"type": "tokens_revoked"}:
                pass
            case _:
                await (await self._hearing(team)).event(event)

    async def click(self, payload: Payload, action: Payload, team: str) -> None:
        """Hear a pressed button of a workspace."""
        await (await self._hearing(team)).click(payload, action)

    async def command(self, form: Payload, team: str) -> str:
        """Hear a slash command of a workspace; what to tell at once to the one who gave it."""
        return await (await self._hearing(team)).command(form)

    async def _hearing(self, team: str) -> Hearing:
        """Who hears in a workspace.

        Raises:
            AdapterError: We cannot speak there, or not just now.
        """
        api = await self._workspaces.of(team)
        me = await api.identity()
        hearing = self._hearings.get(me.team)
        if hearing is None or hearing.me != me:
            hearing = self._hearings[me.team] = Hearing(api, me, self._inside)
        return hearing

    async def _respond(self, request: Request) -> Response:
        body = await whole_body(request, _BODY_BYTES)
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

    def _bolt(self) -> AsyncApp:
        async def authorize(team_id: str | None) -> AuthorizeResult | None:
            try:
                api = await self._workspaces.of(team_id or "")
                me = await api.identity()
            except ChatRefused as error:
                _log.warning("Slack tells of workspace %s: %s", team_id, error)
                return None
            return AuthorizeResult(
                enterprise_id=None,
                team_id=me.team,
                bot_user_id=me.user,
                bot_id=me.bot,
                bot_token=api.token.get_secret_value(),
            )

        app = AsyncApp(
            name="slack_bolt.app",  # of a logger whose level it sets
            client=AsyncWebClient(base_url=self._workspaces.base_url),
            authorize=authorize,  # type: ignore[arg-type]  # None: it is not installed there
            request_verification_enabled=False,  # `_is_genuine` did, or a socket needs none
            process_before_response=True,
            attaching_conversation_kwargs_enabled=False,
            attaching_function_token_enabled=False,
        )
        _register(app, self)
        return app


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

    async def open(self, url: str, catch_up: CatchUp) -> None:
        """Connect; whenever it was away, it is caught up."""
        self.client.wss_uri = url  # was asked for to check the token; a second one is limited
        self._renewing = asyncio.create_task(self._renew(catch_up))
        await self.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        await self.close_async()  # type: ignore[no-untyped-call]

    async def _renew(self, catch_up: CatchUp) -> None:
        """Have a new address asked for: the SDK tries one for ever, but it is good only once."""
        was_open, is_behind = True, False
        while True:
            await asyncio.sleep(2 * self.client.ping_interval)
            if not self.is_open:
                was_open, self.client.wss_uri = False, None
            if not was_open and not is_behind:
                is_behind = await _begun(catch_up)
            if is_behind and self.is_open:
                catch_up.go_on()
                was_open, is_behind = True, False

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if not self._gate.is_shut:
            with self._gate.passing():
                await super().handle(client, req)


def _register(app: AsyncApp, listener: SlackListener) -> None:
    """One listener for everything of a kind: what nobody listens to would not be acknowledged."""

    @app.event(_ANYTHING)
    async def on_event(
        event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        await listener.event(event, context.team_id or "", body.get("event_time") or time.time())

    @app.action(_ANYTHING)
    async def on_click(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        await listener.click(body, action, context.team_id or "")
        await ack()

    @app.command(_ANYTHING)
    async def on_command(ack: AsyncAck, command: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack(await listener.command(command, context.team_id or ""))


async def _begun(catch_up: CatchUp) -> bool:
    try:
        await catch_up.begin()
    except StoreFailed as error:
        _log.warning("Catching up waits: %s", error)
        return False
    return True


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
