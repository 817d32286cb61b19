"""Where a person has spoken, in SQL."""

from sqlalchemy import func
from sqlmodel import col, select

from bot.adapters.store.database import Database
from bot.adapters.store.tables import MessageRow
from bot.adapters.store.threads import in_thread

_MOST = 20


class SqlSpoken:
    """Answers from the messages that were answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def channels(self, within: str, person: str) -> tuple[str, ...]:
        """The channels whose key begins so, in which this person has spoken, the latest first.

        Args:
            within: Such as "slack:T1/", a workspace.
            person: As in `Message.person`.
        """
        there = col(MessageRow.channel_key).startswith(within, autoescape=True)
        said = select(MessageRow.channel_key).where(there, MessageRow.person == person)
        latest = func.max(MessageRow.answered_at).desc()
        with self._database.reading() as session:
            grouped = said.group_by(MessageRow.channel_key).order_by(latest)
            return tuple(session.exec(grouped.limit(_MOST)))
