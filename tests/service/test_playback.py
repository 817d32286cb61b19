"""The service with Cloudflare Stream behind it, as a stand-in."""

from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.tables import PlaybackRow
from bot.app.playback import check_stream
from bot.config import Settings
from bot.ports import PlaybackRefused, StoreFailed
from tests.adapters.media.stream.kept import SECRET, Kept
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, Site, stream_site
from tests.media import picture
from tests.ports import free_port
from tests.service.house import House, until
from tests.service.test_service import attempt, say, serving


@pytest.fixture
async def stream() -> AsyncIterator[Site]:
    async with stream_site() as stream:
        stream.rules.location = "/upload/{upload}"
        yield stream


@pytest.fixture
def settings(sqlite_house: House, stream: Site) -> dict[str, Any]:
    house, port = sqlite_house, free_port()
    house.site.bot = f"http://127.0.0.1:{port}"
    return {
        "_env_file": None,
        "data_dir": house.root,
        "http_port": port,
        "bridge_url": house.site.url,
        "bridge_token": house.site.token,
        "bridge_media_hosts": house.site.host,
        "grace_seconds": 0,
        "cpu_jobs": 1,
        "stream_account_id": ACCOUNT,
        "stream_api_token": SecretStr(TOKEN),
        "stream_api_url": stream.api,
        "stream_webhook_secret": SecretStr(SECRET),
    }


def rows(house: House) -> dict[str, PlaybackRow]:
    """What is published, by kind."""
    with (
        closing(Database(sqlite_url(house.root / "chatkut.sqlite"))) as database,
        database.reading() as session,
    ):
        return {row.kind: row for row in session.exec(select(PlaybackRow))}


async def tell(port: int, video: Kept) -> int:
    body, signature = video.event()
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        url = f"http://127.0.0.1:{port}/webhooks/stream"
        answer = await client.post(url, content=body, headers={"Webhook-Signature": signature})
    return answer.status_code


async def send_to_stream(house: House, client: httpx.AsyncClient) -> None:
    """Ask for a link, open it, and send five bytes as a browser does."""
    await say(house.site, "m1", "upload link")
    await until(house.said)
    link = next(post.content.link for post in house.said())
    assert (await client.post(link)).status_code == 204
    about = {"tus-resumable": "1.0.0", "upload-length": "5", "upload-metadata": "filename YS5tcDQ="}
    created = await client.post(f"{link}/videos", headers=about)
    sent = {
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
    }
    await client.patch(created.headers["location"], content=b"bytes", headers=sent)


async def test_a_clip_and_a_film_can_be_played_soon_after(
    sqlite_house: House, settings: dict[str, Any], stream: Site, beach: bytes
) -> None:
    house = sqlite_house
    async with serving(settings):
        clip = house.offer("beach.mp4", beach)
        await say(house.site, "m1", "render preview", name=clip.name, url=clip.ref)
        await house.sees_kinds("clip", "estimate", "render")
        await until(lambda: [row.state for row in rows(house).values()] == ["encoding"] * 2)
        assert bytes(stream.videos[rows(house)["clip"].uid].content) == beach
        assert stream.videos[rows(house)["film"].uid].meta["name"] == "bridge:launch #1 preview"
        for video in stream.videos.values():
            video.ready(4)
            assert await tell(settings["http_port"], video) == 204
        await until(lambda: [row.state for row in rows(house).values()] == ["ready"] * 2)


