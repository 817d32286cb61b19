"""Who may do what in a channel. Pure rules, and the one question that handlers ask.

A viewer looks and asks. An editor also edits, and makes links that anybody can open, which a guest
from outside never does. A spender also renders, up to the channel's limit. Without a role, people
of the workspace are spenders and guests from outside are editors. Whoever manages the workspace
may do everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.handlers.services import Services
from bot.ports import Message, Setting

Role = Literal["viewer", "editor", "spender"]
Right = Literal["edit", "spend", "share"]

ROLES: tuple[Role, ...] = get_args(Role)
_ENOUGH: Mapping[Right, Sequence[Role]] = {
    "edit": ("editor", "spender"),
    "spend": ("spender",),
    "share": ("editor", "spender"),
}
_CANNOT: Mapping[Right, str] = {
    "edit": "change it",
    "spend": "render it",
    "share": "give out a link to it",
}
MAY: Mapping[Role, str] = {
    "viewer": "look at this film and ask about it",
    "editor": "edit this film",
    "spender": "edit and render this film",
}
"""What each role can do, behind “You can”."""
_ROLE = "role "


class Refusal(Exception):
    """What a message asks may not be done; the reason is a sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the admins of a channel have set; None and no role stand for the defaults.

    Amounts in micro-dollars. `roles` and `names` are by person (see `Message.person`).
    `instructions` are the standing ones that planners are given (see `Request`); `keep_days` is how
    long films are kept.
    """

    confirm_over: int | None
    month_limit: int | None
    roles: Mapping[str, Role]
    names: Mapping[str, str]
    instructions: str
    keep_days: int | None


def rules_of(settings: Sequence[Setting]) -> Rules:
    """Read what was set; a role that there is no more counts as none."""
    values = {setting.name: setting.value for setting in settings}
    given = {s.name.removeprefix(_ROLE): s for s in settings if s.name.startswith(_ROLE)}
    return Rules(
        confirm_over=int(values["confirm"]) if "confirm" in values else None,
        month_limit=int(values["limit"]) if "limit" in values else None,
        roles={person: role for person, s in given.items() for role in ROLES if s.value == role},
        names={person: s.label for person, s in given.items()},
        instructions=values.get("instructions", ""),
        keep_days=int(values["keep"]) if "keep" in values else None,
    )


def role_setting(person: str, name: str, role: Role | None) -> Setting:
    """Give somebody a role, None the default one."""
    return Setting(f"{_ROLE}{person}", role or "", name)


def role_of(message: Message, rules: Rules) -> Role:
    """The role of whoever says something."""
    return rules.roles.get(message.person, "editor" if message.external else "spender")


def is_admin(message: Message, services: Services) -> bool:
    """Whether somebody may set things: an admin of the platform, or one of those named here."""
    return message.admin or message.person in services.admins


async def demand(right: Right, message: Message, services: Services) -> None:
    """Go on only where this person may.

    Raises:
        Refusal: They may not.
    """
    if is_admin(message, services):
        return
    if right == "share" and message.external:
        raise Refusal(
            "A guest from outside cannot make a link that anybody can open; ask somebody of this "
            "workspace for it."
        )
    role = role_of(message, rules_of(await services.conversations.settings(message.channel)))
    if role not in _ENOUGH[right]:
        raise Refusal(_why_not(right, role, message))


def _why_not(right: Right, role: Role, message: Message) -> str:
    wanted = _ENOUGH[right][0]
    guest = " as a guest from outside" if message.external else ""
    return (
        f"You can {MAY[role]} here{guest}, but not {_CANNOT[right]}; nothing was changed. "
        f"An admin can allow it: /chatkut settings role @{message.author} {wanted}"
    )
