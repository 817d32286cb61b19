"""Jobs with their measures and correlation ids: what the log and the metrics know of a job."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.jobs.engine import Job, Kind, Payload
from bot.logs import bound
from bot.ports import Meter


def metered(kind: Kind, meter: Meter) -> Kind:
    """The same kind of job, counted and timed, and named in every line that it logs."""

    async def run(job: Job, payload: Payload) -> Payload | None:
        with bound(workflow=job.id, **_ids(payload)), _timed(kind.name, meter):
            return await kind.run(job, payload)

    return replace(kind, run=run)


@contextmanager
def _timed(kind: str, meter: Meter) -> Iterator[None]:
    outcome, started = "failed", time.monotonic()
    meter.job_started(kind)
    try:
        yield
        outcome = "done"
    except asyncio.CancelledError:
        outcome = "stopped"
        raise
    finally:
        meter.job_ended(kind, outcome, time.monotonic() - started)


def _ids(payload: Payload) -> dict[str, str]:
    """Channel and message, where the payload tells them."""
    about = payload.get("message", payload)
    ids = {"channel": about.get("channel"), "message": about.get("id")}
    return {name: str(value) for name, value in ids.items() if value is not None}
