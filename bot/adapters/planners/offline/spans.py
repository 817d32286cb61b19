"""Stretches of time as a clause names them, taken first and judged when all is read."""

from dataclasses import dataclass

from bot.adapters.planners.offline.outcomes import Miss, ask
from bot.adapters.planners.offline.phrases import (
    Bound,
    Chunk,
    Edge,
    Number,
    Point,
    Reference,
    Share,
    Stretch,
    Time,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.say import WITHIN, Aim, Say, outside
from bot.adapters.planners.offline.scene import Scene
from bot.engine.layout import Placed
from bot.engine.timebase import length, timecode

Seconds = tuple[float, float]
_OPEN = (
    "after",
    "before",
    "until",
    "till",
    "up to",
    "from",
    "starting from",
    "starting at",
    "up until",
    "to",
)
_FROM = ("at", "@", "from", "starting at")
_UNTIL = ("until", "till", "up until")
_DURING = ("during", "over", "throughout", "across", "under", "while", "along")
_HOLLOW = ("part", "all", "clip", "film", "video")


@dataclass(frozen=True)
class Span:
    """A stretch, an edge ("the last 3 seconds"), an open range, or the time of another item."""

    scene: Scene
    chunk: Chunk

    @property
    def edge(self) -> Edge | None:
        return self.chunk.value if isinstance(self.chunk.value, Edge) else None

    def seconds(self, within: Placed | None = None) -> Seconds:
        """Seconds of the timeline; counted inside `within` where an item is given.

        Raises:
            Unclear: It is reversed, empty, or outside the film.
        """
        low, high = self.scene.span(within) if within else (0.0, self.scene.duration)
        start, end = self._bounds(low, high)
        if start is None or end is None:
            raise ask("A chat has no playhead, so I cannot tell where “here” is: give me a time.")
        if start > end:
            raise ask(f"{timecode(end)} lies before {timecode(start)}. Which stretch do you mean?")
        slack = 1.5 / float(self.scene.comp.canvas.fps.value)
        if start == end or end > high + slack or start < low - slack:
            if within is not None:
                raise ask(
                    f"“{within.item.label}” is {self.scene.lasts(within)} long, so "
                    f"{timecode(start - low)}–{timecode(end - low)} is not inside."
                )
            raise outside(self.scene, end) if end > high else ask("That stretch of time is empty.")
        return max(start, low), min(end, high)

    def fits(self, within: Placed) -> bool:
        """Whether it lies inside an item, counted from the item's start."""
        low, high = self.scene.span(within)
        start, end = self._bounds(low, high)
        return start is not None and end is not None and low <= start < end <= high + 0.05

    def _bounds(self, low: float, high: float) -> tuple[float | None, float | None]:
        value, prep = self.chunk.value, self.chunk.prep
        if isinstance(value, Reference):
            found = find(self.scene, value)
            rows = sorted(placed.index for placed in found if placed.track == "main")
            if rows and rows != list(range(rows[0], rows[-1] + 1)):
                raise ask("That is more than one stretch of time. Can you say it one by one?")
            spans = [self.scene.span(placed) for placed in found]
            return min(s for s, _ in spans), max(e for _, e in spans)
        if isinstance(value, Edge):
            size = _size(value.amount, high - low)
            return (low, low + size) if value.side == "first" else (high - size, high)
        if isinstance(value, Stretch):
            return self._moment(value.start, low, high), self._moment(value.end, low, high)
        at = self._moment(value, low, high)
        return (
            (at, high) if prep in ("after", "from", "starting from", "starting at") else (low, at)
        )

    def _moment(self, bound: Bound, low: float, high: float) -> float | None:
        return self.scene.moment(bound, low, high)


def _size(amount: Time | Share, whole: float) -> float:
    return amount.seconds if isinstance(amount, Time) else round(amount.part * whole, 6)


def span(say: Say, *, open_ended: bool = True) -> Span | None:
    """Take a stretch of time, and the hollow noun before it ("the part from … to …")."""
    if half := _split_half(say):
        return half
    found = say.chunk(Stretch) or say.chunk(Edge) or _apart(say)
    if found is None and open_ended:
        found = say.chunk(Time, *_OPEN[:7]) or say.chunk(Point, *_OPEN[:4])
    if found is None:
        found = say.chunk(Reference, *_DURING, test=lambda chunk: not chunk.value.pronoun)
        if found is not None and say.brings_overlay():
            raise Miss  # “over the outro, half transparent”, with a picture attached
    if found is None:
        found = _piece(say) or _in_front(say)
    elif not isinstance(found.value, Reference):
        say.chunk(Reference, "", test=is_hollow)
    return Span(say.scene, found) if found else None


def _apart(say: Say) -> Chunk | None:
    """“punch in at 0:10 to 120% until 0:14”: from the one to the other."""
    if not (say.peek(Time, *_FROM) and say.peek(Time, *_UNTIL)):
        return None
    first, last = say.chunk(Time, *_FROM), say.chunk(Time, *_UNTIL)
    if first is None or last is None:
        raise Miss
    return first.but(value=Stretch(first.value, last.value), prep="from")


def _in_front(say: Say) -> Chunk | None:
    """The time that an earlier clause has set: “from 0:05 to 0:10, …”."""
    if say.scene.stretch is None:
        return None
    say.scene.stretch_used = True
    say.chunk(Reference, "", test=is_hollow)
    return Chunk(_exactly(say.scene.stretch), 0, 0)


def is_hollow(chunk: Chunk) -> bool:
    """“the part”, “everything”: a noun that only carries the stretch behind it."""
    ref = chunk.value
    return ref.kind in ("part", "all") and not (ref.numbers or ref.name or ref.but or ref.which)


def _piece(say: Say) -> Chunk | None:
    """“the second half”, “the middle”: one of the parts that this message has just split."""
    pieces = say.scene.pieces
    if not pieces:
        return None
    if len(pieces) == 1:
        spoken = say.chunk(Reference, "", test=lambda c: c.value.pronoun or is_hollow(c))
        return spoken and spoken.but(value=_exactly(pieces[0]))
    found = say.chunk(Point, "", test=lambda chunk: chunk.value.name == "middle")
    if found is not None:
        return found.but(value=_exactly(pieces[len(pieces) // 2])) if len(pieces) % 2 else None
    found = say.chunk(Reference, "", test=_names_piece)
    if found is None:
        return None
    ref = found.value
    if ref.which == "middle":
        return found.but(value=_exactly(pieces[len(pieces) // 2])) if len(pieces) % 2 else None
    index = ref.numbers[0] - 1 if ref.numbers[0] > 0 else len(pieces) + ref.numbers[0]
    if not 0 <= index < len(pieces):
        raise Miss
    return found.but(value=_exactly(pieces[index]))


def _names_piece(chunk: Chunk) -> bool:
    ref = chunk.value
    return (
        ref.kind in ("part", "")
        and not ref.name
        and (len(ref.numbers) == 1 or ref.which == "middle")
    )


def _exactly(piece: Seconds) -> Stretch:
    return Stretch(Time(piece[0]), Time(piece[1]))


def split_piece(say: Say) -> Span | None:
    """Take "the second half" where this message has just split something in two."""
    if not say.scene.pieces:
        return None
    if half := _split_half(say):
        return half
    found = _piece(say)
    return Span(say.scene, found) if found else None


def _split_half(say: Say) -> Span | None:
    pieces = say.scene.pieces
    alone = len(pieces) > 1 and not say.peek(Reference, *WITHIN)
    share = say.chunk(Edge, "", "in", test=_is_share) if alone else None
    if share is None:
        return None
    piece = pieces[0] if share.value.side == "first" else pieces[-1]
    return Span(say.scene, share.but(value=_exactly(piece)))


def _is_share(chunk: Chunk) -> bool:
    return isinstance(chunk.value.amount, Share)


def located(aim: Aim, found: Span, item: Placed) -> Seconds:
    """Where a stretch lies that is said together with an item.

    Counted inside the item where the words say so ("the first 2 s of", "in the beach") or where
    only that fits; otherwise it is a time of the film.
    """
    if isinstance(found.chunk.value, Reference):
        return found.seconds()
    local = (
        aim.scoped
        or (found.edge is not None and found.edge.own)
        or (aim.ref is not None and (aim.ref.prep in WITHIN or bool(found.edge)))
    )
    if local and (found.edge or found.fits(item)):
        return found.seconds(item)
    low, high = found.scene.span(item)
    start, end = found.seconds() if _in_film(found) else (high, low)
    if low - 0.05 <= start < end <= high + 0.05 or not found.fits(item):
        return start, end
    return found.seconds(item)


def _in_film(found: Span) -> bool:
    start, end = found._bounds(0.0, found.scene.duration)
    return start is not None and end is not None and start < end <= found.scene.duration + 0.05


def moment(say: Say, *preps: str) -> "Moment | None":
    """Take a moment: "at 0:05", "at the end", "2 seconds before the end", "when clip 2 starts"."""
    allowed = preps or (
        "at",
        "@",
        "on",
        "in",
        "near",
        "around",
        "from",
        "starting at",
        "to",
        "until",
        "after",
    )
    point = say.chunk(Point, "before", "after", "from", "into")
    if point is not None:
        distance = say.chunk(Time, "", "at")
        return Moment(say, point, distance)
    if (
        found := say.chunk(Time, *allowed)
        or say.chunk(Point, *allowed)
        or say.chunk(Number, *allowed)
    ):
        return Moment(say, found)
    return None


@dataclass(frozen=True)
class Moment:
    """A moment, perhaps at a distance from a named one."""

    say: Say
    chunk: Chunk
    distance: Chunk | None = None

    @property
    def is_end(self) -> bool:
        return self.chunk.value == Point("end") and self.distance is None

    @property
    def is_start(self) -> bool:
        return self.chunk.value == Point("start") and self.distance is None

    def seconds(self, within: Placed | None = None) -> float:
        """Seconds of the timeline, counted inside an item where one is given.

        Raises:
            Unclear: It lies outside, or is "here".
        """
        scene = self.say.scene
        low, high = scene.span(within) if within else (0.0, scene.duration)
        at = scene.moment(self.chunk.value, low, high)
        if at is None:
            raise ask("A chat has no playhead, so I cannot tell where “here” is: give me a time.")
        if self.distance is not None:
            away = self.distance.value.seconds
            at += away if self.chunk.prep in ("after", "into") or self.is_from_start else -away
        if not low - 0.02 <= at <= high + 0.05:
            if within is None:
                raise outside(scene, at)
            raise ask(
                f"“{within.item.label}” is {length(high - low)} long; "
                f"{length(max(0, at - low))} is not inside."
            )
        return min(max(at, low), high)

    @property
    def is_from_start(self) -> bool:
        return self.chunk.value == Point("start") and self.chunk.prep == "from"
