"""Plans: all or nothing, and what holds after any of them."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.engine.composition import Audio, Composition, Video
from bot.engine.errors import EngineError, InvalidEdit, NothingSelected
from bot.engine.layout import layout
from bot.engine.operations import Delete, Duplicate, Split, Trim, Update
from bot.engine.plan import Plan
from bot.engine.rules import check, settle
from bot.engine.select import ByType
from tests.engine.builders import by_id, done, title, track
from tests.engine.strategies import compositions, edits, tried
from tests.engine.wild import WIRE, wild_plans


def assert_sound(comp: Composition) -> None:
    """Everything that must hold for any composition that a plan leaves behind."""
    check(comp)
    assert settle(comp) == comp
    assert Composition.model_validate_json(comp.model_dump_json()) == comp
    timeline = layout(comp)
    assert sorted(placed.item.id for placed in timeline.placed) == sorted(comp.items)
    _assert_track(comp)
    for placed in timeline.placed:
        assert 0 <= placed.start <= placed.end <= timeline.duration
        _assert_footage(comp, placed.item.id, placed.frames)


def _assert_track(comp: Composition) -> None:
    """The main track has no gaps, and no overlaps but for transitions."""
    main = layout(comp).main
    assert tuple(placed.item.id for placed in main) == comp.main
    if not main:
        return
    assert main[0].start == 0
    assert main[0].overlap == 0
    for ahead, placed in pairwise(main):
        assert placed.start == ahead.end - placed.overlap
        assert placed.start >= ahead.start + ahead.overlap
        assert placed.overlap < placed.frames
    durations = sum(comp.items[key].duration for key in comp.main)
    assert layout(comp).duration == durations - sum(placed.overlap for placed in main)


def _assert_footage(comp: Composition, key: str, frames: int) -> None:
    item = comp.items[key]
    if isinstance(item, Video | Audio) and not getattr(item, "loop", False):
        available = comp.clips[item.clip].frames(comp.canvas.fps)
        shown = frames if item.to_end else item.duration
        if isinstance(item, Video) and item.frozen is not None:
            assert 0 <= item.frozen < available
            return
        assert 0 <= item.source_in <= available
        assert -1e-6 <= item.source_in + shown * item.pace <= available + 1e-6
        if isinstance(item, Video) and not item.to_end:
            first, end = item.stretch
            assert 0 <= first < end <= available


@given(compositions(most=10))
def test_whatever_plans_leave_behind_is_sound(comp: Composition) -> None:
    assert_sound(comp)


@given(edits(), st.integers(100, 999))
def test_a_plan_of_several_steps_leaves_a_sound_composition_or_says_why_not(
    edit: tuple[Composition, Plan], serial: int
) -> None:
    comp, plan = edit
    before = comp.model_dump_json()
    applied, after = tried(comp, plan, serial)
    assert comp.model_dump_json() == before
    if applied:
        assert_sound(after)


@given(edits(), st.integers(100, 999))
def test_new_ids_are_new_and_made_from_the_revision_or_the_item_they_come_from(
    edit: tuple[Composition, Plan], serial: int
) -> None:
    comp, plan = edit
    applied, after = tried(comp, plan, serial)
    assume(applied)
    roots = {key.partition(".")[0] for key in comp.items}  # of which only parts may be left
    for key in after.items.keys() - comp.items.keys():
        root = key.partition(".")[0]
        assert root in roots or root.strip("abcdefghijklmnopqrstuvwyz").split("x")[0] == str(serial)


@given(edits())
def test_the_same_plan_does_the_same(edit: tuple[Composition, Plan]) -> None:
    comp, plan = edit
    assert tried(comp, plan, 7) == tried(comp, plan, 7)


def test_one_impossible_step_undoes_the_whole_plan() -> None:
    comp = track(60, 60)
    steps = (Trim(selector=by_id("a"), length=1), Delete(selector=by_id("x")))
    with pytest.raises(NothingSelected):
        Plan(operations=steps).apply(comp, 9)
    assert comp == track(60, 60)


def test_what_validation_refuses_is_told_as_a_sentence() -> None:
    with pytest.raises(InvalidEdit, match=r"^Size: Input should be less than or equal to 0.6\.$"):
        done(track(60, free=(title("t", "a", 0),)), Update(selector=by_id("t"), size=3))


def test_a_film_cannot_grow_beyond_all_bounds() -> None:
    comp = done(track(300, *[30] * 25), Split(selector=by_id("a"), parts=50))
    everything = ByType(item_type="all")
    with pytest.raises(InvalidEdit, match="20,000 items at most"):
        done(comp, *(Duplicate(selector=everything, times=20) for _ in range(14)))


@given(compositions(most=3), wild_plans)
def test_only_engine_errors_leave_any_plan_however_absurd(
    comp: Composition, wire: dict[str, Any]
) -> None:
    try:
        plan = Plan.model_validate(wire)
    except ValidationError:
        return
    try:
        after = plan.apply(comp, 99)
    except EngineError:
        return
    assert_sound(after)


def test_the_absurd_plans_name_every_operation_and_field() -> None:
    assert {wire["action"] for wire in WIRE} >= {"add", "trim", "cut", "canvas", "animate"}
