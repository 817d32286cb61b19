"""A large file on its way to a bucket of s3rver and back, in a process of its own.

boto3's own transfer, with as many parts of the same size at once, is what ours is held against: it
keeps no books, so that after a crash it begins anew, and compares nothing.
"""

import asyncio
import hashlib
import multiprocessing
import os
import time
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from boto3.s3.transfer import TransferConfig

from benchmarks.memory import Memory
from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.media.s3.objects import PART_BYTES
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.multiparts import SqlMultiparts
from tests.s3 import S3_KEY, new_bucket, s3_server

_PROCESSES = multiprocessing.get_context("spawn")
_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Way:
    """To a bucket and back, in seconds, and what memory that took."""

    alone: float
    put: float
    got: float
    memory: str
    is_same: bool


def way(source: Path, folder: Path) -> Way:
    """Measure it; `folder` is empty and on the disk that is measured."""
    with s3_server(folder / "bucket") as url:
        answers: SimpleQueue[Way] = _PROCESSES.SimpleQueue()
        process = _PROCESSES.Process(target=_go, args=(url, source, folder, answers))
        process.start()
        try:
            return answers.get()
        finally:
            process.kill()
            process.join()


def _go(url: str, source: Path, folder: Path, answers: "SimpleQueue[Way]") -> None:
    bucket = Bucket(Access(url, new_bucket(url), S3_KEY, S3_KEY))
    alone = _alone(bucket, source)
    with closing(Database(sqlite_url(folder / "books.sqlite"))) as database:
        answers.put(asyncio.run(_ours(S3Objects(bucket, SqlMultiparts(database)), source, alone)))


def _alone(bucket: Bucket, source: Path) -> float:
    config = TransferConfig(
        multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=_AT_ONCE
    )
    began = time.perf_counter()
    bucket.client.upload_file(str(source), bucket.name, "alone", Config=config)
    seconds = time.perf_counter() - began
    bucket.remove(["alone"])
    return seconds


async def _ours(objects: S3Objects, source: Path, alone: float) -> Way:
    back = source.with_name("back")
    with Memory(os.getpid()) as memory:
        began = time.perf_counter()
        await objects.put("ours", source, lambda _: None)
        put = time.perf_counter()
        sha256 = await objects.get("ours", back, lambda _: None)
        got = time.perf_counter()
    with source.open("rb") as file:
        is_same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    back.unlink()
    return Way(alone, put - began, got - put, str(memory), is_same)
