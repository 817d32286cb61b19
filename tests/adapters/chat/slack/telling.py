"""How Slack tells of what happened: over a socket or as signed requests, again if not acknowledged.

The real one tries again at once, after a minute and after five; here that takes fractions of a
second.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from aiohttp import WSMsgType, web

from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.things import BOT_USER, TEAM, Channel

SECRET = "loopback-signing-secret"  # noqa: S105
_ATTEMPTS = 4
_PAUSE_SECONDS = 0.02


@dataclass
class Told:
    """What became of something that was told: the answer, or None if it was never acknowledged."""

    attempts: int
    answer: dict[str, Any] | None


@dataclass
class Sockets:
    """Open sockets, and who waits for which acknowledgement."""

    open: list[web.WebSocketResponse] = field(default_factory=list)
    waiting: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    opened: asyncio.Condition = field(default_factory=asyncio.Condition)
    turned_away: asyncio.Event = field(default_factory=asyncio.Event)
    refused: int = 0


class TellingSlack(SlackSite):
    """A workspace that tells its app of what is said; over HTTP where `http` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets = Sockets()
        self.http: httpx.AsyncClient | None = None
        self.secret = SECRET
        self.seconds_late = 0
        self.patience_seconds = 60.0  # 3 at Slack; a busy machine may need more
        self._ids = itertools.count(1)

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/link/{ticket}", self._link)

    async def said(
        self, channel: Channel, user: str, text: str, **more: Any
    ) -> tuple[dict[str, Any], list[Told]]:
        """Somebody says something, and the app is told of it."""
        message = self.say(channel, user, text, **more)
        return message, await self.tell_of(channel, message)

    async def tell_of(self, channel: Channel, message: dict[str, Any]) -> list[Told]:
        """Tell of a message: a mention is told twice."""
        if BOT_USER not in channel.members:
            return []
        kind = "im" if channel.is_direct else "channel"
        events = [{**message, "channel": channel.id, "channel_type": kind}]
        if f"<@{BOT_USER}>" in message["text"] and not channel.is_direct:
            mention = {k: v for k, v in message.items() if k != "subtype"}
            events.insert(0, {**mention, "type": "app_mention", "channel": channel.id})
        return [await self.tell("events_api", self.event(event, channel.team)) for event in events]

    def event(self, event: dict[str, Any], team: str = TEAM) -> dict[str, Any]:
        return {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A0APP",
            "event_id": f"Ev{next(self._ids)}",
            "event_time": int(time.time()),
            "event": event,
            "authorizations": [{"team_id": team, "user_id": BOT_USER, "is_bot": True}],
        }

    async def press(
        self, channel: Channel, ts: str, value: str, user: str = "U0ANNA", at: str = ""
    ) -> Told:
        """Somebody presses a button of a message."""
        message = next(each for each in channel.messages if each["ts"] == ts)
        action = {
            "type": "button",
            "action_id": "choice.0",
            "block_id": "b1",
            "value": value,
            "action_ts": at or self.timestamp(),
        }
        payload = {
            "type": "block_actions",
            "team": {"id": channel.team},
            "user": {"id": user, "team_id": channel.team},
            "api_app_id": "A0APP",
            "channel": {"id": channel.id},
            "message": message,
            "container": {"type": "message", "message_ts": ts, "channel_id": channel.id},
            "trigger_id": f"{next(self._ids)}.trigger",
            "response_url": f"{self.url}/respond",
            "actions": [action],
        }
        return await self.tell("interactive", payload)

    async def press_whispered(self, channel: Channel, root: str, value: str) -> Told:
        """Somebody presses a button of a message that only they see: it is not told again."""
        payload = {
            "type": "block_actions",
            "team": {"id": channel.team},
            "user": {"id": "U0ANNA", "team_id": channel.team},
            "api_app_id": "A0APP",
            "channel": {"id": channel.id},
            "container": {
                "type": "message",
                "message_ts": self.timestamp(),
                "channel_id": channel.id,
                "is_ephemeral": True,
                "thread_ts": root,
            },
            "trigger_id": f"{next(self._ids)}.trigger",
            "response_url": f"{self.url}/respond",
            "actions": [
                {
                    "type": "button",
                    "action_id": "choice.0",
                    "block_id": "b1",
                    "value": value,
                    "action_ts": self.timestamp(),
                }
            ],
        }
        return await self.tell("interactive", payload)

    async def command(self, channel: Channel, words: str, trigger: str = "") -> Told:
        """Somebody uses the slash command."""
        form = {
            "token": "deprecated",
            "team_id": channel.team,
            "channel_id": channel.id,
            "user_id": "U0ANNA",
            "user_name": "login",
            "command": "/chatkut",
            "text": words,
            "api_app_id": "A0APP",
            "trigger_id": trigger or f"{next(self._ids)}.trigger",
            "response_url": f"{self.url}/respond",
        }
        return await self.tell("slash_commands", form)

    async def tell(self, kind: str, payload: dict[str, Any]) -> Told:
        """Tell the app, and again until it acknowledges; what it answered."""
        for attempt in range(_ATTEMPTS if kind == "events_api" else 1):
            answer = await self._told(kind, payload, attempt)
            if answer is not None:
                return Told(attempt + 1, answer)
            await asyncio.sleep(_PAUSE_SECONDS)
        return Told(_ATTEMPTS, None)

    async def connected(self) -> None:
        """Wait until the app listens at a socket."""
        async with asyncio.timeout(60), self.sockets.opened:
            await self.sockets.opened.wait_for(lambda: bool(self.sockets.open))

    async def hang_up(self, *, politely: bool) -> None:
        """Close all sockets: with notice, as every few hours, or without."""
        for socket in tuple(self.sockets.open):
            if politely:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            else:
                self.sockets.open.remove(socket)
                await socket.close()

    async def _told(
        self, kind: str, payload: dict[str, Any], attempt: int
    ) -> dict[str, Any] | None:
        if self.http is not None:
            return await self._requested(kind, payload, attempt)
        await self.connected()
        envelope_id = f"env{next(self._ids)}"
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            **({"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {}),
        }
        waiting = asyncio.get_running_loop().create_future()
        self.sockets.waiting[envelope_id] = waiting
        try:
            await self.sockets.open[-1].send_json(envelope)
            return await asyncio.wait_for(waiting, self.patience_seconds)
        except (TimeoutError, ConnectionError):
            return None

    async def _requested(
        self, kind: str, payload: dict[str, Any], attempt: int
    ) -> dict[str, Any] | None:
        body, content_type = _encoded(kind, payload)
        headers = self.signed(body) | {"Content-Type": content_type}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"}
        answer = await self.post(body, headers)
        if answer.status_code != 200:
            return None
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.json() if is_json else {"text": answer.text} if answer.text else {}

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a genuine request."""
        at = str(int(time.time()) - self.seconds_late)
        mac = hmac.new(self.secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={mac.hexdigest()}",
        }

    async def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        assert self.http is not None
        sent = httpx.Headers(headers, encoding="latin-1")
        return await self.http.post("/slack/events", content=body, headers=sent)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        """A socket; its address is good for one connection."""
        ticket = request.match_info["ticket"]
        if self.sockets.refused or ticket not in self.tickets:
            self.tickets.discard(ticket)
            self.sockets.refused = max(0, self.sockets.refused - 1)
            self.sockets.turned_away.set()
            return web.Response(status=403)
        self.tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async with self.sockets.opened:
            self.sockets.open.append(socket)
            self.sockets.opened.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledged(json.loads(message.data))
        if socket in self.sockets.open:
            self.sockets.open.remove(socket)
        return socket

    def _acknowledged(self, ack: dict[str, Any]) -> None:
        waiting = self.sockets.waiting.pop(ack["envelope_id"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload") or {})


def _encoded(kind: str, payload: dict[str, Any]) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = {"payload": json.dumps(payload)} if kind == "interactive" else payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"