async def test_the_share_page_plays_what_is_published_and_has_captions(
    sqlite_house: House,
    settings: dict[str, Any],
    stream: Site,
    beach: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.web.share._WATCH_PATIENCE_SECONDS", 60)  # this machine may be busy
    house, url = sqlite_house, f"http://127.0.0.1:{settings['http_port']}"
    more = {"public_url": url, "stream_captions": "en"}
    async with serving(settings | more), httpx.AsyncClient(timeout=60, trust_env=False) as client:
        clip = house.offer("beach.mp4", beach)
        await say(house.site, "m1", "render preview", name=clip.name, url=clip.ref)
        await house.sees_kinds("clip", "estimate", "render")
        await until(lambda: [row.state for row in rows(house).values()] == ["encoding"] * 2)
        for video in stream.videos.values():
            video.ready(4)
            video.captions["en"] = "ready"
            assert await tell(settings["http_port"], video) == 204
        await until(lambda: [row.state for row in rows(house).values()] == ["ready"] * 2)
        await say(house.site, "m2", "share")
        await house.sees_kinds("clip", "estimate", "render", "answer")
        link = house.said()[-1].content.link
        page = (await client.get(link)).text
        assert "Play beach.mp4 in a new tab" in page
        assert "data-moving=" in page
        assert f'src="{link.removeprefix(url)}/captions"' in page
        assert "Hello" in (await client.get(f"{link}/captions")).text


async def test_a_service_that_refuses_harms_no_clip_and_the_doctor_tells(
    sqlite_house: House, settings: dict[str, Any], stream: Site, beach: bytes
) -> None:
    house = sqlite_house
    stream.rules.minutes_left = 0
    async with serving(settings):
        clip = house.offer("beach.mp4", beach)
        await say(house.site, "m1", "", name=clip.name, url=clip.ref)
        await house.sees_kinds("clip")
        await until(lambda: [row.state for row in rows(house).values()] == ["failed"])
    with closing(Database(sqlite_url(house.root / "chatkut.sqlite"))) as database:
        full, failed = await check_stream(Settings(**settings), database)
        stream.rules.minutes_left = 1000
        found = await check_stream(Settings(**settings), database)
    assert [each.name for each in found] == ["Stream", "Stream minutes", "Stream videos"]
    assert not full.ok
    assert "not published: 1;" in failed.text
    assert "buy more in the dashboard" in failed.text


async def test_a_browser_sends_a_video_to_stream_and_it_appears_in_the_thread(
    sqlite_house: House, settings: dict[str, Any], stream: Site, beach: bytes
) -> None:
    house, url = sqlite_house, f"http://127.0.0.1:{settings['http_port']}"
    origin = stream.api.removesuffix("/client/v4/")
    stream.rules.mp4_home, stream.encoded = origin, beach
    async with (
        serving(settings | {"uploads": "stream", "public_url": url}),
        httpx.AsyncClient(timeout=60, trust_env=False) as client,
    ):
        await send_to_stream(house, client)
        stream.only.ready(1)
        stream.only.mp4 = "ready"
        assert await tell(settings["http_port"], stream.only) == 204
        await house.sees(lambda posts: any(post.content.kind == "clip" for post in posts))
    assert "a.mp4" in house.said()[-1].content.text


async def test_a_video_that_stream_cannot_play_is_told_in_the_thread_with_the_reason(
    sqlite_house: House, settings: dict[str, Any], stream: Site
) -> None:
    house, url = sqlite_house, f"http://127.0.0.1:{settings['http_port']}"
    async with (
        serving(settings | {"uploads": "stream", "public_url": url}),
        httpx.AsyncClient(timeout=60, trust_env=False) as client,
    ):
        await send_to_stream(house, client)
        stream.only.fail("ERR_NON_VIDEO")
        assert await tell(settings["http_port"], stream.only) == 204
        await house.sees(lambda posts: "finds no video" in posts[-1].content.text)
    told = house.said()[-1].content.text
    assert "“a.mp4” could not be taken in: Cloudflare Stream finds no video in the file." in told
    assert "make it an MP4 file" in told


async def test_pictures_are_not_sent(
    sqlite_house: House, settings: dict[str, Any], stream: Site
) -> None:
    house = sqlite_house
    logo = house.offer("logo.png", picture(house.root / "logo.png").read_bytes())
    async with serving(settings):
        await say(house.site, "m1", "", name=logo.name, url=logo.ref)
        await house.sees_kinds("clip")
    assert not rows(house)
    assert not stream.asked


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"stream_api_token": None}, StoreFailed, "CHATKUT_STREAM_API_TOKEN is missing"),
        ({"stream_account_id": "x"}, PlaybackRefused, "CHATKUT_STREAM_ACCOUNT_ID"),
        (
            {"stream_account_id": None, "stream_api_token": None, "uploads": "stream"},
            StoreFailed,
            "CHATKUT_UPLOADS=stream needs",
        ),
        (
            {"stream_account_id": None, "stream_api_token": None, "stream_captions": "en"},
            StoreFailed,
            "CHATKUT_STREAM_CAPTIONS=en needs",
        ),
        (
            {"relay_webhook_secret": SecretStr("whsec_")},
            PlaybackRefused,
            "CHATKUT_RELAY_WEBHOOK_SECRET",
        ),
    ],
)
async def test_wrong_settings_are_told_at_the_start(
    settings: dict[str, Any], change: dict[str, Any], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        await attempt(settings | change)
