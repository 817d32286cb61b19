"""The `render` job: an ordered film is made, the books are closed, and the film is announced."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from bot.engine.cost import dollars
from bot.engine.layout import layout
from bot.jobs.dispatch import deliver
from bot.jobs.engine import PATIENT, Job, Jobs, Kind, Payload, Queue
from bot.jobs.held import Held
from bot.jobs.progress import Report, Screen, close_progress, showing
from bot.jobs.render import RenderDesk
from bot.ports import (
    AdapterError,
    Address,
    Meter,
    Orders,
    RenderBusy,
    RenderCancelled,
    RenderFailed,
    RenderOrder,
    RenderRecord,
    RenderState,
    Reply,
    StoreFailed,
    Turn,
)

_SECONDS_AT_MOST = 900.0
_SECONDS_EACH = 60.0
"""A film takes at most this long for each of its seconds, beyond `_SECONDS_AT_MOST`."""

_TOO_OFTEN = "ChatKut crashed while making it again and again. Try another format."
_UNFORESEEN = "Something went wrong inside ChatKut; its log has the details."
_LAST_LINES: dict[RenderState, str] = {
    "done": "Rendered.",
    "failed": "The render failed.",
    "cancelled": "The render was cancelled.",
}


Follow = Callable[[RenderRecord], Awaitable[object]]


class Films:
    """Makes ordered films, `at_once` in one process; `told` is how a finished one is announced.

    Once that is done, `follow` is called with it.
    """

    def __init__(
        self,
        desk: RenderDesk,
        orders: Orders,
        screens: Mapping[str, Screen],
        told: Callable[[RenderRecord], Awaitable[Turn]],
        meter: Meter,
        at_once: int,
        follow: Follow,
    ) -> None:
        self._desk = desk
        self._orders = orders
        self._screens = screens
        self._held = Held(screens)
        self._told = told
        self._meter = meter
        self._follow = follow
        queue = Queue("cpu", concurrency=at_once)
        self.kind = Kind("render", self._run, queue, max_recoveries=10)

    async def give_up(self, jobs: Jobs, job_id: str, payload: Payload) -> None:
        """Close the books on a film whose job took the process down too often."""
        await self._given_up(jobs, job_id, payload["id"], _TOO_OFTEN)

    async def _given_up(self, jobs: Jobs, job_id: str, render_id: str, why: str) -> None:
        ordered = await self._orders.ordered(render_id)
        if ordered is not None:
            await self._end(jobs, job_id, self._desk.failed(ordered.order, why))

    async def _run(self, job: Job, payload: Payload) -> None:
        about = (job.jobs, job.id, payload["id"])
        try:
            await job.step("film", self._film, *about, retry=PATIENT)
        except AdapterError:
            await job.step("give up", self._given_up, *about, _UNFORESEEN, retry=PATIENT)

    async def _film(self, jobs: Jobs, job_id: str, render_id: str) -> None:
        ordered = await self._orders.ordered(render_id)
        if ordered is None:  # cancelled while it waited, or closed before the process died
            if record := await self._orders.ended(render_id):
                await self._tell(jobs, job_id, record)
            return
        try:
            async with showing(self._screens, job_id, ordered.to) as report:
                record = await self._ended(ordered.order, report)
        except (StoreFailed, RenderBusy) as error:
            await self._held.tell_of_film(ordered.to, render_id, error)
            raise
        await self._end(jobs, job_id, record)

    async def _end(self, jobs: Jobs, job_id: str, record: RenderRecord) -> None:
        """Close the books, and let the chat know."""
        turn = await self._announced(record)
        reply = next(iter(turn.replies), None)
        if not await self._orders.close(record, reply, turn.notices):
            record = replace(record, state="cancelled", path=None)  # just before it ended
        self._meter.render_ended(
            record.preset, record.state, record.wall_seconds, record.cost_microusd
        )
        await self._tell(jobs, job_id, record)

    async def _tell(self, jobs: Jobs, job_id: str, record: RenderRecord) -> None:
        """Say how it ended: what the outbox has for it, and where its progress was shown."""
        if record.state != "done":
            await self._desk.discard(record)
        await deliver(jobs, record.channel, job_id)
        where, last = Address(record.channel), _LAST_LINES[record.state]
        await close_progress(self._screens, where, job_id, last)
        if record.state == "done":
            await self._follow(record)

    async def _ended(self, order: RenderOrder, report: Report) -> RenderRecord:
        """The record of a render that is over, whichever way."""
        record = await self._desk.begin(order)
        most = _SECONDS_AT_MOST + _SECONDS_EACH * layout(order.comp).seconds
        try:
            async with asyncio.timeout(float(most)):
                return await self._made(order, record, report)
        except RenderCancelled:
            return replace(record, state="cancelled")
        except TimeoutError:
            return replace(record, state="failed", error="It took far too long and was stopped.")
        except AdapterError as error:
            if error.retryable:
                raise
            paid = error.cost_microusd if isinstance(error, RenderFailed) else 0
            return replace(record, state="failed", error=str(error), cost_microusd=paid)

    async def _made(self, order: RenderOrder, record: RenderRecord, report: Report) -> RenderRecord:
        async with aclosing(self._desk.film(order, record)) as events:
            async for event in events:
                if isinstance(event, RenderRecord):
                    return event
                report(event)
        raise RenderFailed("The renderer ended without a film.")

    async def _announced(self, record: RenderRecord) -> Turn:
        if record.state == "done":
            return await self._told(record)
        if record.state == "cancelled":
            return Turn()  # whoever cancelled it has said so
        why = f"The {record.preset} render of #{record.revision} failed: {record.error}"
        text = f"{why} {_price(record)}".rstrip()
        return Turn(replies=(Reply("error", text, revision=record.revision),))


def _price(record: RenderRecord) -> str:
    """What is known of the costs of a film that failed; a service may not have told them."""
    if paid := record.cost_microusd:
        return f"It cost {dollars(paid)} until then."
    return "" if record.at_least else "It costs nothing."
