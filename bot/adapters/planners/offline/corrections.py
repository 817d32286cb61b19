"""What a speaker takes back within a sentence: “mute the drone, no wait, the crowd”."""

from collections.abc import Sequence

from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Number,
    Percent,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.times import as_partner

_MARKS = ("no wait", "wait no", "wait", "no", "nope", "sorry", "no sorry", "sorry no", "i mean",
    "rather", "or rather", "oops", "my bad", "actually", "no actually")  # fmt: skip
_HALTS = ("wait", "no wait", "wait no", "oops", "no")
_PAUSES = (",", "-", "–", "—", "(", "…")
_ADDING = ("too", "also", "as well", "both")


def settled(sentence: Sequence[Chunk]) -> list[Chunk]:
    """The sentence with every correction carried out.

    One that cannot be placed becomes an unknown word, so that the message is asked about.
    """
    chunks = list(sentence)
    for at in range(len(chunks) - 1, 0, -1):
        if at < len(chunks) and _is_mark(chunks, at):
            chunks = _settled(chunks, at)
    return chunks


def _is_mark(chunks: Sequence[Chunk], at: int) -> bool:
    paused = getattr(chunks[at - 1].value, "mark", "") in _PAUSES
    return paused and _text(chunks[at]) in _MARKS and not _denies(chunks, at)


def _denies(chunks: Sequence[Chunk], at: int) -> bool:
    """“mute the drone, no music”: “no” belongs to what follows, unless that is an amount."""
    behind = chunks[at + 1].value if at + 1 < len(chunks) else None
    return _text(chunks[at]) == "no" and not isinstance(behind, Break | Time | Number | Percent)


def _settled(chunks: list[Chunk], at: int) -> list[Chunk]:
    end = _end(chunks, at + 1)
    tail = chunks[at + 1 : end]
    said = [chunk for chunk in tail if not _idle(chunk)]
    before = [chunk for chunk in chunks[: at - 1] if not _idle(chunk) and not _is_talk(chunk)]
    added = any(_text(chunk) in _ADDING for chunk in tail)
    if before and not said and end == len(chunks) and _text(chunks[at]) in _HALTS:
        return _unplaced(chunks, at)
    if not said or not before or added or any(getattr(c.value, "verb", False) for c in said):
        return chunks
    old = next((n for n in range(at - 2, -1, -1) if _is_alike(chunks[n], said[0])), None)
    if old is None or len(said) > 1:
        return _unplaced(chunks, at)
    new = said[0].but(prep=said[0].prep or chunks[old].prep)
    if isinstance(new.value, Number) and isinstance(chunks[old].value, Time):
        new = new.but(value=as_partner(new.value, chunks[old].value, before=False))
    return [*chunks[:old], new, *chunks[old + 1 : at - 1], *chunks[end:]]


def _unplaced(chunks: list[Chunk], at: int) -> list[Chunk]:
    return [*chunks[:at], chunks[at].but(value=Unknown(_text(chunks[at]))), *chunks[at + 1 :]]


def _end(chunks: Sequence[Chunk], at: int) -> int:
    """Where the words that correct end: at the next comma or “and”."""
    while at < len(chunks) and _idle(chunks[at]):
        at += 1
    breaks = (n for n in range(at, len(chunks)) if isinstance(chunks[n].value, Break))
    return next(breaks, len(chunks))


def _is_alike(old: Chunk, new: Chunk) -> bool:
    measures = (Time, Number)
    both = isinstance(old.value, measures) and isinstance(new.value, measures)
    return both or (type(old.value) is type(new.value) and not isinstance(new.value, Word))


def _idle(chunk: Chunk) -> bool:
    return isinstance(chunk.value, Break) or getattr(chunk.value, "idle", False)


def _is_talk(chunk: Chunk) -> bool:
    word = chunk.value
    return isinstance(word, Word) and bool(word.meanings & {"yes", "cancel", "praise", "thanks"})


def _text(chunk: Chunk) -> str:
    return chunk.value.text if isinstance(chunk.value, Word) else ""
