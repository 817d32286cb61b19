"""What moves: keyframes on place, size, angle and opacity."""

from typing import Any

import pytest

from bot.adapters.renderers.lowering.keyframes import expression, normal
from bot.engine.composition import Shape, TimeAnchor, Video
from bot.engine.keyframes import Keyframe, value
from bot.engine.style import Transform
from tests.adapters.renderers.conftest import Film, Studio, near
from tests.adapters.renderers.test_local_pictures import BLACK, BLUE, RED, blended, shape, video

EASINGS = ("linear", "ease-in", "ease-out", "ease-in-out", "hold")


def keys(*pairs: tuple[int, float], easing: Any = "linear") -> tuple[Keyframe, ...]:
    return tuple(Keyframe(frame=frame, value=amount, easing=easing) for frame, amount in pairs)


def square(frames: int = 30, **fields: Any) -> Shape:
    """A red rectangle of a quarter of the canvas's width and height."""
    return shape("#ff0000", frames, width=0.25, height=0.25, **fields)


def middle(film: Film, frame: int) -> tuple[float, float]:
    """The centre of what is red, in fractions of the canvas."""
    spots = [
        ((x + 0.5) / 80, (y + 0.5) / 45)
        for x in range(80)
        for y in range(45)
        if near(film.color(frame, (x + 0.5) / 80, (y + 0.5) / 45), RED, 90)
    ]
    assert spots, f"nothing is red in frame {frame}"
    return sum(x for x, _ in spots) / len(spots), sum(y for _, y in spots) / len(spots)


def area(film: Film, frame: int) -> float:
    """The share of the canvas that is red."""
    spots = [
        film.color(frame, (x + 0.5) / 80, (y + 0.5) / 45) for x in range(80) for y in range(45)
    ]
    return sum(near(spot, RED, 90) for spot in spots) / len(spots)


def test_values_are_clamped_outside_and_eased_between() -> None:
    ramp = keys((10, 0), (20, 1))
    assert [value(ramp, frame) for frame in (0, 10, 15, 20, 99)] == [0, 0, 0.5, 1, 1]
    assert value(keys((10, 0), (20, 1), easing="hold"), 19) == 0
    assert value(keys((10, 0), (20, 1), easing="ease-in"), 15) == 0.25
    assert value(keys((10, 0), (20, 1), easing="ease-out"), 15) == 0.75
    assert value(keys((7, 3)), 0) == 3


def test_keyframes_are_put_in_order_within_their_limits() -> None:
    wild = keys((20, 9), (0, -4), (20, 0.5))
    assert normal(wild, "opacity") == keys((0, 0), (20, 0.5))


def test_expressions_hold_numbers_and_their_variable_only() -> None:
    many = keys(*((frame * 3, frame % 7 / 7) for frame in range(400)))
    text = expression(many, "n")
    words = "".join(c if c.isalpha() else " " for c in text).split()
    assert set(words) == {"if", "lt", "clip", "n"}
    depth = max(text[:at].count("(") - text[:at].count(")") for at in range(0, len(text), 50))
    assert depth < 40


@pytest.mark.parametrize("easing", EASINGS)
async def test_ffmpeg_sees_the_same_opacity_as_python(studio: Studio, easing: Any) -> None:
    curve = keys((3, 0), (13, 1), (20, 0.25), easing=easing)
    studio.video("red", picture="color=red", seconds=1)
    film = await studio.render([video("red", keyframes={"opacity": curve})], background="#0000ff")
    for frame in range(0, 30, 2):
        assert near(film.color(frame), blended(BLUE, RED, value(curve, frame)), 14), frame


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("track", ["main", "overlay"])
async def test_a_picture_slides_where_the_keyframes_say(
    studio: Studio, easing: Any, track: str
) -> None:
    curve = keys((0, 0.2), (10, 0.8), (20, 0.5), easing=easing)
    item = square(keyframes={"x": curve, "y": keys((5, 0.3), (25, 0.7))})
    film = await (studio.render([item]) if track == "main" else studio.render([], item))
    for frame in (0, 4, 9, 10, 15, 29):
        x, y = middle(film, frame)
        assert x == pytest.approx(value(curve, frame), abs=0.02)
        assert y == pytest.approx(value(keys((5, 0.3), (25, 0.7)), frame), abs=0.02)


