"""Has Stream tell us when a video is ready. An account has one such webhook, for everybody."""

import asyncio
import logging
from typing import Any

from bot.adapters.media.stream.api import StreamApi
from bot.adapters.media.stream.webhooks import STREAM_PATH
from bot.ports import NoSuchVideo, PlaybackBusy, PlaybackRefused

_log = logging.getLogger("chatkut.stream")

_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 300.0
_IS_ASKED = "Stream is asked now and then instead, which takes a little longer."


async def subscribed(api: StreamApi, public_url: str, pause_seconds: float = _PAUSE_SECONDS) -> str:
    """Be told of events, tried until Cloudflare answers; the secret with which they are signed.

    It is "" where events go elsewhere, or Cloudflare refuses. Setting an address makes a new
    secret, so that is only done where it is not set already.
    """
    while True:
        try:
            return await _subscribed(api, public_url)
        except PlaybackBusy as error:
            _log.warning("Stream's webhook is not set up yet: %s", error)
        except PlaybackRefused as error:
            _log.warning("Stream's webhook cannot be set up: %s %s", error, _IS_ASKED)
            return ""
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)


async def _subscribed(api: StreamApi, public_url: str) -> str:
    ours, told = f"{public_url}{STREAM_PATH}", await _present(api)
    address = str(told.get("notificationUrl") or "")
    if address and not address.endswith(STREAM_PATH):
        _log.warning(
            "Stream's webhook leads to another program and is left alone. %s To have it lead here, "
            "delete it at Cloudflare and start ChatKut again.",
            _IS_ASKED,
        )
        return ""
    if address != ours:
        told = await api.call("PUT", "stream/webhook", {"notificationUrl": ours})
        _log.info("Stream's webhook leads here now")
    return str(told.get("secret") or "")


async def _present(api: StreamApi) -> Any:
    try:
        return await api.call("GET", "stream/webhook")
    except NoSuchVideo:  # there is none yet
        return {}
