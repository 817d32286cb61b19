"""The books of playback: the minutes that the service stores, and those that were watched."""

import logging
from calendar import monthrange
from datetime import date, datetime, timedelta

from bot.ports import PlaybackBusy, PlaybackRefused, Publications, VideoService

log = logging.getLogger("chatkut.jobs")

_USD_PER_MINUTE_MONTH = 0.005
_USD_PER_MINUTE_WATCHED = 0.001
"""https://developers.cloudflare.com/stream/pricing/, as of 2026-11-22."""
_BOOKED_DAYS = 30
"""So long a service may have been off without a gap in the books; Stream tells of 90 days."""


class Minutes:
    """Books each day once, by channel; what cannot be booked now is booked another night."""

    def __init__(self, service: VideoService, publications: Publications) -> None:
        self._service = service
        self._publications = publications
        self._told = ""

    async def book(self, now: datetime) -> None:
        """Book the days before `now`."""
        days = [now.date() - timedelta(days=ago) for ago in range(1, _BOOKED_DAYS + 1)]
        for day in days:
            await self._publications.book(day, _USD_PER_MINUTE_MONTH * 1e6 / _days_of_month(day))
        try:
            for day in await self._publications.unbooked(days):
                await self._book_delivered(day)
            self._told = ""
        except (PlaybackBusy, PlaybackRefused) as error:
            self._tell(str(error))

    async def _book_delivered(self, day: date) -> None:
        minutes = await self._service.delivered(day)
        await self._publications.book_delivered(day, minutes, _USD_PER_MINUTE_WATCHED * 1e6)

    def _tell(self, why: str) -> None:
        """Log why, once: a permission that is missing is missing every night."""
        if why != self._told:
            log.warning("watched minutes are not booked: %s", why)
        self._told = why


def _days_of_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]
