"""Bodies that take long: how they are read, and how a newer request takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from weakref import WeakValueDictionary

from starlette.requests import ClientDisconnect, Request

PIECE_BYTES = 256 << 10

End = Literal["complete", "left", "silent", "stopped"]


class Body:
    """The body of a request, in pieces of at most `PIECE_BYTES`.

    Each has to come within so many seconds: who sends a byte now and then is as silent as who sends
    nothing. Whatever arrived until the end is a piece too; `end` says which end it was.
    """

    def __init__(self, request: Request, piece_seconds: float) -> None:
        self._stream = request.stream()
        self._seconds = piece_seconds
        self._patience: asyncio.Timeout | None = None
        self._is_stopped = False
        self.end: End | None = None

    def stop(self) -> None:
        """Let the reading end now, with what has arrived."""
        self._is_stopped = True
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read until the end."""
        while self.end is None:
            piece = bytearray()
            await self._fill(piece)
            if piece:
                yield bytes(piece)

    async def _fill(self, piece: bytearray) -> None:
        if self._is_stopped:
            self.end = "stopped"
            return
        try:
            async with asyncio.timeout(self._seconds) as self._patience:
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
