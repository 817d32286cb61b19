"""What only Slack has, with the whole service behind it."""

import re
from pathlib import Path

from tests.adapters.chat.slack.blocks import texts
from tests.adapters.chat.slack.things import TEAM
from tests.conversation import stages
from tests.conversation.script import answered

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
