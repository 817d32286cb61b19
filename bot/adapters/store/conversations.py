"""What was said and done in each channel, in SQL."""

from sqlmodel import Session

from bot.adapters.store.database import Database
from bot.adapters.store.orders import cancel, order
from bot.adapters.store.outbox import SqlOutbox, chosen
from bot.adapters.store.revisions import (
    append,
    composition_at,
    diff_of,
    entries,
    find_ref,
    new_ref,
    note_clips,
)
from bot.adapters.store.tables import MessageRow, QuestionRow
from bot.adapters.store.threads import in_thread
from bot.engine.composition import Composition
from bot.engine.history import Diff, Entry
from bot.ports import AlreadyKept, Choice, Commit, Head, Message, Post, Question, Turn, key_of


class SqlConversations:
    """The `Conversations` port on a `Database`.

    With an `outbox`, what a turn says waits there, and what it orders or cancels is so from the
    moment that it is kept. Without, both is up to whoever keeps the turn.
    """

    def __init__(self, database: Database, outbox: SqlOutbox | None = None) -> None:
        self._database = database
        self._outbox = outbox

    @in_thread
    def head(self, channel: str) -> Head:
        with self._database.reading() as session:
            ref = find_ref(session, channel)
            if ref is None or ref.head == 0:
                return Head(0, Composition())
            return Head(ref.head, composition_at(session, channel, ref.head))

    @in_thread
    def history(self, channel: str) -> tuple[Entry, ...]:
        with self._database.reading() as session:
            return entries(session, channel)

    @in_thread
    def diff(self, channel: str, revision: int) -> Diff:
        with self._database.reading() as session:
            return diff_of(session, channel, revision)

    @in_thread
    def question(self, channel: str) -> Question | None:
        with self._database.reading() as session:
            row = session.get(QuestionRow, channel)
            if row is None:
                return None
            return Question(row.text, tuple(Choice(**choice) for choice in row.choices))

    @in_thread
    def choice(self, channel: str, chose: str) -> Choice | None:
        with self._database.reading() as session:
            return chosen(session, channel, chose)

    @in_thread
    def known(self, channel: str, message_id: str) -> bool:
        with self._database.reading() as session:
            return session.get(MessageRow, (channel, message_id)) is not None

    @in_thread
    def keep(self, message: Message, turn: Turn) -> None:
        with self._database.writing(message.channel) as session:
            _answered(session, message)
            if turn.commits or turn.question or turn.settled:
                _ask(session, message.channel, turn.question)
            if turn.commits:
                _commit(session, message.channel, turn.commits)
            if self._outbox:
                _announce(session, self._outbox, message, turn)


def _answered(session: Session, message: Message) -> None:
    """Keep that the message is answered.

    Raises:
        AlreadyKept: It was answered before.
    """
    if session.get(MessageRow, (message.channel, message.id)) is not None:
        raise AlreadyKept("This was done already.")
    session.add(MessageRow(channel_key=message.channel, message_id=message.id))


def _ask(session: Session, channel: str, question: Question | None) -> None:
    """Make this the open question; whatever was open before is settled."""
    row = session.get(QuestionRow, channel)
    if row is not None:
        session.delete(row)
        session.flush()
    if question is not None:
        choices = [{"label": choice.label, "text": choice.text} for choice in question.choices]
        session.add(QuestionRow(channel_key=channel, text=question.text, choices=choices))


def _commit(session: Session, channel: str, commits: tuple[Commit, ...]) -> None:
    ref = find_ref(session, channel) or new_ref(session, channel)
    for commit in commits:
        append(session, ref, commit)
        note_clips(session, ref, commit.comp)


def _announce(session: Session, outbox: SqlOutbox, message: Message, turn: Turn) -> None:
    cancel(session, message.channel, turn.cancels)
    for wanted in turn.renders:
        order(session, wanted, message.address)
    for number, reply in enumerate(turn.replies):
        key = key_of(message.channel, message.id, str(number))
        outbox.put(session, Post(key, message.address, reply))
