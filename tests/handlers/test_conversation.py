"""What people meet in a channel, with the words already understood."""

import asyncio
import shutil
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.renders import SqlRenders
from bot.engine.layout import layout
from bot.engine.plan import Plan
from bot.ports import Answer, Choice, Command, Edits, Question
from tests.handlers.asking import FIRST, LAST, ops, title, trim
from tests.handlers.conftest import Channel
from tests.media import picture, sound, video


async def length(channel: Channel) -> float:
    return layout((await channel.services.conversations.head(channel.name)).comp).seconds


async def test_a_dropped_video_stands_on_the_main_track(channel: Channel, beach: Path) -> None:
    (reply,) = await channel.say("", beach)
    assert reply.kind == "clip"
    assert "beach.mp4" in reply.text
    assert reply.revision == 1
    assert await length(channel) == pytest.approx(2, abs=0.05)


async def test_images_and_sounds_wait_in_the_bin(channel: Channel, tmp_path: Path) -> None:
    logo, song = picture(tmp_path / "logo.png"), sound(tmp_path / "song.mp3")
    replies = await channel.say("", logo, song)
    assert [reply.kind for reply in replies] == ["clip", "clip"]
    comp = (await channel.services.conversations.head(channel.name)).comp
    assert {clip.kind for clip in comp.clips.values()} == {"image", "audio"}
    assert not comp.items


async def test_a_clip_and_its_edit_are_one_message_and_one_undo(
    channel: Channel, beach: Path
) -> None:
    replies = await channel.say(ops(trim(1)), beach)
    assert [reply.kind for reply in replies] == ["clip", "receipt"]
    assert "Trimmed “beach” to 1.0 s" in replies[1].text
    assert await length(channel) == 1
    await channel.say("/undo")
    comp = (await channel.services.conversations.head(channel.name)).comp
    assert not comp.items
    assert not comp.clips


async def test_a_clip_of_another_shape_than_the_film_says_how_to_be_rid_of_its_bars(
    channel: Channel, tmp_path: Path
) -> None:
    phone = video(tmp_path / "phone.mp4", size="90x160")
    wide = video(tmp_path / "wide.mp4", size="160x90")
    (first,) = await channel.say("", phone)
    assert "bars" not in first.text
    (second,) = await channel.say("", wide)
    assert second.text.splitlines()[-1] == (
        "It is wider than the film (90×160), so it has bars above and below: say “make it fill "
        "the frame”, or “make the film landscape”."
    )
    filled: dict[str, object] = {"action": "update", "selector": LAST, "changes": {"fit": "cover"}}
    card, receipt = await channel.say(ops(filled), video(tmp_path / "more.mp4", size="160x90"))
    assert receipt.kind == "receipt"
    assert "bars" not in card.text


async def test_several_clips_of_another_shape_say_so_once(channel: Channel, tmp_path: Path) -> None:
    await channel.say("", video(tmp_path / "wide.mp4", size="160x90"))
    shapes = {"a": "90x160", "b": "90x160", "c": "162x90"}
    clips = [video(tmp_path / f"{name}.mp4", size=size) for name, size in shapes.items()]
    told = [reply.text.splitlines()[1:] for reply in await channel.say("", *clips)]
    assert told == [
        [],
        [
            "2 of these are not of the film's shape (160×90), so they have bars: say “make all "
            "clips fill the frame”, or “make the film vertical”."
        ],
        [],
    ]


