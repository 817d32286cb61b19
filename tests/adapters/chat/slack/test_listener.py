"""What is heard, over a socket and over HTTP alike."""

import asyncio
import logging

import pytest

from bot.ports import Attachment, Mention, Message
from tests.adapters.chat.slack.conftest import Heard
from tests.adapters.chat.slack.things import BOT_ID, BOT_USER, TEAM

MENTION = f"<@{BOT_USER}>"
FILMS = f"slack:{TEAM}/C0FILMS"


async def test_a_mention_is_one_message_though_it_is_told_twice(heard: Heard) -> None:
    channel = heard.slack.channel()
    said, told = await heard.slack.said(channel, "U0ANNA", f"{MENTION} trim &lt;it&gt;")
    assert heard.intake.only() == Message(
        id=said["ts"],
        channel=FILMS,
        author="Anna",
        text="trim <it>",
        user="U0ANNA",
        thread=said["ts"],
    )
    assert [each.attempts for each in told] == [1, 1]


async def test_a_message_is_acknowledged_only_when_it_is_kept(heard: Heard) -> None:
    heard.intake.failures = 2
    heard.slack.patience_seconds = 0.2
    _, (mention, _) = await heard.slack.said(heard.slack.channel(), "U0ANNA", f"{MENTION} hi")
    assert mention.attempts >= 3
    assert heard.intake.only().text == "hi"


async def test_an_event_that_is_never_kept_is_never_acknowledged(heard: Heard) -> None:
    heard.intake.failures = 100
    heard.slack.patience_seconds = 0.2
    _, (told,) = await heard.slack.said(heard.slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert told.answer is None
    assert heard.intake.messages == {}


async def test_the_same_message_delivered_three_times_is_one(heard: Heard) -> None:
    channel = heard.slack.channel()
    message = heard.slack.say(channel, "U0ANNA", f"{MENTION} hi")
    for _ in range(3):
        await heard.slack.tell_of(channel, message)
    assert heard.intake.asked == 6
    assert len(heard.intake.messages) == 1


async def test_in_direct_messages_no_mention_is_needed_and_no_thread_opened(heard: Heard) -> None:
    await heard.slack.said(heard.slack.channel("D0ANNA"), "U0ANNA", "trim it")
    assert heard.intake.only().thread == ""


async def test_a_reply_is_heard_only_where_we_take_part(heard: Heard) -> None:
    channel = heard.slack.channel()
    root = heard.slack.say(channel, "U0ANNA", "a film")["ts"]
    _, (told,) = await heard.slack.said(channel, "U0BEN", "nice", thread_ts=root)
    assert heard.intake.messages == {}
    assert told.answer is not None
    heard.threads.threads.add((FILMS, root))
    await heard.slack.said(channel, "U0BEN", "shorter", thread_ts=root)
    message = heard.intake.only()
    assert (message.text, message.thread) == ("shorter", root)


async def test_a_reply_is_heard_while_the_clip_above_it_is_still_taken_in(heard: Heard) -> None:
    channel = heard.slack.channel()
    file = heard.slack.file("clip.mp4", b"clip")
    root, _ = await heard.slack.said(channel, "U0ANNA", "", files=[file])
    await heard.slack.said(channel, "U0BEN", "trim it", thread_ts=root["ts"])
    _, reply = heard.intake.messages.values()
    assert (reply.text, reply.attachments) == ("trim it", ())


async def test_media_are_heard_without_a_mention(heard: Heard) -> None:
    channel = heard.slack.channel()
    file = heard.slack.file("clip.mp4", b"clip")
    await heard.slack.said(channel, "U0ANNA", "", files=[file])
    assert heard.intake.only().attachments == (Attachment("clip.mp4", f"{TEAM}/{file.id}", 4),)


async def test_subtitles_are_heard_without_a_mention(heard: Heard) -> None:
    channel = heard.slack.channel()
    file = heard.slack.file("Talk.SRT", b"1", "text/plain")
    await heard.slack.said(channel, "U0ANNA", "", files=[file])
    assert [each.name for each in heard.intake.only().attachments] == ["Talk.SRT"]


async def test_other_files_are_heard_with_a_mention_only(heard: Heard) -> None:
    channel = heard.slack.channel()
    file = heard.slack.file("notes.pdf", b"pdf", "application/pdf")
    await heard.slack.said(channel, "U0ANNA", "the minutes", files=[file])
    assert heard.intake.messages == {}
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} use this", files=[file])
    assert [each.name for each in heard.intake.only().attachments] == ["notes.pdf"]


