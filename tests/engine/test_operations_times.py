"""All times of one message mean the timeline before it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.engine.composition import Composition
from bot.engine.errors import NothingSelected
from bot.engine.operations import (
    Cut,
    Delete,
    Move,
    Reorder,
    Replace,
    SetCanvas,
    Speed,
    Split,
    Trim,
)
from bot.engine.operations.surgery import speed_of
from bot.engine.plan import Plan
from bot.engine.select import ByIndex
from bot.engine.timebase import Rate
from tests.engine.builders import by_id, called, done, sources, spans, title, track
from tests.engine.film import Sight, alike, film
from tests.engine.strategies import (
    Sketch,
    cut_hard,
    plan_for,
    reorderings,
    splits,
    tried,
)
from tests.engine.strategies import (
    spans as stretches,
)


def test_splitting_at_3_and_6_and_dropping_the_middle() -> None:
    comp = track(150, 150)
    after = done(comp, Split(at=(3, 6)), Cut(ranges=((3, 6),)))
    assert sources(after) == {"a": (0, 90), "b.30": (30, 150)}
    swapped = done(comp, Reorder(order=(by_id("b"), by_id("a"))), Cut(ranges=((3, 6),)))
    assert swapped.main == ("b", "a")
    assert sources(swapped) == {"a": (0, 90), "b": (30, 150)}
    split_first = done(
        comp,
        Split(at=(3, 6)),
        Reorder(order=(by_id("b"), by_id("a"))),
        Delete(start=3, end=6),
    )
    assert sum(last - first for first, last in sources(split_first).values()) == 210


@pytest.mark.parametrize("speed", [0.1, 0.37, 0.5, 0.9, 1.5, 7])
def test_no_slivers_are_left_of_what_was_split_out_at_any_speed(speed: float) -> None:
    comp = track(40, a={"speed": speed})
    after = done(comp, Split(at=(11 / 30, 1)), Delete(start=11 / 30, end=1))
    assert sorted(last - first for first, last in spans(after).values()) == [10, 11]


def test_times_mean_the_timeline_before_the_message() -> None:
    comp = track(90, 90, 90)
    after = done(
        comp,
        Trim(selector=by_id("a"), length=1),
        Speed(selector=by_id("b"), rate=2),
        Split(at=(4, 7)),
        SetCanvas(fps=Rate(num=60)),
        Split(at=(8,)),
    )
    assert after.canvas.fps == Rate(num=60)
    assert sources(after) == {
        "a": (0, 60),
        "b": (0, 60),
        "b.15": (60, 180),
        "c": (0, 60),
        "c.30": (60, 120),
        "c.30.60": (120, 180),
    }


def test_a_moment_that_was_cut_away_is_where_the_cut_is() -> None:
    comp = track(90, 90)
    after = done(comp, Cut(ranges=((2, 4),)), Move(selector=by_id("b"), at=3))
    assert after.main == ("a", "b")
    hung = done(
        comp.with_item(title("t", "a", 0)), Cut(ranges=((2, 4),)), Move(selector=by_id("t"), at=3)
    )
    assert spans(hung)["t"] == (60, 90)


def test_times_follow_a_clip_that_was_replaced_or_a_still_that_was_trimmed() -> None:
    comp = track(60, 60, a={"source_in": 100})
    replaced = done(comp, Replace(selector=by_id("a"), clip="other"), Split(at=(1,)))
    assert sources(replaced)["a"] == (0, 30)
    still = done(comp, Replace(selector=by_id("a"), clip="logo"))
    trimmed = done(still, Trim(selector=by_id("a"), head=1), Split(at=(1.5,)))
    assert spans(trimmed) == {"a": (0, 15), "a.15": (15, 30), "b": (30, 90)}


def test_an_item_that_was_split_earlier_is_an_item_of_its_own() -> None:
    comp = done(track(90, 60), Split(at=(1,)))
    assert done(comp, Delete(selector=by_id("a"))).main == ("a.30", "b")
    together = done(track(90, 60), Split(at=(1,)), Delete(selector=called("A")))
    assert together.main == ("b",)


def test_a_step_may_name_what_an_earlier_one_made() -> None:
    comp = track(90, 60)
    after = done(comp, Split(at=(1,)), Delete(selector=called("A 2")))
    assert sources(after) == {"a": (0, 30), "b": (0, 60)}
    with pytest.raises(NothingSelected, match="gone by an earlier step"):
        done(comp, Delete(selector=by_id("b")), Trim(selector=ByIndex(index=1), length=1))


@given(cut_hard, stretches, st.lists(st.one_of(reorderings, splits), min_size=1, max_size=2))
def test_a_cut_takes_out_the_same_pictures_whatever_was_moved_before(
    comp: Composition, stretch: Sketch, sketches: list[Sketch]
) -> None:
    start, end = stretch(comp)
    first = plan_for(comp, sketches)
    moved, _ = tried(comp, first, 99)
    assume(all(speed_of(item) >= 1 for item in comp.items.values()))
    cut, after = tried(comp, Plan(operations=(*first.operations, Cut(ranges=((start, end),)))), 99)
    assume(moved and cut)
    sights, frames = film(comp), comp.canvas.fps.frames
    left = sights[: frames(start)] + sights[frames(end) :]

    def in_order(shown: list[Sight]) -> list[Sight]:
        return sorted(shown, key=lambda sight: (sight.what, sight.moment))

    assert alike(in_order(left), in_order(film(after)))
