"""The books of playback, with Stream's stand-in, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import select

from bot.adapters.media.stream import StreamApi, StreamVideos
from bot.adapters.store.database import Database
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.tables import CostDayRow, PlaybackRow
from bot.jobs.minutes import Minutes
from bot.ports import Footage, Publication
from tests.adapters.media.stream.analytics import group
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, Site, stream_site

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEN_MINUTES_A_DAY = round(10 * 0.005 * 1e6 / 30)
DENIED = "not authorized for that account"


@pytest.fixture
async def stream() -> AsyncIterator[Site]:
    async with stream_site() as site:
        yield site


@pytest.fixture
def publications(store: Database) -> SqlPublications:
    return SqlPublications(store)


@pytest.fixture
async def minutes(stream: Site, publications: SqlPublications) -> AsyncIterator[Minutes]:
    api = StreamApi(ACCOUNT, SecretStr(TOKEN), stream.api)
    yield Minutes(StreamVideos(api), publications)
    await api.close()


@pytest.fixture
async def clip(store: Database, publications: SqlPublications) -> Publication:
    """Ten minutes that are stored since the 19th."""
    footage = Footage("clip", "ab" * 32, "test:launch", "ocean.mp4")
    job = (await publications.order(footage)).job
    ready = Publication(footage, job, "ready", uid="u1", seconds=600)
    await publications.save(ready)
    with store.writing() as session:
        before = datetime(2026, 11, 19, 12, tzinfo=UTC)
        session.exec(update(PlaybackRow).values(stored_at=before))
    return ready


def booked(store: Database) -> set[tuple[str, str, str, int]]:
    """What is booked: day of November, channel, kind and amount."""
    with store.reading() as session:
        rows = session.exec(select(CostDayRow).where(CostDayRow.microusd != 0))
        return {(f"{row.day:%d}", row.channel_key, row.kind, row.microusd) for row in rows}


STORED = {(day, "test:launch", "stream", TEN_MINUTES_A_DAY) for day in ("19", "20", "21")}


async def test_stored_minutes_are_booked_once_a_day_for_the_channel(
    minutes: Minutes, publications: SqlPublications, clip: Publication, store: Database
) -> None:
    for _ in range(2):
        await minutes.book(NOON)
    await publications.remove(clip)
    await minutes.book(NOON)
    assert booked(store) == STORED


@pytest.mark.usefixtures("clip")
async def test_watched_minutes_are_booked_once_and_also_days_that_were_missed(
    stream: Site, minutes: Minutes, store: Database
) -> None:
    stream.analytics.watched |= {
        "2026-11-18": [group("u1", 1000)],  # nothing was stored then
        "2026-11-19": [group("u1", 2.5), group("of-nobody", 1000), group("foreign", 1000)],
        "2026-11-21": [group("u1", 10)],
        "2026-11-22": [group("u1", 1000)],  # that day is not over
    }
    await minutes.book(NOON)
    stream.analytics.watched["2026-11-21"] = [group("u1", 99)]
    await minutes.book(NOON)
    delivered = {("19", "test:launch", "stream-delivery", 2500)}
    delivered |= {("21", "test:launch", "stream-delivery", 10_000)}
    assert booked(store) == STORED | delivered
    assert stream.analytics.asked == ["2026-11-21", "2026-11-20", "2026-11-19"]


@pytest.mark.usefixtures("clip")
async def test_a_missing_permission_is_told_once_and_stored_minutes_are_booked(
    stream: Site, minutes: Minutes, store: Database, caplog: pytest.LogCaptureFixture
) -> None:
    stream.analytics.refusal = DENIED
    stream.analytics.watched["2026-11-21"] = [group("u1", 10)]
    for _ in range(3):
        await minutes.book(NOON)
    (told,) = (record.message for record in caplog.records if record.name == "chatkut.jobs")
    assert "Account Analytics: Read" in told
    assert TOKEN not in told
    assert booked(store) == STORED
    assert stream.analytics.asked == ["2026-11-21"] * 3, "one try a night"
    stream.analytics.refusal = ""
    await minutes.book(NOON)
    assert booked(store) == STORED | {("21", "test:launch", "stream-delivery", 10_000)}


@pytest.mark.usefixtures("clip")
async def test_what_is_not_answered_is_booked_the_next_night(
    stream: Site, minutes: Minutes, store: Database
) -> None:
    stream.analytics.watched["2026-11-21"] = [group("u1", 10)]
    stream.analytics.status = 503
    await minutes.book(NOON)
    assert booked(store) == STORED
    stream.analytics.status = 200
    await minutes.book(NOON + timedelta(days=1))
    assert ("21", "test:launch", "stream-delivery", 10_000) in booked(store)
