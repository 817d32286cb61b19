"""What Stream tells of a video, read with all its moods.

Numbers come as text, unknown ones as -1, errors under two names, and new states come up now and
then.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from bot.adapters.media.stream.api import checked_uid
from bot.ports import Addresses, Video, VideoState

_STATES: Mapping[str, VideoState] = {
    "pendingupload": "coming",
    "downloading": "coming",
    "queued": "encoding",
    "inprogress": "encoding",
    "ready": "ready",
    "error": "error",
}

_UNFETCHED = "ERR_FETCH_ORIGIN_ERROR"
_ERRORS: Mapping[str, str] = {
    "ERR_NON_VIDEO": "Cloudflare Stream finds no video in the file.",
    "ERR_DURATION_EXCEED_CONSTRAINT": "The video is longer than was allowed for it.",
    _UNFETCHED: (
        "Cloudflare could not fetch the file from where it lies: check that the bucket is reached "
        "from the internet."
    ),
    "ERR_MALFORMED_VIDEO": "Cloudflare Stream cannot read the video: the file may be damaged.",
    "ERR_DURATION_TOO_SHORT": "The video is shorter than a tenth of a second.",
}
_UNKNOWN = "Cloudflare Stream could not make the video playable, and did not say why."


def video_of(told: Any, allow: Callable[[str], bool]) -> Video:
    """Read a video; of its addresses those that are allowed.

    Raises:
        PlaybackBusy: It is not a video.
    """
    video = told if isinstance(told, Mapping) else {}
    status = _object(video.get("status"))
    state = _state(status.get("state"), video.get("readyToStream"))
    percent = number(status.get("pctComplete"))
    return Video(
        uid=checked_uid(video.get("uid")),
        state=state,
        fraction=min(1, percent / 100) if "pctComplete" in status else float(state == "ready"),
        seconds=number(video.get("duration")),
        size_bytes=int(number(video.get("size"))),
        addresses=_addresses(video, allow),
        error=_ERRORS.get(_code(status), _UNKNOWN) if state == "error" else "",
        is_unfetched=state == "error" and _code(status) == _UNFETCHED,
    )


def _state(told: object, is_playable: object) -> VideoState:
    if isinstance(told, str) and told in _STATES:
        return _STATES[told]
    return "ready" if is_playable is True else "encoding"


def _addresses(video: Mapping[str, Any], allow: Callable[[str], bool]) -> Addresses:
    found = (
        _object(video.get("playback")).get("hls"),
        video.get("preview"),
        video.get("thumbnail"),
    )
    return Addresses(*(url if isinstance(url, str) and allow(url) else "" for url in found))


def _code(status: Mapping[str, Any]) -> str:
    return str(status.get("errorReasonCode") or status.get("errReasonCode"))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def number(value: object) -> float:
    """A number as it is told, 0 where it is not known."""
    try:
        number = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0
