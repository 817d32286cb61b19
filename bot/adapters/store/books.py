"""The books about money, in SQL: what was spent on models, renders and storage, and what may be.

A month is the date of its first day; days and months are those of UTC.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, col, select

from bot.adapters.store.tables import CostDayRow, NoticeRow, PurchaseRow, RenderRow, SettingRow
from bot.ports import LIMIT, Budget, BudgetSpent, Cost, CostKind, Notice, Scope, Standing

BOOKS = "purchases"
"""The key of transactions that spend: two at once cannot both take the last of a budget."""

_STORED = ("storage", "stream", "stream-delivery")
_UNDER_WAY = ("ordered", "running")

_PURCHASED = (
    func.sum(PurchaseRow.microusd),
    func.sum(case((col(PurchaseRow.is_settled), 0), else_=PurchaseRow.microusd)),
    func.sum(case((col(PurchaseRow.microusd).is_(None), 1), else_=0)),
)
_IS_UNDER_WAY = col(RenderRow.state).in_(_UNDER_WAY)
_OF_RENDER = case((_IS_UNDER_WAY, RenderRow.estimate_microusd), else_=RenderRow.cost_microusd)
_RENDERED = (
    func.sum(_OF_RENDER),
    func.sum(case((_IS_UNDER_WAY, RenderRow.estimate_microusd), else_=0)),
    literal(0),
)
"""Micro-dollars, those that are only reserved, and calls of unknown price."""


def costs(session: Session, month: date, channel: str | None = None) -> Iterator[Cost]:
    """What was spent in a month, in a channel or everywhere."""
    bought = (PurchaseRow.channel_key, PurchaseRow.person, col(PurchaseRow.created_at))
    made = (RenderRow.channel_key, RenderRow.person, col(RenderRow.updated_at))
    yield from _grouped(session, "ai", bought, _PURCHASED, month, channel)
    yield from _grouped(session, "render", made, _RENDERED, month, channel)
    for row in session.exec(select(CostDayRow).where(*_stored(month, channel))):
        yield Cost(row.day, row.channel_key, "", "storage", row.microusd)


def spent(session: Session, month: date, channel: str = "", person: str = "") -> int:
    """Micro-dollars of a month, with what is set aside; "" is all channels, all people."""
    bought = select(func.sum(PurchaseRow.microusd))
    bought = bought.where(*_in(month, col(PurchaseRow.created_at)))
    made = select(func.sum(_OF_RENDER)).where(*_in(month, col(RenderRow.updated_at)))
    if channel:
        bought = bought.where(PurchaseRow.channel_key == channel)
        made = made.where(RenderRow.channel_key == channel)
    if person:
        bought = bought.where(PurchaseRow.person == person)
        made = made.where(RenderRow.person == person)
    queries = [bought, made]
    if not person:
        kept = _stored(month, channel or None)
        queries.append(select(func.sum(CostDayRow.microusd)).where(*kept))
    return sum(int(session.scalar(query) or 0) for query in queries)


def standings(session: Session, month: date, budgets: Sequence[Budget]) -> tuple[Standing, ...]:
    """How budgets stand."""
    return tuple(
        Standing(
            budget,
            spent(session, month, budget.scope.channel, budget.scope.person),
            _told(session, month, budget),
        )
        for budget in budgets
    )


def refuse_beyond(
    session: Session, budgets: Sequence[Budget], month: date, microusd: int | None
) -> None:
    """Look whether there is room for so much in all of these budgets.

    What has an unknown price (None) is only refused where nothing is left.

    Raises:
        BudgetSpent: There is none in one of them.
    """
    for budget in budgets:
        left = budget.microusd - spent(session, month, budget.scope.channel, budget.scope.person)
        if left < (1 if microusd is None else microusd):
            raise BudgetSpent(f"The {budget} is used up.")


def budgets_of(
    session: Session,
    channel: str | None = None,
    person: str | None = None,
    everything: int | None = None,
) -> list[Budget]:
    """The budgets that hold: for a channel and for everything, or all that there are.

    With a person, only those that bind them. `everything` is the budget for everything where none
    was set.
    """
    budgets = _set_budgets(session, channel, person)
    if everything is None or any(not (b.scope.channel or b.scope.person) for b in budgets):
        return budgets
    return [Budget(Scope(), everything), *budgets]


def _set_budgets(session: Session, channel: str | None, person: str | None) -> list[Budget]:
    name = col(SettingRow.name)
    rows = select(SettingRow).where(or_(name == LIMIT, name.startswith(f"{LIMIT} ")))
    if channel is not None:
        rows = rows.where(col(SettingRow.channel_key).in_((channel, "")))
    if person is not None:
        rows = rows.where(name.in_((LIMIT, Scope(person=person).setting)))
    return [
        Budget(
            Scope(row.channel_key, row.name.removeprefix(LIMIT).strip(), row.label), int(row.value)
        )
        for row in session.scalars(rows.order_by(col(SettingRow.channel_key), name))
    ]


def note(session: Session, notices: Sequence[Notice]) -> None:
    """Keep that people are told; of two who are told at once, both are."""
    insert = _insert(session)
    for notice in notices:
        scope = notice.budget.scope
        row = insert(NoticeRow).values(
            channel_key=scope.channel,
            name=scope.setting,
            month=notice.month,
            microusd=notice.budget.microusd,
            percent=notice.percent,
        )
        session.execute(row.on_conflict_do_nothing())


def _insert(session: Session) -> Any:
    """The `insert` that knows ON CONFLICT; each dialect has its own, and is slow to load."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    return insert


