"""Whether the settings can work, for `chatkut doctor`."""

from datetime import date

from bot.adapters.media.stream.analytics import delivered
from bot.adapters.media.stream.api import StreamApi
from bot.ports import Finding, NoSuchVideo, PlaybackBusy, PlaybackRefused

_NAME = "Stream"


async def check(api: StreamApi) -> Finding:
    """Ask how much is stored, for which the token and the account must be right."""
    try:
        told = await api.call("GET", "stream/storage-usage")
    except PlaybackBusy as error:
        return Finding(_NAME, False, str(error), "Check the network; try later.")
    except NoSuchVideo:
        advice = "Copy CHATKUT_STREAM_ACCOUNT_ID from the address of Cloudflare's dashboard."
        return Finding(_NAME, False, "Cloudflare knows no such account", advice)
    except PlaybackRefused as error:
        return Finding(_NAME, False, str(error), "See docs/storage.md.")
    stored, most = _minutes(told, "totalStorageMinutes"), _minutes(told, "totalStorageMinutesLimit")
    text = f"{stored:g} of {most:g} minutes are stored"
    return Finding(_NAME, stored < most, text, "Buy more minutes at Cloudflare, or remove videos.")


async def check_minutes(api: StreamApi, day: date) -> Finding:
    """Ask how much was watched on a day; playing does without it, so it is never a failure."""
    name = "Stream minutes"
    try:
        minutes = await delivered(api, day)
    except (PlaybackBusy, PlaybackRefused) as error:
        return Finding(name, True, f"watched minutes are not booked: {error}")
    return Finding(name, True, f"{sum(minutes.values()):g} were watched on {day}")


def _minutes(told: dict[str, object], name: str) -> float:
    minutes = told.get(name)
    return float(minutes) if isinstance(minutes, int | float) else 0.0
