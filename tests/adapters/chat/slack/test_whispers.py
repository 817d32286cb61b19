"""What one person alone is shown."""

from datetime import UTC, datetime

import pytest

from bot.adapters.chat.slack import SlackChat
from bot.ports import (
    ChatRefused,
    PostUnknown,
    Reply,
    key_of,
)
from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.slack_platform import address

KEY = key_of("1")
LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC)  # the site's clock is ahead


async def test_what_is_for_one_person_is_shown_to_them_alone(
    site: SlackSite, chat: SlackChat
) -> None:
    channel = site.channel()
    root = site.say(channel, "U0ANNA", "hello")["ts"]
    reply = site.say(channel, "U0ANNA", "upload", thread_ts=root)["ts"]
    link = "https://chatkut.example.com/u/token"
    whispered = Reply("answer", "Drop it here", link=link, only_for="U0ANNA")
    await chat.post(address(channel, root, reply), whispered, KEY)
    (shown,) = site.whispers
    assert (shown["user"], shown["thread_ts"]) == ("U0ANNA", root)
    assert f"<{link}|Open>" in str(shown["blocks"])
    assert site.shown(channel) == []


@pytest.mark.parametrize("in_thread", [True, False])
async def test_a_whisper_opens_no_thread_as_nobody_would_see_it_there(
    site: SlackSite, chat: SlackChat, in_thread: bool
) -> None:
    channel = site.channel()
    root = site.say(channel, "U0ANNA", "upload")["ts"]
    to = address(channel, root if in_thread else "", root)
    await chat.post(to, Reply("answer", "Drop it here", only_for="U0ANNA"), KEY)
    assert [shown["thread_ts"] for shown in site.whispers] == [""]


async def test_a_whisper_whose_answer_was_lost_is_not_found_and_shown_again(
    site: SlackSite, chat: SlackChat
) -> None:
    to, whispered = address(site.channel()), Reply("answer", "psst", only_for="U0ANNA")
    site.faults.lost_answers = 1
    with pytest.raises(PostUnknown):
        await chat.post(to, whispered, KEY)
    assert await chat.find(to, KEY, LONG_AGO) is None
    await chat.post(to, whispered, KEY)
    assert len(site.whispers) == 2


async def test_a_whisper_beneath_a_deleted_message_is_shown_beside_it(
    site: SlackSite, chat: SlackChat
) -> None:
    channel = site.channel()
    gone = address(channel, "1900000998.000100", "1900000999.000100")
    await chat.post(gone, Reply("answer", "psst", only_for="U0ANNA"), KEY)
    assert site.whispers[0]["thread_ts"] == ""


async def test_in_direct_messages_everything_is_for_one_person(
    site: SlackSite, chat: SlackChat
) -> None:
    channel = site.channel("D0ANNA")
    await chat.post(address(channel), Reply("answer", "psst", only_for="U0ANNA"), KEY)
    assert [shown.text for shown in site.shown(channel)] == ["psst"]


async def test_whom_a_whisper_is_for_must_be_there(site: SlackSite, chat: SlackChat) -> None:
    whispered = Reply("answer", "psst", only_for="U0GONE")
    with pytest.raises(ChatRefused, match="is not in this Slack channel"):
        await chat.post(address(site.channel()), whispered, KEY)
