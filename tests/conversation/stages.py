"""The places where the conversation is held, each with its real SDK and a platform on loopback."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.app.terminal import App, opened
from bot.config import Settings
from bot.ports import Attachment, Message
from tests.adapters.chat.bridge_site import BridgeSite, Clip
from tests.adapters.chat.discord import discord_platform as discord_looks
from tests.adapters.chat.discord import payloads
from tests.adapters.chat.discord.payloads import Payload
from tests.adapters.chat.discord.rest import TOKEN, Fault, Rest
from tests.adapters.chat.discord.site import DiscordSite, running_site
from tests.adapters.chat.slack.telling import SECRET, TellingSlack
from tests.adapters.chat.slack.things import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM, Channel, Shown
from tests.conversation.script import Seen, until
from tests.conversation.stack import Stack
from tests.fakes import RememberingChat

BEN = payloads.user("Ben")
_PROGRESS_COLOUR = 0x607D8B
_SIGN = re.compile("^(?:✅|❓|⚠️|🎞️|💵|🎬|⏳) ")
_FOOTER = re.compile(r"Revision \d+|Download")
_DOWNLOAD = re.compile(r"<(http[^|>]+)\|Download>")
_BELOW = re.compile(r"\n(http\S+)$")


@dataclass
class Downloads:
    """Files are fetched: how many so far, and a gate at which they wait while it is shut."""

    count: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def serve(self, answer: Awaitable[web.Response]) -> web.Response:
        self.count += 1
        await self.gate.wait()
        return await answer


class FetchedSlack(TellingSlack):
    """A Slack whose files are fetched through a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.downloads = Downloads()

    async def _download(self, request: web.Request) -> web.Response:
        return await self.downloads.serve(super()._download(request))


@dataclass
class SlackStage:
    """A channel of a workspace: after the first message people go on in its thread."""

    site: TellingSlack
    place: Channel
    downloads: Downloads = field(default_factory=Downloads)
    root: str = ""

    @property
    def channel(self) -> str:
        return f"slack:{TEAM}/{self.place.id}"

    async def say(self, text: str, files: Sequence[tuple[str, bytes]] = ()) -> None:
        await self.tell(self.write(text, files))

    def write(
        self, text: str, files: Sequence[tuple[str, bytes]] = (), announced: int = 0
    ) -> Payload:
        """Say something of which ChatKut is not told; files of `announced` bytes, if it is set."""
        size: Payload = {"size": announced} if announced else {}
        uploaded = [self.site.file(name, data, **size) for name, data in files]
        thread = {"thread_ts": self.root} if self.root else {}
        words = _escaped(text) if self.root else f"<@{BOT_USER}> {_escaped(text)}"
        message = self.site.say(self.place, "U0ANNA", words, files=uploaded or None, **thread)
        self.root = self.root or message["ts"]
        return message

    async def tell(self, message: Payload) -> None:
        for told in await self.site.tell_of(self.place, message):
            assert told.answer is not None

    async def press(self, post: Seen, label: str, who: str = "Anna") -> None:
        value = post.values[post.buttons.index(label)]
        told = await self.site.press(self.place, post.id, value, f"U0{who.upper()}")
        assert told.answer is not None

    def posts(self) -> list[Seen]:
        shown = self.site.shown(self.place)
        return [_seen_at_slack(each) for each in shown if not each.text.startswith("⏳")]

    def elsewhere(self) -> "SlackStage":
        return SlackStage(self.site, self.site.channel("C0OTHER"), self.downloads)

    async def edit(self, message: Payload, text: str) -> None:
        """Somebody changes what they said."""
        changed = {"message": message | {"text": text}, "previous_message": message}
        await self._happened("message_changed", message, changed)

    async def delete(self, message: Payload) -> None:
        """Somebody takes back what they said; of the file that is what Slack leaves."""
        self.place.messages.remove(message)
        await self._happened("message_deleted", message, {"previous_message": message})

    async def _happened(self, what: str, message: Payload, more: Payload) -> None:
        told = {"type": "message", "subtype": what, "channel": self.place.id, **more}
        about = {"ts": self.site.timestamp(), "event_ts": message["ts"]}
        await self.site.tell("events_api", self.site.event(told | about))

    def withdraw(self, message: Payload) -> None:
        """The files of a message are deleted."""
        for file in message["files"]:
            del self.site.files[file["id"]]

    def storm(self) -> None:
        """The next requests come too fast."""
        self.site.faults.busy.extend([0, 1])

    def break_upload(self) -> None:
        """The next file does not arrive."""
        self.site.faults.broken_uploads = 1

    @property
    def is_broken(self) -> bool:
        """Whether that has happened."""
        return not self.site.faults.broken_uploads

    async def drop(self) -> None:
        """The connection over which ChatKut hears breaks."""
        await self.site.hang_up(politely=False)

    def remove_bot(self) -> None:
        self.place.members.remove(BOT_USER)


