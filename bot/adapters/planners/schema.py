"""The one schema that every model answers in, and a linter for what all providers can take.

The schema is made from the engine's operations, so a new operation is in it by itself. It is flat:
an operation is an action, picks that say which items are meant, and field/value pairs of strings.
Nothing is nullable and nothing optional, since providers count both; what is absent is an empty
list or "". Ids never stand in it: its bytes stay the same, which keeps grammar and prompt caches
warm. The rules of the linter are those of OpenAI's strict mode and of Anthropic's output format,
whichever is narrower.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from bot.engine.operations import AddClip, AnyOperation, Operation
from bot.engine.select import Leaf
from bot.ports import CommandName

Schema = Mapping[str, Any]

NAME = "chatkut_plan"
"""What the schema is called where a provider wants a name for it."""

OUTCOMES = ("edit", "question", "answer", "command")
NO_COMMAND = "none"
COMMANDS = (NO_COMMAND, *get_args(CommandName))
MEANT = ("one", "all")
"""Whether an operation's picks are to find exactly one item, or all that fit."""
DETAILS = ("preset", "count", "revision", "author", "format")
"""What a command can be told."""

_DEEPEST = 4
_FORBIDDEN = {
    "oneOf": "OpenAI's strict mode refuses it",
    "allOf": "not every provider reads it",
    "anyOf": "unions are counted and soon spent; use an empty value instead",
    "not": "not every provider reads it",
    "discriminator": "OpenAI's strict mode refuses it",
    "default": "OpenAI's strict mode refuses it",
    "$ref": "definitions may be refused or repeated; write it out",
    "$defs": "definitions may be refused or repeated; write it out",
    "patternProperties": "not every provider reads it",
    "const": "use an enum of one value",
    **dict.fromkeys(
        (
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "pattern",
            "format",
            "maxItems",
            "uniqueItems",
        ),
        "bounds are refused or ignored; check them when reading",
    ),
}


def operations() -> dict[str, type[Operation]]:
    """The operations that a model may use, by action; it brings no files in."""
    union = get_args(AnyOperation)[0]
    models = {model.model_fields["action"].default: model for model in get_args(union)}
    return {action: model for action, model in models.items() if model is not AddClip}


def picks() -> tuple[str, ...]:
    """The ways to pick items."""
    union = get_args(Leaf)[0]
    return tuple(model.model_fields["type"].default for model in get_args(union))


def fields_of(model: type[Operation]) -> tuple[str, ...]:
    """What an operation can be told, besides which items it is about."""
    told = (name for name in model.model_fields if name not in ("action", "selector"))
    return tuple(name for name in told if name != "cues")  # what is said in clips is looked up


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of a model's reply."""
    models = operations()
    fields = dict.fromkeys(name for model in models.values() for name in fields_of(model))
    operation = _object(
        action=_one_of(*models),
        meant=_one_of(*MEANT),
        selector=_list(_object(type=_one_of(*picks()), value=_TEXT)),
        changes=_list(_object(field=_one_of(*fields), value=_TEXT)),
    )
    return _object(
        outcome=_one_of(*OUTCOMES),
        reply=_TEXT,
        options=_list(_TEXT),
        assumptions=_list(_TEXT),
        left_out=_list(_TEXT),
        operations=_list(operation),
        command=_one_of(*COMMANDS),
        details=_list(_object(field=_one_of(*DETAILS), value=_TEXT)),
    )


@cache
def schema_text() -> str:
    """The schema as text, the same bytes every time."""
    return json.dumps(schema(), sort_keys=True, separators=(",", ":"))


_TEXT = {"type": "string"}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _list(items: Schema) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(**properties: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def problems(schema: Schema, path: str = "$", depth: int = 1) -> Iterator[str]:
    """What some provider would refuse in a schema: one line each, with the JSON path."""
    for word in schema.keys() & _FORBIDDEN.keys():
        yield f"{path}.{word}: {_FORBIDDEN[word]}"
    kind = schema.get("type")
    if not isinstance(kind, str):
        yield f"{path}.type: exactly one type, written out"
    if schema.get("minItems", 0) not in (0, 1):
        yield f"{path}.minItems: 0 or 1; check more when reading"
    if "enum" in schema and not all(isinstance(value, str) for value in schema["enum"]):
        yield f"{path}.enum: strings only"
    if kind == "object":
        yield from _object_problems(schema, path, depth)
    if kind == "array":
        if isinstance(schema.get("items"), Mapping):
            yield from problems(schema["items"], f"{path}[]", depth)
        else:
            yield f"{path}.items: an array needs one schema for its items"


def _object_problems(schema: Schema, path: str, depth: int) -> Iterator[str]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        yield f"{path}.properties: an object names its properties; maps are forced empty"
        return
    if schema.get("additionalProperties") is not False:
        yield f"{path}.additionalProperties: must be false"
    if sorted(schema.get("required", ())) != sorted(properties):
        yield f"{path}.required: must name every property"
    if depth > _DEEPEST:
        yield f"{path}: objects nested more than {_DEEPEST} deep"
        return
    for name, part in properties.items():
        yield from problems(part, f"{path}.{name}", depth + 1)
