"""Rendering: making films, and keeping the books about them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from bot.engine.composition import Composition
from bot.engine.cost import Estimate, FilmSize, Work
from bot.engine.layout import Timeline
from bot.engine.presets import PresetName
from bot.ports.media import MediaFiles
from bot.ports.talk import Progress


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished and verified film.

    `cpu_seconds` is what it took: of CPU time in child processes, or of the time that a service
    bills; `cost_microusd` is what that costs.
    """

    path: Path
    seconds: float
    frames: int
    width: int
    height: int
    size_bytes: int
    cpu_seconds: float
    cost_microusd: int


class Renderer(Protocol):
    """Makes a file from a laid-out composition, which already has the preset's canvas."""

    @property
    def name(self) -> str:
        """What it is called in the books; estimates learn from its own renders only."""
        ...

    @property
    def reads_originals(self) -> bool:
        """Whether it needs the originals on this machine; else their `looks` are enough."""
        ...

    def expect(self, size: FilmSize, past: Sequence[Work]) -> Estimate:
        """What a render of this size will take, judged by past ones in the same preset."""
        ...

    def render(
        self, timeline: Timeline, media: Mapping[str, MediaFiles], preset: PresetName, out: Path
    ) -> AsyncGenerator[Progress | Rendered, None]:
        """Yield progress, then exactly one `Rendered`; `media` is by clip id.

        The file appears at `out` whole or not at all. Closing the iterator or cancelling the task
        ends the child processes and removes temporary files. What another service makes goes on
        there, and the next call with the same `out` takes it up; `discard` ends it.

        Raises:
            RenderFailed: The film could not be made.
            RenderBusy: The service that makes it does not answer; the next call takes it up.
        """

    async def discard(self, out: Path) -> int:
        """Stop and remove a film that nobody wants, and what killed processes left beside it.

        What was paid for it, in micro-dollars.
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

    def sizes(self, timeline: Timeline) -> Mapping[str, tuple[float, float]]:
        """Width and height of the texts, as fractions of the canvas, by item id."""


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """A film to be made: a revision of a channel's composition, in a preset.

    `id` is made from the message that asked for it, and from the preset where it asked for several
    films, so that asking once is rendering once.
    `person` (see `Message.person`) is who asked; `estimate_microusd` is what it is expected to
    cost when it is ordered, and not told again.
    """

    id: str
    channel: str
    revision: int
    comp: Composition
    preset: PresetName
    person: str = ""
    estimate_microusd: int = 0


RenderState = Literal["ordered", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class RenderRecord:
    """A render as it is kept: costs in micro-dollars; the film's facts only where it is done.

    `person` is who asked for it, "" where that is not known; `renderer` is who makes it.
    """

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
    person: str = ""
    renderer: str = "local"

    @property
    def at_least(self) -> bool:
        """Whether more may come on top of the costs: what a service tells is not yet its bill."""
        return self.renderer != "local"


class RenderJobs(Protocol):
    """Makes films, keeps the books about them, and knows beforehand what they take."""

    async def estimate(self, order: RenderOrder) -> Estimate:
        """What the render will take."""

    async def finished(self, order: RenderOrder) -> RenderRecord | None:
        """The record of the same render done before, if its film is still there."""

    async def open(self, channel: str) -> tuple[RenderRecord, ...]:
        """The channel's renders that are being made, or wait to be."""
        ...

    def run(self, order: RenderOrder) -> AsyncGenerator[Progress | RenderRecord, None]:
        """Yield progress, then the record of the finished render.

        Cancelling the task cancels the render, and keeps that in its record. A render that was
        cancelled elsewhere (its record says so) is stopped, too.

        Raises:
            RenderFailed: The film could not be made; the record says so too.
        """


class Renders(Protocol):
    """What was rendered, and at what cost; estimates learn from it."""

    async def save(self, record: RenderRecord) -> None:
        """Insert or replace the record of a render."""

    async def find(self, render_id: str) -> RenderRecord | None:
        """A render by its id."""
        ...

    async def interrupt(self, render_id: str, error: str) -> None:
        """Close the books on a render that is still booked as running; else do nothing."""

    async def past(
        self, state: RenderState, channel: str | None = None
    ) -> tuple[RenderRecord, ...]:
        """The latest renders in a state, of a channel or of all, latest first."""


@dataclass(frozen=True, slots=True)
class RemoteRender:
    """A film that another service was asked for.

    `film` is the name of its file without the suffix. `ref` is the service's id of the render, in
    the service's `bucket`; both are "" as long as nobody knows whether it has begun. `since` is
    when it was asked for, or has begun.
    """

    film: str
    since: datetime
    ref: str = ""
    bucket: str = ""


class RemoteRenders(Protocol):
    """Remembers which films another service makes, so that none is asked for, and paid, twice."""

    async def find(self, film: str) -> RemoteRender | None:
        """What is known of a film."""
        ...

    async def ask(self, film: str, known: RemoteRender | None) -> RemoteRender | None:
        """Keep that a film is about to be asked for, in place of what was `known` of it.

        None where that is not what is known of it now: somebody else asks for it.
        """
        ...

    async def begun(self, film: str, ref: str, bucket: str) -> RemoteRender:
        """Keep what the service calls the render."""
        ...

    async def forget(self, film: str) -> None:
        """Forget a film; it is no error where it is not known."""
        ...

    async def forget_before(self, moment: datetime) -> int:
        """Forget the films that were asked for earlier; how many."""
        ...
