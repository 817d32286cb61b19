"""Runs child processes that touch untrusted input: limited, killed as a group, always reaped.

A child gets its own process group, resource limits (`prlimit`), a wall clock timeout and a bare
environment, so that a decoder that was taken over finds no keys in it. Where `setpriv` exists the
child dies with us, even when we are killed by `kill -9`.

The processes are started by `subprocess.Popen` and not by asyncio, because asyncio reaps with
`waitpid` and throws away what `wait4` tells: the CPU time of exactly this child. (A difference of
`getrusage(RUSAGE_CHILDREN)` would count every other child that ended meanwhile.)
"""

import asyncio
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import IO, cast

import imageio_ffmpeg

from bot.ports import ChildFailed

_BLOCK = 1 << 16
_STDERR_KEPT = 1 << 13
_STDOUT_LIMIT = 64 << 20
_REAP_INTERVAL = 0.005
_ENVIRONMENT = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: address space, CPU seconds, bytes per written file, open files."""

    memory_bytes: int = 4 << 30
    cpu_seconds: int = 3600
    file_bytes: int = 16 << 30
    open_files: int = 256


_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Finished:
    """What a child left: all of stdout, the end of stderr, and the CPU seconds it used."""

    stdout: bytes
    stderr: str
    cpu_seconds: float


class _Tail(asyncio.Protocol):
    """Reads a pipe to its end and keeps the last bytes."""

    def __init__(self) -> None:
        self.kept = b""
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.kept = (self.kept + data)[-_STDERR_KEPT:]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closed.set()


class Child:
    """A running child, made by `child`; `cpu_seconds` is known once that block is left."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self.cpu_seconds = 0.0
        self._name = name
        self._process = process
        self._pipes = (cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr))
        self._stdout = asyncio.StreamReader()
        self._stderr = _Tail()
        self._transports: list[asyncio.ReadTransport] = []
        self._stopped_after: float | None = None

    @property
    def stderr(self) -> str:
        """The end of what the child wrote to stderr so far."""
        return self._stderr.kept.decode(errors="replace")

    async def lines(self) -> AsyncIterator[str]:
        """Yield the lines of stdout as they come, without their ends."""
        async for line in self._stdout:
            yield line.decode(errors="replace").rstrip("\r\n")

    async def read(self) -> bytes:
        """Read stdout to its end.

        Raises:
            ChildFailed: There is more than 64 MiB of it.
        """
        read = bytearray()
        while block := await self._stdout.read(_BLOCK):
            read += block
            if len(read) > _STDOUT_LIMIT:
                raise ChildFailed(f"{self._name} wrote too much and was stopped.")
        return bytes(read)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        stdout, stderr = self._pipes
        reader = asyncio.StreamReaderProtocol(self._stdout)
        self._transports.append((await loop.connect_read_pipe(lambda: reader, stdout))[0])
        self._transports.append((await loop.connect_read_pipe(lambda: self._stderr, stderr))[0])

    def _time_out(self, seconds: float) -> None:
        self._stopped_after = seconds
        self._stop()

    def _stop(self) -> None:
        if self._process.returncode is None:  # not reaped, so the id is still this group's
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        for transport in self._transports:  # a grandchild that left the group may hold the pipes
            transport.close()

    async def _finish(self) -> None:
        while await self._stdout.read(_BLOCK):
            pass
        await self._stderr.closed.wait()
        await self._reap()
        if self._process.returncode or self._stopped_after is not None:
            raise ChildFailed(self._epitaph())

    async def _end(self) -> None:
        self._stop()
        for pipe in self._pipes:
            pipe.close()
        await self._reap()

    async def _reap(self) -> None:
        """Wait for the end; called when the pipes are closed, so there is hardly any wait."""
        while self._process.returncode is None and not self._reaped():  # noqa: ASYNC110 - see above
            await asyncio.sleep(_REAP_INTERVAL)

    def _reaped(self) -> bool:
        pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        if pid:
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu_seconds = usage.ru_utime + usage.ru_stime
        return bool(pid)

    def _epitaph(self) -> str:
        code = self._process.returncode
        if self._stopped_after is not None:
            return f"{self._name} took longer than {self._stopped_after:g} s and was stopped."
        if code < 0:
            return f"{self._name} was killed ({signal.Signals(-code).name})."
        last = self.stderr.strip().rpartition("\n")[2] or f"exit status {code}"
        return f"{self._name} failed: {last}"


