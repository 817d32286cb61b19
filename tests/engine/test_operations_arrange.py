"""Add, delete, move, reorder, duplicate and replace."""

from typing import Any

import pytest
from hypothesis import assume, given
from pydantic import ValidationError

from bot.engine.composition import (
    Audio,
    Canvas,
    Composition,
    Image,
    ItemAnchor,
    TimeAnchor,
    Transition,
    Video,
)
from bot.engine.errors import InvalidEdit
from bot.engine.keyframes import Keyframe
from bot.engine.layout import layout
from bot.engine.operations import (
    Add,
    AddClip,
    Delete,
    Duplicate,
    Move,
    Reorder,
    Replace,
)
from bot.engine.operations.surgery import Names
from bot.engine.select import ByType
from bot.engine.timebase import Rate
from tests.engine.builders import (
    FILM,
    OTHER,
    by_id,
    called,
    clip,
    done,
    music,
    spans,
    title,
    track,
)
from tests.engine.film import alike, film
from tests.engine.strategies import Sketch, compositions, plan_for, reorderings, tried


def transitions(comp: Composition) -> list[int]:
    """How long the transition before each item of the main track is."""
    lengths = (clip(comp, key).transition_in for key in comp.main)
    return [each.frames if each else 0 for each in lengths]


# --- add -------------------------------------------------------------------------------------


def test_adding_behind_an_item_is_what_the_diagram_shows() -> None:
    comp = track(60, 60)
    after = done(comp, Add(item_type="video", clip="film", duration=1, after=by_id("a")))
    assert spans(after) == {"a": (0, 60), "v9": (60, 90), "b": (90, 150)}


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ({}, ["a", "b", "v9"]),
        ({"index": 0}, ["v9", "a", "b"]),
        ({"index": 2}, ["a", "b", "v9"]),
        ({"index": -1}, ["a", "b", "v9"]),
        ({"index": -2}, ["a", "v9", "b"]),
        ({"before": by_id("b")}, ["a", "v9", "b"]),
        ({"at": 1.9}, ["a", "v9", "b"]),
        ({"at": 0.9}, ["v9", "a", "b"]),
        ({"at": 4}, ["a", "b", "v9"]),
    ],
)
def test_an_added_clip_stands_where_it_was_asked_for(
    where: dict[str, Any], order: list[str]
) -> None:
    assert [*done(track(60, 60), Add(item_type="video", clip="film", **where)).main] == order


@pytest.mark.parametrize(
    ("add", "said"),
    [
        ({"item_type": "video", "clip": "film", "index": 3}, "no place number 4"),
        ({"item_type": "video", "clip": "film", "index": -4}, "no place"),
        ({"item_type": "video", "clip": "nothing"}, "no such clip in the bin"),
        ({"item_type": "video"}, "no such clip in the bin"),
        ({"item_type": "video", "clip": "logo"}, "“logo.png” cannot be used as video"),
        ({"item_type": "image", "clip": "film"}, "cannot be used as image"),
        ({"item_type": "audio", "clip": "silent"}, "“silent.mp4” cannot be used as audio"),
        ({"item_type": "audio", "clip": "song", "track": "main"}, "Sound alone"),
        ({"item_type": "video", "clip": "film", "duration": 11}, "“film.mp4” is only 10.0 s long"),
        ({"item_type": "video", "clip": "film", "source_in": 10}, "is only 10.0 s long"),
        ({"item_type": "text"}, "A text needs words"),
        ({"item_type": "text", "text": "Hi", "at": 4}, "ends at 0:04; nothing would be seen"),
        ({"item_type": "text", "text": "Hi", "at": 5}, "0:05 is outside the film"),
        ({"item_type": "text", "text": "Hi", "volume": 1}, "“Hi” is a text and has no volume"),
        ({"item_type": "text", "text": "Hi", "id": "a"}, "There is an item 'a' already"),
        ({"item_type": "video", "clip": "film", "after": by_id("t")}, "has a before and an after"),
    ],
)
def test_what_cannot_be_added_says_why(add: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidEdit, match=said):
        done(track(60, 60, free=(title("t", "a", 0),)), Add(**add))


