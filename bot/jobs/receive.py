"""The `receive` job: a video that a browser has sent straight to the service that plays videos.

When the service has encoded it, it is fetched from there as one file, and goes on as an upload like
any other. So what comes in is not what was sent: it is encoded anew, with at most 1080 lines.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from bot.jobs.engine import PATIENT, Job, Jobs, Kind, Payload, Queue
from bot.jobs.looking import Looking, asked
from bot.jobs.playback import receiving
from bot.ports import (
    AdapterError,
    FinishedUploads,
    MediaRefused,
    NoSuchVideo,
    PlaybackBusy,
    PlaybackRefused,
    Room,
    StoreFailed,
    UploadFiles,
    UploadRecord,
    Uploads,
    VideoService,
    Waits,
    quoted,
    uploaded,
)

log = logging.getLogger("chatkut.jobs")

FILE_WAIT_KIND = "stream file"

_QUEUE = Queue("receive", concurrency=500)
_FETCHED_AT_ONCE = 2
_LOOKS = 12
"""Every news is a reason to look: that a quality can be played, that all can, that it is a file."""

_LOOK_SECONDS = 6 * 3600.0
_UPLOADING = timedelta(hours=5, minutes=30)
"""Cloudflare lets browsers send for six hours at most."""

_KEPT = timedelta(days=1)
_FULL = "So much is being uploaded to this channel that this has to wait: let it finish first."
_ADVICE = "Send it in the chat, or make it an MP4 file with H.264 and upload that."
_ANY_ROOM = Room(1 << 60, 1 << 60)
"""The file is here already."""

_RECORD = TypeAdapter(UploadRecord)


class Records(Uploads, FinishedUploads, Protocol):
    """All that is done with the records of uploads."""


@dataclass(frozen=True, slots=True)
class Direct:
    """Has videos received that browsers send straight to the service.

    They count as uploads on their way, of which a channel may have `channel_bytes` at once.
    """

    jobs: Jobs
    service: VideoService
    records: Uploads
    channel_bytes: int

    async def begin(self, upload: UploadRecord, name: str) -> str:
        """The address to send a file to, which is received when all of it is there.

        Raises:
            MediaRefused: Too much is on its way to the channel.
            PlaybackBusy: The service takes nothing just now.
            PlaybackRefused: It will never take this.
            StoreFailed: It could not be kept that the file is expected.
        """
        room = replace(_ANY_ROOM, in_channel=self.channel_bytes)
        if await self.records.create(upload, room) != "created":
            raise MediaRefused(_FULL)
        try:
            return await self._begun(upload, name)
        except AdapterError:
            await self.records.remove(upload.id)
            raise

    async def _begun(self, upload: UploadRecord, name: str) -> str:
        until = datetime.now(UTC) + _UPLOADING
        created = await self.service.create_direct(name, upload.length, until)
        record = _RECORD.dump_python(upload, mode="json")
        payload = {"uid": created.uid, "name": name, "upload": record}
        await self.jobs.enqueue("receive", receiving(created.uid), payload)
        return created.url


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where files go: they are fetched to `incoming`, and then are uploads, which are accepted."""

    incoming: Path
    records: Records
    files: UploadFiles
    accept: Callable[[UploadRecord], Awaitable[None]]

    async def keep(self, upload: UploadRecord, file: Path) -> None:
        """Make a whole file an upload that has arrived; it has another length than was expected."""
        await self.records.remove(upload.id)
        await self.records.create(upload, _ANY_ROOM)
        await asyncio.to_thread(self.files.adopt, upload.id, file)
        await self.records.advance(upload, upload.length)
        await self.accept(upload)

    async def refuse(self, upload: UploadRecord, why: str) -> None:
        """Have the thread told why there is no file."""
        await self.records.refuse(upload, why)
        await self.accept(upload)

    def part(self, upload: UploadRecord) -> Path:
        """Where a file is fetched to.

        Raises:
            StoreFailed: There is no such folder, nor can it be made.
        """
        try:
            self.incoming.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreFailed(f"Files cannot be fetched ({error.strerror}).") from error
        return self.incoming / f"{upload.id}.mp4"


