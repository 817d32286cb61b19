"""Reverse and freeze."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.engine.composition import Audio, Composition, TimeAnchor, Transition, Video
from bot.engine.errors import InvalidEdit
from bot.engine.history import Diff
from bot.engine.keyframes import Keyframe
from bot.engine.layout import layout
from bot.engine.operations import (
    AnyOperation,
    Cut,
    Duplicate,
    Freeze,
    Replace,
    Reverse,
    SetCanvas,
    Speed,
    Split,
    Trim,
)
from bot.engine.plan import Plan
from bot.engine.receipt import receipt
from bot.engine.select import ByType
from bot.engine.timebase import Rate
from tests.engine.builders import by_id, called, clip, done, music, spans, title, track
from tests.engine.film import film
from tests.engine.strategies import Sketch, compositions, leaves, moments, plan_for, tried, turns

BACK = {"backwards": True, "source_in": 120}


def shown(comp: Composition) -> list[int]:
    """The source frames of the main track, in the order in which they are seen."""
    return [int(sight.moment) for sight in film(comp)]


# --- reverse ---------------------------------------------------------------------------------


def test_a_clip_plays_from_its_last_frame_to_its_first() -> None:
    comp = track(60, 90, b={"source_in": 30})
    after = done(comp, Reverse(selector=by_id("b")))
    assert spans(after) == spans(comp)
    assert shown(after) == [*range(60), *range(119, 29, -1)]
    assert receipt(comp, after) == ("Reversed “B”",)


def test_a_second_time_it_plays_forwards_again() -> None:
    comp = track(60, 90, b={"source_in": 30})
    back = done(comp, Reverse(selector=by_id("b")))
    assert done(back, Reverse(selector=by_id("b"))) == comp
    assert done(back, Reverse(selector=by_id("b"), backwards=True)) == back
    assert receipt(back, comp) == ("“B”: plays forwards again",)


def test_a_stretch_of_time_is_split_out_first() -> None:
    after = done(track(120), Reverse(start=1, end=3))
    assert shown(after) == [*range(30), *range(89, 29, -1), *range(90, 120)]
    assert receipt(track(120), after) == ("Split “A” at 0:01 and 0:03", "Reversed “A 2”")


@pytest.mark.parametrize(
    ("operation", "frames"),
    [
        (Trim(selector=by_id("a"), head=1), range(89, 29, -1)),
        (Trim(selector=by_id("a"), tail=1), range(119, 59, -1)),
        (Trim(selector=by_id("a"), head=-1), range(149, 29, -1)),
        (Trim(selector=by_id("a"), tail=-1), range(119, -1, -1)),
        (Trim(selector=by_id("a"), length=4), range(119, -1, -1)),
        (Cut(ranges=((0, 1),)), range(89, 29, -1)),
        (Cut(ranges=((1, 2),)), [*range(119, 89, -1), *range(59, 29, -1)]),
        (Split(at=(1, 2)), range(119, 29, -1)),
        (Speed(selector=by_id("a"), rate=3), range(117, 29, -3)),
        (Duplicate(selector=by_id("a")), [*range(119, 29, -1)] * 2),
        (Replace(selector=by_id("a"), clip="other"), range(59, -1, -1)),
        (Replace(selector=by_id("a"), clip="silent"), range(89, -1, -1)),
    ],
)
def test_edits_of_what_plays_backwards_are_about_what_is_seen(
    operation: AnyOperation, frames: Any
) -> None:
    after = done(track(90, a=BACK), operation)
    assert shown(after) == [*frames]


def test_another_clip_over_the_rest_of_the_film_plays_backwards_as_long() -> None:
    over = clip(track(60, a=BACK), "a").but(id="o", duration=1, to_end=True, anchor=TimeAnchor())
    after = done(track(90, free=(over,)), Replace(selector=by_id("o"), clip="silent"))
    assert spans(after)["o"] == (0, 90)
    assert clip(after, "o").source_in == 90


@pytest.mark.parametrize(
    ("other", "frames"), [("other", range(29, -1, -1)), ("silent", range(59, -1, -1))]
)
def test_what_was_replaced_in_the_same_message_begins_where_it_began(
    other: str, frames: Any
) -> None:
    replace = Replace(selector=by_id("a"), clip=other)
    assert shown(done(track(90, a=BACK), replace, Cut(ranges=((0, 1),)))) == [*frames]


@pytest.mark.parametrize("way", [BACK, {"speed": 2}])
def test_a_picture_in_the_place_of_a_film_is_cut_where_the_film_was(way: dict[str, Any]) -> None:
    replace = Replace(selector=by_id("a"), clip="logo")
    after = done(track(90, a=way), replace, Cut(ranges=((1, 2),)))
    assert [after.items[key].duration for key in after.main] == [30, 30]


def test_it_has_no_footage_before_the_end_of_its_clip() -> None:
    comp = track(90, a={"backwards": True, "source_in": 290})
    with pytest.raises(InvalidEdit, match="no more footage before its start"):
        done(comp, Trim(selector=by_id("a"), head=-1))
    with pytest.raises(InvalidEdit, match="no more footage"):
        done(comp, Trim(selector=by_id("a"), tail=-9))


def test_titles_fades_and_transitions_stay_where_they_are() -> None:
    looks = {
        "transition_in": Transition(frames=10),
        "fade_out": 5,
        "keyframes": {"scale": (Keyframe(frame=0, value=1), Keyframe(frame=60, value=2))},
    }
    comp = track(60, 90, b=looks, free=(title("t", "b", 15),))
    after = done(comp, Reverse(selector=by_id("b")))
    assert spans(after) == spans(comp)
    assert clip(after, "b").but(backwards=False, source_in=0) == clip(comp, "b")


def test_times_in_the_same_message_mean_the_film_as_it_stood() -> None:
    after = done(track(120), Reverse(selector=by_id("a")), Cut(ranges=((0, 1),)))
    assert shown(after) == [*range(89, -1, -1)]
    hung = done(track(120), Split(at=(2,)), Reverse(selector=by_id("a")), Split(at=(1, 3)))
    assert shown(hung) == [*range(59, -1, -1), *range(119, 59, -1)]


def test_only_moving_pictures_play_backwards() -> None:
    comp = track(60, free=(title("t", "a", 0), music(frames=60)))
    for key in ("t", "m"):
        with pytest.raises(InvalidEdit, match=f"“{key}” is no moving picture"):
            done(comp, Reverse(selector=by_id(key)))
    every = done(comp, Reverse(selector=ByType(item_type="all")))
    assert clip(every, "a").backwards
    frozen = done(comp, Freeze(at=1))
    with pytest.raises(InvalidEdit, match="no moving picture"):
        done(frozen, Reverse(selector=called("A freeze")))


@given(compositions(), leaves)
def test_reversing_twice_changes_nothing(comp: Composition, sketch: Sketch) -> None:
    reverse = Reverse(selector=sketch(comp))
    turned, after = tried(comp, Plan(operations=(reverse,)), 99)
    assume(turned)
    again = done(after, reverse)
    lasting = {key for key, item in comp.items.items() if item.to_end}
    assert again.without(*lasting) == comp.without(*lasting)  # those are measured


@given(compositions(), leaves)
def test_what_is_reversed_shows_the_same_frames_the_other_way(
    comp: Composition, sketch: Sketch
) -> None:
    turned, after = tried(comp, Plan(operations=(Reverse(selector=sketch(comp)),)), 99)
    assume(turned)
    for key, item in comp.items.items():
        now = after.items[key]
        if isinstance(item, Video) and isinstance(now, Video) and item.backwards != now.backwards:
            frames = layout(comp).by_id[key].frames if item.to_end else item.duration
            was = [item.source_at(n) for n in range(frames)]
            back = [now.source_at(n) for n in reversed(range(frames))]
            assert all(abs(a - b) <= 1 for a, b in zip(was, back, strict=True))


@given(compositions(), turns)
def test_reversing_moves_nothing(comp: Composition, sketch: Sketch) -> None:
    turned, after = tried(comp, plan_for(comp, [sketch]), 99)
    assume(turned)
    assert layout(after).duration == layout(comp).duration
    assert Diff.between(comp, after).reversed().apply(after) == comp


# --- freeze ----------------------------------------------------------------------------------


def test_freezing_is_what_the_diagram_shows() -> None:
    comp = track(60, 90)
    after = done(comp, Freeze(at=3, duration=0.5))
    assert spans(after) == {"a": (0, 60), "b": (60, 90), "v9": (90, 105), "b.30": (105, 165)}
    assert shown(after) == [*range(60), *range(30), *[30] * 15, *range(30, 90)]
    assert receipt(comp, after) == (
        "Froze “B” at 0:03 for 0.5 s; everything after moved 0.5 s later",
    )
    assert after.items["v9"].label == "B freeze"


def test_it_lasts_two_seconds_unless_somebody_says_so() -> None:
    assert layout(done(track(90), Freeze(at=1))).duration == 150


@pytest.mark.parametrize("freeze", [Freeze(duration=1), Freeze(at=3, duration=1)])
def test_the_last_frame_stands_at_the_end(freeze: Freeze) -> None:
    comp = track(90, a={"fade_out": 10})
    after = done(comp, freeze)
    assert shown(after) == [*range(90), *[89] * 30]
    assert (clip(after, "a").fade_out, clip(after, "v9").fade_out) == (0, 10)
    assert receipt(comp, after)[0] == "Froze “A” at 0:03 for 1.0 s"


def test_the_last_frame_of_a_clip_in_the_middle() -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=10)})
    after = done(comp, Freeze(selector=by_id("a"), duration=1))
    assert after.main == ("a", "v9", "b")
    assert spans(after) == {"a": (0, 60), "v9": (60, 90), "b": (80, 140)}


def test_the_first_frame_stands_before_the_rest() -> None:
    comp = track(60, 60, b={"fade_in": 10}, free=(title("t", "b", 0),))
    after = done(comp, Freeze(selector=by_id("b"), at=0, duration=1))
    assert shown(after) == [*range(60), *[0] * 30, *range(60)]
    assert (clip(after, "v9").fade_in, clip(after, "b").fade_in) == (10, 0)
    assert spans(after)["t"] == (90, 120)


def test_a_transition_that_is_yet_to_come_comes_after_the_still() -> None:
    fade = {"transition_in": Transition(frames=15)}
    comp = track(60, 60, b=fade)
    after = done(comp, Freeze(at=1.5, duration=1))
    assert shown(after) == [*range(45), *[45] * 30, *range(60)]
    assert clip(after, "b").transition_in == fade["transition_in"]
    assert receipt(comp, after) == (
        "Froze “A” at 0:01.5 for 1.0 s; everything after moved 1.0 s later",
    )


@pytest.mark.parametrize(("freeze", "name"), [(Freeze(at=2), "B"), (Freeze(at=1), "A")])
def test_of_two_pieces_of_a_clip_that_one_is_told_which_stands(freeze: Freeze, name: str) -> None:
    comp = track(60, 60)
    assert receipt(comp, done(comp, freeze))[0].startswith(f"Froze “{name}” at ")


def test_a_still_of_a_film_is_as_much_faster_as_the_rest() -> None:
    frozen = done(track(60), Freeze(at=1, duration=2))
    fast = done(frozen, Speed(selector=ByType(item_type="main"), rate=2))
    assert shown(fast) == [*range(0, 30, 2), *[30] * 30, *range(30, 60, 2)]


def test_what_plays_backwards_stands_at_what_is_seen() -> None:
    after = done(track(90, a=BACK), Freeze(at=1, duration=1))
    assert shown(after) == [*range(119, 89, -1), *[89] * 30, *range(89, 29, -1)]


def test_a_title_follows_its_picture() -> None:
    comp = track(90, free=(title("t", "a", 60), title("u", "a", 0)))
    assert spans(done(comp, Freeze(at=1, duration=1))) | {} == {
        "a": (0, 30),
        "v9": (30, 60),
        "a.30": (60, 120),
        "t": (90, 120),
        "u": (0, 30),
    }


def test_what_moves_stands_still_where_it_is() -> None:
    keys = {"scale": (Keyframe(frame=0, value=1), Keyframe(frame=60, value=2))}
    after = done(track(90, a={"keyframes": keys}), Freeze(at=1))
    assert clip(after, "v9").keyframes["scale"] == (Keyframe(frame=0, value=1.5),)


def test_a_still_of_a_film_can_be_split_trimmed_and_made_longer() -> None:
    comp = done(track(90), Freeze(at=1))
    longer = done(comp, Trim(selector=by_id("v9"), head=-1, tail=-30))
    assert clip(longer, "v9").duration == 60 + 30 + 900
    parts = done(comp, Split(at=(2,)), Cut(ranges=((1, 1.5),)))
    assert shown(parts) == [*range(30), *[30] * 45, *range(30, 90)]
    assert receipt(longer, comp) == (
        "Trimmed “A freeze” to 2.0 s (was 33.0 s); everything after moved 31.0 s earlier",
    )


def test_two_moments_of_one_message_are_of_the_film_before() -> None:
    after = done(track(90), Freeze(at=1, duration=1), Freeze(at=2, duration=1))
    assert shown(after) == [*range(30), *[30] * 30, *range(30, 60), *[60] * 30, *range(60, 90)]


@pytest.mark.parametrize(
    ("freeze", "said"),
    [
        (Freeze(selector=by_id("t")), "“t” does not move; make it longer instead"),
        (Freeze(at=1.9), "There is a transition at 0:01.9"),
        (Freeze(at=99), "outside the film"),
        (Freeze(selector=by_id("a"), at=9), "there is no 9.0 s"),
    ],
)
def test_what_cannot_stand_still_is_told(freeze: Freeze, said: str) -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=10)}, free=(title("t", "a", 0),))
    with pytest.raises(InvalidEdit, match=said):
        done(comp, freeze)


def test_an_empty_film_cannot_stand_still() -> None:
    with pytest.raises(InvalidEdit, match="nothing on the main track"):
        done(track(), Freeze())


def test_a_new_frame_rate_keeps_the_frame_and_the_way() -> None:
    comp = done(track(90, 60, a=BACK), Freeze(at=1))
    after = done(comp, SetCanvas(fps=Rate(num=60)))
    assert clip(after, "v9").frozen == 178
    assert clip(after, "a").source_in == 240
    assert done(after, SetCanvas(fps=Rate(num=30))) == comp


@given(compositions(), moments, st.sampled_from([0.1, 1, 7.5]))
def test_freezing_adds_just_that_time_and_can_be_taken_back(
    comp: Composition, moment: Sketch, seconds: float
) -> None:
    froze, after = tried(comp, Plan(operations=(Freeze(at=moment(comp), duration=seconds),)), 99)
    assume(froze and comp.main)
    assert Diff.between(comp, after).reversed().apply(after) == comp
    assume(all(isinstance(item, Audio) or not item.transition_in for item in comp.items.values()))
    added = max(1, comp.canvas.fps.frames(seconds))
    assert layout(after).duration == layout(comp).duration + added
    stands = next(p for p in layout(after).main if p.item.id == "v99")
    before, now = film(comp), film(after)
    kept = now[: stands.start] + now[stands.end :]
    assert all(one.is_like(other) for one, other in zip(before, kept, strict=True))
    around = before[max(0, stands.start - 1) : stands.start + 1]
    assert any(abs(sight.moment - now[stands.start].moment) <= 1.5 for sight in around)
