import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.awsrequest import AWSResponse

from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.store.multiparts import SqlMultiparts
from bot.ports import Damaged, Multipart, StoreFailed, StoreRefused
from tests.adapters.media.conftest import PART

REPOSITORY = Path(__file__).parents[3]
LARGE = 10 * PART + 1


def ignore(_: float) -> None:
    """Listen to no progress."""


def file(folder: Path, size: int, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


def counted(bucket: Bucket, operation: str) -> list[str]:
    """Grows with every call of an operation."""
    calls: list[str] = []
    bucket.client.meta.events.register(
        f"before-call.s3.{operation}", lambda **_: calls.append(operation)
    )
    return calls


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, LARGE])
async def test_what_is_put_comes_back(objects: S3Objects, tmp_path: Path, size: int) -> None:
    source = file(tmp_path, size)
    heard: list[float] = []
    await objects.put("a b/ü?&#.mp4", source, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert await objects.size("a b/ü?&#.mp4") == size
    got = await objects.get("a b/ü?&#.mp4", tmp_path / "got", heard.append)
    assert (tmp_path / "got").read_bytes() == source.read_bytes()
    assert got == hashlib.sha256(source.read_bytes()).hexdigest()


async def test_objects_are_listed_by_prefix_and_removed(objects: S3Objects, tmp_path: Path) -> None:
    for key in ("clips/a/1", "clips/a/2", "films/b"):
        await objects.put(key, file(tmp_path, 3), ignore)
    found = [each async for each in objects.under("clips/")]
    assert [(each.key, each.size_bytes) for each in found] == [("clips/a/1", 3), ("clips/a/2", 3)]
    assert abs(datetime.now(UTC) - found[0].modified) < timedelta(minutes=1)
    await objects.remove(["clips/a/1", "films/b", "never/there"])
    await objects.remove([])
    assert [each.key async for each in objects.under("")] == ["clips/a/2"]
    assert await objects.size("films/b") is None


async def test_a_list_is_asked_for_page_by_page(
    objects: S3Objects, bucket: Bucket, books: SqlMultiparts, tmp_path: Path
) -> None:
    keys = [f"clips/{number}" for number in range(5)]
    for key in keys:
        await objects.put(key, file(tmp_path, 3), ignore)
    bucket.client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=2)
    )
    asked = counted(bucket, "ListObjectsV2")
    listing = S3Objects(bucket, books, PART).under("clips/")
    assert (await anext(listing)).key == keys[0]
    assert len(asked) == 1
    assert [each.key async for each in listing] == keys[1:]
    assert len(asked) == 3


async def test_what_content_was_put_is_known_without_reading_it(
    objects: S3Objects, bucket: Bucket, tmp_path: Path
) -> None:
    source = file(tmp_path, LARGE)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    assert not await objects.holds("key", sha256)
    await objects.put("key", source, ignore)
    assert await objects.holds("key", sha256)
    bucket.client.put_object(Bucket=bucket.name, Key="key", Body=bytes(LARGE))  # by somebody else
    assert not await objects.holds("key", sha256)


async def test_what_is_missing_or_was_changed_leaves_no_file(
    objects: S3Objects, bucket: Bucket, tmp_path: Path
) -> None:
    with pytest.raises(Damaged, match="is missing from the bucket"):
        await objects.get("nothing", tmp_path / "got", ignore)
    bucket.put("changed", "0" * 64, b"other content")
    with pytest.raises(Damaged, match="is not what was put"):
        await objects.get("changed", tmp_path / "got", ignore)
    assert not (tmp_path / "got").exists()


async def test_a_file_that_is_there_already_stays(objects: S3Objects, tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"mine")
    await objects.put("key", file(tmp_path, 10), ignore)
    with pytest.raises(StoreFailed, match="File exists"):
        await objects.get("key", tmp_path / "there", ignore)
    assert (tmp_path / "there").read_bytes() == b"mine"


async def test_a_link_saves_under_a_name_or_shows_and_lives_a_week_at_most(
    objects: S3Objects, tmp_path: Path
) -> None:
    await objects.put("film.mp4", file(tmp_path, 10), ignore)
    saved = await objects.link("film.mp4", 'a"\r\nb ü.mp4', 30 * 24 * 3600)
    shown = await objects.link("film.mp4", None, 60)
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(saved)
        assert answer.status_code == 200
        name = answer.headers["content-disposition"]
        assert name == "attachment; filename*=utf-8''a%22%0D%0Ab%20%C3%BC.mp4"
        assert (await client.get(shown)).headers["content-disposition"] == "inline"
        assert (await client.get(shown.replace("film", "filn"))).status_code in (403, 404)
    assert "X-Amz-Expires=1&" in await objects.link("film.mp4", None, 0)


# --- uploads that break off ------------------------------------------------------------------

