"""What a channel cost this month: in words that align on a phone, and as a picture."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from bot.engine.cost import exactly
from bot.handlers.budget import this_month
from bot.handlers.services import Services
from bot.ports import (
    COST_KINDS,
    AdapterError,
    Cost,
    Message,
    Reply,
    Scope,
    Standing,
    Total,
    Turn,
    folder_of,
    totals,
)

_TITLES = {"ai": "AI", "render": "render", "storage": "storage"}
_NOBODY = "nobody's, such as storage"
_UNSETTLED = "renders under way, and calls of which nobody knows what they took"
_MOST_DAYS, _MOST_PEOPLE = 10, 10
_LONGEST_NAME = 24
_SMALL_MONTH = 100_000
"""Micro-dollars below which amounts of a month are told in more digits."""

_FIGURE_SPACE = "\N{FIGURE SPACE}"
"""As wide as a digit in most fonts, so that amounts align in a chat without a fixed pitch."""


async def cost(message: Message, services: Services) -> Turn:
    """Answer what this channel cost this month."""
    month = this_month(services)
    costs = await services.books.costs(month, message.channel)
    people = await services.conversations.people(message.channel)
    standings = await services.books.standings(month, message.channel)
    own = next((s for s in standings if s.budget.scope == Scope(message.channel)), None)
    lines = told(costs, month, people, own)
    files = await _chart(costs, month, message.channel, services)
    return Turn(replies=(Reply("answer", "\n".join(lines), files=files),))


def told(
    costs: Sequence[Cost],
    month: date,
    people: Mapping[str, str] | None = None,
    budget: Standing | None = None,
) -> Iterator[str]:
    """A month's costs in lines: the sum, then by kind, by person and by day.

    `people` are their names; without, it is by channel.
    """
    whole = Total.of(costs)
    of = f" of {exactly(budget.budget.microusd)}" if budget else ""
    yield f"{month:%B %Y}: {exactly(whole.microusd)}{of}{_unknown(whole)}"
    if not costs:
        yield "Nothing was spent: no models, no renders, no storage."
        return
    by_kind = totals(costs, lambda each: each.kind)
    yield from _column([(_TITLES[kind], by_kind.get(kind, Total())) for kind in COST_KINDS], whole)
    if whole.reserved:
        yield f"{exactly(whole.reserved)} of it is reserved, unsettled: {_UNSETTLED}."
    if people is None:
        named = _largest(totals(costs, lambda each: each.channel), {})
        yield from ("", "By channel", *_column(named, whole))
    else:
        named = _largest(totals(costs, lambda each: each.person), people)
        yield from ("", "By person", *_column(named, whole))
    yield from ("", "By day", *_column(_latest(totals(costs, lambda each: each.day)), whole))


def _name(key: str, people: Mapping[str, str]) -> str:
    """A name that fits into a line, whatever characters it has, and is like no other."""
    if not key:
        return _NOBODY
    name = people.get(key, key)
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    short = plain[:_LONGEST_NAME] or key
    return f"{short} ({key})" if list(people.values()).count(name) > 1 else short


def _largest(sums: Mapping[str, Total], people: Mapping[str, str]) -> Iterator[tuple[str, Total]]:
    """Those who spent most, and the others in one."""
    ranked = sorted(sums, key=lambda key: (-sums[key].microusd, key))
    for key in ranked[:_MOST_PEOPLE]:
        yield _name(key, people), sums[key]
    if rest := ranked[_MOST_PEOPLE:]:
        yield f"{len(rest)} more", Total.of([sums[key] for key in rest])


def _latest(by_day: Mapping[date, Total]) -> Iterator[tuple[str, Total]]:
    """The last days, and those before in one."""
    days = sorted(by_day, reverse=True)
    for day in days[:_MOST_DAYS]:
        yield f"{day:%a} {day.day}", by_day[day]
    if earlier := days[_MOST_DAYS:]:
        yield "before", Total.of([by_day[day] for day in earlier])


def _column(rows: Iterable[tuple[str, Total]], whole: Total) -> Iterator[str]:
    """Amounts, aligned at the right, and what they are for."""
    digits = 2 if whole.microusd >= _SMALL_MONTH else 4
    shown = [(_short(total, digits), f"{name}{_unknown(total)}") for name, total in rows]
    width = max(len(amount) for amount, _ in shown)
    for amount, what in shown:
        yield f"{amount.rjust(width, _FIGURE_SPACE)} {what}"


def _short(total: Total, digits: int) -> str:
    """An amount in as many digits as the others; never a zero that is none."""
    if total.microusd == 0:
        return "?" if total.unknown else "$0"
    least = 10 ** (6 - digits)
    if total.microusd < least:
        return f"<${least / 1e6:.{digits}f}"
    return f"${total.microusd / 1e6:.{digits}f}"


def _unknown(total: Total) -> str:
    if not total.unknown:
        return ""
    return f" + {total.unknown} call{'' if total.unknown == 1 else 's'} of unknown price"


async def _chart(
    costs: Sequence[Cost], month: date, channel: str, services: Services
) -> tuple[Path, ...]:
    """Draw the month; nothing where there is nothing to draw, or no room for it."""
    if not Total.of(costs).microusd:
        return ()
    out = services.pictures_dir / folder_of(channel) / f"cost-{uuid.uuid4().hex[:8]}.png"
    try:
        await services.charts.costs(costs, month, out)
    except AdapterError:
        return ()
    return (out,)
