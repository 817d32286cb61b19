import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.ports import MediaRefused, StoreFailed
from tests import media

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(root: Path) -> LocalMedia:
    return LocalMedia(root, max_bytes=10_000_000)


def ignore(fraction: float) -> None:
    """Listen to no progress."""


def clips(root: Path) -> list[str]:
    """The clips that a store holds, by hash."""
    return [path.name for path in root.glob("??/*")]


def lose(root: Path, name: str) -> None:
    """Remove a file of the only clip."""
    next(root.rglob(name)).unlink()


def leftovers(root: Path) -> list[Path]:
    return [path for path in (root / "incoming").iterdir() if path.is_dir()]


async def test_a_clip_is_kept_with_its_facts_and_thumbs(store: LocalMedia, tmp_path: Path) -> None:
    source = media.video(tmp_path / "intro.mp4")
    facts = await store.take(source, "intro.mp4", ignore)
    assert (facts.kind, facts.seconds, facts.width, facts.height) == ("video", 2, 320, 180)
    assert (facts.fps, facts.has_audio, facts.notes) == (30, True, ())
    files = await store.files(facts.sha256)
    assert files.original.read_bytes() == source.read_bytes()
    assert files.original.name == "original.mp4"
    assert [thumb.name for thumb in files.thumbs] == [f"thumb_{n:02}.jpg" for n in range(16)]
    assert files.still is None


async def test_a_picture_gets_a_still_and_one_thumb(store: LocalMedia, tmp_path: Path) -> None:
    facts = await store.take(media.picture(tmp_path / "logo.png"), "logo.png", ignore)
    files = await store.files(facts.sha256)
    assert files.still
    assert files.still.name == "still.png"
    assert len(files.thumbs) == 1


