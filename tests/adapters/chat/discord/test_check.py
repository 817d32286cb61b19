"""What `chatkut doctor` finds out about Discord."""

import pytest
from pydantic import SecretStr

from bot.adapters.chat.discord import check, sync_commands
from bot.adapters.chat.discord.check import PERMISSIONS
from tests.adapters.chat.discord.rest import TOKEN
from tests.adapters.chat.discord.site import DiscordSite


async def failed(token: str = TOKEN) -> dict[str, str]:
    """The checks that failed, with their advice."""
    return {each.name: each.advice for each in await check(SecretStr(token)) if not each.ok}


@pytest.mark.usefixtures("site")
async def test_what_is_set_up_well_passes() -> None:
    await sync_commands(SecretStr(TOKEN))
    assert await failed() == {}
    assert len(await check(SecretStr(TOKEN))) == 5


async def test_before_anything_is_set_up_each_step_is_named(site: DiscordSite) -> None:
    site.flags, site.endpoint, site.removed = 0, "https://example.com/discord", True
    findings = await failed()
    assert list(findings) == [
        "Discord message content",
        "Discord interactions",
        "Discord commands",
        "Discord servers",
    ]
    assert f"permissions={PERMISSIONS.value}" in findings["Discord servers"]


@pytest.mark.parametrize("flag", [18, 19])
async def test_the_intent_counts_with_and_without_discords_review(
    site: DiscordSite, flag: int
) -> None:
    site.flags = 1 << flag
    assert "Discord message content" not in await failed()


async def test_a_wrong_token_is_named_but_not_shown(site: DiscordSite) -> None:
    (finding,) = await check(SecretStr("wrong.to.ken"))
    assert "does not accept the bot token" in finding.text
    assert "wrong.to.ken" not in repr(finding)
    assert ("GET", "/users/@me") in site.requests


def test_the_permissions_are_those_that_the_guide_names() -> None:
    assert PERMISSIONS.value == 309237763136
