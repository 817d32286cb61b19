"""`chatkut discord-sync`: registers the application commands."""

import click

from bot.adapters.chat.discord import sync_commands
from bot.config import Settings
from bot.ports import StoreFailed


async def sync() -> bool:
    """Register the commands, and name them."""
    token = Settings().discord_token
    if token is None:
        raise StoreFailed("Set CHATKUT_DISCORD_TOKEN first: see docs/discord.md.")
    names = await sync_commands(token)
    click.echo(f"Registered {', '.join(f'/{name}' for name in names)}.")
    return True
