"""The wire form of operations: {"action", "selector", "changes"} and forgiving names."""

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from bot.engine.composition import Composition
from bot.engine.operations import (
    Add,
    Animate,
    AnyOperation,
    Cut,
    Freeze,
    KeyframeAt,
    Reverse,
    SetCanvas,
    SetEffect,
    SetTransition,
    Speed,
    Split,
    Trim,
    Update,
)
from bot.engine.plan import Plan
from bot.engine.select import ById
from tests.engine.strategies import edits

_ADAPTER: TypeAdapter[AnyOperation] = TypeAdapter(AnyOperation)
_IT = {"type": "byId", "id": "a"}
_ME = ById(id="a")


@pytest.mark.parametrize(
    ("action", "changes", "meant"),
    [
        ("update", {"fontSize": "0.1"}, Update(selector=_ME, size=0.1)),
        ("update", {"textAlign": "left"}, Update(selector=_ME, align="left")),
        ("update", {"backgroundColor": "#FFFFFF"}, Update(selector=_ME, background="#ffffff")),
        (
            "update",
            {"content": "Hi", "textColor": "#f00"},
            Update(selector=_ME, text="Hi", color="#ff0000"),
        ),
        ("update", {"position": "top", "zoom": 2}, Update(selector=_ME, place="top", scale=2)),
        ("update", {"mute": "true", "fadeIn": "0:01"}, Update(selector=_ME, muted=True, fade_in=1)),
        ("update", {"volume": "0.5", "gain": None}, Update(selector=_ME, volume=0.5)),
        ("trim", {"duration": "5 s"}, Trim(selector=_ME, length=5)),
        ("trim", {"startFrom": 2}, Trim(selector=_ME, head=2)),
        ("trim", {"trimEnd": 2}, Trim(selector=_ME, tail=2)),
        ("speed", {"playbackRate": "2"}, Speed(selector=_ME, rate=2)),
        (
            "speed",
            {"speed": 0.5, "startTime": 1, "to": 2},
            Speed(selector=_ME, rate=0.5, start=1, end=2),
        ),
        ("speed", {"speed": -1}, Reverse(selector=_ME)),
        ("playBackwards", {"startTime": 1, "to": 2}, Reverse(selector=_ME, start=1, end=2)),
        ("freezeFrame", {"time": "0:03", "length": 1}, Freeze(selector=_ME, at=3, duration=1)),
        ("holdFrame", {}, Freeze(selector=_ME)),
        ("split", {"time": "0:03"}, Split(selector=_ME, at=(3,))),
        ("split", {"at": "1, 0:02.5"}, Split(selector=_ME, at=(1, 2.5))),
        ("split", {"at": [1, "2"]}, Split(selector=_ME, at=(1, 2))),
        (
            "effect",
            {"effect": "blur", "strength": 0.1},
            SetEffect(selector=_ME, kind="blur", amount=0.1),
        ),
        (
            "transition",
            {"type": "wipe", "length": 1},
            SetTransition(selector=_ME, kind="wipe", duration=1),
        ),
        (
            "animate",
            {"property": "opacity", "keyframes": [{"at": "0", "value": "1"}]},
            Animate(selector=_ME, property="opacity", frames=(KeyframeAt(at=0, value=1),)),
        ),
    ],
)
def test_names_that_people_and_models_use_are_understood(
    action: str, changes: dict[str, Any], meant: AnyOperation
) -> None:
    as_object = {"action": action, "selector": _IT, "changes": changes}
    pairs = [{"field": name, "value": value} for name, value in changes.items()]
    for wire in (
        as_object,
        as_object | {"changes": pairs},
        {"action": action, "selector": _IT} | changes,
    ):
        assert _ADAPTER.validate_python(wire) == meant
        assert _ADAPTER.validate_json(json.dumps(wire)) == meant


def test_operations_without_a_selector_read_their_own_names() -> None:
    add = {"action": "add", "changes": {"type": "video", "src": "c", "startFrom": 2, "length": 3}}
    meant = Add(item_type="video", clip="c", source_in=2, duration=3)
    assert _ADAPTER.validate_python(add) == meant
    cut = {"action": "cut", "changes": {"ranges": [["0:01", "2 s"], [5, None]]}}
    assert _ADAPTER.validate_python(cut) == Cut(ranges=((1, 2), (5, None)))
    canvas = {"action": "canvas", "changes": {"aspectRatio": "9:16", "frameRate": "29.97"}}
    assert _ADAPTER.validate_python(canvas) == SetCanvas.model_validate(
        {"aspect": "9:16", "fps": "30000/1001"}
    )


def test_a_field_under_its_own_name_wins_over_an_alias() -> None:
    wire = {"action": "update", "selector": _IT, "changes": {"size": 0.2, "fontSize": 0.1}}
    with pytest.raises(ValidationError, match="fontSize"):
        _ADAPTER.validate_python(wire)


@pytest.mark.parametrize(
    "changes",
    [
        "volume=1",
        5,
        [1],
        [{"field": "volume"}],
        [["volume", 1]],
        {"colour of it": 1},
        {"action": "delete"},
    ],
)
def test_what_is_no_change_is_a_validation_error(changes: Any) -> None:
    with pytest.raises(ValidationError):
        _ADAPTER.validate_python({"action": "update", "selector": _IT, "changes": changes})


def test_the_wire_form_leaves_out_what_says_nothing() -> None:
    assert Trim(selector=_ME, length=5).model_dump() == {
        "action": "trim",
        "selector": {"type": "byId", "id": "a"},
        "changes": {"length": 5.0, "edge": "end"},
    }


@given(edits())
def test_a_plan_reads_back_from_its_json(edit: tuple[Composition, Plan]) -> None:
    plan = edit[1]
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert Plan.model_validate(plan.model_dump()) == plan
