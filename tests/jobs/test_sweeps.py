import asyncio
import logging
import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from bot.adapters.media.local import LocalMedia
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.tables import RenderRow
from bot.adapters.store.upkeep import SqlUpkeep
from bot.engine.composition import Composition
from bot.jobs import sweeps
from bot.jobs.engine import Job, Kind, Payload
from bot.jobs.sweeps import CALENDAR, Calendar, Due
from bot.ports import Message, RenderRecord, Setting, StoreFailed, Turn
from tests import media
from tests.adapters.store.samples import commit, said, with_clips
from tests.jobs.kinds import kinds
from tests.jobs.site import SERIAL, Site, ended, in_state

NOW = datetime(2026, 3, 14, 4, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """What the store does on either database is tested with the store."""
    return sqlite_site


@pytest.fixture
def upkeep(store: Database, tmp_path: Path) -> SqlUpkeep:
    return SqlUpkeep(store, tmp_path)


@pytest.fixture
def originals(tmp_path: Path) -> LocalMedia:
    return LocalMedia(tmp_path / "media", max_bytes=10_000_000)


# --- when ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "now", "latest"),
    [
        (Due(60, at=12), "2026-03-14 04:12:00", "2026-03-14 04:12"),
        (Due(60, at=12), "2026-03-14 04:11:59", "2026-03-14 03:12"),
        (Due(24 * 60, at=187), "2026-03-14 03:07:00", "2026-03-14 03:07"),
        (Due(24 * 60, at=187), "2026-03-14 03:06:59", "2026-03-13 03:07"),
        (Due(24 * 60, at=187), "2026-01-01 00:00:00", "2025-12-31 03:07"),
    ],
)
def test_the_last_minute_that_was_due_is_known(due: Due, now: str, latest: str) -> None:
    moment = due.latest(datetime.fromisoformat(f"{now}+00:00"))
    assert moment == datetime.fromisoformat(f"{latest}+00:00")


def test_sweeps_do_not_start_all_at_once() -> None:
    assert len({due.at % 60 for due in CALENDAR.values()}) == len(CALENDAR)


