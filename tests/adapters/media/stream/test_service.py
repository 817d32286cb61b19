import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.media.stream import StreamApi, StreamVideos, check
from bot.adapters.media.stream.service import SPOKEN
from bot.adapters.media.stream.video import video_of
from bot.config import Spoken
from bot.ports import Footage, PlaybackBusy, PlaybackRefused, Video
from bot.web.server import WebServer
from tests.adapters.media.stream.kept import Kept
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, Site

CLIP = Footage("clip", "ab" * 32, "slack:C1", "ocean.mp4")


@pytest.fixture
async def kept(site: Site, videos: StreamVideos) -> Kept:
    await videos.create(CLIP, 5, "tag")
    return site.only


# --- how a video stands ----------------------------------------------------------------------


async def test_a_video_is_read_with_all_its_moods(videos: StreamVideos, kept: Kept) -> None:
    video = await videos.look(kept.uid)
    assert (video.state, video.seconds, video.fraction) == ("coming", 0, 0)
    kept.state, kept.percent = "inprogress", "39.000000"
    assert (await videos.look(kept.uid)).state == "encoding"
    kept.ready(12.5, percent="39.000000")
    video = await videos.look(kept.uid)
    assert (video.state, video.seconds, video.fraction) == ("ready", 12.5, 0.39)
    home = f"https://customer-abc123.cloudflarestream.com/{kept.uid}"
    assert video.addresses.hls == f"{home}/manifest/video.m3u8"
    assert video.addresses.thumbnail == f"{home}/thumbnails/thumbnail.jpg"


@pytest.mark.parametrize("key", ["errReason", "errorReason"])
async def test_an_error_is_told_under_either_name(
    site: Site, videos: StreamVideos, kept: Kept, key: str
) -> None:
    site.rules.error_key = key
    kept.fail("ERR_NON_VIDEO")
    video = await videos.look(kept.uid)
    assert video.state == "error"
    assert video.error == "Cloudflare Stream finds no video in the file."
    kept.fail("ERR_NEW_ONE")
    assert "did not say why" in (await videos.look(kept.uid)).error


async def test_a_state_that_nobody_knows_is_none_of_the_known(
    videos: StreamVideos, kept: Kept
) -> None:
    kept.state = "live-inprogress"
    assert (await videos.look(kept.uid)).state == "encoding"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
told = st.fixed_dictionaries(
    {"uid": st.just("abc") | json},
    optional={
        "status": json
        | st.fixed_dictionaries(
            {}, optional={"state": json, "pctComplete": json, "errReasonCode": json}
        ),
        "duration": json,
        "size": json,
        "playback": json,
        "preview": json,
        "thumbnail": json,
        "readyToStream": json,
    },
)


@given(told=told | json)
def test_whatever_is_told_is_a_video_or_an_error_of_ours(told: object) -> None:
    try:
        video = video_of(told, lambda url: url.startswith("https://good/"))
    except PlaybackBusy:
        return
    assert re.fullmatch("[A-Za-z0-9]{1,64}", video.uid)
    assert 0 <= video.fraction <= 1
    assert video.seconds >= 0
    assert video.size_bytes >= 0
    assert not video.addresses.hls or video.addresses.hls.startswith("https://good/")


async def test_addresses_of_foreign_hosts_are_dropped(api: StreamApi) -> None:
    hosts = StreamVideos(api)._hosts
    video = video_of(
        {"uid": "a", "preview": "https://evil.example/a/watch", "thumbnail": "javascript:1"},
        hosts.allow,
    )
    assert video == Video("a", "encoding")


# --- watching --------------------------------------------------------------------------------


async def test_addresses_are_signed_and_used_again_for_a_while(
    site: Site, videos: StreamVideos, kept: Kept
) -> None:
    kept.ready()
    addresses = (await videos.look(kept.uid)).addresses
    first = await videos.watch(kept.uid, addresses)
    assert kept.is_signed
    home = "https://customer-abc123.cloudflarestream.com/eyJhbGciOi.signed.token"
    assert first.hls == f"{home}/manifest/video.m3u8"
    assert first.iframe == f"{home}/iframe"
    assert first.thumbnail == f"{home}/thumbnails/thumbnail.jpg"
    assert first.preview.startswith(f"{home}/thumbnails/thumbnail.gif?")
    assert first.mp4 == ""
    assert "signed" not in repr(first)
    assert await videos.watch(kept.uid, addresses) is first
    assert sum(asked.endswith("/token") for asked in site.asked) == 1


