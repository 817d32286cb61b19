"""Films and clips in a bucket: what is there, and what it costs."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.multiparts import SqlMultiparts
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.tables import CostDayRow
from bot.adapters.store.upkeep import SqlUpkeep
from bot.engine.composition import Composition
from bot.jobs import storage, sweeps
from bot.jobs.shelf import Shelf
from bot.ports import RenderRecord, Turn, folder_of
from tests.adapters.store.samples import CHANNEL, OTHER, commit, said, with_clips
from tests.databases import made_database
from tests.s3 import S3_KEY, new_bucket

NOW = datetime.now(UTC) + timedelta(hours=2)  # later than all that the tests keep
DAY = timedelta(days=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = made_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def upkeep(database: Database, tmp_path: Path) -> SqlUpkeep:
    return SqlUpkeep(database, tmp_path)


@pytest.fixture
def objects(database: Database, s3_url: str) -> S3Objects:
    access = Access(s3_url, new_bucket(s3_url), S3_KEY, S3_KEY)
    return S3Objects(Bucket(access), SqlMultiparts(database))


@pytest.fixture
def shelf(objects: S3Objects) -> Shelf:
    return Shelf(objects)


async def film(upkeep: SqlUpkeep, root: Path, name: str, size: int = 10) -> RenderRecord:
    """A finished film, in the books and on this machine."""
    path = root / f"{name}.mp4"
    path.write_bytes(os.urandom(size))
    record = RenderRecord(name, CHANNEL, 1, "720p", "done", 0, 0, path=path)
    await SqlRenders(upkeep._database, root).save(record)
    return record


async def keys(objects: S3Objects) -> list[str]:
    return [each.key async for each in objects.under("")]


async def test_a_film_on_the_shelf_can_be_reached(
    shelf: Shelf, upkeep: SqlUpkeep, objects: S3Objects, tmp_path: Path
) -> None:
    record = await film(upkeep, tmp_path, "r1")
    assert await shelf.link(record, "a.mp4", 60) is None
    await shelf.put(record)
    await shelf.put(record)
    assert await keys(objects) == [f"films/{folder_of(CHANNEL)}/r1.mp4"]
    assert "/r1.mp4?" in (await shelf.link(record, "a.mp4", 60) or "")


async def test_the_sweep_makes_the_shelf_what_the_books_say(
    shelf: Shelf, upkeep: SqlUpkeep, objects: S3Objects, tmp_path: Path
) -> None:
    folder = f"films/{folder_of(CHANNEL)}"
    there, lacking, gone = [await film(upkeep, tmp_path, f"r{n}") for n in range(3)]
    await shelf.put(there)
    assert gone.path
    gone.path.unlink()  # neither here nor there: nothing to do about it
    await objects.put(f"{folder}/cancelled.mp4", there.path or Path(), lambda _: None)
    assert await storage.shelf(upkeep, shelf, NOW) == "put 1 films, removed 0"
    later = NOW + 2 * DAY
    assert await storage.shelf(upkeep, shelf, later) == "put 0 films, removed 1"
    assert await keys(objects) == [f"{folder}/{record.id}.mp4" for record in (there, lacking)]
    await sweeps.films(upkeep, 30, NOW + 31 * DAY)
    assert await storage.shelf(upkeep, shelf, NOW + 31 * DAY) == "put 0 films, removed 2"
    assert await keys(objects) == []


async def test_a_film_that_is_cut_off_on_the_shelf_is_put_again(
    shelf: Shelf, upkeep: SqlUpkeep, objects: S3Objects, tmp_path: Path
) -> None:
    record = await film(upkeep, tmp_path, "r1")
    half = tmp_path / "half"
    half.write_bytes(bytes(5))
    key = f"films/{folder_of(CHANNEL)}/r1.mp4"
    await objects.put(key, half, lambda _: None)
    assert await storage.shelf(upkeep, shelf, NOW) == "put 1 films, removed 0"
    assert record.path
    assert await objects.size(key) == record.path.stat().st_size


def booked(database: Database) -> dict[tuple[str, str], int]:
    with database.reading() as session:
        rows = session.exec(select(CostDayRow)).all()
    return {(str(row.day), row.channel_key): row.microusd for row in rows if row.kind == "storage"}


async def test_storage_is_booked_once_a_day_and_shared_clips_are_split(
    database: Database, shelf: Shelf, upkeep: SqlUpkeep, objects: S3Objects, tmp_path: Path
) -> None:
    shared, own, orphan = "aa" * 32, "bb" * 32, "cc" * 32
    conversations = SqlConversations(database)
    for channel, clips in ((CHANNEL, (shared, own)), (OTHER, (shared,))):
        turn = Turn((commit(Composition(), with_clips(Composition(), *clips), 0, "m1"),))
        await conversations.keep(said("m1", channel), turn)
    source = tmp_path / "clip"
    source.write_bytes(bytes(4_000_000))
    for clip in (shared, own, orphan):
        await objects.put(f"clips/{clip}/original.mp4", source, lambda _: None)
    await shelf.put(await film(upkeep, tmp_path, "r1", size=8_000_000))
    # 1 GB for a month is 15,000 micro-dollars; so 1 MB for a day is 0.4928.
    for _ in range(2):
        await storage.costs(upkeep, objects, NOW)
        day = str(NOW.date())
        assert booked(database) == {(day, CHANNEL): round(14 * 0.4928), (day, OTHER): 1}
    await storage.costs(upkeep, objects, NOW + DAY)
    assert len(booked(database)) == 4
    assert await upkeep.rolled_up() is None


async def test_without_anything_there_is_nothing_to_book(
    database: Database, upkeep: SqlUpkeep, objects: S3Objects
) -> None:
    await storage.costs(upkeep, objects, NOW)
    assert booked(database) == {}
