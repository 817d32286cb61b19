"""Disks that are small, full, broken or read-only."""

import errno
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.service import Service

_TRIAL = "mount -t tmpfs tmpfs /mnt"


def can_mount() -> bool:
    """Whether we may mount anything here; tried where nobody sees it."""
    try:
        trial = subprocess.run(["unshare", "--mount", "sh", "-c", _TRIAL], check=False)
    except FileNotFoundError:
        return False
    return trial.returncode == 0


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Make a folder a file system of its own."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m"]
    subprocess.run(["mount", *options, "tmpfs", folder], check=True)
    with _unmounted_after(folder):
        yield


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let a folder, in which nothing is open, be read and not written."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    with _unmounted_after(folder):
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield


@contextmanager
def _unmounted_after(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave no room on a disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for block_bytes in (1 << 16, 1):
            _write_all(file.write, bytes(block_bytes))
    try:
        yield
    finally:
        ballast.unlink()


def _write_all(write: Callable[[bytes], object], block: bytes) -> None:
    try:
        while True:
            write(block)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


@contextmanager
def failing_writes(service: Service) -> Iterator[None]:
    """Let each write to a file fail, as on a disk that breaks.

    The system's limit on the size of files does it, also for files that are open. To SQLite it is
    the same error as when a file system turns read-only under it.
    """
    assert service.process
    pid, limit = service.process.pid, resource.RLIMIT_FSIZE
    before = resource.prlimit(pid, limit)
    resource.prlimit(pid, limit, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, limit, before)
