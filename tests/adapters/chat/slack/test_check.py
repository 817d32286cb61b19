from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import SecretStr

from bot.adapters.chat.slack import SlackApi, check
from bot.adapters.chat.slack.check import SCOPES
from tests.adapters.chat.slack.telling import TellingSlack
from tests.adapters.chat.slack.things import APP_TOKEN, BOT_TOKEN

MANIFEST = Path(__file__).parents[4] / "deploy" / "slack-manifest.yaml"


async def checked(url: str, bot: str = BOT_TOKEN, app: str = APP_TOKEN) -> dict[str, bool]:
    api = SlackApi(SecretStr(bot), url)
    findings = await check(api, SecretStr(app), None)
    await api.close()
    assert all(finding.advice for finding in findings if not finding.ok)
    return {finding.name: finding.ok for finding in findings}


async def test_with_right_settings_all_is_well(slack: TellingSlack) -> None:
    assert await checked(slack.api_url) == {
        "Slack bot token": True,
        "Slack app token": True,
        "Slack": True,
        "Slack scopes": True,
        "Slack Socket Mode": True,
    }


@pytest.mark.parametrize(
    ("bot", "app", "failing"),
    [
        ("xoxp-user", APP_TOKEN, "Slack bot token"),
        (BOT_TOKEN, "xoxb-bot", "Slack app token"),
        ("xoxb-", APP_TOKEN, "Slack bot token"),
        ("xoxb-1 2", APP_TOKEN, "Slack bot token"),
        (BOT_TOKEN, "xapp-<your token>", "Slack app token"),
        ("xoxb-revoked", APP_TOKEN, "Slack"),
        (BOT_TOKEN, "xapp-revoked", "Slack"),
    ],
)
async def test_each_wrong_token_is_found(
    slack: TellingSlack, bot: str, app: str, failing: str
) -> None:
    findings = await checked(slack.api_url, bot, app)
    assert [name for name, ok in findings.items() if not ok] == [failing]


async def test_missing_scopes_are_found(slack: TellingSlack) -> None:
    slack.faults.scopes = "chat:write"
    assert not (await checked(slack.api_url))["Slack scopes"]


async def test_an_app_from_before_previews_of_links_goes_on(slack: TellingSlack) -> None:
    slack.faults.scopes = ",".join(scope for scope in SCOPES if not scope.startswith("links"))
    assert (await checked(slack.api_url))["Slack scopes"]


async def test_a_slack_that_is_not_there_is_found() -> None:
    assert not (await checked("http://127.0.0.1:9/api/"))["Slack"]


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return loaded


def test_the_manifest_asks_for_exactly_the_scopes_that_are_needed() -> None:
    scopes = manifest()["oauth_config"]["scopes"]["bot"]
    assert scopes == sorted(SCOPES)


def test_the_manifest_subscribes_to_exactly_the_events_that_are_heard() -> None:
    assert manifest()["settings"]["event_subscriptions"]["bot_events"] == [
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "assistant_thread_started",
        "link_shared",
        *(f"message.{where}" for where in ("channels", "groups", "im", "mpim")),
        "tokens_revoked",
    ]
