"""Progress of a job: one post in the thread, edited in place as often as the platform allows.

Reports are coalesced: the last one wins. What was shown is kept, so that a job that goes on after a
restart goes on in the same post.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.ports import (
    AdapterError,
    Address,
    Board,
    Chat,
    ChatBusy,
    Progress,
    Reply,
    Shown,
    key_of,
    progress_reply,
)

log = logging.getLogger("chatkut.jobs")

QUIET_SECONDS = 2.0
"""What is done sooner needs no progress."""

_CLOSING_PAUSES_SECONDS = (0.0, 1.0, 3.0)
_LOOKS_BACK = timedelta(hours=1)
"""A post of unknown fate is looked for so far back: for ever would take long in a busy channel."""

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Screen:
    """Where progress is shown: a chat, and the board that remembers."""

    chat: Chat
    board: Board

    @asynccontextmanager
    async def showing(self, job: str, to: Address) -> AsyncIterator[Report]:
        """Show what is reported within; a job that fails or is stopped leaves its last line."""
        latest = _Latest()
        pump = asyncio.create_task(self._pump(job, to, latest))
        try:
            yield latest.report
        finally:
            pump.cancel()
            await asyncio.wait([pump])
            if not pump.cancelled() and (error := pump.exception()):
                log.warning("%s: progress broke off: %r", job, error)

    async def close(self, job: str, last: str) -> None:
        """Let the post, if there is one, say how it ended; not if the chat is away for long."""
        shown = await self.board.shown(job)
        for pause in _CLOSING_PAUSES_SECONDS:
            await asyncio.sleep(pause)
            if shown is None or await self._closed(shown, Reply("progress", last)):
                break
        await self.board.clear(job)

    async def _closed(self, shown: Shown, last: Reply) -> bool:
        try:
            if post := shown.post or await self._found(shown):
                await self.chat.edit(shown.to, post, last)
        except AdapterError as error:
            log.debug("progress not closed: %s", error)
            return not error.retryable
        return True

    async def _pump(self, job: str, to: Address, latest: "_Latest") -> None:
        await asyncio.sleep(QUIET_SECONDS)
        shown = await self.board.shown(job)
        if shown is None:
            shown = await self._begun(Shown(job, to, await latest.next()))
        while True:
            await asyncio.sleep(self.chat.edit_seconds)
            shown = await self._continued(replace(shown, progress=await latest.next()))

    async def _begun(self, shown: Shown) -> Shown:
        """Post for the first time; from before that on, there may be a post to look for."""
        await self.board.show(shown)
        with _shown_next_time():
            shown = replace(shown, post=await self._posted(shown))
        await self.board.show(shown)
        return shown

    async def _continued(self, shown: Shown) -> Shown:
        """Edit the post, which has to be found if it was posted into the unknown."""
        with _shown_next_time():
            if post := shown.post or await self._found(shown):
                await self.chat.edit(shown.to, post, progress_reply(shown.progress))
            else:
                post = await self._posted(shown)
            shown = replace(shown, post=post)
        await self.board.show(shown)
        return shown

    async def _posted(self, shown: Shown) -> str:
        return await self.chat.post(shown.to, progress_reply(shown.progress), _key(shown))

    async def _found(self, shown: Shown) -> str | None:
        return await self.chat.find(shown.to, _key(shown), datetime.now(UTC) - _LOOKS_BACK)


def _key(shown: Shown) -> str:
    return key_of("progress", shown.job)


@contextmanager
def _shown_next_time() -> Iterator[None]:
    """Progress that cannot be shown is not worth failing for: there will be more."""
    try:
        yield
    except AdapterError as error:
        log.debug("no progress shown: %s", error)


def screen_of(to: Address, screens: Mapping[str, Screen]) -> Screen:
    """The screen of a platform.

    Raises:
        ChatBusy: The platform is not set up any more; it may be again.
    """
    screen = screens.get(to.platform)
    if screen is None:
        raise ChatBusy(f"{to.platform!r} is not set up at present.")
    return screen


@asynccontextmanager
async def showing(screens: Mapping[str, Screen], job: str, to: Address) -> AsyncIterator[Report]:
    """Show what is reported within, if the platform is still set up."""
    if screen := screens.get(to.platform):
        async with screen.showing(job, to) as report:
            yield report
    else:
        yield lambda _: None


async def close_progress(screens: Mapping[str, Screen], to: Address, job: str, last: str) -> None:
    """Let the post of a job say how it ended, if its platform is still set up."""
    if screen := screens.get(to.platform):
        await screen.close(job, last)


class _Latest:
    """The newest progress that was not shown yet."""

    def __init__(self) -> None:
        self._reports: asyncio.Queue[Progress] = asyncio.Queue()

    def report(self, progress: Progress) -> None:
        while not self._reports.empty():
            self._reports.get_nowait()
        self._reports.put_nowait(progress)

    async def next(self) -> Progress:
        return await self._reports.get()
