import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook
from starlette.applications import Starlette

from bot.adapters.media.stream import StreamApi, StreamWebhooks, subscribed
from bot.adapters.media.stream.webhooks import signature_ok
from bot.ports import PlaybackRefused, StoreFailed, Video
from bot.web.server import WebServer
from tests.adapters.media.stream.kept import SECRET, Kept
from tests.adapters.media.stream.site import Site

RELAY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "anotherone"
PATH = "/webhooks/stream"


class Told:
    """Keeps what was heard; may be unable to."""

    def __init__(self) -> None:
        self.videos: list[Video] = []
        self.is_full = False

    async def hear(self, video: Video) -> None:
        if self.is_full:
            raise StoreFailed("The disk is full.")
        self.videos.append(video)


@pytest.fixture
def told() -> Told:
    return Told()


@asynccontextmanager
async def served(hooks: StreamWebhooks, **how: bool) -> AsyncIterator[httpx.AsyncClient]:
    server = WebServer(hooks.routes(**how), "127.0.0.1", 0)
    await server.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(timeout=60, base_url=url, trust_env=False) as client:
            yield client
    finally:
        await server.stop(1)


@pytest.fixture
async def client(told: Told) -> AsyncIterator[httpx.AsyncClient]:
    hooks = StreamWebhooks(told.hear, SecretStr(SECRET), SecretStr(RELAY))
    async with served(hooks) as client:
        yield client


def ready() -> Kept:
    video = Kept("abc123", 5, {})
    video.ready()
    return video


def event(ago: float = 0, secret: str = SECRET, video: Kept | None = None) -> tuple[bytes, str]:
    return (video or ready()).event(secret, ago)


async def post(client: httpx.AsyncClient, body: bytes, signature: str) -> httpx.Response:
    return await client.post(PATH, content=body, headers={"Webhook-Signature": signature})


# --- Cloudflare's own ------------------------------------------------------------------------


async def test_an_event_is_heard_once_however_often_it_comes(
    client: httpx.AsyncClient, told: Told
) -> None:
    for ago in (0, 0, 5):
        assert (await post(client, *event(ago))).status_code == 204
    (video,) = told.videos
    assert (video.uid, video.state, video.fraction) == ("abc123", "ready", 1)


async def test_what_is_not_signed_or_too_old_is_refused(
    client: httpx.AsyncClient, told: Told
) -> None:
    body, signature = event()
    wrong = [
        (body + b" ", signature),
        (body, ""),
        (body, signature.replace("sig1=", "sig1=0")),
        (body, signature.replace("sig1=", "sig2=")),
        event(secret=OTHER),
        event(ago=301),
        event(ago=-310),
    ]
    for each in wrong:
        assert (await post(client, *each)).status_code == 401
    assert not told.videos


async def test_a_body_that_is_signed_and_no_event_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b"{", b"[]", b'{"uid": 1}', b"\xff", b"[" * 30_000):
        assert (await post(client, body, signed(body))).status_code == 400


async def test_a_body_without_end_is_refused(client: httpx.AsyncClient) -> None:
    answer = await post(client, b"x" * 100_000, "time=1,sig1=0")
    assert answer.status_code == 413


async def test_who_never_ends_a_body_is_not_waited_for(told: Told) -> None:
    hooks = StreamWebhooks(told.hear, SecretStr(SECRET), None, body_seconds=0.1)
    async with served(hooks) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{{".encode())
        answer = await asyncio.wait_for(reader.readline(), 60)
        writer.close()
        await writer.wait_closed()
    assert b"408" in answer


async def test_what_cannot_be_kept_is_to_be_told_again(
    client: httpx.AsyncClient, told: Told
) -> None:
    told.is_full = True
    assert (await post(client, *event())).status_code == 503
    told.is_full = False
    assert (await post(client, *event())).status_code == 204
    assert len(told.videos) == 1


async def test_only_what_has_a_secret_has_a_route(told: Told) -> None:
    assert not StreamWebhooks(told.hear, None, None).routes()
    paths = [r.path for r in StreamWebhooks(told.hear, None, SecretStr(RELAY)).routes()]
    assert paths == ["/webhooks/relay"]


async def test_before_the_secret_is_known_nothing_is_believed(told: Told) -> None:
    hooks = StreamWebhooks(told.hear, None, None)
    async with served(hooks, will_learn=True) as client:
        assert (await post(client, *event(secret=""))).status_code == 401
        hooks.learn(SECRET)
        assert (await post(client, *event())).status_code == 204


headers = st.text() | st.builds(
    lambda stamp, digest: f"time={stamp},sig1={digest}",
    st.text() | st.integers(),
    st.text() | st.just("0" * 64),
)


@given(raw=st.binary(), header=headers, secret=st.text(), now=st.floats(0, 4e9))
def test_no_header_that_is_made_up_passes(raw: bytes, header: str, secret: str, now: float) -> None:
    assert not signature_ok(raw, header, secret, now)


@given(raw=st.binary(), ago=st.integers(-300, 300))
def test_every_body_that_is_signed_passes(raw: bytes, ago: int) -> None:
    now = 1_800_000_000
    assert signature_ok(raw, signed(raw, now - ago), SECRET, now)


def signed(body: bytes, at: float | None = None) -> str:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"time={stamp},sig1={digest}"


# --- through a relay -------------------------------------------------------------------------


def relayed(body: str, prefix: str = "svix", secret: str = RELAY) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        f"{prefix}-id": "msg_1",
        f"{prefix}-timestamp": str(int(now.timestamp())),
        f"{prefix}-signature": Webhook(secret).sign("msg_1", now, body),
    }


@pytest.mark.parametrize("prefix", ["svix", "webhook"])
async def test_a_relay_signs_in_its_own_way(
    client: httpx.AsyncClient, told: Told, prefix: str
) -> None:
    body = json.dumps(ready().told())
    headers = relayed(body, prefix)
    answer = await client.post("/webhooks/relay", content=body, headers=headers)
    assert answer.status_code == 204
    assert [video.uid for video in told.videos] == ["abc123"]


async def test_what_a_relay_did_not_sign_is_refused_whatever_it_is(
    client: httpx.AsyncClient, told: Told
) -> None:
    body = json.dumps(ready().told())
    good = relayed(body)
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (body.encode(), {}),
        (body.encode() + b" ", good),
        (b"\xff\xfe", good),
        (body.encode(), good | {"svix-signature": "v1"}),
        (body.encode(), good | {"svix-signature": "v1,a,b"}),
        (body.encode(), good | {"svix-signature": "v1,ä"}),
        (body.encode(), good | {"svix-timestamp": "nan"}),
        (body.encode(), good | {"svix-timestamp": "1e999"}),
        (body.encode(), good | {"svix-timestamp": "1"}),
        (body.encode(), relayed(body, secret=f"whsec_{OTHER}")),
    ]
    for raw, headers in wrong:
        coded = {name.encode(): value.encode() for name, value in headers.items()}
        answer = await client.post("/webhooks/relay", content=raw, headers=coded)
        assert answer.status_code == 400, headers
    assert not told.videos


