"""The schema is one that every provider takes; the linter sees what they would refuse."""

import copy
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from bot.adapters.planners.schema import fields_of, operations, problems, schema, schema_text
from bot.ports import Command

Change = Callable[[dict[str, Any]], Any]


def test_our_schema_is_in_the_portable_subset() -> None:
    assert list(problems(schema())) == []


def test_our_schema_is_small_and_always_the_same() -> None:
    assert len(schema_text()) < 3100
    assert schema_text() == schema_text()


def test_every_operation_and_field_of_the_engine_is_in_it_but_bringing_files() -> None:
    operation = schema()["properties"]["operations"]["items"]["properties"]
    assert operation["action"]["enum"] == list(operations())
    assert "add_clip" not in operations()
    known = operation["changes"]["items"]["properties"]["field"]["enum"]
    for model in operations().values():
        assert set(fields_of(model)) <= set(known)


def test_all_that_a_command_can_be_told_is_in_it_but_what_is_ours_to_say() -> None:
    detail = schema()["properties"]["details"]["items"]["properties"]
    told = {field.name for field in fields(Command)} - {"name", "confirmed", "notes", "also"}
    assert set(detail["field"]["enum"]) == told


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("$.reply.default", lambda s: s["properties"]["reply"].update(default="")),
        ("$.reply.maxLength", lambda s: s["properties"]["reply"].update(maxLength=5)),
        ("$.reply.type", lambda s: s["properties"].update(reply={"anyOf": [{"type": "null"}]})),
        ("$.reply.type", lambda s: s["properties"]["reply"].update(type=["string", "null"])),
        ("$.required", lambda s: s["required"].pop()),
        ("$.additionalProperties", lambda s: s.pop("additionalProperties")),
        ("$.options.items", lambda s: s["properties"]["options"].pop("items")),
        ("$.options.minItems", lambda s: s["properties"]["options"].update(minItems=2)),
        ("$.command.enum", lambda s: s["properties"]["command"]["enum"].append(1)),
        (
            "$.reply.properties",
            lambda s: s["properties"].update(
                reply={"type": "object", "additionalProperties": {"type": "string"}}
            ),
        ),
        (
            "$.operations[].changes[].$ref",
            lambda s: s["properties"]["operations"]["items"]["properties"]["changes"][
                "items"
            ].update({"$ref": "#"}),
        ),
    ],
)
def test_the_linter_names_the_place_of_what_a_provider_refuses(path: str, change: Change) -> None:
    broken = copy.deepcopy(schema())
    change(broken)
    assert any(line.startswith(f"{path}:") for line in problems(broken))


def test_the_linter_sees_what_is_nested_too_deep() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(5):
        deep = {
            "type": "object",
            "properties": {"in": deep},
            "required": ["in"],
            "additionalProperties": False,
        }
    assert any("nested" in line for line in problems(deep))
