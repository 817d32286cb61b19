"""A process among others: it beats, takes over, polls and does jobs, until it is killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.store.database import Database
from bot.adapters.store.waits import SqlWaits
from bot.adapters.store.workers import SqlWorkers
from bot.jobs.engine import Job, Kind, Payload
from bot.jobs.lease import Lease
from bot.jobs.triggers import EVERY, Call, Every, TriggerName, Triggers
from bot.jobs.waits import Polling, await_outside
from bot.ports import StoreFailed, Wait, Waits
from tests.jobs.kinds import kinds
from tests.jobs.site import PLAIN, ROOT, Site, Worker
from tests.jobs.worker import take_orders

DEAD_AFTER_SECONDS = 1.5
QUICK = {name: Every(every.seconds / 30) for name, every in EVERY.items()}


@dataclass(frozen=True, slots=True)
class Member:
    """What such a process is told. It kills itself after the step `dies_after` of a failover.

    One that is `mute` never says that it is alive.
    """

    folder: str
    jobs_url: str
    store_url: str
    executor: str
    dies_after: str = ""
    mute: bool = False


@asynccontextmanager
async def member(
    site: Site, store_url: str, executor: str = "embedded", dies_after: str = "", mute: bool = False
) -> AsyncIterator[Worker]:
    """A process of its own; killed in the end."""
    about = [str(site.folder), site.jobs_url, store_url, executor, dies_after, mute]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.member", json.dumps(about),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    worker = Worker(process)
    try:
        await worker.says("ready")
        yield worker
    finally:
        await worker.kill()


async def main(about: Member) -> None:
    site = Site(Path(about.folder), about.jobs_url)
    database = Database(about.store_url)
    waits = SqlWaits(database)
    served = [*kinds(site), waiting(site, waits)]
    async with site.running(*served, executor=about.executor) as jobs:
        workers = DyingWorkers(database, about.dies_after)
        lease = Lease(workers, jobs, about.executor, "worker", DEAD_AFTER_SECONDS)
        polling = Polling(waits, jobs, {"service": Service(site)})
        calls: dict[TriggerName, Call] = {
            "heartbeat": lease.beat,
            "failover": lease.take_over,
            "poll_waits": polling.poll,
        }
        triggers = Triggers({} if about.mute else calls, QUICK)
        triggers.start()
        print("ready", flush=True)  # noqa: T201
        await take_orders(jobs)


def waiting(site: Site, waits: Waits) -> Kind:
    """A job that submits something to a service, waits for it, and uses it."""

    async def act(what: str) -> None:
        site.do(what)

    async def wait(job: Job, payload: Payload) -> Payload:
        ref, kind = str(payload["ref"]), payload.get("kind", "service")
        await job.step("submit", act, f"submit {ref}")
        news = await await_outside(
            job, waits, Wait(job.id, kind, ref), payload.get("seconds", 600), 0
        )
        await job.step("use", act, f"use {ref}")
        return {"news": news}

    return Kind("wait", wait, PLAIN)


class Service:
    """A service outside, which may be down; what became of a ref is in a file."""

    def __init__(self, site: Site) -> None:
        self._folder = site.folder / "service"
        self._folder.mkdir(exist_ok=True)
        self.asked: list[str] = []
        self.is_down = False

    def finish(self, ref: str, **payload: str) -> None:
        part = self._folder / "part"
        part.write_text(json.dumps(payload))
        part.rename(self._folder / ref)

    async def ask(self, refs: Collection[str]) -> Mapping[str, Payload | None]:
        self.asked += refs
        if self.is_down:
            raise StoreFailed("The service is down.")
        files = {ref: self._folder / ref for ref in refs}
        return {ref: json.loads(f.read_bytes()) if f.exists() else None for ref, f in files.items()}


class DyingWorkers(SqlWorkers):
    """Takes the process down in the middle of a failover."""

    def __init__(self, database: Database, dies_after: str) -> None:
        super().__init__(database)
        self._dies_after = dies_after

    async def claim(self, executor: str, by: str) -> bool:
        won = await super().claim(executor, by)
        if won and self._dies_after == "claim":
            kill_self()
        return won

    async def gone(self, executor: str) -> None:
        if self._dies_after == "recover":
            kill_self()
        await super().gone(executor)


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(Member(*json.loads(sys.argv[1]))))
