"""What every `MediaStore` does, wherever it keeps originals."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.media.remote import RemoteMedia
from bot.adapters.media.s3 import S3Objects
from bot.ports import MediaRefused, StoreFailed
from tests import media

Store = LocalMedia | RemoteMedia


def local(request: pytest.FixtureRequest, root: Path) -> Store:  # noqa: ARG001
    return LocalMedia(root, 10_000_000)


def remote(request: pytest.FixtureRequest, root: Path) -> Store:
    objects: S3Objects = request.getfixturevalue("objects")
    return RemoteMedia(LocalMedia(root, 10_000_000), objects)


STORES: list[Callable[[pytest.FixtureRequest, Path], Store]] = [local, remote]


@pytest.fixture(params=STORES, ids=lambda store: store.__name__)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    made: Store = request.param(request, tmp_path / "media")
    return made


def ignore(_: float) -> None:
    """Listen to no progress."""


async def test_what_is_taken_in_can_be_had_again(store: Store, tmp_path: Path) -> None:
    source = media.video(tmp_path / "intro.mp4")
    heard: list[float] = []
    facts = await store.take(source, "intro.mp4", heard.append)
    assert (facts.kind, facts.seconds, facts.size_bytes) == ("video", 2, source.stat().st_size)
    assert heard == sorted(heard)
    assert heard[-1] == 1
    files = await store.files(facts.sha256)
    assert files.original.read_bytes() == source.read_bytes()
    assert (files.still, len(files.thumbs)) == (None, 16)
    looks = await store.looks(facts.sha256)
    assert looks.thumbs == files.thumbs


async def test_the_same_again_or_at_once_is_one_clip(store: Store, tmp_path: Path) -> None:
    source = media.picture(tmp_path / "logo.png")
    first = await store.take(source, "logo.png", ignore)
    others = await asyncio.gather(*(store.take(source, "other.png", ignore) for _ in range(3)))
    assert set(others) == {first}
    assert (await store.taken()).keys() == {first.sha256}
    assert (await store.files(first.sha256)).still


async def test_what_cannot_be_used_is_refused_and_not_kept(store: Store, tmp_path: Path) -> None:
    notes = tmp_path / "notes.mp4"
    notes.write_text("Dear diary")
    with pytest.raises(MediaRefused, match=r"^I cannot use “notes\.mp4”"):
        await store.take(notes, "notes.mp4", ignore)
    assert await store.taken() == {}


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc", ""])
async def test_a_clip_that_is_not_there_is_missing(store: Store, sha256: str) -> None:
    for ask in (store.files, store.looks):
        with pytest.raises(StoreFailed):
            await ask(sha256)


async def test_only_what_was_not_taken_in_since_is_removed(store: Store, tmp_path: Path) -> None:
    facts = await store.take(media.picture(tmp_path / "logo.png"), "logo.png", ignore)
    (taken,) = (await store.taken()).values()
    assert abs(datetime.now(UTC) - taken) < timedelta(minutes=1)
    assert not await store.remove(facts.sha256, taken - timedelta(minutes=1))
    assert (await store.files(facts.sha256)).original.exists()
    assert await store.remove(facts.sha256, taken + timedelta(minutes=1))
    assert not await store.remove(facts.sha256, taken + timedelta(minutes=1))
    with pytest.raises(StoreFailed, match="are missing"):
        await store.files(facts.sha256)


async def test_cancelling_leaves_what_can_be_taken_in_again(store: Store, tmp_path: Path) -> None:
    source = media.video(tmp_path / "a.mp4")
    begun = asyncio.Event()
    taking = asyncio.create_task(store.take(source, "a.mp4", lambda _: begun.set()))
    await begun.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    facts = await store.take(source, "a.mp4", ignore)
    assert (await store.files(facts.sha256)).original.read_bytes() == source.read_bytes()
