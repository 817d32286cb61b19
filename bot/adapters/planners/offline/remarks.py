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
    Reference,
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
_VERY = ("so", "too", "way too", "too much", "really", "very", "far too")
_AMOUNTS = (Time, Stretch, Edge, Percent, Decibels, Factor, Number, Quote, Place, Colour, Point)


def begins(chunks: Sequence[Chunk], at: int) -> bool:
    """Whether a reason begins at a chunk, in the middle of a sentence without a comma."""
    text = text_of(chunks[at])
    if text in _WHY:
        return True
    return text in _FOR and _is_purpose(chunks[at:])


def complains(chunks: Sequence[Chunk], at: int) -> bool:
    """“brighten the bedroom its so dark”: a sentence of its own, without a comma."""
    subject, behind = chunks[at].value, chunks[at + 1 : at + 3]
    if not isinstance(subject, Reference) or not subject.pronoun or chunks[at].prep:
        return False
    return len(behind) == 2 and means(behind[0], "is") and text_of(behind[1]) in _VERY


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


def names_more(chunks: Sequence[Chunk]) -> bool:
    """“nobody watches that nor the outro”: one more thing that something is wished of."""
    return any(getattr(chunk.value, "text", "") in _ONE_MORE for chunk in chunks)


def _is_doing(said: Sequence[Chunk]) -> bool:
    """“they are just laughing”: what is seen, and nothing else."""
    if len(said) != _SENTENCE or not means(said[1], "is"):
        return False
    they = means(said[0], "unknown person") or getattr(said[0].value, "which", "") == "it"
    doing = isinstance(said[2].value, Unknown) and said[2].value.text.endswith("ing")
    return they and doing and not said[0].prep


_SENTENCE = 3


def _is_statement(said: Sequence[Chunk]) -> bool:
    """“he swears there”, “nobody wants that”: a person, and a verb that no edit is called by."""
    if _is_doing(said):
        return True
    if len(said) < 2 or not isinstance(said[0].value, Word):
        return False
    nobody = text_of(said[0]) in _NOBODY
    person = "unknown person" in said[0].value.meanings
    strange = isinstance(said[1].value, Unknown) and said[1].value.text not in _SAYING
    told = strange or (nobody and text_of(said[1]) in ("go", "goes"))
    others = said[1:]
    denied = names_more(others) or any(
        means(chunk, "not", "condition", "proposal", "ask") for chunk in others
    )
    return (nobody or person) and told and not denied and not any(map(is_verb, others))
