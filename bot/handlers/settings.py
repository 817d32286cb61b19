"""What holds in a channel, in words, and how its people change it."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from bot.engine.cost import dollars, exactly
from bot.handlers.budget import limited, this_month
from bot.handlers.render import confirm_over
from bot.handlers.rights import (
    MAY,
    ROLES,
    Refusal,
    Role,
    Rules,
    demand,
    is_admin,
    role_of,
    role_setting,
    rules_of,
)
from bot.handlers.services import Services
from bot.handlers.values import DEFAULT, microusd, one_person
from bot.ports import Message, Reply, Scope, Setting, Turn

_ASKED = re.compile(
    r"/(?:chatkut\s+)?settings\b\s*(.*)"
    # Without the slash it may be about a clip of that name.
    r"|(?:chatkut\s+)?settings(?:[?!.]*\s*|\s+((?:role|confirm|limit|keep|instructions)\b.*))",
    re.IGNORECASE | re.DOTALL,
)
_ROLE = re.compile(rf"role\s+@?(.+?)\s+({'|'.join(ROLES)}|default)", re.IGNORECASE | re.DOTALL)
_INSTRUCTIONS = re.compile(r"instructions\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_LONGEST_INSTRUCTIONS = 1000
_KEEP = re.compile(r"keep\s+(?:films?\s+)?(?:for\s+)?(\d{1,4})\s*(?:days?)?", re.IGNORECASE)
_HOW = """\
An admin changes this with:
/chatkut settings role @name viewer (or editor, spender, default)
/chatkut settings confirm $2 (or default)
/chatkut settings limit $20 a month (or none)
/chatkut settings keep 7 days (or default): films are deleted after so long
Who edits sets what models heed in every edit:
/chatkut settings instructions Titles are always yellow (or none)"""
_MEANING: Mapping[Role, str] = {
    "viewer": "looks and asks",
    "editor": "edits, but does not render",
    "spender": "edits and renders",
}


def wanted_settings(text: str) -> str | None:
    """What stands behind "settings", "" for nothing; None if this is about something else."""
    match = _ASKED.fullmatch(text)
    return (match[1] or match[2] or "").strip() if match else None


async def set_or_shown(wanted: str, message: Message, services: Services) -> Turn:
    """Show what holds in a channel, or change one thing of it.

    Raises:
        Refusal: Whoever wants to change it may not.
    """
    if not wanted:
        return await _shown(message, services)
    if given := _INSTRUCTIONS.fullmatch(wanted):
        return await _instructed(given[1], message, services)
    if not is_admin(message, services):
        raise Refusal("Only an admin can change the settings here; nothing was changed.")
    if given := _KEEP.fullmatch(wanted):
        return _kept(int(given[1]))
    name, _, value = wanted.partition(" ")
    if given := _ROLE.fullmatch(wanted):
        people = await services.conversations.people(message.channel)
        return _role(given[1], given[2].lower(), message, people)
    match name.lower(), microusd(value):
        case "confirm", int() | None as amount:
            return _confirm(amount, services)
        case "limit", int() | None as amount:
            return await limited(Scope(message.channel), amount, services)
        case "keep", None:
            return _changed("Films are kept as long as anywhere else.", Setting("keep", ""))
    return _answer(f"I did not understand that; nothing was changed.\n{_HOW}")


async def _shown(message: Message, services: Services) -> Turn:
    rules = rules_of(await services.conversations.settings(message.channel))
    spent = await services.conversations.spent(message.channel, this_month(services))
    return _answer("\n".join([*_described(rules, spent, services), _you(message, rules, services)]))


def _described(rules: Rules, spent: int, services: Services) -> Iterator[str]:
    limit = "no monthly limit"
    if rules.month_limit is not None:
        limit = f"a limit of {exactly(rules.month_limit)} a month"
    yield f"Renders that cost more than {dollars(confirm_over(rules, services))} ask first."
    yield f"There is {limit} here; {exactly(spent)} went this month (/chatkut cost)."
    if rules.keep_days is not None:
        yield f"Films are deleted after {rules.keep_days} days; they can be rendered again."
    yield "Everybody edits and renders; guests from outside edit, but do not render."
    for person, role in rules.roles.items():
        yield f"{rules.names[person]} is {role}: {_MEANING[role]}."
    if rules.instructions:
        yield f"Models heed in every edit: “{rules.instructions}”"


def _you(message: Message, rules: Rules, services: Services) -> str:
    if is_admin(message, services):
        return f"You are an admin. {_HOW}"
    return f"You can {MAY[role_of(message, rules)]} here. {_HOW}"


async def _instructed(text: str, message: Message, services: Services) -> Turn:
    """Set the standing instructions; guests from outside do not speak for the channel."""
    await demand("edit", message, services)
    if message.external and not is_admin(message, services):
        raise Refusal("Guests from outside cannot set instructions here; nothing was changed.")
    if text.lower() in DEFAULT:
        return _changed("There are no standing instructions any more.", Setting("instructions", ""))
    if not text or len(text) > _LONGEST_INSTRUCTIONS:
        return _answer(
            f"Instructions have 1 to {_LONGEST_INSTRUCTIONS} characters, not {len(text)}; "
            "nothing was changed."
        )
    told = "Models heed this in every edit from now on; the built-in rules do not."
    return _changed(told, Setting("instructions", text))


def _role(name: str, role: str, message: Message, people: Mapping[str, str]) -> Turn:
    found = one_person(name, message, people)
    if isinstance(found, str):
        return _answer(found)
    person, called = found
    if role == "default":
        setting, says = role_setting(person, called, None), "has no role of their own any more"
    else:
        chosen = cast(Role, role)
        setting, says = role_setting(person, called, chosen), f"{_MEANING[chosen]} from now on"
    return _changed(f"{called} {says}.", setting)


def _confirm(amount: int | None, services: Services) -> Turn:
    shown = dollars(services.confirm_over_microusd if amount is None else amount)
    setting = Setting("confirm", "" if amount is None else str(amount))
    return _changed(f"Renders that cost more than {shown} ask first from now on.", setting)


def _kept(days: int) -> Turn:
    if not days:
        return _answer("Films are kept for a day at least; nothing was changed.")
    told = f"Films are deleted here after {days} day{'' if days == 1 else 's'} from now on."
    return _changed(f"{told} They can be rendered again.", Setting("keep", str(days)))


def _answer(text: str) -> Turn:
    return Turn(replies=(Reply("answer", text),))


def _changed(text: str, setting: Setting) -> Turn:
    return Turn(replies=(Reply("answer", text),), settings=(setting,))
