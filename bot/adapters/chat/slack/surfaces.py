"""Slack's places beside the conversation: App Home, first prompts, what the assistant is doing.

Nothing hangs on them: what fails here is logged and forgotten.
https://docs.slack.dev/surfaces/app-home https://docs.slack.dev/ai/developing-ai-apps
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from bot.adapters.chat.slack.api import Identity, SlackApi, pages
from bot.adapters.chat.slack.cards import Block, section
from bot.adapters.chat.slack.events import Payload
from bot.adapters.chat.slack.places import place_of
from bot.adapters.chat.slack.unfurl import Unfurler, unfurls
from bot.adapters.chat.slack.words import escaped, marked
from bot.engine.cost import dollars
from bot.engine.timebase import timecode
from bot.ports import AdapterError, ChatBusy, ChatRefused

_PROMPTS = (
    ("Trim a clip", "trim the first clip to 5 seconds"),
    ("Add a title", "add a title 'Day One' at the top for 4 seconds"),
    ("Show the timeline", "show the timeline"),
    ("What can I say?", "help"),
)
_WELCOME = (
    "Drop a clip in a channel that I am in, or in our direct messages, and say what you want: "
    "“trim it to 5 seconds”. I answer in the thread."
)
_YOURS = "*Where you talk to me*"
_STATUS = "is at the cutting table…"
_PATIENCE_SECONDS = 2.0
"""Slack tells again what was not acknowledged within three seconds."""
_STATUS_PATIENCE_SECONDS = 0.5
_BLOCKS = 100
_PAGE = 999

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """A channel's composition in short; `changed_at` is None while there was no edit."""

    channel: str
    seconds: float
    clips: int
    month_microusd: int
    changed_at: datetime | None = None
    changed_by: str = ""


class Home(Protocol):
    """What App Home tells a person."""

    async def works(self, team: str, user: str) -> Sequence[Work]:
        """Of the channels of a workspace in which this person has spoken, the latest first."""
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """Where the places beside the conversation have their contents from; None: they stay empty."""

    home: Home | None = None
    unfurler: Unfurler | None = None


class Surfaces:
    """Fills App Home, suggests first prompts and shows what links lead to."""

    def __init__(self, api: SlackApi, me: Identity, beside: Beside) -> None:
        self._api = api
        self._me = me
        self._beside = beside

    async def event(self, event: Payload) -> None:
        """Show what somebody opened; any other event is let pass."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._show(event)
        except (AdapterError, TimeoutError) as error:
            _log.warning("Slack did not take a view: %s", error)

    async def _show(self, event: Payload) -> None:
        match event:
            case {"type": "app_home_opened", "tab": "home", "user": str(user)}:
                await self._publish(user)
            case {"type": "assistant_thread_started", "assistant_thread": {} as thread}:
                await self._suggest(thread)
            case {"type": "link_shared", "user": str(user)} if user != self._me.user:
                await self._unfurl(event)

    async def thinking(self, channel: str, thread: str) -> None:
        """Show beneath a conversation that an answer comes; Slack takes it away with the answer.

        So this is for before it can come.
        """
        try:
            async with asyncio.timeout(_STATUS_PATIENCE_SECONDS):
                await self._api.call(
                    self._api.client.assistant_threads_setStatus,
                    channel_id=channel,
                    thread_ts=thread,
                    status=_STATUS,
                )
        except (ChatBusy, ChatRefused, TimeoutError) as error:
            _log.info("Slack shows no status: %s", error)

    async def _publish(self, user: str) -> None:
        home = self._beside.home
        works = await home.works(self._me.team, user) if home is not None else ()
        shared = await self._shared(user) if works else frozenset()
        view = {"type": "home", "blocks": home_blocks([w for w in works if _is_for(w, shared)])}
        await self._api.call(self._api.client.views_publish, user_id=user, view=view)

    async def _shared(self, user: str) -> frozenset[str]:
        """The channels in which we and this person are now."""
        listed = pages(
            partial(self._api.call, self._api.client.users_conversations),
            user=user,
            types="public_channel,private_channel,mpim",
            limit=_PAGE,
        )
        return frozenset([each["id"] async for page in listed for each in page["channels"]])

    async def _suggest(self, thread: Payload) -> None:
        await self._api.call(
            self._api.client.assistant_threads_setSuggestedPrompts,
            channel_id=thread["channel_id"],
            thread_ts=thread["thread_ts"],
            prompts=[{"title": title, "message": message} for title, message in _PROMPTS],
        )

    async def _unfurl(self, event: Payload) -> None:
        if self._beside.unfurler is not None:
            await unfurls(self._api, self._me.team, self._beside.unfurler, event)


def home_blocks(works: Sequence[Work]) -> list[Block]:
    """App Home; if there are too many channels, it says how many are left out."""
    texts = [_line(work) for work in works]
    most = _BLOCKS - 2
    if len(texts) > most:
        texts[most - 1 :] = [f"… and {len(texts) - most + 1} more."]
    return [section(text) for text in (marked(_WELCOME), *([_YOURS] if texts else []), *texts)]


def _is_for(work: Work, shared: frozenset[str]) -> bool:
    """Whether somebody who spoke in this channel once may still see it."""
    place = place_of(work.channel)
    return place.is_direct or place.channel in shared


def _line(work: Work) -> str:
    place = place_of(work.channel)
    # Slack itself shows the name of a channel only to those who may see it.
    name = "Our direct messages" if place.is_direct else f"<#{place.channel}>"
    clips = f"{work.clips} clip{'' if work.clips == 1 else 's'}"
    parts = [name, f"{timecode(work.seconds)} long", clips]
    if work.changed_at is not None:
        parts.append(f"last change {_moment(work.changed_at)} by {escaped(work.changed_by)}")
    return " · ".join([*parts, f"{dollars(work.month_microusd)} this month"])


def _moment(at: datetime) -> str:
    """A moment in the reader's own time zone."""
    shown = "{date_short_pretty}, {time}"
    return f"<!date^{at.timestamp():.0f}^{shown}|{at:%d %b %Y}>"
