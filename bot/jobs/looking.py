"""How jobs follow a video at the service that plays it: they look, wait for news and look again."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.jobs.engine import Job, Payload
from bot.jobs.waits import await_outside
from bot.ports import PlaybackBusy, Wait, Waits

Seen = TypeVar("Seen")

News = Callable[[str], Awaitable[Payload | None]]
"""What became of a video, by its uid; None while it goes on."""

_POLL_AFTER_SECONDS = 5.0
_ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks so many times, with up to so many seconds in between, unless there are news."""

    waits: Waits
    kind: str
    times: int
    seconds: float

    async def until(
        self,
        job: Job,
        uid: str,
        look: Callable[[str], Awaitable[Seen]],
        is_over: Callable[[Seen], bool],
    ) -> Seen | None:
        """What was seen when it was over, None where that took too long.

        `look` gets the name of the step that it is to be.
        """
        wait = Wait(job.id, self.kind, uid)
        for _ in range(self.times):
            if is_over(seen := await look("look")):
                return seen
            await await_outside(job, self.waits, wait, self.seconds, _POLL_AFTER_SECONDS)
        seen = await look("last look")
        return seen if is_over(seen) else None


async def asked(refs: Collection[str], news: News) -> Mapping[str, Payload | None]:
    """Ask about several videos, a few at once; one that is not answered holds up no other.

    Raises:
        PlaybackBusy: None of them is answered.
    """
    gate = asyncio.Semaphore(_ASKED_AT_ONCE)
    failures: list[PlaybackBusy] = []

    async def ask(ref: str) -> Payload | None:
        async with gate:
            try:
                return await news(ref)
            except PlaybackBusy as failure:
                failures.append(failure)
                return None

    found = dict(zip(refs, await asyncio.gather(*map(ask, refs)), strict=True))
    if failures and len(failures) == len(found):
        raise failures[0]
    return found
