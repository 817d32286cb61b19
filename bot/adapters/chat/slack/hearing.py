"""What becomes of what Slack tells: which messages concern us, who said them, what they carry."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat.slack.api import Identity, SlackApi, SlackRefusal
from bot.adapters.chat.slack.events import (
    Heard,
    Payload,
    clicked,
    commanded,
    heard,
    is_untold,
    media,
)
from bot.adapters.chat.slack.people import People
from bot.adapters.chat.slack.places import place_of
from bot.adapters.chat.slack.surfaces import Beside, Surfaces
from bot.adapters.chat.slack.trail import Trail
from bot.adapters.chat.slack.words import people, plain
from bot.ports import Attachment, ChatBusy, Intake, Mention, Message, Threads

_PATIENCE_SECONDS = 1.0
_ABSENT = "I am not in this channel: say /invite here to add me, then try again."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inside:
    """What hearing works with: where it brings what it heard, and what it remembers."""

    intake: Intake
    threads: Threads
    trail: Trail
    beside: Beside


class Hearing:
    """Brings what people of one workspace say and press to the intake."""

    def __init__(self, api: SlackApi, me: Identity, inside: Inside) -> None:
        self.api = api
        self.me = me
        self._inside = inside
        self._intake = inside.intake
        self._surfaces = Surfaces(api, me, inside.beside)
        self._people = People(api, me.team)

    async def event(self, event: Payload) -> None:
        """Accept a message that concerns us; any other event is let pass.

        Raises:
            StoreFailed: It is not accepted: Slack shall tell it again.
        """
        if event["type"] not in ("message", "app_mention"):
            await self._surfaces.event(event)
        elif (said := heard(await self._told(event), self.me)) is not None:
            if said.place.is_direct and said.thread:
                await self._surfaces.thinking(said.place.channel, said.thread)
            await self._hear(said)

    async def missed(self, message: Payload) -> None:
        """Accept a message that was said a while ago, if it concerns us; it may be answered by now.

        Raises:
            StoreFailed: It is not accepted.
        """
        if (said := heard(await self._told(message), self.me)) is not None:
            await self._hear(said)

    async def _hear(self, said: Heard) -> None:
        joined = said.is_reply and await self._takes_part(said)
        concerns_us = joined or said.is_addressed or said.has_media
        if concerns_us:
            message = said.message()
            if said.is_reply and not joined and not said.attachments:
                message = replace(message, attachments=await self._inherited(said))
            await self._intake.accept(await self._complete(message, said.raw))
        await self._inside.trail.heard(said, accepted=concerns_us)

    async def _takes_part(self, said: Heard) -> bool:
        """Whether we answer in this thread: what was just accepted there is not answered yet."""
        threads, trail = self._inside.threads, self._inside.trail
        return await threads.joined(said.place.key, said.thread) or await trail.joined(said)

    async def click(self, payload: Payload, action: Payload) -> None:
        """Accept a pressed button.

        Raises:
            StoreFailed: It is not accepted: Slack shall tell it again.
        """
        if (message := clicked(payload, action, self.me)) is not None:
            await self._intake.accept(await self._complete(message))

    async def command(self, form: Payload) -> str:
        """Accept a slash command; what to tell at once to the one who gave it, "" for nothing.

        Raises:
            StoreFailed: It is not accepted: Slack shall tell it again.
        """
        message = commanded(form, self.me)
        if await self._is_absent(message.channel):
            return _ABSENT
        message = await self._complete(message, form.get("text") or "")
        words = message.text.removeprefix("/")
        await self._intake.accept(replace(message, text=f"/{words or 'help'}"))
        return ""

    async def _complete(self, message: Message, raw: str = "") -> Message:
        """The message with its words and people; `raw` is what Slack tells of the words."""
        mentioned = sorted(people(raw) - {self.me.user})
        known = await self._people.all({message.user, *mentioned})
        author, names = known[message.user], {user: who.name for user, who in known.items()}
        return replace(
            message,
            author=author.name,
            text=plain(raw, self.me.user, names),
            external=author.external,
            admin=author.admin,
            mentions=tuple(Mention(user, names[user]) for user in mentioned),
        )

    async def _inherited(self, said: Heard) -> tuple[Attachment, ...]:
        """The media of the message that opened the thread, which nobody showed us before."""
        client, place = self.api.client, said.place
        try:
            page = await self._asked(
                client.conversations_replies, channel=place.channel, ts=said.thread, limit=1
            )
        except SlackRefusal as error:
            _log.warning("Slack did not show the message that is answered: %s", error)
            return ()
        root: Payload = next(iter(page.get("messages") or ()), {})
        is_ours = bool(self.me.bot) and root.get("bot_id") == self.me.bot
        if is_ours or root.get("ts") != said.thread:
            return ()
        return media(await self._told(root), self.me)

    async def _told(self, message: Payload) -> Payload:
        """A message with what its files are: of some, Slack tells that only when it is asked."""
        files = message.get("files") or ()
        if not any(map(is_untold, files)):
            return message
        return {**message, "files": await asyncio.gather(*map(self._told_of, files))}

    async def _told_of(self, file: Payload) -> Payload:
        if not is_untold(file):
            return file
        try:
            info = await self._asked(self.api.client.files_info, file=file["id"])
        except SlackRefusal as error:
            _log.warning("Slack did not tell what a file is: %s", error)
            return file
        return info.get("file") or file

    async def _is_absent(self, channel: str) -> bool:
        """Whether we are sure that an answer could not be posted."""
        place = place_of(channel)
        try:
            info = await self._asked(self.api.client.conversations_info, channel=place.channel)
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
                answer = await self.api.call(method, **arguments)
        except (ChatBusy, TimeoutError) as error:
            _log.warning("Slack did not answer in time: %s", error)
            return {}
        return answer.data if isinstance(answer.data, dict) else {}
