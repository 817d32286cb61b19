"""The bytes of uploads: one file for each, in a folder of the data directory.

Whoever appends has the file locked (`flock`, which the system releases when a process dies), so
that of several processes on one folder only one writes. What lies beyond the offset of the record
was never promised to anybody, and is cut off before more is appended.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from bot.ports import MediaRefused, StoreFailed

_ID = re.compile(r"[0-9a-f]{32}")


class Busy(StoreFailed):
    """Another process writes to this upload just now."""


class Incomplete(StoreFailed):
    """Bytes are missing that were safe once: the file is gone, or shorter than it was."""

    retryable = False


class UploadFolder:
    """The `UploadFiles` port, and how uploads are written. Ids are 32 hexadecimal digits."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def make(self, upload_id: str) -> None:
        """Make an empty file, if there is none.

        Raises:
            StoreFailed: It cannot be made.
        """
        with _sentences():
            self._root.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._file(upload_id), os.O_CREAT | os.O_WRONLY, 0o600))
            _flush(self._root)

    def open(self, upload_id: str) -> "OpenUpload":
        """Open a file to append to it, locked.

        Raises:
            Busy: Another process writes.
            Incomplete: The file is gone.
            StoreFailed: It cannot be written.
        """
        try:
            with _sentences():
                descriptor = os.open(self._file(upload_id), os.O_WRONLY)
        except FileNotFoundError:
            raise Incomplete("What was uploaded is gone: upload the file again.") from None
        file = OpenUpload(descriptor)
        try:
            file.lock()
        except StoreFailed:
            file.close()
            raise
        return file

    def link(self, upload_id: str, into: Path) -> None:
        """Give the bytes of an upload a second name; see `UploadFiles.link`."""
        try:
            with _sentences():
                os.link(self._file(upload_id), into)
        except FileNotFoundError:
            raise MediaRefused("The uploaded file is gone: upload it again.") from None

    def adopt(self, upload_id: str, source: Path) -> None:
        """Take a whole file, which is moved; see `UploadFiles.adopt`."""
        with _sentences():
            self._root.mkdir(parents=True, exist_ok=True)
            source.replace(self._file(upload_id))
            _flush(self._root)

    def ids(self) -> tuple[str, ...]:
        """The uploads that have a file."""
        if not self._root.exists():
            return ()
        return tuple(path.name for path in self._root.iterdir() if _ID.fullmatch(path.name))

    def remove(self, upload_id: str) -> None:
        """Remove the file of an upload; see `UploadFiles.remove`."""
        with _sentences():
            self._file(upload_id).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """How much room there is on the disk.

        Raises:
            StoreFailed: The folder cannot be made.
        """
        with _sentences():
            self._root.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self._root).free

    def _file(self, upload_id: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise Incomplete("There is no such upload.")
        return self._root / upload_id


class OpenUpload:
    """A file of an upload, locked, whose end is written in threads.

    Closing waits for what is being written: a thread goes on when nobody waits for it any more, and
    the number of a closed file soon means another one.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._in_use = Lock()

    def lock(self) -> None:
        """Keep other processes away until it is closed.

        Raises:
            Busy: Another process has it locked.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("This upload is being written by another process; try again.") from None

    def cut(self, offset: int) -> None:
        """Cut the file to the offset of its record, as that is since the file is locked.

        Raises:
            Incomplete: It is shorter.
            StoreFailed: It cannot be cut.
        """
        with self._in_use, _sentences():
            if os.fstat(self._descriptor).st_size < offset:
                raise Incomplete("A part of what was uploaded is gone: upload the file again.")
            os.ftruncate(self._descriptor, offset)

    def write(self, piece: bytes, offset: int) -> None:
        """Write all of a piece at an offset.

        Raises:
            StoreFailed: The disk took only a part of it, or nothing.
        """
        rest = memoryview(piece)
        with self._in_use, _sentences():
            while rest:
                written = os.pwrite(self._descriptor, rest, offset)
                rest, offset = rest[written:], offset + written

    def flush(self) -> None:
        """Wait until what was written is on the disk itself.

        Raises:
            StoreFailed: The disk failed.
        """
        with self._in_use, _sentences():
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Unlock the file; nothing can be written any more."""
        with self._in_use:
            os.close(self._descriptor)
            self._descriptor = -1


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _sentences() -> Iterator[None]:
    """Make what the system says about the disk a sentence, unless it is that a file is missing."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreFailed(
            f"The uploads cannot be written ({error.strerror}): free some space on the disk."
        ) from error