def untold(file: str) -> dict[str, str]:
    """A file from another workspace, as Slack tells of it."""
    return {"id": file, "mode": "file_access", "file_access": "check_file_info"}


async def test_what_a_file_of_another_workspace_is_has_to_be_asked(heard: Heard) -> None:
    channel = heard.slack.channel()
    clip = heard.slack.file("clip.mp4", b"clip")
    notes = heard.slack.file("notes.pdf", b"pdf", "application/pdf")
    for file in (notes, clip):
        message = heard.slack.say(channel, "U0ANNA", "", subtype="file_share")
        message["files"] = [untold(file.id)]
        await heard.slack.tell_of(channel, message)
    assert heard.intake.only().attachments == (Attachment("clip.mp4", f"{TEAM}/{clip.id}", 4),)


async def test_a_reply_brings_media_of_another_workspace_by_their_names(heard: Heard) -> None:
    channel, clip = heard.slack.channel(), heard.slack.file("clip.mp4", b"clip")
    root = heard.slack.say(channel, "U0BEN", "look", subtype="file_share")
    root["files"] = [untold(clip.id)]
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} trim it", thread_ts=root["ts"])
    assert heard.intake.only().attachments == (Attachment("clip.mp4", f"{TEAM}/{clip.id}", 4),)


@pytest.mark.parametrize("fault", ["ratelimited", "file_not_found"])
async def test_a_file_that_slack_does_not_tell_of_is_taken_by_its_id(
    heard: Heard, fault: str
) -> None:
    channel = heard.slack.channel()
    message = heard.slack.say(channel, "U0ANNA", "", subtype="file_share")
    message["files"] = [untold("F0SHARED01")]
    heard.slack.faults.errors.append(fault)
    await heard.slack.tell_of(channel, message)
    assert heard.intake.only().attachments == (Attachment("file", f"{TEAM}/F0SHARED01"),)


async def test_edit_the_video_in_the_message_that_i_reply_to(heard: Heard) -> None:
    channel = heard.slack.channel(member=True)
    file, notes = heard.slack.file("a.mp4", b"a"), heard.slack.file("n.pdf", b"n", "text/pdf")
    root = heard.slack.say(channel, "U0BEN", "look", files=[file, notes])["ts"]
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} trim it", thread_ts=root)
    assert [each.name for each in heard.intake.only().attachments] == ["a.mp4"]


async def test_what_was_taken_in_is_not_taken_in_again(heard: Heard) -> None:
    channel = heard.slack.channel()
    file = heard.slack.file("a.mp4", b"a")
    root = heard.slack.say(channel, "U0BEN", "look", files=[file])["ts"]
    heard.threads.threads.add((FILMS, root))
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} trim it", thread_ts=root)
    assert heard.intake.only().attachments == ()


@pytest.mark.parametrize("fault", ["ratelimited", "missing_scope"])
async def test_when_slack_does_not_show_the_root_the_reply_is_heard_all_the_same(
    heard: Heard, fault: str
) -> None:
    channel = heard.slack.channel()
    heard.slack.people.clear()
    root = heard.slack.say(channel, "U0BEN", "look")["ts"]
    heard.slack.faults.errors.extend([fault] * 4)
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} trim it", thread_ts=root)
    message = heard.intake.only()
    assert (message.text, message.author) == ("trim it", "U0ANNA")


