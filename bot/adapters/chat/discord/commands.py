"""The application commands: `/chatkut help`, `upload`, `timeline`, `render`, `undo` and so on.

They open things, and they work where the message-content intent is missing. A command is a message
like any other: `/chatkut render 720p` says “/render 720p”.
"""

from collections.abc import Sequence
from typing import Any, Protocol, get_args

import discord
from discord import app_commands
from pydantic import SecretStr

from bot.adapters.chat.discord.faults import LOGIN_REFUSED, translated
from bot.adapters.chat.discord.limits import MENU_ITEMS, MENU_TEXT, units
from bot.adapters.chat.discord.places import place_of
from bot.engine.presets import PresetName
from bot.ports import ChatRefused, ExportFormat, StoreFailed

Interaction = discord.Interaction[Any]

_PLAIN = {
    "help": "What can be said, with examples",
    "timeline": "Show the timeline as a picture",
    "undo": "Take back the last edit",
    "redo": "Do again what was undone",
    "cancel": "Stop the film that is being made",
    "history": "Who changed what, and when",
    "cost": "What was spent here, and on what",
    "share": "A link that shows the film and its history",
}
_IN_A_FORMAT = {
    "render": "Make the finished film",
    "estimate": "What a render would take and cost",
}
_ROLES = [
    app_commands.Choice(name=f"{role}: {meaning}", value=role)
    for role, meaning in (
        ("viewer", "looks and asks"),
        ("editor", "edits, but does not render"),
        ("spender", "edits and renders"),
        ("default", "no role of their own"),
    )
]
_PRESETS = [app_commands.Choice(name=name, value=name) for name in get_args(PresetName)]
_FORMATS = [app_commands.Choice(name=name, value=name) for name in get_args(ExportFormat)]


class ClipLabels(Protocol):
    """What the clips of a channel are called."""

    async def labels(self, channel: str) -> Sequence[str]: ...


class Commanded(Protocol):
    """Who is told what was commanded."""

    async def commanded(
        self,
        interaction: Interaction,
        text: str,
        files: Sequence[discord.Attachment],
        mentioned: Sequence[discord.abc.User] = (),
    ) -> None: ...


