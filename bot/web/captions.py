"""Captions of films: what is spoken in them, made by the service that plays them.

They are made when somebody first asks for them. What the service said is remembered for a while, so
that however many people look at a film, it is asked once.
"""

import asyncio
import logging
import time
from typing import Protocol

from bot.ports import PlaybackBusy, PlaybackRefused, Publication, RenderRecord

_log = logging.getLogger("chatkut.web")

_PATIENCE_SECONDS = 15
_KEPT_SECONDS = 6 * 3600.0
_ASKED_AGAIN_SECONDS = 20.0
_MOST_KEPT = 1000

_LATER = "Captions are being made: load this page again in a minute."
_NONE = "There are no captions of this film."


class Playback(Protocol):
    """What captions ask of `bot.ports.Playback`."""

    async def status(self, footage_key: str) -> Publication | None: ...

    async def captions(self, footage_key: str, language: str) -> str | None: ...


class Captions:
    """Captions of films in which one `language` is spoken."""

    def __init__(self, playback: Playback, language: str) -> None:
        self._playback = playback
        self.language = language
        self._kept: dict[str, tuple[float, str]] = {}

    async def are_offered(self, film: RenderRecord) -> bool:
        """Whether there are captions of a film, or they can be made."""
        published = await self._playback.status(_key(film))
        return published is not None and published.state == "ready"

    async def of(self, film: RenderRecord) -> str:
        """The captions as WebVTT; where there are none, that says why."""
        until, captions = self._kept.get(film.id, (0.0, ""))
        if until < time.monotonic():
            seconds, captions = await self._asked(film)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[film.id] = (time.monotonic() + seconds, captions)
        return captions

    async def _asked(self, film: RenderRecord) -> tuple[float, str]:
        """Captions, and for how many seconds they need not be asked for again."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                spoken = await self._playback.captions(_key(film), self.language)
        except (PlaybackBusy, PlaybackRefused, TimeoutError) as error:
            _log.warning("there are no captions of film %s: %s", film.id, error or "no answer")
            return _ASKED_AGAIN_SECONDS, _said(_NONE)
        return (_KEPT_SECONDS, spoken) if spoken else (_ASKED_AGAIN_SECONDS, _said(_LATER))


def _key(film: RenderRecord) -> str:
    return f"film:{film.id}"


def _said(sentence: str) -> str:
    """A sentence as a caption (https://www.w3.org/TR/webvtt1/)."""
    return f"WEBVTT\n\n00:00.000 --> 00:10.000\n{sentence}\n"
