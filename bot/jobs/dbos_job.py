"""A running job on DBOS."""

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from dbos import DBOS, PortableWorkflowError, WorkflowHandleAsync
from dbos import error as dbos_error

from bot.jobs.engine import (
    ONCE,
    Args,
    ChildEnded,
    Jobs,
    Json,
    Payload,
    Retry,
    StepFailed,
    StepTimedOut,
)
from bot.ports import AdapterError

log = logging.getLogger("chatkut.jobs")

_CHILD_POLL_SECONDS = 0.25
_UNFORESEEN = "Something went wrong inside ChatKut; its log has the details."
"""Said in place of an error's own text, which may quote anything."""

StartChild = Callable[[str, str, Payload], Awaitable[None]]


class DbosJob:
    """The `Job` port; also what the engine has to know to stop it."""

    def __init__(self, id: str, jobs: Jobs, start_child: StartChild) -> None:
        self.id = id
        self.jobs = jobs
        self.task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._start_child = start_child
        self._waits = 0
        self.quiet = asyncio.Event()
        """Set while the job only waits (for a message, a child, another try), and at its end."""
        self.task.add_done_callback(lambda _: self.quiet.set())

    async def step(
        self,
        name: str,
        function: Callable[[*Args], Awaitable[Json]],
        *args: *Args,
        retry: Retry = ONCE,
        timeout_seconds: float | None = None,
    ) -> Json:
        async def attempt() -> Json:
            try:
                async with asyncio.timeout(timeout_seconds):
                    return plain(await function(*args))
            except TimeoutError as error:
                raise StepTimedOut(f"{name} took too long and was stopped: try again.") from error

        async def attempts() -> Json:
            with foreseen(f"{self.id}: step {name}"):
                return await self._retried(attempt, retry, f"{self.id}: step {name}")

        with restored():
            return await DBOS.run_step_async({"name": name}, attempts)

    async def wait(self, topic: str, timeout_seconds: float) -> Payload | None:
        with self._waiting():
            message = await DBOS.recv_async(topic, timeout_seconds)
        return cast("Payload | None", message)

    async def child(self, kind: str, id: str, payload: Payload) -> Payload | None:
        # Reserved now: drawn after an await, the numbers of gathered children would be a race.
        ended = DBOS.reserve_step()
        await self._start_child(kind, id, payload)
        with self._waiting(), restored():
            return await ended.run_async({"name": f"child {kind}"}, _result, id)

    async def _retried(
        self, attempt: Callable[[], Awaitable[Json]], retry: Retry, what: str
    ) -> Json:
        pause = retry.pause_seconds
        for _ in range(retry.attempts - 1):
            try:
                return await attempt()
            except AdapterError as error:
                if not error.retryable:
                    raise
                log.warning("%s: %s; again in %g s", what, error, pause)
            with self._waiting():
                await asyncio.sleep(pause)
            pause = min(2 * pause, retry.longest_pause_seconds)
        return await attempt()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self._waits += 1
        self.quiet.set()
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits:
                self.quiet.clear()


async def _result(id: str) -> Payload | None:
    child: WorkflowHandleAsync[Payload | None] = await DBOS.retrieve_workflow_async(id)
    try:
        return await child.get_result(polling_interval_sec=_CHILD_POLL_SECONDS)
    except dbos_error.DBOSAwaitedWorkflowCancelledError as error:
        raise ChildEnded("This was cancelled.") from error
    except dbos_error.DBOSAwaitedWorkflowMaxRecoveryAttemptsExceeded as error:
        raise ChildEnded("This crashed too often and is not tried again.") from error


@contextmanager
def foreseen(what: str, *passing: type[Exception]) -> Iterator[None]:
    """Let `AdapterError` pass; log everything else, without its text, and raise `StepFailed`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (AdapterError, *passing)):
            raise
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s raised %s\n%s", what, type(error).__name__, frames)
        raise StepFailed(_UNFORESEEN) from error


@contextmanager
def restored() -> Iterator[None]:
    """Give a replayed error its class back: DBOS keeps only its name and message."""
    try:
        yield
    except PortableWorkflowError as error:
        kinds = {kind.__name__: kind for kind in _descendants(AdapterError)}
        if error.name in kinds:
            raise kinds[error.name](error.message) from None
        log.warning("an error of the unknown kind %s was restored", error.name)
        raise StepFailed(_UNFORESEEN) from None


def _descendants(kind: type[AdapterError]) -> Iterator[type[AdapterError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def plain(value: Json) -> Json:
    """The value as it will be after a replay: tuples are lists, half characters are gone."""
    return cast("Json", json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace")))
