import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.adapters.chat.slack import SlackApi, SlackChat
from bot.adapters.download import Downloads
from bot.ports import (
    Address,
    ChatBusy,
    ChatRefused,
    Choice,
    PostUnknown,
    Progress,
    Reply,
    key_of,
)
from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.slack_platform import address, speaking
from tests.adapters.chat.slack.things import BOT_TOKEN

KEY = key_of("1")
SAID = Reply("answer", "Hello")
LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC)  # the site's clock is ahead


def picture(folder: Path) -> Path:
    path = folder / "r2.png"
    path.write_bytes(b"a picture")
    return path


async def test_an_answer_opens_a_thread_beneath_the_message(
    site: SlackSite, chat: SlackChat
) -> None:
    channel = site.channel()
    root = site.say(channel, "U0ANNA", "hello")["ts"]
    await chat.post(address(channel, message=root), SAID, KEY)
    await chat.post(address(channel, thread=root, message="1900000999.000100"), SAID, KEY)
    assert [shown.thread for shown in site.shown(channel)] == [root, root]


async def test_where_the_thread_was_deleted_it_is_said_in_the_channel_and_found_there(
    site: SlackSite, chat: SlackChat
) -> None:
    channel = site.channel()
    to = address(channel, message=site.say(channel, "U0ANNA", "hello")["ts"])
    channel.messages.clear()
    site.faults.lost_answers = 1
    with pytest.raises(PostUnknown):
        await chat.post(to, SAID, KEY)
    (shown,) = site.shown(channel)
    assert shown.thread == ""
    assert await chat.find(to, KEY, LONG_AGO) == f"{shown.ts}#{KEY}"


@pytest.mark.parametrize(
    ("place", "message"), [("D0ANNA", "1900000999.000100"), ("C0FILMS", "slash:abc")]
)
async def test_in_direct_messages_and_after_commands_no_thread_is_opened(
    site: SlackSite, chat: SlackChat, place: str, message: str
) -> None:
    channel = site.channel(place)
    await chat.post(address(channel, message=message), SAID, KEY)
    assert site.shown(channel)[0].thread == ""


