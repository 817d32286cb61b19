"""The compositions that cases start from; they are part of the product (`chatkut eval`)."""

from bot.cli.evaluation.setups import (
    SERIAL,
    SETUPS,
    Setup,
    abc,
    beaches,
    built,
    clip,
    empty,
    film,
    long,
)

__all__ = [
    "SERIAL",
    "SETUPS",
    "Setup",
    "abc",
    "beaches",
    "built",
    "clip",
    "empty",
    "film",
    "long",
]
