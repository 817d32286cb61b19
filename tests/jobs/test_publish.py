import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from os import urandom
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import select
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.store.database import Database
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.tables import (
    ChannelRow,
    ClipUseRow,
    CompositionRow,
    CostDayRow,
    PlaybackRow,
    WaitRow,
)
from bot.jobs.publish import withdrawing
from bot.ports import Footage, PlaybackRefused, Publication, PublicationState, Video
from bot.web.server import WebServer
from tests.adapters.media.stream.analytics import group
from tests.adapters.media.stream.site import Site as Stream
from tests.adapters.media.stream.site import stream_site
from tests.jobs.publisher import Bench, Running
from tests.jobs.site import Site, ended, until

MIB = 1 << 20
LATER = timedelta(days=2)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


on_both = pytest.mark.parametrize("site", ["sqlite", "postgres"], indirect=True)
"""For tests of what could differ between the two databases; the others take place on SQLite."""


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_site")
    return found


@pytest.fixture
async def stream() -> AsyncIterator[Stream]:
    async with stream_site() as stream:
        yield stream


@pytest.fixture
def bench(site: Site, store: Database, store_url: str, stream: Stream) -> Bench:  # noqa: ARG001
    return Bench(str(site.folder), site.jobs_url, store_url, stream.api, stream.uploads)


@pytest.fixture
def clip(bench: Bench) -> Footage:
    return bench.clip(b"a small clip")


@pytest.fixture
async def running(bench: Bench) -> AsyncIterator[Running]:
    async with bench.running() as running:
        yield running


async def reached(running: Running, footage: Footage, *states: PublicationState) -> Publication:
    """The publication once it is in one of these states."""

    async def look() -> Publication | None:
        found = await running.playback.status(footage.key)
        return found if found and found.state in states else None

    return await until(look)


async def polled(bench: Bench, running: Running, footage: Footage) -> Publication:
    """The publication once it is over, while the poller asks all the time."""

    async def ask() -> Publication | None:
        with database.writing() as session:
            session.exec(update(WaitRow).values(poll_at=datetime.now(UTC) - LATER))
        await running.polling.poll()
        found = await running.playback.status(footage.key)
        return found if found and found.state in ("ready", "refused", "failed") else None

    with closing(Database(bench.store_url)) as database:
        return await until(ask)


# --- the way of a clip -----------------------------------------------------------------------


@on_both
async def test_a_clip_is_sent_encoded_and_can_be_watched(
    bench: Bench, stream: Stream, running: Running, clip: Footage
) -> None:
    await running.playback.publish(clip)
    await running.playback.publish(clip)
    encoding = await reached(running, clip, "encoding")
    assert bytes(stream.only.content) == b"a small clip"
    assert (encoding.size_bytes, encoding.sent_bytes, encoding.sha256) == (12, 12, clip.ref)
    assert await running.playback.watch(clip.key) is None
    stream.only.ready(61)
    ready = await polled(bench, running, clip)
    assert (ready.state, ready.seconds, ready.error) == ("ready", 61, "")
    watching = await running.playback.watch(clip.key)
    assert watching
    assert watching.hls.endswith(".m3u8")
    assert (await ended(running.jobs, ready.job)).state == "done"
    assert stream.asked.count("POST ") == 1


async def test_a_film_is_sent_too(bench: Bench, stream: Stream, running: Running) -> None:
    film = Footage("film", bench.clip(b"the film").ref, "test:launch", "film.mp4")
    await running.playback.publish(film)
    await reached(running, film, "encoding")
    assert bytes(stream.only.content) == b"the film"


