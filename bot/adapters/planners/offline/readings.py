"""What may be meant where something is said: a message in times, or several to choose from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.adapters.planners.offline.outcomes import Unclear, ask
from bot.adapters.planners.offline.rewriting import Change, as_text, changed, span_text, together
from bot.adapters.planners.offline.saying import Mention
from bot.adapters.planners.speech import Hit
from bot.engine.layout import Placed, Timeline
from bot.engine.timebase import timecode
from bot.ports import Choice

_LONG = 60  # letters
_MOST_LISTED = 6
_MOST_RANGES = 20
_FILM = re.compile(
    r"(?: (?:the|this|that|it|video|film|movie|vid|whole|thing|edit|off|out|us|everything|with"
    r"|all|only|just|clip|anything))*\s*",
    re.IGNORECASE,
)
_MAKING = re.compile(
    r"\b(?:(?:make|let|have|trim|cut|want)\b ?)?"
    r"(?:(?:it|this|(?:the |this )?(?:video|film|movie|vid|edit))\b ?)?"
    r"(?:(?:should|must|to|has to|needs to|shall)\b ?)*$",
    re.IGNORECASE,
)
_ALL = re.compile(r" (?:out |away )?(?:everything|anything|all)\b", re.IGNORECASE)
_INCLUDED = re.compile(r"\bwith\b", re.IGNORECASE)

Reading = tuple[str, list[Change]]
"""What is meant, in a word or two, and how the message says it in times."""


@dataclass(frozen=True)
class Readings:
    """A mention in its message; `item` is the clip that is named beside it, at `named`.

    `end` is where the words end.
    """

    text: str
    mention: Mention
    timeline: Timeline
    item: Placed | None
    named: tuple[int, int]
    end: int

    def of(self, hit: Hit) -> list[Reading]:
        """What may be meant where something is said once; one reading has no name."""
        said = self.mention
        if self.item and said.verb in ("keep", ""):
            return self._with_a_clip(hit)
        if said.verb in ("begin", "end", "keep") and (whole := self._whole()):
            return self._edges(hit, whole)
        if said.verb == "split":
            return self._at(hit.high if said.lead == "after" else hit.low)
        if said.lead in ("before", "until", "after", "from"):
            return self._side(hit)
        if said.verb == "cut" and said.lead == "when":
            return self._split_or_cut(hit)
        if said.verb == "stretch" and said.lead == "when":
            return self._how_far(hit)
        if said.verb in ("remove", "mute", "keep", "stretch", "cut"):
            return self._between(hit.low, hit.high)
        return self._at(hit.onset)

    def every(self, hits: Sequence[Hit]) -> list[Change] | None:
        """All places at once: split at each, cut or mute each; None for anything else."""
        said, drop = self.mention, self._nameless
        spans = [span_text(*pair) for pair in together(hits)]
        match said.verb:
            case "split":
                moments = " and ".join(as_text(hit.low) for hit in hits)
                return [(*self._here, f"at {moments}"), *drop]
            case "remove" | "cut":
                return [(*said.at, "remove"), (*self._here, ", ".join(spans)), *drop]
            case "mute":
                return [(*self._here, " and mute ".join(spans)), *drop]
        return None

    def sentences(self, phrase: str, hits: Sequence[Hit]) -> Unclear:
        """Where a word is said it may be talked about; how far that goes nobody knows."""
        label, verb = {"keep": ("Keep only these", "remove"), "mute": ("Mute these", "mute")}.get(
            self.mention.verb, ("Cut these out", "remove")
        )
        spans = self._others(hits) if self.mention.verb == "keep" else together(hits)
        joint = " and mute " if verb == "mute" else ", "
        plain = f"{verb} {joint.join(span_text(*pair) for pair in spans)}"
        first, last = self.mention.clause
        choice = Choice(label, changed(self.text, [(first, last, f" {plain}")]))
        rows = "\n".join(f"• {hit.place}: {hit.text}" for hit in hits[:_MOST_LISTED])
        more = f"\n• and {len(hits) - _MOST_LISTED} more" if len(hits) > _MOST_LISTED else ""
        times = "sentence" if len(hits) == 1 else "sentences"
        return ask(
            f"“{phrase}” is said in {len(hits)} {times}:\n{rows}{more}\nIs that what "
            "you mean? For other times, say them.",
            *([choice] if len(spans) <= _MOST_RANGES else []),
        )

    def bounds(self) -> tuple[float, float]:
        """Where the film, or the clip that is named, starts and ends."""
        seconds = self.timeline.canvas.fps.seconds
        if self.item is None:
            return 0.0, self.timeline.seconds
        return seconds(self.item.start), seconds(self.item.end)

    def between(self, low: float, high: float) -> list[Change]:
        """The message with a stretch in place of the words."""
        return [(*self._here, f"from {as_text(low)} to {as_text(high)}"), *self._nameless]

    @property
    def _here(self) -> tuple[int, int]:
        return self.mention.start, self.end

    @property
    def _nameless(self) -> list[Change]:
        """Times are those of the film, so the clip's name is left out."""
        return [(*self.named, "")] if self.item else []

    def _between(self, low: float, high: float) -> list[Reading]:
        return [("", self.between(low, high))]

    def _at(self, moment: float) -> list[Reading]:
        return [("", [(*self._here, f"at {as_text(moment)}"), *self._nameless])]

    def _with_a_clip(self, hit: Hit) -> list[Reading]:
        """A clip is named too: times that are said with it might be counted from its start."""
        if self.mention.verb == "keep" or self.item is None or self.item.start:
            raise ask(
                f"“{hit.text}” is said at {hit.place}. Can you say it with the time, and without "
                "the clip?"
            )
        return [("", [(*self._here, f"at {as_text(hit.onset)}")])]

    def _split_or_cut(self, hit: Hit) -> list[Reading]:
        verb = self.mention.at
        return [
            ("Split there", [(*verb, "split"), *self._at(hit.low)[0][1]]),
            ("Cut the words out", [(*verb, "remove"), *self.between(hit.low, hit.high)]),
        ]

    def _how_far(self, hit: Hit) -> list[Reading]:
        end = self.timeline.canvas.fps.seconds(hit.words[-1].until)
        return [
            ("While it is said", self.between(hit.low, hit.high)),
            (f"To {timecode(end)}, where the clip ends", self.between(hit.low, end)),
        ]

    def _side(self, hit: Hit) -> list[Reading]:
        """“cut everything before she says 'welcome'”, of the film or of a clip."""
        lead = self.mention.lead
        at = hit.high if lead == "after" else hit.low
        if lead == "until" and self._trims:
            return self._until(hit)
        if self.item is None:
            there = (*self._here, f"{lead} {as_text(at)}")
            return [("", [there, *self._removed()])]
        start, end = self.bounds()
        low, high = (at, end) if lead in ("after", "from") else (start, at)
        verb = "mute" if self.mention.verb == "mute" else "remove"
        plain = f" {verb} from {as_text(low)} to {as_text(high)}"
        return [("", [(*self.mention.clause, plain)])]

    @property
    def _trims(self) -> bool:
        first, last = self.mention.at
        whole = _ALL.match(self.text, last)  # “trim everything up to …”
        return self.text[first:last].casefold() in ("trim", "recorta") and not whole

    def _until(self, hit: Hit) -> list[Reading]:
        """“trim the interview until he says 'budget'”: what is before it goes, or what follows."""
        (start, end), clause = self.bounds(), self.mention.clause
        return [
            ("Cut what is before", [(*clause, f" remove from {span_text(start, hit.low)}")]),
            ("Cut what follows", [(*clause, f" remove from {span_text(hit.low, end)}")]),
        ]

    def _removed(self) -> list[Change]:
        """“cut everything before …” is to remove it, however little is left."""
        first, last = self.mention.at
        whole = _ALL.match(self.text, last)
        return [(first, last, "remove")] if whole and self.mention.verb == "cut" else []

    def _edges(self, hit: Hit, whole: tuple[int, int]) -> list[Reading]:
        """“start at 'hello'”, “end after 'goodbye'”, “keep everything before 'goodbye'”."""
        said, (start, end) = self.mention, self.bounds()
        if said.verb == "begin" or (said.verb == "keep" and said.lead in ("after", "from")):
            at = hit.high if said.lead == "after" else hit.low
            return [("", [(*whole, f"remove from {as_text(start)} to {as_text(at)}")])]
        behind = [(*whole, f"remove from {as_text(hit.high)} to {as_text(end)}")]
        before = [(*whole, f"remove from {as_text(hit.low)} to {as_text(end)}")]
        with_it = _INCLUDED.search(self.text, said.at[1], said.start)
        if said.lead == "after" or with_it:
            return [("", behind)]
        if said.lead in ("before", "until"):
            return [("", before)]
        if said.verb == "keep":
            return self._between(hit.low, hit.high)
        return [(f"End after “{hit.text}”"[:_LONG], behind), ("End before it", before)]

    def _whole(self) -> tuple[int, int] | None:
        """From “start” or “make it start” to the words, where nothing but film or clip is named."""
        said, (first, last) = self.mention, self.named
        start = said.at[0]
        if start >= said.start:
            return None
        name = [(first - said.at[1], last - said.at[1], "")] if first >= said.at[1] else []
        rest = changed(self.text[said.at[1] : said.start], name if self.item else [])
        if not _FILM.fullmatch(f" {rest}"):
            return None
        if self.item and first < start:
            start = first
        made = _MAKING.search(self.text, 0, start)
        return min(start, made.start()) if made else start, self.end

    def _others(self, hits: Sequence[Hit]) -> list[tuple[float, float]]:
        """All that lies between some stretches, before and behind them."""
        start, end = self.bounds()
        edges = [start, *(edge for pair in together(hits) for edge in pair), end]
        return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
