"""Sends a file by TUS, chunk by chunk, with tuspy's synchronous uploader.

tuspy's own requests have no time-out and hand the token to whatever host they are led to, so they
are made here. Chunks follow Stream's rules: 5 to 200 MiB and a multiple of 256 KiB, but the last.
https://developers.cloudflare.com/stream/uploading-videos/resumable-uploads/
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import httpx
from tusclient.client import TusClient
from tusclient.uploader.uploader import Uploader

from bot.adapters.media.stream.api import refusal
from bot.ports import PlaybackBusy, UploadLost

_MIB = 1 << 20
CHUNK_BYTES = 10 * _MIB
SMALL_CHUNK_BYTES = 5 * _MIB
"""For slow lines, on which Stream breaks off larger chunks with 408."""

_BLOCK_BYTES = 256 << 10
_TIMEOUT = httpx.Timeout(60, connect=10)
_SOCKET_EVENTS = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Transfer(Uploader):
    """An upload on its way. Its methods block, and are called by one thread at a time.

    It goes on at `offset`, which is to be set to `get_offset` first. Besides what these say, they
    raise `PlaybackBusy` where the server does not answer, and `PlaybackRefused` where it does not
    let us.
    """

    request: Any

    def __init__(
        self, url: str, headers: Mapping[str, str], path: Path, tls: ssl.SSLContext
    ) -> None:
        self._address = url
        self._file: BinaryIO = path.open("rb")
        self._headers = headers
        self._socket: socket.socket | None = None
        self._is_stopped = False
        self._http = httpx.Client(timeout=_TIMEOUT, trust_env=False, verify=tls)
        # Given the address, it would ask for the offset at once.
        super().__init__(file_stream=self._file, client=TusClient(url), chunk_size=CHUNK_BYTES)
        self.set_url(url)

    @property
    def is_complete(self) -> bool:
        """Whether all bytes are there."""
        return bool(self.offset >= self.stop_at)

    def get_headers(self) -> dict[str, str]:
        return {"Tus-Resumable": "1.0.0", **self._headers}

    def get_offset(self) -> int:
        """Ask how much is there.

        Raises:
            UploadLost: There is no such upload, or it is of another size.
        """
        response = self._request("HEAD")
        length = response.headers.get("Upload-Length")
        if length not in (None, str(self.stop_at)):
            raise UploadLost("The upload at Cloudflare is of a file of another size.")
        return self._offset(response)

    def shrink(self) -> None:
        """Send smaller chunks from now on."""
        self.chunk_size = SMALL_CHUNK_BYTES

    def stop(self) -> None:
        """Break off what another thread is doing; it fails within a moment."""
        self._is_stopped = True
        if (connection := self._socket) is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the file and the connection."""
        self._http.close()
        self._file.close()

    def _do_request(self) -> None:
        """Send the next chunk; `upload_chunk` reads from the answer what is there."""
        length = min(self.chunk_size, self.stop_at - self.offset)
        response = self._request(
            "PATCH",
            {
                "Upload-Offset": str(self.offset),
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(length),
            },
            self._blocks(length),
        )
        self.request = _Answer(self._offset(response))

    def _offset(self, response: httpx.Response) -> int:
        told = response.headers.get("Upload-Offset", "")
        if not (told.isascii() and told.isdigit()) or int(told) > self.stop_at:
            raise PlaybackBusy("Cloudflare did not tell how much has arrived.")
        return int(told)

    def _blocks(self, length: int) -> Iterator[bytes]:
        self._file.seek(self.offset)
        while length and not self._is_stopped:
            block = self._file.read(min(_BLOCK_BYTES, length))
            if not block:
                raise UploadLost("The file became shorter while it was sent.")
            length -= len(block)
            yield block

    def _request(
        self,
        method: str,
        headers: Mapping[str, str] | None = None,
        content: Iterator[bytes] | None = None,
    ) -> httpx.Response:
        try:
            response = self._http.request(
                method,
                self._address,
                headers={**self.get_headers(), **(headers or {})},
                content=content,
                extensions={"trace": self._note},
            )
        except (httpx.TransportError, ssl.SSLError) as error:
            # Breaking off on purpose ends here too, as a body that is too short.
            raise PlaybackBusy("The connection to Cloudflare broke; it goes on later.") from error
        if not response.is_success:
            raise _trouble(response.status_code)
        return response

    def _note(self, event: str, info: Mapping[str, Any]) -> None:
        if event in _SOCKET_EVENTS:
            self._socket = info["return_value"].get_extra_info("socket")


class TooSlow(PlaybackBusy):
    """The server waited in vain for the rest of a chunk."""


class _Answer:
    """What `upload_chunk` reads of a request."""

    def __init__(self, offset: int) -> None:
        self.response_headers = {"upload-offset": str(offset)}


def _trouble(status: int) -> Exception:
    """What became of a chunk that was not taken."""
    if status in (404, 410):
        return UploadLost("The upload is not at Cloudflare any more.")
    if status == 408:
        return TooSlow("The line to Cloudflare is slow; it goes on in smaller pieces.")
    return refusal(status)
