"""The application commands through the real client."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.adapters.chat.discord import sync_commands
from bot.adapters.chat.discord.commands import completions
from bot.adapters.chat.discord.limits import units
from bot.ports import Address, Attachment, ChatRefused, Mention, StoreFailed
from tests.adapters.chat.discord import payloads
from tests.adapters.chat.discord.ears import Kept, listening
from tests.adapters.chat.discord.payloads import Payload
from tests.adapters.chat.discord.rest import TOKEN
from tests.adapters.chat.discord.site import DiscordSite

NAMES = {
    "help",
    "timeline",
    "undo",
    "cancel",
    "redo",
    "history",
    "cost",
    "render",
    "upload",
    "say",
    "settings",
    "share",
    "export",
    "estimate",
    "budget",
}


class Clips:
    """The labels of one channel."""

    def __init__(self, channel: str, *labels: str) -> None:
        self._labels = {channel: labels}
        self.is_away = False

    async def labels(self, channel: str) -> Sequence[str]:
        if self.is_away:
            raise StoreFailed("The disk is full.")
        return self._labels.get(channel, ())


def option(name: str, value: str, kind: int = 3, **more: Any) -> Payload:
    return {"name": name, "type": kind, "value": value, **more}


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        *((name, (), f"/{name}") for name in ("help", "timeline", "undo", "cancel", "share")),
        ("export", (), "/export"),
        ("export", (option("format", "edl"),), "/export edl"),
        ("upload", (), "/upload"),
        ("render", (), "/render"),
        ("render", (option("preset", "720p"),), "/render 720p"),
        (
            "render",
            (option("preset", "720p"), option("third", "gif")),
            "/render 720p gif",
        ),
        ("estimate", (option("preset", "720p"),), "/estimate 720p"),
        ("budget", (), "/budget"),
        ("budget", (option("price", "$20"),), "/budget $20"),
        ("say", (option("text", "trim *it* to 5 s"),), "trim *it* to 5 s"),
    ],
)
async def test_a_command_is_a_message_that_all_can_see(
    site: DiscordSite, to: Address, *, name: str, options: tuple[Payload, ...], text: str
) -> None:
    kept = Kept()
    async with listening(kept):
        given = await site.command(name, *options)
        (callback,) = await site.until_answered()
    (message,) = kept.messages
    assert (message.id, message.channel, message.author) == (given, to.channel, "Anna")
    assert message.text == text
    assert callback["type"] == 4
    assert callback["data"]["content"] == text.replace("*", "\\*")
    assert callback["data"]["allowed_mentions"]["parse"] == []


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("show", (), "/settings"),
        ("confirm", (option("price", "$2"),), "/settings confirm $2"),
        ("limit", (option("price", "none"),), "/settings limit none"),
        ("instructions", (option("text", "be bold"),), "/settings instructions be bold"),
    ],
)
async def test_settings_are_asked_for_and_changed(
    site: DiscordSite, name: str, options: tuple[Payload, ...], text: str
) -> None:
    kept = Kept()
    async with listening(kept):
        await site.command("settings", {"name": name, "type": 1, "options": list(options)})
        await site.until_answered()
    assert kept.messages[0].text == text


async def test_whose_role_is_set_is_known_by_their_id(site: DiscordSite) -> None:
    kept, ben = Kept(), payloads.user("Ben @everyone")
    options = [option("person", ben["id"], 6), option("role", "viewer")]
    async with listening(kept):
        role = {"name": "role", "type": 1, "options": options}
        await site.command("settings", role, people=(ben,))
        await site.until_answered()
    assert kept.messages[0].text == "/settings role @Ben @everyone viewer"
    assert kept.messages[0].mentions == (Mention(ben["id"], "Ben @everyone"),)


async def test_whose_budget_is_set_is_known_by_their_id(site: DiscordSite) -> None:
    kept, ben = Kept(), payloads.user("Ben")
    options = (option("price", "$5"), option("person", ben["id"], 6))
    async with listening(kept):
        await site.command("budget", *options, people=(ben,))
        await site.until_answered()
    assert kept.messages[0].text == "/budget @Ben $5"
    assert kept.messages[0].mentions == (Mention(ben["id"], "Ben"),)


async def test_uploads_come_with_their_own_addresses(site: DiscordSite) -> None:
    kept, clip = Kept(), site.attachment("clip.mp4", b"film")
    song = site.attachment("song.mp3", b"la", "audio/mpeg")
    options = (option("file", clip["id"], 11), option("second", song["id"], 11))
    async with listening(kept):
        await site.command("upload", *options, attachments=(clip, song))
        (callback,) = await site.until_answered()
    assert kept.messages[0].attachments == (
        Attachment("clip.mp4", clip["url"], 4),
        Attachment("song.mp3", song["url"], 2),
    )
    assert callback["data"]["content"] == "“clip.mp4”, “song.mp3”"


async def test_what_is_said_may_bring_a_file(site: DiscordSite) -> None:
    kept, clip = Kept(), site.attachment("clip.mp4", b"film")
    options = (option("text", "add it"), option("file", clip["id"], 11))
    async with listening(kept):
        await site.command("say", *options, attachments=(clip,))
        await site.until_answered()
    assert kept.messages[0].text == "add it"
    assert kept.messages[0].attachments == (Attachment("clip.mp4", clip["url"], 4),)


async def test_a_command_that_cannot_be_kept_is_answered_to_the_person_alone(
    site: DiscordSite,
) -> None:
    kept = Kept()
    async with listening(kept):
        kept.failures = 1
        await site.command("undo")
        (callback,) = await site.until_answered()
    assert (
        callback["data"] | {"content": "The disk is full. Try again.", "flags": 64}
        == callback["data"]
    )


async def test_where_we_may_not_write_a_command_says_so(site: DiscordSite) -> None:
    kept = Kept()
    async with listening(kept):
        await site.command("undo", app_permissions="1024")
        (callback,) = await site.until_answered()
    assert "add me to it first" in callback["data"]["content"]
    assert kept.messages == []


async def test_commands_work_in_direct_messages_and_threads(site: DiscordSite, to: Address) -> None:
    kept, thread = Kept(), await site.thread()
    async with listening(kept):
        await site.command("undo", channel=site.direct)
        await site.command("undo", channel=thread)
        await site.until_answered(2)
    places = {(message.channel, message.thread) for message in kept.messages}
    assert places == {(f"discord:dm/{site.direct['id']}", ""), (to.channel, thread["id"])}


async def test_labels_of_clips_complete_what_is_typed(site: DiscordSite, to: Address) -> None:
    clips = Clips(to.channel, "Beach", "beach party", "intro")
    async with listening(Kept(), clips=clips):
        await site.command("say", option("text", "trim be", focused=True), kind=4)
        (callback,) = await site.until_answered()
    assert callback["type"] == 8
    offers = [choice["value"] for choice in callback["data"]["choices"]]
    assert offers == ["trim Beach", "trim beach party"]


async def test_labels_are_those_of_the_channel_that_one_types_in(
    site: DiscordSite, to: Address
) -> None:
    clips, thread = Clips(to.channel, "Beach"), await site.thread()
    async with listening(Kept(), clips=clips):
        for channel in (site.direct, thread):
            await site.command("say", option("text", "b", focused=True), kind=4, channel=channel)
            await site.until_answered(len(site.callbacks) + 1)
        clips.is_away = True
        await site.command("say", option("text", "b", focused=True), kind=4)
        callbacks = await site.until_answered(3)
    assert [len(each["data"]["choices"]) for each in callbacks] == [0, 1, 0]


@given(st.text(max_size=150), st.lists(st.text(max_size=120), max_size=60))
def test_completions_stay_within_the_limits(typed: str, labels: list[str]) -> None:
    offers = completions(typed, labels)
    assert len(offers) <= 25
    assert all(1 <= units(offer) <= 100 for offer in offers)


async def test_commands_are_registered_on_demand_only(site: DiscordSite) -> None:
    async with listening(Kept()):
        assert site.commands == []
    assert set(await sync_commands(SecretStr(TOKEN))) == NAMES
    (command,) = site.commands
    assert (command["name"], set(command["contexts"])) == ("chatkut", {0, 1})
    offered = {each["name"]: each for each in command["options"]}
    assert offered.keys() == NAMES
    (export,) = offered["export"]["options"]
    formats = [choice["value"] for choice in export["choices"]]
    assert formats == ["otio", "edl", "json", "srt", "vtt"]
    assert not export["required"]


async def test_a_wrong_token_registers_nothing(site: DiscordSite) -> None:
    with pytest.raises(ChatRefused, match="does not accept the bot token"):
        await sync_commands(SecretStr("wrong.to.ken"))
    assert site.commands == []
