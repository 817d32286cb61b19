"""What stands between the internet and the routes: patience, limits, headers for safety."""

import asyncio
from collections.abc import Mapping

import h11
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long a client may take for the head of a request."""

MOST_CONNECTIONS = 2000
MOST_REQUESTS = 1000

SAFE_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every response says unless the route says otherwise."""


def error_response(
    status: int, sentence: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An error as all of ours are."""
    return JSONResponse({"error": sentence}, status, headers)


class Edge:
    """Adds `SAFE_HEADERS`, and refuses requests while `MOST_REQUESTS` others are worked on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        self._requests += 1
        try:
            app = self._app if self._requests <= MOST_REQUESTS else _BUSY
            await app(scope, receive, send_safely)
        finally:
            self._requests -= 1


_BUSY = error_response(
    503,
    "ChatKut has too much to do just now; try again in a moment.",
    {"retry-after": "1", "connection": "close"},
)


class Connection(H11Protocol):
    """A connection that is closed when the head of a request takes too long.

    uvicorn alone waits for it without end, so that a few thousand clients who say nothing would
    use up the sockets of the process.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        body = error_response(400, msg)
        headers = [*SAFE_HEADERS.items(), *body.headers.items(), ("connection", "close")]
        for event in (
            h11.Response(status_code=400, headers=headers),
            h11.Data(data=bytes(body.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_watching()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_watching(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
