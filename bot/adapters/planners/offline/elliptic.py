"""Parts of a clause that leave out what was said before: “… and out over 3 s”, “the outro too”."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from bot.adapters.planners.offline.clause import Clause, skippable
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Edge,
    Number,
    Percent,
    Point,
    Reference,
    Time,
    Unknown,
    Word,
)

_TOO = ("too", "also", "as well", "likewise")


def split(clause: Clause) -> Iterator[Clause]:
    part: list[Chunk] = []
    joined = clause.joined
    for chunk in (*clause.chunks, None):
        if chunk is None or isinstance(chunk.value, Break):
            if part:
                yield replace(clause, chunks=tuple(part), joined=joined)
                joined = True
            part = []
        else:
            part.append(chunk)


def all_repeated(parts: list[Clause]) -> Iterator[list[Clause]]:
    """“trim the beach to 2 s, and the outro too”: the length as well, and not the verb alone."""
    if not all(map(is_repeated, parts[1:])):
        return
    told = [repeated(part, parts[0]) for part in parts[1:]]
    if None not in told:
        yield [parts[0], *(part for part in told if part)]


def sharing(parts: list[Clause]) -> list[Clause] | None:
    """“more contrast and less saturation on the beach”: the last part names the thing for all."""
    things = [[c for c in part.chunks if isinstance(c.value, Reference)] for part in parts]
    everywhere = any(part.means("whole time") for part in parts)
    if any(things[:-1]) or not things[-1] or everywhere:
        return None
    return [replace(part, chunks=(*part.chunks, *things[-1])) for part in parts[:-1]] + [parts[-1]]


def verb_of(clause: Clause) -> tuple[Chunk, ...]:
    """The verb of a clause, to be understood again in an elliptic one."""
    verbs = [
        c for c in clause.chunks if isinstance(c.value, Word) and c.value.verb and not c.value.noun
    ]
    return tuple(verbs[:1])


def with_verb(part: Clause, verb: tuple[Chunk, ...]) -> Clause:
    if part.has_verb or (verb and verb[0].value.text == "removed" and _is_measured(part)):
        return part
    if _says_side(part):
        verb = tuple(map(_without_side, verb))
    return replace(part, chunks=(*verb, *part.chunks))


def _is_measured(part: Clause) -> bool:
    """“outro gone, and intro 3 s”: a length, which nothing is removed by."""
    return any(isinstance(c.value, Time | Number | Percent) for c in part.chunks)


def completed(part: Clause, first: Clause) -> Clause:
    """What an elliptic part leaves out, from the first: “in 1s and out 2s”, “2 seconds … and 3”."""
    things = [c for c in first.chunks if isinstance(c.value, Reference)]
    chunks = tuple(_as_edge(_in_seconds(chunk, first), first) for chunk in part.chunks)
    named = any(isinstance(c.value, Reference) for c in chunks)
    if not named and (_says_side(part) or (_takes_edge(part) and _takes_edge(first))):
        chunks = (*things[:1], *chunks)
    return replace(part, chunks=chunks)


def _takes_edge(part: Clause) -> bool:
    """“2 s off the front of the beach”, and “1 off the end” of it."""
    return any(isinstance(c.value, Point) and c.value.name in ("start", "end") for c in part.chunks)


def _in_seconds(chunk: Chunk, first: Clause) -> Chunk:
    """A number without a unit stands where the first part has seconds."""
    if not isinstance(chunk.value, Number) or chunk.prep:
        return chunk
    times = [c.value for c in first.chunks if isinstance(c.value, Time) and not c.prep]
    if len(times) != 1 or not re.fullmatch(r"[\d.]+ ?s(ec(ond)?s?)?", times[0].raw.casefold()):
        return chunk
    return chunk.but(value=Time(chunk.value.value, raw=chunk.value.raw))


def _as_edge(chunk: Chunk, first: Clause) -> Chunk:
    """“the first 3 seconds and the last 2”: seconds too, not clips."""
    ref = chunk.value
    edges = [c.value for c in first.chunks if isinstance(c.value, Edge)]
    rank = isinstance(ref, Reference) and not (ref.kind or ref.name or ref.parts) and ref.numbers
    if len(edges) != 1 or rank not in ((1,), (-1,)):
        return chunk
    if not isinstance(edges[0].amount, Time) or ref.count < 2:
        return chunk.but(value=Unknown(ref.words))
    side: Literal["first", "last"] = "first" if rank == (1,) else "last"
    return chunk.but(value=Edge(side, Time(float(ref.count), raw=str(ref.count))))


def _says_side(part: Clause) -> bool:
    """“… and out over 3 s”: the part has its own direction, and is not about that of the verb."""
    words = any(word.text in ("in", "out") for word in part.words())
    return words or any(isinstance(c.value, Time) and c.prep == "in" for c in part.chunks)


def _without_side(verb: Chunk) -> Chunk:
    if verb.value.meanings.isdisjoint(("fade in", "fade out")):
        return verb
    return verb.but(value=replace(verb.value, text="fade", meanings=frozenset(["fade"])))


def denies_place(part: Clause) -> bool:
    """“… but not before the outro”: it belongs to what was said, and must not be lost."""
    said = [chunk for chunk in part.chunks if not skippable(chunk)]
    denied = len(said) > 1 and getattr(said[0].value, "text", "") == "not"
    return denied and said[1].prep in ("before", "after", "between", "in between")


def is_repeated(part: Clause) -> bool:
    """“the outro too”, “also the outro”: a thing, and nothing that tells what to do with it."""
    things = [chunk for chunk in part.chunks if isinstance(chunk.value, Reference)]
    told = [chunk for chunk in part.chunks if not skippable(chunk) and chunk not in things]
    too = any(word.text in _TOO for word in part.words())
    return too and len(things) == 1 and not things[0].prep and all(map(_is_too, told))


def _is_too(chunk: object) -> bool:
    value = getattr(chunk, "value", None)
    return isinstance(value, Word) and value.text in _TOO


def repeated(part: Clause, said: Clause) -> Clause | None:
    """What was said, of the thing of `part`; None where it is not clear in whose place."""
    things = [n for n, chunk in enumerate(said.chunks) if isinstance(chunk.value, Reference)]
    if len(things) != 1 or said.means("too"):  # “it is too dark, and the outro too”
        return None
    new = next(chunk.value for chunk in part.chunks if isinstance(chunk.value, Reference))
    at = things[0]
    chunks = (*said.chunks[:at], said.chunks[at].but(value=new), *said.chunks[at + 1 :])
    return replace(part, chunks=chunks)
