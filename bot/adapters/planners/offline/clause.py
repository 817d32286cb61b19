"""A clause: a part of the message that asks one thing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.adapters.planners.offline.phrases import Break, Chunk, Source, Word

NO_OPENERS = ("last", "lasts", "order", "cost", "price", "log", "status", "copy", "silent",
    "quote", "lower", "hold")  # fmt: skip


@cache
def listed(*meanings: str) -> frozenset[str]:
    """A set of meanings, each argument one or several with commas between."""
    return frozenset(word.strip() for each in meanings for word in each.split(","))


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the message that asks one thing. `asked` where a question mark ends it.

    A `reason` asks nothing: it says why the rest is asked.
    """

    chunks: tuple[Chunk, ...]
    asked: bool = False
    joined: bool = False
    reason: bool = False

    def words(self) -> Iterator[Word]:
        for chunk in self.chunks:
            if isinstance(chunk.value, Word):
                yield chunk.value

    def means(self, *meanings: str) -> bool:
        """Whether some word has one of the meanings; they may be listed with commas."""
        wanted = listed(*meanings)
        return any(not word.meanings.isdisjoint(wanted) for word in self.words())

    @property
    def has_verb(self) -> bool:
        return any(word.verb and not word.noun for word in self.words())

    @property
    def idle(self) -> bool:
        """Whether nothing in it carries meaning."""
        return all(
            isinstance(chunk.value, Break)
            or (isinstance(chunk.value, Word) and chunk.value.idle and not chunk.value.meanings)
            for chunk in self.chunks
        )

    def span(self, src: Source) -> tuple[int, int]:
        """Its place in the message."""
        return src.tokens[self.chunks[0].first].start, src.tokens[self.chunks[-1].last - 1].end

    def raw(self, src: Source) -> str:
        first, last = self.span(src)
        return src.message[first:last]


def stays_so(clause: Clause) -> bool:
    """“the intro stays unchanged”: it must not be touched."""
    stays = any(word.text in ("stay", "stays") for word in clause.words())
    return stays and any(getattr(c.value, "text", "") == "unchanged" for c in clause.chunks)


def skippable(chunk: Chunk) -> bool:
    if isinstance(chunk.value, Break):
        return not chunk.value.hard
    return isinstance(chunk.value, Word) and chunk.value.idle and not chunk.value.verb


def is_verb(chunk: Chunk) -> bool:
    word = chunk.value
    return isinstance(word, Word) and word.verb and not word.noun and word.text not in NO_OPENERS


def means(chunk: Chunk, *meanings: str) -> bool:
    return isinstance(chunk.value, Word) and not chunk.value.meanings.isdisjoint(meanings)


def text_of(chunk: Chunk) -> str:
    return chunk.value.text if isinstance(chunk.value, Word) else ""
