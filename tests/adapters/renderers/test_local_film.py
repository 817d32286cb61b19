"""Whole films: formats, odd sources, windows, and what is left behind when something goes wrong."""

import asyncio
import os
import pickle
import resource
import signal
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from bot.adapters.renderers.local.audio import samples
from bot.adapters.renderers.local.chunks import chunks
from bot.adapters.renderers.local.encode import QUALITY, encode_window, timescale
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.local.sources import look_into
from bot.adapters.renderers.local.windows import windows
from bot.adapters.renderers.local.workspace import workspace
from bot.adapters.renderers.lowering.scene import Window, lower
from bot.adapters.renderers.lowering.stills import draw_still, drawables
from bot.engine.composition import Image, Item, Text, TimeAnchor, Transition
from bot.engine.keyframes import Keyframe
from bot.engine.layout import Timeline
from bot.engine.style import Transform
from bot.engine.timebase import Rate
from bot.ports import Progress, Rendered, RenderFailed
from tests import media
from tests.adapters.renderers.conftest import COUNTING, Film, Studio, ffmpeg, near
from tests.adapters.renderers.test_local_pictures import BLUE, RED, shape, video

DETAILED = ("-vf", COUNTING, "-preset", "fast", "-bf", "3", "-g", "48")


def leftovers(studio: Studio) -> list[str]:
    return [path.name for path in studio.root.iterdir() if path.name.startswith(".")]


# --- formats ---------------------------------------------------------------------------------


async def test_a_film_is_tagged_h264_with_stereo_sound_and_its_index_first(studio: Studio) -> None:
    film = await studio.render([video(studio.video(), 40)])
    with av.open(str(film.rendered.path)) as file:
        picture, sound = file.streams.video[0], file.streams.audio[0]
        context = picture.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        tags = context.colorspace, context.color_primaries, context.color_trc, context.color_range
        assert tags == (1, 1, 1, 1)
        assert picture.time_base == Fraction(1, 30_000)
        assert (picture.start_time, sound.start_time) == (0, 0)
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 48_000, 2)
        assert not file.metadata.keys() & {"title", "comment", "artist"}
    head = film.rendered.path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    assert film.rendered.size_bytes == len(head)
    assert film.rendered.seconds == pytest.approx(40 / 30)
    assert film.rendered.cpu_seconds > 0


async def test_a_preview_is_the_same_film(studio: Studio) -> None:
    film = await studio.render([video(studio.video(), 30, source_in=7)], preset="preview")
    assert film.counts() == list(range(7, 37))


async def test_a_gif_has_twelve_frames_a_second_and_no_sound(studio: Studio) -> None:
    film = await studio.render([video(studio.video(), 45), shape("#ff0000", 30)], preset="gif")
    assert film.rendered.path.suffix == ".gif"
    assert film.rendered.frames == 30
    with av.open(str(film.rendered.path)) as file:
        assert not file.streams.audio
    assert len(film.pictures) == 30
    assert near(film.color(29), RED, 30)
    assert film.color(17)[1] == film.color(17)[0]


@pytest.mark.parametrize(
    ("rate", "ticks"),
    [
        ("24", 30_000),
        ("30", 30_000),
        ("30000/1001", 30_000),
        ("24000/1001", 120_000),
        ("60000/1001", 120_000),
        ("13", 10_010),
    ],
)
def test_a_frame_is_a_whole_number_of_ticks(rate: str, ticks: int) -> None:
    fps = Rate.model_validate(rate)
    assert timescale(fps) == ticks
    assert ticks * fps.den % fps.num == 0


@pytest.mark.parametrize("fps", ["24000/1001", "60", "13"])
async def test_any_rate_gives_exact_frames(studio: Studio, fps: str) -> None:
    clip = studio.video(fps=fps)
    film = await studio.render([video(clip, 12, source_in=20), video(clip, 13, id="b")], fps=fps)
    assert film.counts() == [*range(20, 32), *range(13)]


# --- odd sources -----------------------------------------------------------------------------


async def test_sources_with_b_frames_and_long_gops_are_cut_exactly(studio: Studio) -> None:
    clip = studio.video(picture="color=black", options=DETAILED)
    starts = (0, 1, 23, 47, 48, 49, 95)
    film = await studio.render([video(clip, 6, id=f"v{at}", source_in=at) for at in starts])
    assert film.counts() == [frame for at in starts for frame in range(at, at + 6)]


