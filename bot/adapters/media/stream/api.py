"""Cloudflare's API as far as Stream needs it: one client, and its errors in our words.

https://developers.cloudflare.com/api/resources/stream/
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard

import httpx
from pydantic import SecretStr

from bot.ports import NoSuchVideo, PlaybackBusy, PlaybackRefused

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole addresses

API_URL = "https://api.cloudflare.com/client/v4/"
_TIMEOUT = httpx.Timeout(30, connect=10)
_ACCOUNT = re.compile("[0-9a-f]{32}")
_UID = re.compile("[A-Za-z0-9]{1,64}")
_SAID_CHARACTERS = 200

Method = Literal["GET", "POST", "PUT", "DELETE"]


class StreamApi:
    """Calls for one account. The token goes to the API's host and is never part of an error.

    Raises:
        PlaybackRefused: The account's id has not the form of one.
    """

    def __init__(self, account_id: str, token: SecretStr, url: str = API_URL) -> None:
        if not _ACCOUNT.fullmatch(account_id):
            raise PlaybackRefused(
                "CHATKUT_STREAM_ACCOUNT_ID is not the id of an account: that has 32 digits and "
                "letters from a to f, and stands in the address of Cloudflare's dashboard."
            )
        self.token = token
        self.url = url
        self._account = account_id
        self._client = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/accounts/{account_id}/",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            timeout=_TIMEOUT,
            trust_env=False,
            verify=httpx.create_ssl_context(),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def call(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call and return `result`; where there is none, an empty object.

        Raises:
            PlaybackBusy: Nothing was done, or nobody knows; again may help.
            NoSuchVideo: There is no such thing.
            PlaybackRefused: It will not be done.
        """
        response = await self.answer(method, path, body=body)
        try:
            document = response.json() if response.content else {}
            return document.get("result") or {}
        except (ValueError, AttributeError) as error:
            raise PlaybackBusy("Cloudflare's answer cannot be understood.") from error

    async def answer(
        self,
        method: Method,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Call and return the whole answer; raises what `call` does."""
        response = await self._sent(method, path, body, headers)
        if not response.is_success:
            raise refusal(response.status_code, said(response))
        return response

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> httpx.Response:
        """Ask the GraphQL API, and return its answer, also where that is an error.

        The variable `account` is given besides these.

        Raises:
            PlaybackBusy: There is no answer.
        """
        body = {"query": query, "variables": {"account": self._account, **variables}}
        return await self._sent("POST", f"{self.url.rstrip('/')}/graphql", body)

    async def _sent(
        self,
        method: Method,
        path: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return await self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            reason = "did not answer" if isinstance(error, httpx.ReadTimeout) else "is not reached"
            raise PlaybackBusy(f"Cloudflare's API {reason}; try again later.") from error


def is_uid(uid: object) -> TypeGuard[str]:
    """Whether something that comes from outside can be a uid."""
    return isinstance(uid, str) and _UID.fullmatch(uid) is not None


def checked_uid(uid: object) -> str:
    """A uid as it comes from outside, which becomes a part of paths.

    Raises:
        PlaybackBusy: It is none.
    """
    if not is_uid(uid):
        raise PlaybackBusy("Cloudflare did not tell the id of the video.")
    return uid


def refusal(status: int, said: str = "") -> PlaybackBusy | PlaybackRefused:
    """What to raise for an answer that is no success; `said` is what Cloudflare says of it."""
    because = f" ({said})" if said else ""
    match status:
        case 401 | 403:
            return PlaybackRefused(
                f"Cloudflare does not accept the token{because}: make one with the permission "
                "“Stream: Edit” for this account, and set CHATKUT_STREAM_API_TOKEN."
            )
        case 404 | 410:
            return NoSuchVideo(f"Cloudflare Stream has no such video{because}.")
        case 413:
            return PlaybackRefused(
                f"Cloudflare Stream has no room for it{because}: a file has at most 30 GB, and the "
                "account needs stored minutes; buy more in the dashboard, or remove videos."
            )
        case 429:
            return PlaybackBusy(
                f"Cloudflare Stream has too much to do for this account{because}; it goes on later."
            )
        case 408 | 409 | 423 | 425:
            return PlaybackBusy(f"Cloudflare Stream was interrupted{because}; it goes on later.")
        case _ if status >= 500:
            return PlaybackBusy(f"Cloudflare Stream has trouble ({status}){because}.")
        case _:
            return PlaybackRefused(f"Cloudflare Stream refuses this ({status}){because}.")


def said(response: httpx.Response) -> str:
    """What the first error of an answer says, fit for a sentence."""
    try:
        first = response.json()["errors"][0]
        code = f"{first['code']}: " if "code" in first else ""  # GraphQL has none
        text = f"{code}{first['message']}"
    except (ValueError, LookupError, TypeError):
        return ""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown[:_SAID_CHARACTERS].rstrip(".")
