"""The HTTP server: routes on a port, in the running event loop, ready for the open internet.

It limits what it takes before a route sees it: how long the head of a request may take and how
large it may be, how many requests are worked on and how many connections are open. The size and
the patience for bodies are the routes' business, which alone know what they wait for.
"""

import asyncio
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import cast

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.ports import AdapterError, StoreFailed
from bot.web.edge import Connection, Edge, error_response
from bot.web.pages import page

_log = logging.getLogger("chatkut.web")

_IDLE_SECONDS = 5
_HEAD_BYTES = 16 << 10

_SENTENCES = {
    404: "There is nothing here.",
    405: "This address does not take such requests.",
}


class CannotListen(AdapterError):
    """The address to serve HTTP on is taken, forbidden or not of this machine."""


class WebServer:
    """An HTTP server for some routes.

    Whatever fails is answered as JSON, `{"error": sentence}`, or as a page where a browser asks.
    A route refuses with `HTTPException(status, sentence)`. Port 0 means any free one.
    """

    def __init__(self, routes: Sequence[BaseRoute], host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._server = _Server(_config(routes))
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that it listens on; before `start` the one that was asked for."""
        return int(self._socket.getsockname()[1]) if self._socket else self._port

    async def start(self) -> None:
        """Listen; connections are taken when this returns.

        Raises:
            CannotListen: The address cannot be listened on.
        """
        self._socket = await _listening(self._host, self._port)
        self._port = self.port
        self._serving = asyncio.create_task(self._server.serve([self._socket]), name="web")
        await self._server.ready.wait()
        _log.info("listening on %s port %d", self._host, self._port)

    async def stop(self, grace_seconds: float) -> None:
        """Take no more requests and let the running ones finish, but not for longer than this."""
        if self._serving is None:
            return
        self._server.config.timeout_graceful_shutdown = grace_seconds  # type: ignore[assignment]
        self._server.should_exit = True
        await self._serving
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        self._socket = self._serving = None


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own, that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _config(routes: Sequence[BaseRoute]) -> uvicorn.Config:
    app = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _refused,
            StoreFailed: _away,
            ClientDisconnect: _left,
            Exception: _failed,
        },
    )
    return uvicorn.Config(
        Edge(app),
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )


async def _listening(host: str, port: int) -> socket.socket:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family)
        # Connections inherit it. asyncio sets it only where the socket's protocol was named, and
        # without it the second request of a connection waits 40 ms for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name
        reason = getattr(error, "strerror", None) or str(error)
        # The socket module adds to it where it was bound, which is said already.
        reason = reason.partition(" (while")[0]
        raise CannotListen(
            f"ChatKut cannot listen on {host} port {port} ({reason}): stop what uses it, or "
            "choose another host or port with CHATKUT_HTTP_HOST and CHATKUT_HTTP_PORT."
        ) from error


async def _refused(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    status = HTTPStatus(refusal.status_code)
    said = refusal.detail if refusal.detail != status.phrase else _SENTENCES.get(status, "")
    answer = _told(request, status, said or f"{status.phrase}.")
    answer.headers.update(refusal.headers or {})
    return answer


async def _away(request: Request, error: Exception) -> Response:
    failure = cast(StoreFailed, error)
    _log.warning("a request could not be answered: %s", failure)
    answer = _told(request, 503 if failure.retryable else 500, str(failure))
    if failure.retryable:
        answer.headers["retry-after"] = "5"
    return answer


async def _left(_request: Request, _error: Exception) -> Response:
    return error_response(400, "The request ended before it was complete.")


async def _failed(request: Request, _error: Exception) -> Response:
    return _told(request, 500, "Something went wrong inside ChatKut; its log has the details.")


def _told(request: Request, status: int, sentence: str) -> Response:
    """A sentence: a page where a browser wants one."""
    if "text/html" in request.headers.get("accept", ""):
        return page("refused.html", {}, status, sentence=sentence)
    return error_response(status, sentence)
