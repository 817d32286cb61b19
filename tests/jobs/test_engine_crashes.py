"""What every job engine keeps when processes, disks and databases fail."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import Pool

from bot.jobs.engine import Job, Kind, Payload
from bot.ports import StoreFailed
from tests.jobs.kinds import kinds
from tests.jobs.site import PLAIN, Site, ended, in_state, until
from tests.postgres import PostgresServer

slow = pytest.mark.slow

_STEPS = ("operation_outputs", "function_name")


# --- kill -9 ---------------------------------------------------------------------------------


@slow
async def test_killed_work_resumes_and_what_was_done_is_not_repeated(site: Site) -> None:
    async with site.worker() as worker:
        await worker.order("listen", "l")
        await worker.order("three", "t", extra=1)
        await worker.says("t two done")
        await worker.order("dying", "d")
        await worker.died()
    async with site.running(*kinds(site)) as jobs:
        await jobs.signal("l", "news", {"n": 1}, dedup="1")
        endings = [await ended(jobs, id) for id in "ltd"]
    assert [status.result for status in endings] == [
        {"heard": {"n": 1}},
        {"notes": ["t one", "t two", "t three"], "extra": 1},
        {"note": "d act"},
    ]
    assert [status.attempts for status in endings] == [2, 2, 2]
    assert sorted(site.done()) == sorted(
        [
            *("l before", "l after"),
            *("t one", "t two", "t two", "t three"),  # the kill was inside the second step
            *("d before", "d act", "d act", "d after"),
        ]
    )


@slow
async def test_a_job_that_kills_its_process_is_parked_and_can_be_found(site: Site) -> None:
    async with site.worker() as worker:
        await worker.order("crash", "poison")
        await worker.died()
    await site.dies()
    async with site.running(*kinds(site)) as jobs:
        assert (await ended(jobs, "poison")).state == "parked"
        assert [(job.id, job.kind) for job in await jobs.find("parked")] == [("poison", "crash")]
        assert await jobs.cancel("poison")
        assert await jobs.find("parked") == ()


@slow
async def test_a_second_process_of_the_same_name_is_refused(site: Site) -> None:
    async with site.worker():
        with pytest.raises(StoreFailed, match="Another ChatKut process is already working in"):
            async with site.running(*kinds(site)):
                pass
    async with site.running(*kinds(site)):
        pass


# --- several executors -----------------------------------------------------------------------


@slow
async def test_another_executor_takes_over_and_keeps_the_order(postgres_site: Site) -> None:
    site = postgres_site
    async with site.running(*kinds(site), executor="front", queues=[]) as front:
        async with site.worker("a") as a:
            await front.enqueue("turn", "a1", {"held": True}, key="a")
            await front.enqueue("turn", "a2", {}, key="a")
            await front.enqueue("turn", "a3", {}, key="a")
            await a.says("a1 begun")
        async with site.worker("b"):
            for id in ("b1", "b2", "b3"):
                await front.enqueue("turn", id, {}, key="b")
            assert (await ended(front, "b3")).state == "done"
            assert [what[-2] for what in site.done()].count("a") == 1
            assert await front.recover(["a", "front"]) == 1
            assert await front.recover(["a"]) == 0
            assert (await ended(front, "a3")).state == "done"
    for key in "ab":
        assert [what for what in site.done() if key in what.split()[1]] == [
            f"{action} {key}{n}" for n in (1, 2, 3) for action in ("begin", "end")
        ]


@slow
async def test_an_executor_lets_go_of_what_others_cancelled_or_took(postgres_site: Site) -> None:
    site = postgres_site
    async with (
        site.running(*kinds(site), executor="front", queues=[]) as front,
        site.worker("a") as a,
    ):
        await front.enqueue("three", "cancelled", {})
        await a.says("cancelled two done")
        assert await front.cancel("cancelled")
        await a.says("not cancelled two done")
        await front.enqueue("three", "taken", {})
        await a.says("taken two done")
        assert await front.recover(["a"]) == 1  # it is alive, but looked dead
        await a.says("not taken two done")
        assert (await ended(front, "taken")).state == "done"
    assert site.done().count("taken one") == 1
    assert site.done().count("taken three") == 1


async def test_a_stopped_executor_hands_its_jobs_to_the_others(postgres_site: Site) -> None:
    site = postgres_site
    async with site.running(*kinds(site), executor="a") as a:
        await a.enqueue("listen", "l", {})
        await in_state(a, "l", "running")
    async with site.running(*kinds(site), executor="b") as b:
        await b.signal("l", "news", {}, dedup="1")
        assert (await ended(b, "l")).executor == "b"


# --- broken databases ------------------------------------------------------------------------


async def test_a_broken_database_at_the_start_is_a_sentence(sqlite_site: Site) -> None:
    with (
        _at_checkout(Pool, "query_only = ON"),
        pytest.raises(StoreFailed, match="readonly database"),
    ):
        async with sqlite_site.running(*kinds(sqlite_site)):
            pass
    async with sqlite_site.running(*kinds(sqlite_site)) as jobs:
        await jobs.enqueue("listen", "l", {})


async def test_jobs_wait_while_their_database_is_broken(
    sqlite_site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def act() -> None:
        sqlite_site.do("act")
        reached.set()
        await go_on.wait()

    async def acting(job: Job, _: Payload) -> None:
        await job.step("act", act)

    async with sqlite_site.running(Kind("acting", acting, PLAIN)) as jobs:
        await jobs.enqueue("acting", "a", {})
        await reached.wait()
        with _at_checkout(Pool, "query_only = ON"):
            go_on.set()
            with pytest.raises(StoreFailed, match="readonly database"):
                await jobs.enqueue("acting", "refused", {})
            await until(lambda: _true("a is left for later" in caplog.text))
            await in_state(jobs, "a", "running")
        with _at_checkout(Pool, "query_only = OFF"):
            assert (await ended(jobs, "a")).state == "done"
    assert sqlite_site.done() == ["act", "act"]


async def test_a_job_whose_task_is_lost_is_taken_up_again(site: Site) -> None:
    async def stray(job: Job, _: Payload) -> None:
        if site.first_time(job.id):
            raise asyncio.CancelledError  # nobody asked for it

    async with site.running(Kind("stray", stray, PLAIN)) as jobs:
        await jobs.enqueue("stray", "s", {})
        assert (await ended(jobs, "s")).state == "done"


@slow
async def test_jobs_outlive_a_restart_of_the_database_server(
    postgres: PostgresServer, postgres_site: Site
) -> None:
    async with postgres_site.running(*kinds(postgres_site)) as jobs:
        await jobs.enqueue("listen", "l", {})
        await in_state(jobs, "l", "running")
        postgres.stop()
        with pytest.raises(StoreFailed, match="cannot be used just now"):
            await jobs.enqueue("listen", "refused", {})
        postgres.start()
        await jobs.signal("l", "news", {}, dedup="1")
        assert (await ended(jobs, "l")).state == "done"
        assert await jobs.status("refused") is None


@slow
async def test_stopping_does_not_wait_for_a_lost_database(
    postgres: PostgresServer, postgres_site: Site
) -> None:
    async with postgres_site.running(*kinds(postgres_site)) as jobs:
        await jobs.enqueue("listen", "l", {})
        await in_state(jobs, "l", "running")
        postgres.stop()
        try:
            async with asyncio.timeout(120):
                await jobs.stop(grace_seconds=1)
        finally:
            postgres.start()
    async with postgres_site.running(*kinds(postgres_site)) as jobs:
        await jobs.signal("l", "news", {}, dedup="1")
        assert (await ended(jobs, "l")).state == "done"


async def test_an_unreachable_database_is_a_sentence(postgres_site: Site) -> None:
    nowhere = "postgresql+psycopg://postgres:hunter2@127.0.0.1:1/nowhere"
    site = Site(postgres_site.folder, nowhere)
    with pytest.raises(StoreFailed, match="cannot be used just now") as refused:
        async with site.running(*kinds(site)):
            pass
    assert "hunter2" not in str(refused.value)


async def test_an_unwritable_folder_is_a_sentence(sqlite_site: Site) -> None:
    (sqlite_site.folder / "file").touch()
    site = Site(sqlite_site.folder / "file", sqlite_site.jobs_url)
    with pytest.raises(StoreFailed, match="cannot be written"):
        async with site.running(*kinds(site)):
            pass


# --- how it is kept --------------------------------------------------------------------------


async def test_everything_is_kept_as_plain_json_under_a_pinned_version(site: Site) -> None:
    tables = ("workflow_status", "operation_outputs", "notifications")

    async def job_(job: Job, _: Payload) -> None:
        await job.step("act", asyncio.sleep, 0, "row")
        await job.wait("news", timeout_seconds=600)
        await job.wait("more news", timeout_seconds=600)

    async with site.running(Kind("job", job_, PLAIN), executor="someone") as jobs:
        await jobs.enqueue("job", "j", {"n": 1})
        await jobs.signal("j", "news", {"n": 2}, dedup="1")
        await until(lambda: _true(("DBOS.recv",) in _distinct(site, *_STEPS)))
        for table in tables:
            kept = _distinct(site, table, "serialization")
            assert kept - {(None,)} == {("portable_json",)}, table
        identity = _distinct(site, "workflow_status", "application_version, executor_id")
        assert identity == {("chatkut-1", "someone")}


async def test_sqlite_writes_ahead_and_synchronously(sqlite_site: Site) -> None:
    settings: set[tuple[Any, ...]] = set()

    def look(connection: Any, *_: Any) -> None:
        file = connection.execute("PRAGMA database_list").fetchone()[2]
        pragmas = ("journal_mode", "synchronous")
        values = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)
        if file.endswith("jobs.sqlite"):
            settings.add(tuple(values))

    event.listen(Pool, "checkout", look)
    try:
        async with sqlite_site.running(*kinds(sqlite_site)) as jobs:
            assert await jobs.status("nobody") is None
    finally:
        event.remove(Pool, "checkout", look)
    assert settings == {("wal", 2)}  # 2 is FULL


async def test_nothing_is_printed(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    async def fail(_: Job, __: Payload) -> None:
        raise KeyError

    async with site.running(Kind("fail", fail, PLAIN)) as jobs:
        await jobs.enqueue("fail", "f", {})
        await ended(jobs, "f")
    assert capfd.readouterr() == ("", "")


@contextmanager
def _at_checkout(pool: Any, pragma: str) -> Iterator[None]:
    """Give every connection to SQLite a pragma before it is used."""

    def use(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(pool, "checkout", use)
    try:
        yield
    finally:
        event.remove(pool, "checkout", use)


def _distinct(site: Site, table: str, columns: str) -> set[tuple[Any, ...]]:
    engine = create_engine(site.jobs_url)
    schema = "dbos." if site.is_shared else ""
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM {schema}{table}"))  # noqa: S608
        found = {tuple(row) for row in rows}
    engine.dispose()
    return found


async def _true(seen: bool) -> bool:
    return seen
