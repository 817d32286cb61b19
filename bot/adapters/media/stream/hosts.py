"""Where bytes and the token may go: the API says where to upload, and could say anything."""

from collections.abc import Collection

import httpx

from bot.ports import PlaybackRefused

_UPLOADS = ("cloudflare.com", "cloudflarestream.com", "videodelivery.net")
_TRUSTED = ("cloudflare.com",)


class Hosts:
    """The origin of the API, Cloudflare's own hosts over TLS, and the origins in `also`."""

    def __init__(self, api_url: str, also: Collection[str] = ()) -> None:
        self._api = _origin(httpx.URL(api_url))
        self._also = {_origin(httpx.URL(url)) for url in also}

    def allow(self, url: str) -> bool:
        """Whether an address is one where videos are taken or played."""
        parsed = _parsed(url)
        if parsed is None:
            return False
        return _origin(parsed) in {self._api, *self._also} or _is_below(parsed, _UPLOADS)

    def trust(self, url: str) -> bool:
        """Whether the token may go there."""
        parsed = _parsed(url)
        return parsed is not None and (_origin(parsed) == self._api or _is_below(parsed, _TRUSTED))

    def located(self, base: httpx.URL, location: str) -> str:
        """Where a `Location` leads; raises what `refuse` does."""
        try:
            url = str(base.join(location))
        except (httpx.InvalidURL, ValueError):
            url = ""
        self.refuse(url)
        return url

    def refuse(self, url: str) -> None:
        """Look whether an address is allowed.

        Raises:
            PlaybackRefused: It is not.
        """
        if not self.allow(url):
            raise PlaybackRefused(
                "Cloudflare wants the video to be sent to a host that is none of Cloudflare's: "
                "nothing was sent. Check CHATKUT_STREAM_API_URL."
            )


def _parsed(url: str) -> httpx.URL | None:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None
    return None if parsed.userinfo or not parsed.host else parsed


def _is_below(url: httpx.URL, names: Collection[str]) -> bool:
    named = any(url.host == name or url.host.endswith(f".{name}") for name in names)
    return named and url.scheme == "https" and url.port is None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
