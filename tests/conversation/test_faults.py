"""What goes wrong on Slack and Discord, and what people see of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conversation import stages
from tests.conversation.script import Seen, answered, press, until
from tests.conversation.stack import Stack
from tests.conversation.stages import PLACES, DiscordStage, SlackStage

Scene = tuple[SlackStage | DiscordStage, Stack]


@pytest.fixture(params=PLACES)
async def scene(request: pytest.FixtureRequest, root: Path) -> AsyncIterator[Scene]:
    """A channel, and a ChatKut that does not run yet."""
    async with PLACES[request.param](root) as scene:
        yield scene


async def dropped(
    stage: SlackStage | DiscordStage, clips: dict[str, bytes], *names: str
) -> list[Seen]:
    """Clips are dropped and taken in."""
    before = len(stage.posts())
    await stage.say("", [(name, clips[name]) for name in names])
    return await answered(stage, before + len(names))


def texts(posts: list[Seen]) -> list[str]:
    return [post.text.partition("\n")[0] for post in posts]


@pytest.mark.slow
async def test_in_a_storm_of_429_posts_come_late_in_order_and_once(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        await dropped(stage, clips, "beach.mp4")
        stage.storm()
        for number in range(1, 6):
            await stage.say(f"call it take{number}")
        await until(lambda: len(stage.posts()) >= 3)
        stage.storm()
        posts = await answered(stage, 6)
    assert texts(posts[1:]) == [
        f"Renamed “{before}” to “take{number}”"
        for number, before in enumerate(["beach", "take1", "take2", "take3", "take4"], 1)
    ]
    assert all(len(post.files) == 1 for post in posts[1:])


@pytest.mark.slow
async def test_a_connection_that_drops_in_the_middle_of_an_upload_loses_and_doubles_nothing(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        await dropped(stage, clips, "beach.mp4")
        stage.break_upload()
        await stage.say("call it sea")
        await until(lambda: stage.is_broken)
        await stage.drop()
        await stage.say("call it ocean")
        posts = await answered(stage, 3)
    assert texts(posts[1:]) == ["Renamed “beach” to “sea”", "Renamed “sea” to “ocean”"]
    assert [len(post.files) for post in posts] == [0, 1, 1]


async def test_a_connection_that_drops_while_a_clip_is_fetched_does_not_disturb_that(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        stage.downloads.gate.clear()
        await stage.say("call it sea", [("beach.mp4", clips["beach.mp4"])])
        await until(lambda: stage.downloads.count)
        await stage.drop()
        await stage.say("call it ocean")
        stage.downloads.gate.set()
        posts = await answered(stage, 3)
    assert texts(posts[1:]) == ["Renamed “beach” to “sea”", "Renamed “sea” to “ocean”"]
    assert stage.downloads.count == 1


async def test_what_is_delivered_three_times_is_done_once(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        message = stage.write("trim it to 1 second", [("beach.mp4", clips["beach.mp4"])])
        await asyncio.gather(*(stage.tell(message) for _ in range(3)))
        await answered(stage, 2)
        await stage.tell(message)
        await stage.say("call it sea")
        posts = await answered(stage, 3)
        assert len(await stack.revisions(stage.channel)) == 2
    assert texts(posts)[1:] == ["Trimmed “beach” to 1.0 s (was 2.0 s)", "Renamed “beach” to “sea”"]


async def test_a_message_that_is_edited_meanwhile_counts_as_it_was_said(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        await dropped(stage, clips, "beach.mp4")
        message = stage.write("call it sea")
        await stage.tell(message)
        await stage.edit(message, "call it lake")
        await stage.say("call it ocean")
        posts = await answered(stage, 3)
    assert texts(posts[1:]) == ["Renamed “beach” to “sea”", "Renamed “sea” to “ocean”"]


async def test_what_was_said_by_a_message_that_is_deleted_meanwhile_is_answered(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    """On Slack it opened the thread in which ChatKut would answer; its file stays there."""
    stage, stack = scene
    async with stack.running():
        message = stage.write("call it sea", [("beach.mp4", clips["beach.mp4"])])
        await asyncio.gather(stage.delete(message), stage.tell(message))
        posts = await answered(stage, 2)
    if isinstance(stage, SlackStage):
        assert texts(posts) == [texts(posts)[0], "Renamed “beach” to “sea”"]
    else:
        assert "“beach.mp4” is not to be had any more" in posts[0].text
        assert "I did not do “call it sea”, because" in posts[1].text


async def test_of_two_people_who_press_one_button_one_decides(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        await dropped(stage, clips, "beach.mp4", "city.mp4")
        await stage.say("make the clip black and white")
        question = (await answered(stage, 3))[-1]
        first, second = question.buttons
        await stage.press(question, first, "Anna")
        await stage.press(question, second, "Ben")
        posts = await answered(stage, 5)
        kinds = [kind for kind, _ in await stack.revisions(stage.channel)]
    assert kinds == ["edit", "edit"]
    assert texts(posts[3:]) == [
        "“beach”: black and white",
        "Anna has answered this already, so nothing more was done.",
    ]


async def test_of_two_people_who_press_undo_one_undoes(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        await dropped(stage, clips, "beach.mp4")
        await stage.say("trim it to 1 second")
        receipt = (await answered(stage, 2))[-1]
        await asyncio.gather(
            stage.press(receipt, "Undo", "Anna"), stage.press(receipt, "Undo", "Ben")
        )
        posts = await answered(stage, 4)
        kinds = [kind for kind, _ in await stack.revisions(stage.channel)]
    assert kinds == ["edit", "edit", "undo"]
    assert posts[2].text.startswith("Undid #2 by Anna")
    assert posts[3].text.startswith("#2 is undone already by")


async def test_a_button_from_before_a_restart_does_what_it_says(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running():
        await dropped(stage, clips, "beach.mp4", "city.mp4")
        await stage.say("make the clip black and white")
        await answered(stage, 3)
    async with stack.running():
        await press(stage, "“city”")
        posts = await answered(stage, 4)
        await press(stage, "Undo")
        posts = await answered(stage, 5)
    assert posts[3].text.startswith("“city”: ")
    assert posts[4].text.startswith("Undid #2 by Anna")


async def test_a_file_that_was_removed_is_told(scene: Scene, clips: dict[str, bytes]) -> None:
    stage, stack = scene
    async with stack.running():
        message = stage.write("trim it to 1 second", [("beach.mp4", clips["beach.mp4"])])
        told = dict(message)
        stage.withdraw(message)
        await stage.tell(told)
        posts = await answered(stage, 2)
        assert await stack.revisions(stage.channel) == ()
    assert "beach.mp4" in posts[0].text
    assert "I did not do “trim it to 1 second”, because" in posts[1].text


async def test_where_the_bot_was_removed_posts_are_given_up_and_others_go_on(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    other = stage.elsewhere()
    async with stack.running():
        await dropped(stage, clips, "beach.mp4")
        message = stage.write("trim it to 1 second")
        stage.storm()
        await stage.tell(message)
        stage.remove_bot()
        await dropped(other, clips, "city.mp4")
        await until(lambda: stack.outbox()[-1].state == "sent" and stack.is_settled())
        await dropped(other, clips, "beach.mp4")
    fates = [(row.channel_key, row.state) for row in stack.outbox()]
    assert fates.count((stage.channel, "sent")) == len(stage.posts()) == 1
    assert fates.count((stage.channel, "failed")) == 1
    assert fates.count((other.channel, "sent")) == len(other.posts()) == 2


async def test_an_upload_of_two_gigabytes_is_refused_before_a_byte_is_fetched(
    scene: Scene, clips: dict[str, bytes]
) -> None:
    stage, stack = scene
    async with stack.running(max_upload_mb=1024):
        huge = stage.write("", [("huge.mp4", clips["beach.mp4"])], announced=2 << 30)
        await stage.tell(huge)
        (post,) = await answered(stage, 1)
        assert stage.downloads.count == 0
        await stage.say("", [("beach.mp4", clips["beach.mp4"])])
        await answered(stage, 2)
        assert stage.downloads.count == 1
    assert post.text == (
        "I cannot use “huge.mp4”: it is larger than 1,073.7 MB, which is the most that I take."
    )


async def test_slack_over_http_takes_nothing_that_is_forged_or_old(
    root: Path, clips: dict[str, bytes]
) -> None:
    async with stages.slack(root, http=True) as (stage, stack), stack.running():
        message = stage.write("", [("beach.mp4", clips["beach.mp4"])])
        genuine, stage.site.secret = stage.site.secret, "another-secret"
        *_, forged = await stage.site.tell_of(stage.place, message)
        stage.site.secret, stage.site.seconds_late = genuine, 301
        *_, old = await stage.site.tell_of(stage.place, message)
        assert (forged.answer, old.answer) == (None, None)
        stage.site.seconds_late, stage.root = 0, ""
        await stage.say("help")
        posts = await answered(stage, 1)
        assert await stack.revisions(stage.channel) == ()
    assert posts[0].text.startswith("Drop clips")


async def test_what_is_said_at_discord_while_chatkut_is_down_is_answered_when_it_is_back(
    root: Path, clips: dict[str, bytes]
) -> None:
    async with stages.discord(root) as (stage, stack):
        async with stack.running():
            await dropped(stage, clips, "beach.mp4")
        for text in ("call it sea", "call it ocean"):
            stage.write(text)
        async with stack.running():
            posts = await answered(stage, 3)
    assert texts(posts[1:]) == ["Renamed “beach” to “sea”", "Renamed “sea” to “ocean”"]
