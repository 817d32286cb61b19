"""Films that are made with pieces of earlier ones."""

import asyncio
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import av
import pytest

from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.chunks import chunks
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.local.reporter import Reporter
from bot.adapters.renderers.local.sources import work
from bot.engine.composition import Audio, Item, ItemAnchor, Text, Transition
from bot.engine.cost import FilmSize, Work
from bot.engine.layout import Timeline
from bot.ports import Rendered, RenderFailed
from tests.adapters.renderers.conftest import COUNTING, Film, Studio, near
from tests.adapters.renderers.test_local_cache import piece
from tests.adapters.renderers.test_local_film import DETAILED, leftovers
from tests.adapters.renderers.test_local_pictures import shape, video


@pytest.fixture
def kept(studio: Studio, tmp_path: Path) -> Cache:
    studio.cache = Cache(tmp_path / "kept", 1 << 30)
    return studio.cache


def entries(cache: Cache) -> set[Path]:
    return set(cache.folder.iterdir())


def story(studio: Studio, words: str = "One", head: int = 0, *, opening: bool = False) -> Timeline:
    """Counting clips with a title in one; its picture is where the count is not read."""
    main: list[Item] = [
        video("count", 130 - head, id="a", source_in=20 + head),
        video("count", 90, id="b", source_in=100, speed=1.5, transition_in=Transition(frames=9)),
        video("count", 50, id="c", source_in=3),
    ]
    if opening:
        main.insert(0, shape("#00ff00", 40, id="green", width=1, height=1))
        main[1] = main[1].but(transition_in=None)
    title = Text(
        id="t", label="t", text=words, duration=20, fade_in=5,
        anchor=ItemAnchor(item="a", offset=100 - head),
    )  # fmt: skip
    music = Audio(id="m", label="m", clip="music", duration=1, to_end=True, duck=True)
    return studio.timeline(main, title, music)


def clips(studio: Studio) -> None:
    studio.video("count", picture="color=black", seconds=8, options=DETAILED)
    studio.sound("music", seconds=20)


ENDING = 48_000  # samples


def packets(film: Film) -> list[int]:
    with av.open(str(film.rendered.path)) as file:
        return sorted(p.pts for p in file.demux(video=0) if p.size and p.pts is not None)


async def made(studio: Studio, timeline: Timeline, name: str = "fresh.mp4") -> Film:
    *_, rendered = [event async for event in studio.events(timeline, "source", studio.root / name)]
    assert isinstance(rendered, Rendered)
    return Film(rendered)


async def fresh(studio: Studio, timeline: Timeline) -> Film:
    """The film made without a cache."""
    cache, studio.cache = studio.cache, None
    film = await made(studio, timeline)
    studio.cache = cache
    return film


def assert_same(one: Film, other: Film) -> None:
    """Equal but for what encoding does."""
    assert packets(one) == packets(other) == [1000 * n for n in range(len(one.pictures))]
    for side, same in zip(one.samples, other.samples, strict=True):
        assert len(side) == len(same)
        # How ffmpeg's filters end depends on how its threads meet.
        assert side[:-ENDING] == same[:-ENDING]
    spots = [((x + 0.5) / 16, (y + 0.5) / 9) for x in range(16) for y in range(9)]
    for frame in range(len(one.pictures)):
        far = [
            spot
            for spot in spots
            if not near(one.color(frame, *spot), other.color(frame, *spot), 60)
        ]
        assert len(far) <= 2, (frame, far)


@pytest.mark.slow
async def test_edit_after_edit_the_film_is_what_a_render_from_nothing_gives(
    studio: Studio, kept: Cache
) -> None:
    clips(studio)
    before: set[Path] = set()
    new = []
    edits = (
        story(studio),
        story(studio, "Two"),
        story(studio, "Two", head=7),
        story(studio, "Two", head=7, opening=True),
    )
    for number, timeline in enumerate(edits):
        film = await studio.film(timeline)
        new.append(len(entries(kept) - before))
        before = entries(kept)
        if number % 2:
            assert_same(film, await fresh(studio, timeline))
    assert new == [
        len(chunks(story(studio))) + 1,  # and the sound
        1,  # what the title is on
        2,  # the head, and the sound
        2,  # what was put in front, and the sound
    ]


