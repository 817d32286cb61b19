"""Uploads a large file to the real server, and holds the time against what nothing can beat.

First a plain copy of the file to the same disk, then tuspy to a server that throws away what comes,
then tuspy to ours, which flushes everything to the disk before it says so. After that the file goes
to a bucket, by boto3's own transfer and by ours, and comes back. The memory of our server, and of
the process that puts into the bucket, is looked at all the while. Clients and servers share the
machine.
"""

import asyncio
import hashlib
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import create_connection

import click

from benchmarks.bucket import way
from benchmarks.memory import Memory
from bot.web.tus_rules import Rules
from tests.ports import free_port
from tests.s3 import HAS_S3RVER
from tests.web.tus_storm import upload_by_tuspy
from tests.web.upload_site import upload_site

_MIB = 1 << 20
_CHUNK_BYTES = 50 * _MIB
_SAME = {True: "bytes are the same", False: "bytes are NOT THE SAME"}
_PROCESSES = multiprocessing.get_context("spawn")


def serve(root: Path, port: int) -> None:
    """Take uploads until killed."""

    async def forever() -> None:
        async with upload_site(root, Rules(1 << 40, 1 << 40), port=port):
            await asyncio.Event().wait()

    asyncio.run(forever())


class _Sink(BaseHTTPRequestHandler):
    """As much of TUS as tuspy needs, and nothing is kept."""

    protocol_version = "HTTP/1.1"
    offset = 0

    def do_POST(self) -> None:
        self._say(201, {"location": "/files/1"})

    def do_HEAD(self) -> None:
        self._say(200, {"upload-offset": str(_Sink.offset)})

    def do_PATCH(self) -> None:
        left = int(self.headers["content-length"])
        _Sink.offset += left
        while left:
            left -= len(self.rfile.read(min(left, _MIB)))
        self._say(204, {"upload-offset": str(_Sink.offset)})

    def _say(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"content-length": "0"} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def sink(_root: Path, port: int) -> None:
    """Throw away what comes, until killed."""
    HTTPServer(("127.0.0.1", port), _Sink).serve_forever()


@contextmanager
def serving(target: Callable[[Path, int], None], root: Path) -> Iterator[tuple[BaseProcess, int]]:
    """A server in a process of its own, when it listens."""
    port = free_port()
    process = _PROCESSES.Process(target=target, args=(root, port), daemon=True)
    process.start()
    try:
        while True:
            with suppress(OSError), create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield process, port
    finally:
        process.kill()
        process.join()


def made(path: Path, mib: int) -> Path:
    """A file of which no two MiB are the same."""
    noise = os.urandom(_MIB)
    with path.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big") + noise[8:])
        os.fsync(file.fileno())
    return path


def copied(source: Path, into: Path) -> float:
    """Copy a file through a buffer, as whoever receives it has to; how many seconds it took."""
    began = time.perf_counter()
    with source.open("rb") as file, into.open("wb") as copy:
        while block := file.read(_MIB):
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return time.perf_counter() - began


def uploaded(port: int, source: Path, url_file: Path) -> float:
    """Upload a file with tuspy; how many seconds it took."""
    began = time.perf_counter()
    upload_by_tuspy(f"http://127.0.0.1:{port}/files", source, url_file, _CHUNK_BYTES)
    return time.perf_counter() - began


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Received:
    """How many seconds tuspy took, alone and with our server, and what memory that took."""

    alone: float
    ours: float
    memory: str
    is_same: bool


def received(source: Path, root: Path) -> Received:
    """Upload a file, to nowhere and to our server."""
    with serving(sink, root) as (_, port):
        alone = uploaded(port, source, root / "sink-url")
    with serving(serve, root) as (process, port):
        uploaded(port, made(root / "warm", 1), root / "warm-url")
        with Memory(process.pid or 0) as memory:
            ours = uploaded(port, source, root / "url")
    arrived = root / "uploads" / (root / "url").read_text().rpartition("/")[2]
    is_same = _sha256(arrived) == _sha256(source)
    shutil.rmtree(root / "uploads")
    return Received(alone, ours, str(memory), is_same)


@click.command(help=__doc__)
@click.option("--mib", default=256, show_default=True, help="How large the file is.")
def main(mib: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source = made(root / "source", mib)
        copy = copied(source, root / "copy")
        (root / "copy").unlink()
        tus = received(source, root)
        bucket = way(source, root) if HAS_S3RVER else None

    def told(name: str, seconds: float) -> None:
        print(f"{name:24} {mib / seconds:8.0f} MiB/s, {seconds / copy:.1f} × as long as the copy")

    told("plain copy", copy)
    told("tuspy to nowhere", tus.alone)
    told("tuspy to ours", tus.ours)
    print(f"memory of the server: {tus.memory}; {_SAME[tus.is_same]}")
    if bucket:
        told("boto3 to a bucket", bucket.alone)
        told("ours to a bucket", bucket.put)
        told("ours from the bucket", bucket.got)
        print(f"memory of who puts and gets: {bucket.memory}; {_SAME[bucket.is_same]}")


if __name__ == "__main__":
    main()
