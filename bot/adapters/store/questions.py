"""Questions in SQL: those that are open, and the buttons of all that was asked."""

import re
from dataclasses import asdict

from pydantic import TypeAdapter
from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.adapters.store.outbox import key_in
from bot.adapters.store.tables import OutboxRow, QuestionRow
from bot.ports import Choice, Message, Pressed, Question, StaleRevision, Turn

_CHOSE = re.compile(r"([a-z0-9]{1,24})#([0-9]{1,4})")
_CHOICES = TypeAdapter(tuple[Choice, ...])


def open_question(session: Session, channel: str, thread: str) -> Question | None:
    """The question that is open in a thread, or else in the channel itself."""
    row = _open(session, channel, thread)
    return Question(row.text, _CHOICES.validate_python(row.choices)) if row else None


def pressed(session: Session, channel: str, chose: str) -> Pressed | None:
    """The button of a channel that was pressed, None for one that never was."""
    parts = _CHOSE.fullmatch(chose)
    row = _post(session, channel, parts[1]) if parts else None
    if parts is None or row is None:
        return None
    choices = _CHOICES.validate_python(row.body["choices"])
    number = int(parts[2])
    if number >= len(choices):
        return None
    return Pressed(choices[number], row.body["kind"] == "question", row.taken_by)


def follow(session: Session, message: Message, turn: Turn) -> None:
    """Settle the question that a message answers, and keep the one that it leads to.

    Raises:
        StaleRevision: Somebody else has answered it.
    """
    if turn.settled:
        row = _answered(session, message)
        _take(session, message, row.post if row else message.chose.partition("#")[0])
        if row is not None:
            session.delete(row)
    if turn.commits or turn.question:
        here = col(QuestionRow.channel_key) == message.channel
        session.exec(delete(QuestionRow).where(here, col(QuestionRow.thread) == message.thread))
    if turn.question is not None:
        session.add(_row(message, turn, turn.question))


def _open(session: Session, channel: str, thread: str) -> QuestionRow | None:
    # What a slash command asks stands in no thread, and may be answered in the one below it.
    row = session.get(QuestionRow, (channel, thread))
    return row or session.get(QuestionRow, (channel, ""))


def _answered(session: Session, message: Message) -> QuestionRow | None:
    """The open question that a message answers, none where the button is that of an older one."""
    if not message.chose:
        return _open(session, message.channel, message.thread)
    post = message.chose.partition("#")[0]
    here = select(QuestionRow).where(QuestionRow.channel_key == message.channel)
    return session.exec(here.where(QuestionRow.post == post)).first()


def _take(session: Session, message: Message, post: str) -> None:
    row = _post(session, message.channel, post)
    if row is None:
        return
    if row.taken_by:
        raise StaleRevision("Somebody else answered this question at the same moment.")
    row.taken_by = message.author or message.person
    session.add(row)


def _row(message: Message, turn: Turn, question: Question) -> QuestionRow:
    kinds = [reply.kind for reply in turn.replies]
    return QuestionRow(
        channel_key=message.channel,
        thread=message.thread,
        text=question.text,
        choices=[asdict(choice) for choice in question.choices],
        post=key_in(message, kinds.index("question")) if "question" in kinds else "",
    )


def _post(session: Session, channel: str, key: str) -> OutboxRow | None:
    here = select(OutboxRow).where(OutboxRow.key == key, OutboxRow.channel_key == channel)
    return session.exec(here).first()
