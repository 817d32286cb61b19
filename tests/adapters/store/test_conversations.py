"""What every store of conversations must do, with and without an outbox."""

import asyncio
import signal
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.engine.composition import Composition, Text
from bot.ports import (
    AlreadyKept,
    Choice,
    Pressed,
    Question,
    RenderOrder,
    RenderRecord,
    Reply,
    StaleRevision,
    StoreFailed,
    Turn,
    key_of,
)
from tests.adapters.store.conftest import Opener
from tests.adapters.store.samples import (
    CHANNEL,
    CLEANED,
    NASTY,
    OTHER,
    change,
    commit,
    post,
    said,
    states,
    with_clips,
)

RECEIPT = Reply("receipt", "done", (Choice("undo", "/undo"), Choice("more", "more of it")))


@pytest.fixture
def store(database: Database) -> SqlConversations:
    return SqlConversations(database)


@pytest.fixture
def announcing(database: Database, outbox: SqlOutbox) -> SqlConversations:
    return SqlConversations(database, outbox)


async def test_a_new_channel_has_an_empty_composition(store: SqlConversations) -> None:
    head = await store.head(CHANNEL)
    assert (head.revision, head.comp) == (0, Composition())


async def test_a_commit_becomes_the_head_and_is_told_by_the_history(
    store: SqlConversations,
) -> None:
    made = change(Composition(), 0, 640)
    await store.keep(said(), Turn((made,)))
    head = await store.head(CHANNEL)
    assert (head.revision, head.comp) == (1, made.comp)
    (entry,) = await store.history(CHANNEL)
    assert (entry.author, entry.summary, entry.focus) == ("anna", ("Format changed",), ("v1",))
    assert entry.at.endswith("+00:00")
    assert await store.diff(CHANNEL, 1) == made.diff


async def test_only_the_latest_entry_of_the_history_brings_its_plan(
    store: SqlConversations,
) -> None:
    first = change(Composition(), 0, 640, "m1")
    await store.keep(said("m1"), Turn((first,)))
    second = change(first.comp, 1, 320, "m2")
    await store.keep(said("m2"), Turn((second,)))
    old, latest = await store.history(CHANNEL)
    assert (old.plan, old.diff) == (None, None)
    assert (latest.plan, latest.diff) == (second.plan, second.diff)


async def test_the_last_change_is_that_of_the_latest_revision(store: SqlConversations) -> None:
    assert await store.last_change(CHANNEL) is None
    first = change(Composition(), 0, 640, "m1")
    await store.keep(said("m1"), Turn((first,)))
    second = replace(change(first.comp, 1, 320, "m2"), author="ben")
    await store.keep(said("m2"), Turn((second,)))
    assert await store.last_change(OTHER) is None
    author, at = await store.last_change(CHANNEL) or ("", None)
    *_, latest = await store.history(CHANNEL)
    assert (author, at and at.isoformat(timespec="seconds")) == ("ben", latest.at)


async def test_channels_do_not_see_each_other(store: SqlConversations) -> None:
    await store.keep(said(), Turn((change(Composition(), 0, 640),)))
    assert (await store.head(OTHER)).revision == 0
    assert await store.history(OTHER) == ()
    with pytest.raises(StoreFailed):
        await store.diff(OTHER, 1)


async def test_a_commit_on_an_old_revision_is_refused(store: SqlConversations) -> None:
    await store.keep(said("m1"), Turn((change(Composition(), 0, 640),)))
    with pytest.raises(StaleRevision):
        await store.keep(said("m2"), Turn((change(Composition(), 0, 320),)))
    assert (await store.head(CHANNEL)).comp.canvas.width == 640
    assert not await store.known(CHANNEL, "m2")


