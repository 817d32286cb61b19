import asyncio
import datetime as real
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.jobs.engine import NoSuchJob
from bot.jobs.triggers import EVERY, Every, Triggers
from bot.ports import StoreFailed

OFTEN = dict.fromkeys(EVERY, Every(0.05))


class Calls:
    """Counts calls, and raises or blocks where it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None
        self.blocked = asyncio.Event()
        self.blocked.set()
        self._called = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self._called.set()
        await self.blocked.wait()
        if self.error:
            raise self.error

    async def come_to(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.count < count:
                self._called.clear()
                await self._called.wait()


@pytest.fixture
def calls() -> Calls:
    return Calls()


class Clock(real.datetime):
    """The wall clock, which can be set."""

    ahead = real.timedelta()

    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> Any:
        return real.datetime.now(tz) + cls.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Clock]]:
    for module in (
        "apscheduler.schedulers.base",
        "apscheduler.executors.base",
        "bot.jobs.triggers",
    ):
        monkeypatch.setattr(f"{module}.datetime", Clock)
    yield Clock
    Clock.ahead = real.timedelta()


async def test_everything_is_called_at_once_and_then_again_and_again(calls: Calls) -> None:
    once = Calls()
    triggers = Triggers({"heartbeat": calls, "sweeps": once}, OFTEN | {"sweeps": Every(1000)})
    triggers.start()
    await calls.come_to(5)
    await triggers.stop()
    assert once.count == 1
    count = calls.count
    await asyncio.sleep(0.15)  # more would be due
    assert calls.count == count


async def test_a_call_that_lasts_is_not_begun_twice_and_delays_no_other(calls: Calls) -> None:
    lasting = Calls()
    lasting.blocked.clear()
    triggers = Triggers({"heartbeat": calls, "poll_waits": lasting}, OFTEN)
    triggers.start()
    await calls.come_to(5)
    assert lasting.count == 1
    lasting.blocked.set()
    await lasting.come_to(2)
    await triggers.stop()


async def test_stopping_cancels_what_lasts_and_says_nothing(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    calls.blocked.clear()
    triggers = Triggers({"heartbeat": calls}, OFTEN)
    triggers.start()
    await calls.come_to(1)
    await triggers.stop()
    assert len(asyncio.all_tasks()) == 1
    assert not caplog.records


async def test_stopping_at_once_says_nothing(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    for turns in range(4):
        triggers = Triggers({"heartbeat": calls, "sweeps": calls}, OFTEN)
        triggers.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        await triggers.stop()
    assert len(asyncio.all_tasks()) == 1
    assert not caplog.records


@pytest.mark.parametrize("error", [StoreFailed("It is full."), NoSuchJob("It is full.")])
async def test_an_error_is_logged_once_while_it_lasts_and_stops_nothing(
    calls: Calls, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chatkut")
    triggers = Triggers({"heartbeat": calls}, OFTEN)
    triggers.start()
    await calls.come_to(1)
    for _ in range(2):
        calls.error = error
        await calls.come_to(calls.count + 3)
        calls.error = None
        await calls.come_to(calls.count + 2)
    await triggers.stop()
    fails, works = "heartbeat does not work at present: It is full.", "heartbeat works again"
    assert caplog.messages == [fails, works, fails, works]


async def test_a_bug_in_a_call_is_logged_and_stops_nothing(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    calls.error = ZeroDivisionError()
    triggers = Triggers({"heartbeat": calls}, OFTEN)
    triggers.start()
    await calls.come_to(3)
    await triggers.stop()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("days", [1, 50 * 365])
async def test_a_clock_that_is_set_forward_calls_once(
    calls: Calls, clock: type[Clock], days: int
) -> None:
    triggers = Triggers({"heartbeat": calls}, OFTEN)
    triggers.start()
    await calls.come_to(2)
    clock.ahead = real.timedelta(days=days)
    before = calls.count
    await calls.come_to(before + 3)  # walking through fifty years would take hours
    await triggers.stop()


async def test_a_clock_that_is_set_back_stops_nothing(
    calls: Calls, clock: type[Clock], caplog: pytest.LogCaptureFixture
) -> None:
    seldom = Calls()
    triggers = Triggers({"heartbeat": calls, "parked": seldom}, OFTEN | {"parked": Every(1000)})
    triggers.start()
    await calls.come_to(2)
    clock.ahead = -real.timedelta(hours=1)
    await seldom.come_to(2)
    await calls.come_to(calls.count + 2)
    await triggers.stop()
    assert "The clock was set back by" in caplog.text
