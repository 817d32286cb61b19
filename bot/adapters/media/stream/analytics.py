"""How many minutes of videos were watched, by Cloudflare's GraphQL Analytics API.

https://developers.cloudflare.com/stream/getting-analytics/fetching-bulk-analytics/
https://developers.cloudflare.com/analytics/graphql-api/errors/
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx

from bot.adapters.media.stream.api import StreamApi, is_uid, said
from bot.adapters.media.stream.video import number
from bot.ports import PlaybackBusy, PlaybackRefused

_QUERY = """
query Delivered($account: string!, $day: Date) {
  viewer {
    accounts(filter: {accountTag: $account}) {
      streamMinutesViewedAdaptiveGroups(
        filter: {date: $day}, orderBy: [sum_minutesViewed_DESC], limit: 10000
      ) {
        dimensions { uid }
        sum { minutesViewed }
      }
    }
  }
}
"""
"""10,000 is the most that is told at once: the videos that were watched most."""

_MOST_MINUTES = 1e9
_PASSES = re.compile("try again|internal server error|too many|excessive", re.IGNORECASE)
_DENIED = re.compile("authorized|does not have access", re.IGNORECASE)


async def delivered(api: StreamApi, day: date) -> Mapping[str, float]:
    """Minutes that were watched on a day (UTC), by uid; for the last 90 days.

    Raises:
        PlaybackBusy: Cloudflare does not answer.
        PlaybackRefused: It does not tell us.
    """
    answer = await api.graphql(_QUERY, {"day": day.isoformat()})
    if not answer.is_success:
        raise _untold(answer)
    try:
        document = answer.json()
        if document.get("errors"):
            raise _untold(answer)
        (account,) = document["data"]["viewer"]["accounts"]
        return _minutes(account["streamMinutesViewedAdaptiveGroups"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise PlaybackBusy("Cloudflare's analytics cannot be understood.") from error


def _minutes(groups: list[Any]) -> Mapping[str, float]:
    """Minutes by uid, without what is no uid or no plausible number."""
    found: dict[str, float] = {}
    for group in groups:
        uid, minutes = group["dimensions"]["uid"], number(group["sum"]["minutesViewed"])
        if is_uid(uid) and minutes < _MOST_MINUTES:
            found[uid] = found.get(uid, 0) + minutes
    return found


def _untold(answer: httpx.Response) -> PlaybackBusy | PlaybackRefused:
    """What to raise for an error, which may also come with the status of a success."""
    why = said(answer)
    because = f" ({why})" if why else ""
    if answer.status_code == 429 or answer.is_server_error or _PASSES.search(why):
        return PlaybackBusy(f"Cloudflare's analytics have trouble{because}; try again later.")
    untold = f"Cloudflare does not tell how many minutes were watched{because}"
    if answer.status_code in (401, 403) or _DENIED.search(why):
        advice = "give the token the permission “Account Analytics: Read”, too."
        return PlaybackRefused(f"{untold}: {advice}")
    return PlaybackRefused(f"{untold}.")
