"""What is on the screen, when and where: pixels of rendered films."""

from typing import Any

import pytest

from bot.engine.composition import Effect, Image, Item, Shape, Text, TimeAnchor, Transition, Video
from bot.engine.style import Crop, TextStyle, Transform
from tests.adapters.renderers.conftest import Color, Studio, near

BLACK, WHITE, RED, GREEN, BLUE = (0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 128, 0), (0, 0, 255)
TEAL = (0, 128, 128)


def video(clip: str, frames: int = 30, **fields: Any) -> Video:
    item_id = fields.pop("id", clip)
    return Video(id=item_id, label=item_id, clip=clip, duration=frames, **fields)


def shape(color: str, frames: int = 30, **fields: Any) -> Shape:
    item_id = fields.pop("id", "shape")
    return Shape(id=item_id, label=item_id, color=color, duration=frames, **fields)


def block(frames: int = 30, **fields: Any) -> Shape:
    """A red rectangle over the whole canvas."""
    return shape("#ff0000", frames, **({"width": 1, "height": 1} | fields))


def blended(one: Color, other: Color, share: float) -> Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


# --- which frame -----------------------------------------------------------------------------


@pytest.mark.parametrize("fps", ["30", "25", "30000/1001"])
async def test_trimmed_clips_show_exactly_the_frames_asked_for(studio: Studio, fps: str) -> None:
    clip = studio.video(fps=fps)
    film = await studio.render(
        [video(clip, 20, id="a", source_in=41), video(clip, 25, id="b", source_in=3)], fps=fps
    )
    assert film.counts() == [*range(41, 61), *range(3, 28)]
    assert film.rendered.frames == 45


@pytest.mark.parametrize(
    ("speed", "shown"),
    [
        (2, [10, 12, 14, 16, 18, 20, 22, 24]),
        (0.5, [10, 10, 11, 11, 12, 12, 13, 13]),
        (0.25, [10, 10, 10, 10, 11, 11, 11, 11]),
        (1.5, [10, 11, 13, 14, 16, 17, 19, 20]),
        (10, [10, 20, 30, 40, 50, 60, 70, 80]),
    ],
)
async def test_speed_takes_the_picture_on_screen_at_that_source_time(
    studio: Studio, speed: float, shown: list[int]
) -> None:
    film = await studio.render([video(studio.video(), 8, source_in=10, speed=speed)])
    assert film.counts() == shown


async def test_a_source_of_another_rate_keeps_its_time(studio: Studio) -> None:
    slow, fast = studio.video("slow", fps="10"), studio.video("fast", fps="60", seconds=2)
    film = await studio.render([video(slow, 9, source_in=30), video(fast, 5, source_in=15)])
    assert film.counts() == [10, 10, 10, 11, 11, 11, 12, 12, 12, 30, 32, 34, 36, 38]


async def test_the_last_picture_stands_where_a_source_ends_too_early(studio: Studio) -> None:
    clip = studio.video(seconds=1)
    film = await studio.render(
        [video(clip, 20, source_in=20), video(clip, 5, id="b", source_in=33)]
    )
    assert film.counts() == [*range(20, 30), *[29] * 15]


async def test_a_main_track_item_that_is_off_leaves_the_background(studio: Studio) -> None:
    clip = studio.video()
    film = await studio.render(
        [video(clip, 10, id="a", enabled=False), video(clip, 10, id="b")], background="#0000ff"
    )
    assert near(film.color(5), BLUE)
    assert film.counts()[10:] == list(range(10))


# --- where and how large ---------------------------------------------------------------------


async def test_a_clip_of_another_shape_is_letterboxed_on_the_background(studio: Studio) -> None:
    clip = studio.video("red", picture="color=red", size="100x100", seconds=1)
    film = await studio.render([video(clip, 5)], background="#0000ff")
    assert near(film.color(2), RED)
    assert near(film.color(2, x=0.1), BLUE)
    assert near(film.color(2, x=0.9), BLUE)
    assert near(film.color(2, x=0.26), RED)


async def test_fit_cover_fills_and_stretch_distorts(studio: Studio) -> None:
    clip = studio.video(size="90x90", seconds=1)
    stretched = await studio.render([video(clip, 12, transform=Transform(fit="stretch"))])
    assert stretched.counts() == list(range(12))
    covered = await studio.render([video(clip, 12, transform=Transform(fit="cover"))])
    assert covered.counts() == list(range(12))


