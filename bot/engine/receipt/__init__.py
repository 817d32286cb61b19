"""Receipts: what an edit changed, in the words of a chat.

A receipt is made from the difference between two compositions, never from the request: it tells
what happened, side effects too, and not what was meant to happen.
"""

from bot.engine.composition import Composition
from bot.engine.receipt.change import Change
from bot.engine.receipt.fact import Fact, lines
from bot.engine.receipt.film import bin_changes, format_changes, transitions, with_length
from bot.engine.receipt.length import joined, lost, resized, split
from bot.engine.receipt.look import properties
from bot.engine.receipt.place import added, followers, moved, placed_elsewhere
from bot.engine.receipt.said import captions

_PARTS = (
    format_changes,
    bin_changes,
    lost,
    resized,
    split,
    joined,
    added,
    captions,
    moved,
    placed_elsewhere,
    followers,
    transitions,
    properties,
)


def receipt(before: Composition, after: Composition) -> tuple[str, ...]:
    """Tell what changed, a line each, most telling first; empty where nothing did.

    Equal changes are summed up in one line, and there are never more than about a dozen lines.
    """
    change = Change.between(before, after)
    facts = [fact for part in _PARTS for fact in part(change)]
    if not facts and before != after:
        facts = [Fact("Adjusted ", label) for label in change.touched] or [Fact("Small changes")]
    return lines(with_length(change, facts))
