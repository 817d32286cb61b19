"""Progress: one line that is edited in place while something takes time."""

import asyncio
import time

from bot.ports import Chat, Message, Progress, Reply

_CELLS = 10
_INTERVAL_SECONDS = 0.2


def bar(progress: Progress) -> str:
    """Draw progress as text: ▰▰▰▱▱ 62 % · rendering · 12 s left."""
    filled = int(progress.fraction * _CELLS)
    parts = [f"{'▰' * filled}{'▱' * (_CELLS - filled)} {progress.fraction:.0%}", progress.stage]
    if progress.seconds_left is not None:
        parts.append(f"{progress.seconds_left:.0f} s left")
    return " · ".join(parts)


def progress_reply(progress: Progress) -> Reply:
    """Progress as a reply, which replaces the one before it."""
    return Reply("progress", bar(progress), progress=progress)


class Reporter:
    """Posts a fraction as progress at most five times a second; quick jobs stay silent."""

    def __init__(self, message: Message, chat: Chat, stage: str) -> None:
        self._message = message
        self._chat = chat
        self._stage = stage
        self._last = time.monotonic()
        self._posting: asyncio.Task[None] | None = None

    def report(self, fraction: float) -> None:
        """Take note of a fraction done; post it if the last post is long enough ago."""
        now = time.monotonic()
        busy = self._posting is not None and not self._posting.done()
        if busy or now - self._last < _INTERVAL_SECONDS:
            return
        self._last = now
        self._posting = asyncio.ensure_future(
            self._chat.post(self._message, progress_reply(Progress(self._stage, fraction)))
        )

    async def done(self) -> None:
        """Wait for a post that is under way, so that it cannot come after what follows."""
        if self._posting is not None:
            await self._posting
