"""Reporter: how far a render is, at most five times a second and never going back."""

import asyncio
import time
from typing import Self

from bot.ports import Progress

_INTERVAL_SECONDS = 0.2
_SETTLED = (1.0, 0.08)  # seconds spent and part of the rest done before the rest can be guessed


class Reporter:
    """Passes progress from a job to whoever iterates, until it is closed."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._started = time.monotonic()
        self._told = self._started
        self._stage = ""
        self._fraction = 0.0
        self._given = 0.0

    def tell(self, stage: str, fraction: float) -> None:
        """Say that a stage has come to a fraction of the whole."""
        now = time.monotonic()
        if stage == self._stage and now - self._told < _INTERVAL_SECONDS:
            return
        self._fraction = min(1.0, max(self._fraction, fraction))
        if stage != self._stage:  # what was there already says nothing about the rest
            self._started, self._given = now, self._fraction
        self._stage, self._told = stage, now
        self._events.put_nowait(Progress(stage, self._fraction, self._seconds_left(now)))

    def close(self) -> None:
        """End the iteration."""
        self._events.put_nowait(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Progress:
        if (progress := await self._events.get()) is None:
            raise StopAsyncIteration
        return progress

    def _seconds_left(self, now: float) -> float | None:
        spent, done = now - self._started, self._fraction - self._given
        if spent < _SETTLED[0] or done < _SETTLED[1] * (1 - self._given):
            return None
        return spent * (1 - self._fraction) / done
