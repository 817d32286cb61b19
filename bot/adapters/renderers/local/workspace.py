"""Workspace: a directory for what is not finished, next to where the film will be.

Its name says whose it is (`.film.x1y2z3.part`), and a lock in it is held as long as its owner
lives. So what a killed process leaves behind is recognised, and removed by the next render.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from filelock import FileLock, Timeout

from bot.ports import RenderFailed

_LOCK = "alive.lock"

A = TypeVar("A")
P = ParamSpec("P")


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """Make a directory on the same file system as `out`, and remove it afterwards.

    Raises:
        OSError: There is no room, or no permission to write.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    sweep(out.parent)
    directory, lock = _claimed(out)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        lock.release()


@contextmanager
def told_about_disk() -> Iterator[None]:
    """Turn what goes wrong with files into a sentence.

    Raises:
        RenderFailed: A file could not be written.
    """
    try:
        yield
    except OSError as error:
        raise RenderFailed(
            f"The film could not be written ({error.strerror}): make room for it, "
            "or choose another place."
        ) from error


async def in_thread(function: Callable[P, A], *args: P.args, **kwargs: P.kwargs) -> A:
    """Run in a thread, and wait for its end even if cancelled: it writes into the workspace."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def publish(film: Path, out: Path) -> None:
    """Put a finished film in its place; after a power cut it is there whole or not at all."""
    _flush(film)
    film.replace(out)
    _flush(out.parent)


def remove(out: Path) -> None:
    """Remove a film, if it is there, and what dead owners left beside it."""
    with suppress(OSError):
        out.unlink(missing_ok=True)
        sweep(out.parent)


def sweep(directory: Path) -> int:
    """Remove workspaces whose owners are dead; how many."""
    return sum(_removed(leftover) for leftover in directory.glob(".*.????????.part"))


def tidy(root: Path) -> int:
    """Remove what dead owners left in the folders below; how many workspaces."""
    return sum(sweep(folder) for folder in root.glob("*/"))


def _removed(leftover: Path) -> bool:
    with suppress(Timeout, OSError):  # its owner lives, or we may not remove it
        if not (leftover / _LOCK).exists():
            leftover.rmdir()  # died before it took the lock, so it is empty
            return True
        with FileLock(leftover / _LOCK, timeout=0):
            shutil.rmtree(leftover, ignore_errors=True)
            return True
    return False


def _claimed(out: Path) -> tuple[Path, FileLock]:
    """Make a directory and lock it; again if a sweep came between the two."""
    while True:
        directory = Path(tempfile.mkdtemp(".part", f".{out.stem[:40]}.", out.parent))
        lock = FileLock(directory / _LOCK, timeout=0)
        try:
            lock.acquire()
        except (Timeout, FileNotFoundError):
            continue
        if directory.exists():
            return directory, lock
        lock.release()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
