"""The `deliver` job: what waits in a channel's outbox is posted, in order, once.

Before a post is handed to its platform the outbox says so; when nobody knows whether it arrived
(the answer was lost, the process died), it is looked for before it is sent again.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.jobs.engine import Job, Kind, Payload, Queue
from bot.ports import (
    AdapterError,
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

_MOST_ATTEMPTS = 300
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
_SETTLED_SECONDS = 3.0
"""A request that was cut off may still be on its way into the platform."""


class Delivery:
    """Posts outboxes to the chats, by the name of their platform."""

    def __init__(self, outbox: Outbox, chats: Mapping[str, Chat]) -> None:
        self._outbox = outbox
        self._chats = chats
        self.kind = Kind("deliver", self._run, QUEUE)

    async def _run(self, job: Job, payload: Payload) -> None:
        await job.step("deliver", self.deliver, payload["channel"])

    async def deliver(self, channel: str) -> None:
        """Post until the channel's outbox is empty, however long its platform is away."""
        pause = _FIRST_PAUSE_SECONDS
        while (post := await self._outbox.first(channel)) is not None:
            if await self._delivered(post):
                pause = _FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _delivered(self, post: Post) -> bool:
        """Settle the fate of a post; False where it is to be tried again."""
        try:
            await self._send(post)
        except ChatBusy as error:
            await self._outbox.unsent(post.key)
            await asyncio.sleep(error.retry_after)
            return await self._again(post, error)
        except PostUnknown as error:
            return await self._again(post, error)
        except ChatRefused as error:
            await self._give_up(post, str(error))
        return True

    async def _again(self, post: Post, error: AdapterError) -> bool:
        log.info("post %s in %s: %s", post.key, post.to.channel, error)
        if post.attempts >= _MOST_ATTEMPTS:
            await self._give_up(post, str(error))
            return True
        return False

    async def _give_up(self, post: Post, reason: str) -> None:
        log.warning("post %s in %s was given up: %s", post.key, post.to.channel, reason)
        await self._outbox.given_up(post.key, reason)

    async def _send(self, post: Post) -> None:
        chat = self._chats.get(post.to.platform)
        if chat is None:
            raise PostUnknown(f"{post.to.platform!r} is not set up at present.")
        if post.sending_since is not None:
            found = await _found(post, post.sending_since, chat)
            if found is not None:
                await self._outbox.sent(post.key, found)
                return
        await self._outbox.sending(post.key)
        reply = _with_files_that_exist(post.reply)
        await self._outbox.sent(post.key, await chat.post(post.to, reply, post.key))


async def _found(post: Post, since: datetime, chat: Chat) -> str | None:
    """The id of a post that was sent into the unknown, if it arrived."""
    age = (datetime.now(UTC) - since).total_seconds()
    await asyncio.sleep(min(_SETTLED_SECONDS, max(0.0, _SETTLED_SECONDS - age)))
    try:
        return await chat.find(post.to, post.key, since)
    except ChatBusy as error:  # its fate stays unknown
        await asyncio.sleep(error.retry_after)
        raise PostUnknown(str(error)) from error


def _with_files_that_exist(reply: Reply) -> Reply:
    """What is posted late may have outlived its files; the words are what matters."""
    return replace(reply, files=tuple(path for path in reply.files if path.exists()))
