import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import update

from bot.adapters.store.database import Database
from bot.adapters.store.tables import WorkerRow
from bot.adapters.store.workers import SqlWorkers
from bot.jobs.engine import Job, JobEngine, JobStatus, Kind, Payload
from bot.jobs.lease import Lease, settle_parked
from bot.ports import ChatBusy
from bot.web.metrics import Metrics
from tests.jobs.kinds import kinds
from tests.jobs.member import DEAD_AFTER_SECONDS, member
from tests.jobs.site import PLAIN, Site, ended, in_state, until

slow = pytest.mark.slow


@pytest.fixture
def site(postgres_site: Site) -> Site:
    """Several processes work on PostgreSQL only."""
    return postgres_site


@pytest.fixture
def workers(store: Database) -> SqlWorkers:
    return SqlWorkers(store)


@pytest.fixture
async def front(site: Site) -> AsyncIterator[JobEngine]:
    """An engine that serves no queues."""
    async with site.running(*kinds(site), executor="front", queues=[]) as jobs:
        yield jobs


class Clock:
    """What a lease measures time with."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("bot.jobs.lease.time", clock)
    return clock


def pass_by(store: Database, **of: timedelta) -> None:
    """Date back what the database knows of its workers, as if its clock had been set forward."""
    change = {column: getattr(WorkerRow, column) - delta for column, delta in of.items()}
    with store.writing() as session:
        session.exec(update(WorkerRow).values(**change))


# --- kill -9 ---------------------------------------------------------------------------------


@slow
async def test_the_work_of_a_killed_process_is_taken_over_in_time(
    site: Site, store_url: str, front: JobEngine, workers: SqlWorkers
) -> None:
    async with member(site, store_url, "a") as a:
        await a.order("three", "t")
        await a.says("t two done")
        async with member(site, store_url, "b"):
            await a.kill()
            killed = time.monotonic()
            assert (await ended(front, "t")).executor == "b"
            took = time.monotonic() - killed
    assert took > DEAD_AFTER_SECONDS / 2
    assert site.done() == ["t one", "t two", "t two", "t three"]
    assert await workers.silent(-1) == ("b",)


@slow
@pytest.mark.parametrize("step", ["claim", "recover"])
async def test_nothing_is_lost_when_the_sweeper_is_killed_in_mid_failover(
    site: Site, store_url: str, store: Database, front: JobEngine, workers: SqlWorkers, step: str
) -> None:
    async with member(site, store_url, "a") as a:
        await a.order("three", "t")
        await a.says("t two done")
    async with member(site, store_url, "sweeper", dies_after=step) as sweeper:
        await sweeper.died()
    async with member(site, store_url, "b"):
        if step == "claim":
            assert (await in_state(front, "t", "running")).executor == "a"
            pass_by(store, claimed_at=timedelta(minutes=1))
        assert (await ended(front, "t")).state == "done"
        await until(lambda: _are(workers, "b"))
    assert site.done().count("t three") == 1


async def _are(workers: SqlWorkers, *executors: str) -> bool:
    return await workers.silent(-1) == executors


@slow
async def test_the_work_of_one_killed_before_its_first_beat_is_taken_over(
    site: Site, store_url: str, front: JobEngine, workers: SqlWorkers
) -> None:
    async with member(site, store_url, "mute", mute=True) as mute:
        await mute.order("three", "t")
        await mute.says("t two done")
    assert await workers.silent(-1) == ()
    killed = time.monotonic()
    async with member(site, store_url, "b"):
        assert (await ended(front, "t")).executor == "b"
        assert time.monotonic() - killed > DEAD_AFTER_SECONDS * 2 / 3
        await until(lambda: _are(workers, "b"))
    assert site.done() == ["t one", "t two", "t two", "t three"]


# --- judging ---------------------------------------------------------------------------------


async def test_a_process_that_goes_on_beating_is_never_taken_over(
    store: Database, front: JobEngine, workers: SqlWorkers, clock: Clock
) -> None:
    lease = Lease(workers, front, "front", "front", dead_after_seconds=300)
    slow = Lease(workers, front, "slow", "worker")
    for clock.seconds in range(0, 250, 50):  # it is suspected for more than a third of the time
        await slow.beat()
        pass_by(store, seen_at=timedelta(seconds=110))
        await lease.take_over()
        assert await workers.silent(-1) == ("slow",)


async def test_a_leaping_clock_kills_nobody_who_beats_again(
    store: Database, front: JobEngine, workers: SqlWorkers, clock: Clock
) -> None:
    lease = Lease(workers, front, "front", "front", dead_after_seconds=300)
    alive, dead = (Lease(workers, front, name, "worker") for name in ("alive", "dead"))
    await asyncio.gather(lease.beat(), alive.beat(), dead.beat())
    pass_by(store, seen_at=timedelta(days=1))
    assert await lease.take_over() == 0
    assert set(await workers.silent(-1)) == {"alive", "dead", "front"}
    await alive.beat()
    clock.seconds = 150
    await lease.take_over()
    assert set(await workers.silent(-1)) == {"alive", "front"}  # never itself


async def test_one_that_runs_jobs_without_a_word_is_suspected_like_all_others(
    store: Database, site: Site, workers: SqlWorkers, clock: Clock
) -> None:
    async with site.running(*kinds(site), executor="a") as a:
        await a.enqueue("listen", "l", {})
        await in_state(a, "l", "running")
        own, other = (Lease(workers, a, name, "worker", 300) for name in ("a", "b"))
        for lease in (own, other):
            assert await lease.take_over() == 0
        assert await workers.silent(-1) == ("a",)
        pass_by(store, seen_at=timedelta(days=1))
        assert await own.take_over() == 0
        assert await other.take_over() == 0  # suspected only now
        await own.beat()
        clock.seconds = 150
        assert await other.take_over() == 0


async def test_of_several_that_notice_a_death_one_takes_over(
    store: Database, front: JobEngine, workers: SqlWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "chatkut.jobs")
    await Lease(workers, front, "dead", "worker").beat()
    pass_by(store, seen_at=timedelta(days=1))
    registry = CollectorRegistry()
    meter = Metrics(registry)
    leases = [Lease(workers, front, f"l{n}", "worker", 0.01, meter) for n in range(4)]
    await asyncio.gather(*(lease.take_over() for lease in leases))
    await asyncio.sleep(0.01)  # a third of the time for them to be sure
    await asyncio.gather(*(lease.take_over() for lease in leases))
    assert caplog.messages == ["dead is dead; 0 of its jobs were put back into the queues"]
    assert registry.get_sample_value("chatkut_failovers_total") == 1


async def test_who_leaves_in_order_need_not_be_taken_over(site: Site, workers: SqlWorkers) -> None:
    async with site.running(*kinds(site), executor="a") as a:
        lease = Lease(workers, a, "a", "worker")
        await lease.beat()
        await a.enqueue("listen", "l", {})
        await in_state(a, "l", "running")
    await lease.leave()
    assert await workers.silent(-1) == ()
    async with site.running(*kinds(site), executor="b") as b:
        await b.signal("l", "news", {}, dedup="1")
        assert (await ended(b, "l")).executor == "b"


# --- parked jobs -----------------------------------------------------------------------------


@slow
async def test_a_job_that_no_process_survives_is_told_once(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[str, Payload | None]] = []

    async def tell(job: JobStatus) -> None:
        told.append((job.id, job.payload))

    async with site.worker() as worker:
        await worker.order("crash", "poison", who="anna")
        await worker.died()
    await site.dies()
    async with site.running(*kinds(site)) as jobs:
        await in_state(jobs, "poison", "parked")
        await settle_parked(jobs, tell)
        await settle_parked(jobs, tell)
        assert (await ended(jobs, "poison")).state == "cancelled"
    assert told == [("poison", {"who": "anna"})]
    assert "poison was started" in caplog.text


async def test_one_that_cannot_be_told_does_not_hold_up_the_others(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def listen(job: Job, _: Payload) -> None:
        await job.wait("news", timeout_seconds=30)

    told: list[str] = []

    async def tell(job: JobStatus) -> None:
        told.append(job.id)
        if job.id == "deaf" and told.count("deaf") == 1:
            raise ChatBusy("Slack is away.")

    kind = Kind("listen", listen, PLAIN, max_recoveries=1)
    for _ in range(2):
        async with site.running(kind) as jobs:
            for id in ("deaf", "hearing"):
                await jobs.enqueue("listen", id, {})
                await in_state(jobs, id, "running")
    async with site.running(kind) as jobs:
        for id in ("deaf", "hearing"):
            await in_state(jobs, id, "parked")
        await settle_parked(jobs, tell)
        assert [job.id for job in await jobs.find("parked")] == ["deaf"]
        await settle_parked(jobs, tell)
        assert await jobs.find("parked") == ()
    assert told == ["deaf", "hearing", "deaf"]
    assert "nobody could be told of deaf: Slack is away." in caplog.messages
