"""What is kept in the tests of the store."""

from bot.adapters.store.database import Database
from bot.adapters.store.tables import OutboxRow
from bot.engine.composition import Canvas, Clip, Composition
from bot.engine.history import Diff
from bot.ports import Address, Commit, Message, Post, Reply

CHANNEL = "terminal:launch"
OTHER = "terminal:other"
NASTY = "wave 🌊 flag 🏳️‍🌈 nul \0 half \ud83d end"
CLEANED = "wave 🌊 flag 🏳️‍🌈 nul \ufffd half \ufffd end"


def said(message_id: str = "m1", channel: str = CHANNEL, text: str = "hello") -> Message:
    return Message(message_id, channel, "anna", text, thread="t1")


def change(before: Composition, base: int, width: int, message_id: str = "") -> Commit:
    return commit(
        before, before.but(canvas=Canvas(width=width, height=360)), base, message_id or f"m{width}"
    )


def commit(before: Composition, after: Composition, base: int, message_id: str) -> Commit:
    return Commit(
        base=base,
        comp=after,
        diff=Diff.between(before, after),
        kind="edit",
        author="anna",
        message_id=message_id,
        text="make it smaller",
        summary=("Format changed",),
        focus=("v1",),
    )


def with_clips(comp: Composition, *sha256: str) -> Composition:
    clips = {sha: Clip(id=sha, name=sha, kind="audio", sha256=sha, seconds=1) for sha in sha256}
    return comp.but(clips=clips)


def post(key: str, text: str = "done", channel: str = CHANNEL, thread: str = "t1") -> Post:
    return Post(key, Address(channel, thread, "m1"), Reply("receipt", text))


def states(database: Database) -> list[tuple[str, str]]:
    """Keys and states of the outbox, in order."""
    table = OutboxRow.metadata.tables["outbox"]
    with database.reading() as session:
        rows = session.execute(table.select().order_by(table.c.id))
        return [(row.key, row.state) for row in rows]
