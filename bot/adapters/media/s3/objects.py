"""The `Objects` port on a bucket of Cloudflare R2, or of any other server that speaks S3.

A large file goes in parts of one size, which R2 wants. Those that arrived are rows: with them an
upload goes on after the process was killed, on every server, whether it can list parts or not.
"""

import asyncio
import hashlib
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote

from s3transfer.utils import ReadFileChunk

from bot.adapters.media.s3.bucket import MOST_KEYS, About, Bucket
from bot.adapters.media.s3.errors import Unreachable, UploadGone, sentences
from bot.adapters.media.together import together
from bot.ports import Damaged, Multipart, Multiparts, StoredObject, StoreRefused

Result = TypeVar("Result")
Report = Callable[[float], None]

PART_BYTES = 16 << 20
_MOST_PARTS = 10_000
_PARTS_AT_ONCE = 3
_THREADS = 8
_BLOCK = 1 << 20
_GET_TRIES = 5
_WEEK_SECONDS = 604_800
"""R2 and S3 refuse links that are to live longer."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is sent."""

    path: Path
    size: int
    sha256: str


class S3Objects:
    """The `Objects` port. Files of more than `part_bytes` are sent in parts."""

    def __init__(
        self, bucket: Bucket, multiparts: Multiparts, part_bytes: int = PART_BYTES
    ) -> None:
        self._bucket = bucket
        self._multiparts = multiparts
        self._part_bytes = part_bytes
        # Not asyncio's own threads: a few slow transfers would hold up everything else.
        self._threads = ThreadPoolExecutor(_THREADS, "s3")

    async def put(self, key: str, source: Path, report: Report) -> None:
        file = await self._call(_described, source, self._bucket.name)
        if file.size > self._part_bytes:
            await self._put_in_parts(key, file, report)
        else:
            await self._sent(file, 0, file.size, partial(self._bucket.put, key, file.sha256))
        report(1)

    async def get(self, key: str, target: Path, report: Report) -> str:
        about = await self._call(self._bucket.about, key)
        digest = hashlib.sha256()
        with sentences(self._bucket.name), _new(target) as out:
            async with aclosing(self._blocks(key, about)) as blocks:
                async for block in blocks:
                    await self._call(_keep, block, out, digest)
                    report(out.tell() / about.size)
            if about.sha256 not in ("", digest.hexdigest()):
                raise Damaged(f"A file in the bucket {self._bucket.name} is not what was put.")
        return digest.hexdigest()

    async def size(self, key: str) -> int | None:
        try:
            return (await self._call(self._bucket.about, key)).size
        except Damaged:
            return None

    async def holds(self, key: str, sha256: str) -> bool:
        try:
            return (await self._call(self._bucket.about, key)).sha256 == sha256
        except Damaged:
            return False

    async def under(self, prefix: str) -> AsyncIterator[StoredObject]:
        pages = self._bucket.pages(prefix)
        while (page := await self._call(next, pages, None)) is not None:
            for each in page:
                yield each

    async def remove(self, keys: Collection[str]) -> None:
        ordered = sorted(keys)
        for start in range(0, len(ordered), MOST_KEYS):
            await self._call(self._bucket.remove, ordered[start : start + MOST_KEYS])

    async def link(self, key: str, name: str | None, seconds: int) -> str:
        shown = f"attachment; filename*=utf-8''{quote(name, '')}" if name else "inline"
        lasting = max(1, min(seconds, _WEEK_SECONDS))
        return await self._call(self._bucket.link, key, shown, lasting)

    async def abandon(self, before: datetime) -> int:
        old = await self._multiparts.begun_before(before)
        for upload in old:
            await self._give_up(upload)
        return len(old)

    async def _put_in_parts(self, key: str, file: _File, report: Report) -> None:
        begun = await self._multiparts.unfinished(key)
        if begun is not None and begun.sha256 == file.sha256:
            if await self.holds(key, file.sha256):  # the answer to its end was lost
                return await self._multiparts.end(begun.id)
            with suppress(UploadGone):  # buckets forget them after some days
                return await self._finish(begun, file, report)
        if begun is not None:
            await self._give_up(begun)
        return await self._finish(await self._begin(key, file), file, report)

    async def _begin(self, key: str, file: _File) -> Multipart:
        part_bytes = max(self._part_bytes, math.ceil(file.size / _MOST_PARTS))
        id = await self._call(self._bucket.begin, key, file.sha256)
        upload = Multipart(id, key, file.sha256, part_bytes)
        await self._multiparts.begin(upload)
        return upload

    async def _finish(self, upload: Multipart, file: _File, report: Report) -> None:
        """Send the parts that are missing, a few at a time, and make them an object."""
        count = math.ceil(file.size / upload.part_bytes)
        etags = dict(upload.parts)
        places = asyncio.Semaphore(_PARTS_AT_ONCE)

        async def send(number: int) -> None:
            async with places:
                etags[number] = await self._send(upload, file, number)
            report(len(etags) / count)

        await together([send(number) for number in range(1, count + 1) if number not in etags])
        await self._call(self._bucket.complete, upload, etags)
        await self._multiparts.end(upload.id)

    async def _send(self, upload: Multipart, file: _File, number: int) -> str:
        size = upload.part_bytes
        put_part = partial(self._bucket.put_part, upload, number)
        etag = await self._sent(file, (number - 1) * size, size, put_part)
        await self._multiparts.arrived(upload.id, number, etag)
        return etag

    async def _give_up(self, upload: Multipart) -> None:
        with suppress(UploadGone, StoreRefused):  # a bucket that cannot tidies up by itself
            await self._call(self._bucket.abort, upload)
        await self._multiparts.end(upload.id)

    async def _blocks(self, key: str, about: About) -> AsyncGenerator[bytes, None]:
        """The content; where the connection breaks it goes on from there, as long as more comes."""
        have = failures = 0
        while have < about.size:
            before = have
            try:
                with closing(await self._call(self._bucket.read, key, about.etag, have)) as body:
                    while block := await self._call(self._bucket.block, body, _BLOCK):
                        have += len(block)
                        yield block
                if have == before:
                    raise Unreachable("The bucket sends nothing of a file just now.")
            except Unreachable:
                failures = 1 if have > before else failures + 1
                if failures == _GET_TRIES:
                    raise
                await asyncio.sleep(2**failures / 4)

    async def _sent(
        self, file: _File, start: int, size: int, send: Callable[[ReadFileChunk], Result]
    ) -> Result:
        """Send a part of a file; who sends it in a thread stops when the task is cancelled."""
        is_over = threading.Event()

        def go_on(**_: int) -> None:
            if is_over.is_set():
                raise asyncio.CancelledError

        def in_thread() -> Result:
            with (
                sentences(self._bucket.name),
                ReadFileChunk.from_filename(str(file.path), start, size, [go_on]) as body,
            ):
                return send(body)

        try:
            return await self._call(in_thread)
        finally:
            is_over.set()

    async def _call(self, function: Callable[..., Result], *args: object) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(function, *args))


def _described(path: Path, bucket: str) -> _File:
    with sentences(bucket), path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return _File(path, file.tell(), sha256)


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """A new file, which goes again unless all went well."""
    with path.open("xb") as out:
        try:
            yield out
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _keep(block: bytes, out: BinaryIO, digest: "hashlib._Hash") -> None:
    out.write(block)
    digest.update(block)
