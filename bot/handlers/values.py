"""What people write behind a command: amounts of money, and names of people."""

import re
from collections.abc import Mapping
from decimal import Decimal

from bot.ports import Message

DEFAULT = ("none", "off", "default")
_AMOUNT = re.compile(r"\$?\s*(\d{1,6}(?:\.\d{1,6})?)\s*(?:\$|usd|dollars?)?", re.IGNORECASE)
_MANNERS = re.compile(r"[\s,]*\b(?:please|pls|plz|thanks|thx|now)\b|[!?.]+$")
_A_MONTH = re.compile(r"\s*(?:a|per|/|each|every)\s*month$", re.IGNORECASE)


def without_manners(words: str) -> str:
    """What stands behind a command, without “please” and the like."""
    return _MANNERS.sub("", words).strip()


def microusd(value: str) -> int | str | None:
    """An amount in micro-dollars, None for the default; what is neither comes back as it is."""
    amount = _A_MONTH.sub("", value.strip())
    if amount.lower() in DEFAULT:
        return None
    match = _AMOUNT.fullmatch(amount)
    return int(Decimal(match[1]) * 1_000_000) if match else value


def one_person(name: str, message: Message, people: Mapping[str, str]) -> tuple[str, str] | str:
    """Who is meant (see `Message.person`) and what they are called, or why nobody is."""
    found = _found(name, message, people)
    if len(found) == 1:
        ((person, called),) = found.items()
        return person, called
    why = "several people here" if found else "nobody here"
    return (
        f"I know {why} by the name “{name}”; nothing was changed. Mention the one you mean, or "
        f"write their id (you are {message.person}), or let them say something to me first."
    )


def _found(name: str, message: Message, people: Mapping[str, str]) -> Mapping[str, str]:
    """Those who are meant: mentioned under the name, else known by it in this channel."""
    said, platform = name.casefold(), message.address.platform
    mentioned = {f"{platform}:{m.user}": m.name for m in message.mentions}
    for known in (mentioned, people):
        if found := {who: each for who, each in known.items() if each.casefold() == said}:
            return found
    return {who: each for who, each in people.items() if who.casefold() == said}
