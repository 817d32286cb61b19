"""What the inside asks of the outside: small protocols, and the values that cross them.

Adapters implement these; handlers and jobs know nothing else of the world.

AdapterError
├── MediaRefused    this file cannot be used, and trying again will not help
├── ChildFailed     a child process (probe, encoder) failed, was killed or took too long
├── RenderFailed    the renderer could not make the film
├── StaleRevision   somebody else committed first; load again and try again
├── AlreadyKept     this message was answered before; it was delivered twice
└── StoreFailed     the data directory cannot be read or written

Every message is a sentence fit for the chat; `retryable` says whether trying again can help.
"""

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from bot.engine.composition import ClipKind, Composition
from bot.engine.cost import Estimate
from bot.engine.history import Diff, Entry
from bot.engine.layout import Timeline
from bot.engine.plan import Plan
from bot.engine.presets import PresetName


class AdapterError(Exception):
    """Something outside did not do what was asked."""

    retryable: ClassVar[bool] = False


class MediaRefused(AdapterError):
    """The file is damaged, empty, too large or of a kind that cannot be used."""


class ChildFailed(AdapterError):
    """A child process failed; the message ends with the last line that it wrote."""


class RenderFailed(AdapterError):
    """The film could not be made, or did not pass verification."""


class StaleRevision(AdapterError):
    """The composition moved on while this change was being made."""

    retryable = True


class AlreadyKept(AdapterError):
    """What this message asked was kept before."""


class StoreFailed(AdapterError):
    """The data directory cannot be used: full, read-only, locked or damaged."""


# --- talking ---------------------------------------------------------------------------------

ReplyKind = Literal[
    "receipt", "question", "answer", "error", "clip", "estimate", "render", "progress"
]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message: the name that people know it by, and where it lies."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said. `channel` is platform and place, such as "terminal:launch"."""

    id: str
    channel: str
    author: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer: what the button says, and the complete message that it stands for."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: what it is doing, fraction 0…1, and seconds left where that is known."""

    stage: str
    fraction: float
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said back. A reply with `progress` replaces the one before it in the same thread."""

    kind: ReplyKind
    text: str
    choices: tuple[Choice, ...] = ()
    files: tuple[Path, ...] = ()
    revision: int | None = None
    cost_usd: float | None = None
    progress: Progress | None = None


def folder_of(channel: str) -> str:
    """A folder name for a channel: readable, safe, and not shared with any other channel."""
    readable = "".join(c if c.isascii() and c.isalnum() else "-" for c in channel)[:40]
    return f"{readable}-{hashlib.sha256(channel.encode()).hexdigest()[:8]}"


class Chat(Protocol):
    """A place where people talk."""

    async def post(self, message: Message, reply: Reply) -> None:
        """Answer a message where it was said."""
        ...


# --- media -----------------------------------------------------------------------------------


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


# --- rendering -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished and verified film. `cpu_seconds` is what the child processes used."""

    path: Path
    seconds: float
    frames: int
    width: int
    height: int
    size_bytes: int
    cpu_seconds: float


class Renderer(Protocol):
    """Makes a file from a laid-out composition, which already has the preset's canvas."""

    def render(
        self, timeline: Timeline, media: Mapping[str, MediaFiles], preset: PresetName, out: Path
    ) -> AsyncGenerator[Progress | Rendered, None]:
        """Yield progress, then exactly one `Rendered`; `media` is by clip id.

        The file appears at `out` whole or not at all. Closing the iterator or cancelling the task
        ends the child processes and removes temporary files.

        Raises:
            RenderFailed: The film could not be made.
        """
        ...


class Pictures(Protocol):
    """Draws what the chat shows."""

    async def timeline(
        self,
        timeline: Timeline,
        media: Mapping[str, MediaFiles],
        changed: frozenset[str],
        out: Path,
    ) -> None:
        """Write a PNG of the timeline, 1200 px wide, with the `changed` item ids highlighted."""
        ...

    def sizes(self, timeline: Timeline) -> Mapping[str, tuple[float, float]]:
        """Width and height of the texts, as fractions of the canvas, by item id."""
        ...


# --- planning --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A message to be understood.

    `comp` already holds what was dropped with the message: `attachments` are those clips' ids, and
    videos among them stand at the end of the main track, images and sounds only in the bin. `focus`
    are the ids of items that this thread edited last, latest first: what "it" means. `serial` is
    the number of the revision to come (see `Plan.apply`).
    """

    text: str
    comp: Composition
    serial: int
    attachments: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    history: Sequence[Entry] = ()


CommandName = Literal["render", "undo", "redo", "history", "timeline", "estimate", "help"]


@dataclass(frozen=True, slots=True)
class Command:
    """Something asked of the program rather than of the composition.

    `preset` belongs to render and estimate; `count` (how many), `revision` (which one) and `author`
    (whose) to undo, redo and history; `confirmed` says that the price of a render was accepted.
    """

    name: CommandName
    preset: PresetName | None = None
    count: int = 1
    revision: int | None = None
    author: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Edits:
    """An understood edit. `assumptions` and `left_out` are told in the receipt."""

    plan: Plan
    assumptions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    then: Command | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the person can decide; nothing is changed until they do."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Words that change nothing: information, a reason why not, or manners."""

    text: str


