"""The gateway of the loopback Discord: sessions, resume, close codes, compression."""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters.chat.discord.payloads import Payload, snowflake

PATIENCE_SECONDS = 120
"""After this what a test waits for will not happen any more."""

_MESSAGE_CONTENT = 1 << 15


@dataclass
class Session:
    """What one identify began; it outlives its connections."""

    id: str
    reads_content: bool
    shard: int
    sent: list[Payload] = field(default_factory=list)
    line: "Line | None" = None

    async def dispatch(self, event: str, data: Payload) -> None:
        packet = {"op": 0, "t": event, "s": len(self.sent) + 1, "d": data}
        self.sent.append(packet)
        if self.line is not None:
            await self.line.send(packet)


class Line:
    """One WebSocket, plain or with Discord's stream compression."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self._stream = zlib.compressobj() if compressed else None

    async def send(self, packet: Payload) -> None:
        text = json.dumps(packet)
        if self.socket.closed:
            return
        if self._stream is None:
            await self.socket.send_str(text)
        else:
            data = self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)
            await self.socket.send_bytes(data)


class Wire:
    """All sessions. `guilds` are announced to each new one; the rest are switches of tests."""

    def __init__(self, token: str, bot: Payload, guilds: list[Payload]) -> None:
        self.url = ""
        self.content_allowed = True
        self.compressed = False
        self.shards = 1
        self.resumable = True
        self.holds_back = False
        self.close_next_with: int | None = None
        self.identified = 0
        self.resumed = 0
        self.changed = asyncio.Condition()
        self._token = token
        self._bot = bot
        self._guilds = guilds
        self._sessions: dict[str, Session] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        while self.holds_back:  # noqa: ASYNC110 (a switch of tests)
            await asyncio.sleep(0.01)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Line(socket, compressed=self.compressed)
        await line.send({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for received in socket:
            if received.type == WSMsgType.TEXT:
                await self._answer(line, json.loads(received.data))
        for session in self._sessions.values():
            if session.line is line:
                session.line = None
        return socket

    async def dispatch(self, event: str, data: Payload) -> None:
        """Tell all sessions; those that are cut off learn it when they resume."""
        shard = self._shard_of(data.get("guild_id", "0"))
        for session in tuple(self._sessions.values()):
            if session.shard == shard:
                await session.dispatch(event, _visible(event, data, session, self._bot["id"]))

    def _shard_of(self, guild_id: str) -> int:
        """The shard that hears a server; direct messages come to the first."""
        return (int(guild_id) >> 22) % self.shards

    async def drop(self, code: int = 4000, guild_id: str = "") -> None:
        """Cut all connections, or that of a server's shard; the sessions stay."""
        shard = self._shard_of(guild_id) if guild_id else None
        cut = [s for s in self._sessions.values() if shard in (None, s.shard)]
        for line in [s.line for s in cut if s.line is not None]:
            await line.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        for session in tuple(self._sessions.values()):
            if session.line is not None:
                await session.line.send({"op": 7, "d": None})

    async def until(self, **counts: int) -> None:
        """Wait until so many sessions were identified or resumed."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.changed:
            await self.changed.wait_for(
                lambda: all(getattr(self, name) >= count for name, count in counts.items())
            )

    async def _answer(self, line: Line, packet: Payload) -> None:
        match packet["op"]:
            case 1:
                await line.send({"op": 11})
            case 2:
                await self._identify(line, packet["d"])
            case 6:
                await self._resume(line, packet["d"])

    async def _identify(self, line: Line, data: Payload) -> None:
        reads_content = bool(data["intents"] & _MESSAGE_CONTENT)
        code, self.close_next_with = self.close_next_with, None
        if data["token"] != self._token:
            code = 4004
        elif reads_content and not self.content_allowed:
            code = 4014
        if code is not None:
            await line.socket.close(code=code)
            return
        shard, shards = data["shard"]
        session = Session(snowflake(), reads_content, shard, line=line)
        self._sessions[session.id] = session
        mine = [guild for guild in self._guilds if self._shard_of(guild["id"]) == shard]
        await session.dispatch("READY", self._ready(session, (shard, shards), mine))
        for guild in mine:
            await session.dispatch("GUILD_CREATE", guild)
        await self._count("identified")

    def _ready(self, session: Session, shard: tuple[int, int], guilds: list[Payload]) -> Payload:
        return {
            "v": 10,
            "user": self._bot,
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "application": {"id": self._bot["id"], "flags": 0},
        }

    async def _resume(self, line: Line, data: Payload) -> None:
        session = self._sessions.get(data["session_id"])
        if session is None or not self.resumable:
            await line.send({"op": 9, "d": False})
            return
        session.line = line
        for packet in session.sent[data["seq"] :]:
            await line.send(packet)
        await session.dispatch("RESUMED", {})
        await self._count("resumed")

    async def _count(self, name: str) -> None:
        async with self.changed:
            setattr(self, name, getattr(self, name) + 1)
            self.changed.notify_all()


def _visible(event: str, data: Payload, session: Session, bot_id: str) -> Payload:
    """Without the intent there is no content, but in what is said to the bot or by it."""
    spared = (
        event != "MESSAGE_CREATE"
        or session.reads_content
        or "guild_id" not in data
        or data["author"]["id"] == bot_id
        or any(user["id"] == bot_id for user in data["mentions"])
    )
    hidden: dict[str, Any] = {"content": "", "attachments": [], "embeds": [], "components": []}
    return data if spared else data | hidden
