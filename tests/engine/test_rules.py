"""What is mended after an edit, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.composition import Composition, ItemAnchor, TimeAnchor, Transition
from bot.engine.errors import InvalidEdit
from bot.engine.rules import check, settle
from tests.engine.builders import clip, music, title, track
from tests.engine.strategies import compositions


def test_what_is_settled_stays_as_it_is() -> None:
    comp = track(60, 60, free=(title("t", "a", 59, 60), music(to_end=True)))
    assert settle(comp) is comp


@given(compositions(), st.integers(1, 60))
def test_settling_twice_is_settling_once(comp: Composition, frames: int) -> None:
    longer = Transition(frames=frames)
    items = {
        key: item.but(duration=max(1, item.duration - frames), fade_in=frames)
        if item.type == "audio"
        else item.but(duration=max(1, item.duration - frames), transition_in=longer)
        for key, item in comp.items.items()
    }
    settled = settle(comp.but(items=items))
    check(settled)
    assert settle(settled) == settled


def test_transitions_leave_each_clip_a_frame_and_share_what_there_is() -> None:
    fade = {"transition_in": Transition(frames=50)}
    comp = track(60, 40, 60)
    items = {key: comp.items[key].but(**fade) for key in "abc"}
    settled = settle(comp.but(items=items))
    lengths = [clip(settled, key).transition_in for key in "abc"]
    assert lengths == [None, Transition(frames=39), Transition(frames=1)]


def test_fades_become_shorter_than_their_item() -> None:
    comp = track(60, a={"fade_in": 50, "fade_out": 50})
    settled = settle(comp)
    assert (settled.items["a"].fade_in, settled.items["a"].fade_out) == (50, 10)
    lasting = track(60, free=(music(frames=1, to_end=True, fade_out=30),))
    assert settle(lasting) is lasting


def test_footage_moves_back_by_a_rounding_error_only() -> None:
    comp = track(90, a={"speed": 1.5})
    rounded = comp.with_item(clip(comp, "a").but(source_in=166))
    assert clip(settle(rounded), "a").source_in == 165
    beyond = comp.with_item(clip(comp, "a").but(source_in=169))
    assert settle(beyond) == beyond
    with pytest.raises(InvalidEdit, match=r"“A” would run 0.1\d? s past the end of its clip"):
        check(beyond)


def test_a_loop_begins_anew_behind_the_end_of_its_clip() -> None:
    comp = track(60, free=(music(loop=True, source_in=250),))
    assert settle(comp).items["m"].source_in == 10


def test_overlays_slide_off_a_trimmed_end() -> None:
    comp = track(60, free=(title("t", "a", 70, 20), title("u", "a", 60, 90)))
    anchors = [settle(comp).items[key].anchor for key in "tu"]
    assert anchors == [ItemAnchor(item="a", offset=40), ItemAnchor(item="a", offset=0)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"main": ("a", "a")}, "only once"),
        ({"main": ("a", "x")}, "'x', which does not exist"),
        ({"main": ("a", "m")}, "Sound alone"),
        ({"main": ()}, "either on the main track or anchored"),
        ({"items": {"x": "a"}, "main": ("x",)}, "filed under"),
        ({"clips": {}}, "not in the bin any more"),
    ],
)
def test_a_composition_that_cannot_exist_is_refused(changes: dict[str, Any], said: str) -> None:
    comp = track(60, free=(music(),))
    if "items" in changes:
        changes = changes | {"items": {"x": comp.items["a"]}}
    with pytest.raises(InvalidEdit, match=said):
        check(comp.but(**changes))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (title("t", "a", 0).but(anchor=None), "either on the main track or anchored"),
        (title("t", "b", 0), "hangs on an item that is gone"),
        (music(source_in=1), "past the end of its clip"),
        (music(to_end=True, source_in=120), "past the end of its clip"),
        (music().but(clip="logo"), "“logo.png” cannot be used as audio"),
    ],
)
def test_an_item_that_cannot_exist_is_refused(item: Any, said: str) -> None:
    with pytest.raises(InvalidEdit, match=said):
        check(track(60).with_item(item))


def test_an_item_of_the_main_track_cannot_have_another_place_or_length() -> None:
    comp = track(60)
    for changes in ({"to_end": True}, {"anchor": TimeAnchor()}):
        with pytest.raises(InvalidEdit):
            check(comp.with_item(clip(comp, "a").but(**changes)))


def test_a_transition_longer_than_its_clips_is_refused() -> None:
    comp = track(60, 60)
    with pytest.raises(InvalidEdit, match="The transition before “B” is longer than its clips"):
        check(comp.with_item(clip(comp, "b").but(transition_in=Transition(frames=61))))
