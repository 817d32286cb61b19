"""Splitting a message into clauses, each with one verb where there is one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.adapters.planners.offline import remarks
from bot.adapters.planners.offline.clause import (
    Clause,
    is_verb,
    means,
    skippable,
    text_of,
)
from bot.adapters.planners.offline.corrections import settled
from bot.adapters.planners.offline.lexicon import PARTICLES, Lexicon, longest
from bot.adapters.planners.offline.payload import payload
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Edge,
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
from bot.adapters.planners.offline.sequences import lists_on

_OPENERS = frozenset(("praise", "thanks", "greeting", "yes", "cancel", "proposal", "ask"))
_MODALS = ("should", "should be", "needs to", "needs to be", "need to", "must", "has to",
    "have to", "can", "could", "would", "will", "ought to", "needs", "is to")  # fmt: skip
_NAYS = ("nah", "nope")
_REFUSALS = (*_NAYS, "nvm", "nevermind", "never mind")
_LEADING = ("actually", "i mean", "or rather", "rather")
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
_BETWEEN = ("before", "after", "between", "in between")
_OBJECTS = (Reference, Quote, Time, Stretch, Edge, Unknown, Word)


def clauses(chunks: Sequence[Chunk], src: Source) -> tuple[Clause, ...]:
    """Split at hard breaks, and at commas and conjunctions that a new verb follows."""
    found: list[Clause] = []
    for sentence, mark in _sentences(_with_refusal(chunks)):
        for number, part in enumerate(_scoped_parts(settled(sentence))):
            trimmed = _trimmed(part)
            if trimmed:
                reason = number > 0 and remarks.is_reason(trimmed)
                if number > 0 and not reason and remarks.begins(trimmed, 0):
                    trimmed = (trimmed[0].but(value=Unknown(text_of(trimmed[0]))), *trimmed[1:])
                found.append(Clause(trimmed, asked=mark == "?", joined=number > 0, reason=reason))
    told = [_excepted(clause, src) for clause in found]
    merged = [payload(_phrasal(clause, src.lexicon), src) for clause in told]
    merged[1:] = [_lone_rank(clause) for clause in merged[1:]]
    return tuple(_borrowed([clause for clause in merged if not clause.idle]))


def _lone_rank(clause: Clause) -> Clause:
    """“put it last, then first”: that rank is not left out silently."""
    last = clause.chunks[-1]
    if len(clause.chunks) > 1 or not clause.idle or text_of(last) not in ("first", "last"):
        return clause
    return replace(clause, chunks=(last.but(value=Unknown(text_of(last))),))


def _sentences(chunks: Sequence[Chunk]) -> Iterator[tuple[list[Chunk], str]]:
    sentence: list[Chunk] = []
    for at, chunk in enumerate(chunks):
        if (
            isinstance(chunk.value, Break)
            and chunk.value.hard
            and not _in_payload(sentence, chunks[at + 1 :], chunk.value)
        ):
            if chunk.value.mark == "then" and lists_on(sentence, chunks[at + 1 :]):
                sentence.append(chunk.but(value=Break(hard=False, mark="then")))
                continue
            yield sentence, chunk.value.mark
            sentence = []
        else:
            sentence.append(chunk)
    yield sentence, ""


def _with_refusal(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """“nah smaller”, “…, no just mute it”: the refusal is a sentence of its own."""
    for at, chunk in enumerate(chunks[:-1]):
        if _refuses(chunks, at):
            before = Chunk(Break(hard=True, mark="."), chunk.first, chunk.first)
            behind = Chunk(Break(hard=True, mark="."), chunk.last, chunk.last)
            return (*chunks[:at], before, chunk, behind, *_with_refusal(chunks[at + 1 :]))
    return chunks


def _refuses(chunks: Sequence[Chunk], at: int) -> bool:
    said, following = text_of(chunks[at]), chunks[at + 1]
    led = [c for c in chunks[:at] if not skippable(c) or isinstance(c.value, Break)]
    if said in _REFUSALS and not led:
        return said in _NAYS or is_verb(following)
    goes_on = text_of(following) in ("just", "rather", "instead", "actually")
    goes_on = goes_on or means(following, "make", "set", "put", "change", "undo")
    return said == "no" and goes_on and (not led or isinstance(led[-1].value, Break))


def _in_payload(sentence: Sequence[Chunk], rest: Sequence[Chunk], mark: Break) -> bool:
    """“saying Hello! at the top”: the mark belongs to the words that are to be written."""
    if mark.mark not in ("!", "?", ".") or not rest or not rest[0].prep:
        return False
    said = [n for n, chunk in enumerate(sentence) if means(chunk, "say")]
    return bool(said) and not any(isinstance(c.value, Quote) for c in sentence[said[-1] :])


def _scoped_parts(sentence: Sequence[Chunk]) -> list[list[Chunk]]:
    """The parts of a sentence; a time in front of several is said for all of them."""
    parts = list(_parts(sentence))
    head = parts[0]
    front = next((n for n, chunk in enumerate(head) if not skippable(chunk)), None)
    if len(parts) == 1 or front is None or not _is_when(head[front]):
        return parts
    rest = head[front + 1 :]
    led = bool(rest) and getattr(rest[0].value, "verb", False)
    return [[head[front]], rest, *parts[1:]] if led else parts


def _is_when(chunk: Chunk) -> bool:
    """“from 0:02 to 0:04”, “in the first 2 seconds”, “in the second clip”."""
    if isinstance(chunk.value, Reference):
        return chunk.prep in ("during", "throughout", "in", "on", "for")
    return isinstance(chunk.value, Stretch) or (isinstance(chunk.value, Edge) and bool(chunk.prep))


def _parts(sentence: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    part: list[Chunk] = []
    for at, chunk in enumerate(sentence):
        rest = sentence[at + 1 :]
        if isinstance(chunk.value, Break) and (
            _ends_clause(part, chunk.value, rest) or remarks.parts(part, rest)
        ):
            yield part
            part = []
        elif part and (remarks.begins(sentence, at) or remarks.complains(sentence, at)):
            yield part
            part = [chunk]
        else:
            part.append(chunk)
    yield part


def _ends_clause(part: Sequence[Chunk], mark: Break, rest: Sequence[Chunk]) -> bool:
    if part and all(text_of(chunk) in _LEADING for chunk in part):
        return False  # “actually, mute the kitchen”
    if mark.mark != ":":
        return opens(rest)
    topic = all(isinstance(chunk.value, Reference | Break) or skippable(chunk) for chunk in part)
    if topic:  # "for the last clip: …"
        return any(is_verb(chunk) for chunk in rest)
    said = [chunk for chunk in part if not skippable(chunk)]
    texts = bool(said) and isinstance(said[-1].value, Reference) and said[-1].value.kind in TEXTS
    return opens(rest) and not (
        texts and any(means(chunk, "add", "write", "put") for chunk in part)
    )


def opens(rest: Sequence[Chunk]) -> bool:
    """Whether a new clause begins here."""
    at = 0
    if _brings_along(rest):
        return True
    while at < len(rest) and skippable(rest[at]):
        at += 1
    if at == len(rest):
        return False
    head = rest[at]
    if is_verb(head) or means(head, *_OPENERS):
        return True
    following = [chunk for chunk in rest[at + 1 :] if not skippable(chunk)]
    if means(head, "not"):
        if following and following[0].prep in _BETWEEN:
            return False  # “everywhere but not before the outro”
        return bool(following) and (
            is_verb(following[0]) or isinstance(following[0].value, Reference)
        )
    if isinstance(head.value, Reference) and not head.prep:
        after = rest[at + 1] if at + 1 < len(rest) else None
        return after is not None and (means(after, "is") or text_of(after) in _MODALS)
    if head.prep in _SCOPES and isinstance(head.value, Reference | Time | Stretch | Edge | Point):
        while following and isinstance(following[0].value, Break):
            following = following[1:]
        return bool(following) and is_verb(following[0])
    return False


def _brings_along(rest: Sequence[Chunk]) -> bool:
    """“…, with a dissolve between them”."""
    said = [chunk for chunk in rest if not skippable(chunk) or text_of(chunk) == "with"]
    return (
        len(said) > 1
        and text_of(said[0]) == "with"
        and means(said[1], "transition", "wipe", "slide", "dip")
    )


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
    every = [n for n, c in enumerate(chunks) if isinstance(c.value, Reference) and _is_all(c.value)]
    for at in range(1, len(chunks) - 1):
        phrase = longest(src.lexicon.exceptions, src.tokens, chunks[at].first)
        but = chunks[at + 1].value
        if phrase and isinstance(but, Stretch | Edge | Time) and at - 1 in every:
            return _kept(clause, at, src)
        if phrase is None or len(every) != 1 or every[0] > at or not isinstance(but, Reference):
            continue
        whole = chunks[every[0]]
        if but.first == chunks[at].first + len(phrase) and whole.value.but is None:
            chunks[every[0]] = whole.but(value=replace(whole.value, but=but))
            told = Chunk(Word("except", frozenset(), idle=True), chunks[at].first, but.last)
            return replace(clause, chunks=(*chunks[:at], told, *chunks[at + 2 :]))
    return clause


def _kept(clause: Clause, at: int, src: Source) -> Clause:
    """“delete all but the first 5 seconds” keeps them; other verbs have no such exceptions."""
    chunks, but = clause.chunks, clause.chunks[at]
    led = [chunk for chunk in chunks[: at - 1] if not skippable(chunk)]
    whole = chunks[at - 1].value
    plain = not any(isinstance(chunk.value, Reference) for chunk in chunks[at:])
    plain = plain and whole.kind in ("all", "film") and not whole.name
    if len(led) == 1 and plain and means(led[0], "remove", "cut", "cut off"):
        keep = led[0].but(value=Word("keep only", frozenset(["keep"]), verb=True))
        return replace(clause, chunks=(keep, *chunks[at + 1 :]))
    unknown = but.but(value=Unknown(src.raw(but.first, but.last)))
    return replace(clause, chunks=(*chunks[:at], unknown, *chunks[at + 1 :]))


def _is_all(ref: Reference) -> bool:
    return ref.every or ref.kind == "all"


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
            behind = chunks[later + 1 :]
            if entry is None or not _separable(chunks[at + 1 : later], behind):
                continue
            if particle == "back" and any(not skippable(chunk) for chunk in behind):
                continue  # “put it back to normal speed”
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
    text = chunk.prep if chunk.prep in ("out of", "off", "off of") else text_of(chunk)
    first = text.split()[0] if text else ""
    return first if first in PARTICLES and text in (first, f"{first} of") else ""


def _separable(between: Sequence[Chunk], behind: Sequence[Chunk]) -> bool:
    """The particle stands right behind the object, or at the end of the clause."""
    things = [chunk for chunk in between if not skippable(chunk)]
    simple = all(isinstance(c.value, _OBJECTS) for c in things)
    return simple and (len(things) <= 2 or not behind)


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
        if clause.means("start, end") and following.means("start, end"):
            continue  # “start and end with the drone” asks for a copy
        objects = [c for c in following.chunks if isinstance(c.value, Reference)]
        if objects and not objects[0].value.pronoun and not _is_indefinite(objects[0], following):
            found[at] = replace(clause, chunks=(*clause.chunks, objects[0]))
    return found
