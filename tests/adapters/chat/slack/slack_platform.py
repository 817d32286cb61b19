"""Slack for the contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bot.adapters.chat.slack import SlackApi, SlackChat
from bot.adapters.download import Downloads
from bot.ports import Address, Attachment
from tests.adapters.chat.contract import MOST_BYTES, Seen
from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.things import BOT_TOKEN, BOT_USER, TEAM, Channel


class SlackPlatform:
    """A `SlackChat` that talks to a loopback Slack."""

    def __init__(self, site: SlackSite, chat: SlackChat) -> None:
        self.chat = chat
        self._site = site
        self._channel = site.channel()
        self._root = site.say(self._channel, "U0ANNA", "hello")

    @property
    def to(self) -> Address:
        return address(self._channel, message=self._root["ts"])

    def seen(self) -> list[Seen]:
        shown = self._site.shown(self._channel)
        return [Seen(each.text, each.buttons, each.files) for each in shown]

    def lose_answer(self) -> None:
        self._site.faults.lost_answers += 1

    def be_busy(self, seconds: int) -> None:
        self._site.faults.busy.append(seconds)

    def refuse(self) -> None:
        self._channel.members.remove(BOT_USER)

    def attach(self, name: str, data: bytes) -> Attachment:
        file = self._site.file(name, data)
        return Attachment(name, f"{TEAM}/{file.id}", len(data))

    def attach_gone(self) -> Attachment:
        return Attachment("gone.mp4", f"{TEAM}/F000000000", 1)

    def attach_login_page(self) -> Attachment:
        attachment = self.attach("clip.mp4", b"clip")
        self._site.turned_away = True
        return attachment


def address(channel: Channel, thread: str = "", message: str = "", *, team: str = TEAM) -> Address:
    return Address(f"slack:{team}/{channel.id}", thread, message)


@asynccontextmanager
async def speaking(site: SlackSite) -> AsyncIterator[SlackChat]:
    """The real adapter, pointed at a loopback Slack."""
    api = SlackApi(SecretStr(BOT_TOKEN), site.api_url)
    chat = SlackChat(api, Downloads([site.url], MOST_BYTES))
    try:
        yield chat
    finally:
        await chat.close()


@asynccontextmanager
async def slack_platform() -> AsyncIterator[SlackPlatform]:
    async with SlackSite() as site, speaking(site) as chat:
        yield SlackPlatform(site, chat)