async def test_the_same_message_is_answered_once_whatever_it_led_to(
    store: SqlConversations,
) -> None:
    await store.keep(said("m1"), Turn((change(Composition(), 0, 640),)))
    await store.keep(said("m2"), Turn())
    assert await store.known(CHANNEL, "m1")
    assert await store.known(CHANNEL, "m2")
    assert not await store.known(CHANNEL, "m3")
    assert not await store.known(OTHER, "m1")
    for again in ("m1", "m2"):
        with pytest.raises(AlreadyKept):
            await store.keep(said(again), Turn((change(Composition(), 1, 320),)))
    assert len(await store.history(CHANNEL)) == 1


async def test_a_revision_remembers_its_message_when_the_message_is_forgotten(
    database: Database, store: SqlConversations
) -> None:
    first = change(Composition(), 0, 640, "m1")
    await store.keep(said("m1"), Turn((first,)))
    with database.writing() as session:
        session.execute(text("DELETE FROM message"))
    with pytest.raises(AlreadyKept):
        await store.keep(said("m1"), Turn((change(first.comp, 1, 320, "m1"),)))


async def test_of_many_writers_at_once_each_revision_has_one(opener: Opener) -> None:
    stores = [SqlConversations(opener()) for _ in range(4)]

    async def write(store: SqlConversations, number: int) -> None:
        width = 100 + 2 * number
        while True:
            head = await store.head(CHANNEL)
            try:
                made = change(head.comp, head.revision, width)
                await store.keep(said(f"m{number}"), Turn((made,)))
            except StaleRevision:
                continue
            return

    await asyncio.gather(*(write(stores[n % 4], n) for n in range(20)))
    entries = await stores[0].history(CHANNEL)
    assert [entry.seq for entry in entries] == list(range(1, 21))


async def test_first_messages_of_a_channel_at_once_do_not_disturb_each_other(
    opener: Opener,
) -> None:
    stores = [SqlConversations(opener()) for _ in range(4)]

    async def write(store: SqlConversations, channel: str, number: int) -> bool:
        made = change(Composition(), 0, 100 + 2 * number)
        try:
            await store.keep(said(f"m{number}", channel), Turn((made,)))
        except StaleRevision:
            return False
        return True

    for turn in range(5):
        channel = f"terminal:new{turn}"
        kept = await asyncio.gather(*(write(store, channel, n) for n, store in enumerate(stores)))
        assert sum(kept) == 1


async def test_one_message_at_two_processes_is_kept_by_one(opener: Opener, tmp_path: Path) -> None:
    first, second = opener(), opener()

    async def keep(database: Database) -> bool:
        store = SqlConversations(database, SqlOutbox(database, tmp_path))
        try:
            await store.keep(said("m1"), Turn(replies=(RECEIPT,)))
        except AlreadyKept:
            return False
        return True

    assert sum(await asyncio.gather(keep(first), keep(second), keep(first), keep(second))) == 1
    assert len(states(first)) == 1


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("snapshot", b"\0\x11\x22\x33", "damaged"),
        ("snapshot", zlib.compress(b"{}"), "damaged"),
        ("sha256", "other", "damaged"),
        ("diff", '{"from": "the future"}', "another version"),
    ],
)
async def test_a_damaged_revision_is_noticed(
    database: Database, store: SqlConversations, column: str, value: object, words: str
) -> None:
    await store.keep(said(), Turn((change(Composition(), 0, 640),)))
    with database.writing() as session:
        session.execute(text(f"UPDATE revision SET {column} = :value"), {"value": value})  # noqa: S608
    reading = store.diff(CHANNEL, 1) if column == "diff" else store.head(CHANNEL)
    with pytest.raises(StoreFailed, match=words):
        await reading


async def test_the_open_question_is_kept_until_it_is_settled(store: SqlConversations) -> None:
    question = Question("Which one?", (Choice("the first", "trim @v1"),))
    await store.keep(said("m1"), Turn(question=question))
    assert await store.question(CHANNEL, "t1") == question
    assert await store.question(CHANNEL) is None
    assert await store.question(OTHER, "t1") is None
    await store.keep(said("m2"), Turn())
    assert await store.question(CHANNEL, "t1") == question
    await store.keep(said("m3"), Turn((change(Composition(), 0, 640),)))
    assert await store.question(CHANNEL, "t1") is None


