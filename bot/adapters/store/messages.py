"""Messages that were answered, in SQL: who said them, how fast they came, what they were about."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.adapters.store.outbox import said_to
from bot.adapters.store.tables import MessageRow
from bot.ports import AGAIN, AlreadyKept, Limit, Message, Pace, Remark, Turn

_MOST_TURNS = 20
_OWN_NAME = "ChatKut"
_WAITS = "waits"
_TOLD: Mapping[Limit, str] = {"person": "person told", "channel": "channel told"}


def answered(session: Session, message: Message, turn: Turn) -> None:
    """Keep that a message is answered.

    Raises:
        AlreadyKept: It was answered before.
    """
    if session.get(MessageRow, (message.channel, message.id)) is not None:
        raise AlreadyKept("This was done already.")
    focus = turn.commits[-1].focus if turn.focus is None and turn.commits else turn.focus
    row = MessageRow(
        channel_key=message.channel,
        message_id=message.id,
        person=message.person,
        author=message.author,
        thread=message.thread,
        fate=_fate(turn),
        text=message.text,
        focus=None if focus is None else list(focus),
    )
    session.add(row)


def _fate(turn: Turn) -> str:
    if turn.limited is None:
        return _WAITS if turn.waits else "worked"
    return _TOLD[turn.limited] if turn.replies else "skipped"


def waits(session: Session, channel: str, message_id: str) -> bool | None:
    """Whether a message waits to come again; None where it is not answered yet."""
    row = session.get(MessageRow, (channel, message_id))
    return None if row is None else row.fate == _WAITS


def focus_of(session: Session, message: Message) -> tuple[str, ...] | None:
    """What was talked about last in the thread of a message, else by its author.

    One that comes again means what it meant at first, whatever was talked about since.
    """
    here = col(MessageRow.channel_key) == message.channel
    if message.id.endswith(AGAIN):
        first = col(MessageRow.message_id) == message.first_id
        then = select(MessageRow.answered_at).where(here, first).scalar_subquery()
        here &= col(MessageRow.answered_at) <= then
    found = None
    if message.thread:
        found = _last_focus(session, here, col(MessageRow.thread) == message.thread)
    if found is None:
        found = _last_focus(session, here, col(MessageRow.person) == message.person)
    return found


def _last_focus(session: Session, *whose: ColumnElement[bool]) -> tuple[str, ...] | None:
    said = select(MessageRow.focus).where(*whose, col(MessageRow.focus).is_not(None))
    focus = session.exec(said.order_by(col(MessageRow.answered_at).desc()).limit(1)).first()
    return None if focus is None else tuple(focus)


def turns(session: Session, message: Message) -> tuple[Remark, ...]:
    """What was said last in the thread of a message, by people and in return; no commands."""
    worked = (col(MessageRow.channel_key) == message.channel) & (col(MessageRow.fate) == "worked")
    # Where a thread hangs below the message that it is about, it has that message's id.
    above = col(MessageRow.message_id) == message.thread
    here = (col(MessageRow.thread) == message.thread) | above
    words = col(MessageRow.text).not_like("/%")
    last = select(MessageRow).where(worked, here, words)
    latest = last.order_by(col(MessageRow.answered_at).desc()).limit(_MOST_TURNS // 2)
    rows = session.exec(latest).all()
    answers = said_to(session, message.channel, [row.message_id for row in rows])
    remarks: list[Remark] = []
    for row in reversed(rows):
        remarks += [Remark(row.author, row.text)] if row.text else []
        remarks += [Remark(_OWN_NAME, text) for text in answers[row.message_id]]
    return tuple(remarks[-_MOST_TURNS:])


def people(session: Session, channel: str) -> Mapping[str, str]:
    """Names by person, the latest of each."""
    said = select(MessageRow.person, MessageRow.author).where(MessageRow.channel_key == channel)
    latest = func.max(MessageRow.answered_at)
    rows = session.exec(said.group_by(MessageRow.person, MessageRow.author).order_by(latest))
    return {person: author for person, author in rows if person}


def pace(session: Session, message: Message, seconds: float) -> Pace:
    """How many messages there were lately; an index is read no further than the limits reach."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    here = col(MessageRow.channel_key) == message.channel
    own = col(MessageRow.person) == message.person
    counts = select(
        _count(own, since, "worked", _WAITS),
        _count(here, since, "worked", _WAITS),
        _count(own, since, _TOLD["person"]),
        _count(here, since, _TOLD["channel"]),
    )
    by_person, in_channel, told_person, told_channel = session.exec(counts).one()
    return Pace(by_person, in_channel, bool(told_person), bool(told_channel))


def _count(whose: ColumnElement[bool], since: datetime, *fates: str) -> Any:
    lately = col(MessageRow.fate).in_(fates) & (col(MessageRow.answered_at) > since)
    return select(func.count()).select_from(MessageRow).where(whose, lately).scalar_subquery()
