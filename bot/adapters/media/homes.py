"""The directories of clips, on this machine.

    ROOT/ab/abcd…/original.mp4  facts.json  thumb_00.jpg …  still.png      one clip
                  sound.json  picture.json  speech.json                    what is in it, if asked
                  speech.part                                              while it is being heard
    ROOT/incoming/…/                                                       one that is coming in
                  abcd….speech.lock                                        while it is looked into

A clip's directory is made under `incoming` and renamed when it is complete, so that a crash never
leaves half a clip, and several processes may share the root. What a crash leaves in `incoming` is
removed by the next `swept`: the lock in a directory whose owner lives is held.

The time of a clip's directory is when it was last taken in: what is being taken in is not removed.
The time of an original is when it was last used. Where it is kept elsewhere too it may be missing
here: then the clip is not whole, but its looks are.
"""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from bot.ports import Damaged, Facts, MediaFiles, StoreFailed

FACTS = TypeAdapter(Facts)
_SHA256 = re.compile("[0-9a-f]{64}")
_LOOK_SECONDS = 0.5


class Homes:
    """Where the files of clips lie under a root."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def home(self, sha256: str) -> Path:
        """The directory of a clip, whether it is there or not.

        Raises:
            Damaged: This is no SHA-256.
        """
        if not _SHA256.fullmatch(sha256):
            raise Damaged(f"There is no clip {sha256!r}.")
        return self._root / sha256[:2] / sha256

    def original(self, sha256: str) -> Path | None:
        """The original of a clip, if it is here."""
        return next(self.home(sha256).glob("original.*"), None)

    def has_looks(self, sha256: str) -> bool:
        """Whether a clip is here, except maybe for its original."""
        return (self.home(sha256) / "facts.json").exists()

    def is_whole(self, sha256: str) -> bool:
        """Whether a clip is here with everything."""
        return self.has_looks(sha256) and self.original(sha256) is not None

    def files(self, sha256: str) -> MediaFiles:
        """Where a clip's files lie, for who needs no original.

        Raises:
            Damaged: The clip is not here.
        """
        home = self.home(sha256)
        if not home.exists():
            raise missing(sha256)
        still = home / "still.png"
        original = self.original(sha256) or home / "original"
        thumbs = tuple(sorted(home.glob("thumb_*.jpg")))
        return MediaFiles(original, still if still.exists() else None, thumbs)

    def facts(self, sha256: str) -> Facts:
        """What was measured of a clip that is here.

        Raises:
            Damaged: It cannot be read.
        """
        try:
            return FACTS.validate_json((self.home(sha256) / "facts.json").read_bytes())
        except ValidationError as exc:
            raise Damaged(
                f"The stored clip {sha256[:12]} is damaged: remove its directory from the data "
                "directory and send the file again."
            ) from exc

    # --- coming in ---------------------------------------------------------------------------

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A directory for a clip that is coming in, locked while it is in use."""
        with self._claimed() as incoming:
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

    def publish(self, clip: Path, sha256: str) -> None:
        """Make a complete directory a clip, unless somebody else just did."""
        home = self.home(sha256)
        home.parent.mkdir(exist_ok=True)
        if home.exists() and not self.is_whole(sha256):
            home.rename(clip.with_name("damaged"))  # goes with the incoming directory
        try:
            clip.rename(home)
        except OSError:
            if not self.is_whole(sha256):
                raise

    def complete(self, clip: Path, sha256: str) -> None:
        """Add files to a clip; if it is not here they are all that there is of it."""
        home = self.home(sha256)
        home.parent.mkdir(exist_ok=True)
        try:
            clip.rename(home)
        except OSError:
            for path in clip.iterdir():
                path.replace(home / path.name)

    def renewed(self, sha256: str) -> bool:
        """Whether the clip is whole, and will not be removed by somebody who found it old."""
        with self._claimed():
            whole = self.is_whole(sha256)
            if whole:
                os.utime(self.home(sha256))
            return whole

    def swept(self) -> int:
        """Remove what processes left behind that are dead; how many directories."""
        with self._claimed() as incoming:  # nobody is between making and locking a directory
            dead = [mine for mine in incoming.iterdir() if mine.is_dir() and _is_free(mine)]
        for mine in dead:
            shutil.rmtree(mine, ignore_errors=True)
        return len(dead)

    # --- getting old -------------------------------------------------------------------------

    def taken(self) -> dict[str, datetime]:
        """When each clip was last taken in."""
        homes = [path for path in self._root.glob("??/*") if _SHA256.fullmatch(path.name)]
        return {home.name: _time(home) for home in homes}

    def remove(self, sha256: str, taken_before: datetime) -> bool:
        """Remove a clip unless it was taken in since, or is not here."""
        home = self.home(sha256)
        with self._claimed() as incoming:
            if not home.exists() or _time(home) >= taken_before:
                return False
            trash = Path(tempfile.mkdtemp(dir=incoming))
            home.rename(trash / "clip")
        shutil.rmtree(trash, ignore_errors=True)
        return True

    def use(self, sha256: str) -> None:
        """Note that the original is used now, if it is here."""
        with suppress(FileNotFoundError):  # just removed
            if original := self.original(sha256):
                os.utime(original)

    def evict(self, sha256: str, unused_since: datetime) -> bool:
        """Remove an original, and only that, unless it was used since."""
        with self._claimed():
            original = self.original(sha256)
            if original is None or _time(original) >= unused_since:
                return False
            with _as_old_as_before(original.parent):
                original.unlink()
        return True

    # --- noting something about it ------------------------------------------------------------

    def note(self, sha256: str, name: str, content: bytes) -> None:
        """Put a small file beside the facts, whole or not at all; that is not taking it in anew.

        Raises:
            Damaged: The clip is not here any more.
        """
        home = self.home(sha256)
        with self.incoming() as made:
            with (made / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with self._claimed():
                if not home.exists():
                    raise missing(sha256)
                with _as_old_as_before(home):
                    (made / name).replace(home / name)

    def forget(self, sha256: str, name: str) -> None:
        """Remove a small file beside the facts, if it is there."""
        home = self.home(sha256)
        with self._claimed():
            if home.exists():
                with _as_old_as_before(home):
                    (home / name).unlink(missing_ok=True)

    @asynccontextmanager
    async def alone(self, sha256: str, name: str) -> AsyncIterator[None]:
        """Wait until no other process does this with a clip; while it lasts, none begins it.

        Raises:
            OSError: There is no room, or no permission to write.
        """
        lock = FileLock(self._incoming() / f"{sha256}.{name}.lock", blocking=False)
        while not lock.is_locked:
            try:
                lock.acquire()
            except Timeout:
                await asyncio.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _claimed(self) -> Iterator[Path]:
        incoming = self._incoming()
        with FileLock(incoming / "claim.lock"):
            yield incoming

    def _incoming(self) -> Path:
        incoming = self._root / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        return incoming


def missing(sha256: str) -> StoreFailed:
    """The error of a clip whose files are not there."""
    return Damaged(f"The files of clip {sha256[:12]} are missing: send the clip again.")


def _is_free(mine: Path) -> bool:
    try:
        with FileLock(mine / "alive.lock", blocking=False):
            return True
    except (Timeout, FileNotFoundError):  # in use, or just being removed by its owner
        return False


@contextmanager
def _as_old_as_before(home: Path) -> Iterator[None]:
    """Change what is in a clip's directory, and not when it was taken in."""
    taken = home.stat()
    yield
    os.utime(home, ns=(taken.st_atime_ns, taken.st_mtime_ns))


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