def add_commands(
    tree: app_commands.CommandTree[Any], ears: Commanded, clips: ClipLabels | None = None
) -> None:
    """Add `/chatkut` and what follows it to the tree of a client."""
    group = app_commands.Group(
        name="chatkut",
        description="The video editor that lives in this channel",
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    for name, description in _PLAIN.items():
        group.add_command(_plain(name, description, ears))
    for name, description in _IN_A_FORMAT.items():
        group.add_command(_in_a_format(name, description, ears))
    others = (_export(ears), _budget(ears), _upload(ears), _say(ears, clips), _settings(ears))
    for command in others:
        group.add_command(command)
    tree.add_command(group)


def _plain(name: str, description: str, ears: Commanded) -> app_commands.Command[Any, ..., None]:
    async def plain(interaction: Interaction) -> None:
        await ears.commanded(interaction, f"/{name}", ())

    return app_commands.Command(name=name, description=description, callback=plain)


def _in_a_format(
    name: str, description: str, ears: Commanded
) -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(
        preset="The format; as the clips are, if you do not choose",
        second="One more film, in another format",
        third="One more",
    )
    @app_commands.choices(preset=_PRESETS, second=_PRESETS, third=_PRESETS)
    async def in_a_format(
        interaction: Interaction, preset: str = "", second: str = "", third: str = ""
    ) -> None:
        text = " ".join(filter(None, (f"/{name}", preset, second, third)))
        await ears.commanded(interaction, text, ())

    return app_commands.Command(name=name, description=description, callback=in_a_format)


def _export(ears: Commanded) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(description="Files for DaVinci Resolve, Premiere and others")
    @app_commands.describe(format="One of them only: OpenTimelineIO, an edit decision list or JSON")
    @app_commands.choices(format=_FORMATS)
    async def export(interaction: Interaction, format: str = "") -> None:
        await ears.commanded(interaction, f"/export {format}".strip(), ())

    return export


def _budget(ears: Commanded) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(description="What may be spent here, and how much of it is")
    @app_commands.describe(
        price="To set it: how much in a month, such as “$20”, or “none”",
        person="Whose budget; the channel's, if you name nobody",
    )
    async def budget(
        interaction: Interaction, price: str = "", person: discord.User | None = None
    ) -> None:
        whose = f"@{person.display_name}" if person is not None else ""
        text = " ".join(filter(None, ("/budget", whose, price)))
        await ears.commanded(interaction, text, (), (person,) if person is not None else ())

    return budget


def _settings(ears: Commanded) -> app_commands.Group:
    settings = app_commands.Group(name="settings", description="What holds in this channel")

    @settings.command(description="Show who may do what here, and what renders may cost")
    async def show(interaction: Interaction) -> None:
        await ears.commanded(interaction, "/settings", ())

    @settings.command(description="Say what somebody may do here")
    @app_commands.choices(role=_ROLES)
    async def role(interaction: Interaction, person: discord.User, role: str) -> None:
        text = f"/settings role @{person.display_name} {role}"
        await ears.commanded(interaction, text, (), (person,))

    @settings.command(description="Above which price a render asks first, such as “$2”")
    async def confirm(interaction: Interaction, price: str) -> None:
        await ears.commanded(interaction, f"/settings confirm {price}", ())

    @settings.command(description="How much renders may cost in a month, such as “$20” or “none”")
    async def limit(interaction: Interaction, price: str) -> None:
        await ears.commanded(interaction, f"/settings limit {price}", ())

    @settings.command(description="After how many days films are deleted here")
    async def keep(interaction: Interaction, days: app_commands.Range[int, 1, 9999]) -> None:
        await ears.commanded(interaction, f"/settings keep {days} days", ())

    @settings.command(description="What models heed in every edit, such as “titles are yellow”")
    @app_commands.describe(text="On style, up to 1000 characters; or “none”")
    async def instructions(interaction: Interaction, text: str) -> None:
        await ears.commanded(interaction, f"/settings instructions {text}", ())

    return settings


def _upload(ears: Commanded) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(description="Add clips, pictures or music; large ones by a link")
    @app_commands.describe(
        file="A video, picture or sound; without one you get a link for files of any size",
        second="One more",
        third="One more",
    )
    async def upload(
        interaction: Interaction,
        file: discord.Attachment | None = None,
        second: discord.Attachment | None = None,
        third: discord.Attachment | None = None,
    ) -> None:
        files = [each for each in (file, second, third) if each is not None]
        await ears.commanded(interaction, "" if files else "/upload", files)

    return upload


def _say(ears: Commanded, clips: ClipLabels | None) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(description="Say what to do, such as “trim intro to 5 seconds”")
    @app_commands.describe(text="What to do, in plain words", file="A clip that this is about")
    async def say(
        interaction: Interaction, text: str, file: discord.Attachment | None = None
    ) -> None:
        await ears.commanded(interaction, text, [file] if file is not None else [])

    if clips is not None:

        @say.autocomplete("text")
        async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
            if interaction.channel is None:
                return []
            place = place_of(interaction.channel, interaction.guild_id)
            try:
                offers = completions(typed, await clips.labels(place.channel))
            except StoreFailed:
                return []
            return [app_commands.Choice(name=offer, value=offer) for offer in offers]

    return say


def completions(typed: str, labels: Sequence[str]) -> tuple[str, ...]:
    """What was typed, its last word completed to the labels of clips that begin with it."""
    head, _, word = typed.rpartition(" ")
    start = f"{head} " if head else ""
    fitting = (label for label in labels if label.casefold().startswith(word.casefold()))
    offers = (f"{start}{label}" for label in fitting)
    return tuple(offer for offer in offers if 0 < units(offer) <= MENU_TEXT)[:MENU_ITEMS]


class _Nobody:
    async def commanded(self, *_: object) -> None:
        """Commands are only described here."""


async def sync_commands(token: SecretStr) -> tuple[str, ...]:
    """Tell Discord which commands there are; the names of those that it now offers everywhere.

    Once after installing or updating is enough. Discord limits how often, so never at each start.

    Raises:
        ChatBusy: Discord did not take them; try again later.
        ChatRefused: The token is wrong.
    """
    async with discord.Client(intents=discord.Intents.none()) as client:
        tree = app_commands.CommandTree(client)
        add_commands(tree, _Nobody())
        with translated():
            try:
                await client.login(token.get_secret_value())
            except discord.LoginFailure as error:
                raise ChatRefused(LOGIN_REFUSED) from error
            offered = await tree.sync()
    return tuple(option.name for command in offered for option in command.options)