def _told(session: Session, month: date, budget: Budget) -> frozenset[int]:
    told = select(NoticeRow.percent).where(
        NoticeRow.channel_key == budget.scope.channel,
        NoticeRow.name == budget.scope.setting,
        NoticeRow.month == month,
        NoticeRow.microusd == budget.microusd,
    )
    return frozenset(session.scalars(told))


def _grouped(
    session: Session,
    kind: CostKind,
    of: tuple[Any, Any, Any],
    sums: tuple[Any, Any, Any],
    month: date,
    channel: str | None,
) -> Iterator[Cost]:
    """Costs by day, from the columns of channel, person and moment; those of nothing left out."""
    where, person, moment = of
    day = _Day(moment)
    query = select(day, where, person).add_columns(*sums).where(*_in(month, moment))
    if channel is not None:
        query = query.where(where == channel)
    for then, here, who, *amounts in session.execute(query.group_by(day, where, person)):
        microusd, reserved, unknown = (int(amount or 0) for amount in amounts)
        if microusd or unknown:
            yield Cost(date.fromisoformat(then), here, who, kind, microusd, reserved, unknown)


def _stored(month: date, channel: str | None) -> Iterator[ColumnElement[bool]]:
    """Which rows say what storage and playback cost; sweeps write them."""
    yield col(CostDayRow.kind).in_(_STORED)
    yield col(CostDayRow.microusd) != 0
    yield col(CostDayRow.day) >= month
    yield col(CostDayRow.day) < _next(month)
    if channel is not None:
        yield col(CostDayRow.channel_key) == channel


def _in(month: date, moment: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    first, after = (datetime.combine(day, time(), UTC) for day in (month, _next(month)))
    return moment >= first, moment < after


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


class _Day(FunctionElement[str]):
    """The day (UTC) of a moment, as text; SQLite's own functions round up to the next one."""

    inherit_cache = True


@compiles(_Day, "sqlite")
def _day_on_sqlite(day: _Day, compiler: Any, **options: Any) -> str:
    return f"substr({compiler.process(day.clauses, **options)}, 1, 10)"


@compiles(_Day, "postgresql")
def _day_on_postgres(day: _Day, compiler: Any, **options: Any) -> str:
    moment = compiler.process(day.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
