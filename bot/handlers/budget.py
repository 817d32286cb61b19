"""What may be spent in a month: told, set by admins, and heeded before money is spent."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from bot.engine.cost import exactly
from bot.handlers.rights import Refusal, is_admin
from bot.handlers.services import Services
from bot.handlers.values import microusd, one_person, without_manners
from bot.ports import Budget, Message, Notice, Reply, Scope, Setting, Standing, Total, Turn

_SLASH = re.compile(r"/(?:chatkut\s+)?budget\b\s*(.*)", re.DOTALL)
_TOLD_AT = (80, 95, 100)
"""Percent of a budget; from 100 on nothing is bought any more."""
_HOW = """\
An admin changes this with:
/chatkut budget $20 a month (or none)
/chatkut budget @name $5 a month (or none)"""


def wanted_budget(text: str) -> str | None:
    """What stands behind "/budget", "" for nothing; None if this is about something else."""
    match = _SLASH.fullmatch(text)
    return without_manners(match[1]) if match else None


async def budget(wanted: str, message: Message, services: Services) -> Turn:
    """Show what may be spent in a channel, or change it.

    Raises:
        Refusal: Whoever wants to change it is no admin.
    """
    if not wanted:
        return await _shown(message, services)
    if not is_admin(message, services):
        raise Refusal("Only an admin can change budgets here; nothing was changed.")
    amount = microusd(wanted)
    if not isinstance(amount, str):
        return await limited(Scope(message.channel), amount, services)
    if (given := _of_person(wanted)) is None:
        return _answer(f"I did not understand that; nothing was changed.\n{_HOW}")
    name, amount = given
    people = await services.conversations.people(message.channel)
    found = one_person(name, message, people)
    if isinstance(found, str):
        return _answer(found)
    return await limited(Scope(message.channel, *found), amount, services)


async def limited(scope: Scope, amount: int | None, services: Services) -> Turn:
    """Set a budget of a channel or of a person there; None takes it away."""
    if amount is None:
        text = f"There is no monthly budget for {scope} any more."
        return replace(_answer(text), settings=(Setting(scope.setting, "", scope.name),))
    text = f"From now on, {scope} may spend {exactly(amount)} a month."
    spent = await _spent(scope, services)
    notices: tuple[Notice, ...] = ()
    if spent >= amount > 0:
        text += f" {exactly(spent)} went already, so models and renders are stopped."
        notices = tuple(_due(Standing(Budget(scope, amount), spent), 0, this_month(services)))
    setting = Setting(scope.setting, str(amount), scope.name)
    return replace(_answer(text), settings=(setting,), notices=notices)


async def _spent(scope: Scope, services: Services) -> int:
    """Micro-dollars that went in a channel this month, or on a person there."""
    costs = await services.books.costs(this_month(services), scope.channel)
    return Total.of([c for c in costs if scope.person in ("", c.person)]).microusd


async def warned(
    turn: Turn, channel: str, person: str, services: Services, coming: int = 0
) -> Turn:
    """Add a line for each budget of theirs that is nearly used up, once at each mark and month.

    What was ordered counts as spent, and so do the `coming` micro-dollars. A budget that the turn
    sets was told of by itself.
    """
    heard = [place for place, reply in enumerate(turn.replies) if not reply.only_for]
    if not heard or turn.limited is not None:
        return turn
    month = this_month(services)
    coming += sum(order.estimate_microusd for order in turn.renders)
    standings = await services.books.standings(month, channel, person)
    new = {setting.name for setting in turn.settings}
    old = [
        each
        for each in standings
        if not (each.budget.scope.channel and each.budget.scope.setting in new)
    ]
    notices = [notice for each in old for notice in _due(each, coming, month)]
    last = turn.replies[heard[-1]]
    words = "\n".join([last.text, *_lines(notices)])
    replies = list(turn.replies)
    replies[heard[-1]] = replace(last, text=words)
    return replace(turn, replies=tuple(replies), notices=(*turn.notices, *notices))


async def without_room(amount: int, message: Message, services: Services) -> Standing | None:
    """The budget that has no room for so many micro-dollars more, if there is such."""
    standings = await services.books.standings(
        this_month(services), message.channel, message.person
    )
    full = (each for each in standings if each.spent + amount > each.budget.microusd)
    return next(full, None)


def how_to_allow(scope: Scope) -> str:
    """Who can raise a budget, and how."""
    if not scope.channel:
        return "Whoever runs me can allow more: see docs/costs.md."
    whom = f"@{scope.name} " if scope.person else ""
    return f"An admin can allow more: /chatkut budget {whom}$20 a month"


def this_month(services: Services) -> date:
    """The first day of the present month (UTC)."""
    return datetime.fromtimestamp(services.now(), UTC).date().replace(day=1)


async def _shown(message: Message, services: Services) -> Turn:
    month = this_month(services)
    standings = await services.books.standings(month, message.channel)
    here = [each for each in standings if each.budget.scope.channel]
    lines = [f"{stood(each)}: {each.budget.scope}" for each in here]
    if not any(each.budget.scope == Scope(message.channel) for each in here):
        spent = Total.of(await services.books.costs(month, message.channel)).microusd
        lines.insert(0, f"This channel has no budget; {exactly(spent)} went this month.")
    return _answer("\n".join([*lines, _HOW]))


def stood(standing: Standing) -> str:
    """How a budget stands: "$4.20 of $20.00 a month, 21 %"."""
    budget = standing.budget.microusd
    share = f", {100 * standing.spent // budget} %" if budget else ""
    return f"{exactly(standing.spent)} of {exactly(budget)} a month{share}"


def _of_person(wanted: str) -> tuple[str, int | None] | None:
    """A person's name and an amount, if that is what was written."""
    words = wanted.split()
    for length in (4, 3, 2, 1):  # "5 usd a month" … "$5"
        amount = microusd(" ".join(words[-length:]))
        name = " ".join(words[:-length]).removeprefix("@")
        if name and not isinstance(amount, str):
            return name, amount
    return None


def _due(standing: Standing, coming: int, month: date) -> Iterator[Notice]:
    """The marks that are passed and were not told of."""
    budget = standing.budget
    for percent in _TOLD_AT:
        is_passed = (standing.spent + coming) * 100 >= percent * budget.microusd > 0
        if is_passed and percent not in standing.told:
            yield Notice(budget, month, percent)


def _lines(notices: Sequence[Notice]) -> Iterator[str]:
    """A line for each budget, about the highest mark."""
    highest = {notice.budget: notice for notice in notices}
    for budget, notice in highest.items():
        if notice.percent < 100:
            yield f"{notice.percent} % of the {budget} is used; at 100 % models and renders stop."
        else:
            yield f"The {budget} is used up; models and renders are stopped."


def _answer(text: str) -> Turn:
    return Turn(replies=(Reply("answer", text),))