async def test_vertical_and_square_fill_the_new_frame(studio: Studio) -> None:
    clip = studio.video("red", picture="color=red", seconds=1)
    film = await studio.render([video(clip, 2)], preset="vertical")
    assert (film.rendered.width, film.rendered.height) == (1080, 1920)
    assert all(near(film.color(1, y=y), RED) for y in (0.01, 0.5, 0.99))


async def test_scale_and_position_move_the_picture_and_nothing_else(studio: Studio) -> None:
    clip = studio.video("red", picture="color=red", seconds=1)
    place = Transform(scale=0.5, x=1, y=1, pivot_x=1, pivot_y=1)
    film = await studio.render([video(clip, 3, transform=place)])
    assert near(film.color(1, 0.52, 0.53), RED)
    assert near(film.color(1, 0.98, 0.98), RED)
    assert near(film.color(1, 0.48, 0.75), BLACK)
    assert near(film.color(1, 0.75, 0.46), BLACK)


async def test_zooming_in_shows_the_middle(studio: Studio) -> None:
    film = await studio.render([video(studio.video(), 120, transform=Transform(scale=2))])
    # Of eight stripes the four in the middle are seen: bits 2 to 5.
    for frame in (4, 8, 40, 100, 119):
        seen = [film.color(frame, (n + 0.5) / 4)[1] > 128 for n in range(4)]
        assert seen == [bool(frame >> bit & 1) for bit in (2, 3, 4, 5)]


async def test_flips_mirror_and_crops_cut_the_source(studio: Studio) -> None:
    clip = studio.video()
    flipped = await studio.render([video(clip, 3, source_in=1, transform=Transform(flip_h=True))])
    assert flipped.count(0) == 0b10000000
    left_half = Transform(crop=Crop(right=0.5), fit="stretch")
    cropped = await studio.render([video(clip, 16, transform=left_half)])
    stripes = [cropped.color(5, (n + 0.5) / 4)[1] > 128 for n in range(4)]
    assert stripes == [True, False, True, False]
    both = Transform(crop=Crop(right=0.5), fit="stretch", flip_h=True, scale=1.5, x=0.6)
    assert (await studio.render([video(clip, 16, transform=both)])).rendered.frames == 16


async def test_rotation_turns_clockwise_about_the_middle(studio: Studio) -> None:
    clip = studio.video("red", picture="color=red", seconds=1)
    lower_half = Transform(crop=Crop(bottom=0.5), scale=0.5, rotation=90)
    film = await studio.render([video(clip, 3, transform=lower_half)])
    # 80 × 20 pixels become 20 × 80.
    assert near(film.color(1, 0.5, 0.1), RED)
    assert near(film.color(1, 0.45, 0.9), RED, 30)
    assert near(film.color(1, 0.4, 0.5), BLACK)
    assert near(film.color(1, 0.6, 0.5), BLACK)


async def test_rotation_direction_matches_drawn_pictures(studio: Studio) -> None:
    studio.video("red", picture="color=red", seconds=1)
    turned = Transform(scale=0.5, rotation=30)
    film = await studio.render([video("red", 2, transform=turned)])
    drawn = await studio.render(
        [shape("#ff0000", 2, width=0.5, height=0.5, transform=Transform(rotation=30))]
    )
    spots = [(0.36, 0.13), (0.3, 0.5), (0.7, 0.5), (0.36, 0.3), (0.64, 0.7), (0.7, 0.2), (0.3, 0.8)]
    for x, y in spots:
        assert near(film.color(1, x, y), drawn.color(1, x, y), 30), (x, y)


# --- layers ----------------------------------------------------------------------------------


async def test_texts_shapes_and_pictures_stand_on_the_main_track_too(studio: Studio) -> None:
    studio.picture("logo", (80, 90), "teal")
    text = Text(id="t", label="t", text="HH", duration=5, style=TextStyle(size=0.5, shadow=False))
    main: list[Item] = [
        block(5, width=0.5),
        Image(id="i", label="i", clip="logo", duration=5),
        text,
    ]
    film = await studio.render(main, background="#0000ff")
    assert near(film.color(2), RED)
    assert near(film.color(2, 0.1), BLUE)
    assert near(film.color(7), TEAL)
    assert near(film.color(7, 0.1), BLUE)
    assert any(near(film.color(12, x / 80), WHITE) for x in range(80))
    assert near(film.color(12, y=0.02), BLUE)


