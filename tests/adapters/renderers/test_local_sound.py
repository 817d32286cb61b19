"""What is heard: tones and levels of rendered films."""

from typing import Any

import pytest

from bot.adapters.renderers.local.audio import sounds
from bot.engine.composition import Audio, TimeAnchor, Transition
from bot.engine.keyframes import Keyframe
from tests.adapters.renderers.conftest import RATE, Studio, ffmpeg
from tests.adapters.renderers.test_local_pictures import shape, video

SINE = -18.06  # ffmpeg's sine source
SILENT = -60


def music(clip: str = "music", frames: int = 60, **fields: Any) -> Audio:
    item_id = fields.pop("id", "m")
    return Audio(id=item_id, label=item_id, clip=clip, duration=frames, **fields)


def beep(studio: Studio, name: str, tone: int, **how: Any) -> str:
    return studio.video(name, picture="color=red", tone=tone, **({"seconds": 2} | how))


async def test_every_clip_is_heard_while_it_is_seen(studio: Studio) -> None:
    low, high = beep(studio, "low", 300), beep(studio, "high", 1000)
    film = await studio.render([video(low, 30), video(high, 30, source_in=20)])
    assert film.level(0.1, 0.9, 300) == pytest.approx(SINE, abs=0.5)
    assert film.level(0.1, 0.9, 1000) < SILENT
    assert film.level(1.1, 1.9, 1000) == pytest.approx(SINE, abs=0.5)
    assert film.level(1.1, 1.9, 300) < SILENT
    assert film.level(1.1, 1.9, 1000, side=1) == pytest.approx(SINE, abs=0.5)


@pytest.mark.parametrize("fps", ["30", "25", "30000/1001"])
async def test_the_sound_is_exactly_as_long_as_the_picture(studio: Studio, fps: str) -> None:
    film = await studio.render([video(beep(studio, "low", 300), 37)], fps=fps)
    rate = eval(fps)  # noqa: S307 - a constant above
    assert len(film.samples[0]) == round(37 * RATE / rate)


async def test_sound_changes_exactly_at_the_cut(studio: Studio) -> None:
    loud = beep(studio, "loud", 1000)
    quiet = studio.video("quiet", picture="color=red", sound=False)
    film = await studio.render([video(quiet, 15), video(loud, 15), video(quiet, 15, id="q")])
    assert film.level(0.40, 0.498) < SILENT
    assert film.level(0.502, 0.55) == pytest.approx(SINE, abs=0.5)
    assert film.level(0.95, 0.998) == pytest.approx(SINE, abs=0.5)
    assert film.level(1.01, 1.1) < SILENT


async def test_muted_and_disabled_items_are_silent(studio: Studio) -> None:
    low, high = beep(studio, "low", 300), beep(studio, "high", 1000)
    studio.sound()
    main = [video(low, 30, muted=True), video(high, 30, enabled=False)]
    film = await studio.render(main, music(enabled=False), music(id="n", muted=True))
    assert film.level(0, 2) < SILENT


async def test_a_film_without_any_sound_has_a_silent_track(studio: Studio) -> None:
    film = await studio.render([shape("#ff0000", 20)])
    assert len(film.samples[0]) == 32_000
    assert film.level(0, 0.66) < SILENT


@pytest.mark.parametrize(("volume", "expected"), [(0.5, -6.02), (2, 6.02), (0, -100)])
async def test_volume_is_linear(studio: Studio, volume: float, expected: float) -> None:
    film = await studio.render([video(beep(studio, "low", 300), 30, volume=volume)])
    assert film.level(0.1, 0.9, 300) == pytest.approx(
        max(SINE + expected, -100), abs=30 if volume == 0 else 0.5
    )


async def test_volume_follows_keyframes(studio: Studio) -> None:
    curve = (Keyframe(frame=15, value=0), Keyframe(frame=45, value=1))
    film = await studio.render([video(beep(studio, "low", 300), 60, keyframes={"volume": curve})])
    assert film.level(0, 0.48) < SILENT
    assert film.level(0.98, 1.02, 300) == pytest.approx(SINE - 6, abs=0.7)
    assert film.level(1.6, 1.9, 300) == pytest.approx(SINE, abs=0.5)


async def test_fades_are_heard(studio: Studio) -> None:
    item = video(beep(studio, "low", 300), 60, fade_in=20, fade_out=20)
    film = await studio.render([item])
    assert film.level(0, 0.02) < -40
    assert film.level(0.32, 0.35) == pytest.approx(SINE - 6, abs=1)
    assert film.level(0.8, 1.2) == pytest.approx(SINE, abs=0.5)
    assert film.level(1.65, 1.68) == pytest.approx(SINE - 6, abs=1)
    assert film.level(1.98, 2) < -40


@pytest.mark.parametrize("speed", [0.25, 0.5, 2, 7])
async def test_speed_keeps_the_pitch_and_the_length(studio: Studio, speed: float) -> None:
    clip = beep(studio, "low", 500, seconds=8)
    film = await studio.render([video(clip, 30, speed=speed)])
    assert film.level(0.2, 0.8, 500) == pytest.approx(SINE, abs=3)
    assert len(film.samples[0]) == RATE


async def test_clips_cross_fade_where_pictures_do(studio: Studio) -> None:
    low, high = beep(studio, "low", 300), beep(studio, "high", 1000)
    change = Transition(frames=15)
    film = await studio.render([video(low, 30), video(high, 30, transition_in=change)])
    assert film.level(0.2, 0.4, 1000) < SILENT
    for tone in (300, 1000):
        assert film.level(0.72, 0.78, tone) == pytest.approx(SINE - 3, abs=1)
    assert film.level(1.05, 1.4, 300) < SILENT
    assert film.level(1.05, 1.4, 1000) == pytest.approx(SINE, abs=0.5)


