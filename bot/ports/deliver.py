"""Delivering: what waits to be said, made or noticed while processes come and go.

Rows that outlive a process. What is done with them is the durable jobs' business (`bot/jobs`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from bot.ports.money import Notice
from bot.ports.render import RenderOrder, RenderRecord
from bot.ports.talk import Address, Progress, Reply


@dataclass(frozen=True, slots=True)
class Post:
    """Something to be said, in the outbox.

    `sending_since` is when it was handed to the platform, if nobody knows what became of it.
    `edits` is the platform's id of the post that it replaces, "" for one that was never made; None
    where it is a post of its own.
    """

    key: str
    to: Address
    reply: Reply
    attempts: int = 0
    sending_since: datetime | None = None
    edits: str | None = None


class Outbox(Protocol):
    """What was decided to be said and has not been. In order within a channel."""

    async def first(self, channel: str) -> Post | None:
        """The oldest post of a channel that was neither sent nor given up."""
        ...

    async def sending(self, key: str) -> None:
        """It is handed to the platform now: one more attempt, and its fate is unknown."""
        ...

    async def unsent(self, key: str) -> None:
        """The platform did not take it: its fate is known again."""
        ...

    async def sent(self, key: str, post: str) -> None:
        """It was posted, under this id of the platform."""
        ...

    async def given_up(self, key: str, error: str) -> None:
        """It will not be tried again."""
        ...

    async def channels(self, older_than_seconds: float) -> tuple[str, ...]:
        """Channels with posts that have waited for so long."""
        ...

    async def backlog(self) -> tuple[int, float]:
        """How many posts wait, and since how many seconds the oldest does."""
        ...


@dataclass(frozen=True, slots=True)
class Ordered:
    """A render that was asked for, and where to answer."""

    order: RenderOrder
    to: Address


class Orders(Protocol):
    """Renders that were ordered by messages, until they are over."""

    async def ordered(self, render_id: str) -> Ordered | None:
        """The order, unless it is over or was never given."""
        ...

    async def ended(self, render_id: str) -> RenderRecord | None:
        """How a render ended, unless it is not over or was never ordered."""
        ...

    async def open(self, channel: str | None = None) -> tuple[str, ...]:
        """Ids of renders that are ordered or running, oldest first."""
        ...

    async def close(
        self, record: RenderRecord, reply: Reply | None, notices: Sequence[Notice] = ()
    ) -> bool:
        """Keep how a render ended, and put the reply into the outbox, in one transaction.

        `notices` are those of budgets that the reply holds.

        False, and nothing is changed, where it was over before, such as cancelled.
        """
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of progress in a thread: of which job, and as which post, "" before the first."""

    job: str
    to: Address
    progress: Progress
    post: str = ""


class Board(Protocol):
    """The latest progress of each job; the last write wins."""

    async def shown(self, job: str) -> Shown | None:
        """What was shown last, so that a restarted job goes on in the same post."""
        ...

    async def show(self, shown: Shown) -> None:
        """Keep what is shown now."""
        ...

    async def clear(self, job: str) -> None:
        """The job is over."""
        ...


class Workers(Protocol):
    """Which processes are alive, and who takes over the work of those that are not."""

    async def seen(self, executor: str, role: str) -> None:
        """This process is alive now."""
        ...

    async def expect(self, executors: Collection[str]) -> None:
        """These should be alive: those never heard of count as seen now."""
        ...

    async def silent(self, seconds: float) -> tuple[str, ...]:
        """Those that were not seen for so long, and whom nobody takes over at present."""
        ...

    async def claim(self, executor: str, by: str) -> bool:
        """Take over a dead one: of several that try, one wins. A claim lapses after a minute."""
        ...

    async def gone(self, executor: str) -> None:
        """Its work was taken over, or it left none."""
        ...


@dataclass(frozen=True, slots=True)
class Wait:
    """A job that waits for something outside: `ref` is what the `kind` of poller asks about."""

    job: str
    kind: str
    ref: str


class Waits(Protocol):
    """Jobs that wait, so that one poller can ask for all of them."""

    async def add(self, wait: Wait, poll_after_seconds: float) -> None:
        """Wait from now on; twice the same is once."""
        ...

    async def due(self, limit: int = 100) -> tuple[Wait, ...]:
        """Those that are to be asked about now, longest due first."""
        ...

    async def postpone(self, job: str, seconds: float) -> None:
        """Ask again later."""
        ...

    async def remove(self, job: str) -> None:
        """It waits no more."""
        ...


class Upkeep(Protocol):
    """What sweeps ask of the store."""

    async def clips(self) -> frozenset[str]:
        """The SHA-256 of every clip that any revision refers to."""
        ...

    async def clip_users(self) -> Mapping[str, frozenset[str]]:
        """The channels that have each clip, by its SHA-256, in any revision."""
        ...

    async def old_films(
        self, before: datetime, channel: str | None = None
    ) -> tuple[RenderRecord, ...]:
        """Renders that were done before, of a channel or of all, whose film is still kept."""
        ...

    async def film_days(self) -> Mapping[str, int]:
        """For how many days films are kept, in channels that have set that themselves."""
        ...

    async def film_removed(self, render_id: str) -> None:
        """The film's file is gone; the books stay."""
        ...

    async def forget(self, before: datetime) -> int:
        """Delete what was sent and answered before, beyond any redelivery; how many rows."""
        ...

    async def roll_up(self, day: date) -> None:
        """Add up a day's costs by channel; again replaces the sums."""
        ...

    async def book(self, kind: str, day: date, microusd: Mapping[str, int]) -> None:
        """Book what a day cost each channel; again replaces what was booked for it as that."""
        ...

    async def rolled_up(self) -> date | None:
        """The last day of which there are sums of renders."""
        ...

    async def spent(self, since: date) -> int:
        """Micro-dollars of the days that were added up, from this one on."""
        ...

    async def backup(self, into: Path, of: Path | None = None) -> None:
        """Write a consistent copy of the database, or of another SQLite file.

        On Postgres, where others do that, nothing.
        """
        ...
