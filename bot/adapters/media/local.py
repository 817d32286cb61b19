"""Keeps media in a directory, by content, and measures it in a child process.

`bot.adapters.media.homes` tells how the directory is laid out.
"""

import asyncio
import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import Field, ValidationError

from bot.adapters.media.analysis import Analyses
from bot.adapters.media.homes import FACTS, Homes, missing
from bot.adapters.media.speech.transcribing import Transcriber
from bot.adapters.process import Limits, run
from bot.engine.record import Record
from bot.ports import (
    NOBODY,
    Analysis,
    ChildFailed,
    Facts,
    MediaFiles,
    MediaRefused,
    Scope,
    Sense,
    StoreFailed,
    quoted,
)

_BLOCK = 4 << 20
_COPYING = 0.8  # the part of the work that is copying; the rest is measuring

# By its path and not by `-m`, so that it starts from any working directory.
_WORKER = (sys.executable, "-P", str(Path(__file__).with_name("worker.py")))
_WORKER_LIMITS = Limits(cpu_seconds=200, file_bytes=256 << 20)
_WORKER_SECONDS = 300


class _Answer(Record):
    """What the worker printed; checked, because the file may have taken the worker over."""

    facts: dict[str, Any] = Field(default_factory=dict)
    extension: str = Field(default="bin", pattern=r"^[a-z0-9]{3,4}$")
    refused: str = ""
    unwritable: str = ""


class LocalMedia:
    """The `MediaStore` in a directory of this machine, for files of up to `max_bytes`.

    Without a `transcriber` no words are heard.
    """

    def __init__(self, root: Path, max_bytes: int, transcriber: Transcriber | None = None) -> None:
        self.homes = Homes(root)
        self.analyses = Analyses(self.homes, transcriber)
        self._max_bytes = max_bytes

    async def take(self, source: Path, name: str, report: Callable[[float], None]) -> Facts:
        """Copy a file in, measure it, and report the fraction done; see `MediaStore.take`."""
        with _sentences_about(name):
            await asyncio.to_thread(self.homes.swept)
            with _opened(source) as file, self.homes.incoming() as clip:
                sha256 = await self._copy(file, clip / "original", report)
                if not self.homes.renewed(sha256):
                    await _measure(clip, sha256)
                    await asyncio.to_thread(flush, clip)
                    self.homes.publish(clip, sha256)  # in no thread: cancelling would not stop it
            facts = self.homes.facts(sha256)
        report(1)
        return facts

    async def files(self, sha256: str) -> MediaFiles:
        """Tell where the files of a clip lie; see `MediaStore.files`."""
        if self.homes.original(sha256) is None:
            raise missing(sha256)
        return self.homes.files(sha256)

    async def looks(self, sha256: str) -> MediaFiles:
        """Tell where the still and the thumbs lie; see `MediaStore.looks`."""
        return self.homes.files(sha256)

    async def analysed(self, sha256: str, sense: Sense, payer: Scope = NOBODY) -> Analysis:
        """Look into a clip; see `MediaStore.analysed`."""
        return await self.analyses.of(sha256, sense, payer)

    async def known(self, sha256: str) -> Analysis:
        """Tell what was found in a clip before; see `MediaStore.known`."""
        return await asyncio.to_thread(self.analyses.known, sha256)

    async def link(self, _sha256: str) -> str | None:
        """None: what lies on this machine has no address outside."""
        return None

    async def taken(self) -> dict[str, datetime]:
        """Tell when each clip was last taken in; see `Originals.taken`."""
        with sentences_about_tidying():
            return await asyncio.to_thread(self.homes.taken)

    async def remove(self, sha256: str, taken_before: datetime) -> bool:
        """Remove a clip unless it was taken in since; see `Originals.remove`."""
        with sentences_about_tidying():
            return await asyncio.to_thread(self.homes.remove, sha256, taken_before)

    def tidy(self) -> int:
        """Remove what crashes left; how many directories.

        Raises:
            StoreFailed: The media directory cannot be written.
        """
        with sentences_about_tidying():
            return self.homes.swept()

    async def _copy(self, file: BinaryIO, target: Path, report: Callable[[float], None]) -> str:
        """Copy block by block, so that cancelling stops it; return the SHA-256 of the whole."""
        size, copied, digest = os.fstat(file.fileno()).st_size, 0, hashlib.sha256()
        self._refuse_large(size)
        with target.open("xb") as out:
            while count := await asyncio.to_thread(_copy_block, file, out, digest):
                copied += count
                self._refuse_large(copied)  # it may grow while we read
                report(_COPYING * min(1, copied / max(1, size)))
        return digest.hexdigest()

    def _refuse_large(self, size: int) -> None:
        if size > self._max_bytes:
            most = f"{self._max_bytes / 1e6:,.1f} MB"
            raise MediaRefused(f"it is larger than {most}, which is the most that I take")


