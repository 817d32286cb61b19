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
from pathlib import Path

from bot.jobs.engine import PATIENT, Job, Kind, Payload, Queue
from bot.jobs.looking import Looking, asked
from bot.jobs.playback import ENDED
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
    Waits,
)

log = logging.getLogger("chatkut.jobs")

WAIT_KIND = "stream"

_QUEUE = Queue("publish", concurrency=64)
_SENT_AT_ONCE = 2
_MOST_ENCODING = 100
"""Cloudflare encodes 120 videos of an account at once; some may be of others."""
_ENCODING_SECONDS = 12 * 3600.0
_LOOKS = 3
_TOO_OFTEN = "ChatKut crashed while publishing it again and again."
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


class Publishing:
    """The jobs that bring footage to the service."""

    def __init__(
        self, service: VideoService, publications: Publications, sources: Sources, waits: Waits
    ) -> None:
        self._service = service
        self._publications = publications
        self._sources = sources
        self._looking = Looking(waits, WAIT_KIND, _LOOKS, _ENCODING_SECONDS)
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

        async def look(step: str) -> PublicationState:
            return await job.step(step, self._looked, *about, retry=PATIENT)

        state = await self._looking.until(job, uid, look, lambda state: state != "encoding")
        if state is None:
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


def withdrawing(publications: Publications) -> Kind:
    """The kind of job where no service is set up: it closes what an earlier setting began."""

    async def run(job: Job, payload: Payload) -> None:
        # In no step: a job that is under way has others, and done again it does no harm.
        found = await publications.get(payload["key"])
        if found is not None and found.job == job.id and found.state not in ENDED:
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
