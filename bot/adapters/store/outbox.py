"""The outbox in SQL: what was decided to be said, in order within a channel."""

import logging
from collections.abc import Mapping, Sequence
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
from bot.ports import Address, Damaged, Message, Post, Reply, key_of

log = logging.getLogger("chatkut.store")

_WAITING = ("pending", "sending")
_WORDS = ("receipt", "question", "answer", "error")
_FIRST = 4
"""So many replies to a message are looked at; hardly one has more."""

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
            created_at=now(session),
        )
        session.add(row)
        session.flush()

    def withdraw(self, session: Session, to: Address) -> None:
        """Let the buttons of an estimate vanish, which answers this message; as `put`."""
        keys = [key_of(to.channel, to.message, str(number)) for number in range(_FIRST)]
        query = select(OutboxRow).where(col(OutboxRow.key).in_(keys))
        for row in session.exec(query):
            if row.body["kind"] == "estimate" and row.body["choices"]:
                edit = OutboxRow(
                    key=key_of("withdrawn", row.key),
                    channel_key=to.channel,
                    thread=to.thread,
                    message_id=to.message,
                    body=row.body | {"choices": []},
                    created_at=now(session),
                    edits=row.key,
                )
                session.add(edit)
        session.flush()

    @in_thread
    def first(self, channel: str) -> Post | None:
        while (row := self._first(channel)) is not None:
            try:
                return self._post(row)
            except Damaged as error:  # it would hold up its channel for ever
                log.error("post %s in %s was given up: %s", row.key, channel, error)
                self._give_up(row.key, str(error))
        return None

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
        self._give_up(key, error)

    @in_thread
    def channels(self, older_than_seconds: float) -> tuple[str, ...]:
        with self._database.reading() as session:
            at, created = now(session), col(OutboxRow.created_at)
            old = created <= at - timedelta(seconds=older_than_seconds)
            # From the future it came before the clock was set back; nobody knows when.
            overdue = col(OutboxRow.state).in_(_WAITING) & (old | (created > at))
            query = select(OutboxRow.channel_key).where(overdue)
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

    def _first(self, channel: str) -> OutboxRow | None:
        waiting = col(OutboxRow.state).in_(_WAITING) & (col(OutboxRow.channel_key) == channel)
        query = select(OutboxRow).where(waiting).order_by(col(OutboxRow.id)).limit(1)
        with self._database.reading() as session:
            return session.exec(query).first()

    def _give_up(self, key: str, error: str) -> None:
        with self._database.writing() as session:
            session.exec(_waiting(key).values(state="failed", error=error))

    def _post(self, row: OutboxRow) -> Post:
        return Post(
            key=row.key,
            to=Address(row.channel_key, row.thread, row.message_id),
            reply=_reply(row.body, self._root),
            attempts=row.attempts,
            sending_since=row.sending_since,
            edits=self._posted_as(row.edits) if row.edits else None,
        )

    def _posted_as(self, key: str) -> str:
        query = select(OutboxRow.post_id).where(OutboxRow.key == key)
        with self._database.reading() as session:
            return session.exec(query).first() or ""


def key_in(message: Message, number: int) -> str:
    """The key of the post that brings a reply to a message; the first is number 0."""
    return key_of(message.channel, message.id, str(number))


def said_to(session: Session, channel: str, messages: Sequence[str]) -> Mapping[str, list[str]]:
    """What messages of a channel, named by their ids, were answered in words, for all to see."""
    keys = {key_of(channel, each, str(n)): each for each in messages for n in range(_FIRST)}
    rows = select(OutboxRow).where(col(OutboxRow.key).in_(keys)).order_by(col(OutboxRow.id))
    said: dict[str, list[str]] = {each: [] for each in messages}
    for row in session.exec(rows):
        if row.body["kind"] in _WORDS and not row.body.get("only_for"):
            said[keys[row.key]].append(row.body["text"])
    return said


def _waiting(key: str) -> Update:
    """A change of a post that was neither sent nor given up."""
    return update(OutboxRow).where(col(OutboxRow.key) == key, col(OutboxRow.state).in_(_WAITING))


def _body(reply: Reply, root: Path) -> dict[str, Any]:
    return asdict(reply) | {"files": [kept(path, root) for path in reply.files]}


def _reply(body: dict[str, Any], root: Path) -> Reply:
    try:
        reply = _REPLY.validate_python(body | {"files": [found(p, root) for p in body["files"]]})
    except (ValidationError, KeyError, TypeError) as error:
        raise Damaged("What was to be said was written by another version of ChatKut.") from error
    return reply