def test_things_go_where_they_usually_go() -> None:
    comp = track(60, 90)
    after = done(
        comp,
        Add(item_type="text", text="The  End\n!", at=3),
        Add(item_type="image", clip="logo"),
        Add(item_type="audio", clip="song", at=1),
        Add(item_type="video", clip="other", track="overlay", at=2.5),
    )
    text, logo, song, inset = (after.items[key] for key in ("t9", "i9", "a9", "v9"))
    assert (text.anchor, text.duration, text.label) == (
        ItemAnchor(item="b", offset=30),
        90,
        "The End !",
    )
    assert (logo.anchor, logo.duration, logo.label) == (TimeAnchor(), 150, "logo")
    assert (song.anchor, song.duration) == (TimeAnchor(at=30), 120)
    assert isinstance(logo, Image)
    assert isinstance(inset, Video)
    assert (logo.transform.scale, inset.transform.scale) == (0.2, 0.35)
    assert (logo.transform.x, logo.transform.pivot_x) == pytest.approx((0.95, 1))


def test_a_loop_lasts_to_the_end_unless_its_length_is_given() -> None:
    comp = track(300)
    assert spans(done(comp, Add(item_type="audio", clip="song", loop=True)))["a9"] == (0, 300)
    timed = done(comp, Add(item_type="audio", clip="song", loop=True, duration=6))
    assert spans(timed)["a9"] == (0, 180)


def test_the_first_video_decides_the_format_until_somebody_chooses_one() -> None:
    phone = OTHER.but(id="p", fps=29.83)
    begun = done(Composition(), AddClip(clip=phone), Add(item_type="text", text="Hi", duration=2))
    after = done(begun, Add(item_type="video", clip="p"))
    assert (after.canvas.width, after.canvas.height) == (1080, 1920)
    assert after.canvas.fps == Rate.standard(29.97)
    assert not after.canvas.chosen
    assert spans(after) == {"v9": (0, 60), "t9": (0, 60)}
    chosen = Composition(canvas=Canvas(chosen=True), clips={"p": phone})
    assert done(chosen, Add(item_type="video", clip="p")).canvas == chosen.canvas


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(25, "25"), (120, "60"), (239.76, "60000/1001"), (17.3, "24000/1001"), (0, "30"), (12, "12")],
)
def test_the_rate_of_a_clip_becomes_a_usual_one(fps: float, rate: str) -> None:
    comp = done(Composition(), AddClip(clip=FILM.but(fps=fps)), Add(item_type="video", clip="film"))
    assert comp.canvas.fps == Rate.model_validate(rate)


def test_labels_get_the_next_free_number() -> None:
    comp = track(30, 30, 30, a={"label": "beach 3"}, b={"label": "Clip"}, c={"label": "Take 2024"})
    names = Names(comp)
    assert [names.label(label) for label in ("beach 3", "clip", "clip", "clip 2", "beach 3")] == [
        "beach 4",
        "clip 2",
        "clip 3",
        "clip 4",
        "beach 5",
    ]
    assert names.label("Take 2024") == "Take 2024 2"
    assert [len(names.label("x" * 80)) for _ in range(2)] == [80, 72]


def test_new_ids_are_made_from_the_number_of_the_revision() -> None:
    adds = [Add(item_type="text", text="Hi") for _ in range(3)]
    assert [*done(Composition(), *adds, serial=7).items] == ["t7", "t7x2", "t7x3"]


@pytest.mark.parametrize("bad", ["v.1", "1v", "", "V", "v" * 40])
def test_ids_from_outside_cannot_look_like_pieces(bad: str) -> None:
    with pytest.raises(ValidationError):
        Add(item_type="text", text="Hi", id=bad)


# --- delete ----------------------------------------------------------------------------------


def test_deleting_is_what_the_diagram_shows() -> None:
    comp = track(60, 90, 60, free=(title("t", "b", 15), title("u", "c", 15), music()))
    after = done(comp, Delete(selector=by_id("b")))
    assert spans(after) == {"a": (0, 60), "c": (60, 120), "u": (75, 105), "m": (0, 120)}


def test_deleting_everything_leaves_an_empty_film() -> None:
    comp = track(60, free=(title("t", "a", 0), music()))
    after = done(comp, Delete(selector=ByType(item_type="all")))
    assert (after.items, after.main, layout(after).duration) == ({}, (), 0)


def test_the_transition_behind_a_deleted_clip_stays_as_far_as_it_fits() -> None:
    fade = {"transition_in": Transition(frames=20)}
    comp = track(15, 60, 60, c=fade)
    assert transitions(done(comp, Delete(selector=by_id("b")))) == [0, 15]
    assert transitions(done(comp, Delete(selector=by_id("a")))) == [0, 20]


# --- move and reorder ------------------------------------------------------------------------


def test_moving_is_what_the_diagram_shows() -> None:
    after = done(track(60, 60, 60), Move(selector=by_id("a"), after=by_id("c")))
    assert spans(after) == {"b": (0, 60), "c": (60, 120), "a": (120, 180)}


