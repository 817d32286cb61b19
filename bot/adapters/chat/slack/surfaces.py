"""Slack's places beside the conversation: App Home, first prompts, what the assistant is doing.

Nothing hangs on them: what fails here is logged and forgotten.
https://docs.slack.dev/surfaces/app-home https://docs.slack.dev/ai/developing-ai-apps
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from bot.adapters.chat.slack.api import SlackApi
from bot.adapters.chat.slack.cards import Block
from bot.adapters.chat.slack.events import Payload
from bot.adapters.chat.slack.words import marked, pieces
from bot.ports import ChatBusy, ChatRefused

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
_STATUS = "is at the cutting table…"
_PATIENCE_SECONDS = 0.5
_BLOCKS = 100
_SECTION = 3000

_log = logging.getLogger(__name__)


class Home(Protocol):
    """What App Home tells a person."""

    async def lines(self, user: str) -> Sequence[str]:
        """A paragraph each, such as a channel's composition, or this month's cost."""
        ...


class Surfaces:
    """Fills App Home and suggests first prompts."""

    def __init__(self, api: SlackApi, home: Home | None = None) -> None:
        self._api = api
        self._home = home

    async def event(self, event: Payload) -> None:
        """Show what somebody opened; any other event is let pass."""
        try:
            match event:
                case {"type": "app_home_opened", "tab": "home", "user": str(user)}:
                    await self._publish(user)
                case {"type": "assistant_thread_started", "assistant_thread": {} as thread}:
                    await self._suggest(thread)
        except (ChatBusy, ChatRefused) as error:
            _log.warning("Slack did not take a view: %s", error)

    async def thinking(self, channel: str, thread: str) -> None:
        """Show beneath a conversation that an answer comes; Slack takes it away with the answer."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._api.call(
                    self._api.client.assistant_threads_setStatus,
                    channel_id=channel,
                    thread_ts=thread,
                    status=_STATUS,
                )
        except (ChatBusy, ChatRefused, TimeoutError) as error:
            _log.info("Slack shows no status: %s", error)

    async def _publish(self, user: str) -> None:
        lines = await self._home.lines(user) if self._home is not None else ()
        view = {"type": "home", "blocks": home_blocks((_WELCOME, *lines))}
        await self._api.call(self._api.client.views_publish, user_id=user, view=view)

    async def _suggest(self, thread: Payload) -> None:
        await self._api.call(
            self._api.client.assistant_threads_setSuggestedPrompts,
            channel_id=thread["channel_id"],
            thread_ts=thread["thread_ts"],
            prompts=[{"title": title, "message": message} for title, message in _PROMPTS],
        )


def home_blocks(lines: Sequence[str]) -> list[Block]:
    """Paragraphs as the blocks of a view; if they are too many, it says how many are left out."""
    texts = [piece for line in lines for piece in pieces(line, _SECTION) if piece.strip()]
    if len(texts) > _BLOCKS:
        texts[_BLOCKS - 1 :] = [f"… and {len(texts) - _BLOCKS + 1} more."]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": marked(text), "verbatim": True}}
        for text in texts
    ]
