"""Where things are said: channels of the port and their Discord ids.

A thread is a channel of its own at Discord; here it belongs to its parent's composition.
"""

from dataclasses import dataclass

import discord

from bot.ports import Address, ChatRefused

_PREFIX = "discord:"
_DIRECT = "dm"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as the port names it, and the thread in it, "" outside of threads."""

    channel: str
    thread: str = ""

    @property
    def id(self) -> str:
        """The id of the Discord channel: of the thread, if it is one."""
        return self.thread or self.channel.rpartition("/")[2]


def place_of(channel: discord.abc.Snowflake, guild_id: int | None) -> Place:
    """The place of a Discord channel, thread or direct message."""
    if guild_id is None:
        return Place(f"{_PREFIX}{_DIRECT}/{channel.id}")
    if isinstance(channel, discord.Thread):
        return Place(f"{_PREFIX}{guild_id}/{channel.parent_id}", str(channel.id))
    return Place(f"{_PREFIX}{guild_id}/{channel.id}")


def is_direct(to: Address) -> bool:
    """Whether nobody but one person reads there."""
    return to.channel.startswith(f"{_PREFIX}{_DIRECT}/")


def ids_of(to: Address) -> tuple[int, int | None]:
    """The Discord channel (or thread) to post in, and its server unless it is a direct message.

    Raises:
        ChatRefused: The address is not one of Discord's.
    """
    guild, _, channel = to.channel.removeprefix(_PREFIX).partition("/")
    try:
        return int(to.thread or channel), None if guild == _DIRECT else int(guild)
    except ValueError as error:
        raise ChatRefused(f"{to.channel!r} is not a Discord channel.") from error