async def test_neither_we_nor_other_bots_are_heard(heard: Heard) -> None:
    channel = heard.slack.channel("D0ANNA")
    for who, more in (
        (BOT_USER, {"bot_id": BOT_ID}),
        ("U0OTHER", {"bot_id": "B0OTHER"}),
        ("USLACKBOT", {}),
        ("", {"subtype": "bot_message", "bot_id": "B0OTHER"}),
    ):
        _, (told,) = await heard.slack.said(channel, who, "do it", **more)
        assert told.answer is not None
    assert heard.intake.messages == {}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "subtype": "message_changed", "channel": "D0ANNA", "ts": "1.1"},
        {"type": "message", "subtype": "message_deleted", "channel": "D0ANNA", "ts": "1.1"},
        {"type": "file_shared", "file_id": "F1", "user_id": "U0ANNA"},
        {"type": "member_joined_channel", "user": BOT_USER, "channel": "C1"},
        {"type": "something_new"},
    ],
)
async def test_events_that_nobody_wants_are_acknowledged(
    heard: Heard, event: dict[str, str]
) -> None:
    told = await heard.slack.tell("events_api", heard.slack.event(event))
    assert told.attempts == 1
    assert told.answer is not None
    assert heard.intake.messages == {}


async def test_people_are_called_as_they_are_shown(heard: Heard) -> None:
    channel = heard.slack.channel()
    heard.slack.people["U0BEN"] = "Ben  &amp; Co"
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} title <@U0BEN>")
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} title <@U0BEN>")
    assert {each.text for each in heard.intake.messages.values()} == {"title @Ben & Co"}
    assert len(heard.slack.called("users.info")) == 2


@pytest.mark.parametrize(
    ("told", "admin", "external"),
    [
        ({}, False, False),
        ({"is_admin": True}, True, False),
        ({"is_owner": True}, True, False),
        ({"is_restricted": True}, False, True),
        ({"is_ultra_restricted": True}, False, True),
        ({"is_stranger": True}, False, True),
        ({"team_id": "T0OTHER", "is_admin": True}, False, True),
        ({"team_id": "T0HOME", "enterprise_user": {"teams": [TEAM]}}, False, False),
    ],
)
async def test_admins_and_people_from_outside_are_told_apart(
    heard: Heard, told: dict[str, object], admin: bool, external: bool
) -> None:
    channel = heard.slack.channel()
    heard.slack.told_of["U0ANNA"] = told
    card = heard.slack.say(channel, BOT_USER, "card", bot_id=BOT_ID)["ts"]
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} hi")
    await heard.slack.press(channel, card, "k#0")
    await heard.slack.command(channel, "undo")
    said = heard.intake.messages.values()
    assert [(each.admin, each.external) for each in said] == [(admin, external)] * 3


async def test_those_who_are_mentioned_are_known_by_their_ids(heard: Heard) -> None:
    channel = heard.slack.channel()
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} /settings role <@U0BEN> viewer")
    await heard.slack.command(channel, "settings role <@U0BEN|login> viewer")
    for message in heard.intake.messages.values():
        assert message.text == "/settings role @Ben viewer"
        assert message.mentions == (Mention("U0BEN", "Ben"),)


async def test_whom_slack_does_not_tell_of_is_taken_for_a_guest_until_it_does(
    heard: Heard,
) -> None:
    channel = heard.slack.channel()
    heard.slack.faults.errors.append("internal_error")
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} one")
    await heard.slack.said(channel, "U0ANNA", f"{MENTION} two")
    first, second = heard.intake.messages.values()
    assert (first.author, first.external) == ("U0ANNA", True)
    assert (second.author, second.external) == ("Anna", False)


async def test_a_button_is_its_value_and_is_one_press_when_told_again(heard: Heard) -> None:
    channel = heard.slack.channel()
    root = heard.slack.say(channel, "U0ANNA", "hi")["ts"]
    card = heard.slack.say(channel, BOT_USER, "card", thread_ts=root, bot_id=BOT_ID)["ts"]
    for _ in range(2):
        told = await heard.slack.press(channel, card, "k#1", at="1900000500.000200")
        assert told.answer == {}
    message = heard.intake.only()
    assert (message.chose, message.thread, message.author) == ("k#1", root, "Anna")


async def test_a_button_that_one_person_sees_is_pressed_in_its_thread(heard: Heard) -> None:
    channel = heard.slack.channel()
    root = heard.slack.say(channel, "U0ANNA", "hi")["ts"]
    await heard.slack.press_whispered(channel, root, "k#0")
    assert (heard.intake.only().chose, heard.intake.only().thread) == ("k#0", root)


