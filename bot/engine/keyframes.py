"""Keyframes: what moves, and what it comes to at a frame."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from bot.engine.record import Record

Easing = Literal["linear", "ease-in", "ease-out", "ease-in-out", "hold"]
Animated = Literal["opacity", "x", "y", "scale", "rotation", "volume"]


class Keyframe(Record):
    """A value at a frame counted from the item's start; `easing` leads to the next one.

    Cutting the head off moves keyframes before the start (below 0); the curve stays the same.
    """

    frame: int
    value: float
    easing: Easing = "linear"


def value(keys: Sequence[Keyframe], frame: float) -> float:
    """The value at a frame of the item; before the first and after the last key it stands still.

    The keys are in order, one for each frame.
    """
    if frame <= keys[0].frame:
        return keys[0].value
    for one, other in pairwise(keys):
        if frame < other.frame:
            p = (frame - one.frame) / (other.frame - one.frame)
            return one.value + (other.value - one.value) * _ease(one.easing, p)
    return keys[-1].value


def _ease(easing: Easing, p: float) -> float:
    match easing:
        case "linear":
            return p
        case "ease-in":
            return p**2
        case "ease-out":
            return 1 - (1 - p) ** 2
        case "ease-in-out":
            return p**2 * (3 - 2 * p)
        case "hold":
            return 0
