"""The bridge as a platform of the contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.adapters.chat.bridge import BridgeChat
from bot.adapters.download import Downloads
from bot.ports import Address, Attachment
from tests.adapters.chat.bridge_site import LOGIN_PAGE, BridgeSite, Clip
from tests.adapters.chat.contract import MOST_BYTES, Platform, Seen


@dataclass
class BridgePlatform:
    chat: BridgeChat
    site: BridgeSite
    to: Address

    def seen(self) -> list[Seen]:
        return [
            Seen(
                post.content.text,
                tuple((button.label, button.value) for button in post.content.choices),
                tuple(post.files.items()),
            )
            for post in self.site.posts
        ]

    def lose_answer(self) -> None:
        self.site.lose_next = 1

    def be_busy(self, seconds: int) -> None:
        self.site.answer_next(429, Retry_After=str(seconds))

    def refuse(self) -> None:
        self.site.closed = True

    def attach(self, name: str, data: bytes) -> Attachment:
        return Attachment(name, self.site.clip(name, Clip(data)), len(data))

    def attach_gone(self) -> Attachment:
        return Attachment("gone.mp4", self.site.clip("gone.mp4", Clip(b"", status=410)))

    def attach_login_page(self) -> Attachment:
        page = Clip(LOGIN_PAGE, type="text/html; charset=utf-8")
        return Attachment("clip.mp4", self.site.clip("clip.mp4", page))


@asynccontextmanager
async def bridge_platform() -> AsyncIterator[Platform]:
    with BridgeSite() as site:
        downloads = Downloads([site.host], MOST_BYTES)
        async with BridgeChat(site.url, site.token, downloads) as chat:
            yield BridgePlatform(chat, site, Address("bridge:launch", "t1", "m1"))
