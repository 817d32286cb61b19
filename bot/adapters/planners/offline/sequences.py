"""Lists of things in an order, told one after the other: “A first, then B, and C last”."""

from collections.abc import Sequence

from bot.adapters.planners.offline.clause import means, skippable, text_of
from bot.adapters.planners.offline.phrases import Break, Chunk, Point, Reference, Word

CUES = ("first", "first of all", "firstly", "to start with", "to begin with")
NEXT = ("next", "second", "secondly", "third", "after that", "in", "afterwards")
LAST = ("last", "lastly", "finally")
PLACING = frozenset(
    ("put", "play", "go", "come", "show", "move", "make", "use", "have", "do", "set", "position")
)
MANNERS = frozenset(("greeting", "thanks", "yes", "praise"))


def lists_on(sentence: Sequence[Chunk], behind: Sequence[Chunk]) -> bool:
    """Whether “then” only brings the next thing of an order, and no new request."""
    ahead = [chunk for chunk in sentence if not skippable(chunk)]
    return _orders(sentence) and all(map(_belongs, ahead)) and _is_thing(behind)


def _orders(sentence: Sequence[Chunk]) -> bool:
    cued = any(
        text_of(chunk) in CUES or means(chunk, "start", "reorder") or chunk.value == Point("start")
        for chunk in sentence
    )
    things = [chunk for chunk in sentence if isinstance(chunk.value, Reference)]
    bare = all(skippable(chunk) or chunk in things for chunk in sentence)
    return bool(things) and (cued or bare)


def _belongs(chunk: Chunk) -> bool:
    value = chunk.value
    if isinstance(value, Word):
        told = value.text in (*CUES, *NEXT, *LAST) or value.meanings & {"start", "reorder"}
        return bool(told or value.meanings & (PLACING | MANNERS))
    return isinstance(value, Reference | Point)


def _is_thing(behind: Sequence[Chunk]) -> bool:
    """A noun phrase alone, perhaps with “last” or “at the end”, up to the next mark."""
    said: list[Chunk] = []
    for chunk in behind:
        if isinstance(chunk.value, Break):
            if chunk.value.mark not in (",", "and") or said:
                break
        elif not skippable(chunk) or text_of(chunk) in LAST:
            said.append(chunk)
    if not said or not isinstance(said[0].value, Reference) or said[0].prep:
        return False
    return all(text_of(c) in LAST or c.value == Point("end") for c in said[1:])
