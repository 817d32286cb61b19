from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from starlette.routing import BaseRoute

from bot.web.server import WebServer

Serving = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@asynccontextmanager
async def served(*routes: BaseRoute) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server with these routes."""
    server = WebServer(routes, "127.0.0.1", 0)
    await server.start()
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", timeout=60
        ) as client:
            yield client
    finally:
        await server.stop(grace_seconds=5)


@pytest.fixture
def serving() -> Serving:
    return served