Outcome = Edits | Command | Question | Answer


class Planner(Protocol):
    """Understands messages. Right or ask: never a guess that commits a wrong edit."""

    async def plan(self, request: Request) -> Outcome:
        """Turn a message into an edit, a command, a question or an answer."""
        ...


# --- keeping ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """The present state of a channel: revision 0 is the empty composition."""

    revision: int
    comp: Composition


@dataclass(frozen=True, slots=True)
class Commit:
    """A change to be kept. `base` is the revision that it was made on.

    `message_id` makes redelivery harmless: the same message is committed once. A message that
    leads to several commits numbers them: "id", "id/1", "id/2".
    """

    base: int
    comp: Composition
    diff: Diff
    kind: Literal["edit", "undo", "redo"]
    author: str
    message_id: str
    text: str
    summary: tuple[str, ...]
    plan: Plan | None = None
    reverts: int | None = None
    focus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """A film to be made: a revision of a channel's composition, in a preset."""

    channel: str
    revision: int
    comp: Composition
    preset: PresetName


@dataclass(frozen=True, slots=True)
class Turn:
    """What a message leads to: revisions to keep, words to say, films to make.

    All of it is kept in one go, so that nothing is announced that was not kept. `question` is the
    one that is open from now on; None leaves the open question as it is, unless it is `settled`
    by being answered, or something was committed.
    """

    commits: tuple[Commit, ...] = ()
    replies: tuple[Reply, ...] = ()
    question: Question | None = None
    renders: tuple[RenderOrder, ...] = ()
    settled: bool = False

    def then(self, turn: "Turn") -> "Turn":
        """This, and then that."""
        return Turn(
            self.commits + turn.commits,
            self.replies + turn.replies,
            turn.question or self.question,
            self.renders + turn.renders,
            self.settled or turn.settled,
        )


class Conversations(Protocol):
    """What was said and done in each channel. History is append-only."""

    async def head(self, channel: str) -> Head:
        """The present composition; an empty one for a channel never heard of."""
        ...

    async def history(self, channel: str) -> tuple[Entry, ...]:
        """All revisions, oldest first."""
        ...

    async def diff(self, channel: str, revision: int) -> Diff:
        """What a revision changed."""
        ...

    async def question(self, channel: str) -> Question | None:
        """The question that is open, so that a short answer continues it."""
        ...

    async def known(self, channel: str, message_id: str) -> bool:
        """Whether a message has led to a commit before, so that it was delivered twice."""
        ...

    async def keep(self, channel: str, turn: Turn) -> None:
        """Keep a turn, all or nothing.

        Raises:
            StaleRevision: A commit's `base` is not the head any more.
            AlreadyKept: A commit's message has been kept before.
        """
        ...


RenderState = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class RenderRecord:
    """A render as it is kept: costs in micro-dollars; the film's facts only where it is done."""

    id: str
    channel: str
    revision: int
    preset: PresetName
    state: RenderState
    estimate_microusd: int
    megapixel_frames: float
    cost_microusd: int = 0
    cpu_seconds: float = 0
    wall_seconds: float = 0
    path: Path | None = None
    seconds: float = 0
    size_bytes: int = 0
    width: int = 0
    height: int = 0
    error: str = ""


class RenderJobs(Protocol):
    """Makes films, keeps the books about them, and knows beforehand what they take."""

    async def estimate(self, order: RenderOrder) -> Estimate:
        """What the render will take."""
        ...

    async def finished(self, order: RenderOrder) -> RenderRecord | None:
        """The record of the same render done before, if its film is still there."""
        ...

    def run(self, order: RenderOrder) -> AsyncGenerator[Progress | RenderRecord, None]:
        """Yield progress, then the record of the finished render.

        Cancelling the task cancels the render, and keeps that in its record.

        Raises:
            RenderFailed: The film could not be made; the record says so too.
        """
        ...


class Renders(Protocol):
    """What was rendered, and at what cost; estimates learn from it."""

    async def save(self, record: RenderRecord) -> None:
        """Insert or replace the record of a render."""
        ...

    async def interrupt(self, render_id: str, error: str) -> None:
        """Close the books on a render that is still booked as running; else do nothing."""
        ...

    async def past(
        self, state: RenderState, channel: str | None = None
    ) -> tuple[RenderRecord, ...]:
        """The latest renders in a state, of a channel or of all, latest first."""
        ...
