"""What becomes of what Slack tells: which messages concern us, who said them, what they carry."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat.slack.api import Identity, SlackApi, SlackRefusal
from bot.adapters.chat.slack.events import Heard, Payload, clicked, commanded, heard, media
from bot.adapters.chat.slack.people import People
from bot.adapters.chat.slack.places import place_of
from bot.adapters.chat.slack.surfaces import Surfaces
from bot.adapters.chat.slack.words import people, plain
from bot.ports import Attachment, ChatBusy, Intake, Message, Threads

_PATIENCE_SECONDS = 1.0
_ABSENT = "I am not in this channel: say /invite here to add me, then try again."

_log = logging.getLogger(__name__)


class Hearing:
    """Brings what people say and press to the intake."""

    def __init__(
        self, api: SlackApi, me: Identity, intake: Intake, threads: Threads, surfaces: Surfaces
    ) -> None:
        self._api = api
        self._me = me
        self._intake = intake
        self._threads = threads
        self._surfaces = surfaces
        self._people = People(api)

    async def event(self, event: Payload) -> None:
        """Accept a message that concerns us; any other event is let pass.

        Raises:
            StoreFailed: It is not accepted: Slack shall tell it again.
        """
        if event["type"] not in ("message", "app_mention"):
            await self._surfaces.event(event)
        elif (said := heard(event, self._me)) is not None:
            await self._hear(said)

    async def _hear(self, said: Heard) -> None:
        joined = said.is_reply and await self._threads.joined(said.place.key, said.thread)
        if joined or said.is_addressed or said.has_media:
            await self._intake.accept(await self._message(said, joined))
            if said.place.is_direct and said.thread:
                await self._surfaces.thinking(said.place.channel, said.thread)

    async def click(self, payload: Payload, action: Payload) -> None:
        """Accept a pressed button.

        Raises:
            StoreFailed: It is not accepted: Slack shall tell it again.
        """
        if (message := clicked(payload, action, self._me)) is not None:
            await self._accept(message)

    async def command(self, form: Payload) -> str:
        """Accept a slash command; what to tell at once to the one who gave it, "" for nothing.

        Raises:
            StoreFailed: It is not accepted: Slack shall tell it again.
        """
        message = commanded(form, self._me)
        if await self._is_absent(message.channel):
            return _ABSENT
        await self._accept(message)
        return ""

    async def _accept(self, message: Message) -> None:
        author = await self._people.name(message.user)
        await self._intake.accept(replace(message, author=author))

    async def _message(self, said: Heard, joined: bool) -> Message:
        mentioned = people(said.raw) - {self._me.user}
        names = await self._people.names({said.user, *mentioned})
        attachments = said.attachments
        if said.is_reply and not joined and not attachments:
            attachments = await self._inherited(said)
        return said.message(names[said.user], plain(said.raw, self._me.user, names), attachments)

    async def _inherited(self, said: Heard) -> tuple[Attachment, ...]:
        """The media of the message that opened the thread, which nobody showed us before."""
        client, place = self._api.client, said.place
        try:
            page = await self._asked(
                client.conversations_replies, channel=place.channel, ts=said.thread, limit=1
            )
        except SlackRefusal as error:
            _log.warning("Slack did not show the message that is answered: %s", error)
            return ()
        root: Payload = next(iter(page.get("messages") or ()), {})
        is_ours = bool(self._me.bot) and root.get("bot_id") == self._me.bot
        return () if is_ours or root.get("ts") != said.thread else media(root, self._me)

    async def _is_absent(self, channel: str) -> bool:
        """Whether we are sure that an answer could not be posted."""
        place = place_of(channel)
        try:
            info = await self._asked(self._api.client.conversations_info, channel=place.channel)
        except SlackRefusal as error:
            return error.code == "channel_not_found"
        shown = info.get("channel") or {}
        return bool(shown) and not (shown.get("is_member") or shown.get("is_im"))

    async def _asked(
        self, method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any
    ) -> Payload:
        """What Slack answers in time; nothing where it does not: it waits for us meanwhile.

        Raises:
            SlackRefusal: Slack does not tell us.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                answer = await self._api.call(method, **arguments)
        except (ChatBusy, TimeoutError) as error:
            _log.warning("Slack did not answer in time: %s", error)
            return {}
        return answer.data if isinstance(answer.data, dict) else {}
