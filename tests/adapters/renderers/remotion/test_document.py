"""What the player is told: every kind of item, in numbers."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.renderers.lowering.scene import Still
from bot.adapters.renderers.remotion.curves import Curve, curve
from bot.adapters.renderers.remotion.document import Drawing, document
from bot.engine.composition import (
    EFFECT_RANGE,
    Audio,
    Effect,
    Image,
    Item,
    Shape,
    Text,
    TimeAnchor,
    Transition,
    Video,
)
from bot.engine.keyframes import Keyframe, value
from bot.engine.layout import Timeline
from bot.engine.style import Crop, Transform
from tests.adapters.renderers.conftest import Studio
from tests.adapters.renderers.test_local_pictures import shape, video

LIMIT = 193_976
SIGNED = "https://bucket.example.com/" + 600 * "x"


@pytest.fixture
def bin_(studio: Studio) -> Studio:
    return filled(studio)


def filled(studio: Studio) -> Studio:
    """A studio with clips that exist on paper only."""
    studio.add(Path("a.mp4"), "video", seconds=600, width=1920, height=1080, has_audio=True)
    studio.add(Path("b.mp4"), "video", seconds=600, width=720, height=1280, has_audio=False)
    studio.add(Path("m.mp3"), "audio", seconds=60, has_audio=True)
    studio.add(Path("i.png"), "image", width=400, height=300)
    return studio


def written(timeline: Timeline) -> dict[str, Any]:
    """The document as the player reads it."""
    links = {clip: f"{SIGNED}{clip}" for clip in timeline.clips}
    stills = {
        placed.item.id: Drawing(
            f"{SIGNED}{placed.item.id}.png",
            Still(Path(f"/{placed.item.id}.png"), 10, 20, (30, 40), (26, 36), 1),
        )
        for placed in timeline.placed
        if isinstance(placed.item, Text | Shape | Image)
    }
    read: dict[str, Any] = json.loads(
        json.dumps(document(timeline, links, stills), allow_nan=False)
    )
    return read


def at(points: Curve, frame: float) -> float:
    """What the player makes of a curve."""
    if not isinstance(points, list):
        return points
    pairs = list(zip(points[::2], points[1::2], strict=True))
    if frame <= pairs[0][0]:
        return pairs[0][1]
    for (before, one), (after, other) in pairwise(pairs):
        if frame < after:
            return one + (other - one) * (frame - before) / (after - before)
    return pairs[-1][1]


def keys(*pairs: tuple[int, float], easing: Any = "linear") -> tuple[Keyframe, ...]:
    return tuple(Keyframe(frame=frame, value=amount, easing=easing) for frame, amount in pairs)


# --- curves ----------------------------------------------------------------------------------


@given(
    values=st.lists(st.floats(-4000, 4000), min_size=1, max_size=60),
    tolerance=st.sampled_from([0, 0.002, 0.5]),
)
def test_a_curve_stays_within_its_tolerance(values: list[float], tolerance: float) -> None:
    points = curve(values, tolerance)
    for frame, wanted in enumerate(values):
        assert at(points, frame) == pytest.approx(wanted, abs=tolerance + 0.0002)
    if isinstance(points, list):
        assert all(one < other for one, other in pairwise(points[::2]))


def test_a_curve_needs_few_points() -> None:
    assert curve([7.0] * 50) == 7
    assert curve([0, 2, 4, 6, 6, 6, 6, 3]) == [0, 0, 3, 6, 6, 6, 7, 3]
    assert curve([1.0]) == 1
    eased = [1920 * (frame / 900) ** 2 for frame in range(900)]
    assert len(curve(eased, 0.05)) < 300  # type: ignore[arg-type]


# --- the film --------------------------------------------------------------------------------


def test_the_film_has_its_measures(bin_: Studio) -> None:
    film = written(bin_.timeline([video("a", 60)], fps="30000/1001", background="#11223380"))
    assert film["version"] == 1
    assert film["canvas"] == [160, 90]
    assert film["fps"] == [30_000, 1001]
    assert film["frames"] == 60
    assert film["background"] == "#112233"


def test_a_film_of_no_frames_has_no_document(bin_: Studio) -> None:
    with pytest.raises(ValueError, match="0 frames"):
        written(bin_.timeline([]))


def test_an_address_is_told_once_however_often_it_is_used(bin_: Studio) -> None:
    film = written(bin_.timeline([video("a", 9, id=f"a{n}") for n in range(50)]))
    assert film["media"] == [SIGNED + "a"]
    assert {shot["layer"]["src"] for shot in film["shots"]} == {0}


def test_sounds_that_start_together_have_addresses_of_their_own(bin_: Studio) -> None:
    film = written(bin_.timeline([video("a", 30)], video("a", 30, id="inset")))
    assert film["media"] == [SIGNED + "a", SIGNED + "a#1"]
    assert [sound["src"] for sound in film["sounds"]] == [0, 1]


def test_a_long_film_stays_below_what_a_function_takes(bin_: Studio) -> None:
    fades: dict[str, Any] = {"fade_in": 15, "fade_out": 15}
    change = Transition(frames=12)
    main = [video("a", 150, id=f"v{n}", source_in=40 * n, transition_in=change) for n in range(200)]
    moving = {"x": keys((0, -0.5), (20, 0.5), easing="ease-out"), "opacity": keys((0, 0), (30, 1))}
    titles = [
        Text(id=f"t{n}", label="t", text="T", duration=90, anchor=TimeAnchor(at=300 * n), **fades)
        for n in range(80)
    ]
    thirds = [
        title.but(id=f"l{n}", keyframes=moving, layer=1) for n, title in enumerate(titles[:40])
    ]
    music = Audio(id="m", label="m", clip="m", duration=90, loop=True, duck=True, to_end=True)
    film = written(bin_.timeline(main, *titles, *thirds, music, width=1920, height=1080))
    assert len(film["shots"]) == 200
    assert len(json.dumps({"ir": film}, separators=(",", ":"))) < LIMIT


# --- pictures --------------------------------------------------------------------------------


def test_footage_is_looked_up_a_little_late_so_that_rounded_times_do_not_matter(
    bin_: Studio,
) -> None:
    film = written(
        bin_.timeline(
            [
                video("a", 60, id="x", source_in=40),
                video("a", 60, id="y", source_in=40, speed=2),
                video("a", 60, id="z", source_in=40, speed=0.5),
            ]
        )
    )
    shown = [shot["layer"]["footage"] for shot in film["shots"]]
    assert [each["first"] for each in shown] == [40.25, 40.25, 40.125]
    assert [each["speed"] for each in shown] == [1, 2, 0.5]


def test_what_goes_back_has_a_negative_speed_and_what_stands_none(bin_: Studio) -> None:
    back = video("a", 30, id="b", source_in=90, backwards=True, speed=0.5)
    film = written(bin_.timeline([back, video("a", 30, id="f", frozen=77)]))
    first, second = (shot["layer"]["footage"] for shot in film["shots"])
    assert (first["first"], first["speed"]) == (89.625, -0.5)
    assert (second["first"], second["speed"]) == (77.25, 0)
    assert film["sounds"] == []


def test_a_clip_of_another_shape_stands_in_the_middle(bin_: Studio) -> None:
    film = written(bin_.timeline([video("b", 30)], width=1280, height=720))
    layer = film["shots"][0]["layer"]
    left, top, width, height = layer["place"]
    assert (top, height) == (0, 720)
    assert 2 * left + width == 1280
    assert layer["footage"]["picture"] == [0, 0, width, 720]


def test_a_crop_leaves_the_rest_of_the_picture_outside(bin_: Studio) -> None:
    half = Transform(crop=Crop(left=0.5), fit="stretch", flip_h=True)
    film = written(bin_.timeline([video("a", 30, transform=half)], width=1280, height=720))
    layer = film["shots"][0]["layer"]
    assert layer["place"] == [0, 0, 1280, 720]
    assert layer["footage"]["picture"] == [-1280, 0, 2560, 720]
    assert layer["footage"]["flip"] == [-1, 1]


def test_what_is_drawn_stands_where_it_was_drawn(bin_: Studio) -> None:
    title = shape("#ff0000", 20, anchor=TimeAnchor(at=5))
    (overlay,) = written(bin_.timeline([video("a", 60)], title))["overlays"]
    assert overlay == {"at": 5, "frames": 20, "src": 1, "alpha": 255, "place": [10, 20, 30, 40]}


def test_pictures_and_texts_stand_on_the_main_track_too(bin_: Studio) -> None:
    image = Image(id="i", label="i", clip="i", duration=10)
    text = Text(id="t", label="t", text="Hello", duration=20)
    film = written(bin_.timeline([image, text, video("a", 30, enabled=False)]))
    assert [shot["at"] for shot in film["shots"]] == [0, 10, 30]
    assert [film["media"][shot["layer"]["src"]] for shot in film["shots"][:2]] == [
        SIGNED + "i.png",
        SIGNED + "t.png",
    ]
    assert film["shots"][2] == {"at": 30, "frames": 30}


def test_fades_are_straight_lines(bin_: Studio) -> None:
    film = written(bin_.timeline([video("a", 60, fade_in=10, fade_out=20)]))
    assert film["shots"][0]["layer"]["alpha"] == [0, 0, 10, 255, 39, 255, 59, 0]


@pytest.mark.parametrize("easing", ["linear", "ease-in", "ease-out", "ease-in-out", "hold"])
def test_motion_follows_the_keyframes(bin_: Studio, easing: Any) -> None:
    across, up = keys((3, 0.2), (23, 0.8), easing=easing), keys((0, 0.5), (30, 1), easing=easing)
    moving = shape("#ff0000", 40, keyframes={"x": across, "scale": up})
    (overlay,) = written(bin_.timeline([video("a", 60)], moving, width=1280, height=720))[
        "overlays"
    ]
    place = overlay["place"]
    assert place["size"] == [30, 40]
    assert place["snap"] is False
    for frame in range(40):
        assert at(place["x"], frame) == pytest.approx(1280 * value(across, frame), abs=0.06)
        assert at(place["y"], frame) == 360
        assert at(place["scale"], frame) == pytest.approx(value(up, frame), abs=0.001)


def test_what_only_changes_its_place_goes_by_whole_pixels(bin_: Studio) -> None:
    moving = shape("#ff0000", 40, keyframes={"x": keys((0, 0), (20, 1))})
    (overlay,) = written(bin_.timeline([video("a", 60)], moving))["overlays"]
    assert overlay["place"]["snap"] is True


def test_effects_become_matrices_and_blurs_in_their_order(bin_: Studio) -> None:
    effects = [("contrast", 2), ("blur", 0.1), ("brightness", 0.5), ("grayscale", 1)]
    item = video("a", 9, effects=tuple(Effect(kind=k, amount=a) for k, a in effects))
    film = written(bin_.timeline([item]))
    contrast, blur, brightness, gray = film["shots"][0]["layer"]["footage"]["effects"]
    assert contrast["matrix"][:5] == [2, 0, 0, 0, -0.5]
    assert blur == {"blur": 9}
    assert brightness["matrix"][5:10] == [0, 1, 0, 0, 0.5]
    assert gray["matrix"][10:] == [0.2126, 0.7152, 0.0722, 0, 0, 0, 0, 0, 1, 0]


# --- transitions -----------------------------------------------------------------------------


def joined(studio: Studio, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    change = Transition(frames=10, **how)
    main: list[Item] = [video("a", 30), video("b", 30, transition_in=change)]
    before, after = written(studio.timeline(main))["shots"]
    assert (before["at"], after["at"]) == (0, 20)
    return before, after


def test_a_crossfade_lets_the_later_shot_appear(bin_: Studio) -> None:
    before, after = joined(bin_)
    assert set(before) == {"at", "frames", "layer"}
    assert after["show"] == [0, 0, 10, 255, 29, 255]


def test_a_dip_darkens_one_after_the_other(bin_: Studio) -> None:
    before, after = joined(bin_, kind="dip")
    assert at(before["veil"], 20) == 25.5 * 2
    assert at(before["veil"], 24) == 255
    assert [at(after["show"], frame) for frame in (0, 4, 5, 29)] == [0, 0, 255, 255]
    assert [at(after["veil"], frame) for frame in (5, 10, 29)] == [255, 0, 0]


@pytest.mark.parametrize(
    ("direction", "side", "seen"),
    [("left", 3, 96 + 1), ("right", 1, 160 - 64 - 1), ("up", 0, 54 + 1), ("down", 2, 90 - 36 - 1)],
)
def test_a_wipe_uncovers_the_later_shot(bin_: Studio, direction: str, side: int, seen: int) -> None:
    before, after = joined(bin_, kind="wipe", direction=direction)
    assert "cut" not in before
    assert at(after["cut"][side], 4) == seen
    assert [at(edge, 10) for edge in after["cut"]] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("direction", "offset"), [("left", (96, 0)), ("right", (-96, 0)), ("up", (0, 54))]
)
def test_a_slide_moves_both_shots(bin_: Studio, direction: str, offset: tuple[int, int]) -> None:
    before, after = joined(bin_, kind="slide", direction=direction)
    x, y = (at(axis, 4) for axis in after["shift"])
    assert (x, y) == offset
    gone = [at(axis, 24) for axis in before["shift"]]
    assert {abs(x - gone[0]), abs(y - gone[1])} <= {0, 160, 90}
    assert [at(axis, 19) for axis in before["shift"]] == [0, 0]


# --- sound -----------------------------------------------------------------------------------


def test_volume_fades_and_crossings_are_one_gain(bin_: Studio) -> None:
    change = Transition(frames=10)
    main: list[Item] = [
        video("a", 30, id="x", volume=0.5, fade_in=10),
        video("a", 30, id="y", source_in=90, transition_in=change),
    ]
    one, two = written(bin_.timeline(main))["sounds"]
    assert (two["at"], two["first"], two["frames"]) == (20, 90, 30)
    assert at(one["gain"], 4) == pytest.approx(0.5 * 0.45, abs=0.02)
    assert at(one["gain"], 15) == pytest.approx(0.5, abs=0.01)
    assert 4 * at(one["gain"], 23) ** 2 + at(two["gain"], 3) ** 2 == pytest.approx(1, abs=0.02)


def test_muted_silent_and_disabled_items_are_not_heard(bin_: Studio) -> None:
    main = [video("a", 9, muted=True), video("b", 9), video("a", 9, id="off", enabled=False)]
    assert written(bin_.timeline(main))["sounds"] == []


def test_music_makes_room_for_speech_and_comes_back(bin_: Studio) -> None:
    music = Audio(id="m", label="m", clip="m", duration=200, duck=True)
    main: list[Item] = [video("b", 60, id="x"), video("a", 60), video("b", 60, id="y")]
    (_, gain) = sorted(
        (sound["src"], sound["gain"]) for sound in written(bin_.timeline(main, music))["sounds"]
    )[1]
    assert at(gain, 30) == 1
    assert at(gain, 100) == pytest.approx((0.1 / 0.03) ** (-7 / 8), abs=0.01)
    assert at(gain, 60) < 0.5
    assert at(gain, 122) < 0.6
    assert at(gain, 140) == 1


def test_quiet_sounds_on_the_main_track_leave_the_music_alone(bin_: Studio) -> None:
    music = Audio(id="m", label="m", clip="m", duration=60, duck=True)
    sounds = written(bin_.timeline([video("a", 60, volume=0.2)], music))["sounds"]
    assert [sound["gain"] for sound in sounds] == [0.2, 1]


def test_a_loop_repeats_what_it_plays(bin_: Studio) -> None:
    music = Audio(id="m", label="m", clip="m", duration=30, source_in=15, loop=True, to_end=True)
    (sound,) = written(bin_.timeline([video("b", 100)], music))["sounds"]
    assert (sound["first"], sound["loop"], sound["frames"]) == (15, 30, 100)


# --- anything --------------------------------------------------------------------------------

fraction = st.floats(0, 0.45)
easings = st.sampled_from(["linear", "ease-in", "ease-out", "ease-in-out", "hold"])
places = st.builds(
    Transform,
    x=st.floats(-2, 3),
    y=st.floats(-2, 3),
    pivot_x=st.floats(0, 1),
    pivot_y=st.floats(0, 1),
    scale=st.floats(0.01, 20),
    rotation=st.sampled_from([0, 30, -720, 3599.9]),
    flip_h=st.booleans(),
    fit=st.sampled_from(["contain", "cover", "stretch"]),
    crop=st.builds(Crop, left=fraction, top=fraction, right=fraction, bottom=fraction),
)
effects = st.sampled_from(sorted(EFFECT_RANGE)).flatmap(
    lambda kind: st.builds(Effect, kind=st.just(kind), amount=st.floats(*EFFECT_RANGE[kind]))
)


def moves(*names: str) -> st.SearchStrategy[dict[str, tuple[Keyframe, ...]]]:
    key = st.builds(
        Keyframe, frame=st.integers(-20, 80), value=st.floats(-5000, 5000), easing=easings
    )
    return st.dictionaries(st.sampled_from(names), st.lists(key, min_size=1, max_size=4).map(tuple))


common: dict[str, Any] = {
    "label": st.just("x"),
    "duration": st.integers(1, 60),
    "enabled": st.booleans(),
    "fade_in": st.integers(0, 30),
    "fade_out": st.integers(0, 30),
}
seen: dict[str, Any] = {
    "opacity": st.floats(0, 1),
    "transform": places,
    "keyframes": moves("opacity", "x", "y", "scale", "rotation", "volume"),
}
heard: dict[str, Any] = {
    "speed": st.floats(0.1, 16),
    "volume": st.floats(0, 16),
    "muted": st.booleans(),
    "source_in": st.integers(0, 1700),
}
videos = st.builds(
    Video,
    id=st.just("x"),
    clip=st.sampled_from(["a", "b"]),
    effects=st.lists(effects, max_size=3).map(tuple),
    **common,
    **seen,
    **heard,
)
stills = st.one_of(
    st.builds(Shape, id=st.just("x"), **common, **seen),
    st.builds(Text, id=st.just("x"), text=st.just("é"), **common, **seen),
    st.builds(Image, id=st.just("x"), clip=st.just("i"), **common, **seen),
)
audios = st.builds(
    Audio,
    id=st.just("x"),
    clip=st.sampled_from(["a", "m"]),
    loop=st.booleans(),
    duck=st.booleans(),
    to_end=st.booleans(),
    keyframes=moves("volume"),
    **common,
    **heard,
)
kinds = st.sampled_from(["crossfade", "dip", "wipe", "slide"])
ways = st.sampled_from(["left", "right", "up", "down"])


@settings(max_examples=40)
@given(
    main=st.lists(st.tuples(st.one_of(videos, stills), kinds, ways), max_size=5),
    loose=st.lists(st.tuples(st.one_of(videos, stills, audios), st.integers(0, 90)), max_size=5),
    fps=st.sampled_from(["24000/1001", "30", "60"]),
)
def test_any_film_has_a_sound_document(
    main: list[tuple[Item, Any, Any]], loose: list[tuple[Item, int]], fps: str
) -> None:
    track: list[Item] = []
    for index, (item, kind, way) in enumerate(main):
        left = track[-1].duration - _overlap(track[-1]) if track else 0
        frames = min(7, left, item.duration - 1)
        change = Transition(kind=kind, direction=way, frames=frames) if frames > 0 else None
        track.append(item.but(id=f"a{index}", transition_in=change))
    others = [
        item.but(id=f"b{index}", anchor=TimeAnchor(at=at)) for index, (item, at) in enumerate(loose)
    ]
    timeline = filled(Studio(Path("nowhere"))).timeline(track, *others, fps=fps)
    if timeline.duration == 0:
        return
    film = written(timeline)
    assert film == written(timeline)
    parts = film["shots"] + film["overlays"] + film["sounds"]
    assert all(0 <= part["at"] <= film["frames"] - part["frames"] for part in parts)
    assert all(part["frames"] > 0 for part in parts)
    _check(film, len(film["media"]))


def _overlap(item: Item) -> int:
    change = None if isinstance(item, Audio) else item.transition_in
    return change.frames if change else 0


def _check(part: Any, media: int) -> None:
    """Sources are there, opacities and gains in range, curves in order."""
    for name, inside in part.items():
        if name == "src":
            assert 0 <= inside < media
        elif name in ("alpha", "show", "veil"):
            assert all(0 <= level <= 255 for level in _levels(inside))
        elif name == "gain":
            assert all(0 <= level <= 16 for level in _levels(inside))
        elif name == "first":
            assert inside >= 0
        elif isinstance(inside, dict):
            _check(inside, media)
        elif name in ("shots", "overlays", "sounds"):
            for each in inside:
                _check(each, media)


def _levels(points: Curve) -> list[float]:
    if not isinstance(points, list):
        return [points]
    frames = points[::2]
    assert all(isinstance(frame, int) for frame in frames)
    assert all(one < other for one, other in pairwise(frames))
    return points[1::2]