async def test_a_picture_and_a_film_are_part_of_the_one_message(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel = site.channel()
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film" * 500_000)
    reply = Reply("render", "Rendered", files=(picture(tmp_path), film))
    await chat.post(address(channel), reply, KEY)
    (shown,) = site.shown(channel)
    assert shown.files == (("r2.png", b"a picture"), ("film.mp4", film.read_bytes()))
    assert all(file.seen_in == {channel.id} for file in site.files.values())


async def test_a_picture_is_shown_only_when_slack_has_looked_at_it(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    site.faults.looks = 3
    reply = Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    await chat.post(address(site.channel()), reply, KEY)
    assert len(site.called("files.info")) == 3


async def test_before_the_message_nobody_sees_the_files(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel = site.channel()
    reply = Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    channel.is_archived = True
    with pytest.raises(ChatRefused, match="archived"):
        await chat.post(address(channel), reply, KEY)
    (file,) = site.files.values()
    assert file.seen_in == set()


async def test_a_post_that_is_tried_again_does_not_upload_again(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel = site.channel()
    reply = Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    site.faults.lost_answers = 1
    with pytest.raises(PostUnknown):
        await chat.post(address(channel), reply, KEY)
    await chat.post(address(channel), reply, KEY)
    assert len(site.called("files.completeUploadExternal")) == 1


async def test_an_upload_that_breaks_off_posts_nothing(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel = site.channel()
    reply = Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    site.faults.broken_uploads = 1
    with pytest.raises(ChatBusy):
        await chat.post(address(channel), reply, KEY)
    assert site.shown(channel) == []
    await chat.post(address(channel), reply, KEY)
    assert len(site.shown(channel)[0].files) == 1


async def test_of_a_file_that_cannot_be_attached_the_post_says_why(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel = site.channel()
    large = tmp_path / "film.mp4"
    with large.open("wb") as file:
        file.truncate(1_500_000_000)
    reply = Reply("render", "Rendered", files=(large, tmp_path / "gone.png"))
    await chat.post(address(channel), reply, KEY)
    (shown,) = site.shown(channel)
    assert "could not attach “film.mp4”: It is larger than Slack takes (1.5 GB)" in shown.text
    assert "“gone.png” cannot be read here" in shown.text


async def test_where_slack_has_no_room_for_a_file_the_post_says_so(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel = site.channel()
    reply = Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    site.faults.errors.append("storage_limit_reached")
    await chat.post(address(channel), reply, KEY)
    assert "could not attach “r2.png”" in site.shown(channel)[0].text


async def test_a_long_text_comes_along_as_a_file(site: SlackSite, chat: SlackChat) -> None:
    channel, text = site.channel(), "a line of the history\n" * 5000
    await chat.post(address(channel), Reply("answer", text), KEY)
    assert site.shown(channel)[0].files == (("answer.txt", text.encode()),)


async def test_an_edit_of_a_long_text_brings_the_new_one(site: SlackSite, chat: SlackChat) -> None:
    to, texts = address(site.channel()), ("the first line\n" * 2000, "the second\n" * 2000)
    post = await chat.post(to, Reply("answer", texts[0]), KEY)
    await chat.edit(to, post, Reply("answer", texts[1]))
    assert site.shown(site.channel())[0].files == (("answer.txt", texts[1].encode()),)


async def test_a_process_that_dies_while_uploading_leaves_nothing_to_see(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel, reply = site.channel(), Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    site.faults.looks = 10**6
    dying = asyncio.create_task(chat.post(address(channel), reply, KEY))
    await site.looked.wait()
    dying.cancel()
    await asyncio.wait([dying])
    assert site.shown(channel) == []
    site.faults.looks = 1
    async with speaking(site) as reborn:
        await reborn.post(address(channel), reply, KEY)
    assert len(site.shown(channel)) == 1


async def test_nobody_is_mentioned_whatever_is_said(site: SlackSite, chat: SlackChat) -> None:
    channel = site.channel()
    text = "Added “<!channel> <@U0ANNA> @everyone & <#C1>”"
    choices = (Choice("<!here>", "/undo"),)
    await chat.post(address(channel), Reply("receipt", text, choices), KEY)
    (shown,) = site.shown(channel)
    assert text in shown.text  # the site refuses raw mentions
    assert shown.buttons == (("<!here>", f"{KEY}#0"),)  # labels are not parsed


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("not_in_channel", "/invite"),
        ("channel_not_found", "/invite"),
        ("is_archived", "unarchive"),
        ("restricted_action", "ask an admin"),
        ("something_new", "something_new"),
    ],
)
async def test_what_slack_refuses_comes_with_what_to_do(
    site: SlackSite, chat: SlackChat, code: str, advice: str
) -> None:
    site.faults.errors.append(code)
    with pytest.raises(ChatRefused, match=advice):
        await chat.post(address(site.channel()), SAID, KEY)


@pytest.mark.parametrize(
    ("code", "advice"), [("invalid_auth", "reinstall"), ("missing_scope", "scope")]
)
async def test_what_an_admin_can_put_right_is_not_lost(
    site: SlackSite, chat: SlackChat, code: str, advice: str
) -> None:
    site.faults.errors.append(code)
    with pytest.raises(ChatBusy, match=advice):
        await chat.post(address(site.channel()), SAID, KEY)
    assert await chat.post(address(site.channel()), SAID, KEY)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_when_slack_breaks_down_the_fate_of_a_post_is_unknown(
    site: SlackSite, chat: SlackChat, status: int
) -> None:
    site.faults.statuses.append(status)
    with pytest.raises(PostUnknown):
        await chat.post(address(site.channel()), SAID, KEY)


async def test_when_slack_fails_halfway_the_fate_of_a_post_is_unknown(
    site: SlackSite, chat: SlackChat
) -> None:
    site.faults.errors.append("internal_error")
    with pytest.raises(PostUnknown):
        await chat.post(address(site.channel()), SAID, KEY)


async def test_when_slack_is_not_there_nothing_was_posted(site: SlackSite) -> None:
    api = SlackApi(SecretStr(BOT_TOKEN), "http://127.0.0.1:9/api/")
    chat = SlackChat(api, Downloads([], 1))
    with pytest.raises(ChatBusy):
        await chat.post(address(site.channel()), SAID, KEY)
    await chat.close()


async def test_a_request_is_never_sent_twice_by_itself(site: SlackSite, chat: SlackChat) -> None:
    channel = site.channel()
    site.faults.lost_answers = 1
    with pytest.raises(PostUnknown):
        await chat.post(address(channel), SAID, KEY)
    assert len(site.shown(channel)) == 1


async def test_a_post_is_found_on_a_later_page_of_its_thread(
    site: SlackSite, chat: SlackChat
) -> None:
    channel = site.channel()
    root = site.say(channel, "U0ANNA", "hello")["ts"]
    for _ in range(150):
        site.say(channel, "U0BEN", "chatter", thread_ts=root)
    post = await chat.post(address(channel, thread=root), SAID, KEY)
    assert await chat.find(address(channel, thread=root), KEY, LONG_AGO) == post


async def test_only_our_own_post_made_since_then_is_found(site: SlackSite, chat: SlackChat) -> None:
    channel = site.channel()
    to = address(channel)
    metadata = {"event_type": "chatkut_post", "event_payload": {"key": KEY}}
    site.say(channel, "U0EVIL", "mine", bot_id="B0EVIL", metadata=metadata)
    assert await chat.find(to, KEY, LONG_AGO) is None
    await chat.post(to, SAID, KEY)
    assert await chat.find(to, KEY, LONG_AGO) is not None
    assert await chat.find(to, KEY, datetime(2040, 1, 1, tzinfo=UTC)) is None


async def test_an_edited_card_keeps_its_picture(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    to, files = address(site.channel()), (picture(tmp_path),)
    post = await chat.post(to, Reply("receipt", "Trimmed", files=files), KEY)
    await chat.edit(to, post, Reply("receipt", "Undone", files=files))
    (shown,) = site.shown(site.channel())
    assert "Undone" in shown.text
    assert shown.files == (("r2.png", b"a picture"),)
    assert len(site.files) == 1


async def test_a_post_that_was_deleted_cannot_be_edited(site: SlackSite, chat: SlackChat) -> None:
    channel = site.channel()
    post = await chat.post(address(channel), SAID, KEY)
    channel.messages.clear()
    with pytest.raises(ChatRefused, match="no longer in Slack"):
        await chat.edit(address(channel), post, SAID)


async def test_lines_of_progress_share_what_the_workspace_allows(site: SlackSite) -> None:
    now = [0.0]
    api = SlackApi(SecretStr(BOT_TOKEN), site.api_url)
    chat = SlackChat(api, Downloads([], 1), lambda: now[0])
    to, line = address(site.channel()), Reply("progress", "5 %", progress=Progress("r", 0.05))
    assert chat.edit_seconds == 3
    posts = [await chat.post(to, line, key_of(str(n))) for n in range(10)]
    assert chat.edit_seconds == 15
    now[0] = 40
    await chat.edit(to, posts[0], line)
    now[0] = 70
    assert chat.edit_seconds == 3
    await chat.close()


async def test_the_lines_of_two_workspaces_have_nothing_to_do_with_each_other(
    site: SlackSite, chat: SlackChat
) -> None:
    line = Reply("progress", "5 %", progress=Progress("r", 0.05))
    for team in ("T0TEAM", "T0TWO"):
        site.tokens[BOT_TOKEN] = team
        to = address(site.channel(f"C0{team}", team=team), team=team)
        for number in range(4):
            await chat.post(to, line, key_of(team, str(number)))
    assert chat.edit_seconds == 6


async def test_a_film_too_large_for_slack_is_found_behind_its_link(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(1_100_000_000)
    link = "https://chatkut.example.com/r/token"
    await chat.post(
        address(site.channel()), Reply("render", "Rendered", files=(film,), link=link), KEY
    )
    (shown,) = site.shown(site.channel())
    assert "larger than Slack takes (1.1 GB). The link below leads to it." in shown.text
    assert shown.text.endswith("Download")


async def test_a_place_that_is_not_in_slack_is_refused(chat: SlackChat) -> None:
    with pytest.raises(ChatRefused):
        await chat.post(Address("discord:1/2"), SAID, KEY)


async def test_a_storm_of_limits_posts_nothing_and_then_once(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    channel, reply = site.channel(), Reply("receipt", "Trimmed", files=(picture(tmp_path),))
    site.faults.busy.extend([5] * 6)
    for _ in range(6):
        with pytest.raises(ChatBusy):
            await chat.post(address(channel), reply, KEY)
    await chat.post(address(channel), reply, KEY)
    assert len(site.shown(channel)) == 1


def test_no_secret_shows() -> None:
    api = SlackApi(SecretStr("xoxb-secret"))
    assert "secret" not in repr(SlackChat(api, Downloads([], 1))) + repr(api) + repr(vars(api))
