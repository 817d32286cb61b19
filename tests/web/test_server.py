import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.ports import Damaged, StoreFailed
from bot.web import edge, server
from bot.web.edge import SAFE_HEADERS
from bot.web.server import CannotListen, WebServer
from tests.web.conftest import Serving


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def echo(request: Request) -> Response:
    return Response(await request.body())


async def broken(_request: Request) -> Response:
    raise ValueError("inside")


async def refusing(_request: Request) -> Response:
    raise HTTPException(404, "This link has expired.")


async def away(_request: Request) -> Response:
    raise StoreFailed("The database is away.")


async def damaged(_request: Request) -> Response:
    raise Damaged("A file is damaged.")


async def page(_request: Request) -> Response:
    return PlainTextResponse("page", headers={"cache-control": "max-age=60"})


ROUTES = [
    Route("/hello", hello),
    Route("/echo", echo, methods=["POST"]),
    Route("/broken", broken),
    Route("/refusing", refusing),
    Route("/away", away),
    Route("/damaged", damaged),
    Route("/page", page),
]


async def conversation(client: httpx.AsyncClient, sent: bytes) -> bytes:
    """Everything that the server says until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), 60)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_route_answers_with_headers_for_safety(serving: Serving) -> None:
    async with serving(*ROUTES) as client:
        answer = await client.get("/hello")

    assert (answer.status_code, answer.text) == (200, "hello")
    assert SAFE_HEADERS.items() <= dict(answer.headers).items()
    assert "server" not in answer.headers


async def test_a_route_may_say_otherwise(serving: Serving) -> None:
    async with serving(*ROUTES) as client:
        answer = await client.get("/page")

    assert answer.headers.get_list("cache-control") == ["max-age=60"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/nowhere", 404, "There is nothing here."),
        ("/refusing", 404, "This link has expired."),
        ("/echo", 405, "This address does not take such requests."),
        ("/broken", 500, "Something went wrong inside ChatKut; its log has the details."),
    ],
)
async def test_errors_are_sentences(
    serving: Serving, path: str, status: int, sentence: str
) -> None:
    async with serving(*ROUTES) as client:
        answer = await client.get(path)

    assert (answer.status_code, answer.json()) == (status, {"error": sentence})
    assert SAFE_HEADERS.items() <= dict(answer.headers).items()


async def test_a_store_that_is_away_is_asked_again(serving: Serving) -> None:
    async with serving(*ROUTES) as client:
        away, damaged = await client.get("/away"), await client.get("/damaged")

    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert away.json() == {"error": "The database is away."}
    assert (damaged.status_code, "retry-after" in damaged.headers) == (500, False)


async def test_a_browser_is_told_errors_on_a_page(serving: Serving) -> None:
    async with serving(*ROUTES) as client:
        for path, status, sentence in (
            ("/nowhere", 404, "There is nothing here."),
            ("/refusing", 404, "This link has expired."),
            ("/broken", 500, "Something went wrong"),
        ):
            answer = await client.get(path, headers={"accept": "text/html,*/*;q=0.8"})
            assert (answer.status_code, answer.headers["content-type"][:9]) == (status, "text/html")
            assert f'role="alert">{sentence}' in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        refused = await client.get("/echo", headers={"accept": "text/html"})
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


async def test_what_broke_is_logged_and_nothing_else(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        async with serving(*ROUTES) as client:
            caplog.clear()
            await client.get("/hello")
            await client.get("/broken")

    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    first = ours[0]
    assert first.levelname == "ERROR"
    assert first.exc_info
    assert str(first.exc_info[1]) == "inside"
    assert "uvicorn.access" not in {record.name for record in ours}


async def test_a_client_that_leaves_early_is_no_error(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def reading(request: Request) -> Response:
        started.set()
        try:
            return Response(await request.body())
        finally:
            ended.set()

    async with serving(Route("/", reading, methods=["POST"])) as client:
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        await started.wait()
        writer.close()
        await asyncio.wait_for(ended.wait(), 60)

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01 this is not HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-long: " + b"y" * 100_000,
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused(serving: Serving, sent: bytes) -> None:
    async with serving(*ROUTES) as client:
        said = await conversation(client, sent)
        assert (await client.get("/hello")).text == "hello"

    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"x-content-type-options: nosniff" in head.lower()
    assert body == b'{"error":"Invalid HTTP request received."}'


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /hello HTTP/1.1\r\nhost:",
        b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\nGET /hello HT",
    ],
)
async def test_a_client_too_slow_to_ask_is_hung_up_on(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(edge, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(server, "_IDLE_SECONDS", 1)
    async with serving(*ROUTES) as client:
        said = await conversation(client, sent)

    assert said.count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n")


async def test_a_slow_head_is_not_prolonged_by_more_of_it(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "HEAD_SECONDS", 0.5)
    async with serving(*ROUTES) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(b"GET /hello HTTP/1.1\r\nhost: x\r\n")
        hung_up = asyncio.create_task(reader.read())
        async with asyncio.timeout(60):
            while not hung_up.done():
                writer.write(b"x-more: y\r\n")
                await asyncio.wait({hung_up}, timeout=0.05)
        writer.close()

    assert isinstance(hung_up.exception(), ConnectionResetError) or hung_up.result() == b""


async def test_a_slow_answer_and_a_slow_body_are_waited_for(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "HEAD_SECONDS", 0.5)

    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(1)
        yield b" second"

    async with serving(*ROUTES) as client:
        answer = await client.post("/echo", content=body())

    assert answer.text == "first second"


async def test_requests_beyond_the_limit_are_told_to_come_back(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "MOST_REQUESTS", 2)
    working, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def wait(_request: Request) -> Response:
        working.release()
        await go_on.wait()
        return PlainTextResponse("done")

    async with serving(Route("/", wait)) as client:
        slow = [asyncio.create_task(client.get("/")) for _ in range(2)]
        for _ in slow:
            await working.acquire()
        refused = await client.get("/")
        go_on.set()
        answers = [(await task).text for task in slow]
        again = await client.get("/")

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"].startswith("ChatKut has too much to do")
    assert SAFE_HEADERS.items() <= dict(refused.headers).items()
    assert [*answers, again.text] == ["done", "done", "done"]


async def test_connections_beyond_the_limit_are_dropped(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "MOST_CONNECTIONS", 1)
    async with serving(*ROUTES) as client:
        assert (await client.get("/hello")).text == "hello"  # and keeps its connection
        assert await conversation(client, b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n") == b""
        assert (await client.get("/hello")).text == "hello"


async def test_answers_are_sent_at_once() -> None:
    web = WebServer(ROUTES, "127.0.0.1", 0)
    await web.start()
    async with httpx.AsyncClient(timeout=60) as client:
        await client.get(f"http://127.0.0.1:{web.port}/hello")
        (connection,) = web._server.server_state.connections
        peer = connection.transport.get_extra_info("socket")
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await web.stop(1)


async def test_a_taken_port_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            CannotListen, match=rf"127\.0\.0\.1 port {port} \(Address already in use\):"
        ):
            await WebServer(ROUTES, "127.0.0.1", port).start()


@pytest.mark.parametrize(
    ("host", "port"),
    [("203.0.113.1", 0), ("not..a..name", 80), ("x" * 70, 80)],
)
async def test_an_address_that_cannot_be_is_a_sentence(host: str, port: int) -> None:
    with pytest.raises(CannotListen, match="choose another host or port with CHATKUT_HTTP"):
        await WebServer(ROUTES, host, port).start()


async def test_a_port_is_free_again_after_a_stop() -> None:
    first = WebServer(ROUTES, "127.0.0.1", 0)
    await first.start()
    port = first.port
    await first.stop(1)
    await first.stop(1)
    second = WebServer(ROUTES, "127.0.0.1", port)
    await second.start()
    assert second.port == port
    await second.stop(1)


async def test_signals_stay_with_the_process() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    web = WebServer(ROUTES, "127.0.0.1", 0)
    await web.start()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    await web.stop(1)


async def test_a_stop_lets_requests_finish_and_takes_no_more() -> None:
    working, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_request: Request) -> Response:
        working.set()
        await go_on.wait()
        return PlainTextResponse("done")

    web = WebServer([Route("/", wait)], "127.0.0.1", 0)
    await web.start()
    async with httpx.AsyncClient(timeout=60, base_url=f"http://127.0.0.1:{web.port}") as client:
        slow = asyncio.create_task(client.get("/"))
        await working.wait()
        stopping = asyncio.create_task(web.stop(30))
        while not await refuses(client):
            pass
        go_on.set()
        assert (await slow).text == "done"
        await stopping


async def refuses(client: httpx.AsyncClient) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    except ConnectionError:
        return True
    writer.close()
    return False


async def test_a_stop_does_not_wait_longer_than_its_grace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    working, cancelled = asyncio.Event(), asyncio.Event()

    async def hanging(_request: Request) -> Response:
        working.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    async def flooding(_request: Request) -> Response:
        return StreamingResponse(endless())

    web = WebServer([Route("/", hanging), Route("/flood", flooding)], "127.0.0.1", 0)
    await web.start()
    stalled_reader, stalled = await asyncio.open_connection("127.0.0.1", web.port, limit=1)
    stalled.write(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
    await stalled_reader.readexactly(100)
    _, waiting = await asyncio.open_connection("127.0.0.1", web.port)
    waiting.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await working.wait()

    async with asyncio.timeout(60):
        await web.stop(0.2)
        await cancelled.wait()
    assert "timeout graceful shutdown exceeded" in caplog.text
    stalled.close()
    waiting.close()
