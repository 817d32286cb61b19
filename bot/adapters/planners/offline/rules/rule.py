"""A rule: a function that reads one kind of clause, and the words that call for it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.adapters.planners.offline.clause import listed
from bot.adapters.planners.offline.outcomes import Result
from bot.adapters.planners.offline.say import Say

Read = Callable[[Say], Result]


@dataclass(frozen=True)
class Rule:
    """`read` raises `Miss` where the clause is not of its kind.

    It is tried where a word of the clause has one of the meanings in `words`; always, if there are
    none.
    """

    read: Read
    words: frozenset[str]


def rule(read: Read, *words: str) -> Rule:
    """Make a rule; `words` are meanings separated by commas."""
    return Rule(read, listed(*words) if words else frozenset())
