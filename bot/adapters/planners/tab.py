"""What one message has bought so far."""

from dataclasses import dataclass, field

from bot.ports import Ledger, Purchase, Usage


@dataclass
class Tab:
    """A `Ledger` that knows whether anything bought through it may have cost money."""

    ledger: Ledger
    _rows: set[str] = field(default_factory=set)

    @property
    def may_cost(self) -> bool:
        """Whether there is a call that cost something, or of which nobody knows."""
        return bool(self._rows)

    async def reserve(self, purchase: Purchase) -> str:
        row = await self.ledger.reserve(purchase)
        self._rows.add(row)
        return row

    async def settle(self, row: str, usage: Usage | None, microusd: int | None) -> None:
        await self.ledger.settle(row, usage, microusd)
        if microusd == 0:
            self._rows.discard(row)
