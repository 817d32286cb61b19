"""The money of one evaluation: counted in memory, up to a limit."""

from dataclasses import dataclass, field

from bot.engine.cost import dollars
from bot.ports import BudgetSpent, Purchase, Usage


@dataclass
class Purse:
    """A `Ledger` for one evaluation. `limit` and `calls` are in micro-dollars.

    `calls` are what each call of a model cost, or what was set aside for it; None is a price that
    nobody knows, which the limit cannot count. Those that were `settled` brought a reply. Once the
    limit has refused a call, the purse `is_empty`.
    """

    limit: int | None = None
    calls: list[int | None] = field(default_factory=list)
    settled: int = 0
    is_empty: bool = False

    async def reserve(self, purchase: Purchase) -> str:
        spent = sum(call or 0 for call in self.calls)
        if self.limit is not None and spent + (purchase.microusd or 0) > self.limit:
            self.is_empty = True
            raise BudgetSpent(f"The limit of {dollars(self.limit)} is used up.")
        self.calls.append(purchase.microusd)
        return str(len(self.calls) - 1)

    async def settle(self, row: str, usage: Usage | None, microusd: int | None) -> None:
        self.calls[int(row)] = microusd
        self.settled += usage is not None
