"""Update, adjust, effect, animate, transition and canvas."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from bot.engine.composition import (
    Audio,
    Composition,
    Effect,
    ItemAnchor,
    Shape,
    Text,
    TimeAnchor,
    Transition,
)
from bot.engine.errors import InvalidEdit
from bot.engine.keyframes import Keyframe
from bot.engine.operations import (
    Add,
    Adjust,
    Animate,
    KeyframeAt,
    SetCanvas,
    SetEffect,
    SetTransition,
    Split,
    Update,
)
from bot.engine.operations.canvas import retimed
from bot.engine.operations.surgery import speed_of
from bot.engine.select import ByType
from bot.engine.style import Crop
from bot.engine.timebase import Rate
from tests.engine.builders import by_id, clip, done, music, spans, title, track
from tests.engine.strategies import compositions, rates


def words(comp: Composition, key: str) -> Text:
    item = comp.items[key]
    assert isinstance(item, Text)
    return item


# --- update ----------------------------------------------------------------------------------


def test_properties_land_where_they_live() -> None:
    comp = track(90, free=(title("t", "a", 0), music()))
    after = done(
        comp,
        Update(selector=by_id("a"), volume=0.5, muted=True, opacity=0.4, crop=Crop(left=0.2)),
        Update(selector=by_id("t"), size=0.1, color="#F00", outline="#000000", place="top-left"),
        Update(selector=by_id("m"), fade_in=1, fade_out="0:02", duck=True),
    )
    video, text, sound = clip(after, "a"), words(after, "t"), after.items["m"]
    assert (video.volume, video.muted, video.opacity) == (0.5, True, 0.4)
    assert video.transform.crop.left == 0.2
    assert (text.style.size, text.style.color, text.style.outline) == (0.1, "#ff0000", "#000000")
    assert (text.transform.x, text.transform.pivot_y) == (0.05, 0)
    assert (sound.fade_in, sound.fade_out) == (30, 60)
    plain = done(after, Update(selector=by_id("t"), outline="none"))
    assert words(plain, "t").style.outline is None


def test_one_axis_moves_without_the_other() -> None:
    comp = done(track(90, free=(title("t", "a", 0, 30),)), Update(selector=by_id("t"), place="top"))
    moved = words(done(comp, Update(selector=by_id("t"), x=0.3)), "t").transform
    assert (moved.x, moved.pivot_x, moved.y, moved.pivot_y) == (0.3, 0.5, 0.05, 0)


def test_a_shape_has_a_colour_of_its_own() -> None:
    comp = done(track(90), Add(item_type="shape", color="#112233", width=0.5))
    shape = comp.items["s9"]
    assert isinstance(shape, Shape)
    assert (shape.color, shape.width) == ("#112233", 0.5)


@pytest.mark.parametrize(
    ("key", "changes", "said"),
    [
        ("t", {"volume": 1}, "“t” is a text and has no volume"),
        ("a", {"text": "Hi"}, "“A” is a video and has no text"),
        ("m", {"opacity": 1}, "“m” is a sound and has no opacity"),
        ("m", {"place": "top"}, "has no place"),
        ("a", {"to_end": True}, "has a length of its own"),
        ("t", {"size": 5}, "Size: "),
        ("a", {"volume": 17}, "Volume: "),
        ("a", {"fade_in": -1}, "Fade in: "),
        ("a", {}, "changes nothing"),
    ],
)
def test_a_property_that_an_item_does_not_have_is_refused(
    key: str, changes: dict[str, Any], said: str
) -> None:
    comp = track(60, free=(title("t", "a", 0), music()))
    with pytest.raises(InvalidEdit, match=said):
        done(comp, Update(selector=by_id(key), **changes))


def test_a_text_bears_its_words_as_label_until_it_is_named() -> None:
    comp = done(track(90), Add(item_type="text", text="Hello"), Add(item_type="text", text="Hello"))
    changed = done(comp, Update(selector=by_id("t9x2"), text="Good  bye"))
    assert words(changed, "t9x2").label == "Good bye"
    named = done(comp, Update(selector=by_id("t9"), label="greeting"))
    assert words(done(named, Update(selector=by_id("t9"), text="Hi")), "t9").label == "greeting"


def test_one_label_for_many_is_numbered() -> None:
    after = done(track(9, 9, 9), Update(selector=ByType(item_type="main"), label="beach"))
    assert [after.items[key].label for key in "abc"] == ["beach", "beach 2", "beach 3"]
    again = done(after, Update(selector=by_id("a"), label="Beach"))
    assert again.items["a"].label == "Beach"


def test_music_that_loops_lasts_to_the_end() -> None:
    comp = track(300, free=(music(),))
    assert spans(done(comp, Update(selector=by_id("m"), loop=True)))["m"] == (0, 300)
    once = done(comp, Update(selector=by_id("m"), loop=True, to_end=False))
    assert spans(once)["m"] == (0, 120)


def test_a_stretch_is_split_out_and_changed() -> None:
    comp = track(90, 90, free=(music(),))
    after = done(comp, Update(start=2, end=4, muted=True))
    muted = [key for key in after.main if clip(after, key).muted]
    assert (muted, spans(after)["a.60"], spans(after)["b"]) == (["a.60", "b"], (60, 90), (90, 120))
    quiet = done(comp, Update(selector=by_id("m"), start=1, end=2, volume=0))
    sounds = [item.volume for item in quiet.items.values() if isinstance(item, Audio)]
    assert sounds == [1, 0, 1]


def test_an_edge_inside_a_transition_counts_as_the_cut() -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=20)})
    after = done(comp, Update(start=1.5, end=3, muted=True))
    assert (after.main, clip(after, "a").muted) == (("a", "b", "b.50"), False)
    assert clip(after, "b").transition_in == Transition(frames=20)
    assert [clip(after, key).muted for key in ("b", "b.50")] == [True, False]


def test_what_was_animated_stands_still_at_a_new_value() -> None:
    keys = (KeyframeAt(at=0, value=0), KeyframeAt(value=1))
    moving = done(
        track(60),
        Animate(selector=by_id("a"), property="opacity", frames=keys),
        Animate(selector=by_id("a"), property="x", frames=keys),
    )
    assert [*done(moving, Update(selector=by_id("a"), opacity=1)).items["a"].keyframes] == ["x"]
    placed = done(moving, Update(selector=by_id("a"), place="center"))
    assert [*placed.items["a"].keyframes] == ["opacity"]


# --- adjust, effect, animate -----------------------------------------------------------------


def test_relative_changes_start_from_the_present_value() -> None:
    comp = track(60, free=(title("t", "a", 0),), a={"volume": 0.5})
    after = done(
        comp,
        Adjust(selector=by_id("a"), property="volume", times=0.5),
        Adjust(selector=by_id("a"), property="scale", times=1.2),
        Adjust(selector=by_id("a"), property="x", plus=-0.1),
        Adjust(selector=by_id("t"), property="size", plus=0.02),
    )
    assert (clip(after, "a").volume, clip(after, "a").transform.scale) == (0.25, 1.2)
    assert (clip(after, "a").transform.x, words(after, "t").style.size) == (0.4, 0.1)


def test_relative_changes_carry_an_animation_along() -> None:
    keys = {"volume": (Keyframe(frame=0, value=1), Keyframe(frame=9, value=0.5))}
    after = done(
        track(60, a={"keyframes": keys}),
        Adjust(selector=by_id("a"), property="volume", times=0.5),
    )
    assert [key.value for key in after.items["a"].keyframes["volume"]] == [0.5, 0.25]


@pytest.mark.parametrize(
    ("adjust", "said"),
    [
        ({"property": "opacity", "times": 2}, "opacity of “A” can be 0 to 1, not 2"),
        ({"property": "size"}, "“A” has no size"),
        ({"property": "volume", "times": 1e308, "plus": 1e308}, "can be 0 to 16"),
    ],
)
def test_impossible_adjustments_are_refused(adjust: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidEdit, match=said):
        done(track(60), Adjust(selector=by_id("a"), **adjust))


def test_effects_are_set_changed_and_removed_in_their_order() -> None:
    main = ByType(item_type="main")
    comp = done(
        track(60),
        SetEffect(selector=main, kind="sepia", amount=0.5),
        SetEffect(selector=main, kind="contrast", amount=1.2),
        SetEffect(selector=main, kind="sepia", plus=0.25),
    )
    effects = (Effect(kind="sepia", amount=0.75), Effect(kind="contrast", amount=1.2))
    assert clip(comp, "a").effects == effects
    neutral = done(comp, SetEffect(selector=main, kind="contrast", plus=-0.2))
    assert clip(neutral, "a").effects == effects[:1]
    assert clip(done(comp, SetEffect(selector=main, remove=True)), "a").effects == ()
    without = done(comp, SetEffect(selector=main, kind="sepia", remove=True))
    assert clip(without, "a").effects == effects[1:]


@pytest.mark.parametrize(
    "how", [{}, {"kind": "blur"}, {"amount": 1}, {"kind": "blur", "amount": 0.1, "plus": 1}]
)
def test_an_effect_needs_a_kind_and_one_way(how: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="an effect needs"):
        SetEffect(selector=by_id("a"), **how)


def test_effects_out_of_range_or_on_sound_are_refused() -> None:
    comp = track(60, free=(music(),))
    with pytest.raises(InvalidEdit, match=r"The blur goes from 0 to 0.2, not 1"):
        done(comp, SetEffect(selector=by_id("a"), kind="blur", amount=1))
    with pytest.raises(InvalidEdit, match="“m” is sound"):
        done(comp, SetEffect(selector=by_id("m"), kind="blur", amount=0.1))


def test_keyframes_count_from_the_start_or_from_the_end() -> None:
    keys = (KeyframeAt(value=0), KeyframeAt(at=-1, value=1), KeyframeAt(at=0.5, value=0.5))
    after = done(track(90), Animate(selector=by_id("a"), property="opacity", frames=keys))
    moves = after.items["a"].keyframes["opacity"]
    assert [(key.frame, key.value) for key in moves] == [(15, 0.5), (60, 1), (89, 0)]
    still = done(after, Animate(selector=by_id("a"), property="opacity"))
    assert still.items["a"].keyframes == {}


@pytest.mark.parametrize(
    ("key", "name", "at", "value", "said"),
    [
        ("m", "opacity", 0, 1, "“m” has no opacity"),
        ("t", "volume", 0, 1, "“t” has no volume"),
        ("a", "opacity", 0, 2, "goes from 0 to 1"),
        ("a", "scale", 4, 1, "“A” lasts 3.0 s; a keyframe lies outside"),
        ("a", "scale", -4, 1, "a keyframe lies outside"),
    ],
)
def test_what_cannot_be_animated_says_why(
    key: str, name: Any, at: float, value: float, said: str
) -> None:
    comp = track(90, free=(title("t", "a", 0), music()))
    animate = Animate(selector=by_id(key), property=name, frames=(KeyframeAt(at=at, value=value),))
    with pytest.raises(InvalidEdit, match=said):
        done(comp, animate)


# --- transitions -----------------------------------------------------------------------------


def test_a_crossfade_is_what_the_diagram_shows() -> None:
    after = done(track(60, 60), SetTransition(selector=by_id("b"), duration=0.5))
    assert spans(after) == {"a": (0, 60), "b": (45, 105)}
    assert done(after, SetTransition(kind="none")) == track(60, 60)


def test_transitions_at_all_cuts_share_short_clips_fairly() -> None:
    after = done(track(60, 10, 60), SetTransition(kind="wipe", direction="up", duration=1))
    shown = [clip(after, key).transition_in for key in after.main]
    assert shown == [
        None,
        Transition(kind="wipe", frames=5, direction="up"),
        Transition(kind="wipe", frames=5, direction="up"),
    ]


def test_a_transition_that_is_too_long_or_has_no_cut_is_refused() -> None:
    comp = track(60, 30)
    with pytest.raises(InvalidEdit, match=r"Between “A” and “B” a transition can last 0.97 s"):
        done(comp, SetTransition(selector=by_id("b"), duration=1.5))
    with pytest.raises(InvalidEdit, match="two clips next to each other"):
        done(comp, SetTransition(selector=by_id("a")))


# --- canvas ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "size"),
    [
        ({"aspect": "9:16"}, (1080, 1920)),
        ({"aspect": "1x1"}, (1080, 1080)),
        ({"aspect": "2.39:1"}, (2582, 1080)),
        ({"short_side": 720}, (1280, 720)),
        ({"aspect": "9/16", "short_side": 361}, (362, 644)),
        ({"width": 1280}, (1280, 720)),
        ({"height": 720}, (1280, 720)),
        ({"width": 1080, "aspect": "9:16"}, (1080, 1920)),
        ({"width": 500, "height": 501}, (500, 502)),
    ],
)
def test_a_format_follows_from_what_was_given(how: dict[str, Any], size: tuple[int, int]) -> None:
    canvas = done(track(60), SetCanvas(**how)).canvas
    assert ((canvas.width, canvas.height), canvas.chosen) == (size, True)


def test_pictures_fill_a_frame_of_another_shape() -> None:
    comp = track(60)
    fits = [
        clip(done(comp, SetCanvas(**how)), "a").transform.fit
        for how in ({"aspect": "9:16"}, {"aspect": "9:16", "fit": "contain"}, {"short_side": 720})
    ]
    assert fits == ["cover", "contain", "contain"]


def test_a_background_alone_chooses_no_format() -> None:
    after = done(Composition(), SetCanvas(background="#FFF"))
    assert (after.canvas.background, after.canvas.chosen) == ("#ffffff", False)


@pytest.mark.parametrize(
    "how",
    [{}, {"aspect": "0:1"}, {"aspect": "16"}, {"width": 10**30}, {"height": 2}, {"fps": "1000"}],
)
def test_impossible_formats_are_refused_when_they_are_read(how: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SetCanvas(**how)


def test_an_extreme_shape_is_refused() -> None:
    with pytest.raises(InvalidEdit, match="16 to 7680 pixels a side"):
        done(track(60), SetCanvas(aspect="99:1"))


def test_all_frame_numbers_are_converted_with_the_rate() -> None:
    keys = {"opacity": (Keyframe(frame=30, value=1),)}
    fade = {
        "fade_in": 15,
        "source_in": 30,
        "transition_in": Transition(frames=10),
        "keyframes": keys,
    }
    comp = track(90, 60, b=fade, free=(title("t", "b", 59), music(at=15)))
    after = done(comp, SetCanvas(fps=Rate(num=60)))
    video = clip(after, "b")
    assert (video.duration, video.source_in, video.fade_in) == (120, 60, 30)
    assert (video.transition_in, video.keyframes["opacity"][0].frame) == (Transition(frames=20), 60)
    assert after.items["t"].anchor == ItemAnchor(item="b", offset=118)
    assert after.items["m"].anchor == TimeAnchor(at=30)
    assert done(after, SetCanvas(fps=Rate(num=30))) == comp
    slow = done(comp, SetCanvas(fps=Rate(num=10)))
    assert slow.items["t"].anchor == ItemAnchor(item="b", offset=19)


@given(compositions(), rates)
def test_another_rate_moves_nothing_by_more_than_its_frames(comp: Composition, rate: Rate) -> None:
    after = retimed(comp, rate)
    frame = max(1 / comp.canvas.fps.value, 1 / rate.value)
    for key, item in comp.items.items():
        lengths = [c.canvas.fps.seconds(c.items[key].duration) for c in (comp, after)]
        source_frame = frame / Fraction(min(1.0, speed_of(item)))  # footage is counted whole
        # The start is rounded once, and the length of the clip at either rate: half a frame each.
        assert abs(lengths[0] - lengths[1]) <= 1.51 * source_frame, item


def test_a_split_and_a_new_rate_in_one_message_agree_about_the_time() -> None:
    comp = track(90, 90)
    after = done(comp, SetCanvas(fps=Rate(num=60)), Split(at=(4,)))
    assert spans(after)["b"] == (180, 240)
