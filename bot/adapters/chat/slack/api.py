"""Slack's Web API: the client of a workspace, and its errors in our words.

Errors: https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ports import ChatBusy, ChatRefused, PostUnknown

URL = "https://slack.com/api/"
_TIMEOUT_SECONDS = 20

_GONE = "That message is no longer in Slack."
_TOKEN = "Slack does not accept ChatKut's bot token: reinstall the app and set its new token."  # noqa: S105
_FORBIDDEN = "The workspace does not let ChatKut post here: ask an admin of the workspace."
_REFUSALS: Mapping[str, str] = {
    "channel_not_found": "Slack has no such channel, or ChatKut is not in it: /invite it there.",
    "not_in_channel": "ChatKut is not in this Slack channel: /invite it there.",
    "is_archived": "This Slack channel is archived: unarchive it to go on.",
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "message_not_found": _GONE,
    "thread_not_found": _GONE,
    "cant_update_message": _GONE,
    "edit_window_closed": _GONE,
    "restricted_action": _FORBIDDEN,
    "restricted_action_read_only_channel": _FORBIDDEN,
    "restricted_action_thread_only_channel": _FORBIDDEN,
    "no_permission": _FORBIDDEN,
    "user_not_in_channel": "Whom this is for is not in this Slack channel.",
}
REPAIRABLE = frozenset({*(c for c, says in _REFUSALS.items() if says is _TOKEN), "missing_scope"})
"""Refusals that end when somebody corrects the settings."""
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_PASSING = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})
_HALFWAY = frozenset({"internal_error", "fatal_error"})
"""Slack stopped somewhere: it may have done what it was asked."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in a workspace. `scopes` are those that were granted."""

    team: str
    team_name: str
    user: str
    bot: str
    scopes: frozenset[str]


class SlackRefusal(ChatRefused):
    """A refusal, with Slack's own word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Workspaces(Protocol):
    """The workspaces that ChatKut is installed in."""

    @property
    def base_url(self) -> str:
        """Where Slack's Web API is."""
        ...

    async def of(self, team: str) -> "SlackApi":
        """The API of a workspace, with a token that is good for a while.

        Raises:
            ChatRefused: ChatKut is not installed there.
            ChatBusy: Slack does not renew the token just now.
            StoreFailed: The tokens cannot be read.
        """
        ...

    async def forget(self, team: str, told_at: float) -> None:
        """ChatKut was taken out of a workspace; `told_at` is when, in Unix seconds."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class SlackApi:
    """Calls on behalf of one workspace. No call is repeated here: that is the outbox's business.

    Alone it is all `Workspaces` that there are: the one whose token was set.
    """

    def __init__(self, token: SecretStr, base_url: str = URL) -> None:
        self.token = token
        self.client = AsyncWebClient(
            token.get_secret_value(), base_url, timeout=_TIMEOUT_SECONDS, retry_handlers=[]
        )
        self._identity: Identity | None = None

    async def call(
        self,
        method: Callable[..., Awaitable[AsyncSlackResponse]],
        *,
        once: bool = False,
        **arguments: Any,
    ) -> AsyncSlackResponse:
        """Call a method of `client`; `once` where people would see it if it was done twice.

        Raises:
            ChatBusy: Nothing was done.
            SlackRefusal: It will never be done.
            PostUnknown: With `once`: it may have been done.
        """
        lost = PostUnknown if once else ChatBusy
        self._connect()
        try:
            return await method(**arguments)
        except SlackApiError as error:
            raise _trouble(error, lost) from error
        except aiohttp.ClientConnectorError as error:
            raise ChatBusy("Slack cannot be reached just now.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise lost("Slack did not answer.") from error

    async def identity(self) -> Identity:
        """Ask who the token is; asked once for each.

        Raises:
            ChatBusy: Slack cannot tell just now.
            SlackRefusal: The token is not valid.
        """
        if self._identity is None:
            answer = await self.call(self.client.auth_test)
            granted = answer.headers.get("x-oauth-scopes", "")
            self._identity = Identity(
                team=answer["team_id"],
                team_name=answer.get("team", ""),
                user=answer["user_id"],
                bot=answer.get("bot_id", ""),
                scopes=frozenset(filter(None, (scope.strip() for scope in granted.split(",")))),
            )
        return self._identity

    @property
    def base_url(self) -> str:
        return self.client.base_url

    async def of(self, _team: str) -> "SlackApi":
        return self

    async def forget(self, _team: str, _told_at: float) -> None:
        """The token was set by hand, and can only be taken away by hand."""

    def renew(self, token: SecretStr) -> None:
        """Speak with another token from now on; it may be somebody else's."""
        if token != self.token:
            self._identity = None
        self.token = token
        self.client.token = token.get_secret_value()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections to Slack."""
        return self._connect()

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self.client.session is not None:
            await self.client.session.close()

    def _connect(self) -> aiohttp.ClientSession:
        session = self.client.session
        if session is None or session.closed:
            timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
            session = self.client.session = aiohttp.ClientSession(timeout=timeout)
        return session


async def pages(
    ask: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any
) -> AsyncIterator[AsyncSlackResponse]:
    """All pages of what Slack tells in several."""
    cursor = None
    while cursor != "":
        page = await ask(cursor=cursor, **arguments)
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""


def _trouble(
    error: SlackApiError, lost: type[ChatBusy] | type[PostUnknown]
) -> ChatBusy | ChatRefused | PostUnknown:
    answer = error.response
    if not isinstance(answer, AsyncSlackResponse):  # not even JSON
        return lost("Slack answered something unreadable.")
    code = str(answer.get("error") or "") if isinstance(answer.data, dict) else ""
    if answer.status_code == 429 or code in _LIMITED:
        seconds = answer.headers.get("Retry-After", "")
        return ChatBusy("Slack asked to wait.", float(seconds) if seconds.isdigit() else 0)
    if code in _PASSING:
        return ChatBusy("Slack cannot do this just now.")
    if code in _HALFWAY or answer.status_code >= 500:
        return lost(f"Slack is in trouble ({code or answer.status_code}).")
    if "invalid slack file" in str(answer.get("errors", "")):
        return ChatBusy("Slack is not done with a picture yet.", 2)
    return SlackRefusal(_refusal(code, answer), code)


def _refusal(code: str, answer: AsyncSlackResponse) -> str:
    if code == "missing_scope":
        needed = answer.get("needed", "another")
        return (
            f"ChatKut's Slack app lacks the scope {needed}: add it under “OAuth & Permissions” "
            "and install the app again."
        )
    if code in _REFUSALS:
        return _REFUSALS[code]
    return f"Slack refused this ({code or 'no reason given'})."
