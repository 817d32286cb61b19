"""Media: originals, and what is known about them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.engine.composition import ClipKind
from bot.ports.money import Scope


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


Sense = Literal["sound", "picture", "speech"]
"""What of a clip is looked into: whether there is sound, what is seen, which words are said."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is said in a clip, from `start` to `end` in seconds of the clip.

    `text` has its punctuation, and no spaces.
    """

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What can be heard and seen in a clip, in seconds of the clip; None where nobody looked.

    `silences` and `black` are stretches, `scenes` the moments at which another scene begins, and
    `words` what is said, in order.
    """

    silences: tuple[tuple[float, float], ...] | None = None
    scenes: tuple[float, ...] | None = None
    black: tuple[tuple[float, float], ...] | None = None
    words: tuple[Word, ...] | None = None

    def knows(self, sense: Sense) -> bool:
        """Whether this was looked into."""
        found = {"sound": self.silences, "picture": self.scenes, "speech": self.words}
        return found[sense] is not None

    def __or__(self, other: "Analysis") -> "Analysis":
        """What either of them knows."""
        return Analysis(
            other.silences if self.silences is None else self.silences,
            other.scenes if self.scenes is None else self.scenes,
            other.black if self.black is None else self.black,
            other.words if self.words is None else self.words,
        )


SILENT_DECIBELS = -40
"""What is quieter than this, in decibels of full scale, is silent."""

SHORTEST_SILENCE = 0.2
"""Seconds: what is silent for less is not noted."""


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


NOBODY = Scope()
"""Who pays where nobody is known to."""

SUBTITLES = (".srt", ".vtt", ".ass", ".ssa")
"""How the names of files with subtitles end, in small letters."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A file of subtitles: plain lines in order, each from and to a second.

    Lines whose times make no sense are `broken`: so many are left out.
    """

    name: str
    lines: tuple[tuple[float, float, str], ...]
    broken: int = 0


class SubtitleReader(Protocol):
    """Reads files of subtitles."""

    async def __call__(self, source: Path, name: str) -> Subtitles | None:
        """Read a file by its name; None if it is called as something else.

        Raises:
            MediaRefused: It cannot be read, or nothing is in it.
        """
        ...


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

    async def files(self, sha256: str) -> MediaFiles:
        """Where the files of a clip lie, on this machine.

        What is only kept elsewhere is fetched first, which takes as long as a download of the
        original does. Who wants to show the clip, and not to read it, asks for its `looks`.

        Raises:
            StoreFailed: The clip's files are missing, or cannot be fetched just now.
        """
        ...

    async def analysed(self, sha256: str, sense: Sense, payer: Scope = NOBODY) -> Analysis:
        """What is in a clip: worked out when it is first asked for, which can take minutes.

        Whoever stops waiting does not stop the work: it is there the next time. Where a service
        hears words for money, it is the `payer`'s.

        Raises:
            MediaRefused: The clip cannot be looked into; why, as the second half of a sentence.
            BudgetSpent: There is no money left for it.
            StoreFailed: The clip's files are missing, or cannot be fetched just now.
        """
        ...

    async def known(self, sha256: str) -> Analysis:
        """What was worked out of a clip before, on this machine; nothing is begun or fetched."""
        ...

    async def looks(self, sha256: str) -> MediaFiles:
        """Where the still and the thumbs of a clip lie; its `original` need not be there.

        Raises:
            StoreFailed: The clip's files are missing, or cannot be fetched just now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was taken in: the name people know it by, and what was measured."""

    name: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message's attachments; of those that cannot be used, the reasons.

    Some were `undelivered`: the platform has them, but they did not arrive here.
    """

    arrivals: tuple[Arrival, ...] = ()
    refusals: tuple[str, ...] = ()
    undelivered: bool = False
    subtitles: tuple[Subtitles, ...] = ()
