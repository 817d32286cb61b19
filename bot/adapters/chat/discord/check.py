"""What `chatkut doctor` asks of Discord: token, intent, commands, servers."""

from collections.abc import AsyncIterator

import discord
from discord import app_commands
from pydantic import SecretStr

from bot.adapters.chat.discord.faults import LOGIN_REFUSED, translated
from bot.ports import AdapterError, Finding

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    add_reactions=True,
)
"""What ChatKut needs in a channel."""

_SCOPES = ("bot", "applications.commands")
_SERVERS_SHOWN = 200


def invitation(application_id: int) -> str:
    """The link by which an owner of a server adds ChatKut to it."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=_SCOPES)


async def check(token: SecretStr) -> tuple[Finding, ...]:
    """Ask Discord whether everything is set up; nothing is changed."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            with translated():
                await client.login(token.get_secret_value())
                return tuple([finding async for finding in _findings(client)])
        except AdapterError as error:
            advice = "Set CHATKUT_DISCORD_TOKEN." if str(error) == LOGIN_REFUSED else "Try again."
            return (Finding("Discord", False, str(error), advice),)


async def _findings(client: discord.Client) -> AsyncIterator[Finding]:
    yield Finding("Discord token", True, f"logged in as {client.user}")
    application = await client.application_info()
    flags = application.flags
    heard = flags.gateway_message_content or flags.gateway_message_content_limited
    yield Finding(
        "Discord message content",
        heard,
        "the intent is on" if heard else "the intent is off",
        "Switch on “Message Content Intent” on the Bot page of the developer portal; without it "
        "only mentions, direct messages and commands are heard.",
    )
    yield _endpoint(application)
    yield await _commands(client)
    yield await _servers(client, application.id)


def _endpoint(application: discord.AppInfo) -> Finding:
    free = application.interactions_endpoint_url is None
    return Finding(
        "Discord interactions",
        free,
        "come through the gateway" if free else "are sent to a web address, not to ChatKut",
        "Clear “Interactions Endpoint URL” on the General page of the developer portal.",
    )


async def _commands(client: discord.Client) -> Finding:
    names = [command.name for command in await app_commands.CommandTree(client).fetch_commands()]
    there = "chatkut" in names
    return Finding(
        "Discord commands",
        there,
        "/chatkut is registered" if there else "/chatkut is not registered",
        "Run “chatkut discord-sync” once.",
    )


async def _servers(client: discord.Client, application_id: int) -> Finding:
    names = [guild.name async for guild in client.fetch_guilds(limit=_SERVERS_SHOWN)]
    return Finding(
        "Discord servers",
        bool(names),
        f"on {len(names)}: {', '.join(names[:3])}" if names else "on none",
        f"Open {invitation(application_id)} and add ChatKut to a server.",
    )