async def test_a_turn_is_kept_whole_or_not_at_all(
    database: Database, announcing: SqlConversations
) -> None:
    first = change(Composition(), 0, 640)
    turn = Turn((first, change(first.comp, 5, 320)), (RECEIPT,), Question("?"))
    with pytest.raises(StaleRevision):
        await announcing.keep(said(), turn)
    assert (await announcing.head(CHANNEL)).revision == 0
    assert await announcing.question(CHANNEL, "t1") is None
    assert not await announcing.known(CHANNEL, "m1")
    assert states(database) == []


@pytest.mark.parametrize("table", ["message", "revision", "clip_use", "render", "outbox"])
async def test_a_crash_in_the_middle_leaves_nothing(
    database: Database, announcing: SqlConversations, table: str
) -> None:
    class Crash(BaseException):
        pass

    def crash(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(f"INSERT INTO {table}"):
            raise Crash

    made = commit(Composition(), with_clips(Composition(), "a"), 0, "m1")
    order = RenderOrder("r1", CHANNEL, 1, made.comp, "720p")
    turn = Turn((made,), (RECEIPT,), renders=(order,))
    event.listen(database.engine, "before_cursor_execute", crash)
    with pytest.raises(Crash):
        await announcing.keep(said(), turn)
    event.remove(database.engine, "before_cursor_execute", crash)
    assert (await announcing.head(CHANNEL)).revision == 0
    assert states(database) == []
    await announcing.keep(said(), turn)
    assert [state for _, state in states(database)] == ["pending"]


_KILLED = """
import asyncio, os, sys
from pathlib import Path
from sqlalchemy import event
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.outbox import SqlOutbox
from bot.ports import Message, Reply, Turn

def die(_connection, _cursor, statement, *_):
    if statement.startswith("INSERT INTO outbox"):
        os.kill(os.getpid(), 9)

database = Database(sys.argv[1])
event.listen(database.engine, "after_cursor_execute", die)
store = SqlConversations(database, SqlOutbox(database, Path()))
turn = Turn(replies=(Reply("answer", "hello"),))
asyncio.run(store.keep(Message("m1", "terminal:launch", "anna", "hello"), turn))
"""


async def test_a_killed_process_leaves_nothing_and_holds_up_nobody(
    url: str, database: Database, announcing: SqlConversations
) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _KILLED, url)
    assert await process.wait() == -signal.SIGKILL
    assert not await announcing.known(CHANNEL, "m1")
    assert states(database) == []
    await announcing.keep(said("m1"), Turn(replies=(RECEIPT,)))
    assert [state for _, state in states(database)] == ["pending"]


async def test_posts_are_ordered_as_their_transactions_were_committed(
    postgres_url: str, tmp_path: Path
) -> None:
    database = Database(postgres_url)
    outbox = SqlOutbox(database, tmp_path)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with database.writing(CHANNEL) as session:
        outbox.put(session, post("first"))
        turn = Turn(replies=(RECEIPT,))
        keeping = asyncio.create_task(SqlConversations(database, outbox).keep(said(), turn))
        with database.reading() as looking:
            while not looking.scalar(waiting):  # noqa: ASYNC110 (the server sets no events)
                await asyncio.sleep(0.01)
    await keeping
    assert [key for key, _ in states(database)] == ["first", key_of(CHANNEL, "m1", "0")]
    database.close()


