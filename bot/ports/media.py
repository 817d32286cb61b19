"""Media: originals, and what is known about them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.engine.composition import ClipKind


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured about a media file.

    `seconds` is 0 for an image; `fps` is the mean rate, 0 where there are no frames. Width and
    height are those seen after applying rotation metadata. `notes` are remarks for the person who
    dropped the file ("ends at 4.0 s of 10.0 s: the file looks cut off").
    """

    kind: ClipKind
    sha256: str
    size_bytes: int
    seconds: float = 0
    width: int = 0
    height: int = 0
    fps: float = 0
    has_audio: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaFiles:
    """Where a clip's files lie.

    `original` is the file as it came. `still` is our own RGBA PNG of an image (upright, bounded in
    size), None for the other kinds. `thumbs` are small JPEGs at equal steps through a video, or one
    of an image; empty for sound.
    """

    original: Path
    still: Path | None
    thumbs: tuple[Path, ...]


def quoted(name: str) -> str:
    """A file's name in a sentence, whatever characters it has."""
    return f"“{''.join(c if c.isprintable() else '�' for c in name)}”"


class MediaStore(Protocol):
    """Keeps originals by content, and knows the facts about them."""

    async def take(self, source: Path, name: str, report: Callable[[float], None]) -> Facts:
        """Copy a file in, measure it, and report the fraction done; twice the same is one.

        Raises:
            MediaRefused: The file cannot be used; nothing is kept of it.
            StoreFailed: There is no room, or no permission to write.
        """
        ...

    def files(self, sha256: str) -> MediaFiles:
        """Where the files of a clip lie.

        Raises:
            StoreFailed: The clip's files are missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was taken in: the name people know it by, and what was measured."""

    name: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message's attachments; of those that cannot be used, the reasons."""

    arrivals: tuple[Arrival, ...] = ()
    refusals: tuple[str, ...] = ()
