"""Revisions in SQL: a channel's ref, its history, and the compositions that were kept whole."""

import hashlib
import json
import zlib
from datetime import datetime
from typing import cast

from pydantic import ValidationError
from sqlmodel import Session, col, select

from bot.adapters.store.database import storable
from bot.adapters.store.tables import (
    ChannelRow,
    ClipUseRow,
    CompositionRow,
    RefRow,
    RevisionRow,
)
from bot.engine.composition import Composition
from bot.engine.history import Diff, Entry
from bot.ports import AlreadyKept, Commit, Damaged, StaleRevision

_ENTRY_COLUMNS = ("seq", "kind", "author", "created_at", "summary", "reverts", "focus")


def find_ref(session: Session, channel: str) -> RefRow | None:
    """The head of a channel, None for one never heard of."""
    return session.exec(
        select(RefRow)
        .join(CompositionRow, col(CompositionRow.id) == RefRow.composition_id)
        .join(ChannelRow, col(ChannelRow.id) == CompositionRow.channel_id)
        .where(ChannelRow.key == channel, RefRow.name == "main")
    ).first()


def new_ref(session: Session, channel: str) -> RefRow:
    """The head of a channel that is heard of for the first time."""
    place = ChannelRow(key=channel)
    session.add(place)
    session.flush()
    composition = CompositionRow(channel_id=cast(int, place.id))
    session.add(composition)
    session.flush()
    ref = RefRow(composition_id=cast(int, composition.id))
    session.add(ref)
    return ref


def entries(session: Session, channel: str) -> tuple[Entry, ...]:
    """The history, oldest first. The snapshots stay where they are: it is read often."""
    ref = find_ref(session, channel)
    if ref is None:
        return ()
    rows = session.exec(
        select(*[getattr(RevisionRow, name) for name in _ENTRY_COLUMNS])
        .where(RevisionRow.composition_id == ref.composition_id)
        .order_by(col(RevisionRow.seq))
    )
    found = [_entry(row) for row in rows]
    return (*found[:-1], _with_plan(session, ref, found[-1])) if found else ()


def last_change(session: Session, channel: str) -> tuple[str, datetime] | None:
    """Who made the latest revision, and when; None where there is none."""
    ref = find_ref(session, channel)
    if ref is None:
        return None
    return session.exec(
        select(RevisionRow.author, RevisionRow.created_at).where(
            RevisionRow.composition_id == ref.composition_id, RevisionRow.seq == ref.head
        )
    ).first()


def composition_at(session: Session, channel: str, revision: int) -> Composition:
    """What a channel's composition was at a revision.

    Raises:
        Damaged: There is no such revision, it is damaged, or another version wrote it.
    """
    row = _revision(session, channel, revision)
    damaged = Damaged(f"Revision {row.seq} is damaged in the database; restore a backup.")
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


def diff_of(session: Session, channel: str, revision: int) -> Diff:
    """What a revision changed.

    Raises:
        Damaged: There is no such revision, or another version wrote it.
    """
    document = _revision(session, channel, revision).diff
    try:
        return Diff.model_validate(document)
    except ValidationError as error:
        raise _unreadable(revision) from error


def append(session: Session, ref: RefRow, commit: Commit) -> None:
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


def note_clips(session: Session, ref: RefRow, comp: Composition) -> None:
    """Write down that the clips in the bin are used, so that sweeps leave their files alone."""
    known = select(ClipUseRow.sha256).where(ClipUseRow.composition_id == ref.composition_id)
    before = set(session.exec(known))
    new = {clip.sha256 for clip in comp.clips.values()} - before
    session.add_all(ClipUseRow(composition_id=ref.composition_id, sha256=sha) for sha in new)
    session.flush()


def _revision(session: Session, channel: str, seq: int) -> RevisionRow:
    row = session.exec(
        select(RevisionRow)
        .join(CompositionRow, col(CompositionRow.id) == RevisionRow.composition_id)
        .join(ChannelRow, col(ChannelRow.id) == CompositionRow.channel_id)
        .where(ChannelRow.key == channel, RevisionRow.seq == seq)
    ).first()
    if row is None:
        raise Damaged(f"This channel has no revision {seq}.")
    return row


def _by_message(session: Session, ref: RefRow, message_id: str) -> int | None:
    return session.exec(
        select(RevisionRow.seq).where(
            RevisionRow.composition_id == ref.composition_id,
            RevisionRow.message_id == message_id,
        )
    ).first()


def _row(ref: RefRow, change: Commit) -> RevisionRow:
    document = _document(change.comp)
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


def _document(comp: Composition) -> bytes:
    """The snapshot; its texts are those of the diff, or else undoing would see a difference."""
    document = comp.model_dump_json()
    if "\\u0000" in document:
        document = json.dumps(storable(comp.model_dump(mode="json")))
    return document.encode()


def _unreadable(revision: int) -> Damaged:
    return Damaged(
        f"Revision {revision} was written by another version of ChatKut; upgrade and try again."
    )


def _with_plan(session: Session, ref: RefRow, entry: Entry) -> Entry:
    """An entry with what was done; without, where another version wrote that."""
    plan, diff = session.exec(
        select(RevisionRow.plan, RevisionRow.diff).where(
            RevisionRow.composition_id == ref.composition_id, RevisionRow.seq == entry.seq
        )
    ).one()
    try:
        return Entry.model_validate({**dict(entry), "plan": plan, "diff": diff})
    except ValidationError:
        return entry


def _entry(row: RevisionRow) -> Entry:
    return Entry.model_validate(
        {
            "seq": row.seq,
            "kind": row.kind,
            "author": row.author,
            "at": row.created_at.isoformat(timespec="seconds"),
            "summary": tuple(row.summary),
            "reverts": row.reverts,
            "focus": tuple(row.focus),
        }
    )