@pytest.mark.parametrize("suffix", ["webm", "mkv", "mov"])
async def test_other_containers_are_cut_exactly(studio: Studio, suffix: str) -> None:
    clip = studio.video(suffix=suffix)
    film = await studio.render(
        [video(clip, 20, source_in=33), video(clip, 20, id="b", source_in=90)]
    )
    assert film.counts() == [*range(33, 53), *range(90, 110)]


async def test_a_varying_rate_keeps_its_time(studio: Studio) -> None:
    """The second half has every fifth picture only; each stands until the next one comes."""
    chosen = f"{COUNTING},select='lt(t,1)+not(mod(n,5))'"
    clip = studio.video(
        seconds=2, picture="color=black", options=("-vf", chosen, "-fps_mode", "vfr")
    )
    film = await studio.render(
        [video(clip, 12, source_in=25), video(clip, 9, id="b", source_in=43)]
    )
    assert film.counts() == [
        25,
        26,
        27,
        28,
        29,
        30,
        30,
        30,
        30,
        30,
        35,
        35,
        *[40] * 2,
        *[45] * 5,
        *[50] * 2,
    ]


async def test_times_count_from_where_a_file_begins(studio: Studio) -> None:
    """The pictures begin at 5 s of the file's clock, the sound half a second later."""
    whole = studio.files[studio.video()].original
    path = studio.root / "late.mkv"
    late = ("-itsoffset", "0.5", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy")
    ffmpeg("-i", whole, *late, "-output_ts_offset", "5", path)
    studio.add(path, "video", seconds=4, has_audio=True, width=160, height=90)
    film = await studio.render([video("late", 30), video("late", 20, id="b", source_in=5)])
    assert film.counts() == [*range(30), *range(5, 25)]
    for quiet, loud in (((0, 0.49), (0.52, 1)), ((1, 1.32), (1.35, 1.6))):
        assert film.level(*quiet) < -60
        assert film.level(*loud) == pytest.approx(-18, abs=0.5)


async def test_a_phone_video_stands_upright(studio: Studio) -> None:
    lying = studio.video(seconds=1)
    path = studio.root / "phone.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(studio.files[lying].original), "-c", "copy", path)
    studio.add(path, "video", seconds=1, has_audio=True, width=90, height=160)
    film = await studio.render([video("phone", 20)], width=90, height=160)
    for frame in (3, 10, 19):  # turned against the clock: the stripes run from the bottom up
        bits = [film.color(frame, y=1 - (bit + 0.5) / 8)[1] > 128 for bit in range(8)]
        assert sum(on << bit for bit, on in enumerate(bits)) == frame


async def test_a_clip_that_is_cut_off_gives_what_it_has(studio: Studio) -> None:
    path = media.truncated(studio.root / "cut.mp4")
    studio.add(path, "video", seconds=4, has_audio=True, width=320, height=180)
    film = await studio.render(
        [video("cut", 30, source_in=80), video("cut", 30, id="b", source_in=118)]
    )
    assert film.rendered.frames == 60


async def test_a_clip_whose_sound_was_lost_is_silent(studio: Studio) -> None:
    clip = studio.video(sound=False)
    studio.clips[clip] = studio.clips[clip].but(has_audio=True)
    film = await studio.render([video(clip, 20)])
    assert film.level(0, 0.6) < -60


async def test_an_animated_gif_plays(studio: Studio) -> None:
    path = media.animation(studio.root / "moves.gif", seconds=2)
    studio.add(path, "video", seconds=2, width=160, height=90)
    assert (await studio.render([video("moves", 30, source_in=15)])).rendered.frames == 30


async def test_a_source_that_changes_its_size_keeps_all_frames(studio: Studio) -> None:
    parts = [
        studio.video(f"p{n}", size=size, seconds=1, sound=False, suffix="mkv", picture="color=red")
        for n, size in enumerate(("160x90", "320x180"))
    ]
    path = studio.root / "joined.mkv"
    playlist = studio.root / "list.txt"
    playlist.write_text("".join(f"file '{studio.files[part].original.name}'\n" for part in parts))
    ffmpeg("-f", "concat", "-i", str(playlist), "-c", "copy", path)
    studio.add(path, "video", seconds=2, width=160, height=90)
    film = await studio.render([video("joined", 60, transform=Transform(scale=1.5))])
    assert film.rendered.frames == 60
    assert near(film.color(55), RED)


async def test_colours_survive_whatever_the_source_says_about_them(studio: Studio) -> None:
    orange = (230, 120, 40)
    flat = "color=0xE67828"
    tagged = {
        "plain": (),
        "wide": (
            "-vf",
            "scale=out_color_matrix=bt709:out_range=full,format=yuv420p",
            "-color_range",
            "pc",
        ),
        "old": ("-vf", "scale=out_color_matrix=smpte170m", "-colorspace", "smpte170m"),
        "new": ("-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709"),
        "deep": (
            "-vf",
            "scale=out_color_matrix=bt709,format=yuv444p10",
            "-colorspace",
            "bt709",
            "-pix_fmt",
            "yuv444p10",
        ),
    }
    for name, options in tagged.items():
        studio.video(name, picture=flat, seconds=1, sound=False, options=options)
    film = await studio.render([video(name, 4) for name in tagged])
    for index, name in enumerate(tagged):
        assert near(film.color(4 * index + 2), orange, 6), (name, film.color(4 * index + 2))


async def test_words_of_any_kind_are_drawn_and_harm_nothing(studio: Studio) -> None:
    words = "It's 100%: {x} \\n [a];b,c='d' \"e\" $HOME `id` %{pts} 🎉 שלום ../../x\n\x07"
    text = Text(id="t", label=words[:40], text=words, duration=10)
    studio.video("blue", picture="color=blue", seconds=1)
    film = await studio.render([video("blue", 10)], text)
    assert film.rendered.frames == 10
    row = [film.color(5, x / 160, y / 90) for x in range(160) for y in range(90)]
    assert any(near(color, (255, 255, 255), 60) for color in row)


async def test_a_place_with_an_odd_name_is_fine(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.renderers.local.windows._MOST", 10)
    studio.root = studio.root / "it's; a [b],c=d %s"
    studio.root.mkdir()
    clip = studio.video()
    main = [video(clip, 20, id="a"), video(clip, 20, id="b")]
    film = await studio.render(main, shape("#ff0000", 5, fade_in=3))
    assert film.rendered.frames == 40


# --- windows ---------------------------------------------------------------------------------


def rich(studio: Studio) -> Timeline:
    """A film with something of everything going on."""
    clip = studio.video(seconds=4)
    studio.picture("logo", (80, 40), "blue")
    zoom = (Keyframe(frame=0, value=0.5), Keyframe(frame=40, value=1))
    slide = (Keyframe(frame=0, value=0.1), Keyframe(frame=60, value=0.9, easing="ease-in"))
    overlays: list[Item] = [
        shape(
            "#ff0000", 60, width=0.2, height=0.2, anchor=TimeAnchor(at=10), fade_in=20, fade_out=20
        ),
        Image(
            id="logo",
            label="logo",
            clip="logo",
            duration=90,
            transform=Transform(scale=0.2, y=0.2),
            keyframes={"x": slide},
        ),
        video(
            clip,
            50,
            id="inset",
            source_in=20,
            speed=1.5,
            transform=Transform(scale=0.3, y=0.8),
            anchor=TimeAnchor(at=5),
        ),
    ]
    main: list[Item] = [
        video(clip, 30, id="a", source_in=5, fade_in=10),
        video(clip, 30, id="b", source_in=50, speed=0.5, transition_in=Transition(frames=8)),
        video(clip, 40, id="c", keyframes={"scale": zoom}, opacity=0.8),
    ]
    return studio.timeline(main, *overlays)


def divided(timeline: Timeline) -> list[Window]:
    """What is encoded together where nothing was kept."""
    film = chunks(timeline)
    return [(group[0][0], group[-1][1]) for group in windows(timeline, film, film)]


async def encoded(studio: Studio, timeline: Timeline, window: tuple[int, int]) -> Film:
    found, _ = await look_into(timeline, studio.files)
    stills = {
        item.id: draw_still(
            item, timeline, studio.files["logo"].still, studio.root / f"drawn_{item.id}.png"
        )
        for item in drawables(timeline)
    }
    out = studio.root / f"part{window[0]}.mp4"
    scene = lower(timeline, window, stills)
    quality = replace(QUALITY["source"], crf=4)
    await encode_window(scene, found, quality, out, lambda _: None)
    return Film(Rendered(out, 0, scene.frames, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("window", [(0, 22), (22, 40), (12, 92), (41, 60), (60, 92)])
async def test_a_window_shows_the_same_frames_as_the_whole_film(
    studio: Studio, window: tuple[int, int]
) -> None:
    timeline = rich(studio)
    assert timeline.duration == 92
    whole = await encoded(studio, timeline, (0, 92))
    part = await encoded(studio, timeline, window)
    assert len(part.pictures) == window[1] - window[0]
    spots = [((x + 0.5) / 16, (y + 0.5) / 9) for x in range(16) for y in range(9)]
    for frame in range(*window):
        different = [
            spot
            for spot in spots
            if not near(part.color(frame - window[0], *spot), whole.color(frame, *spot), 40)
        ]
        assert len(different) <= 3, (frame, different)


@pytest.mark.parametrize("window", [(0, 25), (25, 92), (0, 93), (5, 5), (-1, 4)])
def test_a_window_may_not_cut_a_transition_nor_leave_the_film(
    studio: Studio, window: tuple[int, int]
) -> None:
    timeline = rich(studio)
    with pytest.raises(ValueError, match="window"):
        lower(timeline, window, {})


@pytest.mark.parametrize("fps", ["30", "30000/1001"])
async def test_a_film_of_120_pieces_is_exact(studio: Studio, fps: str) -> None:
    clip = studio.video(seconds=8, fps=fps)
    pieces = [video(clip, 5, id=f"v{n}", source_in=(n * 37) % 230) for n in range(120)]
    timeline = studio.timeline(pieces, fps=fps)
    assert len(divided(timeline)) > 3
    film = await studio.film(timeline)
    assert film.rendered.frames == 600
    with av.open(str(film.rendered.path)) as file:
        times = sorted(packet.pts for packet in file.demux(video=0) if packet.pts is not None)
    assert times == [
        frame * 30_000 * timeline.canvas.fps.den // timeline.canvas.fps.num for frame in range(600)
    ]
    assert film.counts() == [(n * 37) % 230 + frame for n in range(120) for frame in range(5)]
    assert len(film.samples[0]) == samples(600, timeline.canvas.fps)
    assert film.level(0, 20) == pytest.approx(-18, abs=0.5)


def test_most_films_are_one_window_and_many_videos_make_more(studio: Studio) -> None:
    clip = studio.video()
    change = Transition(frames=10)
    few = [video(clip, 60, id=f"v{n}") for n in range(10)]
    assert divided(studio.timeline(few)) == [(0, 600)]
    joined = [video(clip, 60, id=f"v{n}", transition_in=change) for n in range(50)]
    timeline = studio.timeline(joined)
    parts = divided(timeline)
    assert len(parts) > 2
    assert parts[0][0] == 0
    assert parts[-1][1] == timeline.duration
    assert all(one[1] == other[0] for one, other in pairwise(parts))
    for window in parts:
        assert sum(p.start < window[1] and window[0] < p.end for p in timeline.main) < 20
        lower(timeline, window, {})


# --- progress, failure, cancelling -----------------------------------------------------------


async def test_progress_only_grows_and_ends_at_one(studio: Studio) -> None:
    clip = studio.video(size="640x360", picture="testsrc2", seconds=4)
    film = await studio.render([video(clip, 120)], preset="1080p")
    fractions = [event.fraction for event in film.progress]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    stages = list(dict.fromkeys(event.stage for event in film.progress))
    assert stages == ["drawing", "rendering", "finishing", "checking", "done"]
    assert any(event.seconds_left is not None for event in film.progress)


async def test_the_time_of_all_children_is_counted(studio: Studio) -> None:
    clip = studio.video(size="640x360", picture="testsrc2")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    film = await studio.render([video(clip, 60, speed=1.5)], width=640, height=360)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert film.rendered.cpu_seconds == pytest.approx(spent, rel=0.02)


async def test_an_empty_film_is_refused(studio: Studio) -> None:
    with pytest.raises(RenderFailed, match="add a clip"):
        await studio.render([])


async def test_a_missing_or_broken_file_is_named(studio: Studio) -> None:
    clip = studio.video()
    studio.files[clip].original.write_bytes(b"nonsense" * 1000)
    with pytest.raises(RenderFailed, match=r"“count\.mp4” cannot be read"):
        await studio.render([video(clip, 10)])
    studio.files[clip].original.unlink()
    with pytest.raises(RenderFailed, match=r"“count\.mp4” is missing"):
        await studio.render([video(clip, 10)])
    studio.files.clear()
    with pytest.raises(RenderFailed, match="missing"):
        await studio.render([video(clip, 10)])
    assert leftovers(studio) == []
    assert not (studio.root / "film.mp4").exists()


async def test_a_place_that_cannot_be_written_is_told(studio: Studio) -> None:
    clip = studio.video()
    (studio.root / "file").touch()
    with pytest.raises(RenderFailed, match="could not be written"):
        async for _ in studio.events(
            studio.timeline([video(clip, 3)]), "source", studio.root / "file" / "x.mp4"
        ):
            pass


async def test_a_full_disk_is_told(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.renderers.local.encode._FILE_BYTES", 20_000)
    clip = studio.video(picture="testsrc2", size="640x360")
    with pytest.raises(RenderFailed, match="disk space"):
        await studio.render([video(clip, 60)])
    assert leftovers(studio) == []


async def test_an_old_film_stays_when_a_new_one_fails(studio: Studio) -> None:
    clip = studio.video()
    await studio.render([video(clip, 10)])
    before = (studio.root / "film.mp4").read_bytes()
    studio.files[clip].original.write_bytes(b"nonsense" * 1000)
    with pytest.raises(RenderFailed):
        await studio.render([video(clip, 10)])
    assert (studio.root / "film.mp4").read_bytes() == before


def long_film(studio: Studio) -> Timeline:
    clip = studio.video(size="640x360", picture="testsrc2", seconds=4)
    return studio.timeline(
        [video(clip, 110, id=f"v{n}") for n in range(12)], width=1920, height=1080
    )


def children() -> list[str]:
    """The names of our child processes, as far as they are encoders."""
    stats = (path.read_text().rpartition(")") for path in Path("/proc").glob("[0-9]*/stat"))
    ours = (name for name, _, rest in stats if int(rest.split()[1]) == os.getpid())
    return [name for name in ours if "ffmpeg" in name]


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_stopping_early_leaves_nothing_behind(studio: Studio, how: str) -> None:
    timeline, out = long_film(studio), studio.root / "film.mp4"

    async def watch() -> None:
        async with aclosing(
            LocalRenderer(0.04).render(timeline, studio.files, "source", out)
        ) as events:
            async for event in events:
                assert isinstance(event, Progress)
                if event.stage == "rendering":
                    assert children()
                    if how == "close":
                        return
                    asyncio.current_task().cancel()  # type: ignore[union-attr]

    task = asyncio.create_task(watch())
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() == (how == "cancel")
    assert leftovers(studio) == []
    assert not out.exists()
    assert children() == []


_KILLED = """
import asyncio, pickle, sys
from pathlib import Path
from bot.adapters.renderers.local.renderer import LocalRenderer

async def main():
    timeline, files, out = pickle.loads(sys.stdin.buffer.read())
    async for event in LocalRenderer(0.04).render(timeline, files, "source", out):
        print(event.stage, flush=True)

asyncio.run(main())
"""


async def test_what_a_killed_render_leaves_is_removed_by_the_next(studio: Studio) -> None:
    order = pickle.dumps((long_film(studio), studio.files, studio.root / "film.mp4"))
    with subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", _KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(order)
        process.stdin.close()
        assert any(line == b"rendering\n" for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    assert len(leftovers(studio)) == 1
    assert not (studio.root / "film.mp4").exists()
    with workspace(studio.root / "other.mp4"):
        assert [name[:7] for name in leftovers(studio)] == [".other."]
    assert leftovers(studio) == []


def test_a_living_workspace_is_not_swept(tmp_path: Path) -> None:
    with workspace(tmp_path / "one.mp4") as one:
        (one / "part").touch()
        with workspace(tmp_path / "two.mp4") as two:
            assert (one / "part").exists()
            assert two != one
        assert not two.exists()
    assert list(tmp_path.iterdir()) == []


async def test_two_films_at_once_do_not_disturb_each_other(studio: Studio) -> None:
    timeline = studio.timeline([video(studio.video(), 30)])

    async def film(name: str) -> Any:
        return [event async for event in studio.events(timeline, "source", studio.root / name)][-1]

    films = await asyncio.gather(film("one.mp4"), film("two.mp4"))
    assert [film.frames for film in films] == [30, 30]


async def test_bars_and_pictures_in_pictures_have_the_right_colour(studio: Studio) -> None:
    studio.video("red", picture="color=red", seconds=1)
    inset = video("red", 5, transform=Transform(scale=0.5))
    film = await studio.render([], inset, background="#0000ff")
    assert near(film.color(2), RED)
    assert near(film.color(2, 0.1), BLUE)
