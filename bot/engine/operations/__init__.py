"""Operations: the verbs of an edit. Each is data plus one pure `apply`."""

from typing import Annotated

from pydantic import Field

from bot.engine.operations.adding import Add, AddClip
from bot.engine.operations.arrange import Delete, Duplicate, Replace
from bot.engine.operations.base import Operation
from bot.engine.operations.canvas import SetCanvas
from bot.engine.operations.cutting import Cut, Keep, Speed, Split, Trim
from bot.engine.operations.edit import Edit
from bot.engine.operations.look import (
    Adjust,
    Animate,
    KeyframeAt,
    SetEffect,
    SetTransition,
    Update,
)
from bot.engine.operations.order import Move, Reorder

AnyOperation = Annotated[
    AddClip
    | Add
    | Delete
    | Move
    | Reorder
    | Duplicate
    | Replace
    | Trim
    | Cut
    | Keep
    | Split
    | Speed
    | Update
    | Adjust
    | SetEffect
    | Animate
    | SetTransition
    | SetCanvas,
    Field(discriminator="action"),
]

__all__ = [
    "Add",
    "AddClip",
    "Adjust",
    "Animate",
    "AnyOperation",
    "Cut",
    "Delete",
    "Duplicate",
    "Edit",
    "Keep",
    "KeyframeAt",
    "Move",
    "Operation",
    "Reorder",
    "Replace",
    "SetCanvas",
    "SetEffect",
    "SetTransition",
    "Speed",
    "Split",
    "Trim",
    "Update",
]
