"""Who may do what, as the platform tells who people are."""

from pathlib import Path

import pytest

from tests.conversation import stages
from tests.conversation.script import answered
from tests.conversation.stages import BEN, PLACES


async def test_a_guest_of_the_workspace_edits_but_does_not_render(
    root: Path, clips: dict[str, bytes]
) -> None:
    async with stages.slack(root) as (stage, stack), stack.running():
        stage.site.told_of["U0ANNA"] = {"is_restricted": True}
        await stage.say("call it sea", [("beach.mp4", clips["beach.mp4"])])
        await answered(stage, 2)
        await stage.say("render preview")
        _, receipt, refusal = await answered(stage, 3)
    assert receipt.text == "Renamed “beach” to “sea”"
    assert refusal.text.startswith("You can edit this film here as a guest from outside, but not")


async def test_whoever_manages_the_server_gives_roles_to_those_who_are_mentioned(
    root: Path, clips: dict[str, bytes]
) -> None:
    async with stages.discord(root) as (stage, stack):
        stage.site.guild["owner_id"] = BEN["id"]
        me, anna = (f"<@{who['id']}>" for who in (stage.site.bot, stage.site.anna))
        async with stack.running():
            await stage.say("", [("beach.mp4", clips["beach.mp4"])])
            await answered(stage, 1)
            await stage.say("/settings role @Ben viewer")
            await answered(stage, 2)
            await stage.site.say(f"{me} /settings role {anna} viewer", author=BEN)
            await answered(stage, 3)
            await stage.say("call it sea")
            _, refused, allowed, useless = await answered(stage, 4)
    assert refused.text.startswith("Only an admin can change the settings here")
    assert allowed.text == "Anna looks and asks from now on."
    assert useless.text.startswith("You can look at this film and ask about it here, but not")


@pytest.mark.parametrize("place", PLACES)
async def test_only_who_asked_says_yes_to_what_a_film_costs(
    place: str, root: Path, clips: dict[str, bytes]
) -> None:
    async with PLACES[place](root) as (stage, stack), stack.running(confirm_over_usd=0):
        await stage.say("", [("beach.mp4", clips["beach.mp4"])])
        await answered(stage, 1)
        await stage.say("render preview")
        question = (await answered(stage, 2))[-1]
        await stage.press(question, question.buttons[0], "Ben")
        refusal = (await answered(stage, 3))[-1]
        await stage.press(question, question.buttons[0], "Anna")
        film = (await answered(stage, 5))[-1]
    assert refusal.text == "Only Anna can confirm this."
    assert film.text.startswith("Rendered (preview): ")
