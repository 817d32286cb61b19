"""When an added thing is on screen: moment, length, stretch, or all the time."""

from dataclasses import dataclass, field

from bot.adapters.planners.offline.outcomes import Miss, ask
from bot.adapters.planners.offline.phrases import Chunk, Number, Reference, Time
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.cutting import SAME
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.spans import Moment, Span, moment, span
from bot.engine.layout import Placed
from bot.engine.timebase import length, timecode

_ON = ("on", "in", "to", "over", "onto", "into", "at", "for", "of", "under", "across",
       "throughout", "on top of", "with")  # fmt: skip

_AT = ("at", "@", "from", "in", "near", "around", "starting at", "starting from", "after",
       "beginning at", "on", "to")  # fmt: skip


@dataclass
class Timing:
    """What a clause says about time; judged by `start_and_length`."""

    say: Say
    whole: bool = False
    stretch: Span | None = None
    at: Moment | None = None
    lasts: float | None = None
    on: Chunk | None = None
    beside: Chunk | None = None
    ends: bool = False
    assumed: list[str] = field(default_factory=list)

    @property
    def said(self) -> bool:
        return bool(self.whole or self.stretch or self.at or self.lasts or self.on or self.beside)

    def start_and_length(self, usual: float | None) -> tuple[float, float | None]:
        """Seconds of the timeline, and the length: `usual` where none is said.

        Raises:
            Unclear: A moment lies outside the film, or an item is not found.
        """
        if self.stretch is not None:
            start, end = self._stretched(self.stretch)
            return start, round(end - start, 6)
        lasts = self.lasts or usual
        on = self._on()
        low, high = self.say.scene.span(on) if on else (0.0, self.say.scene.duration)
        if self.beside is not None:
            return self._beside(self.beside, lasts or 0.0), lasts
        if self.ends or (self.at is not None and self.at.is_end):
            return round(max(low, high - (lasts or 0.0)), 6), lasts
        start = self._moment(self.at, on) if self.at else low
        if on is not None and lasts and not self.lasts and start < high:
            lasts = round(min(lasts, high - start), 6)  # “on clip 2”: not beyond it
        return start, lasts

    def _moment(self, at: Moment, on: Placed | None) -> float:
        """A moment beside an item: counted inside it, or a time of the film that lies inside.

        Raises:
            Unclear: It can be both.
        """
        if on is None or not isinstance(at.chunk.value, Time) or at.chunk.prep == "into":
            return at.seconds(on)
        low, high = self.say.scene.span(on)
        film, own = at.chunk.value.seconds, low + at.chunk.value.seconds
        if not low <= film < high - SAME or film == own:
            return at.seconds(on)
        if own >= high - SAME:
            return film
        raise ask(
            f"Shall it start at {timecode(film)} of the film, or {length(film)} into "
            f"“{on.item.label}”?"
        )

    def _stretched(self, stretch: Span) -> tuple[float, float]:
        on = self._on()
        start, end = (
            stretch.seconds(on) if on and (stretch.edge or stretch.fits(on)) else stretch.seconds()
        )
        if self.lasts is None:
            return start, end
        return start, start + self.lasts

    def limit(self) -> None:
        """“on the beach the whole time”: as long as that lasts, and not the film."""
        on = self._on() if self.whole and self.on is not None and self.lasts is None else None
        if on is not None:
            low, high = self.say.scene.span(on)
            self.whole, self.lasts = False, round(high - low, 6)

    def _on(self) -> Placed | None:
        scene = self.say.scene
        if self.on is not None:
            items = find(scene, self.on.value)
            ref = self.on.value
            whole = len(items) > 1 and ref.kind in ("film", "video", "all")
            if len(items) > 1 and not whole:
                raise Miss
            return None if whole else items[0]
        if scene.scope:
            scene.pending = ""
            return scene.placed(scene.scope[0])
        return None

    def _beside(self, beside: Chunk, length: float) -> float:
        start, end = self.say.scene.span(find(self.say.scene, beside.value)[0])
        return max(0.0, start - length) if "before" in beside.prep else end


def timing(say: Say) -> Timing:
    """Take everything that a clause says about time."""
    found = Timing(say, whole=say.words("whole time"))
    found.on = _when(say, found)
    found.stretch = span(say, open_ended=False)
    if lasting := say.take(Time, "for", "lasting", "only for", "for only", "for about", "over"):
        found.lasts = lasting.seconds
    elif number := say.take(Number, "for"):
        found.lasts = number.value
        say.scene.assume(f"“{number.raw}” was taken for seconds.")
    found.at = moment(say, *_AT)
    if found.at is None and say.peek(Reference, "into") and (inside := say.chunk(Time, "")):
        found.at = Moment(say, inside.but(prep="into"))
    if found.lasts is None and (plain := say.take(Time, "")):
        found.lasts = plain.seconds
    say.words("last for, start") if found.lasts or found.at else None
    if found.on is None:
        found.on = say.chunk(Reference, *_ON)
    if found.on is None and not found.beside:
        found.beside = say.chunk(Reference, "after", "before", "right after", "right before",
                                 "just after", "just before")  # fmt: skip
    found.limit()
    return found


def _when(say: Say, found: Timing) -> Chunk | None:
    """“when the second clip starts”."""
    chunks = say.clause.chunks
    for at in range(len(chunks) - 2):
        text = getattr(chunks[at].value, "text", "")
        verb: frozenset[str] = getattr(chunks[at + 2].value, "meanings", frozenset())
        starts = text in ("when", "once", "where") and isinstance(chunks[at + 1].value, Reference)
        if starts and verb & {"start", "end"} and at not in say.used:
            say.used |= {at, at + 1, at + 2}
            found.ends = "end" in verb
            return chunks[at + 1]
    return None
