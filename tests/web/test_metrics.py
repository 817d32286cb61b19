import asyncio
import math
import time
from collections.abc import Mapping

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bot.ports import StoreFailed
from bot.web import metrics
from bot.web.health import metrics_route
from bot.web.metrics import Backlogs, Metrics
from tests.web.conftest import Serving


class Waiting:
    """What waits, and how often that was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.gone = False

    async def outbox(self) -> tuple[int, float]:
        self.asked += 1
        await self._reachable()
        return 3, 12.5

    async def queues(self) -> Mapping[str, tuple[int, float]]:
        await self._reachable()
        return {"message": (2, 0.5), "render": (0, 0.0)}

    async def _reachable(self) -> None:
        if self.gone:
            raise StoreFailed("the database is gone")


def samples(text: str) -> dict[str, float]:
    """Samples by their names and labels."""
    return {
        " ".join(
            [sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))]
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(serving: Serving, registry: CollectorRegistry) -> dict[str, float]:
    async with serving(metrics_route(registry)) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return samples(answer.text)


async def test_what_happened_can_be_scraped(serving: Serving) -> None:
    registry = CollectorRegistry()
    meter = Metrics(registry)
    meter.job_started("message")
    meter.job_ended("message", "done", 0.3)
    meter.job_ended("message", "failed", 3)
    meter.render_ended("1080p", "done", 42.0, 1_250_000)
    meter.model_called("anthropic", "claude-x", {"input": 1000, "output": 50}, 4_500)
    meter.message_accepted("slack")
    meter.failed_over(4)

    found = await scraped(serving, registry)

    assert (
        found.items()
        >= {
            "chatkut_jobs_started_total kind=message": 1,
            "chatkut_job_seconds_count kind=message outcome=done": 1,
            "chatkut_job_seconds_sum kind=message outcome=failed": 3,
            "chatkut_job_seconds_bucket kind=message le=0.25 outcome=done": 0,
            "chatkut_job_seconds_bucket kind=message le=0.5 outcome=done": 1,
            "chatkut_render_seconds_sum outcome=done preset=1080p": 42,
            "chatkut_render_dollars_total preset=1080p": 1.25,
            "chatkut_model_tokens_total direction=input model=claude-x provider=anthropic": 1000,
            "chatkut_model_tokens_total direction=output model=claude-x provider=anthropic": 50,
            "chatkut_model_dollars_total model=claude-x provider=anthropic": 0.0045,
            "chatkut_messages_accepted_total platform=slack": 1,
            "chatkut_failovers_total": 1,
            "chatkut_jobs_taken_over_total": 4,
        }.items()
    )
    assert found["process_resident_memory_bytes"] > 0


async def test_a_late_event_loop_is_measured(serving: Serving) -> None:
    registry = CollectorRegistry()
    meter = Metrics(registry)
    watching = asyncio.create_task(meter.watch_loop(every_seconds=0.01))
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251 # this is what is measured
    found: dict[str, float] = {}
    while not found.get("chatkut_event_loop_lag_seconds_count"):
        found = await scraped(serving, registry)
    watching.cancel()

    assert found["chatkut_event_loop_lag_seconds_sum"] > 0.25


async def test_what_waits_is_read_once_for_many_scrapes(serving: Serving) -> None:
    registry, waiting = CollectorRegistry(), Waiting()
    backlogs = Backlogs(registry, waiting.outbox, waiting.queues)
    async with serving(metrics_route(registry, backlogs.refresh)) as client:
        answers = await asyncio.gather(*(client.get("/metrics") for _ in range(5)))

    assert waiting.asked == 1
    for answer in answers:
        assert samples(answer.text) == {
            "chatkut_outbox_posts": 3,
            "chatkut_outbox_oldest_seconds": 12.5,
            "chatkut_queue_jobs queue=message": 2,
            "chatkut_queue_oldest_seconds queue=message": 0.5,
            "chatkut_queue_jobs queue=render": 0,
            "chatkut_queue_oldest_seconds queue=render": 0,
        }


async def test_what_cannot_be_read_is_not_shown_as_it_was(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(metrics, "FRESH_SECONDS", 0)
    registry, waiting = CollectorRegistry(), Waiting()
    backlogs = Backlogs(registry, waiting.outbox, waiting.queues)
    async with serving(metrics_route(registry, backlogs.refresh)) as client:
        await client.get("/metrics")
        waiting.gone = True
        without = samples((await client.get("/metrics")).text)
        waiting.gone = False
        again = samples((await client.get("/metrics")).text)

    assert set(without) == {"chatkut_outbox_posts", "chatkut_outbox_oldest_seconds"}
    assert all(math.isnan(value) for value in without.values())
    assert "the outbox cannot be measured" in caplog.text
    assert again["chatkut_queue_jobs queue=message"] == 2


async def test_a_scrape_does_not_wait_for_a_hanging_database(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_READ_SECONDS", 1)

    async def hanging() -> tuple[int, float]:
        await asyncio.Event().wait()
        raise AssertionError

    registry, waiting = CollectorRegistry(), Waiting()
    backlogs = Backlogs(registry, hanging, waiting.queues)
    async with serving(metrics_route(registry, backlogs.refresh)) as client:
        found = samples((await client.get("/metrics")).text)

    assert math.isnan(found["chatkut_outbox_posts"])
    assert found["chatkut_queue_jobs queue=message"] == 2
