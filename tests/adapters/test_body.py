import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.body import whole_body
from tests.web.conftest import served


async def _echo(request: Request) -> Response:
    return Response(await whole_body(request, most_bytes=1000, seconds=0.2))


ECHO = Route("/", _echo, methods=["POST"])


@pytest.mark.parametrize("size", [0, 1, 1000])
async def test_a_body_comes_whole(size: int) -> None:
    async with served(ECHO) as client:
        answer = await client.post("/", content=bytes(size))

    assert (answer.status_code, answer.content) == (200, bytes(size))


async def test_a_body_that_is_too_large_is_refused_even_if_nobody_says_how_large_it_is() -> None:
    async def much() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(100)

    async with served(ECHO) as client:
        answer = await client.post("/", content=much())

    assert answer.status_code == 413
    assert "1000 bytes" in answer.json()["error"]


async def test_a_body_that_never_ends_is_not_waited_for() -> None:
    async with served(ECHO) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nabc")
        status = await reader.readline()
        writer.close()

    assert b" 408 " in status
