"""Sweeps: what is done every hour or day, so that disks do not fill and the books are up to date.

Each sweep is a job whose id is made of its name and of the minute, in UTC, for which it was due. So
of several processes one does it, and one that was due while nobody ran is done at the next start.
A sweep takes that minute for the present time. It may die anywhere and be done again.
"""

import asyncio
import logging
import shutil
import stat
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.jobs.engine import Job, JobEngine, Jobs, Kind, Payload, Queue, Retry
from bot.ports import FinishedUploads, RenderRecord, Upkeep, UploadFiles

log = logging.getLogger("chatkut.jobs")

Sweep = Callable[[datetime], Awaitable[str]]
"""Takes the minute for which it was due; says what it removed or made."""

_HOURLY, _DAILY = 60, 24 * 60
_RETRY = Retry(attempts=5, pause_seconds=10)
_ORPHAN_AGE = timedelta(days=1)
_LEDGER_DAYS = 60
"""So long a service may have been off without a gap in the books."""


@dataclass(frozen=True, slots=True)
class Due:
    """Every so many minutes, at so many minutes after the hour or after midnight, UTC."""

    every: int
    at: int

    def latest(self, now: datetime) -> datetime:
        """The last minute that was due."""
        minutes = int(now.timestamp() // 60)
        return datetime.fromtimestamp((minutes - (minutes - self.at) % self.every) * 60, UTC)


CALENDAR: Mapping[str, Due] = {
    "ledger": Due(_HOURLY, at=2),
    "scratch": Due(_HOURLY, at=12),
    "uploads": Due(_HOURLY, at=32),
    "backup": Due(_DAILY, at=2 * 60 + 47),
    "films": Due(_DAILY, at=3 * 60 + 7),
    "media": Due(_DAILY, at=3 * 60 + 22),
    "pictures": Due(_DAILY, at=3 * 60 + 37),
    "exports": Due(_DAILY, at=4 * 60 + 57),
    "copies": Due(_DAILY, at=4 * 60 + 17),
    "shelf": Due(_DAILY, at=4 * 60 + 27),
    "remotion": Due(_DAILY, at=4 * 60 + 34),
    "storage": Due(_DAILY, at=4 * 60 + 42),
    "forget": Due(_DAILY, at=3 * 60 + 52),
    "playback": Due(_DAILY, at=4 * 60 + 54),  # after `films` and `media`
}


class Calendar:
    """Enqueues those of the `sweeps` that are due."""

    def __init__(self, jobs: Jobs, sweeps: Collection[str]) -> None:
        self._jobs = jobs
        self._sweeps = sweeps
        self._enqueued: dict[str, datetime] = {}

    async def enqueue_due(self) -> None:
        """Enqueue what became due and was not enqueued before, by this process or another.

        Raises:
            StoreFailed: Not all of it was enqueued; do it again.
        """
        for name in self._sweeps:
            minute = CALENDAR[name].latest(datetime.now(UTC))
            if self._enqueued.get(name) != minute:
                await enqueue(self._jobs, name, minute)
                self._enqueued[name] = minute


async def enqueue(jobs: Jobs, name: str, minute: datetime) -> None:
    """Have a sweep done, once for each minute.

    Raises:
        StoreFailed: It was not enqueued.
    """
    text = f"{minute:%Y-%m-%dT%H:%M}"
    await jobs.enqueue("sweep", f"sweep:{name}:{text}", {"name": name, "minute": text})


def kind(sweeps: Mapping[str, Sweep]) -> Kind:
    """The kind of job that does these sweeps, one at a time."""

    async def sweep(job: Job, payload: Payload) -> None:
        name, minute = payload["name"], datetime.fromisoformat(payload["minute"])

        async def do() -> str:
            return await sweeps[name](minute.replace(tzinfo=UTC))

        log.info("%s: %s", job.id, await job.step("sweep", do, retry=_RETRY))

    return Kind("sweep", sweep, Queue("sweep", concurrency=1), max_recoveries=10)


# --- the sweeps ------------------------------------------------------------------------------


async def films(upkeep: Upkeep, keep_days: int, now: datetime) -> str:
    """Remove films that are older than `keep_days`, or than their channel wants; the books stay."""
    own = await upkeep.film_days()
    old = [
        record
        for record in await upkeep.old_films(now - timedelta(days=keep_days))
        if record.channel not in own
    ]
    for channel, days in own.items():
        old += await upkeep.old_films(now - timedelta(days=days), channel)
    return f"removed {sum([await _film_is_gone(upkeep, record) for record in old])} films"


async def _film_is_gone(upkeep: Upkeep, record: RenderRecord) -> bool:
    if record.path is not None and not await asyncio.to_thread(_is_gone, record.path):
        return False
    await upkeep.film_removed(record.id)
    return True


class Originals(Protocol):
    """Clips that are kept by content."""

    async def taken(self) -> Mapping[str, datetime]:
        """When each clip, by its SHA-256, was last taken in.

        Raises:
            StoreFailed: The media directory, or the bucket, cannot be read.
        """
        ...

    async def remove(self, sha256: str, taken_before: datetime) -> bool:
        """Remove a clip, unless it was taken in again since.

        Raises:
            StoreFailed: It cannot be removed.
        """
        ...


async def orphaned_before(jobs: JobEngine, now: datetime) -> datetime:
    """Clips that were taken in before, and to which no revision refers, are orphans.

    A clip is taken in before the message that it came with is kept, and between the two the program
    may be switched off for days. So it is an orphan a day after it was taken in, and if no message
    is being answered that was there before. Messages are looked at first: one that has ended by
    then has its clips in a revision.
    """
    unanswered = await jobs.find("delayed", "queued", "running", kind="message", limit=1)
    return min([now, *(job.enqueued_at for job in unanswered)]) - _ORPHAN_AGE


async def media(upkeep: Upkeep, originals: Originals, jobs: JobEngine, now: datetime) -> str:
    """Remove clips that no revision refers to."""
    before = await orphaned_before(jobs, now)
    taken = await originals.taken()
    orphans = sorted(taken.keys() - await upkeep.clips())
    old = [sha256 for sha256 in orphans if taken[sha256] < before]
    removed = [await originals.remove(sha256, before) for sha256 in old]
    return f"removed {sum(removed)} clips"


async def pictures(folder: Path, keep_days: int, now: datetime) -> str:
    """Remove pictures of timelines, in the folders of the channels, that are older."""
    old = await asyncio.to_thread(_older, folder, "*/*.png", now - timedelta(days=keep_days))
    return f"removed {await asyncio.to_thread(_remove, old)} pictures"


async def exports(folder: Path, keep_days: int, now: datetime) -> str:
    """Remove files for other programs that are older; asked for again, they are made again."""
    old = await asyncio.to_thread(_older, folder, "*/*", now - timedelta(days=keep_days))
    return f"removed {await asyncio.to_thread(_remove, old)} exports"


async def scratch(tidies: Iterable[Callable[[], int]], _: datetime) -> str:
    """Remove what dead processes left unfinished; each of `tidies` says how much."""
    return f"removed {sum([await asyncio.to_thread(tidy) for tidy in tidies])} leftovers"


async def uploads(records: FinishedUploads, files: UploadFiles, now: datetime) -> str:
    """Remove uploads whose time is over, and files that no upload needs any more.

    Files are looked for first: one that is made meanwhile had its record before.
    """
    found = await asyncio.to_thread(files.ids)
    expired = await records.expire(now)
    for upload_id in set(found) - await records.needing_files(found):
        await asyncio.to_thread(files.remove, upload_id)
    return f"removed {expired} uploads"


def stale(folder: Path, hours: float) -> int:
    """Remove the folders in a folder that nothing was put into for so long; how many are gone."""
    before = time.time() - hours * 3600
    return sum([_is_cleared(path, before) for path in folder.glob("*")])


async def ledger(upkeep: Upkeep, now: datetime) -> str:
    """Add up the costs of each day since the last that has sums, and at least since yesterday.

    The last renders of yesterday may just have ended.
    """
    today = now.date()
    last = await upkeep.rolled_up() or date.min
    yesterday, first = (today - timedelta(days=days) for days in (1, _LEDGER_DAYS))
    day = max(first, min(last, yesterday))
    while day <= today:
        await upkeep.roll_up(day)
        day += timedelta(days=1)
    return f"added up the costs until {today}"


async def forget(
    upkeep: Upkeep, jobs: JobEngine, rows_days: int, jobs_days: int, now: datetime
) -> str:
    """Delete what was said so long ago, and jobs that are only there so as not to be done twice."""
    rows = await upkeep.forget(now - timedelta(days=rows_days))
    ended = await jobs.forget(now - timedelta(days=jobs_days))
    return f"forgot {rows} rows and {ended} jobs"


async def backup(upkeep: Upkeep, jobs_file: Path, folder: Path, keep: int, now: datetime) -> str:
    """Copy both SQLite files while they are in use, and keep the newest `keep` pairs.

    First the jobs, then what they do. So when a pair is restored, jobs go on and find done what
    they are about to do; the other way round, jobs would be over whose work is not there.
    """
    jobs_copy, app_copy = (folder / f"{of}-{now:%Y%m%d-%H%M}.sqlite" for of in _PAIR)
    await asyncio.to_thread(_remove_parts, folder)
    await upkeep.backup(jobs_copy, jobs_file)
    await upkeep.backup(app_copy)
    await asyncio.to_thread(_keep_newest, folder, keep)
    return f"wrote {jobs_copy.name} and {app_copy.name}"


_PAIR = ("jobs", "chatkut")


def _remove_parts(folder: Path) -> None:
    """Remove what a crash left, which may be what there is no room for."""
    _remove(folder.glob("*.part*"))


def _keep_newest(folder: Path, count: int) -> None:
    for of in _PAIR:
        _remove(sorted(folder.glob(f"{of}-*.sqlite"))[:-count])


def _older(folder: Path, pattern: str, before: datetime) -> list[Path]:
    oldest = before.timestamp()
    return [path for path in folder.glob(pattern) if path.stat().st_mtime < oldest]


def _remove(paths: Iterable[Path]) -> int:
    """Remove files, and go on after one that cannot be removed; how many are gone."""
    return sum([_is_gone(path) for path in paths])


def _is_gone(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be removed: %s", path.name, error.strerror)
        return False
    return True


def _is_cleared(folder: Path, before: float) -> bool:
    try:
        about = folder.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_mtime >= before:
            return False
        shutil.rmtree(folder)
    except OSError as error:
        log.warning("%s cannot be removed: %s", folder.name, error.strerror)
        return False
    return True
