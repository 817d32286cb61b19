"""The documented JSON of a timeline."""

import json
from typing import Any

import pytest
from hypothesis import given

from bot.engine.composition import Composition, Effect, Transition
from bot.engine.layout import layout
from bot.engine.operations import Add, SetCanvas, SetEffect, Speed, Update
from bot.engine.style import Crop
from bot.engine.timebase import Rate
from bot.engine.view import timeline_view
from tests.engine.builders import by_id, done, music, title, track
from tests.engine.strategies import compositions

_DOCUMENTED = {
    "id",
    "label",
    "type",
    "track",
    "index",
    "start",
    "end",
    "clip",
    "source_in",
    "source_out",
    "speed",
    "volume",
    "muted",
    "opacity",
    "text",
    "position",
    "scale",
    "rotation",
    "fade_in",
    "fade_out",
    "transition_in",
    "effects",
}


def viewed(comp: Composition, **sizes: tuple[float, float]) -> dict[str, dict[str, Any]]:
    """The items of the view by id."""
    view = timeline_view(layout(comp), 3, sizes)
    return {item["id"]: item for item in view["items"]}


def test_the_head_of_the_view_says_what_film_it_is() -> None:
    comp = done(track(60), SetCanvas(fps=Rate.standard(29.97)))
    view = timeline_view(layout(comp), 7, {})
    assert (view["revision"], view["width"], view["height"]) == (7, 1920, 1080)
    assert view["fps"] == pytest.approx(30000 / 1001)
    assert view["duration"] == pytest.approx(60 * 1001 / 30000, abs=1e-6)


def test_a_video_is_told_in_seconds() -> None:
    effects = (Effect(kind="sepia", amount=0.5),)
    changes = {"source_in": 30, "speed": 2.0, "volume": 0.5, "fade_in": 15, "effects": effects}
    fade = Transition(kind="wipe", frames=15)
    item = viewed(track(60, 60, b={**changes, "transition_in": fade}))["b"]
    assert (item["track"], item["index"], item["start"], item["end"]) == ("main", 1, 1.5, 3.5)
    assert (item["source_in"], item["source_out"], item["speed"]) == (1.0, 5.0, 2.0)
    assert (item["volume"], item["muted"], item["fade_in"], item["fade_out"]) == (
        0.5,
        False,
        0.5,
        0,
    )
    assert item["effects"] == [{"kind": "sepia", "amount": 0.5}]
    assert item["transition_in"]["kind"] == "wipe"
    assert item["transition_in"]["duration"] == 0.5
    assert (item["text"], item["position"]) == (None, {"x": 0.5, "y": 0.5})


def test_a_stretch_is_told_from_its_first_frame_on_whichever_way_it_plays() -> None:
    comp = track(60, 60, a={"backwards": True, "source_in": 90}, b={"frozen": 75})
    back, still = (viewed(comp)[key] for key in ("a", "b"))
    assert (back["source_in"], back["source_out"], back["backwards"]) == (1, 3, True)
    assert (still["source_in"], still["frozen"], still["backwards"]) == (2.5, True, False)


def test_a_text_stands_at_its_centre() -> None:
    comp = done(
        track(90, free=(title("t", "a", 30),)), Update(selector=by_id("t"), place="top-left")
    )
    item = viewed(comp, t=(0.4, 0.1))["t"]
    assert item["position"] == {"x": pytest.approx(0.25), "y": pytest.approx(0.1)}
    assert (item["text"], item["start"], item["end"]) == ("t", 1, 2)
    for name in ("clip", "source_in", "source_out", "speed", "volume", "muted"):
        assert item[name] is None
    assert viewed(comp)["t"]["position"] == {"x": 0.05, "y": 0.05}


@pytest.mark.parametrize(
    ("changes", "width", "height"),
    [
        ({}, 0.2 * 9 / 16 * 9 / 16, 0.2),
        ({"fit": "cover"}, 0.2, 0.2 * 16 / 9 * 16 / 9),
        ({"fit": "stretch"}, 0.2, 0.2),
        ({"scale": 0.4}, 0.4 * 9 / 16 * 9 / 16, 0.4),
        ({"crop": Crop(top=0.5)}, 0.2 * 9 / 8 * 9 / 16, 0.2),
    ],
)
def test_a_picture_is_measured_by_its_clip(
    changes: dict[str, Any], width: float, height: float
) -> None:
    inset = Add(item_type="video", clip="other", track="overlay", place="bottom-right", scale=0.2)
    comp = (
        done(track(90), inset, Update(selector=by_id("v9"), **changes))
        if changes
        else done(track(90), inset)
    )
    position = viewed(comp)["v9"]["position"]
    assert position["x"] == pytest.approx(0.95 - width / 2, abs=1e-6)
    assert position["y"] == pytest.approx(0.95 - height / 2, abs=1e-6)


def test_sound_is_told_as_far_as_it_is_heard() -> None:
    comp = track(90, free=(music(source_in=15, frames=105, to_end=True),))
    item = viewed(comp)["m"]
    assert (item["track"], item["end"], item["source_in"], item["source_out"]) == (
        "audio",
        3,
        0.5,
        3.5,
    )
    assert (item["opacity"], item["position"], item["scale"], item["rotation"]) == (None,) * 4
    assert (item["loop"], item["duck"], item["effects"]) == (False, False, [])
    looped = track(300, free=(music(loop=True, to_end=True),))
    assert viewed(looped)["m"]["source_out"] == 4


def test_an_edit_shows_in_the_view() -> None:
    comp = done(
        track(60, 60),
        Speed(selector=by_id("a"), rate=2),
        SetEffect(selector=by_id("b"), kind="blur", amount=0.1),
    )
    items = viewed(comp)
    assert (items["a"]["end"], items["b"]["start"]) == (1, 1)
    assert items["b"]["effects"] == [{"kind": "blur", "amount": 0.1}]


@given(compositions())
def test_the_view_of_any_film_is_plain_json_with_every_documented_field(comp: Composition) -> None:
    timeline = layout(comp)
    view = json.loads(json.dumps(timeline_view(timeline, 1, {}), allow_nan=False))
    assert [item["id"] for item in view["items"]] == [p.item.id for p in timeline.placed]
    for item in view["items"]:
        assert item.keys() >= _DOCUMENTED
        assert 0 <= item["start"] <= item["end"] <= view["duration"]
        assert item["start"] == round(item["start"], 6)
