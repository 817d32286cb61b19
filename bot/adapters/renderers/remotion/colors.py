"""Colors: effects on video as SVG filters know them."""

from collections.abc import Sequence
from typing import Any

from bot.adapters.renderers.remotion.curves import short
from bot.engine.composition import Effect

Matrix = list[list[float]]
"""Three rows: what red, green, blue and one contribute to red, to green, to blue (0 … 1)."""

_LUMA = (0.2126, 0.7152, 0.0722)
_SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
_SMALLEST_BLUR = 0.1


def filters(effects: Sequence[Effect], short_side: int) -> list[dict[str, Any]]:
    """Effects as `{"matrix": [20 numbers]}` or `{"blur": pixels}`, in their order."""
    found: list[dict[str, Any]] = []
    for effect in effects:
        if effect.kind != "blur":
            found.append({"matrix": _flat(_matrix(effect))})
        elif effect.amount * short_side >= _SMALLEST_BLUR:
            found.append({"blur": short(effect.amount * short_side)})
    return found


def _matrix(effect: Effect) -> Matrix:
    amount = effect.amount
    match effect.kind:
        case "brightness":
            return _scaled(1, amount)
        case "contrast":
            return _scaled(amount, 0.5 * (1 - amount))
        case "saturation":
            return _mixed((_LUMA,) * 3, 1 - amount)
        case "grayscale":
            return _mixed((_LUMA,) * 3, amount)
        case _:
            return _mixed(_SEPIA, amount)


def _scaled(factor: float, offset: float) -> Matrix:
    return [[factor * (row == column) for column in range(3)] + [offset] for row in range(3)]


def _mixed(toward: Sequence[Sequence[float]], share: float) -> Matrix:
    """Colours as they are, mixed with another matrix."""
    return [
        [(row == column) * (1 - share) + share * toward[row][column] for column in range(3)] + [0]
        for row in range(3)
    ]


def _flat(matrix: Matrix) -> list[float]:
    """With a column and a row for alpha, which stays."""
    rows = [[*row[:3], 0, row[3]] for row in matrix] + [[0, 0, 0, 1, 0]]
    return [short(number) for row in rows for number in row]
