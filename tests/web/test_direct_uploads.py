"""Uploads that go from the browser straight to Stream: the relay, and the page in a browser."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import expect
from pydantic import SecretStr

from bot.adapters.media.stream import StreamApi, StreamVideos
from bot.ports import MediaRefused, PlaybackBusy, PlaybackRefused, StoreFailed, UploadRecord
from bot.web.direct_uploads import Elsewhere
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, stream_site
from tests.adapters.media.stream.site import Site as Stream
from tests.browser import browser, needs_chromium
from tests.web.upload_site import ASKED, RULES, TUS, Site, encoded, upload_site

ANNOUNCED = TUS | {
    "upload-length": "5",
    "upload-metadata": f"filename {encoded('ozean, früh.mp4')},filetype {encoded('video/mp4')}",
}


@dataclass
class Begun:
    """Begins uploads at a stand-in, and keeps which; `error` is raised instead."""

    stream: Stream
    videos: StreamVideos
    uploads: list[tuple[UploadRecord, str]] = field(default_factory=list)
    error: Exception | None = None

    async def begin(self, upload: UploadRecord, name: str) -> str:
        if self.error:
            raise self.error
        self.uploads.append((upload, name))
        return (await self.videos.create_direct(name, upload.length, upload.expires_at)).url


@pytest.fixture
async def begun() -> AsyncIterator[Begun]:
    async with stream_site() as stream:
        api = StreamApi(ACCOUNT, SecretStr(TOKEN), stream.api)
        yield Begun(stream, StreamVideos(api, also=[stream.uploads]))
        await api.close()


@pytest.fixture
async def site(tmp_path: Path, begun: Begun) -> AsyncIterator[Site]:
    elsewhere = Elsewhere(begun.begin, (begun.stream.uploads,))
    async with upload_site(tmp_path, elsewhere=elsewhere) as opened:
        yield opened


async def taken(site: Site) -> str:
    """The path of a page whose link this client has taken."""
    path = site.page()
    assert (await site.client.post(path)).status_code == 204
    return path


async def test_whoever_has_the_link_is_told_where_to_send_a_video(site: Site, begun: Begun) -> None:
    answer = await site.client.post(f"{await taken(site)}/videos", headers=ANNOUNCED)
    assert answer.status_code == 201
    assert answer.headers["location"].startswith(begun.stream.uploads)
    assert "Location" in answer.headers["access-control-expose-headers"]
    assert TOKEN not in str(answer.headers)
    ((upload, name),) = begun.uploads
    assert (upload.asked.id, upload.asked.channel) == (ASKED.id, ASKED.channel)
    assert (upload.length, name) == (5, "ozean, früh.mp4")
    assert begun.stream.only.meta["name"] == "ozean, früh.mp4"


async def test_nobody_else_is(site: Site, begun: Begun) -> None:
    assert (await site.client.post(f"{site.page()}/videos", headers=ANNOUNCED)).status_code == 403
    assert (await site.client.post("/u/wrong/videos", headers=ANNOUNCED)).status_code == 404
    path = await taken(site)
    site.client.cookies.clear()
    assert (await site.client.post(f"{path}/videos", headers=ANNOUNCED)).status_code == 403
    assert not begun.stream.asked


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"tus-resumable": "0.2"}, 412),
        ({"upload-length": "x"}, 400),
        ({"upload-length": "0"}, 400),
        ({"upload-length": str(RULES.most_bytes + 1)}, 413),
        ({"upload-metadata": "name =="}, 400),
    ],
)
async def test_what_cannot_be_is_refused_before_stream_is_asked(
    site: Site, begun: Begun, change: dict[str, str], status: int
) -> None:
    answer = await site.client.post(f"{await taken(site)}/videos", headers=ANNOUNCED | change)
    assert answer.status_code == status
    assert not begun.stream.asked


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PlaybackBusy("Later."), 503),
        (StoreFailed("Later."), 503),
        (PlaybackRefused("No room."), 507),
        (MediaRefused("Too much."), 413),
    ],
)
async def test_trouble_at_stream_is_told(
    site: Site, begun: Begun, error: Exception, status: int
) -> None:
    begun.error = error
    answer = await site.client.post(f"{await taken(site)}/videos", headers=ANNOUNCED)
    assert answer.status_code == status
    assert answer.json() == {"error": str(error)}


@needs_chromium
@pytest.mark.slow
async def test_a_browser_sends_videos_to_stream_and_all_else_here(
    site: Site, begun: Begun, tmp_path: Path
) -> None:
    video, sound = os.urandom(6_000_000), os.urandom(1000)
    (tmp_path / "ocean.mp4").write_bytes(video)
    (tmp_path / "waves.mp3").write_bytes(sound)
    async with browser() as chromium:
        page = await (await chromium.new_context()).new_page()
        await page.goto(site.url + site.page())
        await page.set_input_files("#files", [tmp_path / "ocean.mp4", tmp_path / "waves.mp3"])
        for name in ("ocean.mp4", "waves.mp3"):
            row = page.locator(".row", has_text=name)
            await expect(row).to_contain_text("has arrived", timeout=120_000)
    assert bytes(begun.stream.only.content) == video
    assert site.received() == [sound]
    assert not any("authorization" in headers for headers in begun.stream.upload_headers)
