"""Planning: from words to what is to be done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.engine.composition import Composition
from bot.engine.history import Entry
from bot.engine.plan import Plan
from bot.engine.presets import PresetName
from bot.ports.media import Analysis, Sense
from bot.ports.talk import Choice, Message


@dataclass(frozen=True, slots=True)
class Remark:
    """An earlier message; what ChatKut said has its own name as the author."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """A message to be understood.

    `comp` already holds what was dropped with the message: `attachments` are those clips' ids, and
    videos among them stand at the end of the main track, images and sounds only in the bin. `focus`
    are the ids of items that were talked about last, latest first: what "it" means. `serial` is
    the number of the revision to come (see `Plan.apply`). `author` is the name of whoever says it:
    what "I" and "my" mean; `person` (see `Message.person`) and `channel` are for whose money it is.
    `turns` are what was said last in this thread, oldest first. `instructions` are the channel's
    standing instructions on style, set by its editors. `analysis` is what is known of the
    insides of clips, by clip id: mostly nothing, until a planner says that it is `Wanted`.
    """

    text: str
    comp: Composition
    serial: int
    attachments: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    history: Sequence[Entry] = ()
    author: str = ""
    person: str = ""
    channel: str = ""
    turns: Sequence[Remark] = ()
    instructions: str = ""
    analysis: Mapping[str, Analysis] = field(default_factory=dict)


CommandName = Literal[
    "render",
    "undo",
    "redo",
    "history",
    "timeline",
    "estimate",
    "cost",
    "budget",
    "cancel",
    "help",
    "upload",
    "share",
    "export",
]
ExportFormat = Literal["otio", "edl", "json", "srt", "vtt"]


@dataclass(frozen=True, slots=True)
class Command:
    """Something asked of the program rather than of the composition.

    `preset` belongs to render, estimate and cancel, and so do the further ones that are asked for
    `also`; `format` to export (None: every one); `count` (how many), `revision` (which one) and
    `author` (whose) to undo, redo and history; `confirmed` says that the price of a render was
    accepted. `notes` (whole lines) are told with what comes of it.
    """

    name: CommandName
    preset: PresetName | None = None
    also: tuple[PresetName, ...] = ()
    count: int = 1
    revision: int | None = None
    author: str | None = None
    confirmed: bool = False
    format: ExportFormat | None = None
    notes: tuple[str, ...] = ()

    @property
    def presets(self) -> tuple[PresetName, ...]:
        """All formats that it is about, each once; none where it names none."""
        return tuple(dict.fromkeys((self.preset, *self.also))) if self.preset else ()


@dataclass(frozen=True, slots=True)
class Edits:
    """An understood edit. `assumptions`, `left_out` and `notes` (whole lines) are told with it."""

    plan: Plan
    assumptions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    then: Command | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the person can decide; nothing is changed until they do.

    `understood` is False where the words themselves were not: another planner may know better.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    understood: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """Words that change nothing: information, a reason why not, or manners.

    `about` are the ids of the items that it told of, which "it" means from now on; None leaves
    that as it was.
    """

    text: str
    about: tuple[str, ...] | None = None


Outcome = Edits | Command | Question | Answer


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be known of these clips (their ids) before the message can be understood."""

    clips: tuple[str, ...]
    sense: Sense


class Later(Protocol):
    """Goes on with messages that have to wait for what is in clips."""

    async def go_on(self, message: Message, clips: Collection[str], sense: Sense) -> None:
        """Have clips (their SHA-256) looked into, durably; then the message comes `AGAIN`.

        That is so only if the turn says that it `waits`. The same message again does nothing.

        Raises:
            StoreFailed: It is not accepted.
        """
        ...


class Planner(Protocol):
    """Understands messages. Right or ask: never a guess that commits a wrong edit."""

    async def plan(self, request: Request) -> Outcome | Wanted:
        """Turn a message into an edit, a command, a question or an answer.

        Where a clip has to be looked into first, say so; the same is asked again with what was
        found in `Request.analysis`.
        """
