"""Leases: which processes are alive, and who goes on with the work of those that are not."""

import logging
import time
from collections.abc import Awaitable, Callable

from bot.jobs.engine import JobEngine, JobStatus
from bot.ports import AdapterError, Meter, Workers

log = logging.getLogger("chatkut.jobs")


class Lease:
    """This process among those that share one database.

    Each process says that it is alive, by `beat`, and looks for those that do not, by `take_over`.
    The store dates both, on PostgreSQL by the clock of the database, so that the clocks of the
    machines do not matter. But that one clock may be set forward, or go on while all processes
    sleep, and then all look dead until they beat again. So nobody is believed to be dead who was
    not suspected before: silent for a third of the time, and that for another third by our own
    monotonic clock, in which a living process beats several times. One that lives and is taken over
    nevertheless lets go of its jobs, but the step that it was in may be done twice.

    One that runs jobs but never said that it is alive, because it was killed before, is noticed by
    its jobs, and is given as long as the others.
    """

    def __init__(
        self,
        workers: Workers,
        jobs: JobEngine,
        executor: str,
        role: str,
        dead_after_seconds: float = 45,
        meter: Meter | None = None,
    ) -> None:
        self._workers = workers
        self._jobs = jobs
        self._executor = executor
        self._role = role
        self._dead_after = dead_after_seconds
        self._meter = meter
        self._suspected: dict[str, float] = {}

    async def beat(self) -> None:
        """Say that this process is alive."""
        await self._workers.seen(self._executor, self._role)

    async def take_over(self) -> int:
        """Put the work of dead processes back into the queues; how many jobs.

        Killed in between, this process leaves a claim that lapses, and another one does it again.
        """
        return sum([await self._take_over(executor) for executor in await self._dead()])

    async def leave(self) -> None:
        """Say goodbye, after the engine has stopped and handed back everything.

        Without this the others look after a while, as they must if something was not handed back.
        """
        await self._workers.gone(self._executor)

    async def _dead(self) -> list[str]:
        await self._workers.expect(await self._jobs.executors())
        third, now = self._dead_after / 3, time.monotonic()
        silent = set(await self._workers.silent(third)) - {self._executor}
        self._suspected = {name: self._suspected.get(name, now) for name in silent}
        suspects = {name for name, since in self._suspected.items() if now - since >= third}
        return sorted(suspects.intersection(await self._workers.silent(self._dead_after)))

    async def _take_over(self, executor: str) -> int:
        if not await self._workers.claim(executor, self._executor):
            return 0
        count = await self._jobs.recover([executor])
        await self._workers.gone(executor)  # only now: without its row nobody would look again
        log.warning("%s is dead; %d of its jobs were put back into the queues", executor, count)
        if self._meter is not None:
            self._meter.failed_over(count)
        return count


async def settle_parked(jobs: JobEngine, tell: Callable[[JobStatus], Awaitable[None]]) -> None:
    """Tell of each job that took its process down too often, and end it, so that it is told once.

    `tell` may be repeated for the same job: if it raises `AdapterError`, or if the process dies
    before the job is ended.
    """
    for parked in await jobs.find("parked"):
        log.error("%s was started %d times and never survived it", parked.id, parked.attempts)
        try:
            if (job := await jobs.status(parked.id)) is not None:  # with its payload
                await tell(job)
            await jobs.cancel(parked.id)
        except AdapterError as error:
            log.warning("nobody could be told of %s: %s", parked.id, error)