async def test_music_starts_where_it_is_anchored_and_ends_with_the_film(studio: Studio) -> None:
    quiet = studio.video("quiet", picture="color=red", sound=False)
    studio.sound(tone=880)
    film = await studio.render([video(quiet, 45)], music(anchor=TimeAnchor(at=15), frames=90))
    assert film.level(0, 0.49) < SILENT
    assert film.level(0.51, 1.5, 880) == pytest.approx(SINE, abs=0.5)


def two_tones(studio: Studio) -> None:
    """A sound of half a second of 300 Hz and half a second of 1000 Hz."""
    path = studio.root / "two.wav"
    tones = "sine=300:duration=0.5[a];sine=1000:duration=0.5[b];[a][b]concat=v=0:a=1"
    ffmpeg("-filter_complex", tones, path)
    studio.add(path, "audio", seconds=1, has_audio=True)


async def test_music_loops_what_it_plays(studio: Studio) -> None:
    two_tones(studio)
    quiet = studio.video("quiet", picture="color=red", sound=False)
    film = await studio.render([video(quiet, 105)], music("two", 30, loop=True, to_end=True))
    for start in (0, 1, 2, 3):
        assert film.level(start + 0.1, start + 0.4, 300) == pytest.approx(SINE, abs=0.5)
        assert film.level(start + 0.1, start + 0.4, 1000) < SILENT
    for start in (0, 1, 2):
        assert film.level(start + 0.6, start + 0.9, 1000) == pytest.approx(SINE, abs=0.5)


async def test_a_trimmed_loop_repeats_only_its_part(studio: Studio) -> None:
    two_tones(studio)
    part = music("two", 12, source_in=16, loop=True, to_end=True)
    film = await studio.render([shape("#ff0000", 60)], part)
    assert film.level(0.05, 1.95, 1000) == pytest.approx(SINE, abs=0.5)
    assert film.level(0.05, 1.95, 300) < -50


async def test_music_ducks_under_the_main_track_and_comes_back(studio: Studio) -> None:
    voice = beep(studio, "voice", 300, seconds=3)
    quiet = studio.video("quiet", picture="color=red", sound=False, seconds=3)
    studio.sound(seconds=6, tone=880)
    film = await studio.render(
        [video(quiet, 45), video(voice, 60), video(quiet, 60, id="q")],
        music(frames=165, duck=True),
    )
    before, under, after = (film.level(*span, 880) for span in ((0.5, 1.4), (2.5, 3.4), (4.6, 5.4)))
    assert before == pytest.approx(SINE, abs=1)
    assert under < before - 6
    assert after == pytest.approx(SINE, abs=1)
    assert film.level(2.5, 3.4, 300) == pytest.approx(SINE, abs=1)


async def test_loud_sounds_together_are_limited_not_clipped(studio: Studio) -> None:
    low, high = beep(studio, "low", 300), beep(studio, "high", 1000)
    inset = video(high, 60, volume=8)
    film = await studio.render([video(low, 60, volume=8)], inset)
    assert max(film.samples[0]) < 1.0
    assert film.level(0.3, 1.8) > -4


async def test_an_overlay_video_is_heard_too(studio: Studio) -> None:
    low, high = beep(studio, "low", 300), beep(studio, "high", 1000)
    film = await studio.render([video(low, 60)], video(high, 20, anchor=TimeAnchor(at=30)))
    assert film.level(0.1, 0.9, 1000) < SILENT
    assert film.level(1.05, 1.6, 1000) == pytest.approx(SINE, abs=0.5)
    assert film.level(1.7, 1.95, 1000) < SILENT


async def test_mono_at_another_rate_is_as_loud_on_both_sides(studio: Studio) -> None:
    path = studio.root / "old.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=500:r=22050:duration=2", "-ac", "1", "-ar", "22050", path)
    studio.add(path, "audio", seconds=2, has_audio=True)
    film = await studio.render([shape("#ff0000", 60)], music("old"))
    for side in (0, 1):
        assert film.level(0.1, 1.9, 500, side) == pytest.approx(SINE, abs=0.5)
    assert len(film.samples[0]) == 2 * RATE


async def test_left_stays_left(studio: Studio) -> None:
    path = studio.root / "sides.wav"
    join = (
        "sine=300:duration=1[l];sine=1000:duration=1[r];[l][r]join=inputs=2:channel_layout=stereo"
    )
    ffmpeg("-filter_complex", join, path)
    studio.add(path, "audio", seconds=1, has_audio=True)
    film = await studio.render([shape("#ff0000", 30)], music("sides", 30))
    assert film.level(0.1, 0.9, 300, 0) == pytest.approx(SINE, abs=0.5)
    assert film.level(0.1, 0.9, 300, 1) < SILENT
    assert film.level(0.1, 0.9, 1000, 1) == pytest.approx(SINE, abs=0.5)


def test_sounds_know_their_neighbours_and_buses(studio: Studio) -> None:
    low, high = beep(studio, "low", 300), beep(studio, "high", 1000)
    studio.sound()
    change = Transition(frames=5)
    timeline = studio.timeline(
        [video(low, 30), video(high, 30, transition_in=change)], music(duck=True), music(id="n")
    )
    one, two, *others = sorted(
        sounds(timeline), key=lambda sound: (sound.bus != "main", sound.start)
    )
    assert (one.cross_in, one.cross_out) == (0, 5)
    assert (two.cross_in, two.cross_out) == (5, 0)
    assert {sound.bus for sound in others} == {"ducked", "free"}
