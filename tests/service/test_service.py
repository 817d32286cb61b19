"""The service as a whole: it starts or says why not, shows how it is, and stops well."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app.service import Role, serve
from bot.config import Settings
from bot.jobs.dbos_runtime import Place
from bot.ports import AdapterError
from tests.adapters.chat.bridge_site import BridgeSite
from tests.ports import free_port
from tests.service.house import PATIENCE_SECONDS, House

PASSWORD = "hunter2-of-the-database"  # noqa: S105


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(house: House, port: int) -> dict[str, Any]:
    """A service that can be started."""
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
    }


@asynccontextmanager
async def serving(settings: dict[str, Any], role: Role = "all") -> AsyncIterator[asyncio.Event]:
    """The service, once it is ready; the event stops it, and so does the end."""
    stopping = asyncio.Event()
    service = asyncio.create_task(serve(Settings(**settings), role, stopping))
    try:
        await ready(settings["http_port"], service)
        yield stopping
    finally:
        stopping.set()
        await service


async def attempt(settings: dict[str, Any], role: Role = "all") -> None:
    """Start, which is not expected to succeed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await serve(Settings(**settings), role, asyncio.Event())


async def ready(port: int, service: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await status(port, "/readyz") != 200:
            assert not service.done(), service.exception()
            await asyncio.sleep(0.05)


async def status(port: int, path: str) -> int:
    """The status of an address, 0 where nobody answers."""
    try:
        return (await get(port, path)).status_code
    except httpx.TransportError:
        return 0


async def get(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def say(site: BridgeSite, id: str, text: str, **attachment: str) -> int:
    files = [attachment] if attachment else []
    message = {"id": id, "channel": "launch", "author": "Ada", "text": text, "attachments": files}
    return await asyncio.to_thread(site.say, message)


# --- starting --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "role", "sentence"),
    [
        (
            {"bridge_url": None, "bridge_token": None},
            "all",
            "No chat platform is set up: see .env.example",
        ),
        ({"bridge_token": None}, "all", "CHATKUT_BRIDGE_TOKEN is missing"),
        ({"bridge_url": None}, "all", "CHATKUT_BRIDGE_URL is missing"),
        ({"bridge_token": "short"}, "all", "The token of the bridge is too short"),
        ({"bridge_token": "white space in it"}, "all", "letters, digits and signs only"),
        ({"bridge_url": "ftp://chat"}, "all", "must begin with https:// or http://"),
        ({"http_port": 0}, "all", "CHATKUT_HTTP_PORT"),
        ({}, "worker", "set CHATKUT_DATABASE_URL"),
        ({}, "front", "set CHATKUT_DATABASE_URL"),
        ({"data_dir": Path("/dev/null/data")}, "all", "make it writable or set CHATKUT_DATA_DIR"),
        ({"database_url": f"mysql://me:{PASSWORD}@host/db"}, "all", "is not understood"),
        (
            {"database_url": f"postgresql://me:{PASSWORD}@127.0.0.1:1/db"},
            "all",
            "cannot be (used|reached)",
        ),
    ],
)
async def test_it_refuses_to_start_with_a_sentence(
    settings: dict[str, Any],
    change: dict[str, Any],
    role: Role,
    sentence: str,
    capfd: pytest.CaptureFixture[str],
    port: int,
) -> None:
    with pytest.raises(AdapterError, match=sentence) as refused:
        await attempt(settings | change, role)
    assert PASSWORD not in f"{refused.value}{capfd.readouterr()}"
    socket.create_server(("127.0.0.1", port)).close()
    async with serving(settings):
        pass


async def test_a_taken_port_is_a_sentence(settings: dict[str, Any], port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(AdapterError, match=f"cannot listen on 127.0.0.1 port {port}"),
    ):
        await attempt(settings)


# --- running ---------------------------------------------------------------------------------


async def test_it_shows_how_it_is(
    house: House, settings: dict[str, Any], port: int, beach: bytes
) -> None:
    async with serving(settings):
        assert await status(port, "/livez") == 200
        assert (await get(port, "/readyz")).json()["checks"] == {"database": "ok", "bridge": "ok"}
        clip = house.offer("beach.mp4", beach)
        assert await say(house.site, "m1", "render preview", name=clip.name, url=clip.ref) == 202
        await house.sees_kinds("clip", "estimate", "render")
        metrics = (await get(port, "/metrics")).text
        for line in (
            'chatkut_messages_accepted_total{platform="bridge"} 1.0',
            'chatkut_render_seconds_count{outcome="done",preset="preview"} 1.0',
            'chatkut_jobs_started_total{kind="ingest"} 1.0',
            "chatkut_outbox_posts ",
            "chatkut_event_loop_lag_seconds_count",
        ):
            assert line in metrics
    assert await status(port, "/livez") == 0


async def test_what_it_does_is_logged_with_where_it_belongs(
    house: House, settings: dict[str, Any]
) -> None:
    async with serving(settings | {"log_format": "json"}):
        house.site.answer_next(403)
        assert await say(house.site, "m1", "help") == 202
        assert await say(house.site, "m2", "timeline") == 202
        await house.sees_kinds("answer")
    log = (house.root / "chatkut.log").read_text()
    [line] = [line for line in log.splitlines() if "given up" in line]
    assert '"channel": "bridge:launch"' in line
    assert '"workflow": "deliver:' in line


# --- stopping --------------------------------------------------------------------------------


async def test_it_stops_after_the_grace_time_and_goes_on_later(
    house: House, settings: dict[str, Any], beach: bytes
) -> None:
    clip = house.offer_slowly("slow.mp4", beach)
    async with serving(settings | {"grace_seconds": 1}) as stopping:
        assert await say(house.site, "m1", "", name=clip.name, url=clip.ref) == 202
        await house.asked_for("slow.mp4")
        since = time.monotonic()
        stopping.set()
    assert time.monotonic() - since > 0.9
    assert house.said() == []
    house.hurry("slow.mp4")
    async with serving(settings):
        assert await say(house.site, "m2", "timeline") == 202
        await house.sees_kinds("clip", "answer")


async def test_while_it_stops_it_refuses_what_is_new_and_finishes_what_it_is_at(
    house: House, settings: dict[str, Any], port: int, beach: bytes
) -> None:
    clip = house.offer_slowly("slow.mp4", beach)
    async with serving(settings | {"grace_seconds": 600}) as stopping:
        assert await say(house.site, "m1", "", name=clip.name, url=clip.ref) == 202
        await house.asked_for("slow.mp4")
        stopping.set()
        await _until(lambda: _refuses(house.site))
        answer = await get(port, "/readyz")
        assert (answer.status_code, answer.json()["stopping"]) == (503, True)
        assert await status(port, "/livez") == 200
        house.hurry("slow.mp4")
    async with serving(settings):
        await house.sees_kinds("clip")


# --- secrets ---------------------------------------------------------------------------------


async def test_secrets_are_in_no_log_and_no_repr(
    postgres_house: House,
    settings: dict[str, Any],
    beach: bytes,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    house, token = postgres_house, settings["bridge_token"]
    url = house.database_url.replace("postgres@", f"postgres:{PASSWORD}@")
    chosen = settings | {"database_url": url, "data_dir": house.root, "worker_name": "w"}
    async with serving(chosen):
        house.site.lose_next = 1
        clip = house.offer("gone.mp4", beach, status=410)
        assert await say(house.site, "m1", f"is {token} it?", name=clip.name, url=clip.ref) == 202
        await house.sees_kinds("error", "answer")
        house.site.token = "another-token-than-before"  # noqa: S105
        assert await say(house.site, "m2", "help") == 401
    shown = f"{Settings(**chosen)!r}{Place(url, house.root)!r}"
    written = f"{capfd.readouterr()}{shown}"
    assert "ChatKut runs" in written
    for secret in (token, PASSWORD):
        assert secret not in written
        assert secret not in caplog.text


async def _refuses(site: BridgeSite) -> bool:
    return await say(site, "late", "help") == 503


async def _until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await look():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
