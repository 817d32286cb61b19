"""Uploads a large file to the real server, and holds the time against what nothing can beat.

First a plain copy of the file to the same disk, then tuspy to a server that throws away what comes,
then tuspy to ours, which flushes everything to the disk before it says so. The memory of our server
is looked at all the while. Clients and servers share the machine.
"""

import asyncio
import hashlib
import multiprocessing
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import create_connection

import click

from bot.web.tus_rules import Rules
from tests.ports import free_port
from tests.web.tus_storm import upload_by_tuspy
from tests.web.upload_site import upload_site

_MIB = 1 << 20
_CHUNK_BYTES = 50 * _MIB
_SAMPLE_SECONDS = 0.02
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


class Memory:
    """How much memory a process has had, at most and in the beginning, in MiB."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.first = self.most = self._now()
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_SAMPLE_SECONDS):
            self.most = max(self.most, self._now())

    def _now(self) -> float:
        found = re.search(r"VmRSS:\s+(\d+) kB", self._status.read_text())
        return int(found[1]) / 1024 if found else 0.0


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


@click.command(help=__doc__)
@click.option("--mib", default=256, show_default=True, help="How large the file is.")
def main(mib: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source = made(root / "source", mib)
        copy = copied(source, root / "copy")
        (root / "copy").unlink()
        with serving(sink, root) as (_, port):
            alone = uploaded(port, source, root / "sink-url")
        with serving(serve, root) as (process, port):
            uploaded(port, made(root / "warm", 1), root / "warm-url")
            with Memory(process.pid or 0) as memory:
                ours = uploaded(port, source, root / "url")
        arrived = root / "uploads" / (root / "url").read_text().rpartition("/")[2]
        same = _sha256(arrived) == _sha256(source)
        shutil.rmtree(root / "uploads")
    for name, seconds in (("plain copy", copy), ("tuspy to nowhere", alone), ("ours", ours)):
        print(f"{name:18} {mib / seconds:8.0f} MiB/s")
    print(f"ours takes {ours / copy:.1f} × as long as a copy, {ours / alone:.1f} × as tuspy alone")
    print(
        f"memory of the server: {memory.first:.0f} MiB, +{memory.most - memory.first:.0f} at most"
    )
    print(f"bytes are {'the same' if same else 'NOT THE SAME'}")


if __name__ == "__main__":
    main()
