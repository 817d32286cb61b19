"""Buttons that survive a restart: their id says what was chosen, and nothing is remembered."""

import re
from collections.abc import Sequence
from typing import Any, Protocol, Self, cast

import discord

from bot.adapters.chat.discord.cards import Button


class Pressed(Protocol):
    """A client that can be told which button was pressed."""

    async def pressed(self, interaction: discord.Interaction[Any], chose: str) -> None: ...


class ChoiceButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"chatkut:(?P<chose>[A-Za-z0-9]{1,64}#[0-9]{1,2})",
):
    """A choice below a post of ours, of this process or of an earlier one."""

    def __init__(self, button: Button) -> None:
        styles = discord.ButtonStyle
        self.chose = button.chose
        super().__init__(
            discord.ui.Button(
                label=button.label,
                style=styles.primary if button.prominent else styles.secondary,
                custom_id=f"chatkut:{button.chose}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Button(cast("discord.ui.Button[Any]", item).label or "", match["chose"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await cast("Pressed", interaction.client).pressed(interaction, self.chose)


def view_of(buttons: Sequence[Button]) -> discord.ui.View | None:
    """The buttons in rows of five."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(ChoiceButton(button))
    return view