@pytest.mark.usefixtures("kept")
async def test_every_picture_is_there_once_wherever_it_comes_from(studio: Studio) -> None:
    """Sources whose keyframes are few, and whose pictures refer to those of the next group."""
    open_gop = ("-x264-params", "open-gop=1", "-bf", "3", "-g", "48", "-preset", "fast")
    studio.video(
        "count", picture="color=black", seconds=8, options=(*DETAILED[:2], *open_gop), suffix="mkv"
    )
    counted = range(11, 231)
    for head in (0, 1, 5):
        main: list[Item] = [video("count", 220 - head, source_in=11 + head)]
        film = await studio.film(studio.timeline(main))
        assert film.counts() == list(counted)[head:]


@pytest.mark.usefixtures("kept")
async def test_a_render_of_what_is_there_encodes_nothing(studio: Studio) -> None:
    clips(studio)
    first = await studio.film(story(studio))
    content = first.rendered.path.read_bytes()
    again = await studio.film(story(studio))
    assert again.rendered.path.read_bytes() == content
    assert again.rendered.cpu_seconds < first.rendered.cpu_seconds
    rendering = [event.fraction for event in again.progress if event.stage == "rendering"]
    assert rendering == [pytest.approx(0.95)]


@pytest.mark.usefixtures("kept")
async def test_progress_starts_where_the_kept_part_ends(studio: Studio) -> None:
    clips(studio)
    await studio.film(story(studio))
    film = await studio.film(story(studio, "Two"))
    fractions = [event.fraction for event in film.progress]
    assert fractions == sorted(fractions)
    rendering = [event.fraction for event in film.progress if event.stage == "rendering"]
    assert 0.8 < rendering[0] < 0.95


async def test_what_is_left_is_judged_by_what_was_done_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    reporter = Reporter()
    for seconds, fraction in ((0, 0.8), (2, 0.801), (4, 0.85), (6, 0.9)):
        now[0] = seconds
        reporter.tell("rendering", fraction)
    reporter.close()
    left = [event.seconds_left async for event in reporter]
    assert left == [None, None, pytest.approx(12), pytest.approx(6)]


