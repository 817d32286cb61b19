"""What is heard at Discord, through the real client and its gateway."""

import discord
import pytest

from bot.adapters.chat.discord import DiscordChat
from bot.adapters.chat.discord.listener import SeenMeanwhile
from bot.ports import Address, Attachment, Mention, Message
from tests.adapters.chat.discord import payloads
from tests.adapters.chat.discord.ears import Joined, Kept, listening, me, until
from tests.adapters.chat.discord.payloads import Payload
from tests.adapters.chat.discord.site import DiscordSite


def answer_to(message: Payload) -> Payload:
    """The fields of a message that make it a reply."""
    reference = {
        "type": 0,
        "message_id": message["id"],
        "channel_id": message["channel_id"],
    }
    return {"type": 19, "message_reference": reference, "referenced_message": message}


async def test_a_mention_is_heard_without_the_mention(
    site: DiscordSite, kept: Kept, to: Address
) -> None:
    async with listening(kept) as listener:
        assert listener.connected
        said = await site.say(f"{me(site)} undo what <@{site.anna['id']}> did")
        assert await kept.until(1) == [
            Message(
                id=said["id"],
                channel=to.channel,
                author="Anna",
                text="undo what @Anna did",
                user=site.anna["id"],
                mentions=(Mention(site.anna["id"], "Anna"),),
            )
        ]
    assert not listener.connected


async def test_people_see_that_an_answer_comes_where_one_comes(
    site: DiscordSite, kept: Kept
) -> None:
    async with listening(kept):
        await site.say("lunch?")
        await site.say(f"{me(site)} help")
        await site.say("help", channel=site.direct)
        await kept.until(2)
        await until(lambda: len(site.typing) == 2)
    assert set(site.typing) == {site.channel["id"], site.direct["id"]}


async def test_what_is_read_after_a_restart_may_be_answered_so_no_answer_is_announced(
    site: DiscordSite, kept: Kept
) -> None:
    seen = SeenMeanwhile()
    async with listening(kept, seen=seen):
        await site.say(f"{me(site)} one")
        await kept.until(1)
        await until(lambda: len(site.typing) == 1)
    site.write(f"{me(site)} two")
    async with listening(kept, seen=seen):
        await kept.until(2)
    assert len(site.typing) == 1


async def test_where_it_cannot_be_shown_that_an_answer_comes_it_comes_all_the_same(
    site: DiscordSite, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "chatkut.discord")
    async with listening(kept):
        message = site.write(f"{me(site)} help")
        del site.channels[site.channel["id"]]
        await site.wire.dispatch("MESSAGE_CREATE", message | {"guild_id": site.guild["id"]})
        await kept.until(1)
        await until(lambda: "does not show that an answer comes" in caplog.text)


@pytest.mark.parametrize("permission", ["administrator", "manage_guild", "manage_channels", ""])
async def test_whoever_manages_the_server_is_an_admin(
    site: DiscordSite, kept: Kept, permission: str
) -> None:
    allowed = discord.Permissions(**{permission: True} if permission else {})
    role = payloads.role(payloads.snowflake(), "crew", permissions=str(allowed.value))
    site.guild["roles"].append(role)
    crew = payloads.member() | {"roles": [role["id"]]}
    async with listening(kept):
        await site.tell(site.write(f"{me(site)} help"), member=crew)
        await site.command("help", member=crew | {"user": site.anna})
        messages = await kept.until(2)
    is_admin = permission in ("administrator", "manage_guild")
    assert [message.admin for message in messages] == [is_admin, is_admin]


async def test_the_owner_of_the_server_is_an_admin_there_and_not_in_direct_messages(
    site: DiscordSite, kept: Kept
) -> None:
    site.guild["owner_id"] = site.anna["id"]
    async with listening(kept):
        await site.say(f"{me(site)} help")
        await kept.until(1)
        await site.say("help", channel=site.direct)
        assert [message.admin for message in await kept.until(2)] == [True, False]


async def test_a_mention_of_the_role_that_bears_the_bots_name_counts(
    site: DiscordSite, kept: Kept
) -> None:
    role = site.guild["roles"][1]["id"]
    async with listening(kept):
        await site.say(f"<@&{role}> help")
        assert (await kept.until(1))[0].text == "help"


async def test_in_a_thread_what_follows_is_heard_before_the_first_is_answered(
    site: DiscordSite, kept: Kept
) -> None:
    thread = await site.thread()
    async with listening(kept):
        await site.say(f"{me(site)} help", channel=thread)
        await kept.until(1)
        await site.say("and undo", channel=thread)
        assert (await kept.until(2))[-1].text == "and undo"


async def test_direct_messages_need_no_mention(site: DiscordSite, kept: Kept) -> None:
    async with listening(kept):
        await site.say("help", channel=site.direct)
        (message,) = await kept.until(1)
    assert (message.channel, message.thread) == (f"discord:dm/{site.direct['id']}", "")


