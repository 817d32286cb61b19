"""The `deliver` job: what waits in a channel's outbox is posted, in order, once.

Before a post is handed to its platform the outbox says so; when nobody knows whether it arrived
(the answer was lost, the process died), it is looked for before it is sent again. A platform that
is away for longer is tried again by a delayed job, so that waiting for it holds up no other.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.jobs.engine import Job, Jobs, Kind, Payload, Queue
from bot.ports import (
    Chat,
    ChatBusy,
    ChatRefused,
    Outbox,
    Post,
    PostUnknown,
    Reply,
)

log = logging.getLogger("chatkut.jobs")

QUEUE = Queue("deliver", concurrency=64, serial=True)

_MOST_ATTEMPTS = 1500
"""About a day."""
_FIRST_PAUSE_SECONDS = 0.5
_SHORT_PAUSE_SECONDS = 4.0
_LONGEST = 60.0
_SETTLED_SECONDS = 3.0
"""A request that was cut off may still be on its way into the platform."""


class Delivery:
    """Posts outboxes to the chats, by the name of their platform."""

    def __init__(self, outbox: Outbox, chats: Mapping[str, Chat]) -> None:
        self._outbox = outbox
        self._chats = chats
        self._not_before: dict[str, float] = {}
        self.kind = Kind("deliver", self._run, QUEUE)

    async def _run(self, job: Job, payload: Payload) -> None:
        tries = payload.get("tries", 0)
        await job.step("deliver", self._deliver, job.jobs, payload["channel"], tries)

    async def _deliver(self, jobs: Jobs, channel: str, tries: int) -> None:
        """Post until the channel's outbox is empty, or its platform is away for longer."""
        if time.monotonic() < self._not_before.get(channel, 0):
            return  # the job that waits for that time does it
        while (post := await self._outbox.first(channel)) is not None:
            asked = await self._settled(post)
            if asked is None:
                tries = 0
                continue
            tries += 1
            pause = max(asked, min(_FIRST_PAUSE_SECONDS * 2.0 ** min(tries, 10), _LONGEST))
            if pause > _SHORT_PAUSE_SECONDS:
                await self._later(jobs, post, tries, pause)
                return
            await asyncio.sleep(pause)

    async def _later(self, jobs: Jobs, post: Post, tries: int, pause: float) -> None:
        channel = post.to.channel
        self._not_before[channel] = time.monotonic() + pause
        again = {"channel": channel, "tries": tries}
        job_id = f"deliver:{post.key}:{uuid.uuid4().hex[:8]}"
        await jobs.enqueue("deliver", job_id, again, key=channel, delay_seconds=pause)

    async def _settled(self, post: Post) -> float | None:
        """Try to settle the fate of a post; else the seconds that its platform asked to wait."""
        chat = self._chats.get(post.to.platform)
        if chat is None:
            log.warning("%s is not set up; a post to %s waits", post.to.platform, post.to.channel)
            return _LONGEST
        try:
            if post.attempts >= _MOST_ATTEMPTS:
                raise ChatRefused("It was tried again and again.")
            await self._send(post, chat)
        except ChatRefused as error:
            log.warning("post %s in %s was given up: %s", post.key, post.to.channel, error)
            await self._outbox.given_up(post.key, str(error))
        except ChatBusy as error:
            await self._outbox.unsent(post.key)
            log.info("post %s in %s: %s", post.key, post.to.channel, error)
            return error.retry_after
        except PostUnknown as error:
            log.info("post %s in %s: %s", post.key, post.to.channel, error)
            return error.retry_after
        return None

    async def _send(self, post: Post, chat: Chat) -> None:
        if post.edits is not None:
            await self._replace(post, post.edits, chat)
            return
        if post.sending_since is not None:
            found = await _found(post, post.sending_since, chat)
            if found is not None:
                await self._outbox.sent(post.key, found)
                return
        await self._outbox.sending(post.key)
        reply = _with_files_that_exist(post.reply)
        await self._outbox.sent(post.key, await chat.post(post.to, reply, post.key))

    async def _replace(self, post: Post, earlier: str, chat: Chat) -> None:
        """Edit an earlier post, which does no harm a second time."""
        await self._outbox.sending(post.key)
        if earlier:
            await chat.edit(post.to, earlier, post.reply)
        await self._outbox.sent(post.key, earlier)


async def _found(post: Post, since: datetime, chat: Chat) -> str | None:
    """The id of a post that was sent into the unknown, if it arrived."""
    # `since` is the first attempt; when the last one was, nobody knows.
    age = (datetime.now(UTC) - since).total_seconds() if post.attempts == 1 else 0
    await asyncio.sleep(min(_SETTLED_SECONDS, max(0.0, _SETTLED_SECONDS - age)))
    try:
        return await chat.find(post.to, post.key, since)
    except ChatBusy as error:  # its fate stays unknown
        raise PostUnknown(str(error), error.retry_after) from error


def _with_files_that_exist(reply: Reply) -> Reply:
    """What is posted late may have outlived its files; the words are what matters."""
    files = tuple(path for path in reply.files if path.exists())
    if files == reply.files:
        return reply
    return replace(reply, files=files, text=f"{reply.text}\n(The file is no longer kept.)")
