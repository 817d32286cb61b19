"""Keeps media in a bucket; the directory on this machine is a copy of what was used lately.

    clips/abcd…/original.mp4  facts.json  thumb_00.jpg …  still.png       one clip

The original is put last: where it is, the clip is whole. The others are put whenever the clip is
taken in, so that their time tells when that was last. What a crash kept from being put is put when
the clip is taken in again, or by the next `settle`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from weakref import WeakValueDictionary

from bot.adapters.media.homes import missing
from bot.adapters.media.local import LocalMedia, flush, sentences_about_tidying
from bot.adapters.media.together import together
from bot.ports import (
    NOBODY,
    Analysis,
    Damaged,
    Facts,
    MediaFiles,
    Objects,
    Scope,
    Sense,
    StoredObject,
)

_KEEPING = 0.5  # the part of taking in that is putting into the bucket
_AT_ONCE = 8
_LINK_SECONDS = 6 * 3600
_KEYS = re.compile(
    r"clips/([0-9a-f]{64})/(?:original\.[a-z0-9]{3,4}|(?:facts|sound|picture|speech)\.json"
    r"|still\.png|thumb_\d\d\.jpg)"
)
_FACTS = "facts.json"


class RemoteMedia:
    """The `MediaStore` in a bucket, with a directory of this machine in front of it."""

    def __init__(self, local: LocalMedia, objects: Objects) -> None:
        self._local = local
        self._homes = local.homes
        self._objects = objects
        self._fetching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def take(self, source: Path, name: str, report: Callable[[float], None]) -> Facts:
        """Copy a file in and to the bucket, and measure it; see `MediaStore.take`."""
        facts = await self._local.take(source, name, lambda done: report((1 - _KEEPING) * done))
        names = {_name(each.key) for each in await self._there(facts.sha256)}
        # Its looks are put anew: who sends a clip again may do so because they are damaged.
        lacks = await self._lacks(facts.sha256, set(filter(_is_original, names)))

        def keeping(done: float) -> None:
            report(1 - _KEEPING + _KEEPING * done)

        await self._keep(facts.sha256, lacks, keeping)
        report(1)
        return facts

    async def files(self, sha256: str) -> MediaFiles:
        """Tell where the files of a clip lie, and fetch what is missing; see `MediaStore.files`."""
        async with self._one_at_a_time(sha256):
            self._homes.use(sha256)  # first: what is in use is not removed while we look
            if not self._homes.is_whole(sha256):
                await self._fetch(sha256, lambda _: True)
        return await self._local.files(sha256)

    async def looks(self, sha256: str) -> MediaFiles:
        """Tell where the still and the thumbs lie; see `MediaStore.looks`."""
        async with self._one_at_a_time(sha256):
            if not self._homes.has_looks(sha256):
                await self._fetch(sha256, lambda name: not _is_original(name))
        return await self._local.looks(sha256)

    async def analysed(self, sha256: str, sense: Sense, payer: Scope = NOBODY) -> Analysis:
        """Look into a clip, which needs its original here; see `MediaStore.analysed`.

        What was found goes to the bucket with the next `settle`.
        """
        if found := await asyncio.to_thread(self._local.analyses.kept, sha256, sense):
            return found
        await self.files(sha256)
        return await self._local.analysed(sha256, sense, payer)

    async def known(self, sha256: str) -> Analysis:
        """Tell what was found in a clip before; see `MediaStore.known`."""
        return await self._local.known(sha256)

    async def link(self, sha256: str) -> str | None:
        """An address of the original that works for some hours, if it is in the bucket."""
        there = await self._there(sha256)
        original = next((each.key for each in there if _is_original(_name(each.key))), None)
        return original and await self._objects.link(original, None, _LINK_SECONDS)

    async def lent(self, sha256: str) -> str | None:
        """An address of the original, which is put into the bucket first if it is only here."""
        if (link := await self.link(sha256)) or not self._homes.is_whole(sha256):
            return link
        await self._keep(sha256, await self._lacks(sha256, ()), lambda _: None)
        return await self.link(sha256)

    async def taken(self) -> dict[str, datetime]:
        """Tell when each clip was last taken in, anywhere; see `Originals.taken`."""
        taken = await self._local.taken()
        async for sha256, objects in self._clips():
            last = _last(objects)
            taken[sha256] = max(taken.get(sha256, last), last)
        return taken

    async def remove(self, sha256: str, taken_before: datetime) -> bool:
        """Remove a clip unless it was taken in since; see `Originals.remove`."""
        here = self._homes.home(sha256).exists()
        if here and not await self._local.remove(sha256, taken_before):
            return False
        there = await self._there(sha256)
        if there and _last(there) >= taken_before:
            return False
        await self._objects.remove([each.key for each in there])
        return here or bool(there)

    async def settle(self, unused_since: datetime) -> tuple[int, int]:
        """Put what is here and not in the bucket, and remove originals here that nobody used since.

        How many clips it put, and how many originals it removed.

        Raises:
            StoreFailed: The bucket, or the directory, cannot be used.
        """
        put = evicted = 0
        here = {sha256 for sha256 in await self._local.taken() if self._homes.is_whole(sha256)}
        there = {sha256: objects async for sha256, objects in self._clips() if sha256 in here}
        for sha256 in here:
            names = {_name(each.key) for each in there.get(sha256, ())}
            if lacks := await self._lacks(sha256, names):
                await self._keep(sha256, lacks, lambda _: None)
                put += 1
            else:
                with sentences_about_tidying():
                    evicted += await asyncio.to_thread(self._homes.evict, sha256, unused_since)
        return put, evicted

    def tidy(self) -> int:
        """Remove what crashes left here; how many directories."""
        return self._local.tidy()

    async def _keep(
        self, sha256: str, paths: Collection[Path], report: Callable[[float], None]
    ) -> None:
        """Put files of a clip, the original last."""
        looks = [path for path in paths if not _is_original(path.name)]
        await together([self._put(sha256, path) for path in looks])
        for original in set(paths).difference(looks):
            await self._objects.put(_key(sha256, original.name), original, report)

    async def _put(self, sha256: str, path: Path) -> None:
        async with self._places:
            await self._objects.put(_key(sha256, path.name), path, lambda _: None)

    async def _lacks(self, sha256: str, names: Collection[str]) -> list[Path]:
        """The files of a clip that the bucket does not have; `names` are those of what it has.

        Of an original it has to have the content. Looks may differ: others may have drawn them.
        What is only begun does not belong there.
        """
        found = await asyncio.to_thread(sorted, self._homes.home(sha256).iterdir())
        paths = [path for path in found if _KEYS.fullmatch(_key(sha256, path.name))]
        return [path for path in paths if not await self._is_there(sha256, path.name, names)]

    async def _is_there(self, sha256: str, name: str, names: Collection[str]) -> bool:
        if name not in names:
            return False
        return not _is_original(name) or await self._objects.holds(_key(sha256, name), sha256)

    async def _fetch(self, sha256: str, wanted: Callable[[str], bool]) -> None:
        """Fetch what is wanted of a clip and not here.

        Raises:
            StoreFailed: The bucket does not have all of it, or cannot be reached.
        """
        there = await self._there(sha256)
        names = {_name(each.key) for each in there}
        if _FACTS not in names or not any(map(_is_original, names)):
            raise missing(sha256)
        home = self._homes.home(sha256)
        lacking = [name for name in names if wanted(name) and not (home / name).exists()]
        with sentences_about_tidying(), self._homes.incoming() as clip:
            await together([self._get(sha256, name, clip) for name in lacking])
            await asyncio.to_thread(flush, clip)
            self._homes.complete(clip, sha256)

    async def _get(self, sha256: str, name: str, clip: Path) -> None:
        async with self._places:
            found = await self._objects.get(_key(sha256, name), clip / name, lambda _: None)
        if _is_original(name) and found != sha256:
            raise Damaged(f"The original of clip {sha256[:12]} is damaged: send the clip again.")

    async def _there(self, sha256: str) -> Sequence[StoredObject]:
        """What the bucket has of a clip."""
        return [each async for _, objects in self._clips(f"{sha256}/") for each in objects]

    async def _clips(self, prefix: str = "") -> AsyncIterator[tuple[str, Sequence[StoredObject]]]:
        """What the bucket has of each clip, one after the other."""
        clip, objects = "", list[StoredObject]()
        async for each in self._objects.under(f"clips/{prefix}"):
            if not (key := _KEYS.fullmatch(each.key)):
                continue
            if objects and key[1] != clip:
                yield clip, objects
                objects = []
            clip = key[1]
            objects.append(each)
        if objects:
            yield clip, objects

    def _one_at_a_time(self, sha256: str) -> asyncio.Lock:
        """So that a clip which is asked for twice is fetched once."""
        return self._fetching.setdefault(sha256, asyncio.Lock())


def _key(sha256: str, name: str) -> str:
    return f"clips/{sha256}/{name}"


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _is_original(name: str) -> bool:
    return name.startswith("original.")


def _last(objects: Iterable[StoredObject]) -> datetime:
    return max(each.modified for each in objects)
