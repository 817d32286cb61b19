"""Money at the command line: what a month cost, and what may be spent."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from bot.app.terminal import App, opened
from bot.cli.conversation import chat_for
from bot.config import Settings
from bot.handlers.budget import stood, this_month
from bot.handlers.cost import told
from bot.handlers.values import microusd
from bot.ports import Cost, Scope, Standing, Total, totals


def place(channel: str | None) -> str:
    """The channel that is meant: a name is one of the terminal, "slack:T1/C2" one of a platform."""
    if channel is None:
        return ""
    return channel if ":" in channel else f"terminal:{channel}"


async def show_cost(
    channel: str | None, month: datetime | None, as_json: bool, png: Path | None
) -> bool:
    """Print what a channel, or everything, cost in a month; draw it where a path is given.

    Raises:
        click.BadParameter: The month is still to come.
    """
    async with opened(Settings(), chat_for(as_json)) as app:
        services = app.services
        first = _month(month, this_month(services))
        costs = await services.books.costs(first, place(channel) or None)
        if png is not None:
            await services.charts.costs(costs, first, png)
        if as_json:
            _print_json(_summed(costs, first, place(channel)))
            return True
        people = await services.conversations.people(place(channel)) if channel else None
        budget = await _budget(channel, first, app)
        _print([*told(costs, first, people, budget), *([str(png)] if png else [])])
    return True


async def show_budgets(channel: str | None, as_json: bool) -> bool:
    """Print the budgets of a channel and of everything, or all that there are."""
    async with opened(Settings(), chat_for(as_json)) as app:
        month = this_month(app.services)
        standings = await app.services.books.standings(month, place(channel) or None)
    if as_json:
        _print_json({"month": f"{month:%Y-%m}", "budgets": [_stood(each) for each in standings]})
    else:
        _print(_listed(standings) or ["There are no budgets: whatever is asked for is spent."])
    return True


async def set_budget(amount: str, channel: str | None, person: str | None) -> bool:
    """Set a budget, or take it away; a running service heeds it at once.

    Raises:
        click.BadParameter: It is no amount, or no person.
    """
    value = microusd(amount)
    if isinstance(value, str):
        raise click.BadParameter(f"{amount!r} is no amount, such as $20, and not “none”.")
    if person is not None and ":" not in person:
        raise click.BadParameter(f"{person!r} is nobody: people are such as slack:U123.")
    async with opened(Settings(), chat_for(as_json=False)) as app:
        people = await app.services.conversations.people(place(channel))
        scope = Scope(place(channel), person or "", people.get(person or "", ""))
        await app.services.books.limit(scope, value)
        month = this_month(app.services)
        standings = await app.services.books.standings(month, scope.channel)
    if value is None:
        _print([f"There is no budget for {_called(scope)} from now on."])
    _print(_listed(standings))
    return True


def _month(wanted: datetime | None, present: date) -> date:
    if wanted is None:
        return present
    if wanted.date() > present:
        raise click.BadParameter(f"{wanted:%Y-%m} is still to come.", param_hint="--month")
    return wanted.date()


async def _budget(channel: str | None, month: date, app: App) -> Standing | None:
    standings = await app.services.books.standings(month, place(channel))
    scope = Scope(place(channel))
    return next((each for each in standings if each.budget.scope == scope), None)


def _listed(standings: Sequence[Standing]) -> list[str]:
    return [f"{stood(each)}: {_called(each.budget.scope)}" for each in standings]


def _called(scope: Scope) -> str:
    """A scope's name where no channel is the present one."""
    where = scope.channel or "everything"
    return f"{scope.name or scope.person} in {where}" if scope.person else where


def _summed(costs: Sequence[Cost], month: date, channel: str) -> Mapping[str, Any]:
    return {
        "month": f"{month:%Y-%m}",
        "channel": channel or None,
        **_total(Total.of(costs)),
        "by_kind": _totals(totals(costs, lambda cost: cost.kind)),
        "by_person": _totals(totals(costs, lambda cost: cost.person)),
        "by_channel": _totals(totals(costs, lambda cost: cost.channel)),
        "by_day": _totals(totals(costs, lambda cost: cost.day.isoformat())),
    }


def _totals(by_key: Mapping[str, Total]) -> Mapping[str, Any]:
    return {key: _total(by_key[key]) for key in sorted(by_key)}


def _total(total: Total) -> dict[str, int]:
    return {
        "microusd": total.microusd,
        "reserved_microusd": total.reserved,
        "unknown_calls": total.unknown,
    }


def _stood(standing: Standing) -> Mapping[str, Any]:
    scope = standing.budget.scope
    return {
        "channel": scope.channel or None,
        "person": scope.person or None,
        "name": scope.name or None,
        "microusd": standing.budget.microusd,
        "spent_microusd": standing.spent,
    }


def _print(lines: Sequence[str]) -> None:
    console = Console(highlight=False)
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _print_json(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201  this is the output
