"""Stills: drawn items, put where a function at AWS can fetch them.

    stills/SHA256.png      one drawing, whatever film it is in

A drawing that lies there is not sent again, unless it is so old that a sweep may remove it soon.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.renderers.local.sources import file_of
from bot.adapters.renderers.local.workspace import in_thread
from bot.adapters.renderers.lowering.scene import Still
from bot.adapters.renderers.lowering.stills import draw_still, drawables
from bot.adapters.renderers.remotion.document import Drawing
from bot.engine.composition import Image
from bot.engine.layout import Timeline
from bot.ports import MediaFiles, Objects

PREFIX = "stills/"

_FRESH = timedelta(days=7)
_OLD = timedelta(days=14)
_LINK_SECONDS = 6 * 3600
_AT_ONCE = 8
"""Drawings on their way: a film with captions has hundreds, each of which takes two requests."""


async def drawings(
    timeline: Timeline, media: Mapping[str, MediaFiles], objects: Objects, work: Path
) -> Mapping[str, Drawing]:
    """Draw what is to be drawn, and put it into the bucket; by item id.

    Raises:
        RenderFailed: A clip's still is missing or damaged.
        StoreFailed: The bucket cannot be used.
    """
    stills: dict[str, Still] = {}
    for index, item in enumerate(drawables(timeline)):
        picture = None
        if isinstance(item, Image):
            picture = file_of(timeline.clips[item.clip], media).still
        path = work / f"{index}.png"
        stills[item.id] = await in_thread(draw_still, item, timeline, picture, path)
    gate = asyncio.Semaphore(_AT_ONCE)
    try:
        async with asyncio.TaskGroup() as tasks:
            links = {
                key: tasks.create_task(_put(still.path, objects, gate))
                for key, still in stills.items()
            }
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return {key: Drawing(links[key].result(), still) for key, still in stills.items()}


async def sweep(objects: Objects, now: datetime) -> int:
    """Remove drawings that no film has used for long; how many.

    Raises:
        StoreFailed: The bucket cannot be used.
    """
    old = [each.key async for each in objects.under(PREFIX) if each.modified < now - _OLD]
    await objects.remove(old)
    return len(old)


async def _put(path: Path, objects: Objects, gate: asyncio.Semaphore) -> str:
    content = await asyncio.to_thread(path.read_bytes)
    key = f"{PREFIX}{hashlib.sha256(content).hexdigest()}.png"
    fresh = datetime.now(UTC) - _FRESH
    async with gate:
        there = [each async for each in objects.under(key) if each.modified > fresh]
        if not there:
            await objects.put(key, path, lambda _: None)
        return await objects.link(key, None, _LINK_SECONDS)
