"""Saying things at Discord, with the REST API alone: processes that only post need no gateway."""

import asyncio
import io
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import discord
from pydantic import SecretStr

from bot.adapters.chat.discord.buttons import view_of
from bot.adapters.chat.discord.cards import Card, Upload, belongs, card
from bot.adapters.chat.discord.faults import TOO_LARGE, translated
from bot.adapters.chat.discord.hearing import attachments_of
from bot.adapters.chat.discord.places import ids_of, is_direct, place_of
from bot.adapters.download import Downloads
from bot.ports import (
    Address,
    Attachment,
    ChatBusy,
    ChatRefused,
    FetchFailed,
    MediaRefused,
    Reply,
)

logging.getLogger("discord").setLevel(logging.WARNING)  # at DEBUG it logs what people say
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we do not speak

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
"""Where Discord keeps attachments."""

RATE_LIMIT_SECONDS = 30.0
"""Longer than this a request does not wait for its turn, but fails as ChatBusy."""

_EDIT_SECONDS = 3.0
_REQUEST_SECONDS = 90.0
_SLOWEST_BYTES_PER_SECOND = 200_000
_ALWAYS_FITS = 1 << 20  # the limit was never below 8 MiB, so it is not asked for a picture
_CLOCKS_APART = timedelta(minutes=1)
_TEXT_FILE = "message.txt"
_ALONE = Reply("answer", "I have sent you this in a direct message: it is for you alone.")
_CLOSED = Reply(
    "error",
    "This is for you alone, and you take no direct messages from me. Allow them in this server's "
    "Privacy Settings, or write to me directly, and ask again.",
)


