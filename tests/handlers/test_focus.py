"""What “it”, “I” and “my” mean."""

from pathlib import Path

import pytest

from bot.adapters.planners.offline.planner import OfflinePlanner, understand
from bot.engine.composition import Composition
from bot.engine.history import Entry
from bot.ports import Answer, Command, Request
from tests.handlers.asking import ops, trim
from tests.handlers.conftest import Channel
from tests.media import video


@pytest.fixture
async def film(team: Channel, beach: Path, tmp_path: Path) -> Channel:
    """A channel with three clips, the last of which Cleo dropped."""
    await team.say("", beach)
    await team.say("", beach)
    await team.say("", video(tmp_path / "outro.mp4", seconds=2), author="cleo", thread="t9")
    team.planner.answers["hm"] = Answer("hm")
    return team


def second(seconds: float) -> str:
    selector = {"type": "byIndex", "index": 1}
    return ops({"action": "trim", "selector": selector, "changes": {"length": seconds}})


async def it(film: Channel, author: str = "anna", thread: str = "") -> tuple[str, ...]:
    await film.say("hm", author=author, thread=thread)
    return film.planner.requests[-1].focus


async def test_in_a_thread_it_is_what_was_talked_about_there_by_anybody(film: Channel) -> None:
    await film.say(ops(trim(1)), author="anna", thread="t1")
    await film.say(second(1), author="ben", thread="t2")
    assert await it(film, "ben", "t1") == ("v1",)
    assert await it(film, "anna", "t2") == ("v2",)


async def test_elsewhere_it_is_what_this_person_talked_about(film: Channel) -> None:
    await film.say(ops(trim(1)), author="anna", thread="t1")
    await film.say(second(1), author="ben", thread="t2")
    assert await it(film, "anna", "t3") == ("v1",)
    assert await it(film, "ben") == ("v2",)


async def test_else_it_is_the_latest_clip_in_the_channel(film: Channel) -> None:
    assert await it(film, "dora", "t4") == ("v3",)


async def test_it_is_nothing_that_is_gone(film: Channel) -> None:
    await film.say(ops(trim(1)))
    await film.say(ops({"action": "delete", "selector": {"type": "byIndex", "index": 0}}))
    assert await it(film) == ()


async def test_people_are_told_apart_by_their_ids(film: Channel) -> None:
    await film.say(ops(trim(1)), author="Sam", user="u1")
    await film.say(second(1), author="Sam", user="u2")
    await film.say("hm", author="Sammy", user="u1")
    assert film.planner.requests[-1].focus == ("v1",)


async def test_after_a_question_it_is_what_the_answer_told_of(film: Channel) -> None:
    await film.say(ops(trim(1)))
    film.planner.answers["what is second?"] = Answer("“beach”", about=("v2",))
    film.planner.answers["what is at 9:00?"] = Answer("nothing", about=())
    await film.say("what is second?")
    assert await it(film) == ("v2",)
    await film.say("what is at 9:00?")
    assert await it(film) == ()


async def test_manners_and_commands_leave_it_as_it_was(film: Channel) -> None:
    await film.say(ops(trim(1)))
    await film.say("/timeline")
    await film.say("/help")
    assert await it(film) == ("v1",)


async def test_what_was_asked_about_is_edited_next(film: Channel) -> None:
    film.set(planner=OfflinePlanner())
    await film.say("trim the first clip to 1 second")
    await film.say("how long is the second clip?")
    (receipt,) = await film.say("trim it to 1.5 seconds")
    assert receipt.kind == "receipt"
    comp = (await film.services.conversations.head(film.name)).comp
    assert [comp.items[key].duration for key in comp.main[:2]] == [30, 45]


OWN = [
    ("undo my last edit", Command("undo", author="Anna")),
    ("undo my last two edits", Command("undo", count=2, author="Anna")),
    ("undo what I did", Command("undo", author="Anna")),
    ("undo what I've changed", Command("undo", author="Anna")),
    ("undo mine", Command("undo", author="Anna")),
    ("undo everything I did", Command("undo", count=2, author="Anna")),
    ("what did I change?", Command("history", author="Anna")),
    ("what have I done", Command("history", author="Anna")),
    ("what did I just do?", Command("history", author="Anna")),
    ("which edits did I make?", Command("history", author="Anna")),
    ("show me my edits", Command("history", author="Anna")),
    ("I want to undo", Command("undo")),
    ("can I undo that?", Command("undo")),
    ("oops, I made a mistake, undo", Command("undo")),
]


@pytest.mark.parametrize(("words", "command"), OWN)
def test_my_and_i_mean_whoever_speaks(words: str, command: Command) -> None:
    history = tuple(
        Entry(seq=seq, kind="edit", author=author, at="", summary=("Muted “beach”",))
        for seq, author in enumerate(("Anna", "Ben", "Anna", "Ben"), 1)
    )
    request = Request(words, Composition(), 5, history=history, author="Anna")
    assert understand(request) == command


async def test_people_ask_for_what_they_did_themselves(film: Channel) -> None:
    film.set(planner=OfflinePlanner())
    await film.say("trim the first clip to 1 second", author="Anna")
    await film.say("mute the second clip", author="Ben")
    (told,) = await film.say("what did I change?", author="Anna")
    assert "by" not in told.text.split("Anna:")[0]
    assert "Ben" not in told.text
    (undone,) = await film.say("undo my last edit", author="Anna")
    assert undone.text.startswith("Undid #4 by Anna")
    (nothing,) = await film.say("undo my last edit", author="Dora")
    assert nothing.text == "There is nothing to undo by Dora."
