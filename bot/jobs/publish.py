"""The `publish` job: a clip or film is brought to the service that plays videos.

It follows a message or a render and holds up neither. It creates the upload, sends the file, and
waits until the service has encoded it; the table of publications says how far that has come, so
that a killed process goes on where it was. What goes wrong is kept there, too.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.jobs.engine import PATIENT, Job, JobEngine, Jobs, Kind, NoSuchJob, Payload, Queue
from bot.jobs.minutes import Minutes
from bot.jobs.sweeps import orphaned_before
from bot.jobs.waits import await_outside, ready
from bot.ports import (
    AdapterError,
    Damaged,
    Footage,
    MediaStore,
    Orders,
    PlaybackBusy,
    PlaybackRefused,
    Publication,
    Publications,
    PublicationState,
    StoreFailed,
    UploadLost,
    Video,
    VideoService,
    Wait,
    Waits,
    Watching,
)

log = logging.getLogger("chatkut.jobs")

WAIT_KIND = "stream"

_QUEUE = Queue("publish", concurrency=64)
_SENT_AT_ONCE = 2
_MOST_ENCODING = 100
"""Cloudflare encodes 120 videos of an account at once; some may be of others."""
_ASKED_AT_ONCE = 8
_ENCODING_SECONDS = 12 * 3600.0
_POLL_AFTER_SECONDS = 5.0
_LOOKS = 3
_OVER = frozenset({"ready", "refused"})

News = Callable[[str], Awaitable[Payload | None]]
"""What became of a video, by its uid; None while it goes on."""

_TOO_OFTEN = "ChatKut crashed while publishing it again and again."
_REMOVED = "It was to be removed."
_WITHDRAWN = "No service that plays videos is set up any more."


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the files are that are published.

    `link` makes an address of a clip, by its SHA-256, that the service can fetch itself, where the
    clip lies in the cloud.
    """

    media: MediaStore
    orders: Orders
    link: Callable[[str], Awaitable[str | None]]

    async def address(self, footage: Footage) -> str | None:
        """Where the service can fetch it, if it can."""
        return await self.link(footage.ref) if footage.kind == "clip" else None

    async def path(self, footage: Footage) -> Path:
        """The file on this machine.

        Raises:
            StoreFailed: It is gone, or cannot be had just now.
        """
        if footage.kind == "clip":
            return (await self.media.files(footage.ref)).original
        record = await self.orders.ended(footage.ref)
        if record is None or record.path is None:
            raise Damaged("The film is not kept any more.")
        return record.path


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

    async def remove(self, footage_key: str) -> None:
        found = await self.publications.get(footage_key)
        if found is not None:
            await self._remove(found)

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
        if publication.state not in _OVER:
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