@pytest.mark.parametrize(
    ("ids", "where", "order"),
    [
        ("a", {"index": 0}, "abcd"),
        ("a", {"index": 1}, "bacd"),
        ("a", {"index": 2}, "bcad"),
        ("a", {"index": 3}, "bcda"),
        ("a", {"index": -1}, "bcda"),
        ("d", {"index": 0}, "dabc"),
        ("d", {"index": -4}, "dabc"),
        ("c", {"index": 1}, "acbd"),
        ("c", {"before": by_id("a")}, "cabd"),
        ("a", {"after": by_id("a")}, "abcd"),
        ("a", {"before": by_id("c")}, "bacd"),
        ("c", {"at": 0}, "cabd"),
        ("a", {"at": 5.5}, "bcad"),
        ("ab", {"after": by_id("d")}, "cdab"),
        ("cd", {"index": 0}, "cdab"),
        ("bd", {"index": 1}, "abdc"),
        ("ac", {"before": by_id("d")}, "bacd"),
    ],
)
def test_items_move_as_a_block_to_where_they_were_asked(
    ids: str, where: dict[str, Any], order: str
) -> None:
    comp = track(60, 60, 60, 60, free=(title("t", "a", 5), title("u", "c", 5)))
    chosen = {"type": "anyOf", "of": [by_id(key) for key in ids]}
    after = done(comp, Move.model_validate({"selector": chosen, **where}))
    assert "".join(after.main) == order
    assert after.items == comp.items


@pytest.mark.parametrize("index", [4, -5, 10**20])
def test_a_place_that_does_not_exist_is_refused(index: int) -> None:
    with pytest.raises(InvalidEdit, match="no place number"):
        done(track(60, 60, 60, 60), Move(selector=by_id("a"), index=index))


def test_overlays_move_in_time_together() -> None:
    comp = track(150, 150, free=(title("t", "a", 30), title("u", "a", 75), music(at=9)))
    after = done(comp, Move(selector=ByType(item_type="text"), at=6))
    assert (spans(after)["t"], spans(after)["u"]) == ((180, 210), (225, 255))
    assert after.items["t"].anchor == ItemAnchor(item="b", offset=30)
    assert spans(done(comp, Move(selector=by_id("m"), at=2)))["m"] == (60, 180)
    for at in (10, 10.02):
        with pytest.raises(InvalidEdit, match="nothing would be seen"):
            done(comp, Move(selector=by_id("t"), at=at))
    with pytest.raises(InvalidEdit, match="Say to which time “t” should move"):
        done(comp, Move(selector=by_id("t"), index=0))


def test_a_clip_taken_off_the_main_track_takes_its_titles_along() -> None:
    comp = track(60, 90, 60, free=(title("t", "b", 15), title("u", "c", 5)))
    after = done(comp, Move(selector=by_id("b"), track="overlay", at=1))
    assert spans(after) == {
        "a": (0, 60),
        "c": (60, 120),
        "b": (30, 120),
        "t": (45, 75),
        "u": (65, 95),
    }
    assert clip(after, "b").transform.scale == 0.35
    stays = done(comp, Move(selector=by_id("b"), track="overlay"))
    assert spans(stays)["b"] == (60, 120)
    with pytest.raises(InvalidEdit, match="would not be seen"):
        done(comp, Move(selector=by_id("c"), track="overlay"))


def test_an_inset_put_on_the_main_track_fills_the_frame() -> None:
    comp = done(track(60, 60), Add(item_type="video", clip="other", track="overlay", at=1))
    after = done(comp, Move(selector=by_id("v9"), track="main", index=1))
    assert after.main == ("a", "v9", "b")
    assert clip(after, "v9").transform == clip(comp, "a").transform
    with pytest.raises(InvalidEdit, match="is sound and cannot stand on the main track"):
        done(track(60, free=(music(),)), Move(selector=by_id("m"), track="main"))


def test_reordering_is_what_the_diagram_shows() -> None:
    comp = track(60, 60, 60, free=(title("t", "a", 15),))
    after = done(comp, Reorder(order=(by_id("c"), by_id("a"))))
    assert spans(after) == {"c": (0, 60), "b": (60, 120), "a": (120, 180), "t": (135, 165)}


def test_an_order_that_names_an_item_twice_is_refused() -> None:
    with pytest.raises(InvalidEdit, match="names an item twice"):
        done(track(60, 60), Reorder(order=(by_id("a"), called("A"))))
    with pytest.raises(InvalidEdit, match="Only the main track"):
        done(track(60, free=(music(),)), Reorder(order=(by_id("a"), by_id("m"))))


