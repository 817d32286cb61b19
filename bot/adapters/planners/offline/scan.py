"""From tokens to chunks: at every place the longest phrase that means something."""

from collections.abc import Callable, Iterator
from typing import Any

from bot.adapters.planners.offline import amounts, times
from bot.adapters.planners.offline.amounts import Read
from bot.adapters.planners.offline.lexicon import longest
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Colour,
    Place,
    Quote,
    Reference,
    Source,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.references import reference
from bot.adapters.planners.offline.vocabulary import looks, numbers

_HARD = {"\n", ";", "!", "?", ".", "…"}
_SOFT = {",", "and", "&", "+", "but", "plus", ":", "-", "–", "—", "(", ")"}
_THEN = (("and", "then"), ("and", "after", "that"), ("after", "that"), ("then",), ("afterwards",))
_ARTICLES = ("a", "an", "the", "this", "that", "my", "our", "your", "any", "each", "every",
    "another", "no", "'s", "its", "their", "his", "her")  # fmt: skip
_PLACE_TAILS = [tuple(text.split()) for text in looks.PLACE_TAILS.split(", ")]


def scan(src: Source) -> tuple[Chunk, ...]:
    """Cut a message into chunks. Every token ends up in one, but for marks without meaning."""
    return tuple(_chunks(src))


def _chunks(src: Source) -> Iterator[Chunk]:
    at = 0
    while at < len(src.tokens):
        found = _best(src, at)
        if found is None:
            at += 1
            continue
        yield found
        at = found.last


def _best(src: Source, at: int) -> Chunk | None:
    """The longest chunk that starts here; earlier readers win where lengths are equal."""
    if then := longest(_THEN, src.tokens, at):
        return Chunk(Break(hard=True, mark="then"), at, at + len(then))
    candidates = [Chunk(value, at, end) for value, end in _direct(src, at)]
    if prepositional := _with_preposition(src, at):
        candidates.append(prepositional)
    if candidates:
        return _possessive(src, max(candidates, key=lambda chunk: chunk.last))
    return _leftover(src, at)


def _possessive(src: Source, chunk: Chunk) -> Chunk:
    """“clip 2's first second” is the first second of clip 2."""
    if isinstance(chunk.value, Reference) and not chunk.prep and src.text(chunk.last) == "'s":
        return chunk.but(prep="of")
    return chunk


def _direct(src: Source, at: int) -> Iterator[tuple[Any, int]]:
    if src.kind(at) == "quote":
        yield Quote(src.text(at)), at + 1
    if at in src.names and (named := reference(src, at)):
        yield named
    for reader in (*_FIRST, _word, *_LAST):
        if found := reader(src, at):
            yield found


def _with_preposition(src: Source, at: int) -> Chunk | None:
    phrase = longest(src.lexicon.prepositions, src.tokens, at)
    if phrase is None:
        return None
    start = at + len(phrase)
    found = [(Quote(src.text(start)), start + 1)] if src.kind(start) == "quote" else []
    found += [read for reader in (*_FIRST, *_LAST) if (read := reader(src, start))]
    if not found:
        return None
    value, end = max(found, key=lambda read: read[1])
    return Chunk(value, at, end, " ".join(phrase))


def _word(src: Source, at: int) -> Read[Word]:
    found = src.lexicon.entry(src.tokens, at)
    if found is None:
        return None
    entry, end = found
    text = " ".join(src.text(n) for n in range(at, end))
    if text in _STARTING and (end in src.names or src.text(end) in numbers.DEFINITE):
        return None  # “I want it to start with the coffee”
    noun = src.text(at - 1) in _ARTICLES
    return Word(text, entry.meanings, entry.verb, entry.idle, noun), end


def _place(src: Source, at: int) -> Read[Place]:
    start = at + (src.text(at) in ("the", "a"))
    inside = src.text(at - 1) in ("in", "into", "to") and start > at
    if inside and (src.text(start), src.text(start + 1)) == ("lower", "third"):
        return Place("bottom"), start + 2
    phrase = longest(src.lexicon.places, src.tokens, start)
    if phrase is None:
        return None
    end = start + len(phrase)
    for tail in _PLACE_TAILS:
        if tuple(src.text(end + n) for n in range(len(tail))) == tail:
            return Place(src.lexicon.places[phrase]), end + len(tail)
    return Place(src.lexicon.places[phrase]), end


def _colour(src: Source, at: int) -> Read[Colour]:
    if src.kind(at) == "hex":
        digits = src.text(at)[1:]
        spelt = digits if len(digits) > 3 else "".join(2 * digit for digit in digits)
        return Colour(f"#{spelt}", src.text(at)), at + 1
    phrase = longest(src.lexicon.colours, src.tokens, at)
    if phrase is None:
        return None
    return Colour(src.lexicon.colours[phrase], " ".join(phrase)), at + len(phrase)


_FIRST: tuple[Callable[[Source, int], Read[Any]], ...] = (
    times.stretch,
    times.edge,
    amounts.time,
    amounts.size,
    amounts.decibels,
    amounts.percent,
    amounts.degrees,
    amounts.pixels,
    amounts.factor,
    _place,
    _colour,
)
_LAST: tuple[Callable[[Source, int], Read[Any]], ...] = (
    times.point,
    times.share,
    reference,
    amounts.bare,
)


def _leftover(src: Source, at: int) -> Chunk | None:
    """Breaks, lone prepositions and unknown words; None for marks that say nothing."""
    text = src.text(at)
    if pause := _pause(src, at):
        return pause
    if text in _HARD:
        ends = text != "." or at + 1 == len(src.tokens) or not src.tokens[at + 1].tight
        return Chunk(Break(hard=ends, mark=text), at, at + 1)
    if text in _SOFT:
        return Chunk(Break(hard=False, mark=text), at, at + 1)
    if phrase := longest(src.lexicon.prepositions, src.tokens, at):
        lone = Word(" ".join(phrase), frozenset(), idle=phrase[0] not in _TELLING)
        return Chunk(lone, at, at + len(phrase))
    if text in ('"', "“", "”", "„") and (at == 0 or src.kind(at - 1) != "number"):
        return Chunk(Word("open quote", frozenset(["open quote"])), at, at + 1)
    if src.kind(at) in ("word", "id", "hex", "clock", "file") and text not in numbers.DEFINITE:
        return Chunk(Unknown(text), at, at + 1)
    return None


def _pause(src: Source, at: int) -> Chunk | None:
    """“mute the intro... I mean the outro”: dots before a correction end no sentence."""
    end = at
    while src.text(end) in (".", "…"):
        end += 1
    halts = (src.text(end), src.text(end + 1)) in (("no", "wait"), ("wait", "no"), ("i", "mean"))
    dots = end - at > 1 or src.text(at) == "…" or (end > at and halts)
    return Chunk(Break(hard=False, mark="…"), at, end) if dots and _corrects(src, end) else None


def _corrects(src: Source, at: int) -> bool:
    return src.text(at) in ("no", "wait", "sorry", "actually", "oops", "rather") or (
        (src.text(at), src.text(at + 1)) == ("i", "mean")
    )


_STARTING = ("to start with", "to begin with")
_TELLING = ("before", "after", "until", "till", "between", "over", "under", "off", "out",
    "instead", "within", "than", "inside", "behind", "above", "below", "around", "per")  # fmt: skip
