"""Films for browsers: what `/r/TOKEN` opens, for as long as the film is kept.

A film that lies on this machine is sent, in whole or in ranges. One that is only in the bucket is
reached by a redirect to an address made just then: those live shortly, and links in a chat do not.
`?inline` shows a film instead of saving it.
"""

import asyncio
import os
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.jobs.shelf import Shelf
from bot.ports import RenderRecord, Renders, StoreFailed
from bot.web.links import SignedLinks

_LINK_SECONDS = 3600
_PATIENCE_SECONDS = 10
_GONE = "This film is not kept any more; it can be rendered again in the chat."
_AWAY = "This film cannot be reached just now; try again in a minute."


class FilmPages:
    """The route to films; `shelf` is where they are kept besides this machine, if anywhere."""

    def __init__(self, links: SignedLinks, renders: Renders, shelf: Shelf | None) -> None:
        self._links = links
        self._renders = renders
        self._shelf = shelf

    @property
    def routes(self) -> list[Route]:
        """To be mounted on a server; GET and HEAD."""
        return [Route("/r/{token}", self._film, methods=["GET"])]

    async def _film(self, request: Request) -> Response:
        record = await self._renders.find(self._links.film_of(request.path_params["token"]))
        if record is None or record.state != "done" or record.path is None:
            raise HTTPException(HTTPStatus.GONE, _GONE)
        name = None if "inline" in request.query_params else _name(record)
        if about := await asyncio.to_thread(_here, record):
            return _file(record, about, name)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                there = await self._shelf.link(record, name, _LINK_SECONDS) if self._shelf else None
        except (StoreFailed, TimeoutError):
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, _AWAY) from None
        if there is None:
            raise HTTPException(HTTPStatus.GONE, _GONE)
        return RedirectResponse(there, HTTPStatus.FOUND)


def _name(record: RenderRecord) -> str:
    suffix = "gif" if record.preset == "gif" else "mp4"
    return f"chatkut-{record.revision}-{record.preset}.{suffix}"


def _here(record: RenderRecord) -> os.stat_result | None:
    try:
        return record.path.stat() if record.path else None
    except OSError:
        return None


def _file(record: RenderRecord, about: os.stat_result, name: str | None) -> Response:
    shown = "inline" if name is None else f'attachment; filename="{name}"'
    return FileResponse(
        record.path or "",
        headers={"content-disposition": shown, "cache-control": "private, max-age=3600"},
        media_type="image/gif" if record.preset == "gif" else "video/mp4",
        stat_result=about,
    )
