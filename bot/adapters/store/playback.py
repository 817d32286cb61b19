"""What is published at the service that plays videos, in SQL."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select

from bot.adapters.store.database import Database
from bot.adapters.store.tables import ClipUseRow, CostDayRow, PlaybackRow, RenderRow
from bot.adapters.store.threads import in_thread
from bot.ports import (
    Addresses,
    Footage,
    Publication,
    PublicationKind,
    PublicationState,
)

_BOOKED_AS = "stream"
_DELIVERED_AS = "stream-delivery"
_DAY_IS_BOOKED = ""
"""In place of a channel: the row of nothing that says so, as on many days nobody watches."""


class SqlPublications:
    """The `Publications` port on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_thread
    def order(self, footage: Footage) -> Publication:
        with self._database.writing(footage.key) as session:
            row = session.get(PlaybackRow, footage.key) or _new(footage)
            row.ordered_at = datetime.now(UTC)
            session.add(row)
            return _begun(row)

    @in_thread
    def retry(self, footage_key: str) -> Publication | None:
        with self._database.writing(footage_key) as session:
            row = session.get(PlaybackRow, footage_key)
            return _begun(row) if row else None

    @in_thread
    def get(self, footage_key: str) -> Publication | None:
        with self._database.reading() as session:
            row = session.get(PlaybackRow, footage_key)
            return _publication(row) if row else None

    @in_thread
    def by_uid(self, uid: str) -> Publication | None:
        with self._database.reading() as session:
            row = session.exec(select(PlaybackRow).where(PlaybackRow.uid == uid)).first()
            return _publication(row) if row and uid else None

    @in_thread
    def save(self, publication: Publication) -> bool:
        with self._database.writing(publication.footage.key) as session:
            row = session.get(PlaybackRow, publication.footage.key)
            if row is None or row.job != publication.job:
                return False
            if publication.state == "ready" and row.stored_at is None:
                row.stored_at = datetime.now(UTC)
            row.sqlmodel_update(_columns(publication))
            return True

    @in_thread
    def count(self, *states: PublicationState) -> int:
        query = select(func.count()).where(col(PlaybackRow.state).in_(states))
        with self._database.reading() as session:
            return session.exec(query).one()

    @in_thread
    def unfinished(self) -> tuple[Publication, ...]:
        return self._those(col(PlaybackRow.state).in_(("failed", "waiting")))

    @in_thread
    def unused(self, before: datetime) -> tuple[Publication, ...]:
        clips = select(ClipUseRow.sha256)
        films = select(RenderRow.id).where(col(RenderRow.path).is_not(None))
        ref = col(PlaybackRow.ref)
        orphan = or_(
            and_(col(PlaybackRow.kind) == "clip", ref.not_in(clips)),
            and_(col(PlaybackRow.kind) == "film", ref.not_in(films)),
        )
        return self._those(orphan & (col(PlaybackRow.ordered_at) < before))

    @in_thread
    def remove(self, publication: Publication) -> None:
        with self._database.writing(publication.footage.key) as session:
            row = session.get(PlaybackRow, publication.footage.key)
            if row is not None and row.job == publication.job:
                session.delete(row)

    @in_thread
    def book(self, day: date, microusd_per_minute: float) -> None:
        end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        booked = (col(CostDayRow.day) == day) & (col(CostDayRow.kind) == _BOOKED_AS)
        stored = (
            select(PlaybackRow.channel_key, func.sum(PlaybackRow.seconds))
            .where(col(PlaybackRow.stored_at) < end, col(PlaybackRow.state) == "ready")
            .group_by(PlaybackRow.channel_key)
        )
        with self._database.writing(f"costs of {day}") as session:
            if session.exec(select(CostDayRow).where(booked).limit(1)).first():
                return
            for channel, seconds in session.exec(stored).all():
                microusd = round(seconds / 60 * microusd_per_minute)
                session.add(
                    CostDayRow(day=day, channel_key=channel, kind=_BOOKED_AS, microusd=microusd)
                )

    @in_thread
    def unbooked(self, days: Sequence[date]) -> tuple[date, ...]:
        day, channel = col(CostDayRow.day), col(CostDayRow.channel_key)
        done = select(day).where(day.in_(days), channel == _DAY_IS_BOOKED)
        done = done.where(CostDayRow.kind == _DELIVERED_AS)
        with self._database.reading() as session:
            first = session.exec(select(func.min(PlaybackRow.stored_at))).one()
            booked = set(session.exec(done))
        if first is None:
            return ()
        return tuple(each for each in days if each >= first.date() and each not in booked)

    @in_thread
    def book_delivered(
        self, day: date, minutes: Mapping[str, float], microusd_per_minute: float
    ) -> None:
        ours = select(PlaybackRow.uid, PlaybackRow.channel_key)
        ours = ours.where(col(PlaybackRow.uid).in_(list(minutes)))
        with self._database.writing(f"costs of {day}") as session:
            if session.get(CostDayRow, (day, _DAY_IS_BOOKED, _DELIVERED_AS)):
                return
            watched = defaultdict[str, float](float, {_DAY_IS_BOOKED: 0})
            for uid, channel in session.exec(ours).all():
                watched[channel] += minutes[uid]
            for channel, sum_of_minutes in watched.items():
                microusd = round(sum_of_minutes * microusd_per_minute)
                session.add(
                    CostDayRow(day=day, channel_key=channel, kind=_DELIVERED_AS, microusd=microusd)
                )

    def _those(self, wanted: ColumnElement[bool]) -> tuple[Publication, ...]:
        query = select(PlaybackRow).where(wanted).order_by(col(PlaybackRow.ordered_at))
        with self._database.reading() as session:
            return tuple(map(_publication, session.exec(query)))


def _new_job() -> str:
    return f"publish:{secrets.token_hex(8)}"


def _begun(row: PlaybackRow) -> Publication:
    """The publication, with a new job where the last one failed."""
    if row.state == "failed":
        row.state, row.job, row.renewals = "waiting", _new_job(), 0
    return _publication(row)


def _new(footage: Footage) -> PlaybackRow:
    return PlaybackRow(**_columns(Publication(footage, _new_job())))


def _columns(publication: Publication) -> dict[str, Any]:
    footage, fields = publication.footage, asdict(publication)
    rest = {name: value for name, value in fields.items() if name != "footage"}
    about = {"key": footage.key, "kind": footage.kind, "ref": footage.ref, "name": footage.name}
    return about | rest | {"channel_key": footage.channel}


def _publication(row: PlaybackRow) -> Publication:
    kind, state = cast(PublicationKind, row.kind), cast(PublicationState, row.state)
    return Publication(
        footage=Footage(kind, row.ref, row.channel_key, row.name),
        job=row.job,
        state=state,
        uid=row.uid,
        upload_url=row.upload_url,
        renewals=row.renewals,
        size_bytes=row.size_bytes,
        sent_bytes=row.sent_bytes,
        sha256=row.sha256,
        seconds=row.seconds,
        addresses=Addresses(**row.addresses),
        error=row.error,
    )