async def test_overlays_show_for_their_frames_in_the_order_of_their_layers(studio: Studio) -> None:
    clip = studio.video("white", picture="color=white", seconds=1)
    low = shape("#ff0000", 10, id="low", width=1, height=1, layer=0, anchor=TimeAnchor(at=5))
    high = shape("#0000ff", 5, id="high", width=0.5, height=1, layer=1, anchor=TimeAnchor(at=8))
    film = await studio.render([video(clip, 20)], high, low)
    assert [near(film.color(frame), WHITE) for frame in (4, 5, 14, 15)] == [
        True,
        False,
        False,
        True,
    ]
    assert near(film.color(7), RED)
    assert near(film.color(8), BLUE)
    assert near(film.color(8, 0.1), RED)
    assert near(film.color(13), RED)


async def test_an_overlay_that_is_off_or_behind_the_end_is_not_shown(studio: Studio) -> None:
    clip = studio.video("white", picture="color=white", seconds=1)
    off, late = block(id="off", enabled=False), block(id="late", anchor=TimeAnchor(at=90))
    film = await studio.render([video(clip, 10)], off, late)
    assert all(near(film.color(frame), WHITE) for frame in (0, 9))


async def test_a_video_may_be_an_overlay(studio: Studio) -> None:
    clip = studio.video()
    studio.video("white", picture="color=white", seconds=1)
    corner = Transform(scale=0.5, x=0, y=0, pivot_x=0, pivot_y=0)
    inset = video(clip, 10, id="inset", source_in=40, transform=corner, anchor=TimeAnchor(at=7))
    film = await studio.render([video("white", 25)], inset)
    for frame in range(7, 17):
        bits = [film.color(frame, (bit + 0.5) / 16, 0.25)[1] > 128 for bit in range(8)]
        assert sum(on << bit for bit, on in enumerate(bits)) == 40 + frame - 7
    assert near(film.color(6, 0.25, 0.25), WHITE)
    assert near(film.color(17, 0.25, 0.25), WHITE)
    assert near(film.color(10, 0.75, 0.75), WHITE)


async def test_without_a_main_track_overlays_stand_on_the_background(studio: Studio) -> None:
    film = await studio.render([], shape("#ff0000", 12, width=0.5), background="#0000ff")
    assert film.rendered.frames == 12
    assert near(film.color(6), RED)
    assert near(film.color(6, 0.1), BLUE)


# --- opacity and fades -----------------------------------------------------------------------


async def test_opacity_lets_the_background_through(studio: Studio) -> None:
    studio.video("red", picture="color=red", seconds=1)
    film = await studio.render([video("red", 4, opacity=0.5)], background="#0000ff")
    assert near(film.color(2), blended(RED, BLUE, 0.5))
    over = await studio.render(
        [video("red", 4)], shape("#0000ff", 4, width=1, height=1, opacity=0.5)
    )
    assert near(over.color(2), blended(RED, BLUE, 0.5))
    inset = video("red", 4, opacity=0.25)
    assert near(
        (await studio.render([], inset, background="#0000ff")).color(2), blended(BLUE, RED, 0.25)
    )


@pytest.mark.parametrize("main", [True, False])
@pytest.mark.parametrize("kind", ["video", "still"])
async def test_fades_start_and_end_at_the_background(studio: Studio, main: bool, kind: str) -> None:
    studio.video("red", picture="color=red", seconds=2)
    fades = {"fade_in": 10, "fade_out": 20}
    item: Item = video("red", 60, **fades) if kind == "video" else block(60, **fades)
    blue: dict[str, Any] = {"background": "#0000ff"}
    film = await (studio.render([item], **blue) if main else studio.render([], item, **blue))
    for frame, share in ((0, 0), (5, 0.5), (10, 1), (30, 1), (39, 1), (49, 0.5), (59, 0)):
        assert near(film.color(frame), blended(BLUE, RED, share)), frame


# --- transitions -----------------------------------------------------------------------------


def joined(studio: Studio, transition: Transition, frames: int = 20) -> list[Any]:
    studio.video("red", picture="color=red", seconds=2)
    studio.video("blue", picture="color=blue", seconds=2)
    return [video("red", frames), video("blue", frames, transition_in=transition)]


@pytest.mark.parametrize("fps", ["30", "30000/1001"])
async def test_a_crossfade_shortens_the_film_and_blends_evenly(studio: Studio, fps: str) -> None:
    film = await studio.render(joined(studio, Transition(frames=10)), fps=fps)
    assert film.rendered.frames == 30
    assert near(film.color(9), RED)
    assert near(film.color(15), blended(RED, BLUE, 0.5), 20)
    assert near(film.color(20), BLUE)
    blues = [film.color(frame)[2] for frame in range(9, 21)]
    assert blues == sorted(blues)


