"""What is published, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.tables import CostDayRow
from bot.engine.composition import Composition
from bot.ports import Addresses, Footage, Publication, RenderRecord, Turn
from tests.adapters.store.samples import CHANNEL, OTHER, commit, said, with_clips

CLIP = Footage("clip", "ab" * 32, CHANNEL, "ocean\0.mp4")
LATER = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture
def publications(database: Database) -> SqlPublications:
    return SqlPublications(database)


async def ready(
    publications: SqlPublications, footage: Footage, seconds: float = 60
) -> Publication:
    publication = replace(
        await publications.order(footage),
        state="ready",
        uid=f"uid{footage.ref[:4]}",
        seconds=seconds,
        addresses=Addresses("https://hls", "https://page", "https://jpg"),
    )
    assert await publications.save(publication)
    return publication


async def test_what_is_ordered_twice_is_one_and_the_first_channel_pays(
    publications: SqlPublications,
) -> None:
    first = await publications.order(CLIP)
    orders = [replace(CLIP, channel=OTHER), CLIP, CLIP]
    again = await asyncio.gather(*map(publications.order, orders))
    assert {each.job for each in again} == {first.job}
    assert {each.footage.channel for each in again} == {CHANNEL}
    assert first.state == "waiting"
    assert first.job.startswith("publish:")


async def test_it_is_kept_as_it_stands(publications: SqlPublications) -> None:
    publication = replace(
        await ready(publications, CLIP),
        upload_url="https://secret",
        sent_bytes=30_000_000_000,
        size_bytes=30_000_000_000,
    )
    await publications.save(publication)
    found = await publications.get(CLIP.key)
    assert found == replace(
        publication, footage=replace(CLIP, name="ocean\N{REPLACEMENT CHARACTER}.mp4")
    )
    assert await publications.by_uid("uidabab") == found
    assert await publications.by_uid("") is None
    assert await publications.get("clip:unknown") is None
    assert "secret" not in repr(found)
    assert await publications.count("ready", "encoding") == 1
    assert await publications.count("encoding") == 0


async def test_what_is_ordered_now_is_not_unused_and_what_is_tried_again_stays_so(
    publications: SqlPublications,
) -> None:
    await ready(publications, CLIP)
    between = datetime.now(UTC)
    assert await publications.unused(between)
    await publications.retry(CLIP.key)
    assert await publications.unused(between)
    await publications.order(CLIP)
    assert not await publications.unused(between)
    assert await publications.retry("clip:unknown") is None


async def test_what_failed_gets_a_new_job_and_the_old_one_may_write_no_more(
    publications: SqlPublications,
) -> None:
    old = await publications.order(CLIP)
    await publications.save(replace(old, state="failed", error="No room."))
    assert [each.state for each in await publications.unfinished()] == ["failed"]
    new = await publications.order(CLIP)
    assert (new.state, new.job != old.job) == ("waiting", True)
    assert not await publications.save(replace(old, state="ready"))
    await publications.remove(old)
    assert await publications.get(CLIP.key) == replace(new)
    await publications.remove(new)
    assert not await publications.save(new)


async def test_clips_without_a_revision_and_films_without_a_file_are_unused(
    database: Database, publications: SqlPublications, outbox: SqlOutbox, tmp_path: Path
) -> None:
    conversations = SqlConversations(database, outbox)
    before, used = Composition(), "ef" * 32
    made = commit(before, with_clips(before, used), 0, "m1")
    await conversations.keep(said("m1"), Turn((made,)))
    renders = SqlRenders(database, tmp_path)
    for name in ("kept", "gone"):
        path = tmp_path / name if name == "kept" else None
        await renders.save(RenderRecord(name, CHANNEL, 1, "720p", "done", 0, 0, path=path))
        await publications.order(Footage("film", name, CHANNEL, name))
    for sha256 in (used, "cd" * 32):
        await publications.order(Footage("clip", sha256, CHANNEL, "clip.mp4"))
    assert not await publications.unused(datetime.now(UTC) - timedelta(days=1))
    unused = await publications.unused(LATER)
    assert {each.footage.ref for each in unused} == {"cd" * 32, "gone"}


async def test_stored_minutes_are_booked_by_channel_and_once(
    database: Database, publications: SqlPublications
) -> None:
    await ready(publications, CLIP, seconds=90)
    await ready(publications, Footage("film", "r1", CHANNEL, "film"), seconds=30)
    await ready(publications, Footage("film", "r2", OTHER, "film"), seconds=60)
    await publications.order(Footage("film", "r3", OTHER, "not ready"))
    today = datetime.now(UTC).date()
    for _ in range(2):
        await publications.book(today, 1000)
        await publications.book(today - timedelta(days=1), 1000)
    with database.reading() as session:
        rows = session.exec(select(CostDayRow)).all()
    assert {(row.day, row.channel_key, row.kind, row.microusd) for row in rows} == {
        (today, CHANNEL, "stream", 2000),
        (today, OTHER, "stream", 1000),
    }


async def test_watched_minutes_are_booked_by_channel_and_once(
    database: Database, publications: SqlPublications
) -> None:
    days = [datetime.now(UTC).date() - timedelta(days=ago) for ago in (0, 1)]
    today = days[0]
    assert await publications.unbooked(days) == (), "nothing is there to be watched"
    await ready(publications, CLIP)
    await ready(publications, Footage("film", "r1", CHANNEL, "film"))
    await ready(publications, Footage("film", "s2", OTHER, "film"))
    assert await publications.unbooked(days) == (today,)
    await publications.book(today, 1000)
    watched = {"uidabab": 1.5, "uidr1": 2.0, "uids2": 1.0, "foreign": 100.0}
    await publications.book_delivered(today, watched, 1000)
    await publications.book_delivered(today, {"uidabab": 7.0}, 1000)
    await publications.book(today, 5)
    assert await publications.unbooked(days) == ()
    booked = {("stream", CHANNEL, 2000), ("stream", OTHER, 1000)}
    booked |= {("stream-delivery", CHANNEL, 3500), ("stream-delivery", OTHER, 1000)}
    assert costs(database, today) == booked
    told = await SqlLedger(database, month_microusd=None).costs(today.replace(day=1))
    assert sum(cost.microusd for cost in told) == 7500
    assert {(cost.kind, cost.channel) for cost in told} == {
        ("storage", CHANNEL),
        ("storage", OTHER),
    }


async def test_a_day_on_which_nobody_watched_is_not_asked_for_again(
    database: Database, publications: SqlPublications
) -> None:
    today = datetime.now(UTC).date()
    await ready(publications, CLIP)
    await publications.book_delivered(today, {}, 1000)
    assert await publications.unbooked([today]) == ()
    await publications.book_delivered(today, {"uidabab": 7.0}, 1000)
    assert costs(database, today) == set()
    assert await SqlLedger(database, month_microusd=None).costs(today.replace(day=1)) == ()


async def test_many_videos_that_are_not_ours_are_left_out(
    database: Database, publications: SqlPublications
) -> None:
    today = datetime.now(UTC).date()
    await ready(publications, CLIP)
    watched = {f"u{number}": 1.0 for number in range(10_000)} | {"uidabab": 0.0004}
    await publications.book_delivered(today, watched, 1000)
    assert costs(database, today) == set()


def costs(database: Database, day: date) -> set[tuple[str, str, int]]:
    """What is booked on a day: kind, channel and amount."""
    rows = select(CostDayRow).where(CostDayRow.day == day, CostDayRow.microusd != 0)
    with database.reading() as session:
        return {(row.kind, row.channel_key, row.microusd) for row in session.exec(rows)}
