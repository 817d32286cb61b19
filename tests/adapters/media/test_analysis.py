"""What is in clips, on real media made by ffmpeg."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.process import ffmpeg_exe
from bot.ports import Analysis, MediaRefused, StoreFailed
from tests.media import picture, sound, video


def ffmpeg(*arguments: str) -> None:
    subprocess.run(
        [ffmpeg_exe(), "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL
    )


def spoken(path: Path, *, options: tuple[str, ...] = ()) -> Path:
    """Six seconds: heard at 0-1, 2.5-4 and 4.4-5; red, blue from 2 s, black at 3.5-4.5, green."""
    colors = (("red", 2), ("blue", 1.5), ("black", 1), ("green", 1.5))
    inputs = [
        part
        for color, seconds in colors
        for part in ("-f", "lavfi", "-i", f"color={color}:s=192x108:r=30:d={seconds}")
    ]
    tone = "0.5*sin(2*PI*440*t)*(lt(t,1)+between(t,2.5,4)+between(t,4.4,5))"
    inputs += ["-f", "lavfi", "-i", f"aevalsrc='{tone}':d=5.5"]
    graph = "[0][1][2][3]concat=n=4[v]"
    ffmpeg(
        *inputs, "-filter_complex", graph, "-map", "[v]", "-map", "4:a", "-pix_fmt", "yuv420p",
        "-preset", "ultrafast", *options, str(path),
    )  # fmt: skip
    return path


@pytest.fixture
def store(tmp_path: Path) -> LocalMedia:
    return LocalMedia(tmp_path / "media", max_bytes=10_000_000)


async def taken(store: LocalMedia, path: Path) -> str:
    return (await store.take(path, path.name, lambda _: None)).sha256


def rounded(spans: tuple[tuple[float, float], ...] | None) -> list[tuple[float, float]]:
    assert spans is not None
    return [(round(a, 1), round(b, 1)) for a, b in spans]


async def test_silences_are_found_to_the_end_of_the_clip(store: LocalMedia, tmp_path: Path) -> None:
    found = await store.analysed(await taken(store, spoken(tmp_path / "talk.mp4")), "sound")
    assert rounded(found.silences) == [(1, 2.5), (4, 4.4), (5, 6)]
    assert found.scenes is None


async def test_scene_changes_and_black_stretches_are_found(
    store: LocalMedia, tmp_path: Path
) -> None:
    found = await store.analysed(await taken(store, spoken(tmp_path / "talk.mp4")), "picture")
    assert found.scenes is not None
    assert {2.0, 4.5} <= {round(at, 2) for at in found.scenes}
    assert rounded(found.black) == [(3.5, 4.5)]
    assert found.silences is None


async def test_sound_that_begins_late_is_silent_before(store: LocalMedia, tmp_path: Path) -> None:
    late = tmp_path / "late.mkv"
    tone, red = (
        ("-f", "lavfi", "-i", "sine=440:d=2"),
        ("-f", "lavfi", "-i", "color=red:s=64x64:d=4"),
    )
    ffmpeg(*red, "-itsoffset", "1.5", *tone, "-map", "0:v", "-map", "1:a", str(late))
    found = await store.analysed(await taken(store, late), "sound")
    assert rounded(found.silences) == [(0, 1.5), (3.5, 4)]


async def test_what_was_found_is_kept_and_survives_a_restart(
    store: LocalMedia, tmp_path: Path
) -> None:
    sha256 = await taken(store, spoken(tmp_path / "talk.mp4"))
    home = store.homes.home(sha256)
    os.utime(home, (1_000_000, 1_000_000))
    found = await store.analysed(sha256, "sound")
    assert home.stat().st_mtime == 1_000_000  # the clip does not look as if taken in anew
    original = store.homes.original(sha256)
    assert original is not None
    original.unlink()  # it is not needed a second time
    again = LocalMedia(tmp_path / "media", max_bytes=1)
    assert await again.analysed(sha256, "sound") == found


@pytest.mark.parametrize("content", [b"", b"{}", b'{"silences": [[1', b"\x00" * 100])
async def test_a_broken_note_is_worked_out_again(
    store: LocalMedia, tmp_path: Path, content: bytes
) -> None:
    sha256 = await taken(store, sound(tmp_path / "tone.wav", seconds=1))
    (store.homes.home(sha256) / "sound.json").write_bytes(content)
    assert await store.analysed(sha256, "sound") == Analysis(silences=())


async def test_who_asks_at_the_same_time_shares_the_work(store: LocalMedia, tmp_path: Path) -> None:
    sha256 = await taken(store, sound(tmp_path / "tone.wav", seconds=1))
    first, second = await asyncio.gather(*(store.analysed(sha256, "sound") for _ in range(2)))
    assert first is second


async def test_whoever_stops_waiting_does_not_stop_the_work(
    store: LocalMedia, tmp_path: Path
) -> None:
    sha256 = await taken(store, spoken(tmp_path / "talk.mp4"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await store.analysed(sha256, "sound")
    assert rounded((await store.analysed(sha256, "sound")).silences) == [(1, 2.5), (4, 4.4), (5, 6)]


async def test_what_was_refused_when_nobody_waited_is_told_to_who_asks_next(
    store: LocalMedia, tmp_path: Path
) -> None:
    sha256 = await taken(store, spoken(tmp_path / "talk.mp4"))
    original = store.homes.original(sha256)
    assert original is not None
    whole = original.read_bytes()
    original.write_bytes(os.urandom(20_000))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await store.analysed(sha256, "sound")
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
    original.write_bytes(whole)
    with pytest.raises(MediaRefused, match="damaged"):
        await store.analysed(sha256, "sound")
    assert (await store.analysed(sha256, "sound")).silences


async def test_what_has_no_sound_or_no_picture_is_refused(
    store: LocalMedia, tmp_path: Path
) -> None:
    mute = await taken(store, video(tmp_path / "mute.mp4", sound=False))
    image = await taken(store, picture(tmp_path / "logo.png"))
    tone = await taken(store, sound(tmp_path / "tone.wav"))
    for sha256 in (mute, image):
        with pytest.raises(MediaRefused, match="it has no sound"):
            await store.analysed(sha256, "sound")
    for sha256 in (tone, image):
        with pytest.raises(MediaRefused, match="it is no video"):
            await store.analysed(sha256, "picture")


async def test_a_clip_that_went_bad_is_refused_and_one_that_is_gone_is_told(
    store: LocalMedia, tmp_path: Path
) -> None:
    sha256 = await taken(store, spoken(tmp_path / "talk.mp4"))
    original = store.homes.original(sha256)
    assert original is not None
    original.write_bytes(os.urandom(20_000))
    with pytest.raises(MediaRefused, match="damaged"):
        await store.analysed(sha256, "sound")
    original.unlink()
    with pytest.raises(StoreFailed, match="missing: send the clip again"):
        await store.analysed(sha256, "picture")


async def test_a_clip_that_is_cut_off_is_looked_into_as_far_as_it_goes(
    store: LocalMedia, tmp_path: Path
) -> None:
    whole = spoken(tmp_path / "talk.mkv")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    found = await store.analysed(await taken(store, cut), "sound")
    assert rounded(found.silences)[0] == (1, 2.5)


async def test_what_is_known_is_told_without_looking(store: LocalMedia, tmp_path: Path) -> None:
    sha256 = await taken(store, spoken(tmp_path / "talk.mp4"))
    assert await store.known(sha256) == Analysis()
    heard = await store.analysed(sha256, "sound")
    assert await store.known(sha256) == heard
    seen = await store.analysed(sha256, "picture")
    assert await store.known(sha256) == heard | seen
