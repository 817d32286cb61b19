"""A clause as the rules read it: slots are taken until nothing is left unsaid."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.adapters.planners.offline.clause import Clause, listed
from bot.adapters.planners.offline.leftovers import FAMILIES, is_idle, mixed, ranks
from bot.adapters.planners.offline.neighbours import beside
from bot.adapters.planners.offline.outcomes import Miss, ask, refuse
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Quote,
    Reference,
    Time,
    Word,
)
from bot.adapters.planners.offline.resolve import count, default_items, find, is_clip, is_text
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.offline.wants import ANY, Want
from bot.engine.layout import Placed
from bot.engine.select import Selector
from bot.engine.timebase import length, timecode

T = TypeVar("T")

OBJECT = ("", "of", "in", "on", "from", "for", "to", "over", "into", "onto", "with", "at", "inside",
          "off", "out of", "within", "around", "under", "across")  # fmt: skip
WITHIN = ("of", "in", "from", "inside", "into", "within", "out of", "off", "off of", "on")
_NEIGHBOURS = ("after", "before", "between", "in between")
_NOT = ("not", "not to")
_VAGUE = ("clip", "video", "title", "text", "image", "music", "part", "")


@dataclass
class Say:
    """One attempt of one rule at one clause. Slots are marked as used when they are taken."""

    clause: Clause
    scene: Scene
    used: set[int] = field(default_factory=set)

    # --- words ---

    def word(self, *meanings: str) -> Word | None:
        """Take the first word with one of the meanings; they may be listed with commas."""
        wanted = listed(*meanings)
        for at, chunk in enumerate(self.clause.chunks):
            word = chunk.value
            if at in self.used or not isinstance(word, Word):
                continue
            if not word.meanings.isdisjoint(wanted):
                self.used.add(at)
                return word
        return None

    def words(self, *meanings: str) -> bool:
        """Take all words with one of the meanings."""
        taken = False
        while self.word(*meanings):
            taken = True
        return taken

    def need_word(self, *meanings: str) -> Word:
        word = self.word(*meanings)
        if word is None:
            raise Miss
        return word

    def starting(self, prefix: str) -> str | None:
        """Take a word whose meaning starts so, and return the rest of the meaning."""
        for at, chunk in enumerate(self.clause.chunks):
            if at not in self.used and isinstance(chunk.value, Word):
                for meaning in sorted(chunk.value.meanings):
                    if meaning.startswith(prefix):
                        self.used.add(at)
                        return meaning.removeprefix(prefix)
        return None

    # --- values ---

    def chunk(
        self, kind: type, *preps: str, test: Callable[[Chunk], bool] | None = None
    ) -> Chunk | None:
        """Take the first unused chunk of a kind, with one of the prepositions if any are given."""
        for at, chunk in enumerate(self.clause.chunks):
            if at in self.used or not isinstance(chunk.value, kind):
                continue
            if (not preps or chunk.prep in preps) and (test is None or test(chunk)):
                self.used.add(at)
                return chunk
        return None

    def take(self, kind: type[T], *preps: str) -> T | None:
        """Take the first value of a kind."""
        found = self.chunk(kind, *preps)
        return found.value if found else None

    def need(self, kind: type[T], *preps: str) -> T:
        value = self.take(kind, *preps)
        if value is None:
            raise Miss
        return value

    def all(self, kind: type[T], *preps: str) -> list[T]:
        """Take all values of a kind."""
        found = []
        while (value := self.take(kind, *preps)) is not None:
            found.append(value)
        return found

    def peek(self, kind: type, *preps: str) -> bool:
        """Whether such a value is there, without taking it."""
        return any(
            isinstance(chunk.value, kind) and (not preps or chunk.prep in preps)
            for at, chunk in enumerate(self.clause.chunks)
            if at not in self.used
        )

    def references(self) -> list[Reference]:
        """All noun phrases of the clause, used or not."""
        chunks = self.clause.chunks
        return [chunk.value for chunk in chunks if isinstance(chunk.value, Reference)]

    # --- the end of a reading ---

    def left(self) -> tuple[str, ...]:
        """What has not been used and is not idle."""
        return tuple(
            self.scene.source.raw(chunk.first, chunk.last)
            for at, chunk in enumerate(self.clause.chunks)
            if at not in self.used and not (is_idle(chunk) and not ranks(self.clause, at))
            if not self._restates(at)
        )

    def _restates(self, at: int) -> bool:
        """“5 seconds instead of 3”, “5 seconds, not 3”: what it was before."""
        chunks = self.clause.chunks
        if getattr(chunks[at].value, "text", "") in _NOT and at + 1 < len(chunks):
            return self._is_second(at + 1)
        denied = at > 0 and getattr(chunks[at - 1].value, "text", "") in _NOT
        return (denied or chunks[at].prep == "instead of") and self._is_second(at)

    def _is_second(self, at: int) -> bool:
        """Whether this was not used, and another value of its family was."""
        value, chunks = self.clause.chunks[at].value, self.clause.chunks
        family = next((row for row in FAMILIES if isinstance(value, row)), None)
        if family is None or at in self.used:
            return False
        same = [chunks[n] for n in self.used if isinstance(chunks[n].value, family)]
        prep = chunks[at].prep
        return any(prep in ("", "instead of", chunk.prep) for chunk in same)

    def close(self) -> None:
        """Nothing may be left over.

        Raises:
            Miss: Something is.
        """
        if left := self.left():
            raise Miss(left)
        if joint := mixed(self.clause, self.used):
            raise Miss((self.scene.source.raw(*joint),))
        self.scene.slot = self._slot()

    def _slot(self) -> int:
        """Behind the verb: where an object that is missing would be written."""
        src = self.scene.source
        verbs = [c for c in self.clause.chunks if isinstance(c.value, Word) and c.value.verb]
        if verbs:
            end = src.tokens[verbs[0].last - 1].end
            return end + 1 if src.message[end : end + 1] == " " else end
        return self.clause.span(src)[0]

    # --- things ---

    def aim(self, *preps: str) -> "Aim":
        """Take the noun phrase that the clause is about, if it has one."""
        found = self.chunk(Reference, *(preps or OBJECT))
        if found is not None and found.prep in ("over", "on") and self.brings_overlay():
            raise Miss  # “over the outro, half transparent”, with a picture attached
        if found is not None and found.value.pronoun:
            named = self.chunk(Reference, "in", "on", "of", "for", "from", test=_is_named)
            found = named or found
        quote = at = neighbour = None
        if found is None or _awaits_words(found.value):
            quote = self.chunk(Quote, "", "of", "on", test=self._is_item)
        if found is not None and _is_bare(found.value):
            several = is_clip(found.value) or count(self.scene, found.value) > 1
            at = self._time_behind(found) if self._times_said == 1 and several else None
            if is_clip(found.value):
                neighbour = self.chunk(Reference, *_NEIGHBOURS)
        elif found is not None and _is_row(found.value):
            neighbour = self.chunk(Reference, *_NEIGHBOURS)
        return Aim(self, found, quote, at, neighbour)

    def brings_overlay(self) -> bool:
        """Whether an attached picture is what a clause without a verb is about."""
        brought = any(clip.kind == "image" for clip in self.scene.brought())
        return brought and not self.clause.has_verb

    def aim_or_film(self) -> "Aim":
        """What the clause is about; the film, where it only says “for the whole video”."""
        aim = self.aim()
        if not aim.named and self.words("whole time"):
            first = self.clause.chunks[0].first
            film = Reference("the whole video", first, first + 1, kind="film", noun="film")
            aim.ref = Chunk(film, first, first + 1)
        return aim

    def _is_item(self, chunk: Chunk) -> bool:
        """Whether a quote is the label or the text of an item."""
        spelt = chunk.value.text.casefold().strip()
        return any(
            spelt in (p.item.label.casefold(), getattr(p.item, "text", "").casefold().strip())
            for p in self.scene.timeline.placed
        )

    def _time_behind(self, found: Chunk) -> Chunk | None:
        """“the clip at 0:09”: the time right behind the noun tells which."""
        return self.chunk(Time, "at", "@", "around", test=lambda chunk: chunk.first == found.last)

    @property
    def _times_said(self) -> int:
        """How often “at …” is said: only a lone time can tell which clip is meant."""
        chunks = self.clause.chunks
        return sum(isinstance(c.value, Time) and c.prep in ("at", "@") for c in chunks)


def _is_named(chunk: Chunk) -> bool:
    return not chunk.value.pronoun


def _awaits_words(ref: Reference) -> bool:
    """“the title”, before which or behind which its words may stand in quotes."""
    return is_text(ref) and ref.definite and not ref.says


def _is_bare(ref: Reference) -> bool:
    """“the clip”, “the one”: a noun phrase that does not yet tell which."""
    told = ref.name or ref.numbers or ref.which or ref.says or ref.ids or ref.parts
    return not (told or ref.plural or ref.pronoun) and ref.kind in _VAGUE


def _is_row(ref: Reference) -> bool:
    """“the clips”, “all clips”: those of the main track, which a neighbour can narrow down."""
    told = ref.name or ref.numbers or ref.which or ref.says or ref.ids or ref.parts or ref.but
    several = ref.plural and ref.kind in ("clip", "video")
    return not told and not ref.pronoun and (several or ref.kind == "all")


@dataclass
class Aim:
    """What a clause is about, taken but not yet looked up."""

    say: Say
    ref: Chunk | None
    quote: Chunk | None = None
    at: Chunk | None = None
    neighbour: Chunk | None = None

    @property
    def reference(self) -> Reference | None:
        return self.ref.value if self.ref else None

    @property
    def named(self) -> bool:
        """Whether the clause, or the one that it hangs on, says what it is about."""
        return self.ref is not None or self.quote is not None or bool(self.say.scene.scope)

    @property
    def scoped(self) -> bool:
        """Whether only an earlier "in the second clip, …" says what this is about."""
        return self.ref is None and self.quote is None and bool(self.say.scene.scope)

    @property
    def whole(self) -> bool:
        """Whether the whole film is meant."""
        ref = self.reference
        if ref is None or ref.but:
            return False
        several = len(self.say.scene.clips()) > 1
        told = ref.plural or ref.numbers or ref.name
        return ref.kind == "film" or (ref.kind == "video" and several and not told)

    @property
    def is_film_by_default(self) -> bool:
        """“it”, where nothing has been spoken of: the film that all of this is about."""
        ref, scene = self.reference, self.say.scene
        spoken = scene.mentioned or scene.scope or scene.request.focus or scene.joints
        spoken = spoken or scene.request.attachments
        lone = ref is not None and ref.pronoun and ref.which == "it"
        return lone and not spoken and len(scene.clips()) > 1

    def items(self, want: Want = ANY) -> tuple[Placed, ...]:
        """Look the items up.

        Raises:
            Unclear: None or too many.
        """
        found = self._found(want)
        if not found:
            raise refuse("There is nothing on the timeline that this could be about.")
        return found

    def one(self, want: Want = ANY) -> Placed:
        """Look up a single item."""
        found = self.items(want)
        if len(found) > 1:
            raise ask(
                "That works for one item at a time. Which do you mean?",
                *(self.say.scene.choice(p, *self._place()) for p in found),
            )
        return found[0]

    def _place(self) -> tuple[int, int]:
        tokens = self.say.scene.source.tokens
        if self.ref is None:
            return self.say.scene.slot, self.say.scene.slot
        return tokens[self.ref.value.first].start, tokens[self.ref.value.last - 1].end

    def _found(self, want: Want) -> tuple[Placed, ...]:
        scene = self.say.scene
        if self.quote is not None:
            text, first, last = self.quote.value.text, self.quote.first, self.quote.last
            return find(scene, Reference(text, first, last, name=text, definite=True), want)
        if self.ref is None:
            return self._unnamed(want)
        if self.at is not None:
            return _on_screen(scene, self.ref.value, self.at.value.seconds, want)
        if self.neighbour is not None:
            return beside(scene, self.ref.value, self.neighbour)
        return find(scene, self.ref.value, want)

    def _unnamed(self, want: Want) -> tuple[Placed, ...]:
        scene = self.say.scene
        for ids in (scene.scope, scene.mentioned):
            placed = tuple(p for key in ids if (p := scene.placed(key)) and want.fits(p))
            if placed:
                scene.pending = ""
                return placed
        if self.say.clause.joined and scene.mentioned:  # “make the logo smaller and red”
            return tuple(p for key in scene.mentioned if (p := scene.placed(key)))
        return default_items(scene, None, want)

    def selector(self, want: Want = ANY) -> Selector:
        return selector(self.items(want))


def _on_screen(scene: Scene, ref: Reference, seconds: float, want: Want) -> tuple[Placed, ...]:
    """The item that is on screen at a moment."""
    frame = scene.comp.canvas.fps.frames(seconds)
    if is_clip(ref):
        showing = scene.timeline.at(frame)
        if showing is None:
            raise outside(scene, seconds)
        return (showing,)
    every = find(scene, replace(ref, plural=True), want)
    found = tuple(placed for placed in every if placed.start <= frame < placed.end)
    if not found:
        raise ask(f"There is no {ref.noun} at {timecode(seconds)}.")
    return found


def outside(scene: Scene, seconds: float) -> Exception:
    """The question about a moment that the film does not have."""
    return ask(
        f"{timecode(min(seconds, 1e6))} is outside the film, which is {length(scene.duration)} "
        "long. Which time do you mean?"
    )
