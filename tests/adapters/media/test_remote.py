"""Media in a bucket: other machines, copies that come and go, crashes."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.media.remote import RemoteMedia
from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.ports import Damaged, StoreFailed
from tests import media

REPOSITORY = Path(__file__).parents[3]
DAY = timedelta(days=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def local(root: Path) -> LocalMedia:
    return LocalMedia(root, 10_000_000)


@pytest.fixture
def store(local: LocalMedia, objects: S3Objects) -> RemoteMedia:
    return RemoteMedia(local, objects)


@pytest.fixture
def elsewhere(tmp_path: Path, objects: S3Objects) -> RemoteMedia:
    """Another machine with the same bucket."""
    return RemoteMedia(LocalMedia(tmp_path / "elsewhere", 10_000_000), objects)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return media.video(tmp_path / "intro.mp4")


def ignore(_: float) -> None:
    """Listen to no progress."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def gets(objects: S3Objects) -> list[str]:
    """Grows with the key of every object that is read."""
    asked: list[str] = []
    events = objects._bucket.client.meta.events
    events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: asked.append(params["Key"])
    )
    return asked


async def test_another_machine_has_everything_that_was_taken_in(
    store: RemoteMedia, elsewhere: RemoteMedia, source: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    here, there = await store.files(facts.sha256), await elsewhere.files(facts.sha256)
    assert same(there.original, source)
    assert names(there.original.parent) == names(here.original.parent)
    assert await elsewhere.take(source, "intro.mp4", ignore) == facts


async def test_looks_are_had_without_the_original_which_follows_when_it_is_needed(
    store: RemoteMedia, elsewhere: RemoteMedia, objects: S3Objects, source: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    asked = gets(objects)
    assert len((await elsewhere.looks(facts.sha256)).thumbs) == 16
    assert not any("original" in key for key in asked)
    asked.clear()
    together = await asyncio.gather(*(elsewhere.files(facts.sha256) for _ in range(5)))
    assert len({each.original for each in together}) == 1
    assert asked == [f"clips/{facts.sha256}/original.mp4"]
    assert same(together[0].original, source)


def unused_for(local: LocalMedia, sha256: str, days: float) -> None:
    original = local.homes.original(sha256)
    assert original
    moment = (datetime.now(UTC) - days * DAY).timestamp()
    os.utime(original, (moment, moment))


async def test_copies_that_nobody_used_are_removed_and_come_back(
    store: RemoteMedia, local: LocalMedia, source: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    home, taken = local.homes.home(facts.sha256), (await local.taken())[facts.sha256]
    week_ago = datetime.now(UTC) - 7 * DAY
    unused_for(local, facts.sha256, days=6)
    assert await store.settle(week_ago) == (0, 0)
    unused_for(local, facts.sha256, days=8)
    await store.files(facts.sha256)  # is using it
    assert await store.settle(week_ago) == (0, 0)
    unused_for(local, facts.sha256, days=8)
    assert await store.settle(week_ago) == (0, 1)
    assert names(home) == {"facts.json", *(f"thumb_{n:02}.jpg" for n in range(16))}
    assert (await local.taken())[facts.sha256] == taken
    assert len((await store.looks(facts.sha256)).thumbs) == 16
    assert same((await store.files(facts.sha256)).original, source)
    assert await store.settle(week_ago) == (0, 0)


async def test_what_the_bucket_lacks_is_never_removed_here_but_put(
    store: RemoteMedia, local: LocalMedia, objects: S3Objects, source: Path
) -> None:
    facts = await local.take(source, "intro.mp4", ignore)  # before there was a bucket
    unused_for(local, facts.sha256, days=400)
    assert await store.settle(datetime.now(UTC)) == (1, 0)
    assert await objects.size(f"clips/{facts.sha256}/original.mp4") == facts.size_bytes
    assert await store.settle(datetime.now(UTC)) == (0, 1)


async def test_an_original_that_is_damaged_in_the_bucket_does_not_get_here(
    store: RemoteMedia, elsewhere: RemoteMedia, objects: S3Objects, source: Path, tmp_path: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    other = media.picture(tmp_path / "other.png")
    await objects.put(f"clips/{facts.sha256}/original.mp4", other, ignore)
    with pytest.raises(Damaged, match="is damaged: send the clip again"):
        await elsewhere.files(facts.sha256)
    assert await LocalMedia(tmp_path / "elsewhere", 1).taken() == {}
    await store.take(source, "intro.mp4", ignore)
    assert same((await elsewhere.files(facts.sha256)).original, source)


def changed(folder: Path, source: Path) -> Path:
    """As many bytes, and others."""
    other = folder / "other"
    other.write_bytes(bytes(source.stat().st_size))
    return other


async def test_other_content_of_the_same_size_is_put_right_where_somebody_has_the_clip(
    store: RemoteMedia, local: LocalMedia, objects: S3Objects, source: Path, tmp_path: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    key = f"clips/{facts.sha256}/original.mp4"
    for mend in (store.settle(datetime.now(UTC) + DAY), store.take(source, "intro.mp4", ignore)):
        await objects.put(key, changed(tmp_path, source), ignore)
        await mend
        assert local.homes.is_whole(facts.sha256)
        assert await objects.holds(key, facts.sha256)


async def test_looks_that_are_damaged_in_the_bucket_are_put_right_by_sending_the_clip_again(
    store: RemoteMedia, elsewhere: RemoteMedia, objects: S3Objects, source: Path, tmp_path: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    thumb = (await store.looks(facts.sha256)).thumbs[3]
    await objects.put(f"clips/{facts.sha256}/{thumb.name}", changed(tmp_path, thumb), ignore)
    await store.take(source, "intro.mp4", ignore)
    assert same((await elsewhere.looks(facts.sha256)).thumbs[3], thumb)


async def test_what_others_have_in_the_bucket_is_left_alone(
    store: RemoteMedia, objects: S3Objects, source: Path
) -> None:
    sha256 = "ab" * 32
    for key in ("clips/notes/original.mp4", f"clips/{sha256}/../../x", f"clips/{sha256}/x.sh"):
        await objects.put(key, source, ignore)
    assert await store.taken() == {}
    with pytest.raises(StoreFailed, match="are missing"):
        await store.files(sha256)


async def test_a_clip_is_removed_from_here_and_the_bucket_unless_it_was_taken_in_elsewhere(
    store: RemoteMedia, elsewhere: RemoteMedia, root: Path, objects: S3Objects, source: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    moment = (datetime.now(UTC) - 9 * DAY).timestamp()
    os.utime(root / facts.sha256[:2] / facts.sha256, (moment, moment))
    day_ago = datetime.now(UTC) - DAY
    assert (await store.taken())[facts.sha256] > day_ago
    assert not await store.remove(facts.sha256, day_ago)
    assert (await elsewhere.files(facts.sha256)).original.exists()
    assert await elsewhere.remove(facts.sha256, datetime.now(UTC) + DAY)
    assert [each async for each in objects.under("clips/")] == []


async def test_a_link_leads_to_the_original_where_the_bucket_has_it(
    store: RemoteMedia, local: LocalMedia, source: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    assert f"{facts.sha256}/original.mp4?" in (await store.link(facts.sha256) or "")
    assert await store.link("0" * 64) is None
    assert await local.link(facts.sha256) is None


async def test_what_is_lent_is_put_into_the_bucket_first_where_it_is_only_here(
    store: RemoteMedia, local: LocalMedia, source: Path
) -> None:
    facts = await local.take(source, "intro.mp4", ignore)  # before there was a bucket
    assert await store.link(facts.sha256) is None
    lent = await store.lent(facts.sha256)
    assert lent
    assert same_bytes(lent, source)
    assert await store.link(facts.sha256)
    assert await store.lent("0" * 64) is None


def same_bytes(url: str, path: Path) -> bool:
    return httpx.get(url, trust_env=False, timeout=60).content == path.read_bytes()


TAKE = """
import asyncio, json, os, signal, sys
from pathlib import Path
from bot.adapters.media.local import LocalMedia
from bot.adapters.media.remote import RemoteMedia
from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.multiparts import SqlMultiparts

access, database, part, root, source, dies_at = json.loads(sys.argv[1])

def report(done):
    if done >= dies_at:
        os.kill(os.getpid(), signal.SIGKILL)

books = SqlMultiparts(Database(sqlite_url(Path(database))))
objects = S3Objects(Bucket(Access(*access)), books, part)
store = RemoteMedia(LocalMedia(Path(root), 10**7), objects)
asyncio.run(store.take(Path(source), "a", report))
"""


@pytest.mark.parametrize("dies_at", [0.5, 0.7])
async def test_kill_9_between_here_and_the_bucket_heals(
    access: Access, store: RemoteMedia, elsewhere: RemoteMedia, source: Path, dies_at: float
) -> None:
    tmp_path, part = source.parent, 10_000
    who = [access.endpoint, access.bucket, access.key_id, access.secret]
    paths = [str(tmp_path / "chatkut.sqlite"), part, str(tmp_path / "media"), str(source)]
    command = [sys.executable, "-c", TAKE, json.dumps([who, *paths, dies_at])]
    done = await asyncio.to_thread(subprocess.run, command, cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    (sha256,) = await store.taken()
    with pytest.raises(StoreFailed, match="are missing"):
        await elsewhere.files(sha256)
    facts = await store.take(source, "a", ignore)
    assert facts.sha256 == sha256
    shutil.rmtree(tmp_path / "media")
    assert same((await store.files(sha256)).original, source)


async def test_without_the_bucket_nothing_is_taken_in_yet_and_copies_are_used(
    store: RemoteMedia, local: LocalMedia, objects: S3Objects, source: Path, access: Access
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    nowhere = Bucket(Access("http://127.0.0.1:1", access.bucket, "key", "secret"))
    cut_off = RemoteMedia(local, S3Objects(nowhere, objects._multiparts))
    assert (await cut_off.files(facts.sha256)).original.exists()
    with pytest.raises(StoreFailed, match="cannot be reached") as failure:
        await cut_off.take(source, "intro.mp4", ignore)
    assert failure.value.retryable


async def test_what_is_in_a_clip_is_worked_out_once_for_all_machines(
    store: RemoteMedia, elsewhere: RemoteMedia, objects: S3Objects, source: Path
) -> None:
    facts = await store.take(source, "intro.mp4", ignore)
    found = await store.analysed(facts.sha256, "sound")
    assert found.silences == ()
    assert await store.settle(datetime.now(UTC) - DAY) == (1, 0)
    assert await store.settle(datetime.now(UTC) - DAY) == (0, 0)
    asked = gets(objects)
    await elsewhere.looks(facts.sha256)
    assert await elsewhere.analysed(facts.sha256, "sound") == found
    assert not any("original" in key for key in asked)
    assert (await elsewhere.analysed(facts.sha256, "picture")).black == ()
    assert any("original" in key for key in asked)
