"""Playback by jobs: what is published is ordered here, and made by `bot.jobs.publish`."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from bot.jobs.engine import JobEngine, Jobs, NoSuchJob
from bot.jobs.minutes import Minutes
from bot.jobs.sweeps import orphaned_before
from bot.jobs.waits import ready
from bot.ports import (
    Footage,
    PlaybackBusy,
    PlaybackRefused,
    Publication,
    Publications,
    Video,
    VideoService,
    Watching,
)

log = logging.getLogger("chatkut.jobs")

ENDED = frozenset({"ready", "refused"})
"""States of a publication with which nothing more is done."""

_REMOVED = "It was to be removed."


@dataclass(frozen=True, slots=True)
class DurablePlayback:
    """The `Playback` port: what is published is ordered, and made by jobs."""

    jobs: Jobs
    service: VideoService
    publications: Publications
    minutes: Minutes

    async def publish(self, footage: Footage) -> None:
        await self._begin(await self.publications.order(footage))

    async def status(self, footage_key: str) -> Publication | None:
        return await self.publications.get(footage_key)

    async def watch(self, footage_key: str) -> Watching | None:
        found = await self.publications.get(footage_key)
        if found is None or found.state != "ready":
            return None
        return await self.service.watch(found.uid, found.addresses)

    async def captions(self, footage_key: str, language: str) -> str | None:
        found = await self.publications.get(footage_key)
        if found is None or found.state != "ready":
            raise PlaybackRefused("The video is not published, so nobody can listen to it there.")
        return await self.service.captions(found.uid, language)

    async def heard(self, video: Video) -> None:
        """Let the job that waits for a video look at it now. Polling does that too, but later."""
        found = await self.publications.by_uid(video.uid)
        job = found.job if found else receiving(video.uid)
        news = {"state": f"told {video.state} {video.fraction:g}"}
        try:
            await ready(self.jobs, job, video.uid, news)
        except NoSuchJob:
            log.info("a webhook told of a video that is none of ours, or is long done, or too new")

    async def sweep(self, jobs: JobEngine, now: datetime) -> str:
        """Book minutes, remove what nobody refers to, and try again what failed."""
        await self.minutes.book(now)
        unused = await self.publications.unused(await orphaned_before(jobs, now))
        removed = sum([await self._is_removed(publication) for publication in unused])
        stay = {publication.footage.key for publication in unused}
        found = await self.publications.unfinished()
        unfinished = [each for each in found if each.footage.key not in stay]
        for publication in unfinished:
            if again := await self.publications.retry(publication.footage.key):
                await self._begin(again)
        return f"removed {removed} videos, tries {len(unfinished)} again"

    async def _begin(self, publication: Publication) -> None:
        if publication.state not in ENDED:
            payload = {"key": publication.footage.key}
            await self.jobs.enqueue("publish", publication.job, payload)

    async def _is_removed(self, publication: Publication) -> bool:
        try:
            await self._remove(publication)
        except (PlaybackBusy, PlaybackRefused) as error:
            log.warning("%s stays at Stream: %s", publication.footage.key, error)
            return False
        return True

    async def _remove(self, publication: Publication) -> None:
        await self.jobs.cancel(publication.job)
        # Whoever orders it from now on begins anew, even if we get no further.
        await self.publications.save(replace(publication, state="failed", error=_REMOVED))
        if publication.uid:
            await self.service.remove(publication.uid)
        await self.publications.remove(publication)


def receiving(uid: str) -> str:
    """The id of the job that receives a video which a browser has sent to the service."""
    return f"receive:{uid}"