class DiscordChat:
    """The saying side: a `Chat`; use it as an async context manager. It logs in when first used.

    The id of a post is "key/message", because an edit has to name the buttons again.
    """

    def __init__(self, token: SecretStr, downloads: Downloads) -> None:
        self._token = token
        self._downloads = downloads
        self._client: discord.Client | None = None
        self._login = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._client is not None:
            await self._client.close()

    @property
    def edit_seconds(self) -> float:
        return _EDIT_SECONDS

    async def post(self, to: Address, reply: Reply, key: str) -> str:
        """Say something; within minutes, a second time with one key changes nothing."""
        if reply.only_for and not is_direct(to):
            reply = await self._told_alone(reply, key)
        with translated():
            channel = await self._channel(to)
            uploads = _uploads(reply)
            most_bytes = await self._most_bytes(to, uploads)
        with translated(posting=True):
            try:
                sent = await self._send(channel, to, card(reply, key, uploads, most_bytes), key)
            except discord.HTTPException as error:
                if error.status != 413 and error.code != TOO_LARGE:
                    raise
                small = card(reply, key, uploads, _ALWAYS_FITS)
                sent = await self._send(channel, to, small, key)
        return f"{key}/{sent.id}"

    async def _told_alone(self, reply: Reply, key: str) -> Reply:
        """Say it to a person directly; what the others are told instead, that it was said or not.

        Twice with one key is once only for minutes, because it is looked for where the others are.
        """
        try:
            await self.post(await self._direct(reply.only_for), reply, key)
        except ChatRefused:
            return _CLOSED
        return _ALONE

    async def _direct(self, user: str) -> Address:
        """Where a person alone reads what is said."""
        if not user.isdecimal():
            raise ChatRefused(f"{user!r} is nobody at Discord.")
        with translated():
            client = await self._logged_in()
            async with asyncio.timeout(_REQUEST_SECONDS):
                channel = await client.create_dm(discord.Object(int(user)))
        return Address(place_of(channel, None).channel)

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Look for a post of ours in the channel by the reference in its footer."""
        with translated():
            channel = await self._channel(to)
            me = (await self._logged_in()).user
            async for message in channel.history(limit=None, after=since - _CLOCKS_APART):
                if message.author == me and any(belongs(embed, key) for embed in message.embeds):
                    return f"{key}/{message.id}"
        return None

    async def edit(self, to: Address, post: str, reply: Reply) -> None:
        """Replace the card and the buttons; files that were posted stay."""
        key, _, message_id = post.partition("/")
        if reply.only_for and not is_direct(to):
            reply = _ALONE
        with translated():
            message = (await self._channel(to)).get_partial_message(int(message_id))
            uploads = _uploads(reply)
            new = card(reply, key, uploads, await self._most_bytes(to, uploads))
            async with asyncio.timeout(_REQUEST_SECONDS):
                if new.whole_text:
                    kept = [a for a in (await message.fetch()).attachments if not _is_text(a)]
                    await message.edit(
                        embed=new.embed,
                        view=view_of(new.buttons),
                        attachments=[*kept, _text_file(new)],
                    )
                else:  # without `attachments`, because Discord removes those that it does not list
                    await message.edit(embed=new.embed, view=view_of(new.buttons))

    async def fetch(
        self, attachment: Attachment, into: Path, report: Callable[[float], None]
    ) -> None:
        """Download an attachment; its address expires, so that it is asked for each time."""
        try:
            url = await self._address(attachment)
        except ChatBusy as error:
            raise FetchFailed(f"“{attachment.name}”: {error}") from error
        except ChatRefused as error:
            raise MediaRefused(f"“{attachment.name}” is not to be had any more: {error}") from error
        await self._downloads.fetch(
            url, into, report, name=attachment.name, size_bytes=attachment.size_bytes
        )

    async def _address(self, attachment: Attachment) -> str:
        if "://" in attachment.ref:  # it came with a command, so no message holds it
            return attachment.ref
        channel_id, message_id, attachment_id = map(int, attachment.ref.split("/"))
        with translated():
            client = await self._logged_in()
            async with asyncio.timeout(_REQUEST_SECONDS):
                channel = client.get_partial_messageable(channel_id)
                message = await channel.fetch_message(message_id)
        found = discord.utils.get(attachments_of(message), id=attachment_id)
        if found is None:
            raise ChatRefused("it was removed from its message.")
        return found.url

    async def _logged_in(self) -> discord.Client:
        async with self._login:
            if self._client is None:
                self._client = await _connected(self._token)
        return self._client

    async def _channel(self, to: Address) -> discord.PartialMessageable:
        channel_id, guild_id = ids_of(to)
        client = await self._logged_in()
        return client.get_partial_messageable(channel_id, guild_id=guild_id)

    async def _most_bytes(self, to: Address, uploads: Sequence[Upload]) -> int:
        """How large a file may be here; it depends on the server's level, and changes."""
        if all((upload.size_bytes or 0) <= _ALWAYS_FITS for upload in uploads):
            return _ALWAYS_FITS
        _, guild_id = ids_of(to)
        if guild_id is None:
            return discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        client = await self._logged_in()
        async with asyncio.timeout(_REQUEST_SECONDS):
            return (await client.fetch_guild(guild_id, with_counts=False)).filesize_limit

    async def _send(
        self, channel: discord.PartialMessageable, to: Address, new: Card, key: str
    ) -> discord.Message:
        size = sum(upload.size_bytes or 0 for upload in new.uploads)
        async with asyncio.timeout(_REQUEST_SECONDS + size / _SLOWEST_BYTES_PER_SECOND):
            return await channel.send(**_message(new, to, key))


async def _connected(token: SecretStr) -> discord.Client:
    client = discord.Client(
        intents=discord.Intents(guilds=True),  # unused, but it warns without
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=RATE_LIMIT_SECONDS,
        max_messages=None,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.close)
        async with asyncio.timeout(_REQUEST_SECONDS):
            await client.login(token.get_secret_value())
        stack.pop_all()
    return client


def _message(new: Card, to: Address, key: str) -> dict[str, Any]:
    """The arguments of `send`, whose type hints say that a nonce is a number; Discord differs."""
    files = [discord.File(upload.path, upload.name) for upload in new.uploads]
    return {
        "embed": new.embed,
        "files": [*files, _text_file(new)] if new.whole_text else files,
        "nonce": key,
        "reference": _answered(to),
        "view": view_of(new.buttons),
    }


def _answered(to: Address) -> discord.MessageReference | None:
    """The message to reply to. The id of an interaction is none, which is as good as deleted."""
    if not to.message.isdecimal():
        return None
    channel_id, guild_id = ids_of(to)
    return discord.MessageReference(
        message_id=int(to.message),
        channel_id=channel_id,
        guild_id=guild_id,
        fail_if_not_exists=False,
    )


def _uploads(reply: Reply) -> tuple[Upload, ...]:
    return tuple(Upload(path, _size(path)) for path in reply.files)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _text_file(new: Card) -> discord.File:
    return discord.File(io.BytesIO(new.whole_text.encode(errors="replace")), _TEXT_FILE)


def _is_text(attachment: discord.Attachment) -> bool:
    return attachment.filename == _TEXT_FILE
