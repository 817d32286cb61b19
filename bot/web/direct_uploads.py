"""Uploads that go from the browser straight to the service that plays videos.

/u/TOKEN/videos   POST, as to a TUS server, creates an upload there and tells where it is

The browser sends the file to that address; it gets no token, and nobody else gets the address.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.ports import (
    MediaRefused,
    PlaybackBusy,
    PlaybackRefused,
    StoreFailed,
    UploadRecord,
    metadata_of,
)
from bot.web import tus_rules
from bot.web.edge import error_response
from bot.web.tus import Access

_HOSTS = (
    "https://*.cloudflarestream.com",
    "https://*.videodelivery.net",
    "https://*.cloudflare.com",
)
_HEADERS = {
    "tus-resumable": tus_rules.VERSION,
    "access-control-expose-headers": "Location, Tus-Resumable",
}

Begin = Callable[[UploadRecord, str], Awaitable[str]]
"""Creates an upload of a file with a name; the address to send it to."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another place that takes uploads; `hosts` are where, which the page has to allow."""

    begin: Begin
    hosts: tuple[str, ...] = _HOSTS


def direct_uploads(access: Access, begin: Begin, most_bytes: int) -> Route:
    """The route that creates such uploads, for whoever has access."""

    async def create(request: Request) -> Response:
        giver, headers = await access(request), request.headers
        if headers.get("tus-resumable") != tus_rules.VERSION:
            raise HTTPException(412, f"This server speaks TUS {tus_rules.VERSION}.")
        length = tus_rules.announced(headers, most_bytes)
        if length == 0:
            raise HTTPException(400, "This file is empty.")
        told = tus_rules.metadata(headers)
        upload = UploadRecord(
            uuid.uuid4().hex, giver.link, giver.asked, length, told, giver.expires_at
        )
        try:
            url = await begin(upload, metadata_of(told).get("filename") or "clip")
        except MediaRefused as error:
            return error_response(413, str(error))
        except (PlaybackBusy, StoreFailed) as error:
            return error_response(503, str(error), {"retry-after": "10"})
        except PlaybackRefused as error:
            return error_response(507, str(error))
        return Response(status_code=201, headers={**_HEADERS, "location": url})

    return Route("/u/{token}/videos", create, methods=["POST"])