def test_a_transition_stays_at_its_cut_when_the_clips_around_it_are_swapped() -> None:
    fade = {"transition_in": Transition(frames=20)}
    comp = track(60, 60, 60, b=fade)
    assert transitions(done(comp, Reorder(order=(by_id("b"), by_id("a"))))) == [0, 20, 0]
    assert transitions(done(comp, Move(selector=by_id("b"), index=0))) == [0, 20, 0]
    assert transitions(done(comp, Move(selector=by_id("a"), index=-1))) == [0, 0, 0]
    everywhere = track(60, 60, 60, b=fade, c=fade)
    turned = Reorder(order=(by_id("c"), by_id("b"), by_id("a")))
    assert transitions(done(everywhere, turned)) == [0, 20, 20]
    assert transitions(done(everywhere, Move(selector=by_id("a"), index=-1))) == [0, 20, 20]


@given(compositions(), reorderings)
def test_another_order_shows_the_same_pictures(comp: Composition, sketch: Sketch) -> None:
    moved, after = tried(comp, plan_for(comp, [sketch]), 99)
    assume(moved and comp.main)
    assert sorted(after.main) == sorted(comp.main)
    assert after.items.keys() == comp.items.keys()
    if not any(placed.overlap for c in (comp, after) for placed in layout(c).main):
        both = [sorted(film(c), key=lambda s: (s.what, s.moment)) for c in (comp, after)]
        assert alike(*both)


# --- duplicate and replace -------------------------------------------------------------------


def test_duplicating_is_what_the_diagram_shows() -> None:
    after = done(track(60, 60), Duplicate(selector=by_id("a")))
    assert spans(after) == {"a": (0, 60), "v9": (60, 120), "b": (120, 180)}
    assert after.items["v9"].label == "A 2"


def test_copies_stand_in_a_row_and_cut_hard() -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=20)})
    after = done(comp, Duplicate(selector=by_id("b"), times=2))
    assert [after.items[key].label for key in after.main] == ["A", "B", "B 2", "B 3"]
    assert transitions(after) == [0, 20, 0, 0]


def test_copies_of_a_free_item_follow_it_in_time() -> None:
    comp = track(90, 90, free=(title("t", "a", 30), music(to_end=True)))
    after = done(comp, Duplicate(selector=by_id("t"), times=3))
    assert [spans(after)[key] for key in ("t9", "t9x2", "t9x3")] == [
        (60, 90),
        (90, 120),
        (120, 150),
    ]
    for selector, times in ((by_id("t"), 5), (by_id("m"), 1)):
        with pytest.raises(InvalidEdit, match="There is no room behind"):
            done(comp, Duplicate(selector=selector, times=times))


def test_a_replacement_keeps_the_place_and_takes_the_name_of_its_clip() -> None:
    comp = track(90, 60, a={"label": "film 2", "source_in": 30, "volume": 0.5})
    after = done(
        comp,
        Replace(selector=by_id("a"), clip="other"),
        Replace(selector=by_id("b"), clip="silent"),
    )
    first, second = clip(after, "a"), clip(after, "b")
    assert (first.clip, first.source_in, first.duration, first.volume) == ("other", 0, 60, 0.5)
    assert (first.label, second.label) == ("other", "B")
    assert done(comp, Replace(selector=by_id("b"), clip="film")).items["b"].label == "B"


def test_a_picture_can_take_the_place_of_a_video_and_back() -> None:
    keys = {"volume": (Keyframe(frame=0, value=1),), "opacity": (Keyframe(frame=0, value=0.5),)}
    comp = track(90, free=(title("t", "a", 80, 9),), a={"speed": 1.5, "keyframes": keys})
    still = done(comp, Replace(selector=by_id("a"), clip="logo"))
    item = still.items["a"]
    assert isinstance(item, Image)
    assert (item.duration, [*item.keyframes]) == (90, ["opacity"])
    back = done(still, Replace(selector=by_id("a"), clip="other"))
    assert spans(back) == {"a": (0, 60), "t": (51, 60)}


def test_sound_can_be_replaced_by_sound_alone() -> None:
    comp = track(90, free=(music(frames=200, loop=True), title("t", "a", 0)))
    after = done(comp, Replace(selector=by_id("m"), clip="film"))
    assert isinstance(after.items["m"], Audio)
    assert after.items["m"].duration == 200
    for key, other in (("m", "logo"), ("m", "silent"), ("a", "song"), ("t", "film")):
        with pytest.raises(InvalidEdit, match="cannot take the place of"):
            done(comp, Replace(selector=by_id(key), clip=other))
    with pytest.raises(InvalidEdit, match="no such clip"):
        done(comp, Replace(selector=by_id("m"), clip="nothing"))
