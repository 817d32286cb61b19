import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import select

from bot.adapters.store.database import Database
from bot.adapters.store.tables import WaitRow
from bot.adapters.store.waits import SqlWaits
from bot.jobs.engine import Job, Kind, Payload
from bot.jobs.waits import Poller, Polling, await_outside, ready
from bot.ports import Wait
from tests.jobs.member import Service, member, waiting
from tests.jobs.site import PLAIN, Site, ended, in_state, until

slow = pytest.mark.slow


@pytest.fixture
def waits(store: Database) -> SqlWaits:
    return SqlWaits(store)


@pytest.fixture
def service(site: Site) -> Service:
    return Service(site)


def kept(store: Database) -> dict[str, datetime]:
    """The jobs that wait, and when they are to be asked about."""
    with store.reading() as session:
        return {row.job: row.poll_at.replace(tzinfo=UTC) for row in session.exec(select(WaitRow))}


def all_due(store: Database) -> None:
    """Let the time pass until everything is to be asked about."""
    with store.writing() as session:
        session.exec(update(WaitRow).values(poll_at=datetime.now(UTC) - timedelta(days=1)))


async def begun(store: Database, *jobs: str) -> None:
    """Wait until these are known to wait."""

    async def all_there() -> bool:
        return kept(store).keys() >= set(jobs)

    await until(all_there)


# --- one job ---------------------------------------------------------------------------------


async def test_a_job_waits_until_the_poller_finds_it_ready(
    site: Site, store: Database, waits: SqlWaits, service: Service
) -> None:
    async with site.running(waiting(site, waits)) as jobs:
        polling = Polling(waits, jobs, {"service": service})
        await jobs.enqueue("wait", "w", {"ref": "film"})
        await begun(store, "w")
        await polling.poll()
        assert (await in_state(jobs, "w", "running")).attempts == 1
        service.finish("film", state="done", url="u")
        all_due(store)
        await polling.poll()
        assert (await ended(jobs, "w")).result == {"news": {"state": "done", "url": "u"}}
    assert site.done() == ["submit film", "use film"]
    assert not kept(store)


async def test_a_webhook_and_the_poller_have_one_effect(
    site: Site, store: Database, waits: SqlWaits, service: Service
) -> None:
    heard: list[Payload | None] = []

    async def wait_twice(job: Job, _: Payload) -> None:
        for ref in ("first", "second"):
            news = await await_outside(job, waits, Wait(job.id, "service", ref), 30, 0)
            heard.append(news)

    async with site.running(Kind("twice", wait_twice, PLAIN)) as jobs:
        polling = Polling(waits, jobs, {"service": service})
        await jobs.enqueue("twice", "t", {})
        await begun(store, "t")
        service.finish("first", state="done", by="poller")
        await asyncio.gather(
            ready(jobs, "t", "first", {"state": "done", "by": "webhook"}), polling.poll()
        )
        await ready(jobs, "t", "first", {"state": "done", "by": "webhook, again"})
        await ready(jobs, "t", "second", {"state": "done", "by": "webhook"})
        assert (await ended(jobs, "t")).state == "done"
    assert len(heard) == 2
    assert heard[1] == {"state": "done", "by": "webhook"}
    assert not kept(store)


async def test_news_that_come_before_the_wait_are_not_lost(site: Site, waits: SqlWaits) -> None:
    async with site.running(waiting(site, waits)) as jobs:
        await jobs.enqueue("wait", "w", {"ref": "film"})
        await ready(jobs, "w", "film", {"state": "done"})
        assert (await ended(jobs, "w")).result == {"news": {"state": "done"}}


async def test_a_wait_ends_when_its_time_is_over(
    site: Site, store: Database, waits: SqlWaits
) -> None:
    async with site.running(waiting(site, waits)) as jobs:
        await jobs.enqueue("wait", "w", {"ref": "film", "seconds": 0.2})
        assert (await ended(jobs, "w")).result == {"news": None}
    assert not kept(store)