async def test_progress_rises_to_one(store: LocalMedia, tmp_path: Path) -> None:
    heard: list[float] = []
    await store.take(media.video(tmp_path / "a.mp4"), "a.mp4", heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert len(heard) > 1


async def test_the_same_bytes_twice_are_one_clip(store: LocalMedia, tmp_path: Path) -> None:
    one, other = (media.picture(tmp_path / name) for name in ("one.png", "other.png"))
    first = await store.take(one, one.name, ignore)
    stored = (await store.files(first.sha256)).original.stat()
    assert await store.take(other, other.name, ignore) == first
    assert (await store.files(first.sha256)).original.stat() == stored


@pytest.mark.parametrize("lost", ["original.mp4", "facts.json"])
async def test_a_clip_that_lost_a_file_is_whole_again_when_it_is_taken_again(
    store: LocalMedia, root: Path, tmp_path: Path, lost: str
) -> None:
    source = media.video(tmp_path / "intro.mp4")
    facts = await store.take(source, "intro.mp4", ignore)
    lose(root, lost)
    assert await store.take(source, "intro.mp4", ignore) == facts
    assert (await store.files(facts.sha256)).original.read_bytes() == source.read_bytes()
    assert leftovers(root) == []


async def test_the_same_file_taken_many_times_at_once_is_one_clip(
    root: Path, tmp_path: Path
) -> None:
    source = media.video(tmp_path / "a.mp4")
    stores = [LocalMedia(root, max_bytes=10_000_000) for _ in range(4)]
    taken = await asyncio.gather(*(store.take(source, "a.mp4", ignore) for store in stores))
    assert len(set(taken)) == 1
    assert clips(root) == [taken[0].sha256]
    assert not leftovers(root)


TAKE = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.adapters.media.local import LocalMedia

def report(fraction):
    if fraction >= float(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

facts = asyncio.run(LocalMedia(Path(sys.argv[1]), 10**7).take(Path(sys.argv[2]), "a", report))
print(facts.sha256)
"""


def another_process(root: Path, source: Path, *, dies_at: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", TAKE, str(root), str(source), str(dies_at)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def test_two_processes_may_share_the_root(root: Path, tmp_path: Path) -> None:
    sources = [media.video(tmp_path / f"{n}.mp4", tone=400 + n) for n in (0, 0, 1)]
    running = [another_process(root, source, dies_at=2) for source in sources]
    taken = [process.communicate(timeout=60)[0].strip() for process in running]
    assert taken[0] == taken[1]
    assert sorted(clips(root)) == sorted(set(taken))


@pytest.mark.parametrize("fraction", [0.1, 0.8])
async def test_kill_9_leaves_no_half_clip_and_the_next_take_sweeps(
    store: LocalMedia, root: Path, tmp_path: Path, fraction: float
) -> None:
    source = media.video(tmp_path / "a.mp4")
    with another_process(root, source, dies_at=fraction) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert not clips(root)
    assert len(leftovers(root)) == 1
    facts = await store.take(source, "a.mp4", ignore)
    assert clips(root) == [facts.sha256]
    assert not leftovers(root)


async def test_cancelling_leaves_nothing(store: LocalMedia, root: Path, tmp_path: Path) -> None:
    measuring = asyncio.Event()

    def report(fraction: float) -> None:
        if fraction >= 0.8:
            measuring.set()

    taking = asyncio.create_task(store.take(media.video(tmp_path / "a.mp4"), "a.mp4", report))
    await measuring.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert not clips(root)
    assert not leftovers(root)


async def test_what_is_refused_leaves_nothing(
    store: LocalMedia, root: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.mp4"
    notes.write_text("Dear diary")
    with pytest.raises(MediaRefused, match=r"^I cannot use “notes\.mp4”: it is not a file of a"):
        await store.take(notes, "notes.mp4", ignore)
    assert not clips(root)
    assert not leftovers(root)


async def test_a_file_over_the_limit_is_refused_unread(root: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(MediaRefused, match=r"it is larger than 2\.0 MB"):
        await LocalMedia(root, max_bytes=2_000_000).take(large, "large.mp4", ignore)


async def test_a_path_that_is_no_file_is_refused(store: LocalMedia, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    expected = {
        tmp_path / "missing.mp4": "there is no such file",
        tmp_path: "it is a directory",
        tmp_path / "pipe": "it is a device or pipe",
        Path("/dev/zero"): "it is a device or pipe",
        Path("nul\0byte"): "it cannot be opened",
        Path("x" * 5000): r"it cannot be opened \(File name too long\)",
    }
    for path, reason in expected.items():
        with pytest.raises(MediaRefused, match=reason):
            await store.take(path, "clip", ignore)


@pytest.mark.parametrize(
    "name", ["🎬 فيلم.mp4", "$(touch pwned); `id` & 'x' \"y\".mp4", "-i.mp4", "%d %s\n.mp4"]
)
async def test_strange_names_are_only_names(store: LocalMedia, tmp_path: Path, name: str) -> None:
    source = media.picture(tmp_path / "a.png").rename(tmp_path / name)
    facts = await store.take(source, name, ignore)
    assert (await store.files(facts.sha256)).original.name == "original.png"


async def test_a_line_break_in_a_name_does_not_reach_the_chat(store: LocalMedia) -> None:
    with pytest.raises(MediaRefused) as refusal:
        await store.take(Path("missing"), "a\n@everyone", ignore)
    assert "\n" not in str(refusal.value)


async def test_a_disk_without_room_is_reported(store: LocalMedia, tmp_path: Path) -> None:
    source = media.video(tmp_path / "a.mp4")
    with files_limited_to(10_000), pytest.raises(StoreFailed, match=r"no room for “a\.mp4”"):
        await store.take(source, "a.mp4", ignore)


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Make the system refuse to write larger files, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_directory_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    source = media.picture(tmp_path / "a.png")
    for root in (Path("/sys/chatkut"), source / "media"):  # not writable even for root
        with pytest.raises(StoreFailed, match="the data directory cannot be written"):
            await LocalMedia(root, max_bytes=10_000_000).take(source, "a.png", ignore)


async def test_a_damaged_record_is_reported(store: LocalMedia, root: Path, tmp_path: Path) -> None:
    source = media.picture(tmp_path / "a.png")
    facts = await store.take(source, "a.png", ignore)
    (root / facts.sha256[:2] / facts.sha256 / "facts.json").write_text("{")
    with pytest.raises(StoreFailed, match="is damaged"):
        await store.take(source, "a.png", ignore)


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc", ""])
async def test_a_clip_that_is_not_there_is_reported(store: LocalMedia, sha256: str) -> None:
    with pytest.raises(StoreFailed):
        await store.files(sha256)
    with pytest.raises(StoreFailed):
        await store.looks(sha256)
