"""Waits: jobs that wait for something outside, such as another service that makes a film.

A job says what it waits for, and sleeps. A webhook, or one poller for all jobs that wait for the
same service, signals it when the service is done; if both do, it is once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.jobs.engine import Job, Jobs, Payload
from bot.ports import AdapterError, Wait, Waits

log = logging.getLogger("chatkut.jobs")

_SHORTEST_PAUSE_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 30.0
_ENDED = frozenset({"done", "failed", "cancelled", "parked"})


class Poller(Protocol):
    """Asks a service about several things at once."""

    async def ask(self, refs: Collection[str]) -> Mapping[str, Payload | None]:
        """What became of each: None, or nothing, while it goes on.

        A payload has the "state" that was reached, by which the same news is told once.

        Raises:
            AdapterError: The service does not answer.
        """
        ...


async def await_outside(
    job: Job, waits: Waits, wait: Wait, timeout_seconds: float, poll_after_seconds: float
) -> Payload | None:
    """Wait, within a job, for what `ready` tells; None when it took too long.

    `wait.job` is the job's own id. A job waits for one thing at a time.
    """

    async def begin() -> None:
        await waits.add(wait, poll_after_seconds)

    async def end() -> None:
        await waits.remove(wait.job)

    await job.step(f"wait for {wait.kind}", begin)
    payload = await job.wait(_topic(wait.ref), timeout_seconds)
    await job.step(f"waited for {wait.kind}", end)
    return payload


async def ready(jobs: Jobs, job: str, ref: str, payload: Payload) -> None:
    """Tell a job what became of what it waits for; each "state" has one effect.

    Raises:
        NoSuchJob: There is no such job.
        StoreFailed: The job was not told.
    """
    await jobs.signal(job, _topic(ref), payload, dedup=f"{ref}:{payload['state']}")


class Polling:
    """Asks the pollers, by kind of wait, about what is due, and tells the jobs.

    A wait is put off before it is asked about, so that other processes do not ask as well, and for
    longer the longer the job has been under way. So a service that fails or hangs is asked rarely,
    and delays no other. The job takes its wait away itself, unless it was cancelled.
    """

    def __init__(
        self,
        waits: Waits,
        jobs: Jobs,
        pollers: Mapping[str, Poller],
        patience_seconds: float = 10,
    ) -> None:
        self._waits = waits
        self._jobs = jobs
        self._pollers = pollers
        self._patience = patience_seconds
        self._failing: set[str] = set()

    async def poll(self) -> None:
        """Ask once about everything that is due."""
        due: defaultdict[str, list[Wait]] = defaultdict(list)
        for wait in await self._waits.due():
            if await self._put_off(wait):
                due[wait.kind].append(wait)
        asking = (self._settle(kind, waits) for kind, waits in due.items())
        # Each to its end, even if another one breaks.
        for outcome in await asyncio.gather(*asking, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _put_off(self, wait: Wait) -> bool:
        """Whether to ask now: not for a job that is over, nor for a kind that others may know."""
        status = await self._jobs.status(wait.job)
        if status is None or status.state in _ENDED:
            await self._waits.remove(wait.job)
            return False
        known = wait.kind in self._pollers
        pause = _pause_seconds(status.enqueued_at) if known else _LONGEST_PAUSE_SECONDS
        await self._waits.postpone(wait.job, pause)
        return known

    async def _settle(self, kind: str, due: Sequence[Wait]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                became = await self._pollers[kind].ask([wait.ref for wait in due])
        except (AdapterError, TimeoutError) as error:
            if kind not in self._failing:
                log.warning("%s cannot be asked at present: %s", kind, str(error) or "no answer")
            self._failing.add(kind)
            return
        self._failing.discard(kind)
        for wait in due:
            payload = became.get(wait.ref)
            if payload is not None:
                await ready(self._jobs, wait.job, wait.ref, payload)


def _pause_seconds(since: datetime) -> float:
    """A tenth of the time that it took so far, within limits."""
    tenth = (datetime.now(UTC) - since).total_seconds() / 10
    return min(_LONGEST_PAUSE_SECONDS, max(_SHORTEST_PAUSE_SECONDS, tenth))


def _topic(ref: str) -> str:
    """Each wait hears its own news only, and none that came too late for the one before."""
    return f"ready {ref}"
