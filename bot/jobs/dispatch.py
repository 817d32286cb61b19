"""Starts the jobs that rows in the database ask for.

The rows are what counts: they were written together with what they announce. A process that dies
before it has started the jobs is made good by the next message, or by `Rescue`.
"""

import secrets
import time
from dataclasses import dataclass, field

from bot.jobs.engine import Jobs
from bot.ports import Orders, Outbox

_OVERDUE_SECONDS = 30.0


async def dispatch(jobs: Jobs, orders: Orders, channel: str, cause: str) -> None:
    """Have a channel's outbox delivered and its films made; `cause` is the id of what led to it."""
    await deliver(jobs, channel, cause)
    for render_id in await orders.open(channel):
        await render(jobs, render_id)


async def deliver(jobs: Jobs, channel: str, cause: str) -> None:
    """Have a channel's outbox delivered."""
    await jobs.enqueue("deliver", f"deliver:{cause}", {"channel": channel}, key=channel)


async def render(jobs: Jobs, render_id: str) -> None:
    """Have an ordered film made; once, however often this is said."""
    await jobs.enqueue("render", f"render:{render_id}", {"id": render_id})


@dataclass(frozen=True, slots=True)
class Rescue:
    """Finds rows whose jobs were never started, or ended without doing their work."""

    jobs: Jobs
    outbox: Outbox
    orders: Orders
    _token: str = field(default_factory=lambda: secrets.token_hex(8), init=False)

    async def outboxes(self) -> None:
        """Deliver what waits for too long; one job a minute, whatever becomes of the wall clock."""
        minute = f"{self._token}:{time.monotonic() // 60:.0f}"
        for channel in await self.outbox.channels(_OVERDUE_SECONDS):
            await deliver(self.jobs, channel, f"rescue:{channel}:{minute}")

    async def films(self) -> None:
        """Make the films that wait."""
        for render_id in await self.orders.open():
            await render(self.jobs, render_id)
