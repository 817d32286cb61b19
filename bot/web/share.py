"""The share page: film, timeline, clips and history of one channel, for whoever has its link.

/s/TOKEN                        the page
/s/TOKEN/player                 the film alone, for chats that show it within a message
/s/TOKEN/thumbs/SHA256/PERCENT  a small picture of a clip of this composition, at some moment
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.engine.composition import Clip
from bot.engine.history import Entry
from bot.ports import (
    Damaged,
    Head,
    MediaFiles,
    PlaybackBusy,
    PlaybackRefused,
    RenderRecord,
    RenderState,
    Watching,
)
from bot.web.links import SignedLinks
from bot.web.pages import page
from bot.web.share_view import Film, film_of, view_of

_WATCH_PATIENCE_SECONDS = 1.5
"""The page does not wait longer for the service that plays clips."""


class Conversations(Protocol):
    """What the page asks of `bot.ports.Conversations`."""

    async def head(self, channel: str) -> Head: ...

    async def at(self, channel: str, revision: int) -> Head: ...

    async def history(self, channel: str) -> Sequence[Entry]: ...

    async def spent(self, channel: str, month: date) -> int: ...


class Renders(Protocol):
    """What the page asks of `bot.ports.Renders`."""

    async def past(
        self, state: RenderState, channel: str | None = None
    ) -> Sequence[RenderRecord]: ...


class Playback(Protocol):
    """What the page asks of `bot.ports.Playback`."""

    async def watch(self, footage_key: str) -> Watching | None: ...


class Thumbs(Protocol):
    """What the page asks of `bot.ports.MediaStore`."""

    async def looks(self, sha256: str) -> MediaFiles: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the page has its contents from; `playback` is where clips can be watched."""

    conversations: Conversations
    renders: Renders
    media: Thumbs
    playback: Playback | None = None


class SharePages:
    """The routes. `media_origins` are hosts that films may be played from besides this one."""

    def __init__(self, links: SignedLinks, shown: Shown, media_origins: Sequence[str] = ()) -> None:
        self._links = links
        self._shown = shown
        self._media = " ".join(("'self'", *media_origins))

    @property
    def routes(self) -> list[Route]:
        """To be mounted on a server."""
        return [
            Route("/s/{token}", self._page),
            Route("/s/{token}/player", self._player),
            Route("/s/{token}/thumbs/{sha256}/{percent:int}", self._thumb),
        ]

    async def _page(self, request: Request) -> Response:
        token = request.path_params["token"]
        channel = self._links.shared_by(token)
        month = datetime.now(UTC).date().replace(day=1)
        composed, history, spent = await asyncio.gather(
            self._composed(channel),
            self._shown.conversations.history(channel),
            self._shown.conversations.spent(channel, month),
        )
        # Thousands of items take a while, in which nobody else should wait.
        return await asyncio.to_thread(self._made, token, composed, history, spent)

    def _made(
        self, token: str, composed: "_Composed", history: Sequence[Entry], spent: int
    ) -> Response:
        return page(
            "share.html",
            {"media-src": self._media},
            view=view_of(composed.shown, history, spent, composed.film),
            token=token,
            revision=composed.shown.revision,
            watch=composed.watch,
        )

    async def _player(self, request: Request) -> Response:
        channel = self._links.shared_by(request.path_params["token"])
        head, record = await self._present(channel)
        if record is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no film yet.")
        policy = {"media-src": self._media, "frame-ancestors": "https:"}
        return page("player.html", policy, film=self._offered(record, head))

    async def _thumb(self, request: Request) -> Response:
        channel = self._links.shared_by(request.path_params["token"])
        sha256, percent = request.path_params["sha256"], request.path_params["percent"]
        if sha256 not in await self._pictures(channel):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return FileResponse(
            await self._thumb_file(sha256, percent),
            headers={"cache-control": "private, max-age=86400, immutable"},
            media_type="image/jpeg",
        )

    async def _pictures(self, channel: str) -> frozenset[str]:
        """The clips that the page may show: of the film, and of the present composition."""
        head, film = await self._present(channel)
        compositions = head.comp, (await self._revision(head, film)).comp
        return frozenset(clip.sha256 for comp in compositions for clip in comp.clips.values())

    async def _thumb_file(self, sha256: str, percent: int) -> Path:
        try:
            thumbs = (await self._shown.media.looks(sha256)).thumbs
        except Damaged:
            thumbs = ()
        if not thumbs or not 0 <= percent < 100:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return thumbs[percent * len(thumbs) // 100]

    async def _composed(self, channel: str) -> "_Composed":
        head, record = await self._present(channel)
        shown = await self._revision(head, record)
        film = None if record is None else self._offered(record, head)
        return _Composed(shown, film, await self._watched(shown.comp.clips.values()))

    async def _present(self, channel: str) -> tuple[Head, RenderRecord | None]:
        """The composition as it is now, and the film that is shown."""
        return await asyncio.gather(self._shown.conversations.head(channel), self._film(channel))

    async def _watched(self, clips: Iterable[Clip]) -> Mapping[str, str]:
        """Where clips can be watched, by SHA-256; only of those that are told of in time."""
        videos = [clip.sha256 for clip in clips if clip.kind == "video"]
        found = await asyncio.gather(*map(self._address, videos))
        return {sha256: url for sha256, url in zip(videos, found, strict=True) if url}

    async def _address(self, sha256: str) -> str:
        if self._shown.playback is None:
            return ""
        try:
            async with asyncio.timeout(_WATCH_PATIENCE_SECONDS):
                watching = await self._shown.playback.watch(f"clip:{sha256}")
        except (PlaybackBusy, PlaybackRefused, TimeoutError):
            return ""
        return watching.iframe if watching else ""

    async def _film(self, channel: str) -> RenderRecord | None:
        """The newest film that is still kept; a GIF cannot be played as one."""
        films = await self._shown.renders.past("done", channel)
        kept = (film for film in films if film.path is not None and film.preset != "gif")
        return next(kept, None)

    async def _revision(self, head: Head, film: RenderRecord | None) -> Head:
        """What the film shows, so that a click on the timeline finds its place in the film."""
        if film is None or film.revision == head.revision:
            return head
        return await self._shown.conversations.at(film.channel, film.revision)

    def _offered(self, record: RenderRecord, head: Head) -> Film:
        return film_of(record, self._links.film(record.id), head)


@dataclass(frozen=True, slots=True)
class _Composed:
    """A composition with its film; `watch` are addresses of its clips, by SHA-256."""

    shown: Head
    film: Film | None
    watch: Mapping[str, str]
