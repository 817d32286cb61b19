"""Literal words without quotes: “a title that says Hello World”."""

from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.planners.offline.clause import Clause, means, text_of
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
)
from bot.adapters.planners.offline.references import TEXTS

_COURTESIES = ("please", "pls", "plz", "instead", "too", "as well", "for me")
_ADVERBIAL = (Place, Time, Stretch, Edge, Point, Colour, Reference)


def payload(clause: Clause, src: Source) -> Clause:
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
        if means(chunk, "say"):
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
    if isinstance(chunk.value, Break) or text_of(chunk) in _COURTESIES:
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
    if means(chunk, "whole time", "fade in", "fade out", "fade both", "bold", "italic"):
        return True
    if isinstance(chunk.value, Stretch) and isinstance(chunk.value.end, Time):
        return True
    return bool(chunk.prep) and isinstance(chunk.value, _ADVERBIAL)
