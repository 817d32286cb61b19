"""The shelf: finished films in a bucket, so that they outlive this machine and its disk.

    films/CHANNEL/RENDER.mp4      one film; CHANNEL is the name of the channel's folder

A film is put there before it is announced. Where that could not be, or where a film was cancelled
just then, the daily sweep makes the bucket what the books say.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.ports import Objects, RenderRecord, folder_of

_STRAY_AGE = timedelta(days=1)


class Shelf:
    """Keeps films in a bucket."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def put(self, record: RenderRecord) -> None:
        """Keep a film; again replaces it.

        Raises:
            StoreFailed: The bucket cannot be used, or the film is gone.
        """
        if record.path is not None:
            await self._objects.put(_key(record), record.path, lambda _: None)

    async def link(self, record: RenderRecord, name: str | None, seconds: int) -> str | None:
        """Where a browser gets a film, None where it is not on the shelf; see `Objects.link`.

        Raises:
            StoreFailed: The bucket cannot be used.
        """
        if await self._objects.size(_key(record)) is None:
            return None
        return await self._objects.link(_key(record), name, seconds)

    async def settle(self, kept: Collection[RenderRecord], now: datetime) -> tuple[int, int]:
        """Put the films that are missing, and remove those that are not kept any more.

        How many it put, and how many it removed. `kept` was looked up before this is called: what
        came since is young, and stays.

        Raises:
            StoreFailed: The bucket cannot be used.
        """
        wanted = {_key(record): record for record in kept}
        sizes: dict[str, int] = {}
        stray = []
        async for each in self._objects.under("films/"):
            if each.key in wanted:
                sizes[each.key] = each.size_bytes
            elif each.modified < now - _STRAY_AGE:
                stray.append(each.key)
        await self._objects.remove(stray)
        put = [
            record
            for key, record in wanted.items()
            if await asyncio.to_thread(_is_news, record, sizes.get(key))
        ]
        for record in put:
            await self.put(record)
        return len(put), len(stray)


def _key(record: RenderRecord) -> str:
    suffix = "gif" if record.preset == "gif" else "mp4"
    return f"films/{folder_of(record.channel)}/{record.id}.{suffix}"


def _is_news(record: RenderRecord, size_there: int | None) -> bool:
    """Whether a film is here, and not the same on the shelf."""
    if record.path is None or not record.path.exists():
        return False
    return record.path.stat().st_size != size_there
