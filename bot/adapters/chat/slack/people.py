"""Who people are: what they are called, and how they belong to the workspace.

https://docs.slack.dev/reference/objects/user-object
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.chat.slack.api import SlackApi
from bot.adapters.chat.slack.words import unescaped
from bot.ports import ChatBusy, ChatRefused

_KEPT = 2000
_FRESH_SECONDS = 600
"""Whoever becomes a guest, or is an admin no more, is known as such after this."""
_PATIENCE_SECONDS = 1.5
"""Slack wants to hear within three seconds that a message was taken."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: `external` are guests and people of other workspaces (Slack Connect)."""

    name: str
    external: bool = False
    admin: bool = False


class People:
    """People of `team` and its guests by user id, asked of Slack and kept for a while."""

    def __init__(
        self, api: SlackApi, team: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._team = team
        self._clock = clock
        self._known: dict[str, tuple[float, Person]] = {}

    async def person(self, user: str) -> Person:
        """Who this is; where Slack does not tell in time, nobody who may spend money."""
        at, known = self._known.get(user, (0.0, None))
        if known is not None and self._clock() - at < _FRESH_SECONDS:
            return known
        try:
            found = await self._asked(user)
        except (ChatBusy, ChatRefused, TimeoutError) as error:
            _log.warning("Slack did not tell who %s is: %s", user, error)
            return Person(user, external=True)
        self._keep(user, found)
        return found

    async def all(self, users: Iterable[str]) -> Mapping[str, Person]:
        """Several people."""
        asked = tuple(users)
        return dict(zip(asked, await asyncio.gather(*map(self.person, asked)), strict=True))

    async def _asked(self, user: str) -> Person:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await self._api.call(self._api.client.users_info, user=user)
        told: Mapping[str, Any] = answer["user"]
        external = _is_guest(told) or self._team not in _teams(told)
        manages = bool(told.get("is_admin") or told.get("is_owner"))  # their own workspace
        return Person(_name(told) or user, external, manages and not external)

    def _keep(self, user: str, person: Person) -> None:
        self._known.pop(user, None)
        self._known[user] = (self._clock(), person)
        if len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]


def _name(told: Mapping[str, Any]) -> str:
    profile = told.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), told.get("name"))
    return " ".join(unescaped(next(filter(None, names), "")).split())


def _is_guest(told: Mapping[str, Any]) -> bool:
    guest = ("is_restricted", "is_ultra_restricted", "is_stranger")
    return any(told.get(flag) for flag in guest)


def _teams(told: Mapping[str, Any]) -> frozenset[str]:
    """The workspaces that somebody is of: in an Enterprise organisation, several."""
    of_organisation = (told.get("enterprise_user") or {}).get("teams") or ()
    return frozenset({told.get("team_id", ""), *of_organisation})
