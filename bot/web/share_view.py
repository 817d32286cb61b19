"""What the share page shows, worked out of what the stores have. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from bot.engine.composition import Clip, Image, Video, called
from bot.engine.cost import dollars
from bot.engine.history import Entry, standing
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.timebase import length, timecode
from bot.ports import Head, RenderRecord

_MOST_HISTORY = 200
_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOST_TICKS = 8
_STRIP = 12


@dataclass(frozen=True, slots=True)
class Block:
    """An item on the timeline: `left` and `width` in percent, `start` in seconds."""

    kind: str
    words: str
    facts: str
    start: float
    left: float
    width: float
    enabled: bool
    strip: tuple["Picture", ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail, and where within a block it stands, in percent; `at` is where in the clip."""

    left: float
    width: float
    sha256: str
    at: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of items of which no two overlap."""

    name: str
    is_main: bool
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled moment of the ruler, at a percentage of the length."""

    left: float
    label: str


@dataclass(frozen=True, slots=True)
class ClipCard:
    """A file in the bin."""

    name: str
    facts: str
    sha256: str
    has_picture: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    number: int
    who: str
    at: datetime
    lines: tuple[str, ...]
    is_standing: bool


@dataclass(frozen=True, slots=True)
class Film:
    """The film that can be played; `is_current` is False where there were changes since."""

    link: str
    facts: str
    cost: str
    is_current: bool
    revision: int


@dataclass(frozen=True, slots=True)
class View:
    """All that is on the page. `poster` is the SHA-256 of the clip that the film begins with."""

    seconds: float
    facts: str
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    clips: tuple[ClipCard, ...]
    steps: tuple[Step, ...]
    month_cost: str
    film: Film | None
    poster: str


def film_of(record: RenderRecord, link: str, head: Head) -> Film:
    """A rendered film, as it is offered."""
    size = f"{record.width} × {record.height}, {record.size_bytes / 1e6:.1f} MB"
    facts = f"{timecode(record.seconds)} · {size}"
    is_current = record.revision == head.revision
    return Film(link, facts, dollars(record.cost_microusd), is_current, record.revision)


def view_of(shown: Head, history: Sequence[Entry], month_microusd: int, film: Film | None) -> View:
    """Put the page together; `shown` is the revision of the film, else the present one."""
    timeline = layout(shown.comp)
    return View(
        timeline.seconds,
        _facts(timeline),
        tuple(_lanes(timeline)),
        tuple(_ticks(timeline.seconds)),
        tuple(_card(clip) for clip in shown.comp.clips.values()),
        tuple(_steps(history)),
        dollars(month_microusd),
        film,
        next((p.sha256 for b in _lane(timeline.main, timeline) for p in b.strip), ""),
    )


def _facts(timeline: Timeline) -> str:
    canvas, count = timeline.canvas, len(timeline.main)
    fps = f"{float(canvas.fps.value):.2f}".rstrip("0").rstrip(".")
    clips = f"{count or 'no'} clip{'' if count == 1 else 's'}"
    return f"{clips} on the timeline · {canvas.width} × {canvas.height} · {fps} fps"


def _lanes(timeline: Timeline) -> Iterator[Lane]:
    """Overlays from the top one down, the main track, then sound."""
    for row in reversed(_packed(timeline.track("overlay"))):
        yield Lane("Overlay", False, _lane(row, timeline))
    yield Lane("Main track", True, _lane(timeline.main, timeline))
    for row in _packed(timeline.track("audio")):
        yield Lane("Sound", False, _lane(row, timeline))


def _packed(placed: Sequence[Placed]) -> list[list[Placed]]:
    """Rows in which no two items overlap."""
    rows: list[list[Placed]] = []
    for each in sorted((p for p in placed if p.frames), key=lambda p: p.start):
        row = next((row for row in rows if row[-1].end <= each.start), None)
        if row is None:
            rows.append(row := [])
        row.append(each)
    return rows


def _lane(placed: Sequence[Placed], timeline: Timeline) -> tuple[Block, ...]:
    return tuple(_block(each, timeline) for each in placed)


def _block(placed: Placed, timeline: Timeline) -> Block:
    item, fps = placed.item, timeline.canvas.fps
    start, end = fps.seconds(placed.start), fps.seconds(placed.end)
    return Block(
        item.type,
        called(item),
        f"{timecode(float(start))}–{timecode(float(end))}, {length(float(end - start))}",
        float(start),
        100 * placed.start / timeline.duration,
        100 * placed.frames / timeline.duration,
        item.enabled,
        _strip(placed, timeline) if placed.track == "main" else (),
    )


def _strip(placed: Placed, timeline: Timeline) -> tuple[Picture, ...]:
    """What is to be seen in an item, from left to right."""
    item = placed.item
    if isinstance(item, Image):
        return (Picture(0, 100, timeline.clips[item.clip].sha256, 0),)
    if not isinstance(item, Video):
        return ()
    clip = timeline.clips[item.clip]
    count = max(1, round(_STRIP * placed.frames / timeline.duration))
    frames = max(1, clip.frames(timeline.canvas.fps))
    return tuple(
        Picture(100 * n / count, 100 / count, clip.sha256, min(99, 100 * middle // frames))
        for n, middle in enumerate(_middles(item, count))
    )


def _middles(item: Video, count: int) -> Iterator[int]:
    """The source frames in the middles of equal parts of an item."""
    for part in range(count):
        yield floor(item.source_at(item.duration * (2 * part + 1) // (2 * count)))


def _ticks(seconds: float) -> Iterator[Tick]:
    step = next((each for each in _STEPS if seconds / each <= _MOST_TICKS), _STEPS[-1])
    moment = 0.0
    while moment < seconds * 0.96:  # the last one would stick out
        yield Tick(100 * moment / seconds, timecode(moment))
        moment += step


def _card(clip: Clip) -> ClipCard:
    size = f" · {clip.width} × {clip.height}" if clip.width else ""
    long = f" · {timecode(clip.seconds)}" if clip.seconds else ""
    return ClipCard(clip.name, f"{clip.kind}{long}{size}", clip.sha256, clip.kind != "audio")


def _steps(history: Sequence[Entry]) -> Iterator[Step]:
    """The latest first."""
    in_force = standing(history)
    for entry in reversed(history[-_MOST_HISTORY:]):
        at = datetime.fromisoformat(entry.at)
        yield Step(entry.seq, entry.author, at, entry.summary, entry.seq in in_force)
