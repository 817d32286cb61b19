"""Which settings of Slack go together."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.app.platforms import Memory, Platform, Rooms, platforms
from bot.config import Settings
from bot.ports import StoreFailed
from tests.databases import made_database

ONE = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
SEVERAL = {
    "slack_client_id": "1.2",
    "slack_client_secret": "secret",
    "slack_token_key": f"{Fernet.generate_key().decode()}, {Fernet.generate_key().decode()}",
    "slack_signing_secret": "signing",
    "public_url": "https://chatkut.example.com",
}


class Nowhere:
    async def joined(self, _channel: str, _thread: str) -> bool:
        return False


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    database = made_database(tmp_path)
    yield Memory(Nowhere(), rooms=Rooms(database, tmp_path))
    database.close()


def made(memory: Memory, **given: str) -> Platform:
    (platform,) = platforms(Settings(_env_file=None, **given), memory)  # type: ignore[arg-type]
    return platform


def paths(platform: Platform) -> list[str]:
    return [getattr(route, "path", "") for route in platform.routes]


def test_one_workspace_by_its_token_needs_no_address_of_ours(memory: Memory) -> None:
    assert paths(made(memory, **ONE)) == []


def test_several_workspaces_have_pages_to_install(memory: Memory) -> None:
    pages = ["/slack/install", "/slack/oauth_redirect"]
    assert paths(made(memory, **SEVERAL)) == ["/slack/events", *pages]
    assert paths(made(memory, **SEVERAL, slack_app_token="xapp-1")) == pages  # noqa: S106


async def test_the_doctor_says_that_nobody_has_installed_it_yet(memory: Memory) -> None:
    (finding,) = await made(memory, **SEVERAL).check()
    assert finding.ok
    assert "/slack/install" in finding.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slack_bot_token": "xoxb-1"}, "CHATKUT_SLACK_APP_TOKEN"),
        (ONE | SEVERAL, "but not both"),
        ({k: v for k, v in SEVERAL.items() if k != "slack_token_key"}, "CHATKUT_SLACK_TOKEN_KEY"),
        ({k: v for k, v in SEVERAL.items() if k != "public_url"}, "CHATKUT_PUBLIC_URL"),
        (SEVERAL | {"public_url": "http://chatkut.example.com"}, "https only"),
        (SEVERAL | {"slack_token_key": "short"}, "is not a key"),
    ],
)
def test_settings_that_do_not_go_together_are_named(
    memory: Memory, given: dict[str, str], words: str
) -> None:
    with pytest.raises(StoreFailed, match=words):
        made(memory, **given)
