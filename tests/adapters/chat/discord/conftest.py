"""A Discord on loopback, and our adapter connected to it."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.adapters.chat.discord import DiscordChat
from bot.adapters.download import Downloads
from bot.ports import Address
from tests.adapters.chat.discord.ears import Kept
from tests.adapters.chat.discord.rest import TOKEN
from tests.adapters.chat.discord.site import DiscordSite, running_site


@pytest.fixture
async def site() -> AsyncIterator[DiscordSite]:
    async with running_site() as site:
        yield site


@pytest.fixture
async def chat(site: DiscordSite) -> AsyncIterator[DiscordChat]:
    async with DiscordChat(SecretStr(TOKEN), Downloads([site.base], 1 << 30)) as chat:
        yield chat


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def to(site: DiscordSite) -> Address:
    return Address(f"discord:{site.guild['id']}/{site.channel['id']}")