@pytest.mark.slow
@on_both
async def test_a_killed_process_goes_on_in_mid_chunk_with_the_same_bytes(
    bench: Bench, stream: Stream
) -> None:
    content = urandom(21 * MIB + 333)
    clip = bench.clip(content)
    with closing(Database(bench.store_url)) as database:
        job = (await SqlPublications(database).order(clip)).job
    stream.rules.hold_at = 13 * MIB
    async with bench.process() as process:
        await process.order("publish", job, key=clip.key)
        await asyncio.wait_for(stream.is_holding.wait(), 120)
        await process.kill()
    stream.go_on.set()
    async with bench.running() as running:
        sent = await reached(running, clip, "encoding")
    assert bytes(stream.only.content) == content
    assert sent.sent_bytes == len(content)
    assert stream.asked.count("POST ") == 1
    assert stream.chunks[1][0] < 13 * MIB < stream.chunks[2][0], "it went on where it was"


async def test_a_file_that_became_another_one_is_sent_from_the_start(
    bench: Bench, stream: Stream, clip: Footage
) -> None:
    stream.rules.upload_status = [0, *[500] * 50]
    async with bench.running() as running:
        await running.playback.publish(clip)
        await reached(running, clip, "sending")
        await until(lambda: _true(len(stream.upload_headers) > 3))
    (stream_uid,) = stream.videos
    await asyncio.to_thread(Path(bench.folder, clip.ref).write_bytes, b"another clip")
    stream.rules.upload_status = []
    async with bench.running() as running:
        await reached(running, clip, "encoding")
    assert stream.only.uid != stream_uid, "the first one was removed"
    assert bytes(stream.only.content) == b"another clip"


async def test_what_lies_in_the_cloud_is_copied_and_not_sent(
    bench: Bench, stream: Stream, clip: Footage
) -> None:
    async def original(_: object) -> Response:
        return Response(b"in the cloud")

    server = WebServer([Route("/original", original)], "127.0.0.1", 0)
    await server.start()
    async with bench.running(f"http://127.0.0.1:{server.port}/original") as running:
        await running.playback.publish(clip)
        await reached(running, clip, "encoding")
    await server.stop(1)
    assert bytes(stream.only.content) == b"in the cloud"
    assert not stream.upload_headers


async def test_what_cloudflare_cannot_fetch_is_sent_instead(
    bench: Bench, stream: Stream, clip: Footage
) -> None:
    async with bench.running(f"{stream.uploads}/not/there") as running:
        await running.playback.publish(clip)
        await until(lambda: _true(bool(stream.chunks)))
        encoding = await reached(running, clip, "encoding")
    assert bytes(stream.only.content) == b"a small clip"
    assert stream.only.uid == encoding.uid, "the first one was removed"


# --- what goes wrong -------------------------------------------------------------------------


async def test_an_upload_that_is_lost_is_begun_anew_once(
    stream: Stream, running: Running, clip: Footage
) -> None:
    stream.rules.upload_status = [0, 410]
    await running.playback.publish(clip)
    publication = await reached(running, clip, "encoding")
    assert publication.renewals == 1
    assert stream.asked.count("POST ") == 2
    assert stream.only.uid == publication.uid, "the first one was removed"


async def test_an_upload_that_is_lost_again_and_again_is_given_up(
    stream: Stream, running: Running, clip: Footage
) -> None:
    stream.rules.upload_status = [404] * 9
    await running.playback.publish(clip)
    publication = await reached(running, clip, "failed")
    assert "begun anew" in publication.error
    assert stream.asked.count("POST ") == 2


async def test_what_stream_cannot_play_is_told_and_never_sent_again(
    bench: Bench, stream: Stream, running: Running, clip: Footage
) -> None:
    await running.playback.publish(clip)
    await reached(running, clip, "encoding")
    stream.only.fail("ERR_NON_VIDEO")
    refused = await polled(bench, running, clip)
    assert (refused.state, refused.error) == (
        "refused",
        "Cloudflare Stream finds no video in the file.",
    )
    assert not stream.videos
    await running.playback.publish(clip)
    await running.playback.sweep(running.jobs, datetime.now(UTC))
    assert stream.asked.count("POST ") == 1
    with pytest.raises(PlaybackRefused, match="not published"):
        await running.playback.captions(clip.key, "en")


