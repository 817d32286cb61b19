"""Films by link: from this machine, or from a bucket."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.store.database import Database
from bot.adapters.store.multiparts import SqlMultiparts
from bot.adapters.store.renders import SqlRenders
from bot.jobs.shelf import Shelf
from bot.ports import RenderRecord
from bot.web.films import FilmPages
from bot.web.links import SignedLinks
from tests.databases import made_database
from tests.s3 import S3_KEY, new_bucket
from tests.web.conftest import Serving

LINKS = SignedLinks("", "secret", 60, 60)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = made_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
async def film(database: Database, tmp_path: Path) -> RenderRecord:
    path = tmp_path / "secret-place.mp4"
    path.write_bytes(os.urandom(1000))
    record = RenderRecord("r1", "slack:T1/C1", 3, "720p", "done", 0, 0, path=path)
    await SqlRenders(database, tmp_path).save(record)
    return record


@pytest.fixture
async def client(
    serving: Serving, database: Database, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    pages = FilmPages(LINKS, SqlRenders(database, tmp_path), None)
    async with serving(*pages.routes) as client:
        yield client


async def test_a_film_is_sent_under_a_harmless_name(
    client: httpx.AsyncClient, film: RenderRecord
) -> None:
    answer = await client.get(LINKS.film("r1"))
    assert film.path
    assert answer.content == film.path.read_bytes()
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == 'attachment; filename="chatkut-3-720p.mp4"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret-place" not in str(answer.headers)
    head = await client.head(LINKS.film("r1"))
    assert (head.content, head.headers["content-length"]) == (b"", "1000")
    assert head.headers["etag"] == answer.headers["etag"]


@pytest.mark.usefixtures("film")
async def test_a_film_for_a_player_is_shown_and_can_be_had_in_parts(
    client: httpx.AsyncClient,
) -> None:
    link = LINKS.film("r1")
    whole = await client.get(f"{link}?inline")
    assert whole.headers["content-disposition"] == "inline"
    part = await client.get(f"{link}?inline", headers={"range": "bytes=990-"})
    assert (part.status_code, part.content) == (206, whole.content[990:])
    assert part.headers["content-range"] == "bytes 990-999/1000"
    stale = {"range": "bytes=0-9", "if-range": '"another"'}
    assert (await client.get(link, headers=stale)).status_code == 200
    for wrong, status in (("bytes=2000-", 416), ("bytes=a-b", 400)):
        assert (await client.get(link, headers={"range": wrong})).status_code == status


async def test_a_film_that_is_gone_is_a_friendly_sentence(
    client: httpx.AsyncClient, film: RenderRecord, database: Database, tmp_path: Path
) -> None:
    renders = SqlRenders(database, tmp_path)
    assert film.path
    film.path.unlink()
    for record in (film, replace(film, path=None), replace(film, state="failed")):
        await renders.save(record)
        answer = await client.get(LINKS.film("r1"))
        assert (answer.status_code, answer.headers["cache-control"]) == (410, "no-store")
        assert "not kept any more" in answer.json()["error"]
        page = await client.get(LINKS.film("r1"), headers={"accept": "text/html,*/*"})
        assert (page.status_code, page.headers["content-type"][:9]) == (410, "text/html")
        assert "rendered again in the chat" in page.text
    assert (await client.get(LINKS.film("another"))).status_code == 410


async def test_links_of_others_open_nothing(client: httpx.AsyncClient, film: RenderRecord) -> None:
    forged = SignedLinks("", "another secret", 60, 60).film(film.id)
    shared = LINKS.share(film.id).replace("/s/", "/r/")
    for link in (forged, shared, "/r/r1", "/r/..%2Fr1", "/r/%00"):
        assert (await client.get(link)).status_code == 404
    assert (await client.post(LINKS.film("r1"))).status_code == 405
    page = await client.get(forged, headers={"accept": "text/html"})
    assert "Ask for a new one in the chat" in page.text


async def test_a_film_that_is_only_in_the_bucket_is_reached_by_a_fresh_link(
    serving: Serving, film: RenderRecord, database: Database, tmp_path: Path, s3_url: str
) -> None:
    access = Access(s3_url, new_bucket(s3_url), S3_KEY, S3_KEY)
    shelf = Shelf(S3Objects(Bucket(access), SqlMultiparts(database)))
    await shelf.put(film)
    assert film.path
    content = film.path.read_bytes()
    film.path.unlink()
    pages = FilmPages(LINKS, SqlRenders(database, tmp_path), shelf)
    async with serving(*pages.routes) as client:
        first = await client.get(LINKS.film("r1"))
        assert (first.status_code, first.headers["cache-control"]) == (302, "no-store")
        saved = await client.get(first.headers["location"])
        assert saved.content == content
        assert "chatkut-3-720p.mp4" in saved.headers["content-disposition"]
        shown = await client.get(f"{LINKS.film('r1')}?inline", follow_redirects=True)
        assert shown.headers["content-disposition"] == "inline"
        assert shown.headers["content-type"] == "video/mp4"


async def test_a_bucket_that_cannot_be_reached_is_said_so(
    serving: Serving,
    film: RenderRecord,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    nowhere = Bucket(Access("http://127.0.0.1:1", "bucket", "key", "secret"))
    shelf = Shelf(S3Objects(nowhere, SqlMultiparts(database)))
    assert film.path
    film.path.unlink()
    pages = FilmPages(LINKS, SqlRenders(database, tmp_path), shelf)
    async with serving(*pages.routes) as client:
        answer = await client.get(LINKS.film("r1"))
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
