"""Trim, cut, keep, split and speed."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.engine.composition import Composition, ItemAnchor, Transition
from bot.engine.errors import InvalidEdit, NothingSelected
from bot.engine.keyframes import Keyframe
from bot.engine.layout import layout
from bot.engine.operations import (
    Cut,
    Delete,
    Keep,
    Speed,
    Split,
    Trim,
    Update,
)
from bot.engine.plan import Plan
from bot.engine.select import ByType
from tests.engine.builders import by_id, clip, done, music, sources, spans, title, track
from tests.engine.film import alike, film, overlays
from tests.engine.strategies import (
    Sketch,
    compositions,
    leaves,
    plan_for,
    splits,
    tried,
)
from tests.engine.strategies import (
    spans as stretches,
)


def offset(comp: Composition, key: str) -> tuple[str, int]:
    """What an item hangs on, and how far behind its start."""
    anchor = comp.items[key].anchor
    assert isinstance(anchor, ItemAnchor)
    return anchor.item, anchor.offset


# --- trim ------------------------------------------------------------------------------------


def test_trimming_a_head_is_what_the_diagram_shows() -> None:
    comp = track(60, 90, 60)
    after = done(comp, Trim(selector=by_id("b"), head=1))
    assert spans(comp) == {"a": (0, 60), "b": (60, 150), "c": (150, 210)}
    assert spans(after) == {"a": (0, 60), "b": (60, 120), "c": (120, 180)}
    assert (sources(comp)["b"], sources(after)["b"]) == ((0, 90), (30, 90))


@pytest.mark.parametrize(
    ("how", "source"),
    [
        ({"length": 1}, (30, 60)),
        ({"length": 1, "edge": "start"}, (90, 120)),
        ({"head": 1}, (60, 120)),
        ({"tail": 1}, (30, 90)),
        ({"head": 1, "tail": 1}, (60, 90)),
        ({"head": -1}, (0, 120)),
        ({"tail": -1}, (30, 150)),
        ({"keep_from": 1}, (60, 120)),
        ({"keep_to": 2}, (30, 90)),
        ({"keep_from": 1, "keep_to": 2}, (60, 90)),
        ({"length": 9}, (30, 300)),
        ({"length": 9.03}, (30, 300)),
    ],
)
def test_trims_show_the_stretch_that_was_asked_for(
    how: dict[str, Any], source: tuple[int, int]
) -> None:
    comp = track(90, a={"source_in": 30})
    assert sources(done(comp, Trim(selector=by_id("a"), **how)))["a"] == source


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"length": 9.1}, "it can be 9.0 s long at most"),
        ({"head": -1.1}, "no more footage before its start"),
        ({"tail": -7}, "it can be 9.0 s long at most"),
        ({"head": 3}, "Nothing of “A” would be left"),
        ({"keep_to": 3.1}, "“A” is only 3.0 s long"),
        ({"keep_from": 2, "keep_to": 1}, "Nothing of “A” would be left"),
    ],
)
def test_a_trim_beyond_the_footage_says_what_is_possible(how: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidEdit, match=said):
        done(track(90, a={"source_in": 30}), Trim(selector=by_id("a"), **how))


@pytest.mark.parametrize("how", [{}, {"length": 1, "head": 1}, {"tail": 1, "keep_to": 2}])
def test_a_trim_goes_exactly_one_way(how: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a trim needs"):
        Trim(selector=by_id("a"), **how)


def test_a_title_stays_over_its_picture_when_the_head_of_its_clip_goes() -> None:
    comp = track(60, 90, free=(title("t", "b", 45),))
    after = done(comp, Trim(selector=by_id("b"), head=1))
    assert offset(after, "t") == ("b", 15)
    assert offset(done(after, Trim(selector=by_id("b"), head=-1)), "t") == ("b", 45)


def test_a_title_slides_to_where_its_clip_still_is() -> None:
    comp = track(90, 60, free=(title("early", "a", 0, 30), title("late", "a", 60, 20)))
    assert offset(done(comp, Trim(selector=by_id("a"), head=2)), "early") == ("a", 0)
    shorter = done(comp, Trim(selector=by_id("a"), length=1))
    assert offset(shorter, "late") == ("a", 10)
    assert offset(done(comp, Trim(selector=by_id("a"), length=0.5)), "late") == ("a", 0)


def test_an_overlay_that_loses_its_head_starts_later_and_ends_as_before() -> None:
    comp = track(150, free=(title("t", "a", 30, 60),))
    assert spans(done(comp, Trim(selector=by_id("t"), head=1)))["t"] == (60, 90)
    assert spans(done(comp, Trim(selector=by_id("t"), length=1, edge="start")))["t"] == (60, 90)


def test_sound_that_loses_its_head_keeps_its_place() -> None:
    after = done(track(150, free=(music(at=10),)), Trim(selector=by_id("m"), head=1))
    assert spans(after)["m"] == (10, 100)
    assert after.items["m"].source_in == 30


def test_music_to_the_end_stays_so_until_its_end_is_trimmed() -> None:
    comp = track(90, free=(music(frames=1, to_end=True),))
    headless = done(comp, Trim(selector=by_id("m"), head=1))
    assert headless.items["m"].to_end
    assert spans(headless)["m"] == (0, 90)
    shorter = done(comp, Trim(selector=by_id("m"), tail=1))
    assert not shorter.items["m"].to_end
    assert spans(shorter)["m"] == (0, 60)
    with pytest.raises(InvalidEdit, match="no more footage"):
        done(comp, Trim(selector=by_id("m"), head=5))


def test_the_tail_of_what_runs_past_the_film_is_what_is_heard_last() -> None:
    comp = track(90, free=(music(),))
    assert spans(done(comp, Trim(selector=by_id("m"), tail=1)))["m"] == (0, 60)
    assert done(comp, Trim(selector=by_id("m"), head=1)).items["m"].duration == 90


def test_trimming_shortens_a_transition_that_no_longer_fits() -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=30)})
    after = done(comp, Trim(selector=by_id("a"), length=0.5))
    assert spans(after) == {"a": (0, 15), "b": (0, 60)}
    assert clip(after, "b").transition_in == Transition(frames=15)


def test_trimming_everything_at_once_is_trimming_one_by_one() -> None:
    comp = track(90, 90, free=(title("t", "a", 30, 60), title("u", "b", 45, 30)))
    together = done(comp, Trim(selector=ByType(item_type="all"), head=0.5))
    ids = ("a", "b", "t", "u")
    assert together == done(comp, *(Trim(selector=by_id(key), head=0.5) for key in ids))


# --- cut, keep, delete a stretch -------------------------------------------------------------


def test_cutting_inside_an_item_is_what_the_diagram_shows() -> None:
    comp = track(60, 60)
    after = done(comp, Cut(ranges=((1, 1.5),)))
    assert spans(after) == {"a": (0, 30), "a.45": (30, 45), "b": (45, 105)}
    assert sources(after) == {"a": (0, 30), "a.45": (45, 60), "b": (0, 60)}
    assert [after.items[key].label for key in after.main] == ["A", "A 2", "B"]


def test_an_item_that_loses_an_end_stays_the_same_item() -> None:
    comp = track(60, 60, 60, a={"fade_in": 9}, c={"fade_out": 9})
    after = done(comp, Cut(ranges=((0, 0.5), (1.5, 4.5), (5.5, None))))
    assert spans(after) == {"a": (0, 30), "c": (30, 60)}
    assert sources(after) == {"a": (15, 45), "c": (15, 45)}
    assert (after.items["a"].fade_in, after.items["c"].fade_out) == (9, 9)


def test_what_hangs_in_a_cut_goes_and_what_reaches_out_keeps_the_rest() -> None:
    hanging = (
        title("before", "a", 10, 40),
        title("inside", "a", 35, 10),
        title("reaching", "a", 40, 30),
        title("across", "a", 55, 40),
        title("behind", "b", 20, 10),
    )
    after = done(track(60, 60, free=hanging), Cut(ranges=((1, 2.5),)))
    assert spans(after) == {
        "a": (0, 30),
        "b": (30, 75),
        "before": (10, 50),
        "across": (30, 50),
        "behind": (35, 45),
    }
    assert after.items["across"].source_in == 20


def test_overlapping_ranges_are_one_cut() -> None:
    comp = track(150)
    apart = done(comp, Cut(ranges=((1, 2), (1.5, 3))))
    assert sources(apart) == sources(done(comp, Cut(ranges=((1, 3),))))


def test_cutting_the_whole_film_away_is_refused() -> None:
    for operation in (Cut(ranges=((0, None),)), Keep(start=5)):
        with pytest.raises(InvalidEdit):
            done(track(60, 60), operation)


@pytest.mark.parametrize("stretch", [(3, 2), (2, 2), (4.2, None), (-1, 2), (0, 60)])
def test_a_stretch_that_is_empty_or_outside_is_refused(stretch: tuple[float, float | None]) -> None:
    with pytest.raises(InvalidEdit, match=r"empty|outside the film, which is 0:04 long"):
        done(track(60, 60), Cut(ranges=(stretch,)))


def test_a_cut_through_a_transition_shortens_the_film_by_just_that_stretch() -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=15)})  # both from 45 to 60
    for first, last in ((30, 50), (50, 55), (50, 80), (45, 60), (20, 45), (40, 70), (60, 80)):
        after = done(comp, Cut(ranges=((first / 30, last / 30),)))
        assert layout(after).duration == 105 - (last - first), (first, last)


@given(compositions(), st.lists(stretches, min_size=1, max_size=3))
def test_a_cut_leaves_the_film_without_just_those_frames(
    comp: Composition, sketches: list[Sketch]
) -> None:
    ranges = tuple(sketch(comp) for sketch in sketches)
    cut, after = tried(comp, Plan(operations=(Cut(ranges=ranges),)), 99)
    assume(cut)
    frames = comp.canvas.fps.frames
    gone = {frame for start, end in ranges for frame in range(frames(start), frames(end))}
    left = [sight for frame, sight in enumerate(film(comp)) if frame not in gone]
    assert layout(after).duration == len(left)
    if not any(placed.overlap for placed in layout(comp).main):
        assert alike(left, film(after))


def test_keeping_a_stretch_cuts_the_rest() -> None:
    comp = track(60, 60, 60)
    assert spans(done(comp, Keep(start=1, end=4.5))) == {
        "a": (0, 30),
        "b": (30, 90),
        "c": (90, 105),
    }
    assert spans(done(comp, Keep(start=2))) == {"b": (0, 60), "c": (60, 120)}
    assert spans(done(comp, Keep(end=1))) == {"a": (0, 30)}
    assert done(comp, Keep(start=0, end=6)) == comp


def test_deleting_a_stretch_is_cutting_it() -> None:
    comp = track(60, 60, free=(title("t", "b", 10),))
    assert done(comp, Delete(start=1, end=3)) == done(comp, Cut(ranges=((1, 3),)))


def test_deleting_a_stretch_of_a_free_item_leaves_a_hole() -> None:
    comp = track(150, free=(music(), title("t", "a", 30, 60)))
    after = done(comp, Delete(selector=by_id("m"), start=1, end=2))
    assert spans(after) == {"a": (0, 150), "m": (0, 30), "m.60": (60, 120), "t": (30, 90)}
    assert after.items["m.60"].source_in == 60
    shorter = done(comp, Delete(selector=by_id("t"), end=2))
    assert spans(shorter)["t"] == (60, 90)


def test_a_stretch_in_which_nothing_meant_lies_is_refused() -> None:
    comp = track(60, 60, free=(title("t", "a", 0, 10),))
    with pytest.raises(NothingSelected, match="Nothing of that"):
        done(comp, Update(selector=by_id("t"), start=2, end=3, color="#ff0000"))


# --- split -----------------------------------------------------------------------------------


def test_splitting_an_item_is_what_the_diagram_shows() -> None:
    comp = track(60, 90)
    after = done(comp, Split(selector=by_id("b"), at=(1,)))
    assert spans(after) == {"a": (0, 60), "b": (60, 90), "b.30": (90, 150)}
    assert sources(after) == {"a": (0, 60), "b": (0, 30), "b.30": (30, 90)}


def test_pieces_are_numbered_in_their_order() -> None:
    comp = track(120, 60, a={"label": "beach 3"}, b={"label": "beach 5"})
    after = done(comp, Split(at=(1, 3, 2)))
    assert [after.items[key].label for key in after.main] == [
        "beach 3",
        "beach 4",
        "beach 6",
        "beach 7",
        "beach 5",
    ]


def test_a_split_keeps_titles_fades_and_transitions_where_they_were() -> None:
    faded = {"fade_in": 9, "fade_out": 9, "transition_in": Transition(frames=10)}
    keys = {"opacity": (Keyframe(frame=0, value=0), Keyframe(frame=60, value=1))}
    comp = track(60, 90, free=(title("t", "b", 45), music()), b={**faded, "keyframes": keys})
    after = done(comp, Split(at=(3,)))
    left, right = (after.items[key] for key in ("b", "b.40"))
    assert (left.fade_in, left.fade_out, right.fade_in, right.fade_out) == (9, 0, 0, 9)
    assert [key.frame for key in right.keyframes["opacity"]] == [-40, 20]
    assert offset(after, "t") == ("b.40", 5)
    assert spans(after)["b.40"] == (90, 140)


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (Split(at=(0,)), "a cut or a transition at 0:00 already"),
        (Split(at=(1.8,)), "a cut or a transition at 0:01.8 already"),
        (Split(at=(3.5,)), "at the end of the film"),
        (Split(at=(9,)), "outside the film, which is 0:03.5 long"),
        (Split(selector=by_id("a"), at=(2.1,)), "“A” lasts 2.0 s"),
        (Split(selector=by_id("a"), at=(1.9,)), "a cut or a transition"),
        (Split(selector=by_id("a"), at=(2,)), "nothing to split"),
    ],
)
def test_a_split_where_there_is_nothing_to_split_is_refused(split: Split, said: str) -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=15)})
    with pytest.raises(InvalidEdit, match=said):
        done(comp, split)


def test_equal_parts_of_an_item_and_of_the_film() -> None:
    comp = track(60, 90)
    parts = done(comp, Split(selector=by_id("b"), parts=3))
    assert [spans(parts)[key] for key in parts.main[1:]] == [(60, 90), (90, 120), (120, 150)]
    film_parts = done(comp, Split(parts=5))
    assert [span[1] for span in map(spans(film_parts).get, film_parts.main) if span] == [
        30,
        60,
        90,
        120,
        150,
    ]


@pytest.mark.parametrize("how", [{}, {"at": 1, "parts": 2}, {"parts": 1}])
def test_a_split_needs_moments_or_parts(how: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Split.model_validate(how)


@given(compositions(), splits)
def test_a_split_changes_nothing_that_is_seen(comp: Composition, sketch: Sketch) -> None:
    was_split, after = tried(comp, plan_for(comp, [sketch]), 99)
    assume(was_split)
    assert alike(film(comp), film(after))
    before, now = overlays(comp), overlays(after)
    assert before.keys() == now.keys()
    for key in before:
        frames = [(frame for frame, _ in shown[key]) for shown in (before, now)]
        assert [*frames[0]] == [*frames[1]]
        assert alike([s for _, s in before[key]], [s for _, s in now[key]])


# --- speed -----------------------------------------------------------------------------------


def test_playing_faster_is_what_the_diagram_shows() -> None:
    comp = track(60, 60, 60)
    after = done(comp, Speed(selector=by_id("b"), rate=2))
    assert spans(after) == {"a": (0, 60), "b": (60, 90), "c": (90, 150)}
    assert sources(after)["b"] == (0, 60)


def test_what_hangs_on_a_faster_clip_stays_over_the_same_picture() -> None:
    keys = {"scale": (Keyframe(frame=0, value=1), Keyframe(frame=60, value=2))}
    comp = track(
        90, 60, free=(title("t", "a", 40), title("last", "a", 89, 30)), a={"keyframes": keys}
    )
    after = done(comp, Speed(selector=by_id("a"), rate=4))
    assert (offset(after, "t"), offset(after, "last")) == (("a", 10), ("a", 22))
    assert [key.frame for key in after.items["a"].keyframes["scale"]] == [0, 15]


def test_speeds_multiply_and_come_back() -> None:
    comp = track(90, 60)
    faster = done(comp, Speed(selector=by_id("a"), times=1.5), Speed(selector=by_id("a"), times=2))
    assert clip(faster, "a").speed == 3
    assert done(faster, Speed(selector=by_id("a"), rate=1)) == comp


def test_a_faster_clip_keeps_its_transitions_as_far_as_they_fit() -> None:
    comp = track(
        60,
        60,
        60,
        b={"transition_in": Transition(frames=20)},
        c={"transition_in": Transition(frames=20)},
    )
    after = done(comp, Speed(selector=by_id("b"), rate=2))
    lengths = [clip(after, key).transition_in for key in ("b", "c")]
    assert lengths == [Transition(frames=20), Transition(frames=10)]


def test_a_stretch_is_split_out_and_paced() -> None:
    after = done(track(120, 60), Speed(start=1, end=2, rate=2))
    assert spans(after) == {"a": (0, 30), "a.30": (30, 45), "a.60": (45, 105), "b": (105, 165)}


def test_a_loop_goes_on_at_another_speed() -> None:
    comp = track(300, free=(music(frames=240, loop=True),))
    assert done(comp, Speed(selector=by_id("m"), rate=2)).items["m"].duration == 240


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Speed(selector=by_id("a"), rate=0.05), "0.1× to 16×, not 0.05×"),
        (Speed(selector=by_id("a"), times=1e300), r"not 1e\+300×"),
        (Speed(selector=by_id("t"), rate=2), "“t” does not move"),
    ],
)
def test_impossible_speeds_are_refused(operation: Speed, said: str) -> None:
    with pytest.raises(InvalidEdit, match=said):
        done(track(60, free=(title("t", "a", 0),)), operation)


@pytest.mark.parametrize("how", [{}, {"rate": 2, "times": 2}, {"rate": 0}, {"rate": -1}])
def test_a_speed_is_given_in_one_way(how: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Speed(selector=by_id("a"), **how)


@given(compositions(), leaves, st.sampled_from([0.1, 0.37, 1.5, 3.7, 16]))
def test_any_speed_keeps_sources_inside_their_clips(
    comp: Composition, sketch: Sketch, rate: float
) -> None:
    paced, after = tried(comp, Plan(operations=(Speed(selector=sketch(comp), rate=rate),)), 99)
    assume(paced)
    for item in after.items.values():
        longest = after.longest(item)
        assert longest is None or item.to_end or item.duration <= longest
