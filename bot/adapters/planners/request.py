"""What a model is told of a message besides `Request`: who says it, where, and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from bot.ports import Request


@dataclass(frozen=True, slots=True)
class Remark:
    """An earlier message of the thread."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked(Request):
    """A request with its surroundings.

    `turns` are the earlier messages of this thread, oldest first. `instructions` are the channel's
    own rules, set by its people for every edit.
    """

    turns: Sequence[Remark] = ()
    instructions: str = ""


def asked(request: Request) -> Asked:
    """A request as one whose surroundings may be unknown."""
    if isinstance(request, Asked):
        return request
    return Asked(**{field.name: getattr(request, field.name) for field in fields(request)})
