"""Facts, and how they become the lines of a receipt."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bot.engine.composition import ItemType
from bot.engine.layout import Placed

_MOST_LINES = 12
_MOST_NAMED = 3
_PLURAL: dict[ItemType, str] = {
    "video": "clips",
    "image": "images",
    "text": "texts",
    "shape": "shapes",
    "audio": "sounds",
    "captions": "captions",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, mostly to one item: `head` “label” `tail`.

    Many facts with the same head and `summary` are told in one line: `head` 12 clips `summary`, or
    `together` where that has other words, with # for the number. `shift` is by how many frames the
    film behind it moved, 0 where that cannot be told, and None for what leaves its length alone.
    """

    head: str
    label: str | None = None
    tail: str = ""
    item_type: ItemType | None = None
    summary: str = ""
    together: str = ""
    shift: int | None = None

    def __str__(self) -> str:
        return self.head + (f"“{self.label}”" if self.label is not None else "") + self.tail


def about(placed: Placed, head: str, tail: str, summary: str = "", **more: Any) -> Fact:
    """A fact about an item under its present name."""
    item = placed.item
    return Fact(head, item.label, tail, item.type, summary, **more)


def lines(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Write facts down, many equal ones in one line, and those past the last line as a number."""
    groups: dict[tuple[str | None, ...], list[Fact]] = {}
    for fact in facts:
        key = (fact.head, fact.summary, fact.item_type)
        groups.setdefault(key, []).append(fact)
    written = [line for group in groups.values() for line in _written(group)]
    if len(written) <= _MOST_LINES:
        return tuple(written)
    more = len(written) - _MOST_LINES + 1
    return (*written[: _MOST_LINES - 1], f"… and {more} more changes")


def _written(facts: Sequence[Fact]) -> Iterator[str]:
    first = facts[0]
    if first.label is None or first.item_type is None:
        yield from map(str, facts)
    elif len(facts) > _MOST_NAMED:
        together = first.together or f"{first.head}# {_PLURAL[first.item_type]}{first.summary}"
        yield together.replace("#", str(len(facts)))
    else:
        for tail, alike in groupby(facts, key=lambda fact: fact.tail):
            yield f"{first.head}{listed([f'“{fact.label}”' for fact in alike])}{tail}"


def listed(names: Sequence[str]) -> str:
    """Write names as people do: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
