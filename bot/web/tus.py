"""A TUS 1.0 server: uploads that survive whatever happens between their first and last byte.

The record of an upload owns its offset. Bytes are written at that offset and flushed to the disk
before it moves, so that what it says is there is there. Whatever a request wants is checked before
a byte of its body is read. https://tus.io/protocols/resumable-upload is the protocol.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.upload_folder import Busy, Incomplete, OpenUpload, UploadFolder
from bot.ports import AdapterError, Message, Room, StoreFailed, UploadRecord, Uploads
from bot.web import tus_rules
from bot.web.edge import error_response
from bot.web.tus_body import Body, End, Turns
from bot.web.tus_rules import Checksum, Rules

_log = logging.getLogger("chatkut.web")

PIECE_SECONDS = 60.0
"""How long 256 KiB may take: less is no connection."""

_KEEP_EVERY = 16 << 20
"""So many bytes are lost at most when the process is killed."""

_EXPOSED = (
    "Location, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires, Tus-Resumable, "
    "Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, stream-media-id"
)
_ALLOWED = (
    "Authorization, Content-Type, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, "
    "Upload-Checksum, Upload-Creator, X-Requested-With"
)
_METHODS = "POST, HEAD, PATCH, DELETE, OPTIONS"
_ELSEWHERE = "Somebody else goes on with this upload."
_TOO_EARLY: dict[End, tuple[int, str]] = {
    "silent": (408, "Nothing came for too long; go on with what is missing."),
    "stopped": (409, "A newer request goes on with this upload."),
}


@dataclass(frozen=True, slots=True)
class Giver:
    """Whoever may upload: by which link, because of which message, and until when."""

    link: str
    asked: Message
    expires_at: datetime


Access = Callable[[Request], Awaitable[Giver]]
"""Who sends a request; raises HTTPException where nobody may."""

_Way = Callable[[Request], Awaitable[Response]]

Arrived = Callable[[UploadRecord], Awaitable[None]]
"""Called once when the last byte of an upload is safe. What it raises is logged, not answered."""


class TusServer:
    """Takes uploads into a folder. Several servers, also in other processes, may share it.

    A request that finds another process writing to its upload is answered with 423, which clients
    try again.
    """

    def __init__(
        self,
        uploads: Uploads,
        folder: UploadFolder,
        access: Access,
        arrived: Arrived,
        rules: Rules,
        piece_seconds: float = PIECE_SECONDS,
    ) -> None:
        self._uploads = uploads
        self._folder = folder
        self._access = access
        self._arrived = arrived
        self._rules = rules
        self._piece_seconds = piece_seconds
        self._turns = Turns()

    def routes(self, path: str) -> list[Route]:
        """To be mounted: uploads are created at the path, and found below it."""
        return [
            Route(path, self._creation, methods=["POST", "OPTIONS"]),
            Route(f"{path}/", self._creation, methods=["POST", "OPTIONS"]),
            Route(f"{path}/{{upload}}", self._one, methods=["HEAD", "PATCH", "DELETE", "OPTIONS"]),
        ]

    async def _creation(self, request: Request) -> Response:
        return await self._answered(request, {"POST": self._create, "OPTIONS": self._options})

    async def _one(self, request: Request) -> Response:
        ways = {
            "HEAD": self._head,
            "PATCH": self._append,
            "DELETE": self._terminate,
            "OPTIONS": self._options,
        }
        return await self._answered(request, ways)

    async def _answered(self, request: Request, ways: Mapping[str, _Way]) -> Response:
        try:
            if request.method != "OPTIONS":  # a browser's preflight can say nothing
                _refuse_version(request)
            response = await ways[request.method](request)
        except HTTPException as error:
            response = error_response(error.status_code, error.detail, error.headers)
        except Busy as error:
            response = error_response(423, str(error))
        except Incomplete as error:
            response = error_response(410, str(error))
        except StoreFailed as error:
            response = error_response(503, str(error), {"retry-after": "5"})
        response.headers.update(self._always())
        return response

    def _always(self) -> dict[str, str]:
        headers = {"tus-resumable": tus_rules.VERSION, "access-control-expose-headers": _EXPOSED}
        if self._rules.allow_origin:
            headers |= {
                "access-control-allow-origin": self._rules.allow_origin,
                "cross-origin-resource-policy": "cross-origin",
            }
        return headers

    async def _options(self, _request: Request) -> Response:
        return Response(
            status_code=204,
            headers={
                "tus-version": tus_rules.VERSION,
                "tus-extension": tus_rules.EXTENSIONS,
                "tus-max-size": str(self._rules.most_bytes),
                "tus-checksum-algorithm": ",".join(tus_rules.ALGORITHMS),
                "access-control-allow-methods": _METHODS,
                "access-control-allow-headers": _ALLOWED,
                "access-control-max-age": "86400",
            },
        )

    async def _create(self, request: Request) -> Response:
        giver, headers = await self._access(request), request.headers
        length = tus_rules.announced(headers, self._rules.most_bytes)
        told, checksum = tus_rules.metadata(headers), tus_rules.checksum(headers)
        brings = tus_rules.has_body(headers)
        if brings:
            tus_rules.refuse_other_type(headers)
            self._rules.refuse_chunk(tus_rules.body_length(headers), 0, length)
        upload = UploadRecord(
            uuid.uuid4().hex, giver.link, giver.asked, length, told, giver.expires_at
        )
        await self._make(upload)
        if length == 0:
            await self._tell(upload)
        elif brings:
            body = Body(request, self._piece_seconds)
            async with self._turns.turn(upload.id, body):
                upload = await self._receive(upload, body, checksum)
        return Response(status_code=201, headers=self._located(request, upload))

    async def _make(self, upload: UploadRecord) -> None:
        free = await asyncio.to_thread(self._folder.free_bytes)
        room = Room(self._rules.channel_bytes, free // 2)  # the media store needs as much again
        created = await self._uploads.create(upload, room)
        if created == "channel full":
            raise HTTPException(
                413,
                "Too much is being uploaded to this channel: let it finish, or cancel some of it.",
            )
        if created == "disk full":
            raise HTTPException(507, "There is no room for this file: free some disk space.")
        await asyncio.to_thread(self._folder.make, upload.id)

    def _located(self, request: Request, upload: UploadRecord) -> dict[str, str]:
        below = self._rules.location or request.url.path.rstrip("/")
        named = (
            {"stream-media-id": tus_rules.media_id(upload.id)} if self._rules.names_media else {}
        )
        return {"location": f"{below}/{upload.id}", **_moved(upload), **named}

    async def _head(self, request: Request) -> Response:
        upload = await self._found(request)
        async with self._turns.turn(upload.id):
            upload = await self._found(request)
        told = {"upload-metadata": upload.metadata} if upload.metadata else {}
        return Response(headers={"upload-length": str(upload.length), **_moved(upload), **told})

    async def _append(self, request: Request) -> Response:
        upload, headers = await self._found(request), request.headers
        tus_rules.refuse_other_type(headers)
        offset, checksum = tus_rules.number(headers, "upload-offset"), tus_rules.checksum(headers)
        body = Body(request, self._piece_seconds)
        async with self._turns.turn(upload.id, body):
            upload = await self._found(request)
            if offset != upload.offset:
                raise HTTPException(409, f"The next byte is number {upload.offset}.")
            self._rules.refuse_chunk(tus_rules.body_length(headers), offset, upload.length)
            if upload.state == "open":
                upload = await self._receive(upload, body, checksum)
        return Response(status_code=204, headers=_moved(upload))

    async def _terminate(self, request: Request) -> Response:
        upload = await self._found(request)
        async with self._turns.turn(upload.id):
            if not await self._uploads.remove(upload.id):
                raise HTTPException(409, "This file has arrived already; say “undo” in the chat.")
            await asyncio.to_thread(self._folder.remove, upload.id)
        return Response(status_code=204)

    async def _found(self, request: Request) -> UploadRecord:
        """The upload of a request, if it belongs to whoever sent that."""
        giver = await self._access(request)
        upload = await self._uploads.find(request.path_params["upload"])
        if upload is None or upload.link != giver.link:
            raise HTTPException(404, "There is no such upload.")
        if upload.expires_at <= datetime.now(UTC):
            raise HTTPException(410, "This upload has expired; begin again with a new link.")
        return upload

    async def _receive(
        self, upload: UploadRecord, body: Body, checksum: Checksum | None
    ) -> UploadRecord:
        """Append what comes; the upload as it is then."""
        try:
            file = await asyncio.to_thread(self._folder.open, upload.id)
            try:
                await self._cut(file, upload)
                appending = _Appending(self._uploads, file, upload, checksum)
                async for piece in body.pieces():
                    await appending.add(piece)
                upload = await appending.finish(body.end)
            finally:
                await asyncio.to_thread(file.close)
        except Incomplete:
            await self._uploads.remove(upload.id)
            raise
        if upload.state == "complete":
            await self._tell(upload)
        if body.end == "left":
            raise ClientDisconnect
        if body.end in _TOO_EARLY:
            raise HTTPException(*_TOO_EARLY[body.end])
        return upload

    async def _cut(self, file: OpenUpload, upload: UploadRecord) -> None:
        """Cut off what was never promised; another process may have promised more meanwhile."""
        now = await self._uploads.find(upload.id)
        if now is None or (now.offset, now.state) != (upload.offset, upload.state):
            raise HTTPException(409, _ELSEWHERE)
        await asyncio.to_thread(file.cut, upload.offset)

    async def _tell(self, upload: UploadRecord) -> None:
        try:
            await self._arrived(upload)
        except AdapterError as error:  # it will be found: see bot/jobs/uploads.py
            _log.warning("an upload of %s has to wait: %s", upload.asked.channel, error)


class _Appending:
    """Bytes on their way to a file; `upload` is as far as they are safe.

    With a checksum none of them are until all have come and it is right.
    """

    def __init__(
        self, uploads: Uploads, file: OpenUpload, upload: UploadRecord, checksum: Checksum | None
    ) -> None:
        self._uploads = uploads
        self._file = file
        self._checksum = checksum
        self._upload = upload
        self._end = upload.offset

    async def add(self, piece: bytes) -> None:
        if self._end + len(piece) > self._upload.length:
            raise HTTPException(413, "This is more than what was announced in Upload-Length.")
        await asyncio.to_thread(self._write, piece)
        self._end += len(piece)
        if self._checksum is None and self._end - self._upload.offset >= _KEEP_EVERY:
            await self._keep()

    def _write(self, piece: bytes) -> None:
        self._file.write(piece, self._end)
        if self._checksum is not None:
            self._checksum.working.update(piece)

    async def finish(self, end: End | None) -> UploadRecord:
        """Keep what has come, as far as it can be trusted; the upload as it is then."""
        if self._checksum is None:
            await self._keep()
        elif end == "complete":
            self._checksum.refuse_other()
            await self._keep()
        return self._upload

    async def _keep(self) -> None:
        if self._end == self._upload.offset:
            return
        await asyncio.to_thread(self._file.flush)
        if not await self._uploads.advance(self._upload, self._end):
            raise HTTPException(409, _ELSEWHERE)
        is_whole = self._end == self._upload.length
        state: Literal["open", "complete"] = "complete" if is_whole else "open"
        self._upload = replace(self._upload, offset=self._end, state=state)


def _refuse_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != tus_rules.VERSION:
        sentence = f"Tus-Resumable has to be {tus_rules.VERSION}."
        raise HTTPException(412, sentence, {"tus-version": tus_rules.VERSION})


def _moved(upload: UploadRecord) -> dict[str, str]:
    expires = format_datetime(upload.expires_at.astimezone(UTC), usegmt=True)
    return {"upload-offset": str(upload.offset), "upload-expires": expires}
