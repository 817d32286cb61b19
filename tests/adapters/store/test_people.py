"""What every store knows of people: who said what where, how fast, and what was set for them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.engine.composition import Composition
from bot.ports import (
    AGAIN,
    Bound,
    Choice,
    Head,
    Message,
    Pace,
    Pressed,
    Question,
    Remark,
    RenderRecord,
    Reply,
    Setting,
    StaleRevision,
    StoreFailed,
    Turn,
    key_of,
)
from tests.adapters.store.conftest import Opener
from tests.adapters.store.samples import CHANNEL, CLEANED, NASTY, OTHER, change

BOUND = Bound("slack:U1", "Anna 🌊", 1_900_000_000.25, 3)
QUESTION = Question("Sure?", (Choice("yes", "/render confirmed", BOUND), Choice("no", "/help")))
ASKED = Turn(replies=(Reply("answer", "hm"), Reply("question", "Sure?", QUESTION.choices)),
             question=QUESTION)  # fmt: skip


@pytest.fixture
def store(database: Database, outbox: SqlOutbox) -> SqlConversations:
    return SqlConversations(database, outbox)


def by(user: str, number: int, thread: str = "", channel: str = CHANNEL) -> Message:
    return Message(f"m{number}", channel, user.title(), "hello", user=user, thread=thread)


async def test_an_earlier_revision_can_be_had(store: SqlConversations) -> None:
    first = change(Composition(), 0, 640)
    second = change(first.comp, 1, 320)
    await store.keep(by("anna", 1), Turn((first, second)))
    assert await store.at(CHANNEL, 1) == Head(1, first.comp)
    with pytest.raises(StoreFailed):
        await store.at(OTHER, 1)


async def test_the_focus_is_that_of_the_thread_and_else_that_of_the_person(
    store: SqlConversations,
) -> None:
    for number, (user, thread, focus) in enumerate(
        [("anna", "t1", ("v1",)), ("ben", "t1", ("v2",)), ("anna", "t2", None), ("cleo", "", ())]
    ):
        await store.keep(by(user, number, thread), Turn(focus=focus))
    expected = {
        ("anna", "t1"): ("v2",),
        ("anna", "t2"): ("v1",),
        ("anna", ""): ("v1",),
        ("ben", "t3"): ("v2",),
        ("cleo", "t3"): (),
        ("dora", "t3"): None,
        ("dora", ""): None,
    }
    for (user, thread), focus in expected.items():
        assert await store.focus(by(user, 9, thread)) == focus
    assert await store.focus(by("anna", 9, "t1", OTHER)) is None


async def test_what_was_committed_last_is_the_focus_unless_it_is_said(
    store: SqlConversations,
) -> None:
    made = change(Composition(), 0, 640)
    await store.keep(by("anna", 1), Turn((made,)))
    assert await store.focus(by("anna", 2)) == ("v1",)
    await store.keep(by("anna", 2), Turn((change(made.comp, 1, 320),), focus=()))
    assert await store.focus(by("anna", 3)) == ()


async def test_the_last_turns_are_those_of_the_thread_with_what_was_answered(
    store: SqlConversations,
) -> None:
    question = Turn(replies=(Reply("clip", "card"), Reply("question", "Which one?")))
    await store.keep(replace(by("anna", 1), text="trim it"), question)
    await store.keep(replace(by("ben", 2, "m1"), text="the 2nd"), Turn())
    private = (Reply("answer", "your link", only_for="anna"), Reply("receipt", "Trimmed it"))
    await store.keep(replace(by("anna", 3, "m1"), text=""), Turn(replies=private))
    await store.keep(by("cleo", 4, "other"), Turn())
    command = replace(by("anna", 8, "m1"), text="/settings limit none")
    await store.keep(command, Turn(replies=(Reply("answer", "There is no limit."),)))
    await store.keep(by("anna", 5, "m1", OTHER), Turn())
    await store.keep(by("anna", 6, "m1"), Turn(limited="person"))
    assert await store.turns(by("anna", 7, "m1")) == (
        Remark("Anna", "trim it"),
        Remark("ChatKut", "Which one?"),
        Remark("Ben", "the 2nd"),
        Remark("ChatKut", "Trimmed it"),
    )


async def test_of_a_long_thread_the_last_turns_are_told(store: SqlConversations) -> None:
    for number in range(15):
        answer = Turn(replies=(Reply("answer", f"a{number}"),))
        await store.keep(replace(by("anna", number), text=f"q{number}"), answer)
    told = await store.turns(by("anna", 99))
    assert [told[0].text, told[-1].text, len(told)] == ["q5", "a14", 20]


async def test_people_are_called_as_they_were_last(store: SqlConversations) -> None:
    await store.keep(by("anna", 1), Turn())
    await store.keep(replace(by("anna", 2), author="Anna B."), Turn())
    await store.keep(by("ben", 3, channel=OTHER), Turn())
    await store.keep(Message("m4", CHANNEL, NASTY, "hello"), Turn())
    assert await store.people(CHANNEL) == {
        "terminal:anna": "Anna B.",
        f"terminal:{CLEANED}": CLEANED,
    }


async def test_settings_are_put_replaced_and_taken_away(store: SqlConversations) -> None:
    limit, role = Setting("limit", "5"), Setting("role slack:U1", "viewer", NASTY)
    await store.keep(by("anna", 1), Turn(settings=(role, limit)))
    assert await store.settings(CHANNEL) == (limit, replace(role, label=CLEANED))
    assert await store.settings(OTHER) == ()
    await store.keep(by("anna", 2), Turn(settings=(Setting("limit", "7"), replace(role, value=""))))
    await store.keep(by("anna", 3), Turn(settings=(Setting("nothing", ""),)))
    assert await store.settings(CHANNEL) == (Setting("limit", "7"),)


async def test_a_message_that_comes_again_is_about_what_it_was_about_at_first(
    store: SqlConversations,
) -> None:
    first = by("anna", 1)
    await store.keep(by("anna", 0), Turn(focus=("v0",)))
    await store.keep(first, Turn(waits=True))
    await store.keep(by("anna", 2), Turn(focus=("v2",)))
    assert await store.focus(replace(first, id=f"m1{AGAIN}")) == ("v0",)
    assert await store.focus(by("anna", 3)) == ("v2",)


async def test_the_pace_counts_what_was_worked_out_and_tells_who_was_told(
    database: Database, store: SqlConversations
) -> None:
    told = Turn(replies=(Reply("answer", "too fast"),))
    for number, (user, channel, turn) in enumerate(
        [
            ("anna", CHANNEL, Turn()),
            ("anna", OTHER, Turn()),
            ("ben", CHANNEL, Turn()),
            ("anna", CHANNEL, replace(told, limited="person")),
            ("anna", CHANNEL, Turn(limited="person")),
            ("ben", OTHER, replace(told, limited="channel")),
        ]
    ):
        await store.keep(by(user, number, channel=channel), turn)
    assert await store.pace(by("anna", 9), 60) == Pace(2, 2, True, False)
    assert await store.pace(by("ben", 9, channel=OTHER), 60) == Pace(1, 1, False, True)
    with database.writing() as session:
        session.execute(text("UPDATE message SET answered_at = '2026-01-01 00:00:00'"))
    assert await store.pace(by("anna", 9), 60) == Pace(0, 0, False, False)


async def test_the_pace_is_read_from_an_index_in_a_flood(
    database: Database, store: SqlConversations
) -> None:
    if database.is_shared:
        pytest.skip("Postgres chooses by what it knows of the table")
    await store.keep(by("anna", 1), Turn())
    whose = {"channel_key": "ix_message_pace", "person": "ix_message_person_pace"}
    for column, index in whose.items():
        with database.reading() as session:
            plan = session.execute(
                text(
                    f"EXPLAIN QUERY PLAN SELECT count(*) FROM message WHERE {column} = 'x'"  # noqa: S608
                    " AND fate = 'worked' AND answered_at > '2026-01-01'"
                )
            ).all()
        assert f"{index} ({column}=? AND fate=? AND answered_at>?)" in plan[0][-1]


async def test_what_a_channel_has_spent_is_summed_up(
    database: Database, store: SqlConversations, tmp_path: Path
) -> None:
    renders = SqlRenders(database, tmp_path)
    for number, (channel, cost) in enumerate([(CHANNEL, 5), (CHANNEL, 7), (OTHER, 100)]):
        record = RenderRecord(f"r{number}", channel, 1, "720p", "done", 0, 0, cost_microusd=cost)
        await renders.save(record)
    month = datetime.now(UTC).date().replace(day=1)
    assert await store.spent(CHANNEL, month) == 12
    assert await store.spent(CHANNEL, month - timedelta(days=1)) == 0
    assert await store.spent("terminal:nobody", month) == 0


async def test_what_a_choice_is_bound_to_is_kept_with_its_question_and_its_button(
    store: SqlConversations,
) -> None:
    await store.keep(by("anna", 1), ASKED)
    assert await store.question(CHANNEL) == QUESTION
    key = key_of(CHANNEL, "m1", "1")
    assert await store.pressed(CHANNEL, f"{key}#0") == Pressed(QUESTION.choices[0], True)


async def test_a_question_that_was_answered_is_taken(store: SqlConversations) -> None:
    await store.keep(by("anna", 1), ASKED)
    chose = f"{key_of(CHANNEL, 'm1', '1')}#1"
    await store.keep(replace(by("ben", 2), chose=chose), Turn(settled=True))
    assert await store.pressed(CHANNEL, chose) == Pressed(QUESTION.choices[1], True, "Ben")
    assert await store.question(CHANNEL) is None
    with pytest.raises(StaleRevision):
        await store.keep(replace(by("anna", 3), chose=chose), Turn(settled=True))
    assert not await store.known(CHANNEL, "m3")


async def test_an_answer_in_words_takes_the_question_too(store: SqlConversations) -> None:
    await store.keep(by("anna", 1, "t1"), ASKED)
    await store.keep(by("ben", 2, "t1"), Turn(settled=True))
    key = key_of(CHANNEL, "m1", "1")
    pressed = await store.pressed(CHANNEL, f"{key}#0")
    assert pressed is not None
    assert pressed.taken_by == "Ben"


async def test_an_old_question_that_is_answered_leaves_the_open_one_alone(
    store: SqlConversations,
) -> None:
    await store.keep(by("anna", 1), ASKED)
    await store.keep(by("anna", 2), ASKED)
    old = f"{key_of(CHANNEL, 'm1', '1')}#1"
    await store.keep(replace(by("anna", 3), chose=old), Turn(settled=True))
    assert await store.question(CHANNEL) == QUESTION


async def test_what_was_asked_in_no_thread_may_be_answered_in_one(store: SqlConversations) -> None:
    await store.keep(by("anna", 1), ASKED)
    assert await store.question(CHANNEL, "t1") == QUESTION
    await store.keep(by("anna", 2, "t1"), Turn(settled=True))
    assert await store.question(CHANNEL, "t1") is None
    assert await store.question(CHANNEL) is None


async def test_a_press_settles_its_question_wherever_it_comes_from(
    store: SqlConversations,
) -> None:
    await store.keep(by("anna", 1, "t1"), ASKED)
    chose = f"{key_of(CHANNEL, 'm1', '1')}#1"
    await store.keep(replace(by("ben", 2, "t2"), chose=chose), Turn(settled=True))
    assert await store.question(CHANNEL, "t1") is None
    await store.keep(by("anna", 3, "t1"), Turn(settled=True))


async def test_of_many_that_answer_at_once_one_does(opener: Opener, tmp_path: Path) -> None:
    stores = []
    for _ in range(3):
        database = opener()
        stores.append(SqlConversations(database, SqlOutbox(database, tmp_path)))
    await stores[0].keep(by("anna", 1), ASKED)
    chose = f"{key_of(CHANNEL, 'm1', '1')}#1"

    async def answer(store: SqlConversations, number: int) -> bool:
        try:
            await store.keep(replace(by("ben", number), chose=chose), Turn(settled=True))
        except StaleRevision:
            return False
        return True

    took = await asyncio.gather(*(answer(store, 2 + n) for n, store in enumerate(stores * 2)))
    assert sum(took) == 1
