"""A gate that closes behind those who are inside."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Counts what is going on, so that stopping can wait for it."""

    def __init__(self) -> None:
        self.is_shut = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be inside for a while."""
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    async def shut(self) -> None:
        """Let nobody in any more, and wait until all are out."""
        self.is_shut = True
        await self._empty.wait()
