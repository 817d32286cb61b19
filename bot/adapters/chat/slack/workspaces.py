"""Several workspaces: the tokens that came of installing, renewed before they expire.

https://docs.slack.dev/authentication/using-token-rotation
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.slack.api import URL, SlackApi
from bot.ports import ChatBusy, ChatRefused

_FRESH_SECONDS = 60
"""Another process may have renewed a token, or somebody may have installed the app again."""

_log = logging.getLogger(__name__)


class Installations(Protocol):
    """Keeps what came of installing, for each workspace."""

    async def async_save(self, installation: Installation) -> None: ...

    async def async_save_bot(self, bot: Bot) -> None: ...

    async def bot(self, team: str) -> Bot | None:
        """The bot of a workspace."""
        ...

    async def teams(self) -> Sequence[str]:
        """The workspaces that ChatKut is installed in."""
        ...

    async def forget(self, team: str) -> None:
        """Delete everything that was kept of a workspace."""
        ...


@dataclass(frozen=True, slots=True)
class App:
    """What our app is known to Slack by, and where Slack's Web API is."""

    client_id: str
    client_secret: SecretStr
    base_url: str = URL


class InstalledWorkspaces:
    """The `Workspaces` of an app that is installed by OAuth, one `SlackApi` for each.

    No lock is held between processes while a token is renewed. A refresh token is good for one
    exchange: whoever comes second is refused, and finds what the first one has kept.
    """

    def __init__(
        self, app: App, installations: Installations, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self.installations = installations
        self._clock = clock
        self._rotator = AsyncTokenRotator(
            client=AsyncWebClient(base_url=app.base_url, timeout=10),
            client_id=app.client_id,
            client_secret=app.client_secret.get_secret_value(),
        )
        self._apis: dict[str, SlackApi] = {}
        self._read_at: dict[str, float] = {}
        self._unsaved: dict[str, Bot] = {}
        self._in_turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def base_url(self) -> str:
        return self.app.base_url

    async def of(self, team: str) -> SlackApi:
        # Whoever stops waiting does not stop a renewal: its token would be lost.
        return await asyncio.shield(self._current(team))

    async def install(self, installation: Installation) -> None:
        """Keep what came of installing; from now on that is what counts.

        Raises:
            StoreFailed: It is not kept.
        """
        await self.installations.async_save(installation)
        team = installation.team_id or ""
        self._unsaved.pop(team, None)
        self._read_at.pop(team, None)

    async def forget(self, team: str, told_at: float) -> None:
        bot = await self.installations.bot(team)
        # Events may come late: after the app was installed again.
        if bot is not None and bot.installed_at <= told_at + 1:
            await self.installations.forget(team)
            self._unsaved.pop(team, None)
            self._read_at.pop(team, None)
            _log.info("ChatKut was taken out of the Slack workspace %s", team)

    async def close(self) -> None:
        for turn in tuple(self._in_turn.values()):
            async with turn:  # what is being renewed is kept first
                pass
        for api in self._apis.values():
            await api.close()

    async def _current(self, team: str) -> SlackApi:
        async with self._in_turn[team]:
            read_at = self._read_at.get(team)
            if read_at is None or self._clock() - read_at > _FRESH_SECONDS:
                await self._read(team)
                self._read_at[team] = self._clock()
            return self._apis[team]

    async def _read(self, team: str) -> None:
        kept = self._unsaved.get(team) or await self.installations.bot(team)
        if kept is None:
            self._read_at.pop(team, None)
            raise ChatRefused("ChatKut is not installed in this Slack workspace: install it again.")
        bot = await self._renewed(team, kept)
        token = SecretStr(bot.bot_token)
        if team in self._apis:
            self._apis[team].renew(token)
        else:
            self._apis[team] = SlackApi(token, self.app.base_url)

    async def _renewed(self, team: str, kept: Bot) -> Bot:
        """A bot whose token is good for a while: this one, or with a new token that is kept."""
        try:
            new = await self._rotator.perform_bot_token_rotation(bot=kept)
        except (SlackTokenRotationError, aiohttp.ClientError, TimeoutError) as error:
            return await self._instead(team, kept, error)
        if new is not None:
            self._unsaved[team] = new  # if it cannot be kept now: Slack takes the old one no more
        if (unsaved := self._unsaved.get(team)) is not None:
            await self.installations.async_save_bot(unsaved)
            del self._unsaved[team]
        return new or kept

    async def _instead(self, team: str, kept: Bot, error: Exception) -> Bot:
        """What to go on with where Slack did not renew a token.

        Raises:
            ChatBusy: There is nothing that is still good.
        """
        other = await self.installations.bot(team)
        if other is not None and other.bot_refresh_token != kept.bot_refresh_token:
            return other  # of the process that was faster
        if (kept.bot_token_expires_at or 0) > time.time():
            _log.warning("Slack did not renew the token of %s, trying again: %s", team, error)
            return kept
        raise ChatBusy(
            "ChatKut's access to this Slack workspace has expired and cannot be renewed: if this "
            "stays so, install it again."
        ) from error