async def test_who_answered_instead_is_a_line_of_its_own(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    operations = Plan.model_validate({"operations": [trim(1)]})
    line = "Anthropic did not answer in time. OpenAI answered."
    channel.planner.answers["shorter"] = Edits(operations, ("1 s is meant",), notes=(line,))
    (receipt,) = await channel.say("shorter")
    assert receipt.text.splitlines()[1:] == ["Assumed: 1 s is meant", line]
    channel.planner.answers["back"] = Command("undo", notes=(line,))
    (undone,) = await channel.say("back")
    assert undone.text.splitlines()[1:] == [line]


async def test_the_same_file_twice_is_one_clip_and_two_items(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    await channel.say("", beach)
    comp = (await channel.services.conversations.head(channel.name)).comp
    assert (len(comp.clips), len(comp.items)) == (1, 2)


async def test_a_bad_file_is_refused_and_the_good_one_kept(
    channel: Channel, beach: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    replies = await channel.say("", empty, beach)
    assert [reply.kind for reply in replies] == ["error", "clip"]
    assert "empty.mp4" in replies[0].text


async def test_a_receipt_carries_the_picture_and_buttons(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    (receipt,) = await channel.say(ops(trim(1)))
    assert receipt.files[0].read_bytes().startswith(b"\x89PNG")
    assert [choice.label for choice in receipt.choices] == ["Undo", "Render"]
    assert receipt.revision == 2


async def test_an_edit_that_changes_nothing_says_so(channel: Channel, beach: Path) -> None:
    await channel.say(ops(trim(1)), beach)
    (reply,) = await channel.say(ops(trim(1)))
    assert (reply.kind, reply.text) == ("answer", "It is that way already.")
    assert (await channel.services.conversations.head(channel.name)).revision == 1


async def test_undo_and_redo_go_as_far_as_there_is_history(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    await channel.say(ops(trim(1.5)))
    await channel.say(ops(trim(1)))
    (undone,) = await channel.say("/undo 2")
    assert undone.text.count("Undid") == 2
    assert await length(channel) == pytest.approx(2, abs=0.05)
    await channel.say("/redo")
    assert await length(channel) == 1.5
    await channel.say("/redo")
    assert await length(channel) == 1
    (nothing,) = await channel.say("/redo")
    assert (nothing.kind, nothing.text) == ("answer", "There is nothing to redo.")
    (rest,) = await channel.say("/undo 9")
    assert "There is nothing to undo." in rest.text


async def test_undo_of_somebody_elses_edit_by_name(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    await channel.say(ops({"action": "update", "selector": FIRST, "changes": {"muted": True}}))
    await channel.say(ops(trim(1)), author="Ben")
    channel.planner.answers["undo what anna did"] = Command("undo", author="Anna")
    (reply,) = await channel.say("undo what anna did", author="Ben")
    assert "Undid #2 by anna" in reply.text


async def test_the_history_of_one_person_leaves_out_the_others(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    await channel.say(ops(trim(1)), author="Ben")
    channel.planner.answers["what did ben do?"] = Command("history", author="ben")
    channel.planner.answers["what did eve do?"] = Command("history", author="eve")
    (reply,) = await channel.say("what did ben do?")
    assert reply.text.startswith("#2")
    assert "anna" not in reply.text
    (reply,) = await channel.say("what did eve do?")
    assert reply.text == "Nothing has been done here yet by eve."


async def test_the_history_tells_what_changed_by_whom_when_and_how_to_undo_it(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    await channel.say(ops(title("Hello"), trim(1)), author="Ben")
    await channel.say(ops(title("w" * 300)), author="Ben")
    await channel.say("/undo #2")
    later = time.time() + 3 * 3600
    channel.set(now=lambda: later)
    (reply,) = await channel.say("/history")
    first, second, third, undone, hint = reply.text.splitlines()
    assert first == "#1 anna, 3 h ago: Added “beach” (video) at 0:00–0:02"
    assert second.startswith("#2 Ben, 3 h ago: ")
    assert "“Hello”" in second
    assert "Trimmed “beach” to 1.0 s" in second
    assert "everything after moved" not in second
    assert second.endswith("(undone by anna)")
    assert len(third) < 140
    assert undone.startswith("#4 anna, 3 h ago: Undid #2 by Ben: ")
    assert hint == "To take one of them back, say “undo #3”."
    assert [choice.text for choice in reply.choices] == ["/undo #1", "/undo #3"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (5, "just now"),
        (90, "1 min ago"),
        (7300, "2 h ago"),
        (100_000, "yesterday"),
        (4 * 86_400, "4 days ago"),
    ],
)
async def test_the_history_tells_when_as_people_do(
    channel: Channel, beach: Path, seconds: float, told: str
) -> None:
    await channel.say("", beach)
    then = time.time() + seconds
    channel.set(now=lambda: then)
    (reply,) = await channel.say("/history")
    assert reply.text.startswith(f"#1 anna, {told}: Added")


async def test_undoing_what_a_later_edit_touched_is_a_clear_conflict(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    await channel.say(ops(trim(1.5)))
    await channel.say(ops(trim(1)))
    (reply,) = await channel.say("/undo #2")
    assert reply.kind == "answer"
    assert "changed by a later edit" in reply.text
    assert await length(channel) == 1


async def test_a_question_is_answered_by_number_label_or_words(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    question = Question("Which?", (Choice("short", ops(trim(1))), Choice("long", ops(trim(1.5)))))
    channel.planner.answers["trim it"] = question
    (asked,) = await channel.say("trim it")
    assert (asked.kind, len(asked.choices)) == ("question", 2)
    await channel.say("2")
    assert await length(channel) == 1.5
    await channel.say("trim it")
    await channel.say("Short")
    assert await length(channel) == 1


@pytest.mark.parametrize("said", ["yes", "Yes please!", "ok, do it", "do it", "ja bitte"])
async def test_the_only_thing_that_was_offered_may_be_agreed_to(
    channel: Channel, beach: Path, said: str
) -> None:
    await channel.say("", beach)
    channel.planner.answers["trim it"] = Question("Trim it?", (Choice("trim", ops(trim(1))),))
    await channel.say("trim it")
    await channel.say(said)
    assert await length(channel) == 1


@pytest.mark.parametrize("said", ["thanks", "please", "bitte", "that", "yes but shorter", "no"])
async def test_manners_and_doubts_agree_to_nothing(
    channel: Channel, beach: Path, said: str
) -> None:
    await channel.say("", beach)
    channel.planner.answers["trim it"] = Question("Trim it?", (Choice("trim", ops(trim(1))),))
    channel.planner.answers[said] = Answer("Mm.")
    await channel.say("trim it")
    (reply,) = await channel.say(said)
    assert (reply.text, await channel.revision()) == ("Mm.", 1)


async def test_one_of_several_is_named_by_its_rank_or_by_what_only_it_is_called(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    offered = {"beach day (0:00)": 1, "beach night (0:05)": 1.5, "city (0:09)": 0.5}
    choices = tuple(Choice(label, ops(trim(each))) for label, each in offered.items())
    channel.planner.answers["trim it"] = Question("Which?", choices)
    channel.planner.answers |= {said: Answer("Mm.") for said in ("the beach", "the fourth one")}
    for said, seconds in (("the second one", 1.5), ("the day", 1), ("I mean the city", 0.5)):
        await channel.say("trim it")
        await channel.say(said)
        assert await length(channel) == seconds
    for said in ("the beach", "the fourth one"):
        await channel.say("trim it")
        (reply,) = await channel.say(said)
        assert reply.text == "Mm."


async def test_a_settled_question_is_not_answered_again(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    channel.planner.answers["trim it"] = Question("Which?", (Choice("short", ops(trim(1))),))
    channel.planner.answers["1"] = Answer("one what?")
    await channel.say("trim it")
    await channel.say("1")
    (reply,) = await channel.say("1")
    assert reply.text == "one what?"


async def test_it_means_what_this_person_edited_last(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    await channel.say("", beach)
    await channel.say(ops(trim(1)))
    await channel.say("/timeline")
    channel.planner.answers["hm"] = Answer("hm")
    await channel.say("hm")
    assert channel.planner.requests[-1].focus == ("v1",)


async def test_two_people_at_once_both_get_their_edit(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    mute = ops({"action": "update", "selector": FIRST, "changes": {"muted": True}})
    await asyncio.gather(channel.say(ops(trim(1)), author="anna"), channel.say(mute, author="ben"))
    head = await channel.services.conversations.head(channel.name)
    (item,) = head.comp.items.values()
    assert (head.revision, item.duration, getattr(item, "muted", None)) == (3, 30, True)


async def test_a_redelivered_message_changes_nothing_more(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    speed = ops({"action": "speed", "selector": FIRST, "changes": {"times": 2}})
    for text, revision in ((speed, 2), ("/undo", 3), ("/redo", 4)):
        assert await channel.say(text, message_id=text)
        assert await channel.say(text, message_id=text) == []
        assert (await channel.services.conversations.head(channel.name)).revision == revision


async def test_render_gives_an_estimate_then_the_film_then_costs_nothing_more(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    estimate, film = await channel.say("/render preview")
    assert (estimate.kind, film.kind) == ("estimate", "render")
    assert film.files[0].stat().st_size > 1000
    assert film.cost_usd is not None
    (again,) = await channel.say("/render preview")
    assert again.files == film.files
    assert "nothing to pay" in again.text


async def test_an_edit_may_end_in_a_render_of_its_own_result(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    plan = Plan.model_validate({"operations": [trim(1)]})
    channel.planner.answers["go"] = Edits(plan, then=Command("render", preset="preview"))
    receipt, _, film = await channel.say("go")
    assert (receipt.kind, film.kind) == ("receipt", "render")
    assert film.revision == receipt.revision == 2
    assert "0:01 long" in film.text


async def test_a_dear_render_asks_first(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    channel.services = replace(channel.services, confirm_over_microusd=0)
    (question,) = await channel.say("/render preview")
    assert question.kind == "question"
    assert question.cost_usd
    assert channel.chat.kinds().count("render") == 0
    await channel.say("1")
    assert channel.chat.kinds().count("render") == 1


async def test_a_cancelled_render_is_booked_as_such_and_leaves_nothing(
    channel: Channel, tmp_path: Path
) -> None:
    await channel.say("", video(tmp_path / "long.mp4", seconds=20, size="640x360"))
    rendering = asyncio.create_task(channel.say("/render source"))
    await channel.chat.heard("rendering")
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert [path for path in (tmp_path / "renders").rglob("*") if path.is_file()] == []
    with closing(Database(sqlite_url(tmp_path / "chatkut.sqlite"))) as database:
        (record,) = await SqlRenders(database, tmp_path).past("cancelled", channel.name)
    assert record.path is None


async def test_a_film_that_cannot_be_made_is_a_sentence_and_booked_as_failed(
    channel: Channel, beach: Path, tmp_path: Path
) -> None:
    await channel.say("", beach)
    shutil.rmtree(tmp_path / "media")
    error = (await channel.say("/render preview"))[-1]
    assert error.kind == "error"
    assert "send the clip again" in error.text
    assert error.text.endswith("The render costs nothing.")
    with closing(Database(sqlite_url(tmp_path / "chatkut.sqlite"))) as database:
        (record,) = await SqlRenders(database, tmp_path).past("failed")
    assert "send the clip again" in record.error
    await channel.say("", beach)
    assert (await channel.say("/render preview"))[-1].kind == "render"


async def test_nothing_to_render_is_said(channel: Channel) -> None:
    (reply,) = await channel.say("/render")
    assert "drop a clip first" in reply.text


async def test_a_question_that_was_answered_by_a_render_is_settled(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    cheap = channel.services
    channel.services = replace(cheap, confirm_over_microusd=0)
    await channel.say("/render preview")
    await channel.say("1")
    assert await channel.services.conversations.question(channel.name) is None


async def test_what_was_dropped_is_kept_when_the_edit_cannot_be_done(
    channel: Channel, beach: Path
) -> None:
    clip, answer = await channel.say(ops(trim(99)), beach)
    assert (clip.kind, answer.kind) == ("clip", "answer")
    assert await length(channel) == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("text", ["/render 9k", "/undo 0", "/undo " + "9" * 5000])
async def test_a_slash_command_with_odd_words_is_no_command(
    channel: Channel, beach: Path, text: str
) -> None:
    await channel.say("", beach)
    channel.planner.answers[text] = Answer("not understood")
    (reply,) = await channel.say(text)
    assert reply.text == "not understood"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("uploading is weird", ["upload"]),
        ("my client cannot see that", ["share"]),
        ("what about a link", ["upload", "share"]),
        ("sdfsdf", []),
        ("/upload sdfsdf", ["upload", "share"]),
    ],
)
async def test_what_is_not_understood_names_the_commands_near_it(
    channel: Channel, text: str, named: list[str]
) -> None:
    channel.planner.answers[text] = Question("I did not understand.", understood=False)
    (reply,) = await channel.say(text)
    _, _, hint = reply.text.partition("\n")
    assert [name for name in ("upload", "share") if name in hint] == named
    assert not hint or "/chatkut " in hint  # the chats have no command but this one
    channel.planner.answers[text] = Question("Which one?")
    assert (await channel.say(text))[0].text == "Which one?"


@pytest.mark.parametrize("text", ["/timeline please", "/timeline, thanks!", "/timeline?"])
async def test_a_slash_command_may_be_polite(channel: Channel, text: str) -> None:
    assert "empty" in (await channel.say(text))[0].text


async def test_channels_are_independent(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    channel.name = "terminal:other"
    (reply,) = await channel.say("/timeline")
    assert "empty" in reply.text
    (reply,) = await channel.say("/history")
    assert reply.text == "Nothing has been done here yet."


async def test_empty_words_get_a_hint_and_help_lists_what_can_be_said(channel: Channel) -> None:
    (hint,) = await channel.say("  ")
    assert "Drop a clip" in hint.text
    (help_,) = await channel.say("/chatkut help")
    assert help_.text == "say anything"
