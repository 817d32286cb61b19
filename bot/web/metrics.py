"""What is counted while the process runs.

Labels have few values: kinds, outcomes, presets, queues, platforms and models, never a channel, a
user or a file. Times are seconds and money is dollars, as Prometheus wants its base units.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_log = logging.getLogger("chatkut.web")

_WORK_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

FRESH_SECONDS = 5.0
"""Scrapes read the database at most this often."""

_READ_SECONDS = 2.0
_UNKNOWN = (math.nan, math.nan)


class Metrics:
    """Counts what happens in this process; implements `Meter`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self._ticked_at = time.monotonic()
        self._started = Counter(
            "chatkut_jobs_started",
            "Jobs that were started or taken up again.",
            ["kind"],
            registry=registry,
        )
        self._jobs = Histogram(
            "chatkut_job_seconds",
            "Jobs that ended, by how long they took.",
            ["kind", "outcome"],
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self._renders = Histogram(
            "chatkut_render_seconds",
            "Renders that ended, by how long they took.",
            ["preset", "outcome"],
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self._render_dollars = Counter(
            "chatkut_render_dollars", "What renders cost.", ["preset"], registry=registry
        )
        self._tokens = Counter(
            "chatkut_model_tokens",
            "Tokens that models read and wrote.",
            ["provider", "model", "direction"],
            registry=registry,
        )
        self._model_dollars = Counter(
            "chatkut_model_dollars", "What models cost.", ["provider", "model"], registry=registry
        )
        self._messages = Counter(
            "chatkut_messages_accepted",
            "Messages that were accepted durably, redelivered ones too.",
            ["platform"],
            registry=registry,
        )
        self._failovers = Counter(
            "chatkut_failovers", "Dead processes whose work was taken over.", registry=registry
        )
        self._taken_over = Counter(
            "chatkut_jobs_taken_over",
            "Jobs of dead processes that were taken over.",
            registry=registry,
        )
        self._lag = Histogram(
            "chatkut_event_loop_lag_seconds",
            "By how much timers of the event loop are late.",
            buckets=_LAG_SECONDS,
            registry=registry,
        )

    def job_started(self, kind: str) -> None:
        """A job runs, for the first time or again."""
        self._started.labels(kind).inc()

    def job_ended(self, kind: str, outcome: str, seconds: float) -> None:
        """A job is done, failed, was cancelled or parked, so long after it was started."""
        self._jobs.labels(kind, outcome).observe(seconds)

    def render_ended(self, preset: str, outcome: str, seconds: float, microusd: int) -> None:
        """A render is over, and cost this much."""
        self._renders.labels(preset, outcome).observe(seconds)
        self._render_dollars.labels(preset).inc(microusd / 1e6)

    def model_called(
        self, provider: str, model: str, tokens: Mapping[str, int], microusd: int
    ) -> None:
        """A model answered: tokens by direction ("input", "cached", "output"), and the price."""
        for direction, count in tokens.items():
            self._tokens.labels(provider, model, direction).inc(count)
        self._model_dollars.labels(provider, model).inc(microusd / 1e6)

    def message_accepted(self, platform: str) -> None:
        """A message will be worked on, whatever happens."""
        self._messages.labels(platform).inc()

    def failed_over(self, jobs: int) -> None:
        """The work of one dead process was taken over: so many jobs."""
        self._failovers.inc()
        self._taken_over.inc(jobs)

    @property
    def seconds_since_tick(self) -> float:
        """How long ago the event loop was last seen to run."""
        return time.monotonic() - self._ticked_at

    async def watch_loop(self, every_seconds: float = 0.5) -> None:
        """Measure how late the event loop is, until cancelled."""
        while True:
            due = time.monotonic() + every_seconds
            await asyncio.sleep(every_seconds)
            self._ticked_at = time.monotonic()
            self._lag.observe(max(0.0, self._ticked_at - due))


Backlog = tuple[int, float]
"""How many wait, and since how many seconds the oldest does."""


class Backlogs:
    """What waits in the database, read when a scrape asks for it.

    `queues` names all queues, also empty ones. What cannot be read is shown as NaN or not at all,
    never as what it was before.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        outbox: Callable[[], Awaitable[Backlog]],
        queues: Callable[[], Awaitable[Mapping[str, Backlog]]],
    ) -> None:
        self._outbox = outbox
        self._queues = queues
        self._reading = asyncio.Lock()
        self._read_at = -math.inf
        self._posts = Gauge(
            "chatkut_outbox_posts", "Posts that wait to be sent.", registry=registry
        )
        self._posts_age = Gauge(
            "chatkut_outbox_oldest_seconds", "Age of the oldest post that waits.", registry=registry
        )
        self._jobs = Gauge(
            "chatkut_queue_jobs", "Jobs that wait in a queue.", ["queue"], registry=registry
        )
        self._jobs_age = Gauge(
            "chatkut_queue_oldest_seconds",
            "Age of the oldest job that waits in a queue.",
            ["queue"],
            registry=registry,
        )

    async def refresh(self) -> None:
        """Read again, unless that was done within `FRESH_SECONDS`."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now - self._read_at < FRESH_SECONDS:
                return
            self._read_at = now
            outbox, queues = await asyncio.gather(
                asyncio.wait_for(self._outbox(), _READ_SECONDS),
                asyncio.wait_for(self._queues(), _READ_SECONDS),
                return_exceptions=True,
            )
            self._show_outbox(outbox)
            self._show_queues(queues)

    def _show_outbox(self, outbox: Backlog | BaseException) -> None:
        if isinstance(outbox, BaseException):
            _log.warning("the outbox cannot be measured: %r", outbox)
        count, age = _UNKNOWN if isinstance(outbox, BaseException) else outbox
        self._posts.set(count)
        self._posts_age.set(age)

    def _show_queues(self, queues: Mapping[str, Backlog] | BaseException) -> None:
        self._jobs.clear()
        self._jobs_age.clear()
        if isinstance(queues, BaseException):
            _log.warning("the queues cannot be measured: %r", queues)
            return
        for name, (count, age) in queues.items():
            self._jobs.labels(name).set(count)
            self._jobs_age.labels(name).set(age)
