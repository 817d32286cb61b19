"""Style: colours, where and how an item stands on the canvas, and how letters look."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.engine.record import Record


def _spelled_out(color: Any) -> Any:
    """Write "#FFF" as "#ffffff"."""
    if not isinstance(color, str):
        return color
    digits = color.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3,4}", digits):
        return "#" + "".join(2 * digit for digit in digits[1:])
    return digits


Color = Annotated[
    str, BeforeValidator(_spelled_out), Field(pattern=r"^#[0-9a-f]{6}([0-9a-f]{2})?$")
]
"""#rrggbb or #rrggbbaa, lower case; "#FFF" is read too."""

Fraction01 = Annotated[float, Field(ge=0, le=1)]
Fit = Literal["contain", "cover", "stretch"]


class Crop(Record):
    """What is cut away at each edge of the source, as fractions of its width or height."""

    left: Fraction01 = 0
    top: Fraction01 = 0
    right: Fraction01 = 0
    bottom: Fraction01 = 0

    @model_validator(mode="after")
    def _something_left(self) -> Self:
        if self.left + self.right > 0.95 or self.top + self.bottom > 0.95:
            raise ValueError("a crop must leave at least a twentieth of the picture")
        return self


class Transform(Record):
    """Where and how an item stands on the canvas.

    The item's own point (`pivot_x`, `pivot_y`: 0 is its left or top edge, 1 its right or bottom)
    stands at (`x`, `y`) of the canvas. At `scale` 1 a picture is fitted into the canvas by `fit`;
    `rotation` is in degrees clockwise.
    """

    x: float = Field(default=0.5, ge=-2, le=3)
    y: float = Field(default=0.5, ge=-2, le=3)
    pivot_x: Fraction01 = 0.5
    pivot_y: Fraction01 = 0.5
    scale: float = Field(default=1, ge=0.01, le=20)
    rotation: float = Field(default=0, ge=-3600, le=3600)
    flip_h: bool = False
    flip_v: bool = False
    crop: Crop = Crop()
    fit: Fit = "contain"


class TextStyle(Record):
    """How a text looks; `size` is the letter height as a fraction of the canvas's short side."""

    size: float = Field(default=0.08, ge=0.01, le=0.6)
    color: Color = "#ffffff"
    background: Color | None = None
    outline: Color | None = None
    bold: bool = True
    italic: bool = False
    align: Literal["left", "center", "right"] = "center"
    shadow: bool = True
