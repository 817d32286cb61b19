"""Splitting a message into clauses, each with one verb where there is one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot.adapters.planners.offline.lexicon import PARTICLES, Lexicon, longest
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Colour,
    Edge,
    Place,
    Point,
    Quote,
    Reference,
    Source,
    Stretch,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.references import TEXTS

_OPENERS = frozenset(("praise", "thanks", "greeting", "yes", "cancel", "proposal", "ask"))
_MODALS = ("should", "should be", "needs to", "needs to be", "need to", "must", "has to",
    "have to", "can", "could", "would", "will", "ought to", "needs", "is to")  # fmt: skip
_SCOPES = (
    "in",
    "on",
    "at",
    "for",
    "during",
    "from",
    "over",
    "with",
    "after",
    "before",
    "between",
    "to",
)
_NO_OPENERS = ("last", "lasts", "order", "cost", "price", "log", "status", "copy", "silent",
    "quote", "lower", "hold")  # fmt: skip
_COURTESIES = ("please", "pls", "plz", "instead", "too", "as well", "for me")
_OBJECTS = (Reference, Quote, Time, Stretch, Edge, Unknown, Word)
_ADVERBIAL = (Place, Time, Stretch, Edge, Point, Colour, Reference)


@cache
def listed(*meanings: str) -> frozenset[str]:
    """A set of meanings, each argument one or several with commas between."""
    return frozenset(word.strip() for each in meanings for word in each.split(","))


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the message that asks one thing. `asked` where a question mark ends it."""

    chunks: tuple[Chunk, ...]
    asked: bool = False
    joined: bool = False

    def words(self) -> Iterator[Word]:
        for chunk in self.chunks:
            if isinstance(chunk.value, Word):
                yield chunk.value

    def means(self, *meanings: str) -> bool:
        """Whether some word has one of the meanings; they may be listed with commas."""
        wanted = listed(*meanings)
        return any(not word.meanings.isdisjoint(wanted) for word in self.words())

    @property
    def has_verb(self) -> bool:
        return any(word.verb and not word.noun for word in self.words())

    @property
    def idle(self) -> bool:
        """Whether nothing in it carries meaning."""
        return all(
            isinstance(chunk.value, Break)
            or (isinstance(chunk.value, Word) and chunk.value.idle and not chunk.value.meanings)
            for chunk in self.chunks
        )

    def span(self, src: Source) -> tuple[int, int]:
        """Its place in the message."""
        return src.tokens[self.chunks[0].first].start, src.tokens[self.chunks[-1].last - 1].end

    def raw(self, src: Source) -> str:
        first, last = self.span(src)
        return src.message[first:last]


def clauses(chunks: Sequence[Chunk], src: Source) -> tuple[Clause, ...]:
    """Split at hard breaks, and at commas and conjunctions that a new verb follows."""
    found: list[Clause] = []
    for sentence, mark in _sentences(chunks):
        for number, part in enumerate(_parts(sentence)):
            trimmed = _trimmed(part)
            if trimmed:
                found.append(Clause(trimmed, asked=mark == "?", joined=number > 0))
    told = [_excepted(clause, src) for clause in found]
    merged = [_payload(_phrasal(clause, src.lexicon), src) for clause in told]
    return tuple(_borrowed([clause for clause in merged if not clause.idle]))


def _sentences(chunks: Sequence[Chunk]) -> Iterator[tuple[list[Chunk], str]]:
    sentence: list[Chunk] = []
    for at, chunk in enumerate(chunks):
        if (
            isinstance(chunk.value, Break)
            and chunk.value.hard
            and not _in_payload(sentence, chunks[at + 1 :], chunk.value)
        ):
            yield sentence, chunk.value.mark
            sentence = []
        else:
            sentence.append(chunk)
    yield sentence, ""


def _in_payload(sentence: Sequence[Chunk], rest: Sequence[Chunk], mark: Break) -> bool:
    """“saying Hello! at the top”: the mark belongs to the words that are to be written."""
    if mark.mark not in ("!", "?", ".") or not rest or not rest[0].prep:
        return False
    said = [n for n, chunk in enumerate(sentence) if _means(chunk, "say")]
    return bool(said) and not any(isinstance(c.value, Quote) for c in sentence[said[-1] :])