async def _measure(clip: Path, sha256: str) -> None:
    """Have the worker look at the original; keep the facts, and give the original its suffix."""
    original = clip / "original"
    try:
        done = await run(
            [*_WORKER, str(original), str(clip)],
            timeout_seconds=_WORKER_SECONDS,
            limits=_WORKER_LIMITS,
        )
        answer = _Answer.model_validate_json(done.stdout)
        if answer.refused:
            raise MediaRefused(answer.refused)
        if answer.unwritable:
            raise StoreFailed(f"The data directory cannot be written: {answer.unwritable}.")
        found = {"sha256": sha256, "size_bytes": original.stat().st_size}
        facts = FACTS.validate_python(answer.facts | found)
    except (ChildFailed, ValidationError) as exc:
        raise MediaRefused("it cannot be read; it may be damaged") from exc
    (clip / "facts.json").write_bytes(FACTS.dump_json(facts, indent=2))
    original.rename(original.with_suffix(f".{answer.extension}"))


def flush(directory: Path) -> None:
    """Bring the files to the disk itself, so that a power cut leaves no empty ones."""
    for path in directory.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _copy_block(file: BinaryIO, out: BinaryIO, digest: "hashlib._Hash") -> int:
    try:
        block = file.read(_BLOCK)
    except OSError as exc:
        raise MediaRefused(f"it cannot be read ({_reason(exc)})") from exc
    digest.update(block)
    out.write(block)
    return len(block)


@contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    """Open a regular file; a pipe or a device would block, or never end."""
    try:
        mode = source.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "directory" if stat.S_ISDIR(mode) else "device or pipe"
            raise MediaRefused(f"it is a {what}, not a file")
        file = source.open("rb")
    except FileNotFoundError as exc:
        raise MediaRefused("there is no such file") from exc
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        raise MediaRefused(f"it cannot be opened ({_reason(exc)})") from exc
    with file:
        yield file


@contextmanager
def _sentences_about(name: str) -> Iterator[None]:
    """Turn a reason, or an error of the disk, into a sentence for the chat."""
    what = quoted(name)
    try:
        yield
    except MediaRefused as exc:
        raise MediaRefused(f"I cannot use {what}: {exc}.") from exc
    except OSError as exc:
        if exc.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StoreFailed(f"There is no room for {what}: free some disk space.") from exc
        raise StoreFailed(
            f"I cannot keep {what}: the data directory cannot be written ({_reason(exc)})."
        ) from exc


@contextmanager
def sentences_about_tidying() -> Iterator[None]:
    """Turn an error of the disk into a sentence."""
    try:
        yield
    except OSError as exc:
        raise StoreFailed(f"The media directory cannot be tidied up: {_reason(exc)}.") from exc


def _reason(exc: OSError | ValueError) -> str:
    """What the system says, without the path."""
    return getattr(exc, "strerror", None) or str(exc)
