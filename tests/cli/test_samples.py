import asyncio
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from bot.adapters.process import ffmpeg_exe, run
from bot.cli.samples import Samples, make_samples
from bot.ports import ChildFailed, StoreFailed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return asyncio.run(make_samples(tmp_path_factory.mktemp("demo") / "samples"))


@pytest.fixture
def failing_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FFMPEG_BINARY", "false")
    ffmpeg_exe.cache_clear()
    yield
    ffmpeg_exe.cache_clear()


def pictures(clip: Path) -> list[Image.Image]:
    """The first picture of each second, small."""
    with av.open(str(clip)) as film:
        seconds = [frame for n, frame in enumerate(film.decode(video=0)) if n % 30 == 0]
        return [f.to_image(width=64, height=36) for f in seconds]  # type: ignore[no-untyped-call]


def whole_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def distance(one: Image.Image, other: Image.Image) -> float:
    """How different two pictures are: 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


async def loudness(sound: Path) -> float:
    """Integrated loudness in LUFS."""
    meter = ("-vn", "-af", "ebur128", "-f", "null", "-")
    measured = await run([ffmpeg_exe(), "-i", str(sound), *meter], timeout_seconds=30)
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", measured.stderr)[-1])


def test_clips_have_the_format_of_a_usual_video(samples: Samples) -> None:
    assert [clip.name for clip in samples.clips] == ["sunrise.mp4", "city.mp4", "ocean.mp4"]
    for clip in samples.clips:
        with av.open(str(clip)) as film:
            picture, sound = film.streams.video[0], film.streams.audio[0]
            assert (picture.codec.name, picture.pix_fmt) == ("h264", "yuv420p")
            assert (picture.width, picture.height) == (1280, 720)
            assert picture.average_rate == 30
            assert (sound.codec.name, sound.rate, sound.layout.name) == ("aac", 48_000, "stereo")
            seconds = picture.frames / 30
            assert 6 <= seconds <= 9
            assert film.duration == pytest.approx(seconds * av.time_base, abs=50_000)


def test_clips_move_all_the_time(samples: Samples) -> None:
    for clip in samples.clips:
        assert all(distance(one, later) > 1 for one, later in pairwise(pictures(clip)))


def test_clips_can_be_told_apart_by_their_thumbnails(samples: Samples) -> None:
    thumbnails = [pictures(clip)[2] for clip in samples.clips]
    assert all(distance(one, other) > 50 for one, other in combinations(thumbnails, 2))


async def test_sounds_are_about_as_loud_as_each_other(samples: Samples) -> None:
    for sound in (*samples.clips, samples.music):
        assert -21.5 < await loudness(sound) < -16.5


def test_music_lasts_twelve_seconds(samples: Samples) -> None:
    with av.open(str(samples.music)) as music:
        assert music.duration == pytest.approx(12 * av.time_base, abs=50_000)
        assert not music.streams.video


def test_logo_is_opaque_where_it_is_drawn_and_clear_around(samples: Samples) -> None:
    with Image.open(samples.logo) as logo:
        assert logo.mode == "RGBA"
        assert logo.getchannel("A").getextrema() == (0, 255)
        assert logo.getpixel((0, 0))[3] == 0  # type: ignore[index]


async def test_files_that_are_there_are_kept_and_missing_ones_made_again(samples: Samples) -> None:
    kept = [path.stat().st_mtime_ns for path in (*samples.clips, samples.music)]
    samples.logo.unlink()
    assert await make_samples(samples.logo.parent) == samples
    assert samples.logo.is_file()
    assert [path.stat().st_mtime_ns for path in (*samples.clips, samples.music)] == kept


@pytest.mark.usefixtures("failing_ffmpeg")
async def test_a_failing_ffmpeg_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed):
        await make_samples(tmp_path)
    assert not whole_files(tmp_path)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="Not a directory"):
        await make_samples(tmp_path / "file" / "samples")


async def test_cancelling_leaves_no_file_that_looks_whole(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await make_samples(tmp_path)
    assert not whole_files(tmp_path)
