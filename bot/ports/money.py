"""Money: what calls of models cost, what was spent on what, what may be. Whole micro-dollars."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol, TypeVar, get_args

from bot.engine.cost import exactly

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `read` is all input; `cached` and `written` are parts of it."""

    read: int
    output: int
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Purchase:
    """One attempt to call a model, before it is made; every attempt is a row of its own.

    `tokens` are the input as estimated. `microusd` is the most that it can cost; None where nobody
    knows the price, which is shown as unknown.
    """

    channel: str
    user: str
    provider: str
    model: str
    tokens: int
    microusd: int | None


class Ledger(Protocol):
    """Where money is counted, in micro-dollars.

    A reservation that is never settled counts until its month ends: nobody knows what such a call
    cost.
    """

    async def reserve(self, purchase: Purchase) -> str:
        """Set an amount aside, in the transaction that checks the budgets; the row's id.

        Raises:
            BudgetSpent: There is no room for it; the message names the budget.
        """
        ...

    async def settle(self, row: str, usage: Usage | None, microusd: int | None) -> None:
        """Write down what a call took; `usage` None and 0 for one that failed and cost nothing."""
        ...


CostKind = Literal["ai", "render", "storage"]
COST_KINDS = get_args(CostKind)


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent in a channel on a day (UTC) by a person (see `Message.person`), on one kind.

    `person` is "" where it is nobody's. `reserved` is the part of `microusd` that is only set
    aside: for renders under way, and for calls that were never settled. `unknown` calls have a
    price that nobody knows, and are not in `microusd`.
    """

    day: date
    channel: str
    person: str
    kind: CostKind
    microusd: int = 0
    reserved: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of costs."""

    microusd: int = 0
    reserved: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, costs: "Collection[Cost | Total]") -> "Total":
        """Add up costs, or sums of them."""
        return cls(
            sum(cost.microusd for cost in costs),
            sum(cost.reserved for cost in costs),
            sum(cost.unknown for cost in costs),
        )


def totals(costs: Iterable[Cost], key: Callable[[Cost], _Key]) -> Mapping[_Key, Total]:
    """Add up costs by day, person or whatever `key` says."""
    groups: dict[_Key, list[Cost]] = {}
    for cost in costs:
        groups.setdefault(key(cost), []).append(cost)
    return {each: Total.of(group) for each, group in groups.items()}


LIMIT = "limit"
"""The setting of a channel's budget; that of a person has their name behind it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose money: of a channel, or of everything (""); of one person there, or of all ("").

    `name` is what people call the person.
    """

    channel: str = ""
    person: str = ""
    name: str = ""

    @property
    def setting(self) -> str:
        """Under which name its budget is set for its channel."""
        return f"{LIMIT} {self.person}" if self.person else LIMIT

    def __str__(self) -> str:
        """Its name in a sentence, said in the channel."""
        place = "this channel" if self.channel else "ChatKut"
        return f"{self.name or self.person} in {place}" if self.person else place


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent in a calendar month (UTC)."""

    scope: Scope
    microusd: int

    def __str__(self) -> str:
        """Its name in a sentence, said in the channel; what others pay for has no amount there."""
        amount = f" ({exactly(self.microusd)})" if self.scope.channel else ""
        return f"budget of {self.scope} for this month{amount}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget, what is spent of it with what is set aside, and of which percentages was told."""

    budget: Budget
    spent: int
    told: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """That people are told that so much of a month's budget is spent."""

    budget: Budget
    month: date
    percent: int


class Books(Protocol):
    """What was spent, and what may be. A month is the date of its first day."""

    async def costs(self, month: date, channel: str | None = None) -> tuple[Cost, ...]:
        """What was spent in a month, in a channel or everywhere; one for each sort and day."""
        ...

    async def standings(
        self, month: date, channel: str | None = None, person: str | None = None
    ) -> tuple[Standing, ...]:
        """The budgets of a channel and of everything, or all that there are.

        With a person, only those that bind them.
        """
        ...

    async def limit(self, scope: Scope, microusd: int | None) -> None:
        """Set a budget; None takes it away."""
        ...


class Charts(Protocol):
    """Draws costs."""

    async def costs(self, costs: Collection[Cost], month: date, out: Path) -> None:
        """Write a PNG: a bar for each day of the month, stacked by kind.

        Raises:
            StoreFailed: The file cannot be written.
        """
        ...
