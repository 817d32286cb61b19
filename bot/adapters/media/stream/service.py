"""The `VideoService` at Cloudflare Stream.

Videos can only be watched by addresses that are signed and expire. Uploads go by TUS, as 200 MB is
the most that other ways take.
"""

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from bot.adapters.download import Downloads
from bot.adapters.media.stream.analytics import delivered
from bot.adapters.media.stream.api import StreamApi, checked_uid
from bot.adapters.media.stream.hosts import Hosts
from bot.adapters.media.stream.transfer import TooSlow, Transfer
from bot.adapters.media.stream.video import video_of
from bot.ports import (
    Addresses,
    Footage,
    NoSuchVideo,
    PlaybackBusy,
    PlaybackRefused,
    Upload,
    Video,
    Watching,
)

Result = TypeVar("Result")

WATCH_SECONDS = 6 * 3600
_FRESH_SECONDS = WATCH_SECONDS / 2
_MOST_SIGNED = 1000
_TRIES = 5
_NAME_CHARACTERS = 200
_PREVIEW = "thumbnail.gif?time=0s&duration=4s&height=240"
_TOKEN = re.compile(r"[A-Za-z0-9_.=-]{1,4000}")
_PLAYED_FROM = (".cloudflarestream.com", ".videodelivery.net")
_NO_HEADERS: Mapping[str, str] = {}
_LEAST_BITS_A_SECOND = 250_000
_SECONDS = (600, 6 * 3600)
SPOKEN = frozenset({"cs", "nl", "en", "fr", "de", "it", "ja", "ko", "pl", "pt", "ru", "es"})
"""Languages that Stream makes captions of."""