async def test_damaged_and_missing_pieces_are_made_again(studio: Studio, kept: Cache) -> None:
    clips(studio)
    await studio.film(story(studio))
    whole = {file.name: file.stat().st_size for file in entries(kept)}
    one, two, three, *_ = sorted(entries(kept))
    one.unlink()
    two.write_bytes(two.read_bytes()[:-10])
    content = bytearray(three.read_bytes())
    content[len(content) // 2] ^= 4
    three.write_bytes(content)
    film = await studio.film(story(studio))
    assert_same(film, await fresh(studio, story(studio)))
    assert len(entries(kept)) == len(whole)


async def test_kept_pieces_that_make_no_film_are_forgotten(studio: Studio, kept: Cache) -> None:
    clips(studio)
    await studio.film(story(studio))
    keys = [file.name.partition("-")[0] for file in entries(kept)]
    kept.forget(keys)
    kept.keep([(key, piece(studio.root, b"no film")) for key in keys])
    with pytest.raises(RenderFailed):
        await studio.film(story(studio))
    assert (await studio.film(story(studio))).rendered.frames == 261


async def test_a_film_that_cannot_be_cut_or_joined_by_bytes_is_made_by_ffmpeg_alone(
    studio: Studio, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.renderers.local.mp4.track._LONGEST_INDEX", 0)
    clips(studio)
    assert_same(await studio.film(story(studio)), await fresh(studio, story(studio)))
    assert len(entries(kept)) == 1  # the sound


@pytest.mark.usefixtures("kept")
async def test_two_renders_at_once_share_what_is_kept(studio: Studio) -> None:
    clips(studio)

    timeline = story(studio)
    one, two = await asyncio.gather(*(made(studio, timeline, f"{n}.mp4") for n in range(2)))
    assert_same(one, two)
    assert_same(await studio.film(story(studio)), await fresh(studio, story(studio)))


_KILLED = """
import asyncio, pickle, sys
from bot.adapters.renderers.local import windows
from bot.adapters.renderers.local.renderer import LocalRenderer

windows._MOST_CHUNKS = 1

async def main():
    timeline, files, out, cache = pickle.loads(sys.stdin.buffer.read())
    async for event in LocalRenderer(0.04, cache).render(timeline, files, "source", out):
        print(event.fraction if hasattr(event, "fraction") else "", flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_killed_render_goes_on_where_it_was(studio: Studio, kept: Cache) -> None:
    studio.video("large", size="640x360", picture="testsrc2", seconds=8)
    timeline = studio.timeline([video("large", 240, muted=True)], width=1920, height=1080)
    order = pickle.dumps((timeline, studio.files, studio.root / "film.mp4", kept))
    with subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", _KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(order)
        process.stdin.close()
        assert any(float(line) > 0.4 for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    pictures = [file for file in entries(kept) if file.stat().st_size > 50_000]
    assert 0 < len(pictures) < len(chunks(timeline)) == 4
    film = await studio.film(timeline)
    assert set(pictures) < entries(kept)
    assert leftovers(studio) == []
    assert packets(film) == [1000 * frame for frame in range(240)]
    rendering = [event.fraction for event in film.progress if event.stage == "rendering"]
    assert rendering[0] == pytest.approx(0.05 + 0.9 * len(pictures) / 4)


@pytest.mark.parametrize(
    ("new", "keys"), [("all", 4), ("", 0), ("1.983333-3.983333", 1), ("0.000000-2,3.9-9", 3)]
)
async def test_of_a_long_film_the_keyframes_of_what_is_new_are_decoded(
    studio: Studio, new: str, keys: int
) -> None:
    """A film with keyframes at 0, 2, 4 and 6 s."""
    studio.video(
        "long",
        picture="color=black",
        seconds=8,
        options=("-vf", COUNTING, "-g", "60", "-sc_threshold", "0"),
    )
    done = await work("check", str(studio.files["long"].original), "1", new)
    found = json.loads(done.stdout)
    assert found["decoded"] == found["tried"] == keys + 60


@pytest.mark.parametrize("frames", [1, 2, 13])
async def test_the_shortest_films_are_kept_too(studio: Studio, kept: Cache, frames: int) -> None:
    clips(studio)
    for _ in range(2):
        film = await studio.render([video("count", frames, source_in=9)])
        assert film.counts() == list(range(9, 9 + frames))
    assert len(entries(kept)) == 2


async def test_a_gif_is_made_of_kept_pieces(studio: Studio, kept: Cache) -> None:
    clips(studio)
    for _ in range(2):
        film = await studio.render([video("count", 90)], preset="gif")
        assert film.rendered.path.suffix == ".gif"
    assert len(entries(kept)) == 2


@pytest.mark.parametrize("fps", ["24000/1001", "25", "60000/1001", "12"])
@pytest.mark.usefixtures("kept")
async def test_seams_are_exact_at_any_rate(studio: Studio, fps: str) -> None:
    studio.video("count", picture="color=black", seconds=6, fps=fps, options=DETAILED)
    for head in (0, 3):
        main: list[Item] = [
            video("count", 60 - head, source_in=4 + head),
            video("count", 70, id="b"),
        ]
        film = await studio.film(studio.timeline(main, fps=fps))
        shown: Sequence[int] = [*range(4 + head, 64), *range(70)]
        assert film.counts() == list(shown)


def test_renders_that_used_what_was_kept_do_not_make_others_look_cheap() -> None:
    renderer, size = LocalRenderer(0.04), FilmSize(1000, 1000, 1000)
    alone = renderer.expect(size, [Work(1000, 30)])
    assert renderer.expect(size, [Work(1000, 30), *[Work(1000, 1)] * 9]) == alone
    assert renderer.expect(size, []) == alone
