"""Money: what calls of models cost, reserved before and settled after. Whole micro-dollars."""

from dataclasses import dataclass
from typing import Protocol


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

    A reservation that is never settled stands: nobody knows what such a call cost.
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
