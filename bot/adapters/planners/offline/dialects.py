"""Other words for the same: messages in other languages, and turns of phrase, in plain English.

Only words are exchanged, and each keeps its place in the message: the grammar stays one. A word
that a table does not have stays as it is, so that nothing is dropped; the message is then asked
about.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import chain

from bot.adapters.planners.offline.lexicon import Lexicon, Phrase, longest
from bot.adapters.planners.offline.tokens import Token, tokenise
from bot.adapters.planners.offline.vocabulary import (
    content,
    french,
    german,
    portuguese,
    sayings,
    spanish,
    speech,
)

_ELIDED = re.compile(r"(l|d|n|s|j|qu)['’](?=\w)")
_LEAST_SHARE = 0.5  # of the words of a message that a language must know


@dataclass(frozen=True)
class Dialect:
    """Phrases, and what they are in plain English.

    `levels` are words that are clear only before a percentage; `elides` where articles lose their
    vowel.
    """

    phrases: Mapping[Phrase, Phrase]
    levels: Mapping[str, str] = field(default_factory=dict)
    elides: bool = False

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of every phrase."""
        return frozenset(word for phrase in self.phrases for word in phrase)

    def put(self, tokens: tuple[Token, ...], names: frozenset[str]) -> tuple[Token, ...]:
        """Exchange the phrases, but never a word that is a name."""
        return tuple(self._put(tokens, names))

    def _put(self, tokens: tuple[Token, ...], names: frozenset[str]) -> Iterator[Token]:
        at = 0
        while at < len(tokens):
            phrase = None if self._is_level(tokens, at) else longest(self.phrases, tokens, at)
            if phrase is None or (len(phrase) == 1 and phrase[0] in names):
                yield replace(tokens[at], text=self._plain(tokens, at))
                at += 1
                continue
            first, last = tokens[at], tokens[at + len(phrase) - 1]
            for number, word in enumerate(self.phrases[phrase]):
                yield Token("word", word, first.start, last.end, first.tight and not number)
            at += len(phrase)

    def _plain(self, tokens: tuple[Token, ...], at: int) -> str:
        text = tokens[at].text
        return self.levels[text] if self._is_level(tokens, at) else text

    def _is_level(self, tokens: tuple[Token, ...], at: int) -> bool:
        """Whether a percentage follows a word such as “al”."""
        percent = [behind.text for behind in tokens[at + 2 : at + 3]] == ["percent"]
        return percent and tokens[at].text in self.levels


def plain(tokens: tuple[Token, ...], names: frozenset[str], lexicon: Lexicon) -> tuple[Token, ...]:
    """A message in plain English words, typos mended; `names` are the words of its labels."""
    if spoken := _spoken(tokens, names, lexicon):
        dialect, split = spoken
        return dialect.put(split, names)
    return _sayings().put(lexicon.mended(tokens, names), names)


def _spoken(
    tokens: tuple[Token, ...], names: frozenset[str], lexicon: Lexicon
) -> tuple[Dialect, tuple[Token, ...]] | None:
    """The language that knows the most words, where English does not know them all."""
    known = lexicon.known | names
    if all(token.kind != "word" or token.text in known for token in tokens):
        return None
    ranked = []
    for dialect in _languages():
        split = tuple(_split(tokens)) if dialect.elides else tokens
        said = [token.text for token in split if token.kind == "word" and token.text not in names]
        hits = [word for word in said if word in dialect.words]
        if len(hits) >= _LEAST_SHARE * len(said) and not known.issuperset(hits):
            ranked.append((len(hits) / len(said), dialect, split))
    return max(ranked, key=lambda row: row[0])[1:] if ranked else None


def _split(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """“l'intro” is l and intro."""
    for token in tokens:
        elided = _ELIDED.match(token.text) if token.kind == "word" else None
        if elided is None or token.end - token.start != len(token.text):
            yield token
            continue
        cut = token.start + elided.end()
        yield replace(token, text=elided[1], end=cut - 1)
        yield replace(token, text=token.text[elided.end() :], start=cut, tight=True)


@cache
def _sayings() -> Dialect:
    return Dialect(_compiled(sayings.SAYINGS))


@cache
def _languages() -> tuple[Dialect, ...]:
    return (
        Dialect(_compiled(speech.GERMAN, content.GERMAN, german.WORDS)),
        Dialect(_compiled(speech.SPANISH, content.SPANISH, spanish.WORDS), spanish.BEFORE_PERCENT),
        Dialect(
            _compiled(speech.PORTUGUESE, content.PORTUGUESE, portuguese.WORDS),
            portuguese.BEFORE_PERCENT,
        ),
        Dialect(
            _compiled(speech.FRENCH, content.FRENCH, french.WORDS),
            french.BEFORE_PERCENT,
            elides=True,
        ),
    )


def _compiled(*tables: Mapping[str, str]) -> dict[Phrase, Phrase]:
    """Each phrase with its words in English; the first table row that lists it wins."""
    found: dict[Phrase, Phrase] = {}
    for english, listed in chain.from_iterable(table.items() for table in tables):
        for text in listed.split(","):
            phrase = tuple(
                part.text for token in tokenise(text.strip()) for part in _split((token,))
            )
            found.setdefault(phrase, tuple(english.split()))
    return found
