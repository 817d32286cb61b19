"""Operations: the verbs of an edit. Each is data plus one pure `apply`."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.engine.operations.adding import Add, AddClip
from bot.engine.operations.arrange import Delete, Duplicate, Replace
from bot.engine.operations.base import Operation
from bot.engine.operations.canvas import SetCanvas
from bot.engine.operations.captioning import Caption, Reword
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
from bot.engine.operations.playing import Freeze, Reverse
from bot.engine.operations.wire import named

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
    | Reverse
    | Freeze
    | Update
    | Adjust
    | SetEffect
    | Animate
    | SetTransition
    | SetCanvas
    | Caption
    | Reword,
    Field(discriminator="action"),
    BeforeValidator(named),
]

__all__ = [
    "Add",
    "AddClip",
    "Adjust",
    "Animate",
    "AnyOperation",
    "Caption",
    "Cut",
    "Delete",
    "Duplicate",
    "Edit",
    "Freeze",
    "Keep",
    "KeyframeAt",
    "Move",
    "Operation",
    "Reorder",
    "Replace",
    "Reverse",
    "Reword",
    "SetCanvas",
    "SetEffect",
    "SetTransition",
    "Speed",
    "Split",
    "Trim",
    "Update",
]
