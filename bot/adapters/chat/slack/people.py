"""What people are called."""

import asyncio
import logging
from collections.abc import Iterable, Mapping

from bot.adapters.chat.slack.api import SlackApi
from bot.adapters.chat.slack.words import unescaped
from bot.ports import ChatBusy, ChatRefused

_KEPT = 2000
_PATIENCE_SECONDS = 1.5
"""Slack wants to hear within three seconds that a message was taken."""

_log = logging.getLogger(__name__)


class People:
    """Names by user id, asked of Slack and kept for a while."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._names: dict[str, str] = {}

    async def name(self, user: str) -> str:
        """The name that people see; the id where Slack does not tell in time."""
        if user not in self._names:
            try:
                self._keep(user, await self._asked(user))
            except (ChatBusy, ChatRefused, TimeoutError) as error:
                _log.warning("Slack did not tell who %s is: %s", user, error)
                return user
        return self._names[user]

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        """The names of several people."""
        asked = tuple(users)
        return dict(zip(asked, await asyncio.gather(*map(self.name, asked)), strict=True))

    async def _asked(self, user: str) -> str:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await self._api.call(self._api.client.users_info, user=user)
        profile = answer["user"].get("profile") or {}
        known = (profile.get("display_name"), profile.get("real_name"), answer["user"].get("name"))
        return " ".join(unescaped(next(filter(None, known), user)).split())

    def _keep(self, user: str, name: str) -> None:
        self._names[user] = name
        if len(self._names) > _KEPT:
            del self._names[next(iter(self._names))]
