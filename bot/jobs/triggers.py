"""Triggers: what this process does every few seconds, none of it work that could be lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.ports import AdapterError

log = logging.getLogger("chatkut.jobs")

TriggerName = Literal[
    "heartbeat",
    "failover",
    "outbox_rescue",
    "render_rescue",
    "upload_rescue",
    "poll_waits",
    "parked",
    "sweeps",
]
Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Every:
    """So many seconds after the time before, up to `jitter` seconds later."""

    seconds: float
    jitter: float = 0


EVERY: Mapping[TriggerName, Every] = {
    "heartbeat": Every(5),  # `Lease.beat`
    "failover": Every(10),  # `Lease.take_over`, where several processes share the database
    "outbox_rescue": Every(15),  # posts that wait without a job that delivers them
    "render_rescue": Every(15),  # ordered renders without a job that makes them
    "upload_rescue": Every(15),  # uploads that have arrived and are no messages yet
    "poll_waits": Every(3, jitter=1),  # `Polling.poll`
    "parked": Every(60),  # `settle_parked`
    "sweeps": Every(30),  # `Calendar.enqueue_due`
}

_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
_CLOCK_SECONDS = 1.0


class Triggers:
    """Makes short calls at the start, and then again and again until stopped.

    A call that is still going on is not begun a second time. What it raises is logged, once until
    it succeeds again, and it is called again when its time comes.

    APScheduler goes by the wall clock. When that is set forward, what became due is called once.
    When it is set back everything would stand still until the old time is reached again; that is
    noticed within a second, and everything is called at once.
    """

    def __init__(
        self, calls: Mapping[TriggerName, Call], every: Mapping[TriggerName, Every] = EVERY
    ) -> None:
        self._calls = calls
        self._every = every
        self._failing: set[str] = set()
        self._running: set[asyncio.Task[object]] = set()
        self._watch: asyncio.Task[None]
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()}, timezone=UTC, job_defaults=_DEFAULTS
        )

    def start(self) -> None:
        """Begin, on the running event loop."""
        # It would say every few seconds what runs, and what still does.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for name, call in self._calls.items():
            self._scheduler.add_job(
                self._make,
                _AfterNow(self._every[name]),
                args=[name, call],
                id=name,
                replace_existing=True,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock())

    async def stop(self) -> None:
        """Make no more calls; those that are going on are cancelled."""
        self._watch.cancel()
        self._scheduler.pause()
        await asyncio.wait([self._watch])  # what was just about to begin has begun by then
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # it cancels on the loop
        while self._running:
            await asyncio.wait(self._running)

    async def _make(self, name: str, call: Call) -> None:
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        with suppress(asyncio.CancelledError):  # we were stopped, of which APScheduler makes a fuss
            try:
                await call()
            except AdapterError as error:
                if name not in self._failing:
                    log.warning("%s does not work at present: %s", name, error)
                self._failing.add(name)
            else:
                if name in self._failing:
                    log.info("%s works again", name)
                self._failing.discard(name)

    async def _watch_clock(self) -> None:
        latest = datetime.now(UTC)
        while True:
            await asyncio.sleep(_CLOCK_SECONDS)
            now = datetime.now(UTC)
            if now < latest:
                log.warning("The clock was set back by %s or a little more", latest - now)
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=now)
            latest = now


class _AfterNow(IntervalTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Counts from now and not from the time before, of which a leaping clock would skip millions.

    APScheduler walks through all of them, on the event loop.
    """

    def __init__(self, every: Every) -> None:
        super().__init__(seconds=every.seconds, jitter=every.jitter, timezone=UTC)

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime | None:
        found: datetime | None = super().get_next_fire_time(now, now)
        return found
