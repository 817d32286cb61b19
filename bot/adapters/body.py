"""The body of a request from who knows whom: bounded in size, and in how long it may take."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

BODY_SECONDS = 10.0
"""Who sends is not known before all of it is there, so that nobody may take long."""


async def whole_body(request: Request, most_bytes: int, seconds: float = BODY_SECONDS) -> bytes:
    """Read a body to its end.

    Raises:
        HTTPException: It is too large, or took too long.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, most_bytes)
    except TimeoutError:
        raise HTTPException(408, "This took too long to arrive.") from None


async def _read(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > most_bytes:
            raise HTTPException(413, f"This is more than the {most_bytes} bytes that are taken.")
    return bytes(body)
