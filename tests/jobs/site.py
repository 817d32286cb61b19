"""A place for job engines to work in: a database, a log of what was done, worker processes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.jobs.dbos_engine import DbosEngine
from bot.jobs.dbos_runtime import Place
from bot.jobs.engine import JobEngine, Jobs, JobStatus, Kind, Queue

ROOT = Path(__file__).parents[2]
PLAIN = Queue("plain", concurrency=16, poll_seconds=0.05)
SERIAL = Queue("serial", concurrency=16, serial=True, poll_seconds=0.05)
NARROW = Queue("narrow", concurrency=1, poll_seconds=0.05)

Found = TypeVar("Found")

_ENDED = ("done", "failed", "cancelled", "parked")
_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Site:
    """A database and a folder that several engines, one after the other or together, work in."""

    folder: Path
    jobs_url: str

    @property
    def is_shared(self) -> bool:
        return self.jobs_url.startswith("postgresql")

    @asynccontextmanager
    async def running(self, *kinds: Kind, **place: Any) -> AsyncIterator[JobEngine]:
        """A started engine, stopped in the end without waiting for its jobs."""
        quick = {"watch_seconds": 0.1, "signal_poll_seconds": 0.05}
        where = Place(self.jobs_url, self.folder, **(quick | place))
        engine: JobEngine = DbosEngine(kinds, where)
        try:
            await engine.start()
            yield engine
        finally:
            await engine.stop(grace_seconds=0)

    def do(self, what: str) -> None:
        """An effect on the world: seen at once, and not undone by dying."""
        with (self.folder / "done").open("a") as log:
            log.write(f"{what}\n")

    def done(self) -> list[str]:
        """All effects in order."""
        path = self.folder / "done"
        return path.read_text().splitlines() if path.exists() else []

    def first_time(self, what: str) -> bool:
        """Whether nobody asked this before, in any process."""
        try:
            (self.folder / f"first-{what}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    @asynccontextmanager
    async def worker(
        self, executor: str = "embedded", queues: list[str] | None = None
    ) -> AsyncIterator["Worker"]:
        """A process of its own that serves `tests.jobs.kinds`; killed in the end."""
        worker = await self._started(executor, queues)
        try:
            await worker.says("ready")
            yield worker
        finally:
            await worker.kill()

    async def dies(self) -> None:
        """Start a process that is killed by the work it takes up, perhaps before it is ready."""
        await (await self._started("embedded", None)).died()

    async def _started(self, executor: str, queues: list[str] | None) -> "Worker":
        about = {
            "folder": str(self.folder),
            "jobs_url": self.jobs_url,
            "executor": executor,
            "queues": queues,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.jobs.worker", json.dumps(about),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        return Worker(process)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process with a job engine."""

    process: asyncio.subprocess.Process

    async def order(self, kind: str, id: str, **payload: Any) -> None:
        """Have it enqueue a job."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([kind, id, payload]).encode() + b"\n")
        await self.process.stdin.drain()

    async def says(self, line: str) -> None:
        """Wait until it prints the line."""
        assert self.process.stdout
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for heard in self.process.stdout:
                if heard.decode().strip() == line:
                    return
        raise AssertionError(f"The worker ended without saying {line!r}.")

    async def kill(self) -> None:
        """`kill -9`; harmless if it is dead already."""
        if self.process.returncode is None:
            self.process.kill()
        await self.died()

    async def died(self) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self.process.communicate()


async def ended(jobs: Jobs, id: str) -> JobStatus:
    """The status of a job once it has ended."""
    return await in_state(jobs, id, *_ENDED)


async def in_state(jobs: Jobs, id: str, *states: str) -> JobStatus:
    """The status of a job once it is in one of these states."""

    async def reached() -> JobStatus | None:
        status = await jobs.status(id)
        return status if status and status.state in states else None

    return await until(reached)


async def until(look: Callable[[], Awaitable[Found | None]]) -> Found:
    """What a look finds, once it finds something."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not (found := await look()):  # noqa: ASYNC110 (other processes set no events)
            await asyncio.sleep(0.02)
    return found
