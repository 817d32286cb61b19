"""Rewriting a message: stretches of it exchanged, and times as the grammar reads them back."""

import re
from collections.abc import Sequence

from bot.adapters.planners.speech import Hit

Change = tuple[int, int, str]
"""A stretch [first, last) of a message, and what is put there."""

_MINUTES = 1000  # seconds: from there on “:g” drops decimals


def changed(text: str, changes: Sequence[Change]) -> str:
    """A message with stretches of it exchanged."""
    for first, last, new in sorted(changes, reverse=True):
        text = f"{text[:first]}{new}{text[last:]}"
    return re.sub(r" {2,}", " ", text).strip()


def as_text(seconds: float) -> str:
    """A moment, exact to the frame."""
    return f"{round(seconds, 3):g}s" if seconds < _MINUTES else f"{seconds:.3f}s"


def span_text(low: float, high: float) -> str:
    """A stretch."""
    return f"{as_text(low)}-{as_text(high)}"


def together(hits: Sequence[Hit]) -> list[tuple[float, float]]:
    """The stretches in which something is said, in order; what touches is one."""
    joined: list[tuple[float, float]] = []
    for low, high in sorted((hit.low, hit.high) for hit in hits):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        elif low < high:
            joined.append((low, high))
    return joined