async def test_a_video_becomes_one_file_when_asked(videos: StreamVideos, kept: Kept) -> None:
    kept.ready()
    addresses = (await videos.look(kept.uid)).addresses
    assert await videos.mp4(kept.uid) is None
    kept.mp4 = "ready"
    url = await videos.mp4(kept.uid)
    assert url
    assert url.endswith("/eyJhbGciOi.signed.token/downloads/default.mp4")
    assert (await videos.watch(kept.uid, addresses)).mp4 == url
    kept.mp4 = "error"
    with pytest.raises(PlaybackRefused, match="one file"):
        await videos.mp4(kept.uid)


async def test_captions_are_made_once_and_read(videos: StreamVideos, kept: Kept) -> None:
    kept.ready()
    assert await videos.captions(kept.uid, "en") is None
    assert await videos.captions(kept.uid, "en") is None
    kept.captions["en"] = "ready"
    assert "Hello" in (await videos.captions(kept.uid, "en") or "")
    kept.captions["en"] = "error"
    with pytest.raises(PlaybackRefused, match="is it spoken there"):
        await videos.captions(kept.uid, "en")
    assert await videos.captions(kept.uid, "en") is None, "it is tried again"
    with pytest.raises(PlaybackRefused, match="these languages"):
        await videos.captions(kept.uid, "../../x")


# --- copying, removing -----------------------------------------------------------------------


async def test_stream_fetches_a_file_itself(site: Site, videos: StreamVideos) -> None:
    async def file(_: object) -> Response:
        return Response(b"the original")

    server = WebServer([Route("/original", file)], "127.0.0.1", 0)
    await server.start()
    try:
        uid = await videos.copy(CLIP, f"http://127.0.0.1:{server.port}/original", "tag")
    finally:
        await server.stop(1)
    assert site.videos[uid].content == b"the original"
    assert site.videos[uid].is_signed
    assert site.videos[uid].meta == {"name": "ocean.mp4"}


async def test_a_video_is_removed_and_again_is_no_error(
    site: Site, videos: StreamVideos, kept: Kept
) -> None:
    await videos.remove(kept.uid)
    await videos.remove(kept.uid)
    assert not site.videos
    with pytest.raises(PlaybackRefused, match="no such video"):
        await videos.look(kept.uid)


async def test_what_is_no_uid_is_put_into_no_address(site: Site, videos: StreamVideos) -> None:
    for uid in ("", "../../webhook", "a/b", "x" * 65, "ä"):
        with pytest.raises(PlaybackBusy):
            await videos.look(uid)
    assert not site.asked


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (429, PlaybackBusy, "too much to do"),
        (503, PlaybackBusy, "trouble"),
        (413, PlaybackRefused, "buy more"),
        (401, PlaybackRefused, "permission"),
        (400, PlaybackRefused, "10005: Trouble on purpose"),
    ],
)
async def test_errors_say_what_to_do(
    site: Site, videos: StreamVideos, status: int, kind: type[Exception], says: str
) -> None:
    site.rules.api_status = [status]
    with pytest.raises(kind, match=says):
        await videos.create(CLIP, 5, "tag")


async def test_an_account_that_is_full_is_told(site: Site, videos: StreamVideos) -> None:
    site.rules.minutes_left = 0
    with pytest.raises(PlaybackRefused, match="minutes"):
        await videos.create(CLIP, 5, "tag")


async def test_a_wrong_token_is_told_and_not_shown(site: Site) -> None:
    api = StreamApi(ACCOUNT, SecretStr("wrong-and-secret"), site.api)
    with pytest.raises(PlaybackRefused, match="Stream: Edit") as error:
        await StreamVideos(api).create(CLIP, 5, "tag")
    assert "wrong-and-secret" not in f"{error.value}{error.value.__context__!r}"
    finding = await check(api)
    assert not finding.ok
    assert "does not accept the token" in finding.text
    await api.close()


def test_what_is_no_account_is_told() -> None:
    with pytest.raises(PlaybackRefused, match="CHATKUT_STREAM_ACCOUNT_ID"):
        StreamApi("../x", SecretStr(TOKEN))


async def test_the_doctor_says_how_much_is_stored(site: Site, api: StreamApi, kept: Kept) -> None:
    kept.ready(90)
    finding = await check(api)
    assert finding.ok
    assert finding.text == "1.5 of 1001.5 minutes are stored"
    site.rules.minutes_left = 0
    assert not (await check(api)).ok


async def test_names_are_taken_as_they_are(site: Site, videos: StreamVideos) -> None:
    await videos.create(Footage("clip", "x", "c", "a,b c\r\nX: 1\ud800" + "ü" * 500), 5, "tag")
    assert site.only.meta["name"].startswith("a,b c\r\nX: 1?ü")
    assert len(site.only.meta["name"]) == 200


def test_the_settings_name_the_languages_that_stream_knows() -> None:
    assert set(get_args(Spoken)) == SPOKEN
