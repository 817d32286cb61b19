"""Cache: pieces of films that were made before, kept in a folder for the films to come.

A file's name is its key, which says what it was made from, and the digest of what is in it:
`<key>-<digest>`. So a damaged file is noticed, and nothing but the files has to agree. Any number
of processes may share a folder, and any may be killed: files appear by one system call, and what
is taken out is linked or copied first, so nobody minds if it is removed meanwhile.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

log = logging.getLogger("chatkut.render")

_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Cache:
    """At most `max_bytes` of files in a folder; those that were not used for longest go first.

    What was not used for `days` goes anyway: pictures of what was deleted do not stay for ever.
    """

    folder: Path
    max_bytes: int
    days: int = 30

    def take(self, keys: Collection[str], into: Path) -> dict[str, Path]:
        """Put the files that are there, and whole, into a directory; by key."""
        kept = {name.partition("-")[0]: name for name, *_ in self._entries()}
        taken = ((key, self._taken(kept[key], into / key)) for key in set(keys) & kept.keys())
        return {key: path for key, path in taken if path}

    def keep(self, made: Iterable[tuple[str, Path]]) -> None:
        """Keep files by key. Where there is no room, they are made again next time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for key, file in made:
                _place(file, self.folder / f"{key}-{_digest(file)}")
            self.trim()
        except OSError as error:
            log.warning("pieces of a film were not kept for the next: %s", error.strerror)

    def forget(self, keys: Collection[str]) -> None:
        """Remove what is kept under these keys."""
        for name, *_ in list(self._entries()):
            if name.partition("-")[0] in keys:
                self._remove(name)

    def trim(self) -> int:
        """Remove what is too much or too old, also what dead processes left; how many files."""
        left, oldest, removed = self.max_bytes, time.time() - self.days * _DAY, 0
        for name, used, size in sorted(self._entries(), key=itemgetter(1), reverse=True):
            left -= size
            if left < 0 or used < oldest:
                self._remove(name)
                removed += 1
        return removed

    def _taken(self, name: str, out: Path) -> Path | None:
        kept, whole = self.folder / name, False
        with suppress(OSError):  # removed meanwhile, or cannot be read
            _place(kept, out)
            whole = _digest(out) == name.partition("-")[2]
            os.utime(kept)
        if whole:
            return out
        if out.exists():
            log.warning("a kept piece of a film was damaged, and is made again")
            out.unlink()
            self._remove(name)
        return None

    def _entries(self) -> Iterator[tuple[str, float, int]]:
        """Name, time of last use, and size of each file; none where there is no such folder."""
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another process was quicker
                    facts = entry.stat()
                    yield entry.name, facts.st_mtime, facts.st_size

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)


def _place(file: Path, target: Path) -> None:
    """Let a file appear at a second place, whole or not at all; it may be there already."""
    try:
        os.link(file, target)
    except FileExistsError:
        return
    except OSError:  # another file system, or one without links
        if not file.exists():
            raise
        descriptor, name = tempfile.mkstemp(dir=target.parent)
        os.close(descriptor)
        try:
            shutil.copyfile(file, name)
            Path(name).replace(target)
        finally:  # a part of a copy must not fill the disk further
            Path(name).unlink(missing_ok=True)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
