"""What plays backwards and what stands: which frames are seen, what is heard, what is kept."""

from fractions import Fraction
from typing import Any

import pytest

from bot.adapters.renderers.local.backwards import stretches, takes
from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.chunks import chunks
from bot.adapters.renderers.local.windows import windows
from bot.engine.composition import Effect, Transition
from bot.engine.keyframes import Keyframe
from tests.adapters.renderers.conftest import RATE, Studio, ffmpeg, near
from tests.adapters.renderers.test_local_film import DETAILED
from tests.adapters.renderers.test_local_pictures import BLACK, RED, video
from tests.adapters.renderers.test_local_sound import SILENT, SINE

# --- backwards -------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", ["30", "25", "30000/1001"])
async def test_every_frame_is_seen_from_the_last_to_the_first(studio: Studio, fps: str) -> None:
    clip = studio.video(fps=fps, options=DETAILED, picture="color=black", seconds=6)
    film = await studio.render(
        [
            video(clip, 20, id="a", source_in=41),
            video(clip, 100, id="b", source_in=140, backwards=True),
            video(clip, 10, id="c", source_in=10, backwards=True),
        ],
        fps=fps,
    )
    assert film.counts() == [*range(41, 61), *range(139, 39, -1), *range(9, -1, -1)]


@pytest.mark.parametrize(
    ("speed", "shown"),
    [(2, [*range(88, 48, -2)]), (0.5, [n for n in range(89, 79, -1) for _ in range(2)])],
)
async def test_backwards_has_its_speed_too(studio: Studio, speed: float, shown: list[int]) -> None:
    studio.video()
    main = [video("count", 20, source_in=90, backwards=True, speed=speed)]
    assert (await studio.render(main)).counts() == shown


async def test_a_source_of_another_rate_goes_back_as_it_came(studio: Studio) -> None:
    studio.video(fps="24")
    forth = (await studio.render([video("count", 60, source_in=5)])).counts()
    back = (await studio.render([video("count", 60, source_in=65, backwards=True)])).counts()
    assert back == forth[::-1]


async def test_a_transition_into_and_out_of_what_goes_back(studio: Studio) -> None:
    studio.video()
    wipe = Transition(kind="wipe", frames=10)
    film = await studio.render(
        [
            video("count", 20, id="a", source_in=41),
            video("count", 40, id="b", source_in=90, backwards=True, transition_in=wipe),
            video("count", 20, id="c", transition_in=wipe),
        ]
    )
    counts = film.counts()
    assert counts[:10] == [*range(41, 51)]
    assert counts[20:40] == [*range(79, 59, -1)]
    assert counts[50:] == [*range(10, 20)]


async def test_what_moves_and_has_effects_goes_back_too(studio: Studio) -> None:
    studio.video()
    keys = {"x": (Keyframe(frame=0, value=0.5), Keyframe(frame=30, value=0.5001))}
    looks: dict[str, Any] = {"effects": (Effect(kind="contrast", amount=1.2),), "keyframes": keys}
    main = [video("count", 70, source_in=100, backwards=True, **looks)]
    assert (await studio.render(main)).counts() == [*range(99, 29, -1)]


async def test_a_gif_and_a_preview_go_back(studio: Studio) -> None:
    studio.video()
    main = [video("count", 30, source_in=90, backwards=True)]
    preview = await studio.render(main, preset="preview")
    assert preview.counts() == [*range(89, 59, -1)]
    gif = (await studio.render(main, preset="gif")).counts()
    assert gif == sorted(gif, reverse=True)
    assert len(gif) == 12


async def test_pieces_that_go_back_are_kept_and_fit(studio: Studio) -> None:
    studio.cache = Cache(studio.root / "kept", 1 << 30)
    studio.video(seconds=8, picture="color=black", options=DETAILED)
    back = video("count", 200, id="b", source_in=230, backwards=True)
    shown = [*range(229, 29, -1)]
    assert (await studio.render([back])).counts() == shown
    kept = set(studio.cache.folder.iterdir())
    later = await studio.render([video("count", 20, id="a"), back])
    assert later.counts() == [*range(20), *shown]
    new = set(studio.cache.folder.iterdir()) - kept
    assert len(new) == 2  # what came before, and the sound
    trimmed = await studio.render([back.but(source_in=220, duration=190)])
    assert trimmed.counts() == shown[10:]
    assert len(set(studio.cache.folder.iterdir()) - kept - new) == 2


def test_one_ffmpeg_opens_few_stretches_at_a_time(studio: Studio) -> None:
    studio.video(picture="color=black", seconds=100)
    timeline = studio.timeline([video("count", 3000, source_in=3000, backwards=True)])
    film = chunks(timeline)
    groups = [*windows(timeline, film, film)]
    assert max(group[-1][1] - group[0][0] for group in groups) <= 2 * 60
    assert [chunk for group in groups for chunk in group] == [*film]