PUT = """
import asyncio, json, os, signal, sys
from pathlib import Path
from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.multiparts import SqlMultiparts

access, database, part, source, dies_at = json.loads(sys.argv[1])

def report(done):
    if done >= dies_at:
        os.kill(os.getpid(), signal.SIGKILL)

books = SqlMultiparts(Database(sqlite_url(Path(database))))
asyncio.run(S3Objects(Bucket(Access(*access)), books, part).put("key", Path(source), report))
"""


async def die_putting(access: Access, source: Path, dies_at: float) -> None:
    """Put in another process, which is killed on its way."""
    who = [access.endpoint, access.bucket, access.key_id, access.secret]
    told = json.dumps([who, str(source.parent / "chatkut.sqlite"), PART, str(source), dies_at])
    command = [sys.executable, "-c", PUT, told]
    done = await asyncio.to_thread(subprocess.run, command, cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL


async def test_after_kill_9_only_what_had_not_arrived_is_sent(
    access: Access, books: SqlMultiparts, tmp_path: Path
) -> None:
    source = file(tmp_path, LARGE)
    await die_putting(access, source, dies_at=0.5)
    ours = Bucket(access)
    sent = counted(ours, "UploadPart")
    objects = S3Objects(ours, books, PART)
    assert await objects.size("key") is None
    await objects.put("key", source, ignore)
    assert 0 < len(sent) <= 6
    await objects.get("key", tmp_path / "got", ignore)
    assert (tmp_path / "got").read_bytes() == source.read_bytes()
    assert await books.unfinished("key") is None


async def test_an_upload_of_which_only_the_last_answer_was_lost_is_complete(
    bucket: Bucket, books: SqlMultiparts, tmp_path: Path
) -> None:
    source = file(tmp_path, LARGE)
    objects = S3Objects(bucket, books, PART)
    await objects.put("key", source, ignore)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    await books.begin(Multipart("complete", "key", digest, PART))  # it died before it noted that
    sent = counted(bucket, "UploadPart")
    await objects.put("key", source, ignore)
    assert sent == []
    assert await books.unfinished("key") is None


async def test_another_content_begins_anew(
    access: Access, objects: S3Objects, tmp_path: Path
) -> None:
    await die_putting(access, file(tmp_path, LARGE), dies_at=0.5)
    source = file(tmp_path, LARGE)
    await objects.put("key", source, ignore)
    await objects.get("key", tmp_path / "got", ignore)
    assert (tmp_path / "got").read_bytes() == source.read_bytes()


async def test_an_upload_that_the_bucket_forgot_begins_anew(
    bucket: Bucket, books: SqlMultiparts, tmp_path: Path
) -> None:
    """The bucket's answer is made up: s3rver keeps uploads for ever."""
    source = file(tmp_path, LARGE)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    await books.begin(Multipart("forgotten", "key", digest, PART))
    await books.arrived("forgotten", 1, "etag")

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        body = b"<Error><Code>NoSuchUpload</Code></Error>"
        is_gone = "uploadId=forgotten" in request.url
        return answered(request, 404, body) if is_gone else None

    intercepted(bucket, answer)
    await S3Objects(bucket, books, PART).put("key", source, ignore)
    assert bucket.about("key").size == LARGE
    assert await books.unfinished("key") is None


async def test_uploads_that_nobody_goes_on_with_are_given_up(
    access: Access, objects: S3Objects, books: SqlMultiparts, tmp_path: Path
) -> None:
    await die_putting(access, file(tmp_path, LARGE), dies_at=0.5)
    now = datetime.now(UTC)
    assert await objects.abandon(now - timedelta(days=1)) == 0
    assert await objects.abandon(now + timedelta(days=1)) == 1
    assert await books.unfinished("key") is None
    assert await objects.size("key") is None


async def test_cancelling_stops_the_sending(objects: S3Objects, tmp_path: Path) -> None:
    source = file(tmp_path, LARGE)
    begun = asyncio.Event()
    putting = asyncio.create_task(objects.put("key", source, lambda _: begun.set()))
    await begun.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await objects.size("key") is None
    await objects.put("key", source, ignore)
    assert await objects.size("key") == LARGE


# --- what goes wrong on the way --------------------------------------------------------------


@asynccontextmanager
async def cut_off(url: str, after: int) -> AsyncIterator[str]:
    """A way to a server, of which the connections break off after so many bytes."""
    port = int(url.rpartition(":")[2])
    open_ends: list[asyncio.StreamWriter] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
        with suppress(ConnectionError):
            while most > 0 and (block := await reader.read(10_000)):
                most -= len(block)
                writer.write(block)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        open_ends.extend((writer, back))
        await asyncio.gather(pipe(reader, back, 1 << 40), pipe(there, writer, after))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for writer in open_ends:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_download_goes_on_where_the_connection_broke(
    access: Access, objects: S3Objects, books: SqlMultiparts, tmp_path: Path
) -> None:
    source = file(tmp_path, 3 << 20)
    await objects.put("key", source, ignore)
    async with cut_off(access.endpoint, after=2 << 20) as url:
        far = Bucket(replace(access, endpoint=url))
        asked = counted(far, "GetObject")
        await S3Objects(far, books, PART).get("key", tmp_path / "got", ignore)
        far.client.close()
    assert (tmp_path / "got").read_bytes() == source.read_bytes()
    assert len(asked) == 2


async def test_a_download_goes_on_however_often_it_breaks_as_long_as_more_comes(
    access: Access, objects: S3Objects, books: SqlMultiparts, tmp_path: Path
) -> None:
    source = file(tmp_path, 9 << 20)
    await objects.put("key", source, ignore)
    async with cut_off(access.endpoint, after=3 << 19) as url:
        far = Bucket(replace(access, endpoint=url))
        asked = counted(far, "GetObject")
        await S3Objects(far, books, PART).get("key", tmp_path / "got", ignore)
        far.client.close()
    assert (tmp_path / "got").read_bytes() == source.read_bytes()
    assert len(asked) > 5


async def test_a_bucket_that_cannot_be_reached_may_be_later(books: SqlMultiparts) -> None:
    nowhere = Access("http://127.0.0.1:1", "bucket", "key", "very secret")
    with pytest.raises(StoreFailed, match="cannot be reached just now") as failure:
        await anext(S3Objects(Bucket(nowhere), books).under(""))
    assert failure.value.retryable
    assert "secret" not in f"{failure.value} {nowhere!r}"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key_id": "wrong"}, "does not know our key"),
        ({"bucket": "missing"}, "There is no bucket missing"),
        ({"endpoint": "no address"}, "check the CHATKUT_R2_ settings"),
    ],
)
async def test_wrong_settings_are_named(
    access: Access, books: SqlMultiparts, change: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    objects = S3Objects(Bucket(replace(access, **change)), books)
    with pytest.raises(StoreRefused, match=sentence) as refusal:
        await objects.put("key", file(tmp_path, 5), ignore)
    assert not refusal.value.retryable


@contextmanager
def refusing(status: int, code: str) -> Iterator[str]:
    """A server that refuses everything as R2 does; s3rver has no rights, and no bad days."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "sentence", "retryable"),
    [
        (401, "Unauthorized", "does not know our key", False),
        (403, "SignatureDoesNotMatch", "does not know our key", False),
        (403, "AccessDenied", "“Object Read & Write”", False),
        (403, "RequestTimeTooSkewed", "clock is wrong", False),
        (501, "NotImplemented", "refuses this", False),
        (503, "SlowDown", "does not answer well", True),
        (500, "InternalError", "does not answer well", True),
        (400, "Strange", r"refuses this \(Strange\)", False),
    ],
)
async def test_what_a_bucket_answers_is_a_sentence(
    books: SqlMultiparts, status: int, code: str, sentence: str, *, retryable: bool
) -> None:
    with refusing(status, code) as url:
        objects = S3Objects(Bucket(Access(url, "bucket", "key", "secret")), books)
        with pytest.raises(StoreFailed, match=sentence) as failure:
            await anext(objects.under(""))
    assert failure.value.retryable == retryable


async def test_requests_have_no_trailers_which_r2_refuses(
    books: SqlMultiparts, tmp_path: Path
) -> None:
    """Over plain HTTP boto3 never sends them, so only this shows it."""
    seen: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        body = b"<R><UploadId>u</UploadId></R>" if "uploads" in request.url else b""
        return answered(request, 200, body)

    bucket = Bucket(Access("https://account.r2.example.com", "bucket", "key", "secret"))
    intercepted(bucket, answer)
    objects = S3Objects(bucket, books, PART)
    await objects.put("small", file(tmp_path, 5), ignore)
    await objects.put("large", file(tmp_path, LARGE), ignore)
    assert len(seen) == 1 + 1 + 11 + 1
    for request in seen:
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        assert "aws-chunked" not in headers.get("content-encoding", "")
        assert not headers.keys() & {"x-amz-trailer", "x-amz-acl", "x-amz-tagging"}
        assert "TRAILER" not in headers["x-amz-content-sha256"]


def intercepted(bucket: Bucket, answer: Any) -> None:
    """Have requests answered before they are sent."""
    bucket.client.meta.events.register("before-send.s3", answer)


def answered(request: Any, status: int, body: bytes) -> AWSResponse:
    headers: Any = {"ETag": "e"}
    return AWSResponse(request.url, status, headers, Raw(body))


class Raw:
    """The body of an answer that no network gave."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body
