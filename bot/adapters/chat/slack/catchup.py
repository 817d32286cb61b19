"""What was said while nobody listened, read from Slack's history, as far as it shows it.

Read are the channels that we are in, and the threads in which we take part; what was accepted
before is accepted again, which does nothing. Not seen is what was said in other threads whose first
message is older, and what was pressed or commanded.

https://docs.slack.dev/reference/methods/conversations.history
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat.slack.api import Identity, SlackApi, SlackRefusal
from bot.adapters.chat.slack.events import Payload
from bot.adapters.chat.slack.trail import Trail
from bot.ports import ChatBusy, ChatRefused, StoreFailed

_DAYS = 7
_OVERLAP_SECONDS = 600
"""A message that was refused while a later one was kept is told again in this time, or never."""
_PAGE = 200
_MOST_PAGES = 5
_MOST_CHANNEL_PAGES = 3
_MOST_THREADS = 100
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_AT_ONCE = 8
"""Workspaces that are read at a time, so that what is told meanwhile is heard soon."""
_KINDS = "public_channel,private_channel,mpim,im"

_log = logging.getLogger(__name__)

_Method = Callable[..., Awaitable[AsyncSlackResponse]]


class Ear(Protocol):
    """Who hears in a workspace."""

    @property
    def api(self) -> SlackApi: ...

    @property
    def me(self) -> Identity: ...

    async def missed(self, message: Payload) -> None: ...


class CatchUp:
    """Reads on where the trail ends. `ear_of` finds who hears in a workspace."""

    def __init__(self, trail: Trail, ear_of: Callable[[str], Awaitable[Ear]]) -> None:
        self._trail = trail
        self._ear_of = ear_of
        self._told: set[str] = set()
        self._marks: dict[str, dict[str, str]] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)
        self.reading: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Note where the trail ends, before anything is told again; all workspaces are behind.

        What is being read is given up: `go_on` reads it again.

        Raises:
            StoreFailed: That is not known just now.
        """
        await self.stop()
        marks: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for place, ts in (await self._trail.seen.latest()).items():
            team, _, rest = place.partition("/")
            marks[team][rest] = ts
        self._marks = marks
        self._trail.behind |= marks.keys()

    def go_on(self) -> None:
        """Read on in each workspace, however long Slack has us wait."""
        if self.reading is not None:
            self.reading.cancel()
        self.reading = asyncio.create_task(self._read(self._marks))

    async def stop(self) -> None:
        """Read no more; the next one begins where this one began."""
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.wait((self.reading,))

    async def _read(self, marks: Mapping[str, Mapping[str, str]]) -> None:
        # One for which Slack gives us no token does not hold up the others.
        reading = (self._workspace(team, marks[team]) for team in marks)
        for outcome in await asyncio.gather(*reading, return_exceptions=True):
            if isinstance(outcome, Exception):
                _log.error("Catching up broke off; the next start tries again.", exc_info=outcome)

    async def _workspace(self, team: str, marks: Mapping[str, str]) -> None:
        try:
            ear = await _patiently(self._ear_of, team)
            if ear.me.team == team:  # else the token is of another workspace now
                async with self._few:
                    await self._read_on(ear, marks)
        except ChatRefused as error:
            self._tell(team, error)
        self._trail.behind.discard(team)

    async def _read_on(self, ear: Ear, marks: Mapping[str, str]) -> None:
        channels = [channel async for channel in self._channels(ear.api)]
        for channel in channels:
            mark = float(marks.get(channel) or _newest(marks))
            for root in await self._channel(ear, channel, mark):
                if f"{channel}/{root}" not in marks:  # else it is read from its own mark, below
                    await self._thread(ear, channel, root, mark)
        for channel, root in _threads(marks):
            if channel in channels:
                await self._thread(ear, channel, root, float(marks[f"{channel}/{root}"]))

    async def _channels(self, api: SlackApi) -> AsyncIterator[str]:
        arguments = {"types": _KINDS, "exclude_archived": True, "limit": _PAGE}
        listed = _pages(api, api.client.users_conversations, _MOST_CHANNEL_PAGES, **arguments)
        async for page in listed:
            for channel in page["channels"]:
                yield channel["id"]

    async def _channel(self, ear: Ear, channel: str, mark: float) -> list[str]:
        """Read a channel from a little before its mark; the threads there that went on since."""
        since = max(mark - _OVERLAP_SECONDS, _earliest())
        said = await self._said(ear, ear.api.client.conversations_history, channel, since)
        for message in sorted(said, key=_at):
            root = message.get("thread_ts")
            if root in (None, message["ts"]):  # else it was said in a thread, and shown here too
                await self._hear(ear, channel, message)
        return [message["ts"] for message in said if float(message.get("latest_reply") or 0) > mark]

    async def _thread(self, ear: Ear, channel: str, root: str, mark: float) -> None:
        """Read a thread from its mark: whether what was said before concerned us is decided."""
        since, replies = max(mark, _earliest()), ear.api.client.conversations_replies
        said = await self._said(ear, replies, channel, since, ts=root)
        for message in sorted(said, key=_at):
            if _at(message) > since and message["ts"] != root:
                await self._hear(ear, channel, message)

    async def _said(
        self, ear: Ear, method: _Method, channel: str, since: float, **where: Any
    ) -> list[Payload]:
        arguments = {"channel": channel, "oldest": f"{since:.6f}", "limit": _PAGE, **where}
        try:
            pages = _pages(ear.api, method, _MOST_PAGES, **arguments)
            return [message async for page in pages for message in page["messages"]]
        except SlackRefusal as error:
            self._tell(channel, error)
            return []

    async def _hear(self, ear: Ear, channel: str, message: Payload) -> None:
        """Hear a message, however long it takes to be kept: nobody will tell it again."""
        missed = {**message, "channel": channel}
        pause = _PAUSE_SECONDS
        while True:
            try:
                return await ear.missed(missed)
            except StoreFailed as error:
                _log.warning("A message waits, as it cannot be stored: %s", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _tell(self, place: str, error: ChatRefused) -> None:
        """Log a reason once: a missing scope is the same in each channel."""
        reason = str(error)
        if reason not in self._told:
            self._told.add(reason)
            _log.warning("What was said meanwhile in %s is not made up for: %s", place, reason)


async def _pages(
    api: SlackApi, method: _Method, most: int, **arguments: Any
) -> AsyncIterator[AsyncSlackResponse]:
    cursor: str | None = None
    for _ in range(most):
        page = await _patiently(api.call, method, cursor=cursor, **arguments)
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
    _log.warning("More was said meanwhile than is read; the oldest of it is left out.")


async def _patiently(ask: Callable[..., Awaitable[Any]], *what: Any, **arguments: Any) -> Any:
    """Ask Slack as often and as slowly as it wants."""
    pause = _PAUSE_SECONDS
    while True:
        try:
            return await ask(*what, **arguments)
        except (ChatBusy, StoreFailed) as error:
            wait = max(pause, getattr(error, "retry_after", 0))
            _log.info("Catching up goes on in %.0f s: %s", wait, error)
        await asyncio.sleep(wait)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _newest(marks: Mapping[str, str]) -> float:
    """When a workspace was heard last; threads may have been noted after that, while behind."""
    channels = [ts for place, ts in marks.items() if "/" not in place]
    return max(map(float, channels or marks.values()))


def _threads(marks: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The threads in which something was said last."""
    threads = sorted((p for p in marks if "/" in p), key=lambda place: -float(marks[place]))
    for place in threads[:_MOST_THREADS]:
        channel, _, root = place.partition("/")
        yield channel, root


def _earliest() -> float:
    return time.time() - _DAYS * 86_400


def _at(message: Payload) -> float:
    return float(message["ts"])
