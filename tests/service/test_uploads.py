"""Files that come by an upload link: from the page to the clip card in the thread."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.adapters.store.tables import UploadRow
from bot.adapters.store.uploads import SqlUploads
from bot.adapters.upload_folder import UploadFolder
from bot.app.service import serve
from bot.config import Settings
from bot.jobs import sweeps
from bot.ports import Message, Room, UploadRecord, uploaded
from tests.ports import free_port
from tests.service.house import PATIENCE_SECONDS, House, Open, clip_data, until

ASKED = Message("m1", "bridge:launch", "Ada", "", user="U1", thread="t1")
ROOM = Room(1 << 30, 1 << 30)
ASKING = {
    "id": "m1",
    "channel": "launch",
    "thread": "t1",
    "author": "Ada",
    "user": "U1",
    "text": "/upload",
    "attachments": [],
}
TUS = {"tus-resumable": "1.0.0"}
PART = TUS | {"content-type": "application/offset+octet-stream", "upload-offset": "0"}


def upload_of(data: bytes, name: str = "filename ZHJvbmUubXA0") -> UploadRecord:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    return UploadRecord("ab" * 16, "link", ASKED, len(data), name, expires_at)


async def arrived(house: House, opened: Open, data: bytes) -> UploadRecord:
    """An upload whose last byte came just when the process died."""
    upload = upload_of(data)
    uploads = SqlUploads(opened.database)
    await uploads.create(upload, ROOM)
    UploadFolder(house.root / "uploads").make(upload.id)
    (house.root / "uploads" / upload.id).write_bytes(data)
    await uploads.advance(upload, upload.length)
    return upload


async def test_an_upload_that_nobody_accepted_becomes_a_message_and_its_file_goes(
    house: House, tmp_path: Path
) -> None:
    async with house.open() as opened:
        await arrived(house, opened, clip_data(tmp_path))

        await opened.work.arrivals.rescue()
        await opened.work.arrivals.rescue()
        (card,) = await house.sees_kinds("clip")
        await opened.quiet()

        assert "drone.mp4" in card.content.text
        assert card.content.thread == "t1"
        assert [row.state for row in opened.rows(UploadRow)] == ["taken"]
        assert list((house.root / "uploads").iterdir()) == []
        await opened.quiet()
        assert len(house.said()) == 1


async def test_to_drain_is_to_finish_uploads_that_nobody_accepted(
    house: House, tmp_path: Path
) -> None:
    async with house.open() as opened:
        upload = await arrived(house, opened, clip_data(tmp_path))
        settings: dict[str, Any] = {
            "_env_file": None,
            "data_dir": house.root,
            "database_url": house.database_url or None,
            "http_port": 0,
            "bridge_url": house.site.url,
            "bridge_token": house.site.token,
            "cpu_jobs": 1,
        }
        await opened.work.engine.stop(0)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await serve(Settings(**settings), "drain", asyncio.Event())
        found = await SqlUploads(opened.database).find(upload.id)
        assert found
        assert found.state == "taken"
    assert [post.content.kind for post in house.site.posts if post.content.kind == "clip"]


async def test_an_upload_that_is_no_clip_is_answered_and_its_file_goes(house: House) -> None:
    async with house.open() as opened:
        await arrived(house, opened, b"these are words")

        await opened.work.arrivals.rescue()
        await house.sees_kinds("error")
        await opened.quiet()

        assert list((house.root / "uploads").iterdir()) == []


async def test_nobody_gets_the_upload_of_another_channel(house: House, tmp_path: Path) -> None:
    async with house.open() as opened:
        upload = await arrived(house, opened, clip_data(tmp_path))
        stolen = replace(uploaded(upload), channel="bridge:other")

        await opened.intake.accept(stolen)

        (said,) = await house.sees_kinds("error", channel="other")
        assert "upload it again" in said.content.text


async def test_uploads_that_are_over_are_swept_and_the_others_are_not(
    house: House, tmp_path: Path
) -> None:
    async with house.open() as opened:
        uploads, folder = SqlUploads(opened.database), UploadFolder(house.root / "uploads")
        upload = await arrived(house, opened, clip_data(tmp_path))
        abandoned, orphan = replace(upload_of(b"half"), id="cd" * 16), "ef" * 16
        await uploads.create(abandoned, ROOM)
        for upload_id in (abandoned.id, orphan):
            folder.make(upload_id)

        await sweeps.uploads(uploads, folder, datetime.now(UTC))
        assert set(folder.ids()) == {upload.id, abandoned.id}
        await sweeps.uploads(uploads, folder, datetime.now(UTC) + timedelta(hours=2))
        assert set(folder.ids()) == {upload.id}


@asynccontextmanager
async def public(house: House) -> AsyncIterator[str]:
    """A service with pages; its address."""
    port, stopping = free_port(), asyncio.Event()
    url = f"http://127.0.0.1:{port}"
    house.site.bot = url
    chosen: dict[str, Any] = {
        "_env_file": None,
        "data_dir": house.root,
        "http_port": port,
        "public_url": url,
        "bridge_url": house.site.url,
        "bridge_token": house.site.token,
        "bridge_media_hosts": house.site.host,
        "grace_seconds": 0,
        "cpu_jobs": 1,
    }
    service = asyncio.create_task(serve(Settings(**chosen), "all", stopping))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(timeout=60) as client:
            while not service.done() and not await _ready(client, url):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield url
    finally:
        stopping.set()
        await service


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).is_success
    except httpx.TransportError:
        return False


async def test_somebody_asks_for_a_link_and_the_clip_appears_in_the_thread(
    sqlite_house: House, tmp_path: Path
) -> None:
    house, data = sqlite_house, clip_data(tmp_path)
    async with public(house) as url:
        await asyncio.to_thread(house.site.say, ASKING)
        (answer,) = await house.sees_kinds("answer")
        link = answer.content.link
        assert link.startswith(f"{url}/u/")

        async with httpx.AsyncClient(timeout=60, base_url=url) as browser:
            assert "For Ada" in (await browser.get(link)).text
            await browser.post(link)
            length = {"upload-length": str(len(data)), "upload-metadata": "filename ZHJvbmUubXA0"}
            created = await browser.post(f"{link}/files", headers=TUS | length)
            path = created.headers["location"]
            assert (await browser.patch(path, headers=PART, content=data)).status_code == 204

        _, card = await house.sees_kinds("answer", "clip")
        assert "drone.mp4" in card.content.text
        assert card.content.thread == "t1"
        await until(lambda: not any((house.root / "uploads").iterdir()))