def _parts(sentence: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    part: list[Chunk] = []
    for at, chunk in enumerate(sentence):
        if isinstance(chunk.value, Break) and _ends_clause(part, chunk.value, sentence[at + 1 :]):
            yield part
            part = []
        else:
            part.append(chunk)
    yield part


def _ends_clause(part: Sequence[Chunk], mark: Break, rest: Sequence[Chunk]) -> bool:
    if mark.mark != ":":
        return opens(rest)
    topic = all(isinstance(chunk.value, Reference | Break) or _skippable(chunk) for chunk in part)
    if topic:  # "for the last clip: …"
        return any(_is_verb(chunk) for chunk in rest)
    said = [chunk for chunk in part if not _skippable(chunk)]
    texts = bool(said) and isinstance(said[-1].value, Reference) and said[-1].value.kind in TEXTS
    return opens(rest) and not (
        texts and any(_means(chunk, "add", "write", "put") for chunk in part)
    )


def opens(rest: Sequence[Chunk]) -> bool:
    """Whether a new clause begins here."""
    at = 0
    while at < len(rest) and _skippable(rest[at]):
        at += 1
    if at == len(rest):
        return False
    head = rest[at]
    if _is_verb(head) or _means(head, *_OPENERS):
        return True
    following = [chunk for chunk in rest[at + 1 :] if not _skippable(chunk)]
    if _means(head, "not"):
        return bool(following) and (
            _is_verb(following[0]) or isinstance(following[0].value, Reference)
        )
    if isinstance(head.value, Reference) and not head.prep:
        after = rest[at + 1] if at + 1 < len(rest) else None
        return after is not None and (_means(after, "is") or _text(after) in _MODALS)
    if head.prep in _SCOPES and isinstance(head.value, Reference | Time | Stretch | Edge | Point):
        while following and isinstance(following[0].value, Break):
            following = following[1:]
        return bool(following) and _is_verb(following[0])
    return False


def _skippable(chunk: Chunk) -> bool:
    if isinstance(chunk.value, Break):
        return not chunk.value.hard
    return isinstance(chunk.value, Word) and chunk.value.idle and not chunk.value.verb


def _is_verb(chunk: Chunk) -> bool:
    word = chunk.value
    return isinstance(word, Word) and word.verb and not word.noun and word.text not in _NO_OPENERS


def _means(chunk: Chunk, *meanings: str) -> bool:
    return isinstance(chunk.value, Word) and not chunk.value.meanings.isdisjoint(meanings)


def _text(chunk: Chunk) -> str:
    return chunk.value.text if isinstance(chunk.value, Word) else ""


def _trimmed(part: list[Chunk]) -> tuple[Chunk, ...]:
    while part and isinstance(part[0].value, Break):
        part = part[1:]
    while part and isinstance(part[-1].value, Break):
        part = part[:-1]
    return tuple(part)


# --- trim every clip to 2 s except the outro ---


def _excepted(clause: Clause, src: Source) -> Clause:
    """Bring an exception back to the noun phrase that it is an exception from."""
    chunks = list(clause.chunks)
    every = [n for n, c in enumerate(chunks) if isinstance(c.value, Reference) and c.value.every]
    for at in range(1, len(chunks) - 1):
        phrase = longest(src.lexicon.exceptions, src.tokens, chunks[at].first)
        but = chunks[at + 1].value
        if phrase is None or len(every) != 1 or every[0] > at or not isinstance(but, Reference):
            continue
        whole = chunks[every[0]]
        if but.first == chunks[at].first + len(phrase) and whole.value.but is None:
            chunks[every[0]] = whole.but(value=replace(whole.value, but=but))
            told = Chunk(Word("except", frozenset(), idle=True), chunks[at].first, but.last)
            return replace(clause, chunks=(*chunks[:at], told, *chunks[at + 2 :]))
    return clause


# --- turn … down, take … out --------------------------------------------------------------


def _phrasal(clause: Clause, lexicon: Lexicon) -> Clause:
    """Join a verb with its particle across the object: "turn the music down"."""
    chunks = list(clause.chunks)
    for at, chunk in enumerate(chunks):
        word = chunk.value
        if not isinstance(word, Word) or not word.verb or word.noun:
            continue
        for later in range(at + 1, _clause_end(chunks, at)):
            particle = _particle(chunks[later])
            entry = lexicon.entries.get((*word.text.split(), particle)) if particle else None
            if entry is None or not _separable(chunks[at + 1 : later], chunks[later + 1 :]):
                continue
            joined = replace(
                word, text=f"{word.text} {particle}", meanings=entry.meanings, idle=False
            )
            chunks[at] = chunk.but(value=joined)
            if chunks[later].prep:
                chunks[later] = chunks[later].but(prep="from")
            else:
                del chunks[later]
            return replace(clause, chunks=tuple(chunks))
    return clause


def _clause_end(chunks: Sequence[Chunk], at: int) -> int:
    breaks = (n for n in range(at, len(chunks)) if isinstance(chunks[n].value, Break))
    return next(breaks, len(chunks))


def _particle(chunk: Chunk) -> str:
    """A lone particle, or one in front of what it governs ("out of clip 3")."""
    text = chunk.prep if chunk.prep in ("out of", "off", "off of") else _text(chunk)
    first = text.split()[0] if text else ""
    return first if first in PARTICLES and text in (first, f"{first} of") else ""


def _separable(between: Sequence[Chunk], behind: Sequence[Chunk]) -> bool:
    """The particle stands right behind the object, or at the end of the clause."""
    things = [chunk for chunk in between if not _skippable(chunk)]
    simple = all(isinstance(c.value, _OBJECTS) for c in things)
    return simple and (len(things) <= 2 or not behind)


# --- a title that says Hello World --------------------------------------------------------


def _payload(clause: Clause, src: Source) -> Clause:
    """Take the unquoted words after "saying" as literal text, up to trailing adverbials."""
    start = _payload_start(clause, src)
    if start is None:
        return clause
    chunks = clause.chunks
    end = len(chunks)
    while end > start and _is_outside(chunks, start, end - 1):
        end -= 1
    if end == start or _is_mixed(chunks[start:end]):
        return clause
    first, last = chunks[start].first, chunks[end - 1].last
    behind = src.tokens[last] if last < len(src.tokens) else None
    stop = src.tokens[last - 1].end
    if behind is not None and behind.text in ("!", "?") and behind.tight:
        stop = behind.end
    text = src.message[src.tokens[first].start : stop]
    quote = Chunk(Quote(text, unquoted=True), first, last)
    return replace(clause, chunks=(*chunks[:start], quote, *chunks[end:]))


def _is_new(chunk: Chunk, src: Source) -> bool:
    """Whether a chunk holds words that name nothing that there is."""
    if isinstance(chunk.value, Reference):
        name = chunk.value.name.casefold().split()
        return bool(name) and not src.label_words.issuperset(name)
    return isinstance(chunk.value, Unknown)


def _payload_start(clause: Clause, src: Source) -> int | None:
    chunks = clause.chunks
    if clause.means("ask") or (clause.asked and clause.means("is")):
        return None
    for at, chunk in enumerate(chunks):
        rest = chunks[at + 1 :]
        if not rest or any(isinstance(later.value, Quote) for later in rest):
            continue
        if _means(chunk, "say"):
            return at + 1
        if _introduces(chunk, rest) and (
            clause.means("add, write") or any(_is_new(later, src) for later in rest)
        ):
            return at + 2
    return None


def _introduces(chunk: Chunk, rest: Sequence[Chunk]) -> bool:
    """“title: …”: what follows is the text."""
    labelled = isinstance(chunk.value, Reference) and chunk.value.kind in TEXTS
    return labelled and isinstance(rest[0].value, Break) and rest[0].value.mark == ":"


def _is_outside(chunks: Sequence[Chunk], start: int, at: int) -> bool:
    """Whether the last chunk does not belong to the text: “Hello at the top, green”."""
    chunk = chunks[at]
    if isinstance(chunk.value, Break) or _text(chunk) in _COURTESIES:
        return True
    if not isinstance(chunk.value, Colour) or chunk.prep:
        return _is_adverbial(chunk)
    listed_behind = at - 2 >= start and isinstance(chunks[at - 1].value, Break)
    return listed_behind and _is_outside(chunks, start, at - 2)


def _is_mixed(said: Sequence[Chunk]) -> bool:
    """“Hi at the top, slowly growing”, “Hi, blue”: where the text ends cannot be told."""
    listed_colour = len(said) > 2 and isinstance(said[-1].value, Colour) and not said[-1].prep
    if listed_colour and getattr(said[-2].value, "mark", "") == ",":
        return True
    adverbial = (Place, Time, Stretch, Edge, Point)
    return any(isinstance(c.value, Break) and c.value.mark == "," for c in said) and any(
        (c.prep or isinstance(c.value, Stretch)) and isinstance(c.value, adverbial) for c in said
    )


def _is_adverbial(chunk: Chunk) -> bool:
    if _means(chunk, "whole time", "fade in", "fade out", "fade both", "bold", "italic"):
        return True
    if isinstance(chunk.value, Stretch) and isinstance(chunk.value.end, Time):
        return True
    return bool(chunk.prep) and isinstance(chunk.value, _ADVERBIAL)


# --- mute and hide clip 2 -----------------------------------------------------------------


def _is_indefinite(thing: Chunk, clause: Clause) -> bool:
    """“a title”: something that is only about to be added."""
    ref = thing.value
    added = clause.means("add, put, write, draw")
    return added and not (ref.definite or ref.plural or thing.prep)


def _borrowed(found: list[Clause]) -> list[Clause]:
    """A bare verb shares the object of the verb that follows it."""
    for at in range(len(found) - 2, -1, -1):
        clause, following = found[at], found[at + 1]
        bare = clause.has_verb and all(
            isinstance(c.value, Word) and (c.value.verb or c.value.idle) for c in clause.chunks
        )
        if not bare or not following.joined or clause.means("undo, redo, render, help, go"):
            continue
        objects = [c for c in following.chunks if isinstance(c.value, Reference)]
        if objects and not objects[0].value.pronoun and not _is_indefinite(objects[0], following):
            found[at] = replace(clause, chunks=(*clause.chunks, objects[0]))
    return found
