"""The outbox in SQL: what was decided to be said, in order within a channel."""

import re
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Update, func, or_, update
from sqlmodel import Session, col, select

from bot.adapters.store.database import Database, now
from bot.adapters.store.paths import found, kept
from bot.adapters.store.tables import OutboxRow
from bot.adapters.store.threads import in_thread
from bot.ports import Address, Choice, Post, Reply, StoreFailed

_WAITING = ("pending", "sending")
_CHOSE = re.compile(r"([a-z0-9]{1,24})#([0-9]{1,4})")
_REPLY = TypeAdapter(Reply)


class SqlOutbox:
    """The ports `Outbox` and `Threads` on a `Database`. Files are kept relative to `root`."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root

    def put(self, session: Session, post: Post) -> None:
        """Add a post in a transaction, which is alone in its channel: posts stay in order."""
        row = OutboxRow(
            key=post.key,
            channel_key=post.to.channel,
            thread=post.to.thread,
            message_id=post.to.message,
            body=_body(post.reply, self._root),
        )
        session.add(row)
        session.flush()

    @in_thread
    def first(self, channel: str) -> Post | None:
        waiting = col(OutboxRow.state).in_(_WAITING) & (col(OutboxRow.channel_key) == channel)
        query = select(OutboxRow).where(waiting).order_by(col(OutboxRow.id)).limit(1)
        with self._database.reading() as session:
            row = session.exec(query).first()
            return self._post(row) if row else None

    @in_thread
    def sending(self, key: str) -> None:
        with self._database.writing() as session:
            # Once its fate is unknown, it is so since the first attempt that nobody answered.
            since = func.coalesce(OutboxRow.sending_since, now(session))
            more = col(OutboxRow.attempts) + 1
            session.exec(_waiting(key).values(state="sending", attempts=more, sending_since=since))

    @in_thread
    def unsent(self, key: str) -> None:
        with self._database.writing() as session:
            session.exec(_waiting(key).values(state="pending", sending_since=None))

    @in_thread
    def sent(self, key: str, post: str) -> None:
        with self._database.writing() as session:
            session.exec(_waiting(key).values(state="sent", post_id=post, sent_at=now(session)))

    @in_thread
    def given_up(self, key: str, error: str) -> None:
        with self._database.writing() as session:
            session.exec(_waiting(key).values(state="failed", error=error))

    @in_thread
    def channels(self, older_than_seconds: float) -> tuple[str, ...]:
        with self._database.reading() as session:
            old = col(OutboxRow.created_at) <= now(session) - timedelta(seconds=older_than_seconds)
            query = select(OutboxRow.channel_key).where(col(OutboxRow.state).in_(_WAITING), old)
            return tuple(session.exec(query.distinct()))

    @in_thread
    def backlog(self) -> tuple[int, float]:
        query = select(func.count(), func.min(OutboxRow.created_at))
        with self._database.reading() as session:
            count, oldest = session.exec(query.where(col(OutboxRow.state).in_(_WAITING))).one()
            age = (now(session) - oldest).total_seconds() if oldest else 0.0
            return count, max(0.0, age)

    @in_thread
    def joined(self, channel: str, thread: str) -> bool:
        # Where a thread hangs below the message that it is about, it has that message's id.
        there = or_(col(OutboxRow.thread) == thread, col(OutboxRow.message_id) == thread)
        query = select(OutboxRow.id).where(OutboxRow.channel_key == channel, there)
        with self._database.reading() as session:
            return thread != "" and session.exec(query.limit(1)).first() is not None

    def _post(self, row: OutboxRow) -> Post:
        return Post(
            key=row.key,
            to=Address(row.channel_key, row.thread, row.message_id),
            reply=_reply(row.body, self._root),
            attempts=row.attempts,
            sending_since=row.sending_since,
        )


def chosen(session: Session, channel: str, chose: str) -> Choice | None:
    """What a button of a channel stands for, None for one that never was."""
    parts = _CHOSE.fullmatch(chose)
    if parts is None:
        return None
    query = select(OutboxRow.body).where(
        OutboxRow.key == parts[1], OutboxRow.channel_key == channel
    )
    body = session.exec(query).first()
    choices = body["choices"] if body else []
    number = int(parts[2])
    return Choice(**choices[number]) if number < len(choices) else None


def _waiting(key: str) -> Update:
    """A change of a post that was neither sent nor given up."""
    return update(OutboxRow).where(col(OutboxRow.key) == key, col(OutboxRow.state).in_(_WAITING))


def _body(reply: Reply, root: Path) -> dict[str, Any]:
    return asdict(reply) | {"files": [kept(path, root) for path in reply.files]}


def _reply(body: dict[str, Any], root: Path) -> Reply:
    try:
        reply = _REPLY.validate_python(body | {"files": [found(p, root) for p in body["files"]]})
    except ValidationError as error:
        raise StoreFailed(
            "What is to be said was written by another version of ChatKut; upgrade and try again."
        ) from error
    return reply
