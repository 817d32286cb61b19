"""Durable jobs: the port. Work that survives `kill -9`, on one machine or on many.

A kind of job is an async function of a `Job` and a payload. Whatever touches the world runs in a
step; when the process dies the function runs again from its top, and finished steps return what
they returned before. So between the steps the function is pure arithmetic: no clock, no random
numbers, no reading of files, and always the same steps in the same order. To change the order of
steps, give the kind a new name and keep the old one until its jobs have ended.

Payloads, results and messages are plain JSON: what a first run sees is what a repetition sees. So
with errors: a step raises an `AdapterError` of the kind that it raised at first, with the same
message; anything else arrives as `StepFailed`.

AdapterError
├── StepFailed      a step, or a job, raised something that nobody had foreseen
├── StepTimedOut    a step took longer than it was given; trying again may help
├── ChildEnded      the awaited child was cancelled or parked and has no result
└── NoSuchJob       there is no job of this id
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, TypeVar, TypeVarTuple

from bot.ports import AdapterError

Payload = Mapping[str, Any]
"""A JSON object."""

Json = TypeVar("Json", bound=str | int | float | list[Any] | Mapping[str, Any] | None)
Args = TypeVarTuple("Args")


class StepFailed(AdapterError):
    """A step or a job raised something unforeseen; the log has the traceback."""


class StepTimedOut(AdapterError):
    """A step did not finish within its time and was stopped."""

    retryable: ClassVar[bool] = True


class ChildEnded(AdapterError):
    """The awaited child was cancelled, or parked after too many crashes."""


class NoSuchJob(AdapterError):
    """There is no job of this id."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried while its error says `retryable`; the pause doubles each time."""

    attempts: int = 1
    pause_seconds: float = 1.0
    longest_pause_seconds: float = 300.0


ONCE = Retry()
PATIENT = Retry(attempts=2000, pause_seconds=0.5, longest_pause_seconds=60)
"""More than a day: what was accepted is done when the disk or the database is back."""


class Job(Protocol):
    """What a running job can do. Await one thing at a time; only children may be gathered."""

    @property
    def id(self) -> str:
        """The id that the job was enqueued with: the root of all idempotency keys."""
        ...

    @property
    def jobs(self) -> "Jobs":
        """The engine, so that a step can enqueue and signal others."""
        ...

    async def step(
        self,
        name: str,
        function: Callable[[*Args], Awaitable[Json]],
        *args: *Args,
        retry: Retry = ONCE,
        timeout_seconds: float | None = None,
    ) -> Json:
        """Do something to the world, at least once: it is repeated if the process dies inside.

        Cancelling the job, or stopping the engine, raises `asyncio.CancelledError` in the function.
        Each try gets the whole `timeout_seconds`.
        """
        ...

    async def wait(self, topic: str, timeout_seconds: float) -> Payload | None:
        """The oldest message signalled on the topic, or None when none came in time."""
        ...

    async def child(self, kind: str, id: str, payload: Payload) -> Payload | None:
        """Run another job on its own queue, not a serial one, and await its result.

        It is cancelled together with this one.

        Raises:
            AdapterError: What the child raised.
            ChildEnded: The child was cancelled or parked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Queue:
    """How jobs share the machine.

    At most `concurrency` of them run at once in one process; a job that waits counts. On a `serial`
    queue jobs of one key run one after the other, in the order in which they were enqueued, on all
    machines together. Every `poll_seconds` the queue is looked at for jobs that come from other
    processes, or that were delayed or handed back.
    """

    name: str
    concurrency: int
    serial: bool = False
    poll_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    A job that was taken up again more than `max_recoveries` times is parked, so that one that takes
    its process down does not do so for ever. Orderly restarts count too.
    """

    name: str
    run: Callable[[Job, Payload], Awaitable[Payload | None]]
    queue: Queue
    max_recoveries: int = 50


JobState = Literal["delayed", "queued", "running", "done", "failed", "cancelled", "parked"]
"""A job that waits for a signal is running. A parked one is not tried again by itself."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What is known of a job; `payload`, `result` and `error` where `status` was asked, not `find`.

    `attempts` counts how often it was started. Times are UTC.
    """

    id: str
    kind: str
    state: JobState
    key: str | None
    attempts: int
    executor: str | None
    enqueued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    payload: Payload | None = None
    result: Payload | None = None
    error: str | None = None


class Jobs(Protocol):
    """What the rest of the program asks of the engine; may be called from anywhere, also in steps.

    All raise `StoreFailed` where the database cannot be used.
    """

    async def enqueue(
        self,
        kind: str,
        id: str,
        payload: Payload,
        key: str | None = None,
        delay_seconds: float = 0,
    ) -> None:
        """Accept a job durably. The same id again does nothing, whatever became of the first.

        `key` is for serial queues, and needed there; jobs of one key run in the order in which
        their enqueuing was awaited. A delay may last a second longer.
        """
        ...

    async def signal(self, id: str, topic: str, message: Payload, dedup: str) -> None:
        """Send a message to a job, which need not wait for it yet; once for each `dedup`.

        Raises:
            NoSuchJob: There is no such job.
        """
        ...

    async def cancel(self, id: str) -> bool:
        """End a job and its children, waiting or running; False where it had ended before."""
        ...

    async def status(self, id: str) -> JobStatus | None:
        """What is known of a job; None for an id never heard of, or forgotten."""
        ...


class JobEngine(Jobs, Protocol):
    """What the owner of the process asks of the engine."""

    async def start(self) -> None:
        """Take up the work, first of all what this executor left when it died.

        Raises:
            StoreFailed: The database cannot be used, or another process is this executor.
        """
        ...

    async def stop(self, grace_seconds: float) -> bool:
        """Take no more jobs, let the busy ones finish, and hand the rest back to the queues.

        False where that failed: the rest is taken up at the next start, or by others who notice.
        """
        ...

    async def recover(self, dead: Collection[str]) -> int:
        """Put what these executors were running back into the queues, in its old place; how many.

        Only for executors that are surely dead. Doing it twice is harmless.
        """
        ...

    async def executors(self) -> frozenset[str]:
        """Who runs jobs, or was running them when it died."""
        ...

    async def find(
        self, *states: JobState, kind: str | None = None, limit: int = 100
    ) -> tuple[JobStatus, ...]:
        """Jobs in any of these states, oldest first."""
        ...

    async def backlog(self) -> Mapping[str, tuple[int, float]]:
        """How many jobs wait in each queue, and since how many seconds the oldest does."""
        ...

    async def forget(self, ended_before: datetime) -> int:
        """Delete jobs that ended before; how many. Their ids can be used again."""
        ...