async def test_what_is_said_and_ordered_is_kept_with_the_turn(
    database: Database, announcing: SqlConversations, outbox: SqlOutbox, tmp_path: Path
) -> None:
    made = change(Composition(), 0, 640)
    order = RenderOrder("r1", CHANNEL, 1, made.comp, "720p", "terminal:anna", 700)
    picture = Reply("answer", "look", files=(tmp_path / "pictures" / "p.png",))
    await announcing.keep(said("m1"), Turn((made,), (RECEIPT, picture), renders=(order,)))
    assert states(database) == [
        (key_of(CHANNEL, "m1", "0"), "pending"),
        (key_of(CHANNEL, "m1", "1"), "pending"),
    ]
    first = await outbox.first(CHANNEL)
    assert first is not None
    assert (first.to, first.reply) == (said("m1").address, RECEIPT)
    (record,) = await SqlRenders(database, tmp_path).past("ordered", CHANNEL)
    assert record == RenderRecord(
        "r1", CHANNEL, 1, "720p", "ordered", 700, 0, person="terminal:anna"
    )


async def test_without_an_outbox_nothing_waits_there(
    database: Database, store: SqlConversations, tmp_path: Path
) -> None:
    order = RenderOrder("r1", CHANNEL, 0, Composition(), "720p")
    await store.keep(said(), Turn(replies=(RECEIPT,), renders=(order,), cancels=("r2",)))
    assert states(database) == []
    assert await SqlRenders(database, tmp_path).past("ordered") == ()


async def test_only_unfinished_renders_of_the_channel_are_cancelled(
    database: Database, announcing: SqlConversations, tmp_path: Path
) -> None:
    renders = SqlRenders(database, tmp_path)
    for render_id, channel, state in (
        ("r1", CHANNEL, "ordered"),
        ("r2", CHANNEL, "running"),
        ("r3", CHANNEL, "done"),
        ("r4", OTHER, "running"),
    ):
        await renders.save(RenderRecord(render_id, channel, 1, "720p", state, 0, 0))  # type: ignore[arg-type]
    await announcing.keep(said(), Turn(cancels=("r1", "r2", "r3", "r4", "r5")))
    cancelled = {record.id for record in await renders.past("cancelled")}
    assert cancelled == {"r1", "r2"}


async def test_a_button_stands_for_its_choice_in_its_own_channel(
    announcing: SqlConversations,
) -> None:
    await announcing.keep(said("m1"), Turn(replies=(Reply("answer", "hello"), RECEIPT)))
    key = key_of(CHANNEL, "m1", "1")
    assert await announcing.pressed(CHANNEL, f"{key}#1") == Pressed(RECEIPT.choices[1], False)
    assert await announcing.pressed(OTHER, f"{key}#1") is None
    without = key_of(CHANNEL, "m1", "0")
    for nonsense in ("", "#", key, f"{key}#2", f"{key}#-1", f"{key}#²", f"{without}#0", "é#0",
                     f"{key}#{'9' * 5000}", "' OR 1=1 --#0", f"{key}#0\n"):  # fmt: skip
        assert await announcing.pressed(CHANNEL, nonsense) is None


async def test_any_text_can_be_kept(
    announcing: SqlConversations, outbox: SqlOutbox, store: SqlConversations
) -> None:
    item = Text(id="t1", label="title", duration=30, text="A\0B 🌊")
    before = Composition()
    made = commit(before, before.but(items={"t1": item}, main=("t1",)), 0, NASTY)
    question = Question(NASTY, (Choice(NASTY, NASTY),))
    turn = Turn((made,), (Reply("question", NASTY, (Choice(NASTY, NASTY),)),), question)
    await announcing.keep(said(NASTY, text=NASTY), turn)
    assert await store.known(CHANNEL, NASTY)
    assert await store.question(CHANNEL, "t1") == Question(CLEANED, (Choice(CLEANED, CLEANED),))
    post = await outbox.first(CHANNEL)
    assert post is not None
    assert post.reply.text == CLEANED
    head = await store.head(CHANNEL)
    undone = (await store.diff(CHANNEL, 1)).reversed().apply(head.comp)
    assert not undone.items
