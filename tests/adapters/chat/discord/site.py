"""A Discord on loopback: REST, gateway and CDN, as strict as the real one, faulty on demand."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from aiohttp import web

from tests.adapters.chat.discord import payloads
from tests.adapters.chat.discord.payloads import Payload
from tests.adapters.chat.discord.rest import LIMITS, TOKEN, Fault, Rest
from tests.adapters.chat.discord.wire import PATIENCE_SECONDS, Wire

_CALLBACK_SECONDS = 60  # 3 at Discord; a busy machine may need more


class DiscordSite:
    """State of the platform, which tests look at and turn the switches of."""

    def __init__(self) -> None:
        self.bot = payloads.user("ChatKut", bot=True)
        self.anna = payloads.user("Anna")
        self.guild = payloads.guild(self.bot)
        self.channel = payloads.text_channel(self.guild["id"], "launch")
        self.guild["channels"].append(self.channel)
        self.direct = payloads.direct_channel(self.anna)
        self.channels = {c["id"]: c for c in (self.channel, self.direct)}
        self.messages: list[Payload] = []
        self.files: dict[str, bytes] = {}
        self.pages: dict[str, bytes] = {}
        self.commands: list[Payload] = []
        self.callbacks: list[Payload] = []
        self.requests: list[tuple[str, str]] = []
        self.posted: list[Payload] = []
        self.typing: list[str] = []  # in which channels it was shown that an answer comes
        self.faults: deque[Fault] = deque()
        self.removed = False
        self.takes_no_direct = False
        self.down = False
        self.flags = 1 << 18  # gateway_message_content
        self.endpoint: str | None = None
        self.answered = asyncio.Condition()
        self.guilds = [self.guild]
        self.wire = Wire(TOKEN, self.bot, self.guilds)
        self.base = ""
        self.deadlines: dict[str, float] = {}

    def other_server(self) -> Payload:
        """A channel of another server, which another shard hears."""
        other = payloads.guild(self.bot)
        while (int(other["id"]) - int(self.guild["id"])) >> 22 & 1 == 0:
            other = payloads.guild(self.bot)
        channel = payloads.text_channel(other["id"], "elsewhere")
        other["channels"].append(channel)
        self.guilds.append(other)
        self.channels[channel["id"]] = channel
        return channel

    # what people do

    async def say(self, content: str, **more: Any) -> Payload:
        """Somebody writes a message; `channel`, `author` and fields of the message are optional."""
        message = self.write(content, **more)
        await self.tell(message)
        return message

    def write(self, content: str, **more: Any) -> Payload:
        """The same while nobody is told."""
        channel = more.pop("channel", self.channel)
        message = payloads.message(channel["id"], more.pop("author", self.anna), content) | more
        known = {user["id"]: user for user in (self.bot, self.anna)}
        ids = re.findall(r"<@!?(\d+)>", content)
        message["mentions"] = [known[each] for each in ids if each in known]
        message["mention_roles"] = re.findall(r"<@&(\d+)>", content)
        self.messages.append(message)
        channel["last_message_id"] = message["id"]
        return message

    async def tell(self, message: Payload, member: Payload | None = None) -> None:
        """Deliver a message; Discord may do so more than once."""
        where, channel = {}, self.channels[message["channel_id"]]
        if "guild_id" in channel:
            where = {"guild_id": channel["guild_id"], "member": member or payloads.member()}
        await self.wire.dispatch("MESSAGE_CREATE", message | where)

    async def thread(self) -> Payload:
        """A new thread below the channel."""
        made = payloads.thread(self.guild["id"], self.channel["id"], self.anna["id"])
        self.channels[made["id"]] = made
        self.guild["threads"].append(made)
        await self.wire.dispatch("THREAD_CREATE", made | {"newly_created": True})
        return made

    def attachment(self, name: str, data: bytes, kind: str | None = "video/mp4") -> Payload:
        """A file that lies at the CDN."""
        made = payloads.snowflake()
        path = f"/attachments/{made}/{name}"
        self.files[path] = data
        url = f"{self.base}{path}?ex=1&hm=2"
        described = {"id": made, "filename": name, "size": len(data), "url": url, "proxy_url": url}
        return described | ({"content_type": kind} if kind else {})

    async def press(self, message: Payload, label: str, **more: Any) -> str:
        """Somebody presses a button; the id of the interaction."""
        buttons = [button for row in message["components"] for button in row["components"]]
        (custom_id,) = [button["custom_id"] for button in buttons if button["label"] == label]
        data = {"custom_id": custom_id, "component_type": 2}
        return await self.interact(3, data, message=message, **more)

    async def command(self, name: str, *options: Payload, **more: Any) -> str:
        """Somebody gives `/chatkut name`; the id of the interaction."""
        kind = more.pop("kind", 2)
        attachments, people = more.pop("attachments", ()), more.pop("people", ())
        data = {
            "id": payloads.snowflake(),
            "name": "chatkut",
            "type": 1,
            "options": [{"name": name, "type": 1, "options": list(options)}],
            "resolved": {
                "attachments": {each["id"]: each for each in attachments},
                "users": {each["id"]: each for each in people},
            },
        }
        return await self.interact(kind, data, **more)

    async def interact(self, kind: int, data: Payload, **more: Any) -> str:
        made = payloads.snowflake()
        channel = more.pop("channel", self.channel)
        who = payloads.member() | {"user": self.anna}
        there = {"guild_id": self.guild["id"], "member": who}
        if "guild_id" not in channel:
            there = {"user": self.anna}
        self.deadlines[made] = asyncio.get_running_loop().time() + more.pop(
            "lives", _CALLBACK_SECONDS
        )
        await self.wire.dispatch(
            "INTERACTION_CREATE",
            {
                "id": made,
                "application_id": self.bot["id"],
                "type": kind,
                "token": f"token-{made}",
                "version": 1,
                "channel_id": channel["id"],
                "channel": channel,
                "data": data,
                "entitlements": [],
                "authorizing_integration_owners": {},
                "app_permissions": "309237763136",
                "attachment_size_limit": LIMITS[self.guild["premium_tier"]],
                **there,
                **more,
            },
        )
        return made

    async def until_answered(self, count: int = 1) -> list[Payload]:
        """Wait for so many interactions to be acknowledged; the callbacks."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.answered:
            await self.answered.wait_for(lambda: len(self.callbacks) >= count)
        return self.callbacks

    def said(self) -> list[Payload]:
        """What the bot has posted."""
        return [message for message in self.messages if message["author"] is self.bot]


@asynccontextmanager
async def running_site() -> AsyncIterator[DiscordSite]:
    """A site that discord.py of this process takes for Discord."""
    site = DiscordSite()
    app = web.Application(client_max_size=1 << 30)
    app.add_routes(Rest(site).routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    site.wire.url = f"{site.base.replace('http', 'ws')}/gw"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.http.Route, "BASE", f"{site.base}/api/v10")
        gateway = discord.gateway.DiscordWebSocket
        patch.setattr(gateway, "DEFAULT_GATEWAY", yarl.URL(site.wire.url))
        patch.setattr(discord.Client, "before_identify_hook", _at_once)
        yield site
    await runner.cleanup()


async def _at_once(*_: object, **__: object) -> None:
    """Instead of the five seconds that discord.py leaves between two sessions."""
