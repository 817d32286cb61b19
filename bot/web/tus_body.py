"""Bodies that take long: how they are read, and how a newer request takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from weakref import WeakValueDictionary

from starlette.requests import ClientDisconnect, Request

PIECE_BYTES = 256 << 10

LEAST_SECONDS = 0.5
"""So long the body of a request is read, even if a newer one waits."""

End = Literal["complete", "left", "silent", "stopped"]


class Body:
    """The body of a request, in pieces of at most `PIECE_BYTES`.

    Each has to come within so many seconds: who sends a byte now and then is as silent as who sends
    nothing. Whatever arrived until the end is a piece too; `end` says which end it was.

    A body that is stopped is still read for `LEAST_SECONDS`, so that of several clients that all
    insist each gets on by a bit.
    """

    def __init__(self, request: Request, piece_seconds: float) -> None:
        self._stream = request.stream()
        self._seconds = piece_seconds
        self._patience: asyncio.Timeout | None = None
        self._begun = 0.0
        self._is_stopped = False
        self.end: End | None = None

    def stop(self) -> None:
        """Let the reading end soon, with what has arrived."""
        self._is_stopped = True
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(self._stops_at)

    @property
    def _stops_at(self) -> float:
        return self._begun + LEAST_SECONDS

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read until the end."""
        self._begun = asyncio.get_running_loop().time()
        while self.end is None:
            piece = bytearray()
            await self._fill(piece)
            if piece:
                yield bytes(piece)

    async def _fill(self, piece: bytearray) -> None:
        now = asyncio.get_running_loop().time()
        if self._is_stopped and now >= self._stops_at:
            self.end = "stopped"
            return
        until = self._stops_at if self._is_stopped else now + self._seconds
        try:
            async with asyncio.timeout_at(until) as self._patience:
                await self._read(piece)
        except TimeoutError:
            self.end = "stopped" if self._is_stopped else "silent"
        except ClientDisconnect:
            self.end = "left"
        finally:
            self._patience = None

    async def _read(self, piece: bytearray) -> None:
        while len(piece) < PIECE_BYTES:
            chunk = await anext(self._stream, None)
            if chunk is None:
                self.end = "complete"
                return
            piece += chunk


class Turns:
    """One request at a time works on an upload. A newer one makes the older ones stop."""

    def __init__(self) -> None:
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, upload_id: str, body: Body | None = None) -> AsyncIterator[None]:
        """Wait until all others have stopped; `body` is how this one can be stopped in turn."""
        line = self._lines.setdefault(upload_id, _Line())
        for older in line.bodies:
            older.stop()
        mine = {body} if body else set()
        line.bodies |= mine
        try:
            async with line.lock:
                yield
        finally:
            line.bodies -= mine


class _Line:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.bodies: set[Body] = set()