async def test_a_cancelled_job_is_asked_about_no_more(
    site: Site, store: Database, waits: SqlWaits, service: Service
) -> None:
    await waits.add(Wait("nobody", "service", "gone"), 0)
    async with site.running(waiting(site, waits)) as jobs:
        await jobs.enqueue("wait", "w", {"ref": "film"})
        await begun(store, "w", "nobody")
        await jobs.cancel("w")
        await Polling(waits, jobs, {"service": service}).poll()
    assert not kept(store)
    assert not service.asked


# --- many ------------------------------------------------------------------------------------


async def test_one_question_is_asked_for_all_and_later_and_later(
    site: Site, store: Database, waits: SqlWaits, service: Service
) -> None:
    names = [f"w{n}" for n in range(5)]
    async with site.running(waiting(site, waits)) as jobs:
        for name in names:
            await jobs.enqueue("wait", name, {"ref": name})
        await begun(store, *names)
        polling = Polling(waits, jobs, {"service": service})
        before = datetime.now(UTC)
        await asyncio.gather(polling.poll(), polling.poll())
        after = datetime.now(UTC)
        await polling.poll()  # nothing is due now
        assert set(service.asked) == set(names)
        later = kept(store).values()
    least, most = timedelta(seconds=1), timedelta(seconds=4)
    assert all(before + least < at < after + most for at in later)


class Hanging:
    """A service that never answers."""

    async def ask(self, _: Collection[str]) -> Mapping[str, Payload | None]:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_service_that_fails_or_hangs_delays_no_other(
    site: Site,
    store: Database,
    waits: SqlWaits,
    service: Service,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "chatkut.jobs.waits")
    down = Service(site)
    down.is_down = True
    pollers: dict[str, Poller] = {"service": service, "down": down, "hanging": Hanging()}
    async with site.running(waiting(site, waits)) as jobs:
        for kind in [*pollers, "unheard of"]:
            await jobs.enqueue("wait", kind, {"ref": kind, "kind": kind})
        await begun(store, *pollers, "unheard of")
        polling = Polling(waits, jobs, pollers, patience_seconds=0.2)
        service.finish("service", state="done")
        for _ in range(2):
            all_due(store)
            asked_at = datetime.now(UTC)
            await polling.poll()
        assert (await ended(jobs, "service")).state == "done"
        assert all(at > asked_at for at in kept(store).values())
        down.is_down = False
        service.finish("down", state="failed")
        all_due(store)
        await polling.poll()
        assert (await ended(jobs, "down")).result == {"news": {"state": "failed"}}
        assert kept(store).keys() == {"hanging", "unheard of"}
    warnings = [text for text in caplog.messages if "cannot be asked" in text]
    assert warnings == [
        "down cannot be asked at present: The service is down.",
        "hanging cannot be asked at present: no answer",
    ]


class Broken:
    """A poller with a bug."""

    async def ask(self, _: Collection[str]) -> Mapping[str, Payload | None]:
        raise ZeroDivisionError


async def test_a_bug_in_one_poller_does_not_stop_the_others(
    site: Site, store: Database, waits: SqlWaits, service: Service
) -> None:
    async with site.running(waiting(site, waits)) as jobs:
        await jobs.enqueue("wait", "b", {"ref": "b", "kind": "broken"})
        await begun(store, "b")
        await jobs.enqueue("wait", "w", {"ref": "w"})
        await begun(store, "w")
        service.finish("w", state="done")
        with pytest.raises(ZeroDivisionError):
            await Polling(waits, jobs, {"broken": Broken(), "service": service}).poll()
        assert (await ended(jobs, "w")).state == "done"


# --- kill -9 ---------------------------------------------------------------------------------


@slow
async def test_a_wait_outlives_its_process(
    site: Site, store: Database, store_url: str, waits: SqlWaits, service: Service
) -> None:
    async with member(site, store_url) as worker:
        await worker.order("wait", "w", ref="film")
        await begun(store, "w")
    service.finish("film", state="done")
    all_due(store)
    async with site.running(waiting(site, waits)) as jobs:
        await Polling(waits, jobs, {"service": service}).poll()
        assert (await ended(jobs, "w")).result == {"news": {"state": "done"}}
    assert site.done() == ["submit film", "use film"]
    assert not kept(store)
