"""Which words of a clause may stay unused, and what “and” may join."""

from collections.abc import Collection

from bot.adapters.planners.offline.clause import Clause, is_verb, means
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Colour,
    Factor,
    Number,
    Percent,
    Place,
    Reference,
    Time,
    Word,
)

FAMILIES: tuple[tuple[type, ...], ...] = ((Time, Number, Percent, Factor), (Place,), (Colour,))
"""Values that can stand for one another."""

_ORDER = ("first", "lastly", "finally")
_ONWARDS = ("onwards", "onward", "and on", "and after")
_JOINING = ("and", "&", "+", "plus", "but")


def is_idle(chunk: Chunk) -> bool:
    """Whether a chunk says nothing by itself."""
    value = chunk.value
    if isinstance(value, Break):
        return True
    return isinstance(value, Word) and value.idle


def ranks(clause: Clause, at: int) -> bool:
    """Whether an idle word tells something where it stands: “the first and …”, “music only”."""
    chunks, text = clause.chunks, getattr(clause.chunks[at].value, "text", "")
    between = all(
        any(not is_idle(chunk) for chunk in side) for side in (chunks[:at], chunks[at + 1 :])
    )
    return (between and text in _ORDER) or _narrows(chunks, at, text)


def _narrows(chunks: tuple[Chunk, ...], at: int, text: str) -> bool:
    """“just the music”, “from the kitchen onwards”, “instead of muting it”: no mere manner."""
    before = chunks[at - 1] if at else None
    led = before is not None and isinstance(before.value, Reference)
    if text in _ONWARDS:
        return led
    if text in _ORDER:  # “first crossfade 2s”
        return at + 1 < len(chunks) and means(chunks[at + 1], "transition", "wipe")
    behind = next((c for c in chunks[at + 1 :] if getattr(c.value, "text", "") != "of"), None)
    if text == "instead":
        return behind is not None and is_verb(behind)
    if any(map(is_verb, chunks[:at])):
        return False
    if text == "in":
        return led and behind is not None and bool(behind.prep)
    if text not in ("only", "just"):
        return False
    things = [c for c in (before, behind) if c and isinstance(c.value, Reference)]
    return any(not c.prep and not c.value.pronoun for c in things)


def mixed(clause: Clause, used: Collection[int]) -> tuple[int, int] | None:
    """Where “and” joins what is not alike, in tokens: those are two requests, not one."""
    chunks = clause.chunks
    for at, chunk in enumerate(chunks):
        if getattr(chunk.value, "mark", "") not in _JOINING:
            continue
        before = [c for n, c in enumerate(chunks[:at]) if n in used]
        behind = [c for n, c in enumerate(chunks[at:], at) if n in used]
        denied = any(getattr(c.value, "text", "") == "not" for c in chunks[:at])
        if not before or not behind or (denied and chunk.value.mark == "but"):
            continue  # “not the intro but the outro”
        if getattr(behind[0].value, "text", "") in ("in", "out", "not"):
            continue  # “fade the drone in and out”, “everywhere but not before the outro”
        if not _joinable(chunk.value, before[-1].value, behind[0].value):
            return chunk.first, behind[0].last
    return None


def _is_format(value: object) -> bool:
    """“9:16 and square”: a ratio reads like a time."""
    if isinstance(value, Word):
        return any(meaning.startswith(("preset ", "format ")) for meaning in value.meanings)
    return isinstance(value, Time) and value.form == "clock"


def _joinable(joint: Break, *values: object) -> bool:
    """Whether two values are of one family, so that “and” joins them; “but” brings a new one."""
    if joint.mark == "but":
        return not isinstance(values[1], Word | Reference)
    alike = type(values[0]) is type(values[1]) or all(map(_is_format, values))
    return alike or any(all(isinstance(v, family) for v in values) for family in FAMILIES)
