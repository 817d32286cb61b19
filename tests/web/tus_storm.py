"""Uploads that are interrupted at random: `python -m tests.web.tus_storm --rounds 50`.

Each round uploads a file with tuspy or tus-js-client while servers and clients are killed in the
middle of a chunk, answers are lost after the bytes arrived, and a second client uploads the same.
After every blow the record must be true to the disk, and in the end the bytes must be those sent.
"""

import argparse
import asyncio
import logging
import multiprocessing
import random
import shutil
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from requests import RequestException
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from bot.adapters.store.uploads import SqlUploads
from tests.databases import made_database
from tests.ports import free_port
from tests.web.upload_site import upload_site

log = logging.getLogger("storm")

PEERS = Path(__file__).parents[1] / "peers"
HAS_NODE = shutil.which("node") is not None and (PEERS / "node_modules/tus-js-client").exists()

Blow = Literal["kill server", "kill client", "lose answer", "second client"]
BLOWS: tuple[Blow, ...] = ("kill server", "kill client", "lose answer", "second client")

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.web.upload_site", "tusclient.client"])
_TRIES = 30
_PACE_SECONDS = 0.002
"""For 64 KiB: so slow that blows land in the middle of a chunk."""

_ROUND_SECONDS = 300


def serve(root: Path, port: int) -> None:
    """Be a server until killed; what has arrived is noted in a file."""
    asyncio.run(_serve(root, port))


async def _serve(root: Path, port: int) -> None:
    async with upload_site(root, port=port) as site:
        site.notes = root / "arrived"
        for upload in await site.uploads.waiting():
            await site.take(upload)
        await asyncio.Event().wait()


def upload_by_tuspy(endpoint: str, file: Path, url_file: Path, chunk_bytes: int) -> None:
    """Upload a file, or go on with it."""
    url = url_file.read_text() if url_file.exists() else None
    size = chunk_bytes or file.stat().st_size
    with file.open("rb") as stream:
        uploader = TusClient(endpoint).uploader(file_stream=stream, url=url, chunk_size=size)
        if url is None:
            uploader.set_url(uploader.create_url())
            url_file.write_text(str(uploader.url))
        uploader.upload()


