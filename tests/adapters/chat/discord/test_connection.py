"""The connection to Discord: what is refused, resumed, read afterwards, and in which order."""

import asyncio
import logging

import pytest
from pydantic import SecretStr

from bot.adapters.chat.discord import DiscordListener, SeenMeanwhile
from bot.ports import ChatRefused
from tests.adapters.chat.discord import payloads
from tests.adapters.chat.discord.ears import Joined, Kept, listening, me, until
from tests.adapters.chat.discord.rest import TOKEN, Fault
from tests.adapters.chat.discord.site import DiscordSite


async def test_without_the_content_intent_mentions_and_direct_messages_are_heard(
    site: DiscordSite, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    site.wire.content_allowed = False
    thread = await site.thread()
    caplog.set_level(logging.WARNING, "chatkut.discord")
    async with listening(kept, Joined(thread["id"])):
        await site.say("shorter", channel=thread)
        await site.say("", attachments=[site.attachment("clip.mp4", b"film")])
        await site.say(f"{me(site)} help")
        await site.say("history", channel=site.direct)
        assert [message.text for message in await kept.until(2)] == ["help", "history"]
    told = [record for record in caplog.records if record.name == "chatkut.discord"]
    assert ["message-content intent is off" in record.message for record in told] == [True]


@pytest.mark.parametrize("code", [4004, 4013])
async def test_a_connection_that_can_never_work_is_refused(
    site: DiscordSite, kept: Kept, code: int
) -> None:
    site.wire.close_next_with = code
    listener = DiscordListener(SecretStr(TOKEN), Joined())
    with pytest.raises(ChatRefused):
        await listener.start(kept)
    await listener.stop()


async def test_a_wrong_token_is_refused(site: DiscordSite, kept: Kept) -> None:
    listener = DiscordListener(SecretStr("wrong.to.ken"), Joined())
    with pytest.raises(ChatRefused, match="does not accept the bot token"):
        await listener.start(kept)
    await listener.stop()
    assert ("GET", "/users/@me") in site.requests


async def test_while_discord_is_down_at_the_start_it_is_tried_again(
    site: DiscordSite, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.chat.discord.listener._FIRST_PAUSE_SECONDS", 0.01)
    site.down = True
    async with listening(kept) as listener:
        assert not listener.connected
        site.down = False
        await site.wire.until(identified=1)
        await site.say(f"{me(site)} help")
        await kept.until(1)
        assert listener.connected


async def test_a_token_that_is_revoked_meanwhile_is_logged(
    site: DiscordSite, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(kept) as listener:
        await site.say(f"{me(site)} help")
        await kept.until(1)
        await site.wire.drop(code=4004)
        assert listener._life is not None
        await asyncio.wait([listener._life])
        assert not listener.connected
    assert "Nothing is heard from Discord any more" in caplog.text


async def test_messages_come_in_the_order_in_which_they_were_said(
    site: DiscordSite, kept: Kept
) -> None:
    async with listening(kept):
        kept.hold.clear()
        said = [await site.say(f"{me(site)} {n}") for n in range(20)]
        await kept.until_offered(1)
        kept.hold.set()
        await kept.until(20)
    assert [message.id for message in kept.messages] == [message["id"] for message in said]


async def test_while_the_store_is_down_messages_wait_in_order(
    site: DiscordSite, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.chat.discord.listener._FIRST_PAUSE_SECONDS", 0.01)
    async with listening(kept):
        kept.failures = 1  # the next ones would pass it by
        for n in range(3):
            await site.say(f"{me(site)} {n}")
        assert [message.text for message in await kept.until(3)] == ["0", "1", "2"]


async def test_stopping_waits_for_what_is_being_accepted(site: DiscordSite, kept: Kept) -> None:
    async with listening(kept) as listener:
        kept.hold.clear()
        await site.say(f"{me(site)} help")
        await kept.until_offered(1)
        stopping = asyncio.create_task(listener.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        kept.hold.set()
        await stopping
    assert [message.text for message in kept.messages] == ["help"]


async def test_after_a_drop_the_session_is_resumed_and_nothing_is_missed(
    site: DiscordSite, kept: Kept
) -> None:
    async with listening(kept):
        await site.say(f"{me(site)} one")
        await kept.until(1)
        await site.wire.drop()
        await site.say(f"{me(site)} two")
        await site.wire.until(resumed=1)
        assert [message.text for message in await kept.until(2)] == ["one", "two"]
        await site.wire.ask_to_reconnect()
        await site.wire.until(resumed=2)
        await site.say(f"{me(site)} three")
        await kept.until(3)
    assert site.wire.identified == 1


async def test_what_was_said_between_two_sessions_is_read_from_the_history(
    site: DiscordSite, kept: Kept
) -> None:
    async with listening(kept):
        await site.say(f"{me(site)} one")
        await kept.until(1)
        site.wire.resumable = False
        await site.wire.drop()
        site.write("nobody is asked")
        site.write(f"{me(site)} two")
        await site.wire.until(identified=2)
        await kept.until(2)
    assert [message.text for message in kept.messages] == ["one", "two"]


async def test_what_was_said_during_a_restart_is_read_in_order_and_once(
    site: DiscordSite, kept: Kept
) -> None:
    seen, thread = SeenMeanwhile(), await site.thread()
    async with listening(kept, Joined(thread["id"]), seen):
        await site.say(f"{me(site)} one")
        await site.say("two", channel=thread)
        await site.say("three", channel=site.direct)
        await kept.until(3)
    for n in range(120):
        site.write(f"chatter {n}")
    site.write(f"{me(site)} four")
    site.write("five", channel=thread)
    site.write("six", channel=site.direct)
    async with listening(kept, Joined(thread["id"]), seen):
        await site.say(f"{me(site)} seven")
        await kept.until(7)
    by_place = {
        place: [message.text for message in kept.messages if (message.thread or "") == place]
        for place in ("", thread["id"])
    }
    assert sorted(by_place[""]) == sorted(["one", "three", "four", "six", "seven"])
    assert by_place[thread["id"]] == ["two", "five"]
    site.requests.clear()
    async with listening(kept, Joined(thread["id"]), seen) as listener:
        assert listener.connected
        assert len(kept.messages) == 7


async def test_a_place_that_is_closed_to_us_does_not_hold_up_the_others(
    site: DiscordSite, kept: Kept
) -> None:
    seen = SeenMeanwhile()
    await seen.saw("12345", "1")
    await seen.saw(site.channel["id"], payloads.snowflake())
    site.write(f"{me(site)} help")
    async with listening(kept, seen=seen):
        assert (await kept.until(1))[0].text == "help"


async def test_something_unreadable_ends_neither_the_bot_nor_what_was_said_meanwhile(
    site: DiscordSite, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.chat.discord.listener._FIRST_PAUSE_SECONDS", 0.01)
    async with listening(kept):
        await site.say(f"{me(site)} one")
        await kept.until(1)
        await site.wire.dispatch("MESSAGE_CREATE", {"id": "1"})
        site.write(f"{me(site)} two")
        await site.wire.until(identified=2)
        await site.say(f"{me(site)} three")
        assert sorted(message.text for message in await kept.until(3)) == ["one", "three", "two"]


async def test_with_several_shards_each_server_is_heard_once(site: DiscordSite, kept: Kept) -> None:
    site.wire.shards = 3
    async with listening(kept) as listener:
        assert listener.connected
        await site.say(f"{me(site)} help")
        await site.say("help", channel=site.direct)
        await kept.until(2)
    assert kept.offered == 2


async def test_when_one_shard_begins_anew_only_its_places_are_read_again(
    site: DiscordSite, kept: Kept
) -> None:
    site.wire.shards = 2
    elsewhere = site.other_server()
    async with listening(kept):
        for channel in (site.channel, elsewhere):
            await site.say(f"{me(site)} one", channel=channel)
        await kept.until(2)
        site.requests.clear()
        site.wire.resumable = False
        await site.wire.drop(guild_id=elsewhere["guild_id"])
        for channel in (site.channel, elsewhere):
            site.write(f"{me(site)} two", channel=channel)
        assert (await kept.until(3))[-1].channel.endswith(elsewhere["id"])
    paths = [path for _, path in site.requests]
    assert f"/channels/{elsewhere['id']}/messages" in paths
    assert f"/channels/{site.channel['id']}/messages" not in paths


async def test_while_a_shard_is_away_we_are_not_ready(site: DiscordSite, kept: Kept) -> None:
    site.wire.shards = 2
    async with listening(kept) as listener:
        await site.wire.until(identified=2)
        site.wire.holds_back = True
        await site.wire.drop(guild_id=site.guild["id"])
        await until(lambda: not listener.connected)
        site.wire.holds_back = False
        await site.wire.until(resumed=1)
        await until(lambda: listener.connected)


async def test_when_discord_wants_more_shards_it_gets_them(
    site: DiscordSite, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.chat.discord.listener._FIRST_PAUSE_SECONDS", 0.01)
    async with listening(kept) as listener:
        await site.wire.until(identified=1)
        site.wire.shards = 3
        await site.wire.drop(code=4011)
        await site.wire.until(identified=4)
        await until(lambda: listener.connected)


async def test_compressed_events_are_understood(site: DiscordSite, kept: Kept) -> None:
    site.wire.compressed = True
    async with listening(kept):
        await site.say(f"{me(site)} help")
        await kept.until(1)


async def test_what_is_said_after_a_restart_waits_for_what_was_said_before_it(
    site: DiscordSite, kept: Kept
) -> None:
    seen = SeenMeanwhile()
    await seen.saw(site.channel["id"], payloads.snowflake())
    site.write(f"{me(site)} one")
    site.write(f"{me(site)} two")
    async with listening(kept, seen=seen):
        await site.say(f"{me(site)} three")
        await kept.until(3)
    assert [message.text for message in kept.messages] == ["one", "two", "three"]


async def test_while_the_history_cannot_be_read_it_is_tried_again(
    site: DiscordSite, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.chat.discord.listener._FIRST_PAUSE_SECONDS", 0.01)
    seen = SeenMeanwhile()
    await seen.saw(site.channel["id"], payloads.snowflake())
    site.write(f"{me(site)} one")
    site.faults.extend([Fault(503), Fault(429, {"message": "slow down"})])
    async with listening(kept, seen=seen):
        assert [message.text for message in await kept.until(1)] == ["one"]


async def test_stopping_before_the_history_was_read_leaves_it_for_the_next_start(
    site: DiscordSite, kept: Kept
) -> None:
    seen = SeenMeanwhile()
    await seen.saw(site.channel["id"], payloads.snowflake())
    site.write(f"{me(site)} one")
    async with listening(kept, seen=seen):
        await site.say(f"{me(site)} two")
    assert not [task for task in asyncio.all_tasks() if "on_message" in task.get_name()]
    async with listening(kept, seen=seen):
        assert [message.text for message in await kept.until(2)] == ["one", "two"]