@on_both
async def test_what_failed_is_tried_again_by_the_sweep(
    stream: Stream, running: Running, clip: Footage
) -> None:
    stream.rules.api_status = [403]
    await running.playback.publish(clip)
    failed = await reached(running, clip, "failed")
    assert "Stream: Edit" in failed.error
    done = await running.playback.sweep(running.jobs, datetime.now(UTC))
    assert done == "removed 0 videos, tries 1 again"
    again = await reached(running, clip, "encoding")
    assert again.job != failed.job


async def test_a_video_whose_making_was_not_heard_of_is_not_left_there(
    stream: Stream, running: Running, clip: Footage
) -> None:
    stranger = stream.new("0" * 32, 5, {})
    stream.rules.lose_creations = 2
    await running.playback.publish(clip)
    publication = await reached(running, clip, "encoding")
    assert stream.asked.count("POST ") == 3
    assert set(stream.videos) == {stranger.uid, publication.uid}


async def test_an_account_that_encodes_enough_is_asked_again_later(
    stream: Stream, running: Running, clip: Footage
) -> None:
    stream.rules.most_encoding = 0
    await running.playback.publish(clip)
    await until(lambda: _true(stream.asked.count("POST ") > 1))
    stream.rules.most_encoding = 120
    await reached(running, clip, "encoding")


async def test_a_video_that_is_not_answered_holds_up_no_other(
    bench: Bench, stream: Stream, running: Running, clip: Footage
) -> None:
    other = bench.clip(b"another one")
    for footage in (clip, other):
        await running.playback.publish(footage)
    broken = (await reached(running, clip, "encoding")).uid
    await reached(running, other, "encoding")
    for video in stream.videos.values():
        video.ready()
    stream.rules.silent.add(broken)
    assert (await polled(bench, running, other)).state == "ready"
    stream.rules.silent.clear()
    assert (await polled(bench, running, clip)).state == "ready"


async def test_a_video_that_was_deleted_at_cloudflare_is_told(
    bench: Bench, stream: Stream, running: Running, clip: Footage
) -> None:
    await running.playback.publish(clip)
    await reached(running, clip, "encoding")
    stream.videos.clear()
    failed = await polled(bench, running, clip)
    assert "no such video" in failed.error


@on_both
async def test_removing_stops_what_goes_on(stream: Stream, running: Running, clip: Footage) -> None:
    await running.playback.publish(clip)
    job = (await reached(running, clip, "encoding")).job
    await running.playback.sweep(running.jobs, datetime.now(UTC) + LATER)
    assert (await ended(running.jobs, job)).state == "cancelled"
    assert not stream.videos
    assert await running.playback.status(clip.key) is None
    await running.playback.publish(clip)
    assert (await reached(running, clip, "encoding")).job != job


async def test_what_could_not_be_removed_to_the_end_can_be_published_again(
    stream: Stream, running: Running, store: Database, clip: Footage
) -> None:
    await running.playback.publish(clip)
    job = (await reached(running, clip, "encoding")).job
    await until(lambda: _waiting(store))
    stream.rules.api_status = [403]
    done = await running.playback.sweep(running.jobs, datetime.now(UTC) + LATER)
    assert done == "removed 0 videos, tries 0 again"
    await running.playback.publish(clip)
    assert (await reached(running, clip, "encoding")).job != job
    assert len(stream.videos) == 1


async def test_without_a_service_what_was_begun_is_closed(
    site: Site, store: Database, clip: Footage
) -> None:
    publications = SqlPublications(store)
    ordered = await publications.order(clip)
    async with site.running(withdrawing(publications)) as jobs:
        await jobs.enqueue("publish", ordered.job, {"key": clip.key})
        await ended(jobs, ordered.job)
    found = await publications.get(clip.key)
    assert found
    assert (found.state, found.error[:10]) == ("failed", "No service")