latin = st.text(st.characters(max_codepoint=255, exclude_characters="\0\r\n"), max_size=40)
now = st.integers(-400, 400).map(lambda ago: str(int(time.time()) + ago))


@settings(max_examples=60, deadline=None)
@given(
    raw=st.binary(max_size=100) | st.just(b"{}"),
    id=latin,
    stamp=now | latin,
    signature=latin | st.builds("v1,{}".format, latin) | st.just("v1,AAAA v1 v2,x"),
    header=latin,
)
async def test_whatever_comes_is_refused_with_a_sentence(
    raw: bytes, id: str, stamp: str, signature: str, header: str
) -> None:
    told = Told()
    hooks = StreamWebhooks(told.hear, SecretStr(SECRET), SecretStr(RELAY))
    app = httpx.ASGITransport(Starlette(routes=hooks.routes()))
    async with httpx.AsyncClient(transport=app, base_url="http://test") as client:
        sent = {"svix-id": id, "svix-timestamp": stamp, "svix-signature": signature}
        coded = {name.encode(): value.encode("latin-1") for name, value in sent.items()}
        assert (await client.post("/webhooks/relay", content=raw, headers=coded)).is_client_error
        own = {b"webhook-signature": header.encode("latin-1")}
        assert (await client.post(PATH, content=raw, headers=own)).status_code == 401
    assert not told.videos


@pytest.mark.parametrize("secret", ["whsec_", "whsec_ä", "x"])
def test_a_secret_that_is_none_is_told_at_the_start(told: Told, secret: str) -> None:
    with pytest.raises(PlaybackRefused, match="CHATKUT_RELAY_WEBHOOK_SECRET"):
        StreamWebhooks(told.hear, None, SecretStr(secret))


# --- being told ------------------------------------------------------------------------------


async def test_the_webhook_is_set_once_and_its_secret_is_kept(site: Site, api: StreamApi) -> None:
    for _ in range(2):
        assert await subscribed(api, "https://us.example") == SECRET
    assert site.webhook["notificationUrl"] == "https://us.example/webhooks/stream"
    assert [asked.split()[0] for asked in site.asked] == ["GET", "PUT", "GET"]


async def test_an_address_of_ours_that_has_changed_is_set_again(site: Site, api: StreamApi) -> None:
    await subscribed(api, "https://old.example")
    await subscribed(api, "https://new.example")
    assert site.webhook["notificationUrl"] == "https://new.example/webhooks/stream"


async def test_the_webhook_of_another_program_is_left_alone(
    site: Site, api: StreamApi, caplog: pytest.LogCaptureFixture
) -> None:
    site.webhook = {"notificationUrl": "https://other.example/hook", "secret": OTHER}
    assert await subscribed(api, "https://us.example") == ""
    assert site.webhook["secret"] == OTHER
    assert "leads to another program" in caplog.text
    assert OTHER not in caplog.text


async def test_a_service_that_is_away_is_asked_again(
    site: Site, api: StreamApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    site.rules.api_status = [503, 429]
    assert await subscribed(api, "https://us.example", pause_seconds=0.01) == SECRET
    site.rules.api_status = [403]
    assert await subscribed(api, "https://us.example") == ""
    assert "cannot be set up" in caplog.text
    assert SECRET not in caplog.text
