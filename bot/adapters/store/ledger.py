"""Who counts the money, in SQL: reserved before a call, settled after it, in micro-dollars."""

from datetime import UTC, date, datetime

from sqlmodel import Session

from bot.adapters.store import books
from bot.adapters.store.database import Database
from bot.adapters.store.settings import put
from bot.adapters.store.tables import PurchaseRow
from bot.adapters.store.threads import in_thread
from bot.ports import (
    Budget,
    Cost,
    Meter,
    Purchase,
    Scope,
    Setting,
    Standing,
    Usage,
)


class SqlLedger:
    """The ports `Ledger` and `Books`.

    What is spent in a month (UTC) counts renders, models and storage. A call whose price nobody
    knows is only refused where a budget is used up already. `month_microusd` is the budget for
    everything where none is set.
    """

    def __init__(
        self, database: Database, month_microusd: int | None, meter: Meter | None = None
    ) -> None:
        self._database = database
        self._meter = meter
        self._month_microusd = month_microusd

    @in_thread
    def reserve(self, purchase: Purchase) -> str:
        with self._database.writing(books.BOOKS) as session:
            budgets = self._budgets(session, purchase.channel, purchase.user)
            month = datetime.now(UTC).date().replace(day=1)
            books.refuse_beyond(session, budgets, month, purchase.microusd)
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
        with self._database.writing(books.BOOKS) as session:
            found = session.get_one(PurchaseRow, int(row))
            found.microusd, found.is_settled = microusd, True
            found.tokens = usage.read if usage else 0
            found.output_tokens = usage.output if usage else 0
            session.add(found)
        if self._meter is not None:
            self._meter.model_called(found.provider, found.model, _counted(usage), microusd or 0)

    @in_thread
    def costs(self, month: date, channel: str | None = None) -> tuple[Cost, ...]:
        with self._database.reading() as session:
            return tuple(books.costs(session, month, channel))

    @in_thread
    def standings(
        self, month: date, channel: str | None = None, person: str | None = None
    ) -> tuple[Standing, ...]:
        with self._database.reading() as session:
            budgets = self._budgets(session, channel, person)
            return books.standings(session, month, budgets)

    @in_thread
    def limit(self, scope: Scope, microusd: int | None) -> None:
        setting = Setting(scope.setting, "" if microusd is None else str(microusd), scope.name)
        with self._database.writing(scope.channel) as session:
            put(session, scope.channel, [setting])

    def _budgets(self, session: Session, channel: str | None, person: str | None) -> list[Budget]:
        return books.budgets_of(session, channel, person, self._month_microusd)


def _counted(usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return {}
    return {
        "input": usage.read - usage.cached,
        "cached": usage.cached,
        "output": usage.output,
    }
