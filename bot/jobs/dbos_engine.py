"""The job engine on DBOS: SQLite for one process, PostgreSQL for many.

Jobs run on the event loop that called `start`, next to everything else of the program. A watch
compares, once a second, what runs here with what the database says should: jobs that were cancelled
or taken over by another executor are stopped here, and jobs that should run here but do not (the
database broke under them) are handed back to their queue.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar, cast

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_error
from sqlalchemy.exc import SQLAlchemyError

from bot.jobs.dbos_bell import Bell
from bot.jobs.dbos_intake import Intake
from bot.jobs.dbos_job import DbosJob, foreseen, plain
from bot.jobs.dbos_runtime import (
    APPLICATION_VERSION,
    BROKEN,
    LeftForLater,
    Place,
    backlog,
    destroy,
    exclusive,
    hand_back,
    launch,
    relay_log,
    stop_dequeuing,
    usable,
    write_ahead,
)
from bot.jobs.engine import JobState, JobStatus, Kind, NoSuchJob, Payload, Queue
from bot.ports import AdapterError

log = logging.getLogger("chatkut.jobs")

Result = TypeVar("Result")
Workflow = Callable[[Payload], Coroutine[Any, Any, Payload | None]]

_STATES: dict[str, JobState] = {
    "DELAYED": "delayed",
    "ENQUEUED": "queued",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "CANCELLED": "cancelled",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "parked",
}
_NAMES = {state: name for name, state in _STATES.items()}
_ENDED = [_NAMES["done"], _NAMES["failed"], _NAMES["cancelled"]]

_CLEAN_UP_SECONDS = 5.0
_LOOKS_UNTIL_HANDED_BACK = 10
_FORGOTTEN_AT_ONCE = 500


class DbosEngine:
    """The `JobEngine` port. DBOS is one per process: of several engines one runs at a time."""

    _started: ClassVar["DbosEngine | None"] = None

    def __init__(self, kinds: Sequence[Kind], place: Place) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._place = place
        self._dbos: DBOS
        self._intake: Intake
        self._bell = Bell()
        self._workflows: dict[str, Workflow] = {}
        self._running: set[DbosJob] = set()
        self._missing: Counter[str] = Counter()
        self._undo = AsyncExitStack()
        self._stopping = False

    async def start(self) -> None:
        self._stopping = False
        async with AsyncExitStack() as undo:
            undo.enter_context(usable())
            relay_log()
            undo.enter_context(self._alone())
            undo.enter_context(exclusive(self._place))
            write_ahead(self._place.url)
            undo.push_async_callback(destroy)
            for kind in self._kinds.values():
                self._workflows[kind.name] = self._workflow(kind)
            self._dbos = launch(self._place, self._bell)
            self._intake = Intake(self._dbos)
            for queue in {kind.queue for kind in self._kinds.values()}:
                await _register(queue)
            watch = asyncio.create_task(self._watch(), context=Context())
            undo.push_async_callback(_cancelled, watch)
            self._undo = undo.pop_all()

    async def stop(self, grace_seconds: float) -> bool:
        handed_back = False
        if DbosEngine._started is self:
            self._stopping = True
            stop_dequeuing(self._dbos)
            await self._drain(grace_seconds)
            with suppress(TimeoutError, SQLAlchemyError):
                async with asyncio.timeout(_CLEAN_UP_SECONDS):
                    await hand_back([self._place.executor])
                    handed_back = True
        await self._undo.aclose()
        return handed_back

    async def enqueue(
        self,
        kind: str,
        id: str,
        payload: Payload,
        key: str | None = None,
        delay_seconds: float = 0,
    ) -> None:
        queue = self._kinds[kind].queue
        if queue.serial == (key is None):
            raise ValueError(f"Jobs of kind {kind!r} go with a key exactly if they are serial.")
        if not f"{id}{key or ''}".isprintable():
            raise ValueError(f"{id!r} and {key!r} are not both printable.")
        if delay_seconds > 0:
            options = SetEnqueueOptions(queue_partition_key=key, delay_seconds=delay_seconds)
            await _outside(self._enqueue(kind, id, payload, options))
        else:
            workflow = self._workflows[kind]
            await _outside(self._intake.accept(workflow, id, plain(payload), queue.name, key))
            self._bell.ring(queue.name)

    async def signal(self, id: str, topic: str, message: Payload, dedup: str) -> None:
        try:
            await _outside(DBOS.send_async(id, plain(message), topic, idempotency_key=dedup))
        except dbos_error.DBOSNonExistentWorkflowError as error:
            raise NoSuchJob(f"There is no job {id!r}.") from error

    async def cancel(self, id: str) -> bool:
        before = await self.status(id)
        if before is None or _NAMES[before.state] in _ENDED:
            return False
        await _outside(DBOS.cancel_workflow_async(id, cancel_children=True))
        await _outside(self._stop_lost())
        after = await self.status(id)
        return after is not None and after.state == "cancelled"

    async def status(self, id: str) -> JobStatus | None:
        found = await _outside(DBOS.list_workflows_async(workflow_ids=[id]))
        return _status(found[0]) if found else None

    async def recover(self, dead: Collection[str]) -> int:
        return await _outside(hand_back(set(dead) - {self._place.executor}))

    async def executors(self) -> frozenset[str]:
        running = await _outside(
            DBOS.list_workflows_async(
                status=_NAMES["running"],
                app_version=APPLICATION_VERSION,
                load_input=False,
                load_output=False,
            )
        )
        return frozenset(row.executor_id for row in running if row.executor_id)

    async def find(
        self, *states: JobState, kind: str | None = None, limit: int = 100
    ) -> tuple[JobStatus, ...]:
        found = await _outside(
            DBOS.list_workflows_async(
                status=[_NAMES[state] for state in states],
                name=kind,
                limit=limit,
                load_input=False,
                load_output=False,
            )
        )
        return tuple(map(_status, found))

    async def backlog(self) -> Mapping[str, tuple[int, float]]:
        return await _outside(asyncio.to_thread(backlog, self._dbos))

    async def forget(self, ended_before: datetime) -> int:
        forgotten = 0
        while True:
            ended = await _outside(
                DBOS.list_workflows_async(
                    status=_ENDED,
                    completed_before=ended_before.astimezone(UTC).isoformat(),
                    limit=_FORGOTTEN_AT_ONCE,
                    load_input=False,
                    load_output=False,
                )
            )
            await _outside(DBOS.delete_workflows_async([row.workflow_id for row in ended]))
            forgotten += len(ended)
            if len(ended) < _FORGOTTEN_AT_ONCE:
                return forgotten

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if DbosEngine._started is not None:
            raise RuntimeError("A job engine is already started in this process.")
        DbosEngine._started = self
        try:
            yield
        finally:
            DbosEngine._started = None

    def _workflow(self, kind: Kind) -> Workflow:
        async def run(payload: Payload) -> Payload | None:
            if self._stopping:
                raise asyncio.CancelledError  # dequeued while the queues were being closed
            job = DbosJob(str(DBOS.workflow_id), self, self._start_child)
            self._running.add(job)
            job.task.add_done_callback(lambda _: self._ended(kind, job))
            return await _outcome(kind, job, payload)

        register = DBOS.workflow(name=kind.name, max_recovery_attempts=kind.max_recoveries)
        return register(run)

    def _ended(self, kind: Kind, job: DbosJob) -> None:
        self._running.discard(job)
        self._bell.ring(kind.queue.name)  # there is room for the next one

    async def _enqueue(
        self, kind: str, id: str, payload: Payload, options: SetEnqueueOptions
    ) -> None:
        """The ordinary way; within a job it makes a child."""
        queue = self._kinds[kind].queue
        with SetWorkflowID(id), options:
            await DBOS.enqueue_workflow_async(queue.name, self._workflows[kind], plain(payload))
        self._bell.ring(queue.name)

    async def _start_child(self, kind: str, id: str, payload: Payload) -> None:
        if self._kinds[kind].queue.serial:
            raise ValueError(f"Jobs of kind {kind!r} are serial and cannot be awaited.")
        await self._enqueue(kind, id, payload, SetEnqueueOptions())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._place.watch_seconds)
            try:
                await self._hand_back_strays(await self._stop_lost())
            except (SQLAlchemyError, dbos_error.DBOSException) as error:
                log.warning("The jobs' database cannot be read: %s", type(error).__name__)

    async def _stop_lost(self) -> dict[str, WorkflowStatus]:
        """Stop what is not ours to run any more; what the database says that we run."""
        before = set(self._running)
        rows = await DBOS.list_workflows_async(
            status=_NAMES["running"],
            executor_id=self._place.executor,
            load_input=False,
            load_output=False,
        )
        ours = {row.workflow_id: row for row in rows}
        for job in before:
            if job.id not in ours:
                job.task.cancel()
        return ours

    async def _hand_back_strays(self, ours: dict[str, WorkflowStatus]) -> None:
        strays = ours.keys() - {job.id for job in self._running}
        self._missing = Counter({id: self._missing[id] + 1 for id in strays})
        for id, looks in self._missing.items():
            kind = self._kinds.get(ours[id].name)
            if looks >= _LOOKS_UNTIL_HANDED_BACK and kind is not None:
                log.info("%s is taken up again", id)
                await DBOS.resume_workflow_async(id, queue_name=kind.queue.name)

    async def _drain(self, grace_seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                for job in list(self._running):
                    await job.quiet.wait()
        tasks = [job.task for job in self._running]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLEAN_UP_SECONDS)


async def _outcome(kind: Kind, job: DbosJob, payload: Payload) -> Payload | None:
    try:
        with foreseen(job.id, *BROKEN), _told(job.id):
            return plain(await kind.run(job, payload))
    except BROKEN as error:
        log.warning("%s is left for later: the database failed (%s)", job.id, type(error).__name__)
        raise LeftForLater from error


@contextmanager
def _told(id: str) -> Iterator[None]:
    """Log with which sentence a job ends, where it ends with one."""
    try:
        yield
    except AdapterError as error:
        log.warning("%s failed: %s", id, error)
        raise


async def _register(queue: Queue) -> None:
    await DBOS.register_queue_async(
        queue.name,
        worker_concurrency=queue.concurrency,
        partition_concurrency=1 if queue.serial else None,
        polling_interval_sec=queue.poll_seconds,
    )


async def _outside(call: Coroutine[Any, Any, Result]) -> Result:
    """Await a call to DBOS that is no part of the job that it may come from."""
    with usable():
        return await asyncio.create_task(call, context=Context())


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _status(row: WorkflowStatus) -> JobStatus:
    return JobStatus(
        id=row.workflow_id,
        kind=row.name,
        state=_STATES[row.status],
        key=row.queue_partition_key,
        attempts=row.recovery_attempts or 0,
        executor=row.executor_id,
        enqueued_at=cast("datetime", _time(row.created_at)),
        started_at=_time(row.dequeued_at),
        ended_at=_time(row.completed_at),
        payload=row.input["args"][0] if row.input else None,
        result=cast("Payload | None", row.output),
        error=None if row.error is None else str(row.error),
    )


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
