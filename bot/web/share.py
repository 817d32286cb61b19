"""The share page: film, timeline, clips and history of one channel, for whoever has its link.

/s/TOKEN                               the page
/s/TOKEN/player                        the film alone, for chats that show it within a message
/s/TOKEN/captions                      what is spoken in the film, where captions are made
/s/TOKEN/thumbs/SHA256/SIGNED/PERCENT  a small picture of a clip on the page, at some moment

A picture's address is signed, so that nothing has to be looked up to know that it may be seen: a
page has dozens.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial
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
from bot.web.captions import Captions
from bot.web.links import SignedLinks
from bot.web.pages import page
from bot.web.share_view import Film, film_of, view_of

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:-]+")
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
    captions: Captions | None = None


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
            Route("/s/{token}/captions", self._captions),
            Route("/s/{token}/thumbs/{sha256}/{signature}/{percent:int}", self._thumb),
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
            {"media-src": self._media, "img-src": _sources(composed.watch)},
            view=view_of(composed.shown, history, spent, composed.film),
            pictures=cache(partial(self._links.picture, token)),
            revision=composed.shown.revision,
            watch=composed.watch,
            token=token,
            spoken=composed.spoken,
        )

    async def _player(self, request: Request) -> Response:
        channel = self._links.shared_by(request.path_params["token"])
        head, record = await self._present(channel)
        if record is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no film yet.")
        policy = {"media-src": self._media, "frame-ancestors": "https:"}
        return page("player.html", policy, film=self._offered(record, head))

    async def _captions(self, request: Request) -> Response:
        channel = self._links.shared_by(request.path_params["token"])
        film, captions = await self._film(channel), self._shown.captions
        if film is None or captions is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There are no captions.")
        return Response(await captions.of(film), media_type="text/vtt")

    async def _thumb(self, request: Request) -> Response:
        wanted = request.path_params
        self._links.refuse_other_picture(wanted["token"], wanted["sha256"], wanted["signature"])
        return FileResponse(
            await self._thumb_file(wanted["sha256"], wanted["percent"]),
            headers={"cache-control": "private, max-age=86400, immutable"},
            media_type="image/jpeg",
        )

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
        watch, spoken = await asyncio.gather(
            self._watched(shown.comp.clips.values()), self._spoken(record)
        )
        return _Composed(shown, film, watch, spoken)

    async def _present(self, channel: str) -> tuple[Head, RenderRecord | None]:
        """The composition as it is now, and the film that is shown."""
        return await asyncio.gather(self._shown.conversations.head(channel), self._film(channel))

    async def _spoken(self, film: RenderRecord | None) -> str:
        """The language that a film has captions in, if it has."""
        captions = self._shown.captions
        if film is None or captions is None or not await captions.are_offered(film):
            return ""
        return captions.language

    async def _watched(self, clips: Iterable[Clip]) -> Mapping[str, Watching]:
        """Where clips can be watched, by SHA-256; only of those that are told of in time."""
        videos = [clip.sha256 for clip in clips if clip.kind == "video"]
        found = await asyncio.gather(*map(self._watching, videos))
        return {
            sha256: each for sha256, each in zip(videos, found, strict=True) if each and each.iframe
        }

    async def _watching(self, sha256: str) -> Watching | None:
        if self._shown.playback is None:
            return None
        try:
            async with asyncio.timeout(_WATCH_PATIENCE_SECONDS):
                return await self._shown.playback.watch(f"clip:{sha256}")
        except (PlaybackBusy, PlaybackRefused, TimeoutError):
            return None

    async def _film(self, channel: str) -> RenderRecord | None:
        """The newest film that can be played."""
        films = await self._shown.renders.past("done", channel)
        return next(filter(is_played, films), None)

    async def _revision(self, head: Head, film: RenderRecord | None) -> Head:
        """What the film shows, so that a click on the timeline finds its place in the film."""
        if film is None or film.revision == head.revision:
            return head
        return await self._shown.conversations.at(film.channel, film.revision)

    def _offered(self, record: RenderRecord, head: Head) -> Film:
        return film_of(record, self._links.film(record.id), head)


def _sources(watch: Mapping[str, Watching]) -> str:
    """Where pictures come from: from here, and from where clips play, which move."""
    found = map(_ORIGIN.match, {each.preview for each in watch.values()})
    return " ".join(["'self'", *sorted({origin[0] for origin in found if origin})])


def is_played(film: RenderRecord) -> bool:
    """Whether a film is played on the page: it is still kept, and no GIF."""
    return film.path is not None and film.preset != "gif"


@dataclass(frozen=True, slots=True)
class _Composed:
    """A composition with its film; `watch` is where its clips play, by SHA-256.

    `spoken` is the language of the film's captions, "" where it has none.
    """

    shown: Head
    film: Film | None
    watch: Mapping[str, Watching]
    spoken: str
