"""The connection that hears: discord.py's client, with what happens handed to its `Ears`."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol, cast

import aiohttp
import discord
from discord import app_commands

from bot.adapters.chat.discord.buttons import ChoiceButton
from bot.adapters.chat.discord.chat import RATE_LIMIT_SECONDS
from bot.adapters.chat.discord.commands import ClipLabels, add_commands

Interaction = discord.Interaction[Any]

_TYPING_SECONDS = 5.0

log = logging.getLogger("chatkut.discord")


class Ears(Protocol):
    """Who is told what happens at Discord."""

    def connects(self, gateway: "Gateway", shard: int) -> None: ...

    async def hear(self, message: discord.Message, gateway: "Gateway") -> None: ...

    async def pressed(self, interaction: Interaction, chose: str) -> None: ...

    async def commanded(
        self,
        interaction: Interaction,
        text: str,
        files: Sequence[discord.Attachment],
        mentioned: Sequence[discord.abc.User] = (),
    ) -> None: ...

    async def catch_up(self, gateway: "Gateway") -> None: ...


class Gateway(discord.AutoShardedClient):
    """One life of the connection, which resumes by itself where Discord lets it.

    Only servers, channels and roles are cached. `unread` are the places where something may have
    been said before the session began, each until that has been read. A session that is resumed
    misses nothing: Discord says it again.
    """

    def __init__(self, ears: Ears, clips: ClipLabels | None, *, reads_content: bool) -> None:
        intents = discord.Intents(guilds=True, messages=True, message_content=reads_content)
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=RATE_LIMIT_SECONDS,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.unread: dict[str, asyncio.Event] = {}
        self._ears = ears
        self._clips = clips
        self._up = set[int]()
        self._catching_up: asyncio.Task[None] | None = None
        self._typing = set[asyncio.Task[None]]()

    @property
    def me(self) -> discord.ClientUser:
        """Who we are; known once messages come in."""
        return cast("discord.ClientUser", self.user)

    @property
    def connected(self) -> bool:
        """Whether all shards have a session."""
        return len(self._up) == self.shard_count

    def shard_of(self, place: str) -> int | None:
        """The shard that hears a place, None while it is not known or nobody's in particular."""
        guild = getattr(self.get_channel(int(place)), "guild", None)
        return guild.shard_id if isinstance(guild, discord.Guild) else None

    def show_typing(self, channel: discord.abc.Messageable) -> None:
        """Show that an answer comes: for some seconds, or until it is there. Nobody waits for it.

        So this is for before it can come.
        """
        task = asyncio.create_task(_typed(channel))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(ChoiceButton)
        add_commands(app_commands.CommandTree(self), self._ears, self._clips)

    async def on_message(self, message: discord.Message) -> None:
        await self._ears.hear(message, self)

    async def pressed(self, interaction: Interaction, chose: str) -> None:
        await self._ears.pressed(interaction, chose)

    async def on_shard_connect(self, shard_id: int) -> None:
        self._up.add(shard_id)
        self._ears.connects(self, shard_id)

    async def on_shard_ready(self, _: int) -> None:
        if self._catching_up is not None:
            self._catching_up.cancel()  # it starts anew from where it is
        self._catching_up = asyncio.create_task(self._ears.catch_up(self))

    async def on_shard_resumed(self, shard_id: int) -> None:
        self._up.add(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self._up.discard(shard_id)

    async def close(self) -> None:
        self._up.clear()
        for task in (self._catching_up, *self._typing):
            if task is not None:
                task.cancel()
        await super().close()
        for unread in self.unread.values():  # nobody will read it any more
            unread.set()


async def _typed(channel: discord.abc.Messageable) -> None:
    try:
        async with asyncio.timeout(_TYPING_SECONDS):
            await channel.typing()
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.info("Discord does not show that an answer comes: %s", error)
