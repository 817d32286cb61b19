"""Answering in the process that was asked, while the person waits: the terminal.

What takes long is done here and now, and dies with the process; `bot/jobs` does it durably.
"""

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from bot.handlers.render import film_card
from bot.handlers.route import answered
from bot.handlers.services import Services
from bot.handlers.upload import shown_name
from bot.ports import (
    AlreadyKept,
    Arrival,
    MediaRefused,
    Message,
    Progress,
    RenderFailed,
    RenderOrder,
    RenderRecord,
    Reply,
    Taken,
    Voice,
    progress_reply,
)

_INTERVAL_SECONDS = 0.2


async def converse(message: Message, voice: Voice, services: Services) -> None:
    """Answer one message and make the films that it orders; delivered twice it is answered once."""
    if await services.conversations.known(message.channel, message.id):
        return
    taken = await _take_in(message, voice, services)

    async def show(progress: Progress) -> None:
        await voice.post(message, progress_reply(progress))

    try:
        turn = await answered(message, taken, replace(services, progress=show))
    except AlreadyKept:  # delivered twice at the same moment
        return
    for reply in turn.replies:
        await voice.post(message, reply)
    for order in turn.renders:
        await _film(order, message, voice, services)


async def _take_in(message: Message, voice: Voice, services: Services) -> Taken:
    arrivals, refusals, subtitles = [], [], []
    for attachment in message.attachments:
        name = shown_name(attachment)
        reporter = _Reporter(message, voice, f"taking in {name}")
        try:
            source = Path(attachment.ref)
            if found := await services.subtitles(source, name):
                subtitles.append(found)
            else:
                facts = await services.media.take(source, name, reporter.report)
                arrivals.append(Arrival(name, facts))
        except MediaRefused as error:
            refusals.append(str(error))
        finally:
            await reporter.done()
    return Taken(tuple(arrivals), tuple(refusals), subtitles=tuple(subtitles))


async def _film(order: RenderOrder, message: Message, voice: Voice, services: Services) -> None:
    try:
        async with aclosing(services.renders.run(order)) as events:
            async for event in events:
                if isinstance(event, RenderRecord):
                    await voice.post(message, film_card(event, services.links))
                else:
                    await voice.post(message, progress_reply(event))
    except RenderFailed as error:
        await voice.post(message, Reply("error", f"{error} The render costs nothing."))


class _Reporter:
    """Posts a fraction as progress at most five times a second; quick jobs stay silent."""

    def __init__(self, message: Message, voice: Voice, stage: str) -> None:
        self._message = message
        self._voice = voice
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
        reply = progress_reply(Progress(self._stage, fraction))
        self._posting = asyncio.ensure_future(self._voice.post(self._message, reply))

    async def done(self) -> None:
        """Wait for a post that is under way, so that it cannot come after what follows."""
        if self._posting is not None:
            await self._posting