async def test_chatter_bots_and_notices_are_not_for_us(site: DiscordSite, kept: Kept) -> None:
    async with listening(kept):
        await site.say("nice weather")
        await site.say(f"{me(site)} help", author=payloads.user("Another", bot=True))
        await site.say(f"{me(site)} help", webhook_id=payloads.snowflake())
        await site.say("pinned", type=6, channel=site.direct)
        await site.say("a poll", attachments=[site.attachment("notes.txt", b"x", "text/plain")])
        last = await site.say(f"{me(site)} help")
        assert [message.id for message in await kept.until(1)] == [last["id"]]


async def test_in_a_thread_that_we_take_part_in_no_mention_is_needed(
    site: DiscordSite, kept: Kept, to: Address
) -> None:
    ours, theirs = await site.thread(), await site.thread()
    async with listening(kept, Joined(ours["id"])):
        await site.say("shorter", channel=theirs)
        await site.say("shorter", channel=ours)
        (message,) = await kept.until(1)
    assert (message.channel, message.thread) == (to.channel, ours["id"])


async def test_a_thread_that_was_not_announced_belongs_to_its_parent_too(
    site: DiscordSite, kept: Kept, to: Address
) -> None:
    async with listening(kept):
        hidden = payloads.thread(site.guild["id"], site.channel["id"], site.anna["id"])
        site.channels[hidden["id"]] = hidden
        await site.say(f"{me(site)} shorter", channel=hidden)
        (message,) = await kept.until(1)
    assert (message.channel, message.thread) == (to.channel, hidden["id"])


async def test_media_are_heard_without_a_mention(site: DiscordSite, kept: Kept) -> None:
    clips = [
        site.attachment("clip.mp4", b"film"),
        site.attachment("voice.m4a", b"sound!", None),
        site.attachment("notes.pdf", b"pdf", "application/pdf"),
        site.attachment("Talk.SRT", b"1", "text/plain"),
        site.attachment("c.png", b"pic", "image/png") | {"title": "Größe"},
    ]
    async with listening(kept):
        said = await site.say("here are the clips", attachments=clips)
        (message,) = await kept.until(1)
    where = f"{said['channel_id']}/{said['id']}"
    assert message.attachments == (
        Attachment("clip.mp4", f"{where}/{clips[0]['id']}", 4),
        Attachment("voice.m4a", f"{where}/{clips[1]['id']}", 6),
        Attachment("Talk.SRT", f"{where}/{clips[3]['id']}", 1),
        Attachment("Größe.png", f"{where}/{clips[4]['id']}", 3),
    )


async def test_what_was_heard_can_be_fetched(
    site: DiscordSite, kept: Kept, chat: DiscordChat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    into = tmp_path_factory.mktemp("clips") / "in"
    async with listening(kept):
        await site.say("", attachments=[site.attachment("clip.mp4", b"film")])
        (message,) = await kept.until(1)
    await chat.fetch(message.attachments[0], into, lambda _: None)
    assert into.read_bytes() == b"film"


async def test_a_reply_brings_the_media_that_it_answers(site: DiscordSite, kept: Kept) -> None:
    async with listening(kept):
        clip = site.write("mine", attachments=[site.attachment("clip.mp4", b"film")])
        await site.say("wow", **answer_to(clip))
        await site.say(f"{me(site)} add this at the end", **answer_to(clip))
        (message,) = await kept.until(1)
    assert message.text == "add this at the end"
    (attachment,) = message.attachments
    assert attachment.ref == f"{clip['channel_id']}/{clip['id']}/{clip['attachments'][0]['id']}"


async def test_a_reply_to_us_needs_no_mention_and_our_picture_is_no_clip(
    site: DiscordSite, kept: Kept
) -> None:
    picture = site.attachment("r2.png", b"p", "image/png")
    async with listening(kept):
        ours = site.write("Trimmed", author=site.bot, attachments=[picture])
        await site.say("a bit more", **answer_to(ours))
        (message,) = await kept.until(1)
    assert (message.text, message.attachments) == ("a bit more", ())


async def test_a_forwarded_clip_is_a_clip(
    site: DiscordSite, kept: Kept, chat: DiscordChat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inner = payloads.message(site.channel["id"], site.anna)
    inner["attachments"] = [site.attachment("clip.mp4", b"film")]
    forward = {"type": 1, "message_id": "1", "channel_id": "2"}
    async with listening(kept):
        await site.say("", message_reference=forward, message_snapshots=[{"message": inner}])
        (message,) = await kept.until(1)
    into = tmp_path_factory.mktemp("clips") / "in"
    await chat.fetch(message.attachments[0], into, lambda _: None)
    assert into.read_bytes() == b"film"


async def test_the_same_message_three_times_is_one(site: DiscordSite, kept: Kept) -> None:
    async with listening(kept):
        said = await site.say(f"{me(site)} help")
        for _ in range(2):
            await site.tell(said)
        await kept.until_offered(3)
    assert len(kept.messages) == 1
