"""Moving from SQLite to Postgres."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select

from bot.adapters.store.board import SqlBoard
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.installations import SqlInstallations, SqlStates
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.multiparts import SqlMultiparts
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.remote_renders import SqlRemoteRenders
from bot.adapters.store.seen import SqlSeen
from bot.adapters.store.tables import MessageRow, Table
from bot.adapters.store.transfer import transfer
from bot.adapters.store.upkeep import SqlUpkeep
from bot.adapters.store.uploads import SqlClaims, SqlUploads
from bot.adapters.store.waits import SqlWaits
from bot.adapters.store.workers import SqlWorkers
from bot.engine.composition import Composition
from bot.ports import (
    Address,
    Budget,
    Choice,
    Notice,
    Progress,
    Purchase,
    Question,
    RenderOrder,
    Reply,
    Scope,
    Setting,
    Shown,
    StoreFailed,
    Turn,
    Wait,
    key_of,
)
from tests.adapters.store.old_data import DAY, write_old_data
from tests.adapters.store.samples import CHANNEL, NASTY, change, said
from tests.adapters.store.test_installations import KEY, installation
from tests.adapters.store.test_multiparts import BEGUN
from tests.adapters.store.test_playback import CLIP
from tests.adapters.store.test_uploads import CLAIM, ROOM, UPLOAD

CHOICES = (Choice("undo", "/undo"),)


@pytest.fixture
async def source(tmp_path: Path) -> Any:
    """A data directory with a past: old data, and all that is kept today."""
    url = sqlite_url(tmp_path / "chatkut.sqlite")
    engine = create_engine(url)
    write_old_data(engine)
    engine.dispose()
    database = Database(url)
    outbox = SqlOutbox(database, tmp_path)
    store = SqlConversations(database, outbox)
    head = await store.head(CHANNEL)
    made = change(head.comp, head.revision, 640, "m3")
    turn = Turn(
        (made,),
        (Reply("receipt", "done 🌊", CHOICES),),
        Question("More?", CHOICES),
        settings=(Setting("limit", "5"),),
        notices=(Notice(Budget(Scope(CHANNEL), 5), DAY, 80),),
    )
    await store.keep(said("m3"), turn)
    await outbox.sent(key_of(CHANNEL, "m3", "0"), "p1")
    with database.writing() as session:
        session.add_all(MessageRow(channel_key="many", message_id=f"{n}") for n in range(1200))
    await SqlBoard(database).show(Shown("j", Address(CHANNEL), Progress("encoding", 0.5)))
    await SqlWorkers(database).seen("embedded", "all")
    await SqlWaits(database).add(Wait("j", "cloud", "r"), 60)
    await SqlUpkeep(database, tmp_path).roll_up(DAY)
    await SqlLedger(database, None).reserve(Purchase(CHANNEL, "terminal:anna", "a", "m", 1, 1))
    await SqlSeen(database, "discord").saw("123", "9001")
    await SqlInstallations(database, "1.2", [KEY]).async_save(installation("T1"))
    await SqlStates(database).async_issue()
    await SqlUploads(database).create(UPLOAD, ROOM)
    await SqlClaims(database).claim(CLAIM)
    await SqlPublications(database).order(CLIP)
    await SqlRemoteRenders(database).begun("r1-720p-a", "1-day-x", "remotionlambda-y")
    multiparts = SqlMultiparts(database)
    await multiparts.begin(BEGUN)
    await multiparts.arrived(BEGUN.id, 1, '"e1"')
    yield database
    database.close()


@pytest.fixture
def target(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


def rows(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            table.name: sorted(session.execute(select(table)), key=repr)
            for table in Table.metadata.sorted_tables
        }


async def test_all_that_was_kept_arrives_and_goes_on_from_there(
    source: Database, target: Database, tmp_path: Path
) -> None:
    before = rows(source)
    assert all(before.values()), "the sample has something of everything"
    counts = transfer(source, target)
    assert rows(target) == before == rows(source)
    assert counts == {name: len(found) for name, found in before.items()}
    store = SqlConversations(target, SqlOutbox(target, tmp_path))
    head = await store.head(CHANNEL)
    assert (head.revision, head.comp.canvas.width) == (3, 640)
    made = change(head.comp, 3, 320, "m4")
    await store.keep(said("m4"), Turn((made,), (Reply("receipt", "done"),)))
    await store.keep(said("m1", "terminal:new"), Turn((change(Composition(), 0, 640, "m1"),)))


async def test_a_store_with_unfinished_work_stays_where_it_is(
    source: Database, target: Database, tmp_path: Path
) -> None:
    store = SqlConversations(source, SqlOutbox(source, tmp_path))
    await store.keep(said("m5"), Turn(replies=(Reply("answer", "hello"),)))
    with pytest.raises(StoreFailed, match="'outbox' are pending"):
        transfer(source, target)
    await SqlOutbox(source, tmp_path).sent(key_of(CHANNEL, "m5", "0"), "p")
    order = RenderOrder("r9", CHANNEL, 0, Composition(), "720p")
    await store.keep(said("m6"), Turn(renders=(order,)))
    with pytest.raises(StoreFailed, match="'render' are ordered"):
        transfer(source, target)
    assert not any(rows(target).values())


async def test_a_database_in_use_is_not_written_over(source: Database, target: Database) -> None:
    await SqlConversations(target).keep(said("m1"), Turn())
    before = rows(target)
    with pytest.raises(StoreFailed, match="in use already"):
        transfer(source, target)
    assert rows(target) == before


async def test_a_crash_on_the_way_leaves_the_target_empty(
    source: Database, target: Database
) -> None:
    class Crash(BaseException):
        pass

    def crash(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO outbox"):
            raise Crash

    event.listen(target.engine, "before_cursor_execute", crash)
    with pytest.raises(Crash):
        transfer(source, target)
    event.remove(target.engine, "before_cursor_execute", crash)
    assert not any(rows(target).values())
    assert transfer(source, target)["message"] > 1200


async def test_data_only_moves_to_postgres(source: Database, target: Database) -> None:
    for wrong in ((source, source), (target, source), (target, target)):
        with pytest.raises(StoreFailed, match="from a SQLite file to Postgres"):
            transfer(*wrong)


async def test_text_that_only_sqlite_can_hold_arrives_too(
    source: Database, target: Database
) -> None:
    raw = source.engine.raw_connection()
    nasty = NASTY.replace("\ud83d", "")
    raw.cursor().execute("UPDATE question SET text = ?", (nasty,))
    raw.commit()
    raw.close()
    transfer(source, target)
    question = await SqlConversations(target).question(CHANNEL, "t1")
    assert question is not None
    assert question.text == nasty.replace("\0", "\ufffd")
