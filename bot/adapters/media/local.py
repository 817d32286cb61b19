"""Keeps media in a directory, by content, and measures it in a child process.

    ROOT/ab/abcd…/original.mp4  facts.json  thumb_00.jpg …  still.png      one clip
    ROOT/incoming/…/                                                       one that is coming in

A clip's directory is made under `incoming` and renamed when it is complete, so that a crash never
leaves half a clip, and several processes may share the root. What a crash leaves in `incoming` is
removed by the next `take`: the lock in a directory whose owner lives is held.

The time of a clip's directory is when it was last taken in: what is being taken in is not removed.
"""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout
from pydantic import Field, TypeAdapter, ValidationError

from bot.adapters.process import Limits, run
from bot.engine.record import Record
from bot.ports import ChildFailed, Damaged, Facts, MediaFiles, MediaRefused, StoreFailed, quoted

_BLOCK = 4 << 20
_COPYING = 0.8  # the part of the work that is copying; the rest is measuring
_FACTS = TypeAdapter(Facts)
_SHA256 = re.compile("[0-9a-f]{64}")

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
    """The `MediaStore` in a directory of this machine, for files of up to `max_bytes`."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._root = root.absolute()
        self._max_bytes = max_bytes

    async def take(self, source: Path, name: str, report: Callable[[float], None]) -> Facts:
        """Copy a file in, measure it, and report the fraction done; see `MediaStore.take`."""
        incoming = self._root / "incoming"
        with _sentences_about(name):
            await asyncio.to_thread(_swept, incoming)
            with _opened(source) as file, _scratch(incoming) as clip:
                sha256 = await self._copy(file, clip / "original", report)
                if not self._is_there(sha256):
                    await _measure(clip, sha256)
                    await asyncio.to_thread(_flush, clip)
                    self._publish(clip, sha256)  # in no thread, which cancelling would not stop
            facts = self._facts(sha256)
        report(1)
        return facts

    def files(self, sha256: str) -> MediaFiles:
        """Tell where the files of a clip lie; see `MediaStore.files`."""
        home = self._facts_file(sha256).parent
        original = next(home.glob("original.*"), None)
        if original is None:
            raise Damaged(f"The files of clip {sha256[:12]} are missing: send the clip again.")
        still = home / "still.png"
        thumbs = tuple(sorted(home.glob("thumb_*.jpg")))
        return MediaFiles(original, still if still.exists() else None, thumbs)

    def taken(self) -> dict[str, datetime]:
        """Tell when each clip was last taken in; see `Originals.taken`."""
        with _sentences_about_tidying():
            homes = [path for path in self._root.glob("??/*") if _SHA256.fullmatch(path.name)]
            return {home.name: _time(home) for home in homes}

    def remove(self, sha256: str, taken_before: datetime) -> bool:
        """Remove a clip unless it was taken in since; see `Originals.remove`."""
        home = self._facts_file(sha256).parent
        with _sentences_about_tidying(), self._claimed() as incoming:
            if not home.exists() or _time(home) >= taken_before:
                return False
            trash = Path(tempfile.mkdtemp(dir=incoming))
            home.rename(trash / "clip")
        shutil.rmtree(trash, ignore_errors=True)
        return True

    def tidy(self) -> int:
        """Remove what crashes left; how many directories.

        Raises:
            StoreFailed: The media directory cannot be written.
        """
        with _sentences_about_tidying():
            return _swept(self._root / "incoming")

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

    def _publish(self, clip: Path, sha256: str) -> None:
        """Make a complete directory a clip, unless somebody else just did."""
        home = self._facts_file(sha256).parent
        home.parent.mkdir(exist_ok=True)
        if home.exists() and not self._is_whole(sha256):
            home.rename(clip.with_name("damaged"))  # goes with the scratch directory
        try:
            clip.rename(home)
        except OSError:
            if not self._is_whole(sha256):
                raise

    def _is_there(self, sha256: str) -> bool:
        """Whether the clip is whole, and will not be removed by somebody who found it old."""
        with self._claimed():
            whole = self._is_whole(sha256)
            if whole:
                os.utime(self._facts_file(sha256).parent)
            return whole

    @contextmanager
    def _claimed(self) -> Iterator[Path]:
        incoming = self._root / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        with FileLock(incoming / "claim.lock"):
            yield incoming

    def _is_whole(self, sha256: str) -> bool:
        facts = self._facts_file(sha256)
        return facts.exists() and any(facts.parent.glob("original.*"))

    def _facts(self, sha256: str) -> Facts:
        try:
            return _FACTS.validate_json(self._facts_file(sha256).read_bytes())
        except ValidationError as exc:
            raise Damaged(
                f"The stored clip {sha256[:12]} is damaged: remove its directory from the data "
                "directory and send the file again."
            ) from exc

    def _facts_file(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise Damaged(f"There is no clip {sha256!r}.")
        return self._root / sha256[:2] / sha256 / "facts.json"


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
        facts = _FACTS.validate_python(answer.facts | found)
    except (ChildFailed, ValidationError) as exc:
        raise MediaRefused("it cannot be read; it may be damaged") from exc
    (clip / "facts.json").write_bytes(_FACTS.dump_json(facts, indent=2))
    original.rename(original.with_suffix(f".{answer.extension}"))


def _flush(directory: Path) -> None:
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
def _scratch(incoming: Path) -> Iterator[Path]:
    """A directory for a clip that is coming in, locked while it is in use."""
    with FileLock(incoming / "claim.lock"):
        mine = Path(tempfile.mkdtemp(dir=incoming))
        alive = FileLock(mine / "alive.lock")
        alive.acquire()
    try:
        clip = mine / "clip"
        clip.mkdir()
        yield clip
    finally:
        shutil.rmtree(mine, ignore_errors=True)
        alive.release()


def _swept(incoming: Path) -> int:
    """Remove what processes left behind that are dead; how many directories."""
    incoming.mkdir(parents=True, exist_ok=True)
    with FileLock(incoming / "claim.lock"):  # nobody is between making and locking a directory
        dead = [mine for mine in incoming.iterdir() if mine.is_dir() and _is_free(mine)]
    for mine in dead:
        shutil.rmtree(mine, ignore_errors=True)
    return len(dead)


def _is_free(mine: Path) -> bool:
    try:
        with FileLock(mine / "alive.lock", blocking=False):
            return True
    except (Timeout, FileNotFoundError):  # in use, or just being removed by its owner
        return False


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
def _sentences_about_tidying() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StoreFailed(f"The media directory cannot be tidied up: {_reason(exc)}.") from exc


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _reason(exc: OSError | ValueError) -> str:
    """What the system says, without the path."""
    return getattr(exc, "strerror", None) or str(exc)
