"""Hearing at Discord: what is said comes to the intake in order, once, and after downtime too."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any, Protocol, cast

import aiohttp
import discord
from pydantic import SecretStr

from bot.adapters.chat.discord import hearing
from bot.adapters.chat.discord.commands import ClipLabels
from bot.adapters.chat.discord.faults import LOGIN_REFUSED
from bot.adapters.chat.discord.gateway import Gateway
from bot.adapters.chat.discord.places import Place, place_of
from bot.ports import AdapterError, ChatRefused, Intake, Message, StoreFailed, Threads

log = logging.getLogger("chatkut.discord")

Interaction = discord.Interaction[Any]

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_STEADY_SECONDS = 120.0
_HOPELESS = {
    4004: LOGIN_REFUSED,
    4010: "Discord refuses the shard number.",
    4012: "Discord does not speak this gateway version any more; update ChatKut.",
    4013: "Discord does not know an intent that was asked for; update ChatKut.",
    4014: "Discord refuses an intent that ChatKut needs; look at the Bot page of the portal.",
}


class Seen(Protocol):
    """How far each place (a channel or thread, by Discord's id) was heard; outlives the process."""

    async def latest(self) -> Mapping[str, str]:
        """The last message heard in each place."""
        ...

    async def saw(self, place: str, message: str) -> None:
        """Everything in this place up to this message was heard."""
        ...


class SeenMeanwhile:
    """A `Seen` that lives as long as the process: what is said during a restart is not heard."""

    def __init__(self) -> None:
        self._latest: dict[str, str] = {}

    async def latest(self) -> Mapping[str, str]:
        return dict(self._latest)

    async def saw(self, place: str, message: str) -> None:
        self._latest[place] = message


class DiscordListener:
    """The hearing side: a `Listener`.

    `threads` says where a reply needs no mention, `clips` what is offered to complete commands.
    Without the message-content intent it hears mentions, direct messages and commands only.
    """

    def __init__(
        self,
        token: SecretStr,
        threads: Threads,
        *,
        seen: Seen | None = None,
        clips: ClipLabels | None = None,
    ) -> None:
        self._token = token
        self._threads = threads
        self._seen = seen or SeenMeanwhile()
        self._clips = clips
        self._gateway: Gateway | None = None
        self._intake: Intake
        self._watched: set[str] = set()
        self._in_order: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way: set[asyncio.Task[None]] = set()
        self._life: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def connected(self) -> bool:
        return self._gateway is not None and self._gateway.connected

    async def start(self, intake: Intake) -> None:
        """Connect, and hear from then on; if Discord is away, as soon as it is back.

        Raises:
            ChatRefused: The token is wrong, or Discord refuses the connection for good.
        """
        self._intake = intake
        self._watched |= set(await self._seen.latest())
        self._life = asyncio.create_task(self._listen())
        tried = asyncio.create_task(self._tried.wait())
        try:
            await asyncio.wait((self._life, tried), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._life.cancel()
            raise
        finally:
            tried.cancel()
        if self._life.done():
            await self._life

    async def stop(self) -> None:
        """Hear nothing more, and wait for what is being accepted and acknowledged."""
        self._stopping.set()
        while self._under_way:
            await asyncio.wait(self._under_way)
        if self._life is not None:
            self._life.cancel()
            with suppress(asyncio.CancelledError, ChatRefused):
                await self._life

    async def _listen(self) -> None:
        try:
            await self._reconnect_forever()
        except ChatRefused as error:
            log.error("Nothing is heard from Discord any more: %s", error)
            raise

    async def _reconnect_forever(self) -> None:
        """Connect again and again; what discord.py cannot parse ends only one of its lives."""
        pause, reads_content = _FIRST_PAUSE_SECONDS, True
        while True:
            began = time.monotonic()
            try:
                await self._connect(reads_content)
            except discord.PrivilegedIntentsRequired as error:
                if not reads_content:
                    raise ChatRefused(_HOPELESS[4014]) from error
                reads_content = False
                log.warning(
                    "The message-content intent is off (Bot page of the developer portal): "
                    "only mentions, direct messages and commands are heard."
                )
                continue
            except (LookupError, ValueError, TypeError, AttributeError):
                log.exception("Discord sent something that discord.py cannot read")
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                _raise_if_hopeless(error)
                log.warning("The connection to Discord broke off: %s", error)
            self._tried.set()
            if time.monotonic() - began > _STEADY_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _connect(self, reads_content: bool) -> None:
        self._gateway = Gateway(self, self._clips, reads_content=reads_content)
        try:
            await self._gateway.start(self._token.get_secret_value())
        finally:
            await self._gateway.close()

    def connects(self, gateway: Gateway, shard: int) -> None:
        """A shard has a new session, and what was said before it may be missing."""
        for place in self._watched:
            if gateway.shard_of(place) in (shard, None):
                gateway.unread.setdefault(place, asyncio.Event())
        if gateway.connected:
            self._tried.set()

    async def hear(self, message: discord.Message, gateway: Gateway) -> None:
        """A message came in: accept it if it is for us, after what was said there before."""
        place = await _place(message, gateway)
        if (unread := gateway.unread.get(place.id)) is not None:
            await unread.wait()
        if self._stopping.is_set() or gateway.is_closed():
            return  # the next life of the connection reads it
        async with self._at_work(), self._in_order[place.channel]:
            await self._take(message, place, gateway, is_new=True)

    async def pressed(self, interaction: Interaction, chose: str) -> None:
        """A button was pressed: acknowledge it once the choice is accepted."""
        async with self._at_work():
            if await self._accepted(interaction, hearing.of_interaction(interaction, chose=chose)):
                with _too_late():
                    await interaction.response.defer()

    async def commanded(
        self,
        interaction: Interaction,
        text: str,
        files: Sequence[discord.Attachment],
        mentioned: Sequence[discord.abc.User] = (),
    ) -> None:
        """A command was given: repeat it for all to see once it is accepted."""
        async with self._at_work():
            if problem := hearing.why_unable(interaction):
                with _too_late():
                    await interaction.response.send_message(problem, ephemeral=True)
                return
            message = hearing.of_interaction(interaction, text=text, files=files)
            message = replace(message, mentions=hearing.mentions_of(mentioned))
            if await self._accepted(interaction, message):
                with _too_late():
                    await interaction.response.send_message(hearing.echo(message))

    async def catch_up(self, gateway: Gateway) -> None:
        """Read what was said in the watched places while nobody listened."""
        pause = _FIRST_PAUSE_SECONDS
        while gateway.unread and not self._stopping.is_set():
            try:
                latest = await self._seen.latest()
                for place in tuple(gateway.unread):
                    if place in latest:
                        await self._read_on(gateway, int(place), int(latest[place]))
                    gateway.unread.pop(place).set()
            except (AdapterError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("Discord's history could not be read, trying again: %s", error)
                await self._wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _read_on(self, gateway: Gateway, place_id: int, last: int) -> None:
        try:
            channel = gateway.get_channel(place_id) or await gateway.fetch_channel(place_id)
            newest = getattr(channel, "last_message_id", None)
            if not isinstance(channel, discord.abc.Messageable) or (newest and newest <= last):
                return
            guild = getattr(channel, "guild", None)
            place = place_of(channel, guild.id if guild is not None else None)
            async with self._in_order[place.channel]:
                since = discord.Object(last)
                async for message in channel.history(limit=None, after=since, oldest_first=True):
                    await self._take(message, place, gateway)
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("Discord channel %s is closed to us: %s", place_id, error)

    async def _take(
        self, message: discord.Message, place: Place, gateway: Gateway, *, is_new: bool = False
    ) -> None:
        """Accept a message if it is for us, however long the store is away: nobody else keeps it.

        Everything that was said there before was taken. One that is not new may be answered by now.
        """
        pause = _FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                if await self._is_for_us(message, place, gateway):
                    if is_new:
                        gateway.show_typing(message.channel)
                    await self._intake.accept(hearing.as_message(message, place, gateway.me))
                    self._watched.add(place.id)
                if place.id in self._watched:
                    await self._seen.saw(place.id, str(message.id))
            except StoreFailed as error:
                log.warning("A message waits, as it cannot be stored: %s", error)
                await self._wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                return

    async def _is_for_us(self, message: discord.Message, place: Place, gateway: Gateway) -> bool:
        if not hearing.is_from_a_person(message):
            return False
        if hearing.is_addressed(message, gateway.me) or hearing.brings_media(message):
            return True
        if not (place.thread and message.content):  # without the intent there are no words
            return False
        # What was just accepted there is not answered yet.
        if place.id in self._watched:
            return True
        return await self._threads.joined(place.channel, place.thread)

    async def _accepted(self, interaction: Interaction, message: Message) -> bool:
        """Accept what was pressed or commanded; where that fails, the person knows at once."""
        try:
            await self._intake.accept(message)
        except StoreFailed as error:
            with _too_late():
                await interaction.response.send_message(f"{error} Try again.", ephemeral=True)
            return False
        return True

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        """What `stop` waits for."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)


async def _place(message: discord.Message, gateway: Gateway) -> Place:
    """Where a message was said; a thread that is not known yet is asked for its parent."""
    channel: discord.abc.Snowflake = message.channel
    if isinstance(channel, discord.PartialMessageable) and message.guild is not None:
        channel = await gateway.fetch_channel(channel.id)
    return place_of(channel, message.guild.id if message.guild is not None else None)


@contextmanager
def _too_late() -> Iterator[None]:
    """An interaction lives three seconds; what was accepted is done even if that is not told."""
    try:
        yield
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.info("An interaction could not be acknowledged: %s", error)


def _raise_if_hopeless(error: Exception) -> None:
    """Raise ChatRefused where connecting again cannot help."""
    if isinstance(error, discord.LoginFailure):
        raise ChatRefused(LOGIN_REFUSED) from error
    if isinstance(error, discord.ConnectionClosed) and error.code in _HOPELESS:
        raise ChatRefused(_HOPELESS[error.code]) from error