@pytest.mark.parametrize("kind", ["still", "video"])
async def test_a_picture_grows_about_its_pivot(studio: Studio, kind: str) -> None:
    curve = keys((0, 0.25), (20, 0.75), easing="ease-in-out")
    corner = Transform(x=0.25, y=0.25, pivot_x=0, pivot_y=0)
    fields: dict[str, Any] = {"transform": corner, "keyframes": {"scale": curve}}
    studio.video("red", picture="color=red", seconds=1, size="40x40")
    if kind == "still":
        item: Shape | Video = shape("#ff0000", width=9 / 16, height=1, **fields)
    else:
        item = video("red", **fields)
    film = await studio.render([], item)
    for frame in (0, 8, 13, 20, 29):
        side = value(curve, frame)
        across = side * 9 / 16
        assert area(film, frame) == pytest.approx(across * side, rel=0.15)
        x, y = middle(film, frame)
        assert (x, y) == pytest.approx((0.25 + across / 2, 0.25 + side / 2), abs=0.02)


async def test_a_picture_turns_clockwise_about_its_middle(studio: Studio) -> None:
    bar = shape(
        "#ff0000", 30, width=0.5, height=0.05, keyframes={"rotation": keys((0, 0), (20, 180))}
    )
    film = await studio.render([], bar)
    assert near(film.color(0, 0.7, 0.5), RED, 40)
    assert near(film.color(10, 0.5, 0.2), RED, 40)
    assert near(film.color(10, 0.7, 0.5), BLACK, 40)
    # At 45° its right end points down.
    assert near(film.color(5, 0.6, 0.5 + 0.1 * 16 / 9), RED, 60)
    assert near(film.color(5, 0.6, 0.5 - 0.1 * 16 / 9), BLACK, 60)
    assert near(film.color(25, 0.7, 0.5), RED, 40)


async def test_a_slow_zoom_covers_the_frame_all_the_time(studio: Studio) -> None:
    studio.picture("photo", (400, 300), "red")
    from bot.engine.composition import Image

    photo = Image(
        id="p",
        label="p",
        clip="photo",
        duration=20,
        transform=Transform(fit="cover"),
        keyframes={"scale": keys((0, 1), (19, 1.3))},
    )
    film = await studio.render([photo], background="#0000ff")
    for frame in (0, 1, 10, 19):
        for spot in ((0.02, 0.03), (0.98, 0.97), (0.5, 0.5)):
            assert near(film.color(frame, *spot), RED), (frame, spot)


async def test_moving_videos_keep_their_frames_and_their_fades(studio: Studio) -> None:
    clip = studio.video()
    zoom = keys((0, 1), (29, 0.5))
    item = video(clip, 30, source_in=30, fade_in=5, keyframes={"scale": zoom})
    film = await studio.render([item], background="#0000ff")
    assert near(film.color(0), BLUE)
    for frame in (10, 29):
        size = value(zoom, frame)
        at = [0.5 + ((bit + 0.5) / 8 - 0.5) * size for bit in range(8)]
        lit = [film.color(frame, x)[1] > 128 for x in at]
        assert sum(on << bit for bit, on in enumerate(lit)) == 30 + frame


async def test_keyframes_count_from_the_start_of_their_item(studio: Studio) -> None:
    studio.video("white", picture="color=white", seconds=1)
    late = square(10, anchor=TimeAnchor(at=15), keyframes={"x": keys((0, 0.2), (9, 0.8))})
    film = await studio.render([video("white", 30)], late)
    assert middle(film, 15)[0] == pytest.approx(0.2, abs=0.02)
    assert middle(film, 24)[0] == pytest.approx(0.8, abs=0.02)


async def test_what_moves_out_of_sight_is_no_trouble(studio: Studio) -> None:
    away = square(10, id="away", keyframes={"x": keys((0, -1), (9, -1.5))})
    huge = square(10, id="huge", keyframes={"scale": keys((0, 20), (9, 15))})
    studio.video("white", picture="color=white", seconds=1)
    film = await studio.render([video("white", 10)], away, huge)
    assert near(film.color(5), RED, 30)
