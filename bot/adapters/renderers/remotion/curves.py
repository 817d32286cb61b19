"""Curves: a number for every frame, written as few points with straight lines between them."""

from collections.abc import Sequence
from math import inf
from typing import Final

Curve = float | list[float]
"""One number that holds throughout, or frame, value, frame, value, …; level before and after."""

_DIGITS: Final = 4


def curve(values: Sequence[float], tolerance: float = 0) -> Curve:
    """Write down one value per frame; what lies between the points is off by `tolerance` at most.

    ```
    values   0 2 4 6 6 6 6 3
    curve    (0, 0) (3, 6) (6, 6) (7, 3)
    ```
    """
    points = [0]
    low, high = -inf, inf
    for frame in range(1, len(values)):
        if not low <= _slope(values, points[-1], frame) <= high:
            points.append(frame - 1)
            low, high = -inf, inf
        slope = _slope(values, points[-1], frame)
        slack = tolerance / (frame - points[-1])
        low, high = max(low, slope - slack), min(high, slope + slack)
    points.append(len(values) - 1)
    if len({values[frame] for frame in points}) == 1:
        return short(values[0])
    return [short(number) for frame in points for number in (frame, values[frame])]


def short(number: float, digits: int = _DIGITS) -> float:
    """A number in as few characters as will do."""
    rounded = round(float(number), digits)
    return int(rounded) if rounded.is_integer() else rounded


def _slope(values: Sequence[float], one: int, other: int) -> float:
    return (values[other] - values[one]) / (other - one)
