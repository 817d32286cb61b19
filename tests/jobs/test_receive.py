from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.adapters.media.stream import StreamApi, StreamVideos
from bot.adapters.store.database import Database
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.tables import WaitRow
from bot.adapters.store.uploads import SqlUploads
from bot.adapters.store.waits import SqlWaits
from bot.adapters.upload_folder import UploadFolder
from bot.jobs.engine import JobEngine
from bot.jobs.minutes import Minutes
from bot.jobs.playback import DurablePlayback, receiving
from bot.jobs.receive import FILE_WAIT_KIND, Arrival, Direct, Receiving, abandoning
from bot.jobs.uploads import Uploaded
from bot.jobs.waits import Polling
from bot.ports import (
    MediaRefused,
    Message,
    PlaybackRefused,
    StoreFailed,
    UploadRecord,
    Video,
    uploaded,
)
from tests.adapters.media.stream.kept import Kept
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, stream_site
from tests.adapters.media.stream.site import Site as Stream
from tests.jobs.site import Site, ended, until

ASKED = Message("m1", "bridge:launch", "Ada", "/chatkut upload", thread="t1")
UPLOAD = UploadRecord(
    "0" * 31 + "1",
    "link",
    ASKED,
    5,
    "filename b2NlYW4ubXA0",
    datetime.now(UTC) + timedelta(hours=1),
)


@dataclass
class Accepted:
    """Takes uploads, but not the first `failures` times."""

    uploads: list[UploadRecord] = field(default_factory=list)
    failures: int = 0

    async def accept(self, upload: UploadRecord) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreFailed("The database is away.")
        self.uploads.append(upload)


@dataclass
class Running:
    """What runs: jobs that receive, and the stand-in."""

    stream: Stream
    jobs: JobEngine
    direct: Direct
    playback: DurablePlayback
    polling: Polling
    accepted: Accepted
    database: Database
    folder: Path

    @property
    def uploads(self) -> SqlUploads:
        return SqlUploads(self.database)

    async def offered(self) -> tuple[str, Kept]:
        """An address for a file of five bytes."""
        return await self.direct.begin(UPLOAD, "ocean.mp4"), self.stream.only

    async def polled(self, job: str) -> str:
        """The state of a job once it has ended, while the poller asks all the time."""

        async def ask() -> str | None:
            await self.poll()
            status = await self.jobs.status(job)
            return status.state if status and status.ended_at else None

        return await until(ask)

    async def poll(self) -> bool:
        """Have the poller ask about everything; whether one file was asked for since."""
        with self.database.writing() as session:
            session.exec(update(WaitRow).values(poll_at=datetime(2026, 1, 1, tzinfo=UTC)))
        await self.polling.poll()
        return any(video.mp4 for video in self.stream.videos.values())


@asynccontextmanager
async def _running(site: Site, database: Database, stream: Stream) -> AsyncIterator[Running]:
    api = StreamApi(ACCOUNT, SecretStr(TOKEN), stream.api)
    videos = StreamVideos(api, also=[stream.uploads])
    accepted, folder = Accepted(), site.folder / "uploads"
    waits, uploads = SqlWaits(database), SqlUploads(database)
    arrival = Arrival(site.folder / "incoming", uploads, UploadFolder(folder), accepted.accept)
    receive = Receiving(videos, waits, arrival)
    publications = SqlPublications(database)
    async with site.running(receive.kind) as jobs:
        polling = Polling(waits, jobs, {FILE_WAIT_KIND: receive})
        direct = Direct(jobs, videos, uploads, channel_bytes=8)
        playback = DurablePlayback(jobs, videos, publications, Minutes(videos, publications))
        yield Running(stream, jobs, direct, playback, polling, accepted, database, folder)
    await api.close()


on_both = pytest.mark.parametrize("site", ["sqlite", "postgres"], indirect=True)
"""For tests of what could differ between the two databases; the others take place on SQLite."""


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_site")
    return found


