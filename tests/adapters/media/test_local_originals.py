"""What the media store offers to sweeps."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.ports import StoreFailed
from tests import media

REPOSITORY = Path(__file__).parents[3]
HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(root: Path) -> LocalMedia:
    return LocalMedia(root, max_bytes=10_000_000)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return media.picture(tmp_path / "logo.png")


def ignore(_: float) -> None:
    """Listen to no progress."""


async def take(store: LocalMedia, source: Path) -> str:
    return (await store.take(source, source.name, ignore)).sha256


def files(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if path.is_file()]


def age(store: LocalMedia, sha256: str, by: timedelta) -> None:
    """Let it have been taken in so long ago."""
    moment = (datetime.now(UTC) - by).timestamp()
    os.utime(store.homes.home(sha256), (moment, moment))


async def test_taking_a_clip_in_again_makes_it_young_again(
    store: LocalMedia, root: Path, source: Path
) -> None:
    assert await store.taken() == {}
    sha256 = await take(store, source)
    age(store, sha256, HOUR)
    (root / "ab").mkdir(exist_ok=True)
    (root / "ab" / "notes.txt").touch()  # no clip
    (moment,) = (await store.taken()).values()
    assert timedelta() <= datetime.now(UTC) - moment - HOUR < timedelta(minutes=1)
    assert await take(store, source) == sha256
    assert datetime.now(UTC) - (await store.taken())[sha256] < timedelta(minutes=1)


async def test_only_what_was_not_taken_in_since_is_removed(
    store: LocalMedia, root: Path, source: Path
) -> None:
    sha256 = await take(store, source)
    age(store, sha256, HOUR)
    assert not await store.remove(sha256, datetime.now(UTC) - 2 * HOUR)
    assert (await store.files(sha256)).original.exists()
    assert await store.remove(sha256, datetime.now(UTC))
    assert not await store.remove(sha256, datetime.now(UTC))
    with pytest.raises(StoreFailed, match="are missing"):
        await store.files(sha256)
    assert files(root) == ["claim.lock"]


async def test_a_clip_that_is_being_taken_in_is_never_removed(
    root: Path, store: LocalMedia, source: Path
) -> None:
    sha256 = await take(store, source)
    outcomes = set()
    for delay_ms in range(12):
        age(store, sha256, HOUR)
        taking = asyncio.create_task(take(LocalMedia(root, 10_000_000), source))
        await asyncio.sleep(delay_ms / 1000)
        before = datetime.now(UTC) - HOUR / 2
        outcomes.add(await store.remove(sha256, before))
        await taking
        assert (await store.files(sha256)).original.exists()
        assert (await store.taken())[sha256] > before
    assert True in outcomes


REMOVE = """
import asyncio, os, signal, shutil, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.adapters.media.local import LocalMedia

shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(LocalMedia(Path(sys.argv[1]), 10**7).remove(sys.argv[2], datetime.now(UTC)))
"""


async def test_kill_9_while_a_clip_is_removed_leaves_what_the_next_sweep_tidies_up(
    store: LocalMedia, root: Path, source: Path
) -> None:
    sha256 = await take(store, source)
    command = [sys.executable, "-c", REMOVE, str(root), sha256]
    done = await asyncio.to_thread(subprocess.run, command, cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    assert await store.taken() == {}
    assert store.tidy() == 1
    assert store.tidy() == 0
    assert await take(store, source) == sha256


async def test_a_directory_that_cannot_be_read_or_written_is_a_sentence(source: Path) -> None:
    store = LocalMedia(source / "media", 10_000_000)
    sentence = "The media directory cannot be tidied up: Not a dir"
    with pytest.raises(StoreFailed, match=sentence):
        store.tidy()
    with pytest.raises(StoreFailed, match=sentence):
        await store.remove("0" * 64, datetime.now(UTC))
