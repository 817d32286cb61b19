"""Discord as a platform of the contract suite."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.adapters.chat.discord import DiscordChat
from bot.adapters.download import Downloads
from bot.ports import Address, Attachment
from tests.adapters.chat.contract import MOST_BYTES, Platform, Seen
from tests.adapters.chat.discord.payloads import Payload
from tests.adapters.chat.discord.rest import TOKEN, Fault
from tests.adapters.chat.discord.site import DiscordSite, running_site


@dataclass
class DiscordPlatform:
    chat: DiscordChat
    site: DiscordSite
    to: Address

    def seen(self) -> list[Seen]:
        return [
            Seen(shown(message), buttons(message), files(message, self.site))
            for message in self.site.said()
        ]

    def lose_answer(self) -> None:
        self.site.faults.append(Fault(lost=True))

    def be_busy(self, seconds: int) -> None:
        slow = Fault(429, {"message": "slow down"}, {"Retry-After": str(seconds)})
        self.site.faults.append(slow)

    def refuse(self) -> None:
        self.site.removed = True

    def attach(self, name: str, data: bytes) -> Attachment:
        attached = self.site.attachment(name, data)
        message = self.site.write("", attachments=[attached])
        ref = f"{message['channel_id']}/{message['id']}/{attached['id']}"
        return Attachment(name, ref, len(data))

    def attach_gone(self) -> Attachment:
        gone = self.attach("gone.mp4", b"")
        self.site.messages.pop()
        return gone

    def attach_login_page(self) -> Attachment:
        attachment = self.attach("clip.mp4", b"film")
        url = self.site.messages[-1]["attachments"][0]["url"]
        self.site.pages[urlsplit(url).path] = b"<!DOCTYPE html><html>Log in</html>"
        return attachment


def shown(message: Payload) -> str:
    """What people read: markdown's escapes are not shown."""
    return re.sub(r"\\([^\w\s])", r"\1", message["embeds"][0]["description"])


def buttons(message: Payload) -> tuple[tuple[str, str], ...]:
    parts = [part for row in message["components"] for part in row["components"]]
    return tuple((part["label"], part["custom_id"].removeprefix("chatkut:")) for part in parts)


def files(message: Payload, site: DiscordSite) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        (each["filename"], site.files[urlsplit(each["url"]).path])
        for each in message["attachments"]
    )


@asynccontextmanager
async def discord_platform() -> AsyncIterator[Platform]:
    async with running_site() as site:
        asked = site.write("make it shorter")
        to = Address(f"discord:{site.guild['id']}/{site.channel['id']}", "", asked["id"])
        downloads = Downloads([site.base], MOST_BYTES)
        async with DiscordChat(SecretStr(TOKEN), downloads) as chat:
            yield DiscordPlatform(chat, site, to)