async def test_without_a_service_what_was_under_way_is_closed_too(
    bench: Bench, site: Site, store: Database, clip: Footage
) -> None:
    async with bench.running() as running:
        await running.playback.publish(clip)
        under_way = await reached(running, clip, "encoding")
        await until(lambda: _waiting(store))
    publications = SqlPublications(store)
    async with site.running(withdrawing(publications)) as jobs:
        await ended(jobs, under_way.job)
    found = await publications.get(clip.key)
    assert found
    assert (found.state, found.error[:10]) == ("failed", "No service")


async def _waiting(store: Database) -> bool:
    with store.reading() as session:
        return session.exec(select(WaitRow)).first() is not None


# --- webhooks --------------------------------------------------------------------------------


async def test_a_webhook_makes_it_ready_at_once_and_again_does_nothing(
    stream: Stream, running: Running, clip: Footage
) -> None:
    await running.playback.heard(Video("unknown", "ready", 1))
    await running.playback.publish(clip)
    publication = await reached(running, clip, "encoding")
    stream.only.ready(5)
    for _ in range(3):
        await running.playback.heard(Video(publication.uid, "ready", 1))
    ready = await reached(running, clip, "ready")
    await ended(running.jobs, ready.job)
    await running.playback.heard(Video(publication.uid, "ready", 1))
    await running.playback.heard(Video(publication.uid, "error", 0))
    assert (await running.playback.status(clip.key)) == ready


async def test_a_webhook_that_comes_too_early_loses_nothing(
    bench: Bench, stream: Stream, running: Running, clip: Footage
) -> None:
    await running.playback.publish(clip)
    publication = await reached(running, clip, "encoding")
    await running.playback.heard(Video(publication.uid, "ready", 1))  # the API does not say so yet
    await until(lambda: _true(stream.asked.count(f"GET /{publication.uid}") >= 2))
    stream.only.ready(5)
    assert (await polled(bench, running, clip)).state == "ready"


# --- sweeping --------------------------------------------------------------------------------


@on_both
async def test_what_no_revision_refers_to_is_removed(
    bench: Bench, stream: Stream, running: Running, clip: Footage, store: Database
) -> None:
    used, now = bench.clip(b"used"), datetime.now(UTC)
    for footage in (clip, used):
        await running.playback.publish(footage)
        await reached(running, footage, "encoding")
    with store.writing() as session:
        session.add(ChannelRow(id=1, key="test:launch"))
        session.flush()
        session.add(CompositionRow(id=1, channel_id=1))
        session.flush()
        session.add(ClipUseRow(composition_id=1, sha256=used.ref))
    assert await running.playback.sweep(running.jobs, now) == "removed 0 videos, tries 0 again"
    stream.rules.api_status = [503]
    later = now + LATER
    assert "removed 0" in await running.playback.sweep(running.jobs, later), "it is not reached"
    assert await running.playback.sweep(running.jobs, later) == "removed 1 videos, tries 0 again"
    assert bytes(stream.only.content) == b"used"
    assert await running.playback.status(clip.key) is None


async def test_a_sweep_books_what_was_stored_and_watched(
    stream: Stream, running: Running, clip: Footage, store: Database
) -> None:
    job, yesterday = (await running.publications.order(clip)).job, NOON - timedelta(days=1)
    await running.publications.save(Publication(clip, job, "ready", uid="u", seconds=600))
    with store.writing() as session:
        session.exec(update(PlaybackRow).values(stored_at=yesterday))
    stream.analytics.watched["2026-11-21"] = [group("u", 25)]
    await running.playback.sweep(running.jobs, NOON)
    with store.reading() as session:
        booked = {
            row.kind: row.microusd for row in session.exec(select(CostDayRow)) if row.microusd
        }
    assert booked == {"stream": 1667, "stream-delivery": 25_000}


async def _true(found: bool) -> bool:
    return found
