import asyncio

import pytest

from bot.ports import StoreFailed
from bot.web import health
from bot.web.health import Health
from tests.web.conftest import Serving


async def fine() -> None:
    pass


async def failing() -> None:
    raise StoreFailed("postgresql://u:hunter2@db is gone")


async def hanging() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("age", "status", "alive"), [(0.4, 200, True), (15.1, 503, False)])
async def test_a_process_without_a_recent_heartbeat_is_not_alive(
    serving: Serving, age: float, status: int, alive: bool
) -> None:
    async with serving(*Health(lambda: age, {}).routes) as client:
        answer = await client.get("/livez")

    assert answer.status_code == status
    assert answer.json() == {"alive": alive, "heartbeat_seconds_ago": age}


async def test_a_process_that_passes_its_checks_is_ready(serving: Serving) -> None:
    async with serving(*Health(lambda: 0, {"database": fine, "jobs": fine}).routes) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "stopping": False,
        "checks": {"database": "ok", "jobs": "ok"},
    }


async def test_what_is_not_ready_is_named_and_its_reason_only_logged(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.2)
    checks = {"database": failing, "slack": hanging, "jobs": fine}
    probe = Health(lambda: 0, checks)
    async with serving(*probe.routes) as client:
        answer = await client.get("/readyz")
        await client.get("/readyz")
        probe.stop()

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "failed", "slack": "timed out", "jobs": "ok"}
    assert "hunter2" not in answer.text
    told = [record.getMessage() for record in caplog.records if record.name == "chatkut.web"]
    assert told == [
        "database is not ready: postgresql://u:hunter2@db is gone",
        "slack is not ready: timed out",
    ]


async def test_a_bug_in_a_check_is_a_failed_check(serving: Serving) -> None:
    async def bug() -> None:
        raise KeyError("slack")

    async with serving(*Health(lambda: 0, {"slack": bug}).routes) as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (503, {"slack": "failed"})


async def test_a_process_is_ready_again_when_the_checks_pass_again(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    down = True

    async def flaky() -> None:
        if down:
            raise StoreFailed("gone")

    with caplog.at_level("INFO", "chatkut.web"):
        async with serving(*Health(lambda: 0, {"database": flaky}).routes) as client:
            first = await client.get("/readyz")
            down = False
            second = await client.get("/readyz")

    assert (first.status_code, second.status_code) == (503, 200)
    assert "database is ready again" in caplog.messages


async def test_a_hanging_check_is_started_once_however_often_it_is_asked_for(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.1)
    started, go_on = 0, asyncio.Event()

    async def slow() -> None:
        nonlocal started
        started += 1
        await go_on.wait()

    async with serving(*Health(lambda: 0, {"database": slow}).routes) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(5)))
        assert {answer.status_code for answer in answers} == {503}
        assert started == 1
        go_on.set()
        while (await client.get("/readyz")).status_code != 200:
            pass
    assert started >= 1


async def test_a_stopping_process_is_alive_and_not_ready(serving: Serving) -> None:
    probe = Health(lambda: 0, {"database": fine})
    async with serving(*probe.routes) as client:
        probe.stop()
        live, ready = await client.get("/livez"), await client.get("/readyz")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "stopping": True, "checks": {}}
