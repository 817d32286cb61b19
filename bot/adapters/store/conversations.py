"""What was said and done in each channel, in SQL."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlmodel import Session

from bot.adapters.store import books, messages, questions, settings
from bot.adapters.store.database import Database
from bot.adapters.store.orders import cancel, order
from bot.adapters.store.outbox import SqlOutbox, key_in
from bot.adapters.store.revisions import (
    append,
    composition_at,
    diff_of,
    entries,
    find_ref,
    last_change,
    new_ref,
    note_clips,
)
from bot.adapters.store.tables import MessageRow
from bot.adapters.store.threads import in_thread
from bot.engine.composition import Composition
from bot.engine.history import Diff, Entry
from bot.ports import (
    Commit,
    Head,
    Message,
    Pace,
    Post,
    Pressed,
    Question,
    Remark,
    Setting,
    Turn,
)


class SqlConversations:
    """The `Conversations` port on a `Database`.

    With an `outbox`, what a turn says waits there, and what it orders or cancels is so from the
    moment that it is kept. Without, both is up to whoever keeps the turn. `month_microusd` is the
    budget for everything where none is set.
    """

    def __init__(
        self,
        database: Database,
        outbox: SqlOutbox | None = None,
        month_microusd: int | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._month_microusd = month_microusd

    @in_thread
    def head(self, channel: str) -> Head:
        with self._database.reading() as session:
            ref = find_ref(session, channel)
            if ref is None or ref.head == 0:
                return Head(0, Composition())
            return Head(ref.head, composition_at(session, channel, ref.head))

    @in_thread
    def at(self, channel: str, revision: int) -> Head:
        with self._database.reading() as session:
            return Head(revision, composition_at(session, channel, revision))

    @in_thread
    def history(self, channel: str) -> tuple[Entry, ...]:
        with self._database.reading() as session:
            return entries(session, channel)

    @in_thread
    def last_change(self, channel: str) -> tuple[str, datetime] | None:
        """Who made the latest revision, and when; for those who need no more of the history."""
        with self._database.reading() as session:
            return last_change(session, channel)

    @in_thread
    def diff(self, channel: str, revision: int) -> Diff:
        with self._database.reading() as session:
            return diff_of(session, channel, revision)

    @in_thread
    def question(self, channel: str, thread: str = "") -> Question | None:
        with self._database.reading() as session:
            return questions.open_question(session, channel, thread)

    @in_thread
    def pressed(self, channel: str, chose: str) -> Pressed | None:
        with self._database.reading() as session:
            return questions.pressed(session, channel, chose)

    @in_thread
    def focus(self, message: Message) -> tuple[str, ...] | None:
        with self._database.reading() as session:
            return messages.focus_of(session, message)

    @in_thread
    def turns(self, message: Message) -> tuple[Remark, ...]:
        with self._database.reading() as session:
            return messages.turns(session, message)

    @in_thread
    def settings(self, channel: str) -> tuple[Setting, ...]:
        with self._database.reading() as session:
            return settings.settings_of(session, channel)

    @in_thread
    def people(self, channel: str) -> Mapping[str, str]:
        with self._database.reading() as session:
            return messages.people(session, channel)

    @in_thread
    def pace(self, message: Message, seconds: float) -> Pace:
        with self._database.reading() as session:
            return messages.pace(session, message, seconds)

    @in_thread
    def spent(self, channel: str, month: date) -> int:
        with self._database.reading() as session:
            return books.spent(session, month, channel)

    @in_thread
    def known(self, channel: str, message_id: str) -> bool:
        with self._database.reading() as session:
            return session.get(MessageRow, (channel, message_id)) is not None

    @in_thread
    def waits(self, channel: str, message_id: str) -> bool | None:
        """Whether a message waits to come again (see `Later`); None where it is not answered."""
        with self._database.reading() as session:
            return messages.waits(session, channel, message_id)

    @in_thread
    def keep(self, message: Message, turn: Turn) -> None:
        keys = (message.channel, books.BOOKS) if turn.renders else (message.channel,)
        with self._database.writing(*keys) as session:
            messages.answered(session, message, turn)
            questions.follow(session, message, turn)
            settings.put(session, message.channel, turn.settings)
            books.note(session, turn.notices)
            if turn.commits:
                _commit(session, message.channel, turn.commits)
            if self._outbox:
                self._order(session, message, turn)
                _announce(session, self._outbox, message, turn)

    def _order(self, session: Session, message: Message, turn: Turn) -> None:
        """Order the films of a turn, as far as budgets allow: there may be others at once."""
        month = datetime.now(UTC).date().replace(day=1)
        for wanted in turn.renders:
            budgets = books.budgets_of(session, wanted.channel, wanted.person, self._month_microusd)
            books.refuse_beyond(session, budgets, month, wanted.estimate_microusd)
            order(session, wanted, message.address)


def _commit(session: Session, channel: str, commits: tuple[Commit, ...]) -> None:
    ref = find_ref(session, channel) or new_ref(session, channel)
    for commit in commits:
        append(session, ref, commit)
        note_clips(session, ref, commit.comp)


def _announce(session: Session, outbox: SqlOutbox, message: Message, turn: Turn) -> None:
    for number, reply in enumerate(turn.replies):
        outbox.put(session, Post(key_in(message, number), message.address, reply))
    cancel(session, outbox, message.channel, turn.cancels)
