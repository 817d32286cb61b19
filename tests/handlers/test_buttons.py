"""Buttons: what they mean, for whom, for how long, and how often."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.handlers.preview import preview
from bot.ports import Choice, Command, Message, Question, Reply
from tests.handlers.asking import ops, title, trim
from tests.handlers.conftest import Channel, opened

BEN: dict[str, Any] = {"author": "Ben", "user": "u2"}
NO_BUTTON = "That button is not valid here any more; say what you want in words."


@pytest.fixture
async def film(team: Channel, beach: Path) -> Channel:
    """A channel with a clip."""
    await team.say("", beach)
    return team


def texts(channel: Channel) -> list[str]:
    return [reply.text for reply in channel.chat.replies if reply.kind != "progress"]


async def test_undo_of_a_receipt_takes_back_that_revision(film: Channel) -> None:
    (first,) = await film.say(ops(trim(1)))
    mute = {"action": "update", "selector": {"type": "byIndex", "index": 0}}
    await film.say(ops({**mute, "changes": {"muted": True}}))
    assert (await film.press(first, "Undo", **BEN)).startswith("Undid #2 by anna")
    comp = (await film.services.conversations.head(film.name)).comp
    assert [getattr(item, "muted", None) for item in comp.items.values()] == [True]


async def test_what_is_undone_already_is_said_with_who_did_it(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)))
    await film.press(receipt, "Undo", **BEN)
    assert await film.press(receipt, "Undo") == "#2 is undone already by Ben."
    assert await film.revision() == 3


async def test_two_people_pressing_undo_at_once_undo_once(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)))
    said = await asyncio.gather(film.press(receipt, "Undo"), film.press(receipt, "Undo", **BEN))
    assert len(said) == 2
    assert await film.revision() == 3
    assert sum("is undone already by" in text for text in texts(film)) == 1


async def test_redo_does_what_its_receipt_undid_and_undo_takes_that_back(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)))
    (undone,) = await film.say("/undo")
    await film.say(ops(title("Hello")))
    (text,) = [await film.press(undone, "Redo")]
    assert text.startswith("Did #2 by anna again")
    redone = film.chat.last()
    assert (await film.press(undone, "Redo")) == "#2 is not undone, so there is nothing to redo."
    assert (await film.press(redone, "Undo")).startswith("Undid #2 by anna")
    assert (await film.press(redone, "Undo")) == "#2 is undone already by anna."
    assert (await film.press(receipt, "Undo")) == "#2 is undone already by anna."


async def test_render_of_a_receipt_renders_its_revision(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)))
    await film.say(ops(title("Hello")))
    await film.press(receipt, "Render")
    assert film.chat.last().kind == "render"
    assert (film.chat.last().revision, await film.revision()) == (2, 3)


@pytest.mark.parametrize(
    "text", ["/render #9", "/undo #9", "/redo #9", "/render #0", "/estimate #9"]
)
async def test_a_revision_that_there_is_not_is_told(film: Channel, text: str) -> None:
    (reply,) = await film.say(text)
    assert (reply.kind, reply.text) == ("answer", f"There is no revision #{text.split('#')[1]}.")


async def four_edits(film: Channel) -> Channel:
    for number in range(1, 5):
        await film.say(ops(title(f"Hello {number}")))
    return film


@pytest.mark.parametrize("text", ["/undo 99", "/undo 100 please", "back to nothing"])
async def test_undo_of_many_edits_asks_first_with_their_true_number(
    film: Channel, text: str
) -> None:
    film.planner.answers["back to nothing"] = Command("undo", count=50)
    await four_edits(film)
    await film.say("/undo")
    (asked,) = await film.say(text)
    assert (asked.kind, asked.text) == ("question", "Shall I undo the last 4 edits?")
    assert await film.revision() == 6
    assert await film.press(asked, "Undo 4", **BEN) == "Only anna can confirm this."
    assert (await film.press(asked, "Undo 4")).count("Undid") == 4
    assert not (await film.services.conversations.head(film.name)).comp.items


async def test_undo_of_many_edits_is_not_confirmed_once_the_film_has_changed(
    film: Channel,
) -> None:
    await four_edits(film)
    (asked,) = await film.say("/undo 4 confirmed")
    assert asked.kind == "question"
    await film.say(ops(title("Bye")))
    assert (await film.press(asked, "Undo 4")).startswith("The film has changed since")


async def test_undo_of_several_edits_of_somebody_else_asks_first(film: Channel) -> None:
    film.planner.answers["undo everything ben did"] = Command("undo", count=2, author="Ben")
    for text in ("Hi", "Ho"):
        await film.say(ops(title(text)), **BEN)
    await film.say(ops(title("Mine")))
    (asked,) = await film.say("undo everything ben did")
    assert (asked.kind, asked.text) == ("question", "Shall I undo the last 2 edits by Ben?")
    assert (await film.press(asked, "Undo 2")).count("Undid") == 2
    head = await film.services.conversations.head(film.name)
    assert [item.label for item in head.comp.items.values() if item.type == "text"] == ["Mine"]


async def test_ones_own_edits_are_undone_at_once(film: Channel) -> None:
    for text in ("Hi", "Ho"):
        await film.say(ops(title(text)), **BEN)
    (done,) = await film.say("/undo 2 by ben", **BEN)
    assert (done.kind, done.text.count("Undid")) == ("receipt", 2)


async def test_three_edits_are_undone_at_once(film: Channel) -> None:
    await four_edits(film)
    (done,) = await film.say("/undo 3!")
    assert (done.kind, done.text.count("Undid")) == ("receipt", 3)


@pytest.fixture
async def dear(film: Channel) -> Channel:
    """A channel in which every render asks first."""
    film.set(confirm_over_microusd=0)
    return film


async def confirmation(channel: Channel, **who: Any) -> tuple[Reply, str]:
    (question,) = await channel.say("/render preview", **who)
    assert question.kind == "question"
    return question, question.choices[0].label


async def test_whoever_asked_confirms_and_once(dear: Channel) -> None:
    question, label = await confirmation(dear)
    await dear.press(question, label)
    assert dear.chat.last().kind == "render"
    assert await dear.press(question, label) == (
        "You have answered this already, so nothing more was done."
    )
    assert dear.chat.kinds().count("render") == 1


async def test_nobody_else_confirms(dear: Channel) -> None:
    question, label = await confirmation(dear)
    assert await dear.press(question, label, **BEN) == "Only anna can confirm this."
    assert [reply.text for reply in await dear.say("1", **BEN)] == ["Only anna can confirm this."]
    assert await dear.press(question, label, author="anna", user="u7") == (
        "Only anna can confirm this."
    )
    await dear.press(question, label)
    assert dear.chat.last().kind == "render"


async def test_a_confirmation_is_about_the_film_as_it_was(dear: Channel) -> None:
    question, label = await confirmation(dear)
    await dear.say(ops(trim(1)), **BEN)
    refused = await dear.press(question, label)
    assert refused == (
        "The film has changed since: this was about #1, and now it is #2. Ask for it again."
    )
    assert "render" not in dear.chat.kinds()


async def test_a_preview_of_an_answer_that_does_not_hold_says_so(dear: Channel) -> None:
    await confirmation(dear)
    seen = await preview(Message("p", dear.name, "Ben", "1", user="u2"), dear.services)
    assert (seen.kind, seen.lines) == ("answer", ("Only anna can confirm this.",))


async def test_a_confirmation_holds_for_a_quarter_of_an_hour(dear: Channel) -> None:
    question, label = await confirmation(dear)
    now = dear.services.now
    dear.set(now=lambda: now() + 15 * 60 + 1)
    for refused in (await dear.press(question, label), (await dear.say("1"))[0].text):
        assert refused == "That was asked too long ago to be confirmed now; ask for it again."


async def test_a_price_is_not_accepted_by_knowing_the_word(dear: Channel) -> None:
    (question,) = await dear.say("/render preview confirmed")
    assert question.kind == "question"
    (_, film) = await dear.say("/render preview confirmed", admin=True)
    assert film.kind == "render"


@pytest.fixture
async def asked(film: Channel) -> Reply:
    """A question, of which each answer adds something."""
    choices = (Choice("one", ops(title("One"))), Choice("two", ops(title("Two"))))
    film.planner.answers["add it"] = Question("Which?", choices)
    (question,) = await film.say("add it", thread="t1")
    return question


async def test_a_question_is_answered_once(film: Channel, asked: Reply) -> None:
    await film.press(asked, "two", **BEN, thread="t1")
    assert await film.press(asked, "one", thread="t1") == (
        "Ben has answered this already, so nothing more was done."
    )
    assert await film.revision() == 2


async def test_two_people_answering_at_once_have_one_effect(film: Channel, asked: Reply) -> None:
    await asyncio.gather(film.press(asked, "two", **BEN), film.press(asked, "two"))
    assert await film.revision() == 2
    assert sum("has answered this already" in text for text in texts(film)) == 1


async def test_an_answer_in_words_counts_for_the_buttons_too(film: Channel, asked: Reply) -> None:
    await film.say("2", thread="t1")
    assert "answered this already" in await film.press(asked, "two", **BEN, thread="t1")
    assert await film.revision() == 2


@pytest.mark.usefixtures("asked")
async def test_a_question_is_open_in_its_thread_only(film: Channel) -> None:
    film.planner.answers["2"] = Question("Two of what?")
    (elsewhere,) = await film.say("2", thread="t2")
    assert elsewhere.text == "Two of what?"
    await film.say("2", thread="t1")
    assert await film.revision() == 2


@pytest.mark.usefixtures("asked")
async def test_questions_in_two_threads_do_not_disturb_each_other(film: Channel) -> None:
    (other,) = await film.say("add it", thread="t2", **BEN)
    await film.say("1", thread="t1")
    await film.press(other, "two", thread="t2", **BEN)
    assert await film.revision() == 3


async def test_a_button_from_before_a_restart_works(
    film: Channel, asked: Reply, tmp_path: Path
) -> None:
    async with opened(tmp_path, has_outbox=True) as restarted:
        restarted.name, restarted.keys, restarted.numbers = film.name, film.keys, count(100)
        await restarted.press(asked, "one", thread="t1")
        assert await restarted.revision() == 2


@pytest.mark.parametrize("chose", ["nonsense", "k#0", "#", "a#-1", "'; DROP TABLE--#0"])
async def test_a_button_that_never_was_is_told(film: Channel, chose: str) -> None:
    assert [reply.text for reply in await film.say("", chose=chose)] == [NO_BUTTON]


async def test_channels_never_see_each_others_buttons_questions_clips_or_history(
    film: Channel, asked: Reply
) -> None:
    (receipt,) = await film.say(ops(trim(1)))
    film.name = "chat:direct-message"
    for button in ("one", "two"):
        assert await film.press(asked, button, thread="t1") == NO_BUTTON
    assert await film.press(receipt, "Undo") == NO_BUTTON
    film.planner.answers["1"] = Question("One of what?")
    assert (await film.say("1", thread="t1"))[0].text == "One of what?"
    assert film.planner.requests[-1].focus == ()
    assert not film.planner.requests[-1].comp.clips
    assert film.planner.requests[-1].history == ()
    assert (await film.say("/undo #2"))[0].text == "There is no revision #2."
    assert await film.services.conversations.people("chat:nobody") == {}
    film.name = "chat:film"
    assert await film.revision() == 2