class Receiving:
    """The jobs that wait for such videos, and fetch them."""

    def __init__(self, service: VideoService, waits: Waits, arrival: Arrival) -> None:
        self._service = service
        self._looking = Looking(waits, FILE_WAIT_KIND, _LOOKS, _LOOK_SECONDS)
        self._arrival = arrival
        self._gate = asyncio.Semaphore(_FETCHED_AT_ONCE)
        self.kind = Kind("receive", self._run, _QUEUE)

    async def give_up(self, payload: Payload) -> None:
        """Let go of a video that took the process down too often."""
        await self._dropped(payload, "ChatKut crashed on it again and again.")

    async def ask(self, refs: Collection[str]) -> Mapping[str, Payload | None]:
        """Ask which videos are there as one file; the `Poller` of kind `FILE_WAIT_KIND`."""
        return await asked(refs, self._news)

    async def _news(self, uid: str) -> Payload | None:
        try:
            return {"state": "file"} if await self._file(uid) else None
        except PlaybackRefused:  # the job will see that, too
            return {"state": "no file"}

    async def _run(self, job: Job, payload: Payload) -> None:
        try:
            await self._await_file(job, payload)
            await job.step("take", self._taken, payload, retry=PATIENT)
        except AdapterError as error:
            await job.step("drop", self._dropped, payload, str(error), retry=PATIENT)

    async def _await_file(self, job: Job, payload: Payload) -> None:
        async def look(step: str) -> bool:
            return await job.step(step, self._is_file, payload, retry=PATIENT)

        if not await self._looking.until(job, payload["uid"], look, bool):
            raise PlaybackRefused("It never arrived, or took too long to be encoded.")

    async def _is_file(self, payload: Payload) -> bool:
        return await self._file(payload["uid"]) is not None

    async def _file(self, uid: str) -> str | None:
        """Where a video is as one file, once it has all its qualities.

        Raises:
            PlaybackRefused: It will never be.
        """
        video = await self._service.look(uid)
        if video.state == "error":
            raise PlaybackRefused(f"{video.error} {_ADVICE}")
        is_whole = video.state == "ready" and video.fraction >= 1
        return await self._service.mp4(uid) if is_whole else None

    async def _taken(self, payload: Payload) -> None:
        """Fetch the file, have it accepted, and remove the video."""
        upload = _RECORD.validate_python(payload["upload"])
        found = await self._arrival.records.find(upload.id)
        if found is None or found.state == "open":
            async with self._gate:
                await self._fetched(payload, upload)
        elif found.state == "complete":
            await self._arrival.accept(found)
        await self._service.remove(payload["uid"])

    async def _fetched(self, payload: Payload, upload: UploadRecord) -> None:
        url = await self._service.mp4(payload["uid"])
        if url is None:
            raise PlaybackBusy("Cloudflare has put away the file again.")
        part = await asyncio.to_thread(self._arrival.part, upload)
        await self._service.fetch(url, part, payload["name"])
        length = (await asyncio.to_thread(part.stat)).st_size
        ends = datetime.now(UTC) + _KEPT
        await self._arrival.keep(replace(upload, length=length, expires_at=ends), part)

    async def _dropped(self, payload: Payload, why: str) -> None:
        """Let go of a video that does not become an upload.

        Its thread is told why, but not where nothing was sent or somebody removed the video.
        """
        upload = _RECORD.validate_python(payload["upload"])
        log.warning("%s is not received: %s", uploaded(upload).id, why)
        if await self._was_sent(payload["uid"]):
            sentence = f"{quoted(payload['name'])} could not be taken in: {why}"
            await self._arrival.refuse(upload, sentence)
        else:
            await self._arrival.records.remove(upload.id)
        with suppress(PlaybackRefused):  # it stays there, and the log says why
            await self._service.remove(payload["uid"])

    async def _was_sent(self, uid: str) -> bool:
        try:
            return (await self._service.look(uid)).state != "coming"
        except NoSuchVideo:
            return False
        except PlaybackRefused:  # nobody knows: rather tell of a file that was never sent
            return True


def abandoning() -> Kind:
    """The kind of job where no service is set up: nobody can tell what became of the video."""

    async def run(job: Job, _: Payload) -> None:
        log.warning("%s is given up, as Stream is not set up any more", job.id)

    return Kind("receive", run, _QUEUE)
