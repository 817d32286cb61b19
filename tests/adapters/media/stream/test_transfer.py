import asyncio
from contextlib import aclosing
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from bot.adapters.media.stream import StreamApi, StreamVideos
from bot.adapters.media.stream.hosts import Hosts
from bot.ports import Footage, PlaybackBusy, PlaybackRefused, UploadLost
from tests.adapters.media.stream.conftest import MIB, Clip
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, Site

FOOTAGE = Footage("clip", "ab" * 32, "slack:C1", "Ozean, früh.mp4")


async def sent(videos: StreamVideos, url: str, path: Path) -> list[int]:
    async with aclosing(videos.send(url, path)) as offsets:
        return [offset async for offset in offsets]


@pytest.fixture
async def created(videos: StreamVideos, clip: Clip) -> str:
    return (await videos.create(FOOTAGE, clip.size, "tag")).url


async def test_a_file_is_sent_in_chunks_as_cloudflare_wants_them(
    site: Site, videos: StreamVideos, clip: Clip
) -> None:
    upload = await videos.create(FOOTAGE, clip.size, "tag")
    assert upload.uid == site.only.uid
    assert site.only.meta == {"name": "Ozean, früh.mp4", "requiresignedurls": ""}
    offsets = await sent(videos, upload.url, clip.path)
    assert offsets == [0, 10 * MIB, 20 * MIB, clip.size]
    assert bytes(site.only.content) == clip.content
    assert site.only.state == "queued"


