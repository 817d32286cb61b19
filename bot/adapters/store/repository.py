"""Compositions, questions and renders in SQL. The work is done in a thread, a transaction each."""

import asyncio
import hashlib
import zlib
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.adapters.store.database import Database
from bot.adapters.store.tables import (
    ChannelRow,
    CompositionRow,
    QuestionRow,
    RefRow,
    RenderRow,
    RevisionRow,
)
from bot.engine.composition import Composition
from bot.engine.history import Diff, Entry
from bot.ports import (
    AlreadyKept,
    Choice,
    Commit,
    Head,
    Question,
    RenderRecord,
    RenderState,
    StaleRevision,
    StoreFailed,
    Turn,
)

_MOST_RENDERS = 200


class SqlConversations:
    """The `Conversations` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self, channel: str) -> Head:
        return await asyncio.to_thread(self._head, channel)

    async def history(self, channel: str) -> tuple[Entry, ...]:
        return await asyncio.to_thread(self._history, channel)

    async def diff(self, channel: str, revision: int) -> Diff:
        return await asyncio.to_thread(self._diff, channel, revision)

    async def question(self, channel: str) -> Question | None:
        return await asyncio.to_thread(self._question, channel)

    async def known(self, channel: str, message_id: str) -> bool:
        return await asyncio.to_thread(self._known, channel, message_id)

    async def keep(self, channel: str, turn: Turn) -> None:
        if turn.commits or turn.question or turn.settled:
            await asyncio.to_thread(self._keep, channel, turn)

    def _head(self, channel: str) -> Head:
        with self._database.reading() as session:
            ref = _find_ref(session, channel)
            if ref is None or ref.head == 0:
                return Head(0, Composition())
            return Head(ref.head, _restored(_revision(session, ref, ref.head)))

    def _history(self, channel: str) -> tuple[Entry, ...]:
        with self._database.reading() as session:
            ref = _find_ref(session, channel)
            if ref is None:
                return ()
            # The snapshots stay where they are: a long history is read often.
            wanted = [getattr(RevisionRow, name) for name in _ENTRY_COLUMNS]
            rows = session.exec(
                select(*wanted)
                .where(RevisionRow.composition_id == ref.composition_id)
                .order_by(col(RevisionRow.seq))
            )
            return tuple(_entry(row) for row in rows)

    def _diff(self, channel: str, revision: int) -> Diff:
        with self._database.reading() as session:
            ref = _find_ref(session, channel)
            if ref is None:
                raise StoreFailed(f"This channel has no revision {revision}.")
            document = _revision(session, ref, revision).diff
        try:
            return Diff.model_validate(document)
        except ValidationError as error:
            raise _unreadable(revision) from error

    def _question(self, channel: str) -> Question | None:
        with self._database.reading() as session:
            row = session.get(QuestionRow, channel)
            if row is None:
                return None
            return Question(row.text, tuple(Choice(**choice) for choice in row.choices))

    def _known(self, channel: str, message_id: str) -> bool:
        with self._database.reading() as session:
            ref = _find_ref(session, channel)
            return ref is not None and _by_message(session, ref, message_id) is not None

    def _keep(self, channel: str, turn: Turn) -> None:
        with self._database.writing() as session:
            _ask(session, channel, turn.question)
            ref = _find_ref(session, channel) or _new_ref(session, channel)
            for commit in turn.commits:
                _append(session, ref, commit)


_ENTRY_COLUMNS = ("seq", "kind", "author", "created_at", "summary", "reverts", "focus")


def _find_ref(session: Session, channel: str) -> RefRow | None:
    return session.exec(
        select(RefRow)
        .join(CompositionRow, col(CompositionRow.id) == RefRow.composition_id)
        .join(ChannelRow, col(ChannelRow.id) == CompositionRow.channel_id)
        .where(ChannelRow.key == channel, RefRow.name == "main")
    ).first()


def _new_ref(session: Session, channel: str) -> RefRow:
    place = ChannelRow(key=channel)
    session.add(place)
    session.flush()
    composition = CompositionRow(channel_id=cast(int, place.id))
    session.add(composition)
    session.flush()
    ref = RefRow(composition_id=cast(int, composition.id))
    session.add(ref)
    return ref


def _revision(session: Session, ref: RefRow, seq: int) -> RevisionRow:
    row = session.exec(
        select(RevisionRow).where(
            RevisionRow.composition_id == ref.composition_id, RevisionRow.seq == seq
        )
    ).first()
    if row is None:
        raise StoreFailed(f"This channel has no revision {seq}.")
    return row


def _append(session: Session, ref: RefRow, commit: Commit) -> None:
    """Append a revision, once for each message.

    Raises:
        StaleRevision: It was made on another revision than the head.
        AlreadyKept: The message was kept before.
    """
    if _by_message(session, ref, commit.message_id) is not None:
        raise AlreadyKept("This was done already.")
    if ref.head != commit.base:
        raise StaleRevision("Somebody else changed this composition at the same moment.")
    row = _row(ref, commit)
    ref.head = row.seq
    session.add_all([row, ref])
    session.flush()


def _ask(session: Session, channel: str, question: Question | None) -> None:
    """Make this the open question; whatever was open before is settled."""
    row = session.get(QuestionRow, channel)
    if row is not None:
        session.delete(row)
        session.flush()
    if question is not None:
        choices = [{"label": choice.label, "text": choice.text} for choice in question.choices]
        session.add(QuestionRow(channel_key=channel, text=question.text, choices=choices))


def _by_message(session: Session, ref: RefRow, message_id: str) -> RevisionRow | None:
    return session.exec(
        select(RevisionRow).where(
            RevisionRow.composition_id == ref.composition_id,
            RevisionRow.message_id == message_id,
        )
    ).first()


def _row(ref: RefRow, change: Commit) -> RevisionRow:
    document = change.comp.model_dump_json().encode()
    return RevisionRow(
        composition_id=ref.composition_id,
        seq=change.base + 1,
        parent=change.base,
        kind=change.kind,
        reverts=change.reverts,
        author=change.author,
        message_id=change.message_id,
        text=change.text,
        summary=list(change.summary),
        focus=list(change.focus),
        plan=change.plan.model_dump(mode="json") if change.plan else None,
        diff=change.diff.model_dump(mode="json"),
        snapshot=zlib.compress(document),
        sha256=hashlib.sha256(document).hexdigest(),
    )


def _restored(row: RevisionRow) -> Composition:
    damaged = StoreFailed(f"Revision {row.seq} is damaged in the database; restore a backup.")
    try:
        document = zlib.decompress(row.snapshot)
    except zlib.error as error:
        raise damaged from error
    if hashlib.sha256(document).hexdigest() != row.sha256:
        raise damaged
    try:
        return Composition.model_validate_json(document)
    except ValidationError as error:
        raise _unreadable(row.seq) from error


def _unreadable(revision: int) -> StoreFailed:
    return StoreFailed(
        f"Revision {revision} was written by another version of ChatKut; upgrade and try again."
    )


def _entry(row: RevisionRow) -> Entry:
    return Entry.model_validate(
        {
            "seq": row.seq,
            "kind": row.kind,
            "author": row.author,
            "at": row.created_at.replace(tzinfo=UTC).isoformat(timespec="seconds"),
            "summary": tuple(row.summary),
            "reverts": row.reverts,
            "focus": tuple(row.focus),
        }
    )


class SqlRenders:
    """The `Renders` port on a `Database`; paths are kept relative to the data directory."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root

    async def save(self, record: RenderRecord) -> None:
        await asyncio.to_thread(self._save, record)

    async def interrupt(self, render_id: str, error: str) -> None:
        await asyncio.to_thread(self._interrupt, render_id, error)

    async def past(
        self, state: RenderState, channel: str | None = None
    ) -> tuple[RenderRecord, ...]:
        return await asyncio.to_thread(self._past, state, channel)

    def _save(self, record: RenderRecord) -> None:
        fields = asdict(record)
        channel, path = fields.pop("channel"), fields.pop("path")
        if path is not None and path.is_relative_to(self._root):
            path = path.relative_to(self._root)
        kept = str(path) if path is not None else None
        with self._database.writing() as session:
            session.merge(RenderRow(**fields, channel_key=channel, path=kept))

    def _interrupt(self, render_id: str, error: str) -> None:
        running = (col(RenderRow.id) == render_id) & (col(RenderRow.state) == "running")
        with self._database.writing() as session:
            session.exec(update(RenderRow).where(running).values(state="failed", error=error))

    def _past(self, state: RenderState, channel: str | None) -> tuple[RenderRecord, ...]:
        query = select(RenderRow).where(RenderRow.state == state)
        query = query.order_by(col(RenderRow.updated_at).desc()).limit(_MOST_RENDERS)
        if channel is not None:
            query = query.where(RenderRow.channel_key == channel)
        with self._database.reading() as session:
            return tuple(self._record(row) for row in session.exec(query))

    def _record(self, row: RenderRow) -> RenderRecord:
        fields = row.model_dump(exclude={"updated_at", "channel_key", "path"})
        path = self._root / row.path if row.path is not None else None
        return RenderRecord(**fields, channel=row.channel_key, path=path)
