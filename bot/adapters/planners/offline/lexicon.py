"""The words of a language, compiled: phrases to meanings, and the mending of typos."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import resources
from typing import Self

from rapidfuzz.distance import OSA

from bot.adapters.planners.offline.tokens import Token, tokenise
from bot.adapters.planners.offline.vocabulary import (
    content,
    looks,
    nouns,
    numbers,
    speech,
    verbs,
    words,
)

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase can mean. Verbs begin clauses; what is `idle` may stay unused."""

    meanings: frozenset[str]
    verb: bool = False
    idle: bool = False

    def __or__(self, other: "Entry") -> "Entry":
        return Entry(
            self.meanings | other.meanings, self.verb or other.verb, self.idle or other.idle
        )


@dataclass(frozen=True)
class Noun:
    """A kind of thing, singular or plural."""

    kind: str
    plural: bool
    text: str = ""


@dataclass(frozen=True)
class Lexicon:
    """Everything that the grammar knows about the words of one language."""

    entries: Mapping[Phrase, Entry]
    nouns: Mapping[Phrase, Noun]
    places: Mapping[Phrase, str]
    colours: Mapping[Phrase, str]
    points: Mapping[Phrase, str]
    prepositions: frozenset[Phrase]
    fillers: frozenset[Phrase]
    exceptions: frozenset[Phrase]
    similar: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def english(cls) -> Self:
        """The English lexicon."""
        near = resources.files(__package__).joinpath("vocabulary", "lookalikes.txt")
        return cls(
            entries=_entries(),
            nouns={
                phrase: Noun(kind, plural)
                for kind, forms in nouns.NOUNS.items()
                for plural, listed in enumerate(forms)
                for phrase in _phrases(listed)
                for plural in [bool(plural)]
            },
            places=_inverse(looks.PLACES),
            colours=_inverse(looks.COLOURS),
            points=_inverse(numbers.POINTS),
            prepositions=_prepositions(),
            fillers=frozenset(_phrases(words.FILLERS)),
            exceptions=frozenset(tuple(text.split()) for text in numbers.EXCEPT),
            similar=frozenset(near.read_text(encoding="utf-8").split()),
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word that occurs in the vocabulary."""
        return _GRAMMAR.union(word for phrase in self._phrases for word in phrase)

    @cached_property
    def alone(self) -> frozenset[str]:
        """Every word that means something by itself."""
        return _GRAMMAR.union(phrase[0] for phrase in self._phrases if len(phrase) == 1)

    @cached_property
    def _phrases(self) -> tuple[Phrase, ...]:
        tables: tuple[Iterable[Phrase], ...] = (
            self.entries, self.nouns, self.places, self.colours, self.points, self.prepositions,
            self.exceptions,
        )  # fmt: skip
        return tuple(phrase for table in tables for phrase in table)

    @cached_property
    def _by_initial(self) -> Mapping[str, tuple[str, ...]]:
        table: dict[str, list[str]] = {}
        for word in sorted(self.known):
            if len(word) >= 4:
                table.setdefault(word[0], []).append(word)
        return {initial: tuple(found) for initial, found in table.items()}

    def mended(self, tokens: tuple[Token, ...], names: frozenset[str]) -> tuple[Token, ...]:
        """Correct typos in words that mean nothing as they are, but never in `names`."""
        return tuple(
            replace(token, text=_slipped(token.text, mended, names))
            if token.kind == "word"
            and token.text not in names
            and ((mended := self._mended(token.text)) != token.text or not self._is_word(mended))
            else token
            for token in tokens
        )

    def _is_word(self, word: str) -> bool:
        """Whether a word means something to the grammar, or to anybody."""
        return word in self.known or word in self.similar

    def _mended(self, word: str) -> str:
        if word in numbers.TYPOS:
            return numbers.TYPOS[word]
        if word in self.known:
            return word
        if len(word) < _SHORTEST_MENDED or word in self.similar or not word.isascii():
            return word
        return self._nearest(word) or self._drawn_out(word) or word

    def _drawn_out(self, word: str) -> str | None:
        """“plzz”, “sooo”, “muuute”: a known word with a letter repeated."""
        tight = (re.sub(r"(.)\1{2,}", r"\1\1", word), re.sub(r"(.)\1+", r"\1", word))
        return next((other for other in tight if other != word and other in self.known), None)

    def _nearest(self, word: str) -> str | None:
        """The only known word one slip away (two in long words), with the same first letter."""
        allowed = 1 if len(word) < 8 else 2
        near = [
            (OSA.distance(word, other, score_cutoff=allowed), other)
            for other in self._by_initial.get(word[0], ())
            if abs(len(other) - len(word)) <= allowed
        ]
        near = sorted(
            pair for pair in near if pair[0] <= allowed and not self._inflects(word, pair[1])
        )
        if not near:
            return None
        if len(near) == 1 or near[1][0] > near[0][0] or self._kin(near):
            return near[0][1]
        alike = [other for far, other in near if far == near[0][0] and _is_slip(word, other)]
        return alike[0] if len(alike) == 1 else None

    def _kin(self, near: list[tuple[int, str]]) -> bool:
        """Whether the two nearest are forms of one word (clip, clips), or mean the same."""
        first, second = near[0][1], near[1][1]
        entries = self.entries.get((first,)), self.entries.get((second,))
        same = entries[0] == entries[1] is not None
        return len(near) < 3 and (first.startswith(second) or second.startswith(first) or same)

    def _inflects(self, word: str, other: str) -> bool:
        """Whether a word is a form of a verb that commands nothing: “this beat slaps”."""
        entry = self.entries.get((other,))
        ending = word.removeprefix(other)
        return ending in _ENDINGS and entry is not None and entry.verb

    def entry(self, tokens: tuple[Token, ...], at: int) -> tuple[Entry, int] | None:
        """The longest phrase that starts here, and where it ends."""
        found = longest(self.entries, tokens, at)
        return (self.entries[found], at + len(found)) if found else None


def _is_slip(word: str, other: str) -> bool:
    """Letters changed places, or are missing: “muet” is mute, and “secnd” second."""
    letters = iter(other)
    missing = len(other) > len(word) and all(letter in letters for letter in word)
    return missing or sorted(word) == sorted(other)


def _slipped(word: str, mended: str, names: frozenset[str]) -> str:
    """The only name of which a word is a slip of two neighbouring letters, or a letter.

    Of several it stays as it is, so that it is asked about; of none it is mended.
    """
    if len(word) < _SHORTEST_NAME:
        return mended
    near = {name for name in names if name[:1] == word[:1] and OSA.distance(word, name) == 1}
    near = {name for name in near if len(name) >= _SHORTEST_NAME - 1 and name.isalpha()}
    near -= {word.removesuffix("s"), f"{word}s"}  # “all talks”
    if len(near) > 1:
        return word
    return next((name for name in near if len(name) >= _SHORTEST_NAME), mended)


def longest(table: Iterable[Phrase], tokens: tuple[Token, ...], at: int) -> Phrase | None:
    """The longest phrase of a table that starts at a token."""
    ahead = tuple(token.text for token in tokens[at : at + _REACH])
    for size in range(len(ahead), 0, -1):
        phrase = ahead[:size]
        if phrase in table and all(
            t.kind in ("word", "number", "mark") for t in tokens[at : at + size]
        ):
            return phrase
    return None


_REACH = 7
_SHORTEST_MENDED = 4
_SHORTEST_NAME = 5
_ENDINGS = ("s", "es", "d", "ed", "ing", "in", "er", "ers", "y")


def _phrases(listed: str) -> Iterator[Phrase]:
    for text in listed.split(","):
        if text.strip():
            yield tuple(token.text for token in tokenise(text))


def _inverse(table: Mapping[str, str]) -> dict[Phrase, str]:
    return {phrase: key for key, listed in table.items() for phrase in _phrases(listed)}


def _entries() -> dict[Phrase, Entry]:
    """All phrases with their meanings; one that stands in several tables has several."""
    found: dict[Phrase, Entry] = {}
    for phrase, entry in _listed():
        found[phrase] = found[phrase] | entry if phrase in found else entry
    for phrase in [phrase for phrase in found if _is_phrasal(phrase, found[phrase])]:
        base = phrase[:1]
        found[base] = found.get(base, Entry(frozenset(["base"]))) | Entry(frozenset(), verb=True)
    return found


def _listed() -> Iterator[tuple[Phrase, Entry]]:
    for table, verb in _TABLES:
        for meaning, phrases in table.items():
            idle = (table is verbs.LIGHT and meaning not in _HEAVY) or meaning == "thanks"
            for phrase in _phrases(phrases):
                yield phrase, Entry(frozenset([meaning]), verb, idle)
    for kind, table in _KEYED.items():
        for key, phrases in table.items():
            for phrase in _phrases(phrases):
                yield phrase, Entry(frozenset([f"{kind} {key}"]))
    for phrase in (*_phrases(words.FILLERS), ("'s",)):
        yield phrase, Entry(frozenset(), idle=True)


def _is_phrasal(phrase: Phrase, entry: Entry) -> bool:
    """“turn down”: its verb may stand apart from its particle."""
    return (
        entry.verb
        and len(phrase) == 2
        and phrase[1] in PARTICLES
        and phrase[:1] not in _prepositions()
        and phrase[0] not in (*PARTICLES, "sound", "dip")
    )


@cache
def _prepositions() -> frozenset[Phrase]:
    return frozenset(_phrases(numbers.PREPOSITIONS))


_TABLES: tuple[tuple[Mapping[str, str], bool], ...] = (
    (verbs.VERBS, True),
    (verbs.COMMANDS, True),
    (verbs.LIGHT, True),
    (words.TALK, False),
    (words.DEGREES, False),
    (looks.DIRECTIONS, False),
    (looks.LEVELS, False),
    (looks.PROPERTIES, False),
)
_KEYED: Mapping[str, Mapping[str, str]] = {
    "content": content.CONTENT,
    "spoken": speech.SPOKEN,
    "limit": words.LIMITS,
    "preset": looks.PRESETS,
    "format": looks.FORMATS,
}
_GRAMMAR = frozenset[str]().union(
    numbers.CARDINALS, numbers.ORDINALS, numbers.SHARES, numbers.FACTORS, numbers.UNIT_SECONDS,
    numbers.FRAME_UNITS, numbers.PERCENT, numbers.DECIBEL, numbers.DEGREE, numbers.PIXEL,
    numbers.FACTOR, numbers.RANGE_WORDS, numbers.ABOUT, numbers.DEFINITE, numbers.EVERY,
    numbers.PRONOUNS, numbers.ORDINAL_ENDINGS,
    ("and", "or", "plus", "but", "then", "number", "corner", "side", "edge"),
)  # fmt: skip
_HEAVY = {"say", "go", "come", "take", "touch", "leave"}
PARTICLES = frozenset(("up", "down", "in", "out", "off", "on", "away", "back", "over"))
