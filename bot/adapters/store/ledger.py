"""What models cost, in SQL: reserved before a call, settled after it, in micro-dollars."""

from datetime import UTC, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.adapters.store.database import Database
from bot.adapters.store.renders import cost_since
from bot.adapters.store.settings import settings_of
from bot.adapters.store.tables import PurchaseRow
from bot.adapters.store.threads import in_thread
from bot.engine.cost import dollars
from bot.ports import BudgetSpent, Meter, Purchase, Usage


class SqlLedger:
    """The `Ledger` port: budgets are those of a channel (see “settings”), and one for everything.

    What is spent in a month (UTC) counts renders and models. A call whose price nobody knows is
    only refused where a budget is used up already.
    """

    def __init__(
        self, database: Database, month_microusd: int | None, meter: Meter | None = None
    ) -> None:
        self._database = database
        self._meter = meter
        self._month_microusd = month_microusd

    @in_thread
    def reserve(self, purchase: Purchase) -> str:
        # One key for all, so that two calls cannot both take the last cent.
        with self._database.writing("purchases") as session:
            self._refuse_beyond(session, purchase)
            row = PurchaseRow(
                channel_key=purchase.channel,
                person=purchase.user,
                provider=purchase.provider,
                model=purchase.model,
                tokens=purchase.tokens,
                microusd=purchase.microusd,
            )
            session.add(row)
            session.flush()
            return str(row.id)

    @in_thread
    def settle(self, row: str, usage: Usage | None, microusd: int | None) -> None:
        with self._database.writing("purchases") as session:
            found = session.get_one(PurchaseRow, int(row))
            found.microusd, found.is_settled = microusd, True
            found.tokens = usage.read if usage else 0
            found.output_tokens = usage.output if usage else 0
            session.add(found)
        if self._meter is not None:
            self._meter.model_called(found.provider, found.model, _counted(usage), microusd or 0)

    def _refuse_beyond(self, session: Session, purchase: Purchase) -> None:
        """Look whether there is room for it in both budgets.

        Raises:
            BudgetSpent: There is none in one of them.
        """
        month, price = _month(), purchase.microusd or 0
        given = {s.name: s.value for s in settings_of(session, purchase.channel)}
        if "limit" in given:
            here = spent_since(session, month, purchase.channel)
            _refuse(here + price, int(given["limit"]), "this channel")
        if self._month_microusd is not None:
            _refuse(spent_since(session, month) + price, self._month_microusd, "ChatKut")


def spent_since(session: Session, since: datetime, channel: str | None = None) -> int:
    """Micro-dollars that renders and models have cost since then, in a channel or everywhere.

    What is not settled counts as it was reserved.
    """
    total = select(func.sum(PurchaseRow.microusd)).where(col(PurchaseRow.created_at) >= since)
    if channel is not None:
        total = total.where(PurchaseRow.channel_key == channel)
    return int(session.exec(total).one() or 0) + cost_since(session, since, channel)


def _refuse(total: int, budget: int, whose: str) -> None:
    if total > budget:
        raise BudgetSpent(f"The budget of {whose} for this month ({dollars(budget)}) is used up.")


def _month() -> datetime:
    return datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _counted(usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return {}
    return {
        "input": usage.read - usage.cached,
        "cached": usage.cached,
        "output": usage.output,
    }