async def test_a_dip_goes_through_black(studio: Studio) -> None:
    film = await studio.render(joined(studio, Transition(kind="dip", frames=10)))
    assert near(film.color(14), BLACK)
    assert near(film.color(15), BLACK)
    assert near(film.color(12), blended(RED, BLACK, 0.6), 30)
    assert near(film.color(9), RED)
    assert near(film.color(20), BLUE)


@pytest.mark.parametrize(
    ("direction", "first", "last"),
    [
        ("left", (0.9, 0.5), (0.1, 0.5)),
        ("right", (0.1, 0.5), (0.9, 0.5)),
        ("up", (0.5, 0.9), (0.5, 0.1)),
        ("down", (0.5, 0.1), (0.5, 0.9)),
    ],
)
@pytest.mark.parametrize("kind", ["wipe", "slide"])
async def test_wipes_and_slides_go_where_they_are_told(
    studio: Studio, kind: Any, direction: Any, first: Any, last: Any
) -> None:
    change = Transition(kind=kind, frames=10, direction=direction)
    film = await studio.render(joined(studio, change))
    assert near(film.color(15, *first), BLUE, 30)
    assert near(film.color(15, *last), RED, 30)


@pytest.mark.parametrize("kind", ["crossfade", "dip", "slide"])
async def test_chained_transitions_and_cuts_keep_every_frame(studio: Studio, kind: Any) -> None:
    clip = studio.video()
    fade = Transition(kind=kind, frames=6)
    film = await studio.render(
        [
            video(clip, 20, id="a"),
            video(clip, 20, id="b", source_in=20, transition_in=fade),
            video(clip, 20, id="c", source_in=40, transition_in=fade),
            video(clip, 20, id="d", source_in=60),
            video(clip, 20, id="e", source_in=80, transition_in=fade),
        ]
    )
    assert film.rendered.frames == 82
    counts = film.counts()
    assert counts[:14] == list(range(14))
    assert counts[20:28] == list(range(26, 34))
    assert counts[34:48] == list(range(46, 60))
    assert counts[48:62] == list(range(60, 74))
    assert counts[68:] == list(range(86, 100))


async def test_any_kind_of_item_takes_part_in_a_transition(studio: Studio) -> None:
    studio.video("blue", picture="color=blue", seconds=2)
    change = Transition(frames=10)
    film = await studio.render([block(20), video("blue", 20, transition_in=change)])
    assert near(film.color(15), blended(RED, BLUE, 0.5), 20)


# --- effects ---------------------------------------------------------------------------------


def luma(color: Color) -> int:
    return round(0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2])


@pytest.mark.parametrize("kind", ["video", "still"])
@pytest.mark.parametrize(
    ("effect", "amount", "expected"),
    [
        ("brightness", 0.2, (251, 151, 101)),
        ("brightness", -1, (0, 0, 0)),
        ("brightness", 1, (255, 255, 255)),
        ("contrast", 0.5, (164, 114, 89)),
        ("contrast", 0, (128, 128, 128)),
        ("saturation", 0, (118, 118, 118)),
        ("saturation", 0.5, (159, 109, 84)),
        ("grayscale", 1, (118, 118, 118)),
        ("sepia", 1, (165, 147, 114)),
    ],
)
async def test_effects_look_the_same_on_videos_and_stills(
    studio: Studio, kind: str, effect: Any, amount: float, expected: Color
) -> None:
    effects = (Effect(kind=effect, amount=amount),)
    color = (200, 100, 50)
    if kind == "video":
        studio.video("brown", picture="color=0xC86432", seconds=1, sound=False)
        film = await studio.render([video("brown", 2, effects=effects)])
    else:
        item = shape("#{:02x}{:02x}{:02x}".format(*color), 2, width=1, height=1, effects=effects)
        film = await studio.render([item])
    assert near(film.color(1), expected, 8), film.color(1)


async def test_blur_softens_edges(studio: Studio) -> None:
    effects = (Effect(kind="blur", amount=0.1),)
    film = await studio.render([video(studio.video(), 3, source_in=15, effects=effects)])
    row = [film.color(0, x / 20)[1] for x in range(20)]
    assert row[0] > 180
    assert row[-1] < 60
    assert any(60 < value < 200 for value in row)