class Publishing:
    """The jobs that bring footage to the service."""

    def __init__(
        self, service: VideoService, publications: Publications, sources: Sources, waits: Waits
    ) -> None:
        self._service = service
        self._publications = publications
        self._sources = sources
        self._waits = waits
        self._gate = asyncio.Semaphore(_SENT_AT_ONCE)
        self.kind = Kind("publish", self._run, _QUEUE)

    async def give_up(self, job_id: str, payload: Payload) -> None:
        """Keep that a publication took the process down too often."""
        await self._failed(job_id, payload["key"], _TOO_OFTEN)

    async def ask(self, refs: Collection[str]) -> Mapping[str, Payload | None]:
        """Ask which videos are ready, for those that wait; the `Poller` of kind `WAIT_KIND`."""
        return await asked(refs, self._news)

    async def _news(self, uid: str) -> Payload | None:
        try:
            video = await self._service.look(uid)
        except PlaybackRefused:  # the job will see that, too
            return {"state": "gone"}
        return {"state": video.state} if video.state in ("ready", "error") else None

    async def _run(self, job: Job, payload: Payload) -> None:
        about = (job.id, payload["key"])
        try:
            while uid := await job.step("upload", self._uploaded, *about, retry=PATIENT):
                if await self._encoded(job, about, uid) != "waiting":
                    return
        except AdapterError as error:
            await job.step("fail", self._failed, *about, str(error), retry=PATIENT)

    async def _encoded(self, job: Job, about: tuple[str, str], uid: str) -> PublicationState:
        """What the publication is when it is not being encoded any more."""
        for _ in range(_LOOKS):
            state = await job.step("look", self._looked, *about, retry=PATIENT)
            if state != "encoding":
                return state
            wait = Wait(job.id, WAIT_KIND, uid)
            await await_outside(job, self._waits, wait, _ENCODING_SECONDS, _POLL_AFTER_SECONDS)
        state = await job.step("last look", self._looked, *about, retry=PATIENT)
        if state == "encoding":
            raise PlaybackRefused("Cloudflare Stream took too long to encode it.")
        return state

    async def _uploaded(self, job_id: str, key: str) -> str:
        """The uid of the video, once all of it is there; "" where nobody wants it any more."""
        async with self._gate:
            try:
                while (publication := await self._mine(job_id, key)) is not None:
                    if publication.state in ("encoding", "ready", "refused"):
                        return publication.uid
                    await self._brought(publication)
            except _Withdrawn:
                pass
            return ""

    async def _brought(self, publication: Publication) -> None:
        """Let the service have the file, from where it is or from here."""
        is_begun = publication.upload_url or publication.renewals
        url = None if is_begun else await self._sources.address(publication.footage)
        if url is not None:
            await self._make_way(publication)
            uid = await self._service.copy(publication.footage, url, publication.job)
            await self._save(replace(publication, uid=uid, state="encoding"))
            return
        created = await self._created(publication)
        try:
            await self._send(created)
        except UploadLost as error:
            await self._renew(created, error)

    async def _created(self, publication: Publication) -> Publication:
        """Have an upload of the file as it is now: created, and kept before the first byte."""
        path = await self._sources.path(publication.footage)
        size, sha256 = await asyncio.to_thread(_content, path)
        if publication.upload_url and publication.sha256 == sha256:
            return publication
        await self._make_way(publication)
        upload = await self._service.create(publication.footage, size, publication.job)
        created = replace(
            publication,
            state="sending",
            uid=upload.uid,
            upload_url=upload.url,
            size_bytes=size,
            sent_bytes=0,
            sha256=sha256,
        )
        await self._save(created)
        return created

    async def _send(self, publication: Publication) -> None:
        path = await self._sources.path(publication.footage)
        async with aclosing(self._service.send(publication.upload_url, path)) as offsets:
            async for offset in offsets:
                await self._save(replace(publication, sent_bytes=offset))
        done = replace(publication, sent_bytes=publication.size_bytes, state="encoding")
        await self._save(replace(done, upload_url=""))

    async def _renew(self, publication: Publication, error: UploadLost) -> None:
        """Begin anew, once."""
        if publication.renewals:
            raise PlaybackRefused(f"{error} That happened again after it was begun anew.")
        log.warning("%s: %s It is begun anew.", publication.footage.key, error)
        await self._save(replace(publication, state="waiting", upload_url="", renewals=1))

    async def _make_way(self, publication: Publication) -> None:
        """Remove what an attempt before has left, and see that the service has room."""
        if publication.uid:
            await self._service.remove(publication.uid)
        await self._service.clear(publication.job)  # what was made, and the answer lost
        if await self._publications.count("encoding") >= _MOST_ENCODING:
            raise PlaybackBusy("Cloudflare Stream is encoding as many videos as it takes at once.")

    async def _looked(self, job_id: str, key: str) -> PublicationState:
        """Look at the video, and keep what the publication has become."""
        publication = await self._mine(job_id, key)
        if publication is None:
            return "refused"
        if publication.state != "encoding":
            return publication.state
        video = await self._service.look(publication.uid)
        if video.state == "error":
            log.warning("%s cannot be played by Stream: %s", key, video.error)
            await self._service.remove(publication.uid)
        try:
            await self._save(seen := _seen(publication, video))
        except _Withdrawn:
            return "refused"
        return seen.state

    async def _failed(self, job_id: str, key: str, why: str) -> None:
        log.warning("%s is not published: %s", key, why)
        publication = await self._mine(job_id, key)
        if publication is not None and publication.state != "ready":
            await self._publications.save(replace(publication, state="failed", error=why))

    async def _mine(self, job_id: str, key: str) -> Publication | None:
        """The publication, unless it was removed, or is another job's by now."""
        found = await self._publications.get(key)
        return found if found is not None and found.job == job_id else None

    async def _save(self, publication: Publication) -> None:
        if not await self._publications.save(publication):
            if publication.uid:
                await self._service.remove(publication.uid)
            raise _Withdrawn("It was removed while it was being published.")


class _Withdrawn(AdapterError):
    """Nobody wants the publication any more."""


async def asked(refs: Collection[str], news: News) -> Mapping[str, Payload | None]:
    """Ask about several videos, a few at once; one that is not answered holds up no other.

    Raises:
        PlaybackBusy: None of them is answered.
    """
    gate = asyncio.Semaphore(_ASKED_AT_ONCE)
    failures: list[PlaybackBusy] = []

    async def ask(ref: str) -> Payload | None:
        async with gate:
            try:
                return await news(ref)
            except PlaybackBusy as failure:
                failures.append(failure)
                return None

    found = dict(zip(refs, await asyncio.gather(*map(ask, refs)), strict=True))
    if failures and len(failures) == len(found):
        raise failures[0]
    return found


def receiving(uid: str) -> str:
    """The id of the job that receives a video which a browser has sent to the service."""
    return f"receive:{uid}"


def withdrawing(publications: Publications) -> Kind:
    """The kind of job where no service is set up: it closes what an earlier setting began."""

    async def run(job: Job, payload: Payload) -> None:
        # In no step: a job that is under way has others, and done again it does no harm.
        found = await publications.get(payload["key"])
        if found is not None and found.job == job.id and found.state not in _OVER:
            await publications.save(replace(found, state="failed", error=_WITHDRAWN))

    return Kind("publish", run, _QUEUE)


def _seen(publication: Publication, video: Video) -> Publication:
    """What a publication becomes by what is told of its video."""
    if video.is_unfetched and not publication.renewals:  # so it is sent from here
        return replace(publication, state="waiting", uid="", renewals=1)
    if video.state == "error":
        return replace(publication, state="refused", uid="", error=video.error)
    if video.state != "ready":
        return publication
    return replace(
        publication, state="ready", seconds=video.seconds, addresses=video.addresses, error=""
    )


def _content(path: Path) -> tuple[int, str]:
    """How many bytes a file has, and their SHA-256."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), digest
    except OSError as error:
        raise StoreFailed(f"The file cannot be read ({error.strerror}).") from error