async def test_two_people_pressing_one_button_are_two_messages(heard: Heard) -> None:
    channel = heard.slack.channel()
    card = heard.slack.say(channel, BOT_USER, "card", bot_id=BOT_ID)["ts"]
    await asyncio.gather(
        heard.slack.press(channel, card, "k#0", "U0ANNA", "1900000500.000200"),
        heard.slack.press(channel, card, "k#0", "U0BEN", "1900000500.000200"),
    )
    assert {each.author for each in heard.intake.messages.values()} == {"Anna", "Ben"}


async def test_a_press_that_is_not_kept_is_not_acknowledged(heard: Heard) -> None:
    channel = heard.slack.channel()
    card = heard.slack.say(channel, BOT_USER, "card", bot_id=BOT_ID)["ts"]
    heard.intake.failures = 1
    heard.slack.patience_seconds = 0.2
    assert (await heard.slack.press(channel, card, "k#0")).answer is None


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("undo 2", "/undo 2"),
        ("", "/help"),
        ("/render 720p", "/render 720p"),
    ],
)
async def test_a_command_is_said_in_the_channel(heard: Heard, words: str, text: str) -> None:
    told = await heard.slack.command(heard.slack.channel(), words)
    message = heard.intake.only()
    assert (message.text, message.thread, message.author) == (text, "", "Anna")
    assert told.answer == {}


async def test_a_command_that_is_told_again_is_one(heard: Heard) -> None:
    for _ in range(2):
        await heard.slack.command(heard.slack.channel(), "undo", trigger="1.2.abc")
    assert "abc" not in heard.intake.only().id


async def test_a_command_where_we_are_not_is_answered_at_once(heard: Heard) -> None:
    told = await heard.slack.command(heard.slack.channel(member=False), "undo")
    assert told.answer is not None
    assert "/invite" in told.answer["text"]
    assert heard.intake.messages == {}


async def test_stopping_waits_for_what_is_being_accepted(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go = asyncio.Event(), asyncio.Event()
    accept = heard.intake.accept

    async def slowly(message: Message) -> None:
        inside.set()
        await go.wait()
        await accept(message)

    monkeypatch.setattr(heard.intake, "accept", slowly)
    channel = heard.slack.channel("D0ANNA")
    telling = asyncio.create_task(heard.slack.said(channel, "U0ANNA", "hi"))
    await inside.wait()
    stopping = asyncio.create_task(heard.listener.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    go.set()
    await stopping
    _, (told,) = await telling
    assert told.attempts == 1
    assert not heard.listener.connected
    assert heard.intake.only().text == "hi"


async def test_in_a_conversation_with_the_assistant_its_status_is_shown_before_the_answer_can_be(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = heard.slack.channel("D0ANNA")
    root = heard.slack.say(channel, BOT_USER, "Hello", bot_id=BOT_ID)["ts"]
    shown = list[object]()

    async def accept(_: Message) -> None:
        shown.extend(heard.slack.statuses)

    monkeypatch.setattr(heard.intake, "accept", accept)
    await heard.slack.said(channel, "U0ANNA", "trim it", thread_ts=root)
    (status,) = heard.slack.statuses
    assert shown == [status]
    assert (status["channel_id"], status["thread_ts"]) == ("D0ANNA", root)


async def test_home_and_first_prompts_are_shown(heard: Heard) -> None:
    opened = {"type": "app_home_opened", "user": "U0ANNA", "channel": "D0ANNA", "tab": "home"}
    await heard.slack.tell("events_api", heard.slack.event(opened))
    assert heard.slack.views["U0ANNA"]
    thread = {"user_id": "U0ANNA", "context": {}, "channel_id": "D0ANNA", "thread_ts": "1.1"}
    started = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": "1"}
    await heard.slack.tell("events_api", heard.slack.event(started))
    assert heard.slack.prompts[0]["thread_ts"] == "1.1"


async def test_bolt_leaves_our_own_loggers_alone(heard: Heard) -> None:
    await heard.slack.said(heard.slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert [logging.getLogger(name).level for name in ("chatkut", "chatkut.slack")] == [0, 0]