def test_stretches_are_shorter_where_pictures_are_larger() -> None:
    assert [*stretches(130, (1920, 1080))] == [(0, 60), (60, 60), (120, 10)]
    assert [*stretches(70, (3840, 2160))] == [(0, 30), (30, 30), (60, 10)]
    assert [*stretches(2, (100_000, 100_000))] == [(0, 1), (1, 1)]


def test_sound_is_taken_from_its_end_on() -> None:
    parts = takes(Fraction(5), Fraction(25), Fraction(10))
    assert [(float(start), float(length)) for start, length in parts] == [
        (20, 10),
        (10, 10),
        (5, 5),
    ]


@pytest.fixture
def scale(studio: Studio) -> str:
    """Silent for a second, then 300 Hz for a second, then 1000 Hz for two."""
    path = studio.root / "scale.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "color=red:s=160x90:r=30:d=4"),
        *("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono:d=1"),
        *(
            "-f",
            "lavfi",
            "-i",
            "sine=300:r=48000:d=1",
            "-f",
            "lavfi",
            "-i",
            "sine=1000:r=48000:d=2",
        ),
        *("-filter_complex", "[1][2][3]concat=n=3:v=0:a=1[a]", "-map", "0:v", "-map", "[a]", path),
    )
    return studio.add(path, "video", seconds=4, has_audio=True, width=160, height=90)


async def test_sound_goes_back_with_the_picture(studio: Studio, scale: str) -> None:
    film = await studio.render([video(scale, 105, source_in=120, backwards=True)])
    assert len(film.samples[0]) == 3.5 * RATE
    assert film.level(0.1, 1.98, 1000) == pytest.approx(SINE, abs=0.5)
    assert film.level(2.02, 2.98, 300) == pytest.approx(SINE, abs=0.5)
    assert film.level(2.05, 2.95, 1000) < SILENT + 10
    assert film.level(3.05, 3.45) < SILENT


async def test_sound_in_several_parts_has_no_seams(
    studio: Studio, scale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await studio.render([video(scale, 120, source_in=120, backwards=True)])
    monkeypatch.setattr("bot.adapters.renderers.local.audio.MOST_SOUND_SECONDS", Fraction(7, 10))
    parts = await studio.render([video(scale, 120, source_in=120, backwards=True)])
    off = [abs(a - b) for a, b in zip(whole.samples[0], parts.samples[0], strict=True)]
    assert max(off) < 0.02


async def test_backwards_twice_as_fast_keeps_the_pitch(studio: Studio, scale: str) -> None:
    film = await studio.render([video(scale, 60, source_in=120, speed=2, backwards=True)])
    assert film.level(0.05, 0.95, 1000) == pytest.approx(SINE, abs=1)
    assert film.level(1.05, 1.45, 300) == pytest.approx(SINE, abs=1)
    assert film.level(1.6, 1.95) < SILENT + 10


# --- frozen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", ["30", "30000/1001"])
async def test_one_frame_stands_without_sound(studio: Studio, fps: str) -> None:
    clip = studio.video(fps=fps)
    film = await studio.render(
        [
            video(clip, 20, id="a"),
            video(clip, 90, id="f", frozen=77),
            video(clip, 20, id="b", source_in=20),
        ],
        fps=fps,
    )
    assert film.counts() == [*range(20), *[77] * 90, *range(20, 40)]
    rate = 30 if fps == "30" else 30000 / 1001
    assert film.level(20.5 / rate, 109 / rate) < SILENT


async def test_a_still_looks_as_the_film_around_it(studio: Studio) -> None:
    studio.video("bars", picture="testsrc2", seconds=2)
    look: dict[str, Any] = {"effects": (Effect(kind="sepia", amount=1),)}
    film = await studio.render(
        [video("bars", 30, id="a", **look), video("bars", 30, id="f", frozen=29, **look)]
    )
    spots = [(x / 10, y / 10) for x in range(1, 10) for y in range(1, 10)]
    assert all(near(film.color(29, *at), film.color(45, *at)) for at in spots)


async def test_a_still_of_a_film_can_fade_and_move(studio: Studio) -> None:
    studio.video("red", picture="color=red", seconds=2)
    film = await studio.render([video("red", 31, frozen=9, fade_out=10)])
    assert near(film.color(5), RED)
    assert near(film.color(30), BLACK)
    keys = {"x": (Keyframe(frame=0, value=-0.5), Keyframe(frame=30, value=0.5))}
    moved = await studio.render([video("red", 31, frozen=9, keyframes=keys)])
    assert near(moved.color(2), BLACK)
    assert near(moved.color(30), RED)


async def test_a_long_still_is_encoded_once(studio: Studio) -> None:
    studio.cache = Cache(studio.root / "kept", 1 << 30)
    studio.video()
    film = await studio.render([video("count", 600, frozen=77)])
    assert film.counts() == [77] * 600
    assert len(set(studio.cache.folder.iterdir())) == 2
