"""Daily sweeps of what lies in a bucket: copies here, films there, and what it costs."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Protocol

from bot.jobs.shelf import Shelf
from bot.ports import Objects, Upkeep

MICROUSD_PER_GB_MONTH = 15_000
"""What R2 takes for storage, as of 2026-11-22 (developers.cloudflare.com/r2/pricing)."""

_DAYS_PER_MONTH = 365.25 / 12
_UPLOAD_DAYS = 7
"""So long an upload that broke off can go on; R2 forgets it then, too."""


class Copies(Protocol):
    """Media in a bucket, with copies on this machine."""

    async def settle(self, unused_since: datetime) -> tuple[int, int]:
        """Put what the bucket lacks, and remove copies that nobody used since; how many of each.

        Raises:
            StoreFailed: The bucket, or the disk, cannot be used.
        """
        ...


async def copies(media: Copies, bucket: Objects, keep_days: int, now: datetime) -> str:
    """Have all clips in the bucket, and here only what was used in the last `keep_days`."""
    put, removed = await media.settle(now - timedelta(days=keep_days))
    given_up = await bucket.abandon(now - timedelta(days=_UPLOAD_DAYS))
    return f"put {put} clips, removed {removed} copies, gave up {given_up} uploads"


async def shelf(upkeep: Upkeep, films: Shelf, now: datetime) -> str:
    """Have those films in the bucket that are kept, and no others."""
    put, removed = await films.settle(await upkeep.old_films(now), now)
    return f"put {put} films, removed {removed}"


async def costs(upkeep: Upkeep, bucket: Objects, now: datetime) -> str:
    """Book a day of storage for what each channel has in the bucket, the day in micro-dollars.

    What several channels use is split evenly, so that the books add up to the bill. Days on which
    no sweep ran are not booked: nobody knows what lay there.
    """
    held = await _held(upkeep, bucket, now)
    day = {channel: round(_microusd(size)) for channel, size in held.items()}
    await upkeep.book("storage", now.date(), day)
    return f"booked {sum(day.values())} micro-dollars of storage in {len(day)} channels"


async def _held(upkeep: Upkeep, bucket: Objects, now: datetime) -> Mapping[str, float]:
    """The bytes that each channel has in the bucket."""
    users = await upkeep.clip_users()
    films = {record.id: record.channel for record in await upkeep.old_films(now)}
    held: dict[str, float] = defaultdict(float)
    async for each in bucket.under(""):
        key = PurePosixPath(each.key)
        film = films.get(key.stem)
        channels = users.get(key.parent.name, frozenset()) or ({film} if film else ())
        for channel in channels:
            held[channel] += each.size_bytes / len(channels)
    return held


def _microusd(size_bytes: float) -> float:
    return size_bytes / 1e9 * MICROUSD_PER_GB_MONTH / _DAYS_PER_MONTH