@asynccontextmanager
async def child(
    argv: Sequence[str],
    *,
    timeout_seconds: float,
    limits: Limits = _DEFAULT,
    stdin: bytes | None = None,
) -> AsyncIterator[Child]:
    """Start a child; leaving the block waits for its end, leaving it by an error kills it.

    Whatever happens, cancellation included, the child is dead and reaped afterwards.

    Raises:
        ChildFailed: It could not be started, failed, or was killed, by us after `timeout_seconds`
            or by the system.
    """
    name = Path(argv[0]).name.partition("-")[0]
    try:
        running = Child(_spawn(argv, limits, stdin), name)
    except OSError as exc:
        raise ChildFailed(f"{name} could not be started: {exc.strerror}") from exc
    # A callback and not asyncio.timeout, which would cancel whatever the caller does in the block.
    loop = asyncio.get_running_loop()
    alarm = loop.call_later(timeout_seconds, running._time_out, timeout_seconds)
    try:
        await running._connect()
        yield running
        await running._finish()
    finally:
        alarm.cancel()
        # Shielded: a second cancellation must not leave the child unreaped.
        await asyncio.shield(running._end())


async def run(
    argv: Sequence[str],
    *,
    timeout_seconds: float,
    limits: Limits = _DEFAULT,
    stdin: bytes | None = None,
) -> Finished:
    """Run a child to its end and return what it wrote.

    Raises:
        ChildFailed: As for `child`; also when it wrote more than 64 MiB.
    """
    async with child(argv, timeout_seconds=timeout_seconds, limits=limits, stdin=stdin) as running:
        stdout = await running.read()
    return Finished(stdout, running.stderr, running.cpu_seconds)


def _spawn(argv: Sequence[str], limits: Limits, stdin: bytes | None) -> subprocess.Popen[bytes]:
    with _readable(stdin) as given:
        return subprocess.Popen(  # noqa: S603 - no shell; argv is made by us
            [*_guards(limits), *argv],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
        )


def _readable(content: bytes | None) -> IO[bytes]:
    """Hand stdin over as a file: no pipe to feed, no deadlock with a child that does not read."""
    if content is None:
        return Path(os.devnull).open("rb")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(content)
    file.seek(0)
    return file


def _guards(limits: Limits) -> list[str]:
    guards: list[str] = []
    if setpriv := shutil.which("setpriv"):
        guards += [setpriv, "--pdeathsig", "KILL", "--"]
    if prlimit := shutil.which("prlimit"):
        guards += [
            prlimit,
            f"--as={_allowed(resource.RLIMIT_AS, limits.memory_bytes)}",
            f"--cpu={_allowed(resource.RLIMIT_CPU, limits.cpu_seconds)}",
            f"--fsize={_allowed(resource.RLIMIT_FSIZE, limits.file_bytes)}",
            f"--nofile={_allowed(resource.RLIMIT_NOFILE, limits.open_files)}",
            "--core=0",
            "--",
        ]
    return guards


def _allowed(kind: int, wanted: int) -> int:
    """Keep below the limit that we have ourselves; only root could raise that."""
    _, hard = resource.getrlimit(kind)
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # An arena per thread would eat the address space on machines with many cores.
    return kept | {"MALLOC_ARENA_MAX": "2"}


@lru_cache(maxsize=1)
def ffmpeg_exe() -> str:
    """Find ffmpeg: FFMPEG_BINARY, the one that imageio-ffmpeg ships, the system's.

    Raises:
        ChildFailed: There is none.
    """
    if chosen := os.environ.get("FFMPEG_BINARY"):
        return chosen
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as exc:
        raise ChildFailed("There is no ffmpeg: install it, or set FFMPEG_BINARY.") from exc


# HLS, concat and SVG are out because they open other files; the formats are our clips and pictures.
_INPUT_SAFETY = {
    "-protocol_whitelist": "file",
    "-format_whitelist": "mov,matroska,mp3,wav,flac,ogg,aac,gif,png_pipe,jpeg_pipe,webp_pipe",
    "-max_alloc": str(1 << 30),
    "-max_pixels": "36000000",
    "-probesize": "20M",
    "-analyzeduration": "10M",
}


def ffmpeg_input(path: Path, *options: str) -> list[str]:
    """Return the arguments that open one file in ffmpeg safely: whitelists, `options`, `-i`.

    Every input needs its own, because they hold for the next `-i` only.
    """
    safety = chain.from_iterable(_INPUT_SAFETY.items())
    return [*safety, *options, "-i", f"file:{path.absolute()}"]