@dataclass
class DiscordStage:
    """A channel of a server: people mention ChatKut."""

    site: DiscordSite
    place: Payload
    downloads: Downloads

    @property
    def channel(self) -> str:
        return f"discord:{self.place['guild_id']}/{self.place['id']}"

    async def say(self, text: str, files: Sequence[tuple[str, bytes]] = ()) -> None:
        await self.tell(self.write(text, files))

    def write(
        self, text: str, files: Sequence[tuple[str, bytes]] = (), announced: int = 0
    ) -> Payload:
        """Say something of which ChatKut is not told; files of `announced` bytes, if it is set."""
        size = {"size": announced} if announced else {}
        attached = [self.site.attachment(name, data) | size for name, data in files]
        words = f"<@{self.site.bot['id']}> {text}"
        return self.site.write(words, channel=self.place, attachments=attached)

    async def tell(self, message: Payload) -> None:
        await self.site.tell(message)

    async def press(self, post: Seen, label: str, who: str = "Anna") -> None:
        message = next(each for each in self.site.messages if each["id"] == post.id)
        person = self.site.anna if who == "Anna" else BEN
        member = payloads.member() | {"user": person}
        pressed = await self.site.press(message, label, channel=self.place, member=member)
        await until(lambda: any(each["interaction"] == pressed for each in self.site.callbacks))

    def posts(self) -> list[Seen]:
        said = [each for each in self.site.said() if each["channel_id"] == self.place["id"]]
        cards = [each for each in said if each["embeds"]]
        return [self._seen(each) for each in cards if not _is_progress(each)]

    def _seen(self, message: Payload) -> Seen:
        buttons, shown = discord_looks.buttons(message), discord_looks.shown(message)
        return Seen(
            message["id"],
            _BELOW.sub("", shown),
            tuple(label for label, _ in buttons),
            tuple(value for _, value in buttons),
            discord_looks.files(message, self.site),
            "".join(_BELOW.findall(shown)),
        )

    def elsewhere(self) -> "DiscordStage":
        return DiscordStage(self.site, self.site.guild["channels"][1], self.downloads)

    async def edit(self, message: Payload, text: str) -> None:
        """Somebody changes what they said."""
        message["content"] = text
        where = {"guild_id": self.place["guild_id"], "member": payloads.member()}
        await self.site.wire.dispatch("MESSAGE_UPDATE", message | where)

    async def delete(self, message: Payload) -> None:
        """Somebody takes back what they said, and its files with it."""
        self.site.messages.remove(message)
        where = {"guild_id": self.place["guild_id"], "channel_id": self.place["id"]}
        await self.site.wire.dispatch("MESSAGE_DELETE", {"id": message["id"], **where})

    def withdraw(self, message: Payload) -> None:
        """The files of a message are deleted."""
        kept = next(each for each in self.site.messages if each["id"] == message["id"])
        self.site.messages[self.site.messages.index(kept)] = kept | {"attachments": []}

    def storm(self) -> None:
        """The next requests come too fast: for Discord, and for its edge."""
        body = {"message": "slow down", "retry_after": 0.1, "global": False}
        self.site.faults.append(Fault(429, body, {"Via": "1.1 google", "Retry-After": "1"}))
        self.site.faults.append(Fault(429, body, {"Retry-After": "1"}))

    def break_upload(self) -> None:
        """The next file arrives, and nobody is told."""
        self.site.faults.append(Fault(lost=True))

    @property
    def is_broken(self) -> bool:
        """Whether that has happened."""
        return not self.site.faults

    async def drop(self) -> None:
        """The connection over which ChatKut hears breaks."""
        await self.site.wire.drop()

    def remove_bot(self) -> None:
        del self.site.channels[self.place["id"]]


@dataclass
class BridgeStage:
    """A channel of one's own chat system."""

    site: BridgeSite
    channel: str = "bridge:launch"
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def say(self, text: str, files: Sequence[tuple[str, bytes]] = ()) -> None:
        attached = [{"name": name, "url": self.site.clip(name, Clip(data))} for name, data in files]
        await self._send(text=text, attachments=attached)

    async def press(self, post: Seen, label: str) -> None:
        await self._send(chose=post.values[post.buttons.index(label)])

    async def _send(self, **more: Any) -> None:
        id = f"m{next(self.numbers)}"
        message = {"id": id, "channel": "launch", "author": "Anna", **more}
        assert await asyncio.to_thread(self.site.say, message) == 202

    def posts(self) -> list[Seen]:
        return [
            Seen(
                post.id,
                post.content.text,
                tuple(button.label for button in post.content.choices),
                tuple(button.value for button in post.content.choices),
                tuple(post.files.items()),
                post.content.link,
            )
            for post in tuple(self.site.posts)
            if post.content.kind != "progress"
        ]