async def test_what_is_due_is_done_once_by_all_processes_together(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chatkut.jobs")
    done: list[datetime] = []

    async def sweep(minute: datetime) -> str:
        done.append(minute)
        return "removed nothing"

    async with site.running(sweeps.kind({"films": sweep})) as jobs:
        here, elsewhere = Calendar(jobs, ["films"]), Calendar(jobs, ["films"])
        for calendar in (here, here, elsewhere):
            await calendar.enqueue_due()
        minute = CALENDAR["films"].latest(datetime.now(UTC))
        id = f"sweep:films:{minute:%Y-%m-%dT%H:%M}"
        assert (await ended(jobs, id)).state == "done"
    assert done == [minute]
    assert f"{id}: removed nothing" in caplog.messages


async def test_a_sweep_of_another_version_fails_alone(site: Site) -> None:
    async with site.running(sweeps.kind({})) as jobs:
        await sweeps.enqueue(jobs, "unheard of", NOW)
        status = await ended(jobs, "sweep:unheard of:2026-03-14T04:30")
    assert status.state == "failed"


# --- films and pictures ----------------------------------------------------------------------


async def film(store: Database, root: Path, name: str, channel: str = "terminal:launch") -> Path:
    path = root / "renders" / "channel" / f"{name}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    record = RenderRecord(name, channel, 1, "720p", "done", 0, 0)
    await SqlRenders(store, root).save(replace(record, path=path))
    return path


async def test_old_films_are_removed_and_the_books_stay(
    store: Database, upkeep: SqlUpkeep, tmp_path: Path
) -> None:
    old, gone, stuck = [await film(store, tmp_path, name) for name in ("old", "gone", "stuck")]
    gone.unlink()  # such as by a sweep that was killed
    stuck.unlink()
    stuck.mkdir()  # it cannot be removed
    with store.writing() as session:
        session.execute(update(RenderRow).values(updated_at=NOW - 31 * DAY))
    young = await film(store, tmp_path, "young")
    with store.writing() as session:
        fresh = update(RenderRow).where(col(RenderRow.id) == "young")
        session.execute(fresh.values(updated_at=NOW - 29 * DAY))
    assert await sweeps.films(upkeep, 30, NOW) == "removed 2 films"
    assert await sweeps.films(upkeep, 30, NOW) == "removed 0 films"
    assert (old.exists(), young.exists()) == (False, True)
    records = await SqlRenders(store, tmp_path).past("done")
    assert {record.id for record in records if record.path} == {"stuck", "young"}
    assert len(records) == 4


async def test_a_channel_keeps_its_films_for_as_long_as_it_wants(
    store: Database, upkeep: SqlUpkeep, tmp_path: Path
) -> None:
    wishes = {"chat:brief": "7", "chat:long": "90", "chat:any": ""}
    for channel, days in wishes.items():
        turn = Turn(settings=(Setting("keep", days),))
        await SqlConversations(store).keep(Message("m1", channel, "anna", ""), turn)
        await film(store, tmp_path, channel[5:], channel)
    ages = {"brief": 8, "long": 89, "any": 31}
    for name, age in ages.items():
        with store.writing() as session:
            this = update(RenderRow).where(col(RenderRow.id) == name)
            session.execute(this.values(updated_at=NOW - age * DAY))

    assert await sweeps.films(upkeep, 30, NOW) == "removed 2 films"
    records = await SqlRenders(store, tmp_path).past("done")
    assert {record.id for record in records if record.path} == {"long"}


async def test_old_pictures_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    ages = {"a/r1.png": 31, "a/r2.png": 29, "b/r1.png": 40, "b/notes.txt": 40}
    for name, days in ages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        moment = (NOW - days * DAY).timestamp()
        os.utime(path, (moment, moment))
    assert await sweeps.pictures(folder, 30, NOW) == "removed 2 pictures"
    assert {str(path.relative_to(folder)) for path in folder.glob("*/*")} == {
        "a/r2.png", "b/notes.txt",
    }  # fmt: skip
    assert await sweeps.pictures(tmp_path / "none", 30, NOW) == "removed 0 pictures"


async def test_old_exports_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for name, days in {"film-r1.otio": 31, "film-r1.edl": 31, "film-r2.otio": 29}.items():
        path = folder / name
        path.touch()
        os.utime(path, ((NOW - days * DAY).timestamp(),) * 2)
    assert await sweeps.exports(tmp_path, 30, NOW) == "removed 2 exports"
    assert [path.name for path in folder.glob("*")] == ["film-r2.otio"]


# --- media -----------------------------------------------------------------------------------


def ignore(_: float) -> None:
    """Listen to no progress."""


async def clip(originals: LocalMedia, folder: Path, color: str, age: timedelta) -> str:
    """A clip that was taken in so long before now."""
    source = media.picture(folder / f"{color}.png", color=color)
    facts = await originals.take(source, source.name, ignore)
    moment = (datetime.now(UTC) - age).timestamp()
    os.utime(originals.homes.home(facts.sha256), (moment, moment))
    return facts.sha256


async def test_clips_that_no_revision_refers_to_are_removed_after_a_day(
    site: Site, store: Database, upkeep: SqlUpkeep, originals: LocalMedia, tmp_path: Path
) -> None:
    ages = {"red": 25, "green": 23, "blue": 25}
    _, young, used = [
        await clip(originals, tmp_path, color, timedelta(hours=age)) for color, age in ages.items()
    ]
    turn = Turn((commit(Composition(), with_clips(Composition(), used), 0, "m1"),))
    await SqlConversations(store).keep(said("m1"), turn)
    async with site.running(*kinds(site), answering(site)) as jobs:
        sweep = partial(sweeps.media, upkeep, originals, jobs)
        assert await sweep(datetime.now(UTC)) == "removed 1 clips"
        assert await sweep(datetime.now(UTC)) == "removed 0 clips"
    assert (await originals.taken()).keys() == {young, used}


def answering(site: Site) -> Kind:
    """Messages that are being answered for a long time."""

    async def answer(job: Job, _: Payload) -> None:
        site.do(f"answer {job.id}")
        await job.wait("go on", timeout_seconds=60)

    return Kind("message", answer, SERIAL)


async def test_the_clips_of_a_message_that_is_being_answered_for_days_stay(
    site: Site, upkeep: SqlUpkeep, originals: LocalMedia, tmp_path: Path
) -> None:
    async with site.running(*kinds(site), answering(site)) as jobs:
        await jobs.enqueue("message", "m", {}, key="c")
        await in_state(jobs, "m", "running")
        sha256 = await clip(originals, tmp_path, "red", timedelta())
        in_days = datetime.now(UTC) + 5 * DAY
        assert await sweeps.media(upkeep, originals, jobs, in_days) == "removed 0 clips"
        await jobs.signal("m", "go on", {}, dedup="1")
        await ended(jobs, "m")
        assert (await originals.taken()).keys() == {sha256}
        assert await sweeps.media(upkeep, originals, jobs, in_days) == "removed 1 clips"
    assert not await originals.taken()


# --- scratch, ledger, forget -----------------------------------------------------------------


async def test_what_dead_processes_left_is_removed(originals: LocalMedia, tmp_path: Path) -> None:
    (tmp_path / "media" / "incoming" / "x1y2").mkdir(parents=True)
    tidies = [originals.tidy, lambda: 2]
    assert await sweeps.scratch(tidies, NOW) == "removed 3 leftovers"
    assert await sweeps.scratch([originals.tidy], NOW) == "removed 0 leftovers"


def test_folders_that_nobody_fills_any_more_are_removed(tmp_path: Path) -> None:
    incoming, elsewhere = tmp_path / "incoming", tmp_path / "elsewhere"
    for folder in (incoming / "old", incoming / "young", elsewhere):
        folder.mkdir(parents=True)
        (folder / "clip.mp4").touch()
    (incoming / "file").touch()
    (incoming / "link").symlink_to(elsewhere)
    day_ago = (datetime.now(UTC) - DAY).timestamp()
    for path in (incoming / "old", incoming / "file", elsewhere):
        os.utime(path, (day_ago, day_ago))
    assert sweeps.stale(incoming, 25) == 0
    assert sweeps.stale(incoming, 24) == 1
    assert names(incoming) == {"young", "file", "link"}
    assert (elsewhere / "clip.mp4").exists()
    assert sweeps.stale(tmp_path / "none", 24) == 0


async def spend(store: Database, root: Path, days_ago: int, microusd: int) -> None:
    """A render that cost so much, so many days before now."""
    name = f"r{days_ago}"
    await film(store, root, name)
    with store.writing() as session:
        row = update(RenderRow).where(col(RenderRow.id) == name)
        session.execute(row.values(updated_at=NOW - days_ago * DAY, cost_microusd=microusd))


async def test_the_costs_of_days_without_a_sweep_are_added_up_later(
    store: Database, upkeep: SqlUpkeep, tmp_path: Path
) -> None:
    for days_ago, microusd in ((0, 1), (1, 20), (5, 300), (60, 4_000), (61, 50_000)):
        await spend(store, tmp_path, days_ago, microusd)
    for _ in range(2):
        await sweeps.ledger(upkeep, NOW)
        assert await upkeep.spent(date(2026, 1, 1)) == 4_321
    assert await upkeep.rolled_up() == NOW.date()
    await sweeps.ledger(upkeep, NOW + 10 * DAY)
    await spend(store, tmp_path, -3, 600_000)
    await sweeps.ledger(upkeep, NOW + 10 * DAY)
    assert await upkeep.spent(date(2026, 1, 1)) == 604_321


async def test_the_last_renders_of_yesterday_count(
    store: Database, upkeep: SqlUpkeep, tmp_path: Path
) -> None:
    for days_ago in (0, 2):
        await spend(store, tmp_path, days_ago, 1)
    await sweeps.ledger(upkeep, NOW)
    await spend(store, tmp_path, 1, 20)
    await sweeps.ledger(upkeep, NOW)
    assert await upkeep.spent(date(2026, 1, 1)) == 22


async def test_what_ended_long_ago_is_forgotten(
    site: Site, store: Database, upkeep: SqlUpkeep
) -> None:
    await SqlConversations(store).keep(said("m1"), Turn())
    async with site.running(*kinds(site)) as jobs:
        site.first_time("t two done")  # so that it does not hold there
        await jobs.enqueue("three", "t", {})
        await ended(jobs, "t")
        forget = partial(sweeps.forget, upkeep, jobs, 30, 30)
        assert await forget(datetime.now(UTC) + 29 * DAY) == "forgot 0 rows and 0 jobs"
        assert await forget(datetime.now(UTC) + 31 * DAY) == "forgot 1 rows and 1 jobs"


# --- backup ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def jobs_file(site: Site) -> Path:
    return site.folder / "jobs.sqlite"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_backup_that_is_restored_goes_on_where_it_was(
    site: Site, store: Database, upkeep: SqlUpkeep, folder: Path, jobs_file: Path, tmp_path: Path
) -> None:
    async with site.running(*kinds(site)) as jobs:
        await jobs.enqueue("listen", "l", {})
        await in_state(jobs, "l", "running")
        await SqlConversations(store).keep(said("m1"), Turn())
        wrote = await sweeps.backup(upkeep, jobs_file, folder, 7, NOW)
        await SqlConversations(store).keep(said("m2"), Turn())
        await jobs.signal("l", "news", {}, dedup="1")
        await ended(jobs, "l")
    assert wrote == "wrote jobs-20260314-0430.sqlite and chatkut-20260314-0430.sqlite"
    assert names(folder) == {"jobs-20260314-0430.sqlite", "chatkut-20260314-0430.sqlite"}

    (tmp_path / "restored").mkdir()
    for of in ("jobs", "chatkut"):
        shutil.copy(folder / f"{of}-20260314-0430.sqlite", tmp_path / "restored" / f"{of}.sqlite")
    jobs_url, app_url = (
        sqlite_url(tmp_path / "restored" / f"{of}.sqlite") for of in ("jobs", "chatkut")
    )
    again = Site(tmp_path / "restored", jobs_url)
    async with again.running(*kinds(again)) as jobs:
        await jobs.signal("l", "news", {"n": 2}, dedup="2")
        assert (await ended(jobs, "l")).result == {"heard": {"n": 2}}
    with closing(Database(app_url)) as database:
        known = [await SqlConversations(database).known(said().channel, m) for m in ("m1", "m2")]
    assert known == [True, False]


async def test_a_backup_is_whole_while_jobs_are_accepted(
    site: Site, upkeep: SqlUpkeep, folder: Path, jobs_file: Path
) -> None:
    async with site.running(*kinds(site)) as jobs:
        for minute in range(3):
            moment = NOW + timedelta(minutes=minute)
            await asyncio.gather(
                sweeps.backup(upkeep, jobs_file, folder, 7, moment),
                *(jobs.enqueue("listen", f"l{minute}-{number}", {}) for number in range(20)),
            )
    assert len(names(folder)) == 6
    for name in names(folder):
        with closing(sqlite3.connect(folder / name)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_the_newest_backups_are_kept(
    site: Site, upkeep: SqlUpkeep, folder: Path, jobs_file: Path
) -> None:
    async with site.running():
        await sweeps.backup(upkeep, jobs_file, folder, 3, NOW)
        (folder / "jobs-20260313-0430.sqlite.part-journal").touch()  # left by a crash
        (folder / "my-own-copy.sqlite").touch()
        for days in (1, 2, 2, 40):
            await sweeps.backup(upkeep, jobs_file, folder, 3, NOW + days * DAY)
    stamps = ("20260315-0430", "20260316-0430", "20260423-0430")
    assert names(folder) == {
        "my-own-copy.sqlite",
        *(f"{of}-{stamp}.sqlite" for of in ("jobs", "chatkut") for stamp in stamps),
    }


async def test_a_backup_without_room_is_a_sentence_and_leaves_no_half_copy(
    upkeep: SqlUpkeep, folder: Path, jobs_file: Path
) -> None:
    await sweeps.backup(upkeep, jobs_file, folder, 7, NOW)
    before = names(folder)
    with (
        files_limited_to(4096),
        pytest.raises(StoreFailed, match=r"The backup jobs-20260315-0430\.sqlite could not"),
    ):
        await sweeps.backup(upkeep, jobs_file, folder, 7, NOW + DAY)
    assert names(folder) == before


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Make the system refuse to write larger files, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
