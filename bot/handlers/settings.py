"""What holds in a channel, in words, and how its admins change it."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import cast

from bot.engine.cost import dollars
from bot.handlers.render import confirm_over, month_spent
from bot.handlers.rights import (
    ROLES,
    Refusal,
    Role,
    Rules,
    is_admin,
    role_of,
    role_setting,
    rules_of,
)
from bot.handlers.services import Services
from bot.ports import Message, Reply, Setting, Turn

_SLASH = re.compile(r"/(?:chatkut\s+)?settings\b\s*(.*)", re.DOTALL)
_AMOUNT = re.compile(r"\$?\s*(\d{1,6}(?:\.\d{1,6})?)\s*(?:\$|usd|dollars?)?", re.IGNORECASE)
_A_MONTH = re.compile(r"\s*(?:a|per|/|each|every)\s*month$", re.IGNORECASE)
_ROLE = re.compile(rf"role\s+@?(.+?)\s+({'|'.join(ROLES)}|default)", re.IGNORECASE | re.DOTALL)
_DEFAULT = ("none", "off", "default")
_HOW = """\
An admin changes this with:
/chatkut settings role @name viewer (or editor, spender, default)
/chatkut settings confirm $2 (or default)
/chatkut settings limit $20 a month (or none)"""
_MEANING: Mapping[Role, str] = {
    "viewer": "looks and asks",
    "editor": "edits, but does not render",
    "spender": "edits and renders",
}


def wanted_settings(text: str) -> str | None:
    """What stands behind "/settings", "" for nothing; None if this is about something else."""
    match = _SLASH.fullmatch(text)
    return match[1].strip() if match else None


async def set_or_shown(wanted: str, message: Message, services: Services) -> Turn:
    """Show what holds in a channel, or change one thing of it.

    Raises:
        Refusal: Whoever wants to change it is no admin.
    """
    if not wanted:
        return await _shown(message, services)
    if not is_admin(message, services):
        raise Refusal("Only an admin can change the settings here; nothing was changed.")
    name, _, value = wanted.partition(" ")
    if given := _ROLE.fullmatch(wanted):
        people = await services.conversations.people(message.channel)
        return _role(given[1], given[2].lower(), message, people)
    match name.lower(), _microusd(value.strip()):
        case "confirm", int() | None as amount:
            return _confirm(amount, services)
        case "limit", int() | None as amount:
            return _limit(amount)
    return _answer(f"I did not understand that; nothing was changed.\n{_HOW}")


async def _shown(message: Message, services: Services) -> Turn:
    rules = rules_of(await services.conversations.settings(message.channel))
    spent = await month_spent(message.channel, services)
    return _answer("\n".join([*_described(rules, spent, services), _you(message, rules, services)]))


def _described(rules: Rules, spent: int, services: Services) -> Iterator[str]:
    limit = "no limit" if rules.month_limit is None else f"a limit of {_money(rules.month_limit)}"
    yield f"Renders that cost more than {_money(confirm_over(rules, services))} ask first."
    yield f"There is {limit} a month for renders here; {_money(spent)} went this month."
    yield "Everybody edits and renders; guests from outside edit, but do not render."
    for person, role in rules.roles.items():
        yield f"{rules.names[person]} is {role}: {_MEANING[role]}."


def _you(message: Message, rules: Rules, services: Services) -> str:
    if is_admin(message, services):
        return f"You are an admin. {_HOW}"
    return f"You are {role_of(message, rules)}. {_HOW}"


def _role(name: str, role: str, message: Message, people: Mapping[str, str]) -> Turn:
    found = _found(name, message, people)
    if len(found) != 1:
        why = "several people here" if found else "nobody here"
        return _answer(
            f"I know {why} by the name “{name}”; nothing was changed. Mention the one you mean, or "
            f"write their id (you are {message.person}), or let them say something to me first."
        )
    ((person, called),) = found.items()
    if role == "default":
        setting, says = role_setting(person, called, None), "has no role of their own any more"
    else:
        chosen = cast(Role, role)
        setting, says = role_setting(person, called, chosen), f"{_MEANING[chosen]} from now on"
    return _changed(f"{called} {says}.", setting)


def _found(name: str, message: Message, people: Mapping[str, str]) -> Mapping[str, str]:
    """Those who are meant: mentioned under the name, else known by it in this channel."""
    said, platform = name.casefold(), message.address.platform
    mentioned = {f"{platform}:{m.user}": m.name for m in message.mentions}
    for known in (mentioned, people):
        if found := {who: each for who, each in known.items() if each.casefold() == said}:
            return found
    return {who: each for who, each in people.items() if who.casefold() == said}


def _confirm(amount: int | None, services: Services) -> Turn:
    shown = _money(services.confirm_over_microusd if amount is None else amount)
    setting = Setting("confirm", "" if amount is None else str(amount))
    return _changed(f"Renders that cost more than {shown} ask first from now on.", setting)


def _limit(amount: int | None) -> Turn:
    if amount is None:
        return _changed(
            "There is no monthly limit for renders here any more.", Setting("limit", "")
        )
    text = f"Renders may cost {_money(amount)} a month here from now on."
    return _changed(text, Setting("limit", str(amount)))


def _microusd(value: str) -> int | str | None:
    """An amount in micro-dollars, None for the default; what is neither comes back as it is."""
    amount = _A_MONTH.sub("", value)
    if amount.lower() in _DEFAULT:
        return None
    match = _AMOUNT.fullmatch(amount)
    return int(Decimal(match[1]) * 1_000_000) if match else value


def _money(microusd: int) -> str:
    return dollars(microusd) if microusd else "$0"


def _answer(text: str) -> Turn:
    return Turn(replies=(Reply("answer", text),))


def _changed(text: str, setting: Setting) -> Turn:
    return Turn(replies=(Reply("answer", text),), settings=(setting,))
