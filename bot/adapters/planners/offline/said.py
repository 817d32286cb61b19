"""Spoken words as moments: “cut everything before she says 'welcome'” is “… before 1.5s”.

Only the words that tell where are exchanged, for times of the film, so that the rules about times
read the rest. Cuts lie in the pauses around the words; what is put over the film begins with them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bot.adapters.planners.offline.content import look_into
from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.message import own_words, source
from bot.adapters.planners.offline.outcomes import MOST_CHOICES, Unclear, ask, refuse
from bot.adapters.planners.offline.phrases import Chunk, Reference
from bot.adapters.planners.offline.readings import Readings
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rewriting import Change, changed
from bot.adapters.planners.offline.saying import Mention, in_order, mention, swears
from bot.adapters.planners.offline.scan import scan
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.vocabulary.speech import FILLING
from bot.adapters.planners.speech import Hit, Speech, voices
from bot.engine.layout import Placed, layout
from bot.engine.timebase import timecode
from bot.ports import Choice, Request

NOBODY = "I hear nobody speak in these clips."

_MOST_MENTIONS = 8
_MOST_HITS = 150
_MOST_LISTED = 6
_LEFT_OUT = "Whoever writes down speech often leaves them out."
_GOES_ON = re.compile(
    r"(?:and|then|but|so|please|pls|plz|in|from|for|to|with|at|of|on|out|because|thanks)\b",
    re.IGNORECASE,
)
_ON_CLIPS = ("split", "remove", "cut", "mute", "keep", "begin", "end", "stretch")


@dataclass
class Told:
    """A message in times, and what was heard, for the receipt."""

    text: str
    lines: list[str] = field(default_factory=list)


def in_times(request: Request, lexicon: Lexicon) -> Told:
    """A message with the words that are said exchanged for the times at which they are.

    Raises:
        Unseen: Somebody has to listen first.
        Unclear: They are not said, or several times; or something has to be asked first.
    """
    told = Told(request.text)
    for _ in range(_MOST_MENTIONS):
        own = own_words(told.text)
        if swears(own):
            raise ask("Which word shall I look for? Say “mute the part where he says 'damn'”.")
        found = mention(own, request.comp)
        if found is None or not layout(request.comp).main:
            break
        if told.text != (moved := in_order(told.text, found)):
            told.text = moved
        elif not _Exchange.of(replace(request, text=told.text), found, lexicon).do(told):
            break
    return told


def unheard(speech: Speech, phrase: str, *, asked: bool = False) -> Unclear:
    """Nobody says that; told is what comes nearest. `asked`: it was a mere question."""
    kept = "" if asked else " Nothing was changed."
    if not speech.lines:
        return refuse(f"{NOBODY}{kept}")
    near = speech.nearest(phrase)
    nearest = f" The nearest is “{near.text}” at {near.place}." if near else ""
    return refuse(f"I do not hear “{phrase}”.{nearest}{kept}")


@dataclass(frozen=True)
class _Exchange:
    """Exchanging one mention; `item` is the clip that is named beside it, at `named`."""

    request: Request
    mention: Mention
    speech: Speech
    item: Placed | None
    named: tuple[int, int]

    @classmethod
    def of(cls, request: Request, found: Mention, lexicon: Lexicon) -> "_Exchange":
        timeline, (item, named) = layout(request.comp), _named(request, found, lexicon)
        within = (item,) if item and found.verb in _ON_CLIPS else voices(timeline)
        look_into(request, within, "speech")
        return cls(request, found, Speech(request, timeline, within), item, named)

    def do(self, told: Told) -> bool:
        """Put times into the message; False where it was about something else after all.

        Raises:
            Unclear: Something has to be told or asked first.
        """
        said = self.mention
        phrase, end, hits = self._found()
        if not hits and said.unsure:
            return False
        if not hits:
            raise unheard(self.speech, phrase)
        readings = self._readings(end)
        if said.about and said.verb in ("keep", "remove", "mute", "cut"):
            raise readings.sentences(phrase, self.speech.about(phrase))
        told.text = changed(self.request.text, self._changes(phrase, hits, readings))
        told.lines.append(self._line(phrase, hits))
        return True

    def _readings(self, end: int) -> Readings:
        timeline = layout(self.request.comp)
        text = self.request.text
        return Readings(text, self.mention, timeline, self.item, self.named, end)

    def _changes(self, phrase: str, hits: Sequence[Hit], readings: Readings) -> list[Change]:
        if self.mention.second:
            return self._pair(hits, readings)
        if self.mention.each:
            return self._all(phrase, hits, readings)
        if len(hits) > 1:
            raise self._which(phrase, hits, readings)
        found = readings.of(hits[0])
        if len(found) > 1:
            choices = (Choice(name, changed(self.request.text, each)) for name, each in found)
            place = f"“{hits[0].text}” is said at {hits[0].place}."
            raise ask(f"{place} What shall I do there?", *choices)
        return found[0][1]

    def _found(self) -> tuple[str, int, tuple[Hit, ...]]:
        """The phrase, where it ends in the message, and where it is said.

        Without quotes it ends where nobody says the next word, and that one begins something else.
        """
        said = self.mention
        if said.fillers:
            return said.phrase, said.end, self._fillers()
        hits = self.speech.loosely(said.phrase) if said.loose else self.speech.hits(said.phrase)
        words = [*re.finditer(r"\S+", said.phrase)] if said.loose and not hits else []
        for word, following in reversed([*pairwise(words)]):
            phrase = said.phrase[: word.end()]
            if _GOES_ON.match(following[0]) and (shorter := self.speech.loosely(phrase)):
                return phrase, said.end - len(said.phrase) + word.end(), shorter
        if said.sentence:
            hits = self.speech.about(said.phrase)
        return said.phrase, said.end, hits

    def _fillers(self) -> tuple[Hit, ...]:
        found = [hit for word in FILLING for hit in self.speech.hits(word, exactly=True)]
        if not found:
            raise refuse(f"I hear no “um” or “uh”. {_LEFT_OUT} Nothing was changed.")
        return tuple(sorted(found, key=lambda hit: hit.onset))

    def _line(self, phrase: str, hits: Sequence[Hit]) -> str:
        if self.mention.fillers:
            return f"{len(hits)} filler words were heard. {_LEFT_OUT}"
        if len(hits) > 1:
            return f"“{phrase}” is said {len(hits)} times."
        return f"“{hits[0].text}” is said at {hits[0].place}."

    def _which(self, phrase: str, hits: Sequence[Hit], readings: Readings) -> Unclear:
        text = self.request.text
        choices = [
            Choice(f"{name}: {hit.place}" if name else hit.place, changed(text, each))
            for hit in hits
            for name, each in readings.of(hit)
        ]
        every = readings.every(hits) if self.mention.lead in ("when", "part", "words") else None
        choices = choices[: MOST_CHOICES - 1]
        if every and len(hits) <= _MOST_HITS and not (self.mention.lead == "when" and _cuts(self)):
            choices.append(Choice(f"All {len(hits)}", changed(text, every)))
        times = ", ".join(hit.place for hit in hits[:_MOST_LISTED])
        more = f" and {len(hits) - _MOST_LISTED} more" if len(hits) > _MOST_LISTED else ""
        return ask(f"“{phrase}” is said {len(hits)} times: {times}{more}. Which one?", *choices)

    def _all(self, phrase: str, hits: Sequence[Hit], readings: Readings) -> list[Change]:
        """Every place at once.

        Raises:
            Unclear: That is for one place at a time, or there are too many.
        """
        if len(hits) > _MOST_HITS:
            raise ask(
                f"That is said {len(hits)} times; I take up to {_MOST_HITS} at once. Can you say "
                "it for one clip, or with more words?"
            )
        if every := readings.every(hits):
            return every
        if self.mention.verb == "keep":
            raise readings.sentences(phrase, hits)
        if len(hits) > 1:
            raise self._which(phrase, hits, readings)
        return readings.of(hits[0])[0][1]

    def _pair(self, firsts: Sequence[Hit], readings: Readings) -> list[Change]:
        """“from 'so anyway' to 'moving on'”.

        Raises:
            Unclear: One of them is not said, or it is not clear what goes with it.
        """
        said = self.mention
        lasts = self.speech.hits(said.second)
        if not lasts:
            raise unheard(self.speech, said.second)
        pairs = [(a, b) for a in firsts for b in lasts if b.low >= a.high]
        if not pairs:
            raise ask(f"“{said.second}” is not said behind “{said.phrase}”. Which part is meant?")
        found = [
            (f"{timecode(a.low)}–{timecode(at)} {name}", readings.between(a.low, at))
            for a, b in pairs
            for name, at in self._ends(b)
        ]
        if len(found) == 1:
            return found[0][1]
        text = self.request.text
        raise ask(
            "Where does that end?", *(Choice(name, changed(text, each)) for name, each in found)
        )

    def _ends(self, last: Hit) -> list[tuple[str, float]]:
        """Whether the last words go with the stretch: by “to” people mean either."""
        with_it = (f"(with “{self.mention.second}”)", last.high)
        without = (f"(without “{self.mention.second}”)", last.low)
        joint = self.mention.joint.casefold()
        if joint in ("until", "till", "up to"):
            return [without]
        return (
            [with_it] if self.mention.verb == "keep" or joint == "through" else [with_it, without]
        )


def _cuts(exchange: _Exchange) -> bool:
    return exchange.mention.verb == "cut"


def _named(
    request: Request, said: Mention, lexicon: Lexicon
) -> tuple[Placed | None, tuple[int, int]]:
    """The one clip that is named beside a mention, and where in the message."""
    low, high = said.clause
    text = "".join(
        letter if low <= at < said.start or said.end <= at < high else " "
        for at, letter in enumerate(request.text)
    )
    src = source(text, request.comp, lexicon)
    chunks = [chunk for chunk in scan(src) if _names_clip(chunk)]
    if len(chunks) != 1:
        return None, (0, 0)
    try:
        items = find(Scene.of(replace(request, text=text), src), chunks[0].value)
    except Unclear:
        return None, (0, 0)
    if len(items) != 1 or items[0].track != "main":
        return None, (0, 0)
    tokens = src.tokens[chunks[0].first : chunks[0].last]
    return items[0], (tokens[0].start, tokens[-1].end)


def _names_clip(chunk: Chunk) -> bool:
    ref = chunk.value
    if not isinstance(ref, Reference) or ref.pronoun or ref.kind in ("film", "all", "part"):
        return False
    return bool(ref.name or ref.numbers or ref.which or ref.ids or ref.kind in ("intro", "outro"))
