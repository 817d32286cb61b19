"""Reasons that stand beside a request: “cut that, he swears there”, “… so I can hear the music”."""

from collections.abc import Sequence

from bot.adapters.planners.offline.clause import is_verb, means, skippable, text_of
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Colour,
    Decibels,
    Edge,
    Factor,
    Number,
    Percent,
    Place,
    Point,
    Quote,
    Stretch,
    Time,
    Unknown,
    Word,
)

_WHY = ("because",)
_FOR = ("so", "so that")
_ABLE = ("can", "could", "may", "might", "will", "would")
_SAYING = frozenset(
    ("wish", "wishes", "wished", "joke", "jokes", "joked", "doubt", "doubts", "doubted", "suggest",
     "suggests", "suggested", "propose", "proposes", "proposed", "said", "says", "say", "ask",
     "asks", "asked", "thinks", "thought", "claims", "claimed", "disagrees", "disagreed",
     "refuses", "refused", "objects", "objected", "wonders", "hopes", "hoped")
)  # fmt: skip
_ONE_MORE = ("nor", "or", "especially", "particularly", "neither", "except", "unless")
_NOBODY = ("nobody", "nothing", "none", "no one")
_WISHES = ("should", "should be", "must", "needs to", "need to", "have to", "has to", "need",
    "needs", "want", "wants", "would like", "rather", "love", "instead")  # fmt: skip
_AMOUNTS = (Time, Stretch, Edge, Percent, Decibels, Factor, Number, Quote, Place, Colour, Point)


def begins(chunks: Sequence[Chunk], at: int) -> bool:
    """Whether a reason begins at a chunk, in the middle of a sentence without a comma."""
    text = text_of(chunks[at])
    if text in _WHY:
        return True
    return text in _FOR and _is_purpose(chunks[at:])


def parts(part: Sequence[Chunk], rest: Sequence[Chunk]) -> bool:
    """Whether a comma stands before a reason, or behind one."""
    ahead = _to_the_next_break(rest)
    if is_reason(ahead):
        return bool(part)
    loose = all(skippable(chunk) or isinstance(chunk.value, Unknown) for chunk in ahead)
    return bool(part) and is_reason(part) and not loose


def _to_the_next_break(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    breaks = (n for n, chunk in enumerate(chunks) if n and isinstance(chunk.value, Break))
    return chunks[: next(breaks, len(chunks))]


def is_reason(chunks: Sequence[Chunk]) -> bool:
    """Whether a part of a sentence asks nothing, and only says why the rest is asked."""
    said = [chunk for chunk in chunks if not isinstance(chunk.value, Break)]
    if any(isinstance(chunk.value, _AMOUNTS) for chunk in said):
        return False
    if not said or any(text_of(chunk) in _WISHES or means(chunk, "too") for chunk in said):
        return False
    if any(text_of(chunk) in _WHY for chunk in said[:2]) or _is_purpose(said):
        return True
    return _is_statement([chunk for chunk in said if not skippable(chunk)])


def _is_purpose(chunks: Sequence[Chunk]) -> bool:
    """“so (that) I can hear the music”."""
    texts = [text_of(chunk) for chunk in chunks[:4]]
    texts = " ".join(texts).split()
    persons = {"i", "we", "you", "they", "people", "everyone", "everybody"}
    led = bool(texts) and texts[0] == "so" and bool(persons & set(texts[1:3]))
    return led and bool(set(_ABLE) & set(texts[1:5]))


def _is_statement(said: Sequence[Chunk]) -> bool:
    """“he swears there”, “nobody wants that”: a person, and a verb that no edit is called by."""
    if len(said) < 2 or not isinstance(said[0].value, Word):
        return False
    nobody = text_of(said[0]) in _NOBODY
    person = "unknown person" in said[0].value.meanings
    strange = isinstance(said[1].value, Unknown) and said[1].value.text not in _SAYING
    told = strange or (nobody and text_of(said[1]) in ("go", "goes"))
    others = said[1:]
    more = any(getattr(c.value, "text", "") in _ONE_MORE for c in others)
    denied = more or any(means(chunk, "not", "condition", "proposal", "ask") for chunk in others)
    return (nobody or person) and told and not denied and not any(map(is_verb, others))
