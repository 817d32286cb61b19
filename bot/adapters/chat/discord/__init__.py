"""Discord as a chat: `DiscordChat` says, `DiscordListener` hears. `docs/discord.md` sets it up."""

from bot.adapters.chat.discord.chat import HOSTS, DiscordChat
from bot.adapters.chat.discord.check import check, invitation
from bot.adapters.chat.discord.commands import ClipLabels, sync_commands
from bot.adapters.chat.discord.listener import DiscordListener, Seen, SeenMeanwhile

__all__ = [
    "HOSTS",
    "ClipLabels",
    "DiscordChat",
    "DiscordListener",
    "Seen",
    "SeenMeanwhile",
    "check",
    "invitation",
    "sync_commands",
]