class Relay:
    """What lies between clients and server; `passed` counts the bytes that went to the server."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.passed = 0
        self.loses_answers = False
        self._moved = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
        for task in self._open:
            task.cancel()
        await asyncio.sleep(0)

    async def after(self, count: int) -> None:
        """Wait until so many bytes have passed."""
        while self.passed < count:
            self._moved.clear()
            await self._moved.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
            up = asyncio.create_task(self._up(reader, back))
            down = asyncio.create_task(self._down(there, writer))
            self._open |= {up, down}
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            down.cancel()
            back.close()
        writer.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(64 << 10):
                writer.write(data)
                await writer.drain()
                self.passed += len(data)
                self._moved.set()
                await asyncio.sleep(_PACE_SECONDS)
            await asyncio.Event().wait()  # it may still be answered

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(64 << 10):
                if self.loses_answers and b" 204 " in data[:20]:
                    self.loses_answers = False
                    return
                writer.write(data)
                await writer.drain()


@dataclass
class Round:
    """One upload, and what happens to it."""

    root: Path
    uploads: SqlUploads
    chance: random.Random
    blows: tuple[Blow, ...]
    by_node: bool
    struck: list[Blow] = field(default_factory=list)

    @property
    def _source(self) -> Path:
        return self.root / "source"

    @property
    def _url_file(self) -> Path:
        return self.root / "url"

    async def run(self) -> None:
        """Upload until a client says that all is there; then it must be."""
        size = self.chance.randrange(1 << 20, 24 << 20)
        self._source.write_bytes(self.chance.randbytes(size))
        chunk = self.chance.choice([0, 1 << 20, 5 << 20, 300_000])
        self._port = free_port()
        self._relay = Relay(self._port)
        async with self._relay.open() as door:
            self._endpoint = f"http://127.0.0.1:{door}/files"
            await self._start_server()
            striking = asyncio.create_task(self._strike(size))
            try:
                async with asyncio.timeout(_ROUND_SECONDS):
                    await self._until_uploaded(chunk)
                    await striking
                    await self._until_uploaded(chunk)  # a client that was killed at the very end
                    await self._until_arrived()
            finally:
                striking.cancel()
                self._server.kill()
        await self._check()

    async def _start_server(self) -> None:
        self._server = _PROCESSES.Process(target=serve, args=(self.root, self._port), daemon=True)
        self._server.start()
        while self._server.is_alive():
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.close()
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the server did not start")

    async def _until_uploaded(self, chunk: int) -> None:
        for _ in range(_TRIES):
            if await self._uploaded(chunk):
                return
            await asyncio.sleep(0.1)
        raise AssertionError("no client got the file to the server")

    async def _uploaded(self, chunk: int) -> bool:
        self._client = await _client(
            self.by_node, self._endpoint, self._source, self._url_file, chunk
        )
        return await self._client.ended() == 0

    async def _strike(self, size: int) -> None:
        """Do all the blows, each at some byte."""
        for blow, at in zip(
            self.blows, sorted(self.chance.randrange(size) for _ in self.blows), strict=True
        ):
            with suppress(TimeoutError):
                async with asyncio.timeout(60):
                    await self._relay.after(at)
            await self._do(blow)
            self.struck.append(blow)
            await self._check()

    async def _do(self, blow: Blow) -> None:
        match blow:
            case "kill server":
                self._server.kill()
                await asyncio.to_thread(self._server.join)
                await self._check()
                await self._start_server()
            case "kill client":
                self._client.kill()
            case "lose answer":
                self._relay.loses_answers = True
            case "second client":
                if self._url_file.exists():
                    other = await _client(
                        not self.by_node and HAS_NODE,
                        self._endpoint, self._source, self._url_file, 1 << 20,
                    )  # fmt: skip
                    await other.ended()

    async def _check(self) -> None:
        """What the record says is safe must be there, and what it calls complete must be whole."""
        if not self._url_file.exists() or not (url := self._url_file.read_text()):
            return
        upload_id = url.rpartition("/")[2]
        upload = await self.uploads.find(upload_id)
        assert upload, "the upload was forgotten"
        source, there = self._source.read_bytes(), self._file(upload_id).read_bytes()
        assert there[: upload.offset] == source[: upload.offset], "bytes differ"
        assert upload.state == "open" or there == source, "complete, but it is not whole"

    async def _until_arrived(self) -> None:
        """Wait until somebody took it: after a crash it is found."""
        upload_id = self._url_file.read_text().rpartition("/")[2]
        while (upload := await self.uploads.find(upload_id)) and upload.state != "accepted":
            assert upload.state == "complete", "the client was told that all is there"
            await asyncio.sleep(0.05)
        assert set((self.root / "arrived").read_text().split()) == {upload_id}

    def _file(self, upload_id: str) -> Path:
        return self.root / "uploads" / upload_id


class _Client:
    """A process that uploads."""

    def __init__(
        self, ended: Callable[[], Awaitable[int | None]], kill: Callable[[], None]
    ) -> None:
        self.ended = ended
        self._kill = kill

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._kill()


async def _client(by_node: bool, *args: object) -> _Client:
    if by_node:
        command = ("node", "upload.mjs", *map(str, args))
        node = await asyncio.create_subprocess_exec(*command, cwd=PEERS, stderr=DEVNULL)
        return _Client(node.wait, node.kill)
    process = _PROCESSES.Process(target=_quietly, args=args, daemon=True)
    process.start()

    async def ended() -> int | None:
        await asyncio.to_thread(process.join)
        return process.exitcode

    return _Client(ended, process.kill)


def _quietly(*args: Any) -> None:
    """Upload by tuspy; that it failed is all there is to know."""
    with suppress(TusCommunicationError, RequestException):
        upload_by_tuspy(*args)
        return
    sys.exit(1)


async def storm(rounds: int, seed: int) -> list[Blow]:
    """So many rounds, each with its own files; the blows that were struck."""
    chance, struck = random.Random(seed), []  # noqa: S311 (to be repeated)
    for number in range(rounds):
        blows = tuple(chance.choices(BLOWS, k=chance.randint(1, 3)))
        with TemporaryDirectory() as folder, closing(made_database(Path(folder))) as database:
            by_node = HAS_NODE and number % 2 == 1
            one = Round(Path(folder), SqlUploads(database), chance, blows, by_node)
            await one.run()
        struck += one.struck
        client = "tus-js-client" if by_node else "tuspy"
        log.info("%d: %s, %s: whole", number + 1, client, ", ".join(blows))
    return struck


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))  # noqa: S311
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    log.info("seed %d", given.seed)
    struck = asyncio.run(storm(given.rounds, given.seed))
    counted = ", ".join(f"{struck.count(blow)} × {blow}" for blow in BLOWS)
    log.info("%d uploads, %s: all whole, none complete before it was", given.rounds, counted)


if __name__ == "__main__":
    main()