class StreamVideos:
    """Videos of one account; those that are fetched from there have up to `most_bytes`.

    `also` are origins that may take uploads, and be downloaded from, besides Cloudflare's.
    """

    def __init__(
        self,
        api: StreamApi,
        also: Collection[str] = (),
        pause_seconds: float = 2,
        most_bytes: int = 4 << 30,
    ) -> None:
        self._api = api
        self._hosts = Hosts(api.url, also)
        origin = str(httpx.URL(api.url).copy_with(path="/"))
        self._downloads = Downloads([*_PLAYED_FROM, origin, *also], most_bytes)
        self._tls = httpx.create_ssl_context()
        self._pause = pause_seconds
        self._signed: dict[str, tuple[float, Watching]] = {}

    async def create(self, footage: Footage, size_bytes: int, tag: str) -> Upload:
        """Announce a file; see `VideoService.create`."""
        metadata = f"name {_base64(footage.name[:_NAME_CHARACTERS])},requiresignedurls"
        return await self._created("stream", size_bytes, metadata, {"Upload-Creator": tag})

    async def create_direct(self, name: str, size_bytes: int, until: datetime) -> Upload:
        """Announce a file that a browser sends; see `VideoService.create_direct`."""
        pairs = {
            "name": name[:_NAME_CHARACTERS],
            "maxDurationSeconds": str(_longest(size_bytes)),
            "expiry": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        metadata = ",".join(f"{key} {_base64(value)}" for key, value in pairs.items())
        path = "stream?direct_user=true"
        return await self._created(path, size_bytes, f"{metadata},requiresignedurls")

    async def copy(self, footage: Footage, url: str, tag: str) -> str:
        """Let Stream fetch the file; see `VideoService.copy`."""
        body = {
            "url": url,
            "meta": {"name": footage.name[:_NAME_CHARACTERS]},
            "requireSignedURLs": True,
            "creator": tag,
        }
        told = await self._api.call("POST", "stream/copy", body)
        return checked_uid(told.get("uid"))

    async def send(self, upload_url: str, path: Path) -> AsyncGenerator[int, None]:
        """Send a file; see `VideoService.send`."""
        self._hosts.refuse(upload_url)
        async with self._transfer(upload_url, path) as transfer:
            while True:
                yield transfer.offset
                if transfer.is_complete:
                    return
                await self._chunk(transfer)

    async def look(self, uid: str) -> Video:
        """Ask for a video; see `VideoService.look`."""
        told = await self._api.call("GET", f"stream/{checked_uid(uid)}")
        return video_of(told, self._hosts.allow)

    async def watch(self, uid: str, addresses: Addresses) -> Watching:
        """Sign addresses, or return those that are fresh; see `VideoService.watch`."""
        until, watching = self._signed.get(uid, (0.0, None))
        if watching is None or until < time.monotonic():
            watching = await self._watching(checked_uid(uid), addresses)
            if len(self._signed) >= _MOST_SIGNED:
                self._signed.clear()
            self._signed[uid] = (time.monotonic() + _FRESH_SECONDS, watching)
        return watching

    async def mp4(self, uid: str) -> str | None:
        """Have the video as one file; see `VideoService.mp4`."""
        self._signed.pop(uid, None)  # they do not know of it yet
        download = await self._download(checked_uid(uid))
        if not download:
            await self._api.call("POST", f"stream/{uid}/downloads", {})
            download = await self._download(uid)
        if download.get("status") == "error":
            raise PlaybackRefused("Cloudflare Stream could not make one file of the video.")
        if download.get("status") != "ready":
            return None
        return self._ready_mp4(uid, await self._token(uid), download) or None

    async def fetch(self, url: str, into: Path, name: str) -> None:
        """Download what `mp4` told of; see `VideoService.fetch`."""
        await self._downloads.fetch(url, into, lambda _: None, name=name)

    async def captions(self, uid: str, language: str) -> str | None:
        """Have what is spoken; see `VideoService.captions`."""
        if language not in SPOKEN:
            known = ", ".join(sorted(SPOKEN))
            raise PlaybackRefused(f"Cloudflare Stream makes captions in these languages: {known}.")
        path = f"stream/{checked_uid(uid)}/captions/{language}"
        try:
            status = (await self._api.call("GET", path)).get("status", "ready")
        except NoSuchVideo:
            status = (await self._api.call("POST", f"{path}/generate")).get("status")
        if status == "error":
            await self._api.call("DELETE", path)  # else it cannot be asked for again
            raise PlaybackRefused("Cloudflare Stream could not make captions: is it spoken there?")
        if status != "ready":
            return None
        return (await self._api.answer("GET", f"{path}/vtt")).text

    async def remove(self, uid: str) -> None:
        """Remove a video; see `VideoService.remove`."""
        self._signed.pop(uid, None)
        with suppress(NoSuchVideo):
            await self._api.call("DELETE", f"stream/{checked_uid(uid)}")

    async def clear(self, tag: str) -> None:
        """Remove what has a tag, as its creator; see `VideoService.clear`."""
        found = await self._api.call("GET", f"stream?creator={quote(tag, '')}")
        for told in found if isinstance(found, list) else ():
            if isinstance(told, dict) and told.get("creator") == tag:
                await self.remove(checked_uid(told.get("uid")))

    async def delivered(self, day: date) -> Mapping[str, float]:
        """Minutes that were watched; see `VideoService.delivered`."""
        return await delivered(self._api, day)

    async def _created(
        self, path: str, size_bytes: int, metadata: str, more: Mapping[str, str] = _NO_HEADERS
    ) -> Upload:
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(size_bytes),
            "Upload-Metadata": metadata,
            **more,
        }
        answer = await self._api.answer("POST", path, headers=headers)
        url = self._hosts.located(answer.url, answer.headers.get("Location", ""))
        return Upload(checked_uid(answer.headers.get("stream-media-id")), url)

    @asynccontextmanager
    async def _transfer(self, url: str, path: Path) -> AsyncGenerator[Transfer, None]:
        token = f"Bearer {self._api.token.get_secret_value()}"
        headers = {"Authorization": token} if self._hosts.trust(url) else {}
        transfer = Transfer(url, headers, path, self._tls)
        try:
            transfer.offset = await _unblocked(transfer, transfer.get_offset)
            yield transfer
        finally:
            transfer.close()

    async def _chunk(self, transfer: Transfer) -> None:
        """Send until more has arrived than before.

        Raises:
            PlaybackBusy: It did not, several times.
        """
        before = transfer.offset
        for attempt in range(1, _TRIES + 1):
            try:
                await _unblocked(transfer, transfer.upload_chunk)
            except PlaybackBusy as error:
                if isinstance(error, TooSlow):
                    transfer.shrink()
                if attempt == _TRIES:
                    raise
                await asyncio.sleep(self._pause * attempt)
                with suppress(PlaybackBusy):
                    transfer.offset = await _unblocked(transfer, transfer.get_offset)
            if transfer.offset > before:
                return
            before = transfer.offset
        raise PlaybackBusy("Cloudflare takes the bytes and keeps none; it goes on later.")

    async def _watching(self, uid: str, addresses: Addresses) -> Watching:
        token = await self._token(uid)

        def signed(url: str) -> str:
            return url.replace(uid, token)

        return Watching(
            hls=signed(addresses.hls),
            iframe=re.sub("/watch$", "/iframe", signed(addresses.page)),
            thumbnail=signed(addresses.thumbnail),
            preview=re.sub(r"thumbnail\.jpg$", _PREVIEW, signed(addresses.thumbnail)),
            mp4=self._ready_mp4(uid, token, await self._download(uid)),
        )

    async def _token(self, uid: str) -> str:
        body = {"exp": int(time.time()) + WATCH_SECONDS, "downloadable": True}
        token = (await self._api.call("POST", f"stream/{uid}/token", body)).get("token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise PlaybackBusy("Cloudflare did not sign the address of the video.")
        return token

    async def _download(self, uid: str) -> dict[str, Any]:
        """How it stands with the video as one file; empty where nobody asked for it."""
        try:
            told = (await self._api.call("GET", f"stream/{uid}/downloads")).get("default")
        except NoSuchVideo:
            return {}
        return told if isinstance(told, dict) else {}

    def _ready_mp4(self, uid: str, token: str, download: dict[str, Any]) -> str:
        url = str(download.get("url") or "")
        is_ready = download.get("status") == "ready" and self._hosts.allow(url)
        return url.replace(uid, token) if is_ready else ""


async def _unblocked(transfer: Transfer, function: Callable[[], Result]) -> Result:
    """Do something in a thread; when this is cancelled, the thread is done as well."""
    working = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        transfer.stop()
        await asyncio.wait([working])
        working.exception()
        raise


def _longest(size_bytes: int) -> int:
    """How many seconds a file may last: so many minutes are reserved until it has arrived."""
    least, most = _SECONDS
    return min(most, max(least, size_bytes * 8 // _LEAST_BITS_A_SECOND))


def _base64(text: str) -> str:
    return b64encode(text.encode(errors="replace")).decode()
