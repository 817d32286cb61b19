"""Kinds of jobs that worker processes serve, and that die where the tests want them to."""

import asyncio
import os
import signal

from bot.jobs.engine import Job, Kind, Payload
from tests.jobs.site import PLAIN, SERIAL, Site


def kinds(site: Site) -> list[Kind]:
    do = Doing(site)
    return [
        Kind("three", do.three, PLAIN),
        Kind("dying", do.dying, PLAIN),
        Kind("turn", do.turn, SERIAL),
        Kind("crash", do.crash, PLAIN, max_recoveries=1),
        Kind("listen", do.listen, PLAIN),
    ]


class Doing:
    """The jobs."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def three(self, job: Job, payload: Payload) -> Payload:
        """Three steps; held inside the second one, after its effect."""
        notes = [
            await job.step("one", self.act, f"{job.id} one"),
            await job.step("two", self.act_and_hold, f"{job.id} two"),
            await job.step("three", self.act, f"{job.id} three"),
        ]
        return {"notes": notes, **payload}

    async def dying(self, job: Job, _: Payload) -> Payload:
        """Killed between the effect of a step and the engine's note of it."""
        await job.step("before", self.act, f"{job.id} before")
        note = await job.step("act", self.act_and_die, f"{job.id} act")
        await job.step("after", self.act, f"{job.id} after")
        return {"note": note}

    async def turn(self, job: Job, payload: Payload) -> None:
        """One of several that must not overlap."""
        await job.step("begin", self.act, f"begin {job.id}")
        if payload.get("held"):
            await job.step("hold", self.hold, f"{job.id} begun")
        await job.step("work", asyncio.sleep, 0.02)
        await job.step("end", self.act, f"end {job.id}")

    async def crash(self, job: Job, _: Payload) -> None:
        """Takes its process down, always."""
        await job.step("crash", _die)

    async def listen(self, job: Job, _: Payload) -> Payload:
        """Waits for a message."""
        await job.step("before", self.act, f"{job.id} before")
        message = await job.wait("news", timeout_seconds=600)
        await job.step("after", self.act, f"{job.id} after")
        return {"heard": message}

    async def act(self, what: str) -> str:
        self.site.do(what)
        return what

    async def act_and_hold(self, what: str) -> str:
        self.site.do(what)
        await self.hold(f"{what} done")
        return what

    async def hold(self, where: str) -> None:
        """Stand still in this place, the first time that anybody comes by."""
        if not self.site.first_time(where):
            return
        print(where, flush=True)  # noqa: T201
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            print(f"not {where}", flush=True)  # noqa: T201
            raise

    async def act_and_die(self, what: str) -> str:
        self.site.do(what)
        if self.site.first_time(what):
            _kill_self()
        return what


async def _die() -> None:
    _kill_self()


def _kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