@pytest.fixture
async def running(site: Site, store: Database) -> AsyncIterator[Running]:
    async with stream_site() as stream, _running(site, store, stream) as running:
        stream.rules.mp4_home = stream.uploads
        yield running


async def send(url: str) -> None:
    """Send five bytes, as a browser does."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        assert (await client.patch(url, content=b"bytes", headers=headers)).status_code == 204


@on_both
async def test_what_a_browser_sent_to_stream_becomes_an_upload(running: Running) -> None:
    url, video = await running.offered()
    await send(url)
    video.ready(percent="39.000000")
    await running.playback.heard(Video(video.uid, "ready", 0.39))
    job = receiving(video.uid)
    await until(lambda: _true(running.stream.asked.count(f"GET /{video.uid}") >= 2))
    assert not running.accepted.uploads, "not all of it is encoded"
    for percent in range(40, 48):
        await running.playback.heard(Video(video.uid, "ready", percent / 100))
    assert not await running.poll(), "nor is it asked for as one file"
    video.ready()
    await until(running.poll)
    video.mp4 = "ready"
    assert await running.polled(job) == "done"
    (upload,) = running.accepted.uploads
    assert upload.asked == ASKED
    assert (running.folder / upload.id).read_bytes() == running.stream.encoded
    found = await running.uploads.find(upload.id)
    assert found
    assert (found.state, found.length) == ("complete", len(running.stream.encoded))
    assert not running.stream.videos, "it is removed at Stream"


async def test_an_upload_that_cannot_be_accepted_yet_is_accepted_once_later(
    running: Running,
) -> None:
    running.accepted.failures = 2
    url, video = await running.offered()
    await send(url)
    video.ready()
    video.mp4 = "ready"
    assert await running.polled(receiving(video.uid)) == "done"
    assert len(running.accepted.uploads) == 1


async def test_what_stream_cannot_play_is_told_in_the_thread(running: Running) -> None:
    url, video = await running.offered()
    await send(url)
    video.fail("ERR_NON_VIDEO")
    assert await running.polled(receiving(video.uid)) == "done"
    (upload,) = running.accepted.uploads
    assert not running.stream.videos
    sentences = (
        "“ocean.mp4” could not be taken in: Cloudflare Stream finds no video in the file. .*H.264"
    )
    with pytest.raises(MediaRefused, match=sentences):
        await Uploaded(running.uploads, UploadFolder(running.folder)).fetch(
            upload.id, uploaded(upload), running.folder / "file"
        )


async def test_a_token_that_is_wrong_meanwhile_is_told_too(running: Running) -> None:
    url, video = await running.offered()
    await send(url)
    running.stream.rules.api_status = [403] * 9
    assert await running.polled(receiving(video.uid)) == "done"
    found = await running.uploads.find(UPLOAD.id)
    assert found
    assert "does not accept the token" in found.trouble
    assert running.accepted.uploads == [UPLOAD]


@on_both
async def test_what_is_on_its_way_counts_for_its_channel(running: Running) -> None:
    _, video = await running.offered()
    second = replace(UPLOAD, id="0" * 31 + "2")
    with pytest.raises(MediaRefused, match="let it finish first"):
        await running.direct.begin(second, "waves.mp4")
    assert running.stream.only is video
    running.stream.videos.clear()
    await running.polled(receiving(video.uid))
    assert await running.direct.begin(second, "waves.mp4")


async def test_what_stream_does_not_take_does_not_count(running: Running) -> None:
    running.stream.rules.minutes_left = 0
    for _ in range(2):
        with pytest.raises(PlaybackRefused):
            await running.offered()


async def test_what_was_deleted_meanwhile_is_let_go(running: Running) -> None:
    _, video = await running.offered()
    running.stream.videos.clear()
    assert await running.polled(receiving(video.uid)) == "done"
    assert not running.accepted.uploads


async def test_without_a_service_it_is_given_up(site: Site) -> None:
    async with site.running(abandoning()) as jobs:
        await jobs.enqueue("receive", "receive:x", {})
        assert (await ended(jobs, "receive:x")).state == "done"


async def _true(found: bool) -> bool:
    return found