@dataclass
class TerminalStage:
    """A prompt, where the label of a button is typed."""

    app: App
    chat: RememberingChat
    folder: Path
    channel: str = "terminal:launch"
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def say(self, text: str, files: Sequence[tuple[str, bytes]] = ()) -> None:
        for name, data in files:
            (self.folder / name).write_bytes(data)
        attached = tuple(Attachment(name, str(self.folder / name)) for name, _ in files)
        id = f"m{next(self.numbers)}"
        await self.app.handle(Message(id, self.channel, "Anna", text, attached))

    async def press(self, post: Seen, label: str) -> None:  # noqa: ARG002
        await self.say(label)

    def posts(self) -> list[Seen]:
        return [
            Seen(
                str(number),
                reply.text,
                tuple(choice.label for choice in reply.choices),
                (),
                tuple((path.name, path.read_bytes()) for path in reply.files),
            )
            for number, reply in enumerate(self.chat.replies)
            if reply.kind != "progress"
        ]


@asynccontextmanager
async def slack(root: Path, *, http: bool = False) -> AsyncIterator[tuple[SlackStage, Stack]]:
    """A workspace, and ChatKut's settings for it; over HTTP, or else over a socket."""
    way = {"slack_signing_secret": SECRET} if http else {"slack_app_token": APP_TOKEN}
    async with FetchedSlack() as site:
        keys = {"slack_bot_token": BOT_TOKEN, "slack_api_url": site.api_url, **way}
        stack = Stack(root, keys)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.adapters.chat.slack.FILE_HOSTS", (site.url,))
            async with httpx.AsyncClient(timeout=60, base_url=stack.url, trust_env=False) as client:
                site.http = client if http else None
                yield SlackStage(site, site.channel(), site.downloads), stack


@asynccontextmanager
async def discord(root: Path) -> AsyncIterator[tuple[DiscordStage, Stack]]:
    """A server, and ChatKut's settings for it."""
    downloads, serve = Downloads(), Rest._file

    async def served(rest: Rest, request: web.Request) -> web.Response:
        return await downloads.serve(serve(rest, request))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rest, "_file", served)
        async with running_site() as site:
            patch.setattr("bot.adapters.chat.discord.HOSTS", (site.base,))
            other = payloads.text_channel(site.guild["id"], "other")
            site.guild["channels"].append(other)
            site.channels[other["id"]] = other
            stack = Stack(root, {"discord_token": TOKEN})
            yield DiscordStage(site, site.channel, downloads), stack


PLACES: Mapping[
    str, Callable[[Path], AbstractAsyncContextManager[tuple[SlackStage | DiscordStage, Stack]]]
] = {"slack": slack, "discord": discord}
"""The two platforms that ChatKut is for, as they go wrong in tests."""


@asynccontextmanager
async def bridge(root: Path) -> AsyncIterator[tuple[BridgeStage, Stack]]:
    """A chat system that speaks the bridge's protocol, and ChatKut's settings for it."""
    with BridgeSite() as site:
        keys = {"bridge_url": site.url, "bridge_token": site.token, "bridge_media_hosts": site.host}
        stack = Stack(root, keys)
        site.bot = stack.url
        yield BridgeStage(site), stack


@asynccontextmanager
async def terminal(root: Path, **settings: Any) -> AsyncIterator[TerminalStage]:
    """A prompt, and the app behind it."""
    chat = RememberingChat()
    chosen = Settings(_env_file=None, data_dir=root, **settings)
    async with opened(chosen, chat) as app:
        yield TerminalStage(app, chat, root)


def _escaped(text: str) -> str:
    """As Slack writes down what people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _seen_at_slack(shown: Shown) -> Seen:
    names = [name for name, _ in shown.files]
    lines = _SIGN.sub("", shown.text).split("\n")
    words = [line for line in lines if not _FOOTER.fullmatch(line) and line not in names]
    return Seen(
        shown.ts,
        "\n".join(words),
        tuple(label for label, _ in shown.buttons),
        tuple(value for _, value in shown.buttons),
        shown.files,
        "".join(_DOWNLOAD.findall(str(shown.raw["blocks"]))),
    )


def _is_progress(message: Payload) -> bool:
    return bool(message["embeds"][0].get("color") == _PROGRESS_COLOUR)