async def test_a_small_file_is_one_chunk(site: Site, videos: StreamVideos, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    upload = await videos.create(FOOTAGE, 5, "tag")
    assert await sent(videos, upload.url, path) == [0, 5]
    assert await sent(videos, upload.url, path) == [5], "what is there is not sent again"
    assert bytes(site.only.content) == b"small"


async def test_the_token_goes_to_no_other_host(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    await sent(videos, created, clip.path)
    assert site.upload_headers
    assert not any("authorization" in headers for headers in site.upload_headers)


FOREIGN = (
    "https://evil.example/upload/1",
    "https://cloudflare.com.evil.example/1",
    "https://notcloudflare.com/1",
    "http://upload.cloudflare.com/1",
    "https://upload.cloudflare.com:8443/1",
    "https://me:secret@upload.cloudflare.com/1",
    "https://[",
    "file:///etc/passwd",
    "//evil.example/1",
)


async def test_an_upload_to_a_foreign_host_is_refused_before_a_byte_is_sent(
    site: Site, api: StreamApi, clip: Clip
) -> None:
    videos = StreamVideos(api)
    for location in FOREIGN:
        site.rules.location = location
        with pytest.raises(PlaybackRefused, match="none of Cloudflare's"):
            await videos.create(FOOTAGE, 5, "tag")
        with pytest.raises(PlaybackRefused, match="none of Cloudflare's"):
            await sent(videos, location, clip.path)
    assert not site.upload_headers


def test_the_hosts_of_cloudflare_are_known_and_only_one_gets_the_token() -> None:
    hosts = Hosts("https://api.cloudflare.com/client/v4/")
    for name in ("api.cloudflare.com", "upload.videodelivery.net", "a.b.cloudflarestream.com"):
        assert hosts.allow(f"https://{name}/x")
    assert hosts.trust("https://api.cloudflare.com/x")
    assert hosts.trust("https://upload.cloudflare.com/x")
    assert not hosts.trust("https://upload.videodelivery.net/x")
    assert not hosts.trust("http://api.cloudflare.com/x")


async def test_a_relative_location_is_one_of_the_api(site: Site, videos: StreamVideos) -> None:
    site.rules.location = "/client/v4/uploads/1"
    upload = await videos.create(FOOTAGE, 5, "tag")
    assert upload.url == f"{site.api}uploads/1"


@pytest.mark.parametrize("status", [502, 429, 409])
async def test_trouble_on_the_way_is_passed_over(
    site: Site, videos: StreamVideos, created: str, clip: Clip, status: int
) -> None:
    site.rules.upload_status = [0, 0, status, 0, status, status]
    await sent(videos, created, clip.path)
    assert bytes(site.only.content) == clip.content


async def test_bytes_whose_receipt_was_lost_are_not_sent_twice(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    site.rules.lose_answers = 3
    await sent(videos, created, clip.path)
    assert bytes(site.only.content) == clip.content
    assert [offset for offset, _ in site.chunks] == [0, 10 * MIB, 20 * MIB]


async def test_on_a_slow_line_the_chunks_become_smaller(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    site.rules.most_chunk = 5 * MIB
    offsets = await sent(videos, created, clip.path)
    assert offsets[1:5] == [5 * MIB, 10 * MIB, 15 * MIB, 20 * MIB]
    assert bytes(site.only.content) == clip.content


async def test_a_server_that_never_takes_a_chunk_is_left_after_a_while(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    site.rules.upload_status = [0, *[500] * 40]
    with pytest.raises(PlaybackBusy):
        await sent(videos, created, clip.path)
    assert len(site.upload_headers) < 12


async def test_a_server_that_keeps_nothing_is_left_after_a_while(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    site.rules.is_forgetful = True
    with pytest.raises(PlaybackBusy, match="keeps none"):
        await sent(videos, created, clip.path)


@pytest.mark.parametrize("status", [401, 413])
async def test_a_refusal_is_not_tried_again(
    site: Site, videos: StreamVideos, created: str, clip: Clip, status: int
) -> None:
    site.rules.upload_status = [0, status]
    with pytest.raises(PlaybackRefused) as refused:
        await sent(videos, created, clip.path)
    assert len(site.upload_headers) == 2
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("status", [404, 410])
async def test_an_upload_that_is_gone_is_told_apart(
    site: Site, videos: StreamVideos, created: str, clip: Clip, status: int
) -> None:
    site.rules.upload_status = [0, 0, status]
    with pytest.raises(UploadLost):
        await sent(videos, created, clip.path)


async def test_an_upload_of_another_size_is_not_gone_on_with(
    site: Site, videos: StreamVideos, clip: Clip
) -> None:
    upload = await videos.create(FOOTAGE, clip.size + 1, "tag")
    with pytest.raises(UploadLost, match="another size"):
        await sent(videos, upload.url, clip.path)
    assert not site.only.content


async def test_a_transfer_goes_on_after_the_server_was_stopped_in_mid_chunk(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    site.rules.hold_at = 13 * MIB
    sending = asyncio.create_task(sent(videos, created, clip.path))
    await asyncio.wait_for(site.is_holding.wait(), 60)
    await site.stop()
    await site.start()
    try:
        await asyncio.wait_for(sending, 60)
    except PlaybackBusy:  # it was away for longer than a few tries take
        await sent(videos, created, clip.path)
    assert bytes(site.only.content) == clip.content


async def test_cancelling_ends_a_chunk_at_once(
    site: Site, videos: StreamVideos, created: str, clip: Clip
) -> None:
    site.rules.hold_at = 3 * MIB
    sending = asyncio.create_task(sent(videos, created, clip.path))
    await asyncio.wait_for(site.is_holding.wait(), 60)
    sending.cancel()
    await asyncio.wait([sending], timeout=60)
    assert sending.cancelled()
    site.go_on.set()
    await sent(videos, created, clip.path)
    assert bytes(site.only.content) == clip.content


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_whatever_interrupts_it_the_bytes_are_the_same(
    site: Site, videos: StreamVideos, created: str, clip: Clip, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311
    done = False
    while not done:
        site.rules.upload_status = chance.choices(
            [0, 408, 409, 423, 500, 503], [6, 1, 1, 1, 1, 1], k=9
        )
        site.rules.lose_answers = chance.choice([0, 0, 1, 3])
        site.rules.hold_at = chance.choice([-1, chance.randrange(clip.size)])
        site.is_holding.clear()
        site.go_on.clear()
        sending = asyncio.create_task(sent(videos, created, clip.path))
        held = asyncio.create_task(site.is_holding.wait())
        await asyncio.wait([sending, held], return_when="FIRST_COMPLETED")
        if held.done():
            sending.cancel()
        held.cancel()
        site.go_on.set()
        await asyncio.wait([sending])
        done = not sending.cancelled() and sending.exception() is None
        if site.only.state == "queued":
            assert site.only.content == clip.content
    assert bytes(site.only.content) == clip.content


async def test_a_server_that_is_away_can_be_asked_again(site: Site, clip: Clip) -> None:
    api = StreamApi(ACCOUNT, SecretStr(TOKEN), site.api)
    videos = StreamVideos(api, also=[site.uploads], pause_seconds=0.01)
    upload = await videos.create(FOOTAGE, clip.size, "tag")
    await site.stop()
    with pytest.raises(PlaybackBusy) as gone:
        await videos.create(FOOTAGE, 5, "tag")
    assert TOKEN not in f"{gone.value!r}{upload!r}"
    with pytest.raises(PlaybackBusy):
        await sent(videos, upload.url, clip.path)
    await api.close()
