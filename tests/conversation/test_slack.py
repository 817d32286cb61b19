"""What only Slack has, with the whole service behind it."""

import re
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from tests.adapters.chat.slack.blocks import texts
from tests.adapters.chat.slack.consent import CLIENT_ID, CLIENT_SECRET, InstallingSlack
from tests.adapters.chat.slack.telling import SECRET
from tests.adapters.chat.slack.things import TEAM
from tests.conversation import stages
from tests.conversation.script import answered
from tests.conversation.stack import Stack

PUBLIC = "https://chatkut.example.com"


async def test_what_is_said_while_nobody_listens_is_answered_once(
    root: Path, clips: dict[str, bytes]
) -> None:
    async with stages.slack(root) as (stage, stack):
        async with stack.running():
            await stage.say("", [("beach.mp4", clips["beach.mp4"])])
            await answered(stage, 1)
        stage.write("call it sea")
        for _ in range(2):
            async with stack.running():
                *_, receipt = await answered(stage, 2)
        assert receipt.text == "Renamed “beach” to “sea”"


# slack_sdk's own business: it authenticates as aiohttp would not any more.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_a_workspace_that_installs_the_app_edits_its_first_clip(
    root: Path, clips: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with InstallingSlack() as site:
        monkeypatch.setattr("bot.adapters.chat.slack.FILE_HOSTS", (site.url,))
        stack = Stack(root, _app(site))
        browser = httpx.AsyncClient(timeout=60, base_url=stack.url, trust_env=False)
        async with stack.running(public_url=PUBLIC), browser as site.http:
            begun = await site.http.get("/slack/install")
            back = site.consent(begun.headers["location"], TEAM)
            # As a browser brings it back, were this https.
            state = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
            assert (await site.http.get(back, headers=state)).status_code == 200
            stage = stages.SlackStage(site, site.channel())
            await stage.say("call it sea", [("beach.mp4", clips["beach.mp4"])])
            *_, receipt = await answered(stage, 2)
    assert receipt.text == "Renamed “beach” to “sea”"


def _app(site: InstallingSlack) -> dict[str, str]:
    """The settings of an app that workspaces install."""
    return {
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": CLIENT_SECRET,
        "slack_token_key": Fernet.generate_key().decode(),
        "slack_signing_secret": SECRET,
        "slack_api_url": site.api_url,
    }


async def test_home_and_links_show_what_was_made_here(root: Path, clips: dict[str, bytes]) -> None:
    async with stages.slack(root) as (stage, stack), stack.running(public_url=PUBLIC):
        await stage.say("", [("beach.mp4", clips["beach.mp4"])])
        await answered(stage, 1)
        opened = {"type": "app_home_opened", "user": "U0ANNA", "channel": "D0ANNA", "tab": "home"}
        await stage.site.tell("events_api", stage.site.event(opened))
        *_, line = texts(stage.site.views["U0ANNA"])
        assert line.startswith(f"<#{stage.place.id}> · 0:02 long · 1 clip · last change ")

        await stage.say("/share")
        await answered(stage, 2)
        blocks = stage.site.shown(stage.place)[-1].raw["blocks"]
        (url,) = re.findall(r"https://[^|]+/s/[^|]+", str(blocks))
        posted = stage.site.say(stage.place, "U0BEN", f"look: {url}")
        event = {
            "type": "link_shared",
            "user": "U0BEN",
            "channel": stage.place.id,
            "message_ts": posted["ts"],
            "links": [{"url": url, "domain": "chatkut.example.com"}],
        }
        await stage.site.tell("events_api", stage.site.event(event, TEAM))
        (card,) = texts(stage.site.unfurled[posted["ts"]][url])
        assert card.startswith(f"*<{url}|A film of 0:02>*\n1 clip")
