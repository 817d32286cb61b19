"""What every job engine keeps, on SQLite and on PostgreSQL."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.jobs.engine import (
    ChildEnded,
    Job,
    Kind,
    NoSuchJob,
    Payload,
    Queue,
    Retry,
    StepFailed,
    StepTimedOut,
)
from bot.ports import MediaRefused, StaleRevision
from tests.jobs.site import NARROW, PLAIN, SERIAL, Site, ended, in_state, until

UNFORESEEN = "Something went wrong inside ChatKut; its log has the details."


async def echo(_: Job, payload: Payload) -> Payload:
    return payload


async def waits(job: Job, _: Payload) -> Payload:
    return {"heard": await job.wait("news", timeout_seconds=600)}


# --- accepting -------------------------------------------------------------------------------


async def test_a_job_runs_and_its_result_is_kept(site: Site) -> None:
    async with site.running(Kind("echo", echo, PLAIN)) as jobs:
        await jobs.enqueue("echo", "e1", {"text": "añ 🎬 \0 \ud83c", "many": (1, 2)})
        status = await ended(jobs, "e1")
    assert (status.state, status.kind, status.attempts) == ("done", "echo", 1)
    assert status.result == {"text": "añ 🎬 \0 ?", "many": [1, 2]}
    assert status.ended_at is not None
    assert timedelta() <= datetime.now(UTC) - status.enqueued_at < timedelta(minutes=1)


async def test_the_same_id_twice_is_one_run(site: Site) -> None:
    async def act(job: Job, payload: Payload) -> Payload:
        site.do(job.id)
        return payload

    async with site.running(Kind("act", act, PLAIN)) as jobs:
        await asyncio.gather(*(jobs.enqueue("act", "same", {"n": n}) for n in range(5)))
        first = await ended(jobs, "same")
        await jobs.enqueue("act", "same", {"n": 99})
        await jobs.enqueue("act", "other", {})
        await ended(jobs, "other")
        assert await jobs.status("same") == first
    assert sorted(site.done()) == ["other", "same"]


async def test_a_delayed_job_starts_later(site: Site) -> None:
    async with site.running(Kind("echo", echo, PLAIN)) as jobs:
        started = time.monotonic()
        await jobs.enqueue("echo", "late", {}, delay_seconds=0.5)
        await jobs.enqueue("echo", "very late", {}, delay_seconds=600)
        await ended(jobs, "late")
        assert time.monotonic() - started > 0.5
        assert [job.id for job in await jobs.find("delayed")] == ["very late"]


async def test_a_job_can_be_enqueued_from_a_step_and_is_no_part_of_it(site: Site) -> None:
    async def parent(job: Job, _: Payload) -> None:
        await job.step("start", jobs.enqueue, "waits", "free", {})
        await jobs.enqueue("waits", "free too", {})
        await job.wait("never", timeout_seconds=600)

    async with site.running(Kind("parent", parent, PLAIN), Kind("waits", waits, PLAIN)) as jobs:
        await jobs.enqueue("parent", "p", {})
        await in_state(jobs, "free too", "running")
        assert await jobs.cancel("p")
        for id in ("free", "free too"):
            await jobs.signal(id, "news", {}, dedup="1")
            assert (await ended(jobs, id)).state == "done"


async def test_a_key_belongs_to_serial_queues_only(site: Site) -> None:
    async with site.running(Kind("echo", echo, PLAIN), Kind("turn", echo, SERIAL)) as jobs:
        with pytest.raises(ValueError, match="key"):
            await jobs.enqueue("echo", "1", {}, key="a")
        with pytest.raises(ValueError, match="key"):
            await jobs.enqueue("turn", "2", {})


async def test_a_job_need_not_wait_until_its_queue_is_looked_at(site: Site) -> None:
    seldom = Queue("seldom", concurrency=1, serial=True, poll_seconds=600)
    async with site.running(Kind("echo", echo, seldom)) as jobs:
        await jobs.enqueue("echo", "first", {}, key="a")
        for n in range(5):
            await jobs.enqueue("echo", f"{n}", {}, key="a")
        await ended(jobs, "4")


async def test_ids_that_a_database_cannot_keep_are_refused(site: Site) -> None:
    async with site.running(Kind("turn", echo, SERIAL)) as jobs:
        for id, key in (("nul \0", "k"), ("fine", "half \ud83c")):
            with pytest.raises(ValueError, match="printable"):
                await jobs.enqueue("turn", id, {}, key=key)


# --- order -----------------------------------------------------------------------------------


async def test_one_key_is_served_in_order_and_keys_side_by_side(site: Site) -> None:
    together: set[str] = set()
    most = 0

    async def turn(job: Job, _: Payload) -> None:
        nonlocal most
        key = job.id[0]
        assert key not in together
        together.add(key)
        most = max(most, len(together))
        await job.step("act", act, job.id)
        together.remove(key)

    async def act(what: str) -> None:
        await asyncio.sleep(0.02)
        site.do(what)

    async with site.running(Kind("turn", turn, SERIAL)) as jobs:
        order = ["9", "3", "7", "1", "8", "2"]  # ids sort otherwise than they arrive
        for number in order:
            for key in "abc":
                await jobs.enqueue("turn", f"{key}{number}", {}, key=key)
        for key in "abc":
            assert (await ended(jobs, f"{key}2")).state == "done"
    for key in "abc":
        assert [what[1] for what in site.done() if what[0] == key] == order
    assert most > 1


async def test_a_narrow_queue_runs_no_more_than_it_may(site: Site) -> None:
    running = most = 0

    async def narrow(_: Job, __: Payload) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1

    async with site.running(Kind("narrow", narrow, NARROW)) as jobs:
        for n in range(4):
            await jobs.enqueue("narrow", f"n{n}", {})
        for n in range(4):
            await ended(jobs, f"n{n}")
    assert most == 1


async def test_an_engine_serves_only_its_queues(site: Site) -> None:
    kinds = Kind("echo", echo, PLAIN), Kind("narrow", echo, NARROW)
    async with site.running(*kinds, queues=["narrow"]) as jobs:
        await jobs.enqueue("echo", "left", {})
        await jobs.enqueue("narrow", "taken", {})
        await ended(jobs, "taken")
        assert [job.id for job in await jobs.find("queued")] == ["left"]
    async with site.running(*kinds, queues=[]) as jobs:
        await jobs.enqueue("narrow", "left too", {})
        assert [job.id for job in await jobs.find("queued", kind="narrow")] == ["left too"]
    async with site.running(*kinds) as jobs:
        assert (await ended(jobs, "left")).state == "done"
        assert (await ended(jobs, "left too")).state == "done"


# --- steps -----------------------------------------------------------------------------------


async def test_what_a_step_returns_is_what_a_repetition_returns(site: Site) -> None:
    seen: list[Any] = []

    async def tuples() -> dict[str, Any]:
        return {"pair": (1, 2)}

    async def listed() -> list[str]:
        return ["x"]

    async def job_(job: Job, _: Payload) -> Payload:
        seen.append(await job.step("tuples", tuples))
        seen.append(await job.step("list", listed))
        return {"heard": await job.wait("news", timeout_seconds=600)}

    kind = Kind("job", job_, PLAIN)
    async with site.running(kind) as jobs:
        await jobs.enqueue("job", "j", {})
        await until(lambda: _len(seen, 2))
    async with site.running(kind) as jobs:
        await jobs.signal("j", "news", {"n": 1}, dedup="1")
        assert (await ended(jobs, "j")).result == {"heard": {"n": 1}}
    assert seen == [{"pair": [1, 2]}, ["x"]] * 2


async def test_what_a_step_raises_is_what_a_repetition_raises(site: Site) -> None:
    seen: list[tuple[str, str]] = []

    async def refuse() -> None:
        site.do("refuse")
        raise MediaRefused("This is no film.")

    async def stumble() -> None:
        site.do("stumble")
        raise KeyError("nobody thought of this")

    async def job_(job: Job, _: Payload) -> None:
        for step in (refuse, stumble):
            try:
                await job.step(step.__name__, step)
            except (MediaRefused, StepFailed) as error:
                seen.append((type(error).__name__, str(error)))
        await job.wait("news", timeout_seconds=600)

    kind = Kind("job", job_, PLAIN)
    async with site.running(kind) as jobs:
        await jobs.enqueue("job", "j", {})
        await until(lambda: _len(seen, 2))
    async with site.running(kind) as jobs:
        await jobs.signal("j", "news", {}, dedup="1")
        await ended(jobs, "j")
    assert seen[:2] == [("MediaRefused", "This is no film."), ("StepFailed", UNFORESEEN)]
    assert seen[2:] == seen[:2]
    assert site.done() == ["refuse", "stumble"]


async def test_retryable_errors_are_retried_with_growing_pauses(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[float] = []

    async def third_time() -> str:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise StaleRevision("Not yet.")
        return "lucky"

    async def job_(job: Job, _: Payload) -> Payload:
        retry = Retry(attempts=3, pause_seconds=0.1)
        return {"got": await job.step("try", third_time, retry=retry)}

    async with site.running(Kind("job", job_, PLAIN)) as jobs:
        await jobs.enqueue("job", "j", {})
        assert (await ended(jobs, "j")).result == {"got": "lucky"}
    assert caplog.messages == [f"j: step try: Not yet.; again in {s} s" for s in (0.1, 0.2)]
    assert tries[1] - tries[0] >= 0.1
    assert tries[2] - tries[1] >= 0.2


async def test_the_last_error_counts_and_others_are_not_retried(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def stale() -> None:
        site.do("stale")
        raise StaleRevision("Never.")

    async def refused() -> None:
        site.do("refused")
        raise MediaRefused("No film.")

    async def job_(job: Job, payload: Payload) -> None:
        step = stale if payload["stale"] else refused
        await job.step("try", step, retry=Retry(attempts=3, pause_seconds=0.01))

    async with site.running(Kind("job", job_, PLAIN)) as jobs:
        await jobs.enqueue("job", "stale", {"stale": True})
        await jobs.enqueue("job", "refused", {"stale": False})
        stale_end, refused_end = await ended(jobs, "stale"), await ended(jobs, "refused")
    assert (stale_end.state, stale_end.error) == ("failed", "Never.")
    assert (refused_end.state, refused_end.error) == ("failed", "No film.")
    assert sorted(site.done()) == ["refused", "stale", "stale", "stale"]
    endings = [said for said in caplog.messages if "again in" not in said]
    assert sorted(endings) == ["refused failed: No film.", "stale failed: Never."]


async def test_a_step_that_takes_too_long_is_stopped_and_retried(site: Site) -> None:
    async def slow() -> None:
        try:
            await asyncio.sleep(600)
        finally:
            site.do("stopped")

    async def job_(job: Job, _: Payload) -> None:
        retry = Retry(attempts=2, pause_seconds=0.01)
        await job.step("download", slow, retry=retry, timeout_seconds=0.05)

    async with site.running(Kind("job", job_, PLAIN)) as jobs:
        await jobs.enqueue("job", "j", {})
        status = await ended(jobs, "j")
    assert status.error == str(StepTimedOut("download took too long and was stopped: try again."))
    assert site.done() == ["stopped", "stopped"]


async def test_an_unforeseen_error_fails_the_job_and_only_its_kind_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def job_(_: Job, payload: Payload) -> None:
        raise KeyError(payload["secret"])

    async with site.running(Kind("job", job_, PLAIN)) as jobs:
        await jobs.enqueue("job", "j", {"secret": "hunter2"})
        status = await ended(jobs, "j")
    assert (status.state, status.error) == ("failed", UNFORESEEN)
    assert "j raised KeyError" in caplog.text
    assert "hunter2" not in caplog.text


# --- messages --------------------------------------------------------------------------------


async def test_a_message_signalled_twice_is_heard_once(site: Site) -> None:
    async def twice(job: Job, _: Payload) -> Payload:
        first = await job.wait("news", timeout_seconds=600)
        second = await job.wait("news", timeout_seconds=0.3)
        return {"heard": [first, second]}

    async with site.running(Kind("twice", twice, PLAIN)) as jobs:
        await jobs.enqueue("twice", "t", {})
        await in_state(jobs, "t", "running")
        for n in range(3):
            await jobs.signal("t", "news", {"n": n}, dedup="ready")
        assert (await ended(jobs, "t")).result == {"heard": [{"n": 0}, None]}


async def test_a_message_may_come_before_anybody_waits(site: Site) -> None:
    async with site.running(Kind("waits", waits, PLAIN), queues=[]) as jobs:
        await jobs.enqueue("waits", "w", {})
        await jobs.signal("w", "news", {"early": True}, dedup="1")
        await jobs.signal("w", "gossip", {"early": False}, dedup="2")
    async with site.running(Kind("waits", waits, PLAIN)) as jobs:
        assert (await ended(jobs, "w")).result == {"heard": {"early": True}}


async def test_a_message_to_nobody_is_an_error(site: Site) -> None:
    async with site.running(Kind("waits", waits, PLAIN)) as jobs:
        with pytest.raises(NoSuchJob, match="nobody"):
            await jobs.signal("nobody", "news", {}, dedup="1")
        assert await jobs.status("nobody") is None
        assert not await jobs.cancel("nobody")


# --- children --------------------------------------------------------------------------------


async def test_children_run_on_their_own_queue_and_give_their_results(site: Site) -> None:
    seen: list[list[Any]] = []

    async def parent(job: Job, _: Payload) -> Payload:
        children = (job.child("echo", f"{job.id}:{n}", {"n": n}) for n in range(3))
        seen.append(await asyncio.gather(*children))
        return {"heard": await job.wait("news", timeout_seconds=600)}

    kinds = Kind("parent", parent, PLAIN), Kind("echo", echo, NARROW)
    async with site.running(*kinds) as jobs:
        await jobs.enqueue("parent", "p", {})
        await until(lambda: _len(seen, 1))
    async with site.running(*kinds) as jobs:
        await jobs.signal("p", "news", {"n": 1}, dedup="1")
        assert (await ended(jobs, "p")).result == {"heard": {"n": 1}}
        assert len(await jobs.find("done", kind="echo")) == 3
    assert seen == [[{"n": 0}, {"n": 1}, {"n": 2}]] * 2


async def test_what_a_child_raises_its_parent_sees(site: Site) -> None:
    async def refuse(_: Job, __: Payload) -> None:
        raise MediaRefused("No film.")

    async def parent(job: Job, payload: Payload) -> Payload:
        try:
            await job.child(payload["kind"], "child", {})
        except (MediaRefused, ChildEnded) as error:
            return {"error": type(error).__name__}
        return {}

    kinds = [
        Kind("parent", parent, PLAIN),
        Kind("refuse", refuse, NARROW),
        Kind("waits", waits, NARROW),
    ]
    async with site.running(*kinds) as jobs:
        await jobs.enqueue("parent", "p", {"kind": "refuse"})
        assert (await ended(jobs, "p")).result == {"error": "MediaRefused"}
        assert await jobs.forget(datetime.now(UTC) + timedelta(seconds=5)) == 2
        await jobs.enqueue("parent", "p", {"kind": "waits"})
        await in_state(jobs, "child", "running")
        assert await jobs.cancel("child")
        assert (await ended(jobs, "p")).result == {"error": "ChildEnded"}


# --- cancelling ------------------------------------------------------------------------------


async def test_a_queued_job_is_cancelled_before_it_starts(site: Site) -> None:
    async def act(job: Job, _: Payload) -> None:
        site.do(job.id)

    kind = Kind("act", act, PLAIN)
    async with site.running(kind, queues=[]) as jobs:
        await jobs.enqueue("act", "unwanted", {})
        assert await jobs.cancel("unwanted")
    async with site.running(kind) as jobs:
        await jobs.enqueue("act", "wanted", {})
        await ended(jobs, "wanted")
        status = await jobs.status("unwanted")
        assert status is not None
        assert status.state == "cancelled"
    assert site.done() == ["wanted"]


async def test_cancelling_a_running_job_ends_its_step_and_its_children(site: Site) -> None:
    begun = asyncio.Event()

    async def encode() -> None:
        begun.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            site.do("child process killed")
            raise

    async def render(job: Job, _: Payload) -> None:
        await job.step("encode", encode)
        site.do("not reached")

    async def parent(job: Job, _: Payload) -> None:
        await job.child("render", "r", {})

    kinds = Kind("parent", parent, PLAIN), Kind("render", render, NARROW)
    async with site.running(*kinds, watch_seconds=600) as jobs:
        await jobs.enqueue("parent", "p", {})
        await begun.wait()
        assert await jobs.cancel("p")
        assert not await jobs.cancel("p")
        for id in ("p", "r"):
            assert (await ended(jobs, id)).state == "cancelled"
        await until(lambda: _equal(site.done(), ["child process killed"]))
        await jobs.enqueue("render", "next", {})  # the only place is free again
        begun.clear()
        await begun.wait()


async def test_cancelling_a_waiting_job_frees_its_place_at_once(site: Site) -> None:
    async with site.running(Kind("waits", waits, NARROW), watch_seconds=600) as jobs:
        await jobs.enqueue("waits", "w1", {})
        await jobs.enqueue("waits", "w2", {})
        await in_state(jobs, "w1", "running")
        assert await jobs.cancel("w1")
        await in_state(jobs, "w2", "running")


async def test_a_job_that_has_ended_is_not_cancelled(site: Site) -> None:
    async with site.running(Kind("echo", echo, PLAIN)) as jobs:
        await jobs.enqueue("echo", "e", {})
        await ended(jobs, "e")
        assert not await jobs.cancel("e")
        assert (await ended(jobs, "e")).state == "done"


# --- stopping and starting -------------------------------------------------------------------


async def test_stopping_lets_busy_jobs_end_and_waiting_ones_resume(site: Site) -> None:
    begun = asyncio.Event()

    async def busy(job: Job, _: Payload) -> None:
        for n in range(3):
            await job.step(f"part {n}", part, n)

    async def part(n: int) -> None:
        begun.set()
        await asyncio.sleep(0.1)
        site.do(f"part {n}")

    kinds = [
        Kind("busy", busy, PLAIN),
        Kind("waits", waits, PLAIN),
        Kind("queued", echo, NARROW),
        Kind("blocker", waits, NARROW),
    ]
    async with site.running(*kinds) as jobs:
        await jobs.enqueue("waits", "w", {})
        await jobs.enqueue("blocker", "b", {})
        await in_state(jobs, "w", "running")
        await in_state(jobs, "b", "running")
        await jobs.enqueue("queued", "q", {})
        await jobs.enqueue("busy", "x", {})
        await begun.wait()
        told = time.monotonic()
        await jobs.stop(grace_seconds=600)
        assert time.monotonic() - told < 300
    assert site.done() == ["part 0", "part 1", "part 2"]
    async with site.running(*kinds) as jobs:
        assert (await ended(jobs, "x")).attempts == 1
        await jobs.signal("b", "news", {}, dedup="1")
        assert (await ended(jobs, "q")).state == "done"
        await jobs.signal("w", "news", {"n": 1}, dedup="1")
        assert (await ended(jobs, "w")).result == {"heard": {"n": 1}}


async def test_stopping_does_not_wait_for_another_try(site: Site) -> None:
    tried = asyncio.Event()

    async def unlucky() -> str:
        if site.first_time("unlucky"):
            tried.set()
            raise StaleRevision("Not yet.")
        return "lucky"

    async def patient(job: Job, _: Payload) -> Payload:
        return {"got": await job.step("try", unlucky, retry=Retry(attempts=3, pause_seconds=600))}

    kind = Kind("patient", patient, PLAIN)
    async with site.running(kind) as jobs:
        await jobs.enqueue("patient", "p", {})
        await tried.wait()
        told = time.monotonic()
        await jobs.stop(grace_seconds=600)
        assert time.monotonic() - told < 300
    async with site.running(kind) as jobs:
        assert (await ended(jobs, "p")).result == {"got": "lucky"}


async def test_what_outlasts_the_grace_time_is_cut_off_and_resumes(site: Site) -> None:
    begun = asyncio.Event()

    async def slow(job: Job, _: Payload) -> None:
        await job.step("one", part, "one")
        await job.step("two", part, "two")

    async def part(what: str) -> None:
        site.do(f"begin {what}")
        if what == "two" and site.first_time("slow"):
            begun.set()
            try:
                await asyncio.sleep(600)
            finally:
                site.do("cut off")
        site.do(f"end {what}")

    kind = Kind("slow", slow, PLAIN)
    async with site.running(kind) as jobs:
        await jobs.enqueue("slow", "s", {})
        await begun.wait()
        await jobs.stop(grace_seconds=0.2)
    async with site.running(kind) as jobs:
        status = await ended(jobs, "s")
    assert (status.state, status.attempts) == ("done", 2)
    assert site.done() == [
        *("begin one", "end one", "begin two", "cut off"),
        *("begin two", "end two"),
    ]


async def test_a_job_resumes_in_changed_code(site: Site) -> None:
    acted = asyncio.Event()

    async def before(job: Job, _: Payload) -> Payload:
        await job.step("act", act, "old")
        acted.set()
        return {"heard": await job.wait("news", timeout_seconds=600)}

    async def after(job: Job, _: Payload) -> Payload:
        """Other text, other closure, same steps."""
        await job.step("act", act, "new")
        return {"news": await job.wait("news", timeout_seconds=60), "code": "new"}

    async def act(what: str) -> None:
        site.do(what)

    async with site.running(Kind("job", before, PLAIN)) as jobs:
        await jobs.enqueue("job", "j", {})
        await acted.wait()
    async with site.running(Kind("job", after, PLAIN)) as jobs:
        await jobs.signal("j", "news", {"n": 1}, dedup="1")
        assert (await ended(jobs, "j")).result == {"news": {"n": 1}, "code": "new"}
    assert site.done() == ["old"]


async def test_one_engine_at_a_time_is_started_in_a_process(site: Site) -> None:
    async with site.running(Kind("echo", echo, PLAIN)):
        with pytest.raises(RuntimeError, match="already started"):
            async with site.running(Kind("echo", echo, PLAIN), executor="other"):
                pass
    async with site.running(Kind("echo", echo, PLAIN)) as jobs:
        await jobs.enqueue("echo", "e", {})
        await ended(jobs, "e")
        assert await asyncio.to_thread(lambda: "the loop has threads") == "the loop has threads"
    assert await asyncio.to_thread(lambda: "afterwards too") == "afterwards too"


# --- finding and forgetting ------------------------------------------------------------------


async def test_jobs_are_found_by_state_and_kind_oldest_first(site: Site) -> None:
    async with site.running(
        Kind("echo", echo, PLAIN), Kind("turn", echo, SERIAL), queues=[]
    ) as jobs:
        for n in (3, 1, 2):
            await jobs.enqueue("turn", f"t{n}", {}, key="k")
        await jobs.enqueue("echo", "e", {})
        assert [job.id for job in await jobs.find("queued", kind="turn")] == ["t3", "t1", "t2"]
        assert [job.id for job in await jobs.find("queued", limit=2)] == ["t3", "t1"]
        assert {job.key for job in await jobs.find("queued", "running")} == {"k", None}
        assert await jobs.find("done") == ()


async def test_ended_jobs_are_forgotten_and_others_are_not(site: Site) -> None:
    async with site.running(Kind("echo", echo, PLAIN), Kind("waits", waits, PLAIN)) as jobs:
        await jobs.enqueue("echo", "e", {})
        await jobs.enqueue("waits", "w", {})
        await ended(jobs, "e")
        assert await jobs.forget(datetime.now(UTC) - timedelta(minutes=1)) == 0
        assert await jobs.forget(datetime.now(UTC) + timedelta(seconds=5)) == 1
        assert await jobs.status("e") is None
        assert await jobs.status("w") is not None
        await jobs.enqueue("echo", "e", {"again": True})
        assert (await ended(jobs, "e")).result == {"again": True}


async def test_executors_with_running_jobs_are_known(site: Site) -> None:
    async with site.running(Kind("waits", waits, NARROW), executor="a") as jobs:
        assert await jobs.executors() == frozenset()
        await jobs.enqueue("waits", "w", {})
        await jobs.enqueue("waits", "queued", {})
        await in_state(jobs, "w", "running")
        assert await jobs.executors() == {"a"}


async def _len(seen: list[Any], count: int) -> bool:
    return len(seen) >= count


async def _equal(left: object, right: object) -> bool:
    return left == right
