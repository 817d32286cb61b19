"""Selectors: which items an edit means.

A selector is judged on the timeline as it stood before the message, so that "the second clip"
stays the second clip while a plan's earlier operations cut and move things.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.engine.composition import ItemType
from bot.engine.errors import NothingSelected
from bot.engine.layout import Placed, Timeline
from bot.engine.record import Record
from bot.engine.timebase import Seconds, timecode

Group = ItemType | Literal["main", "overlay", "all"]
"""An item type, a track, or everything."""

_ALIASES: dict[str, Group] = dict.fromkeys(("caption", "subtitle", "subtitles", "subs"), "captions")


def group_meant(name: object) -> object:
    """The group that a name means: "subtitles" are captions."""
    return _ALIASES.get(name, name) if isinstance(name, str) else name


_Group = Annotated[Group, BeforeValidator(group_meant)]


class ById(Record):
    """The item with this id."""

    type: Literal["byId"] = "byId"
    id: str

    def pick(self, timeline: Timeline) -> set[str]:
        return {self.id} & timeline.by_id.keys()

    def __str__(self) -> str:
        return f"“{self.id}”"


class ByLabel(Record):
    """Items with this label, whatever its case."""

    type: Literal["byLabel"] = "byLabel"
    label: str

    def pick(self, timeline: Timeline) -> set[str]:
        wanted = self.label.casefold()
        return {p.item.id for p in timeline.placed if p.item.label.casefold() == wanted}

    def __str__(self) -> str:
        return f"“{self.label}”"


class ByType(Record):
    """Items of a type or track."""

    type: Literal["byType"] = "byType"
    item_type: _Group

    def pick(self, timeline: Timeline) -> set[str]:
        return {p.item.id for p in timeline.placed if _in_group(p, self.item_type)}

    def __str__(self) -> str:
        return f"of type {self.item_type}"


class ByIndex(Record):
    """The n-th of a type or track in timeline order: 0 is the first, −1 the last."""

    type: Literal["byIndex"] = "byIndex"
    index: int
    of: _Group = "main"

    def pick(self, timeline: Timeline) -> set[str]:
        row = [p.item.id for p in timeline.in_order if _in_group(p, self.of)]
        return {row[self.index]} if -len(row) <= self.index < len(row) else set()

    def __str__(self) -> str:
        return f"number {self.index + 1}" if self.index >= 0 else f"{-self.index} from the end"


class ByTime(Record):
    """Items on screen (or sounding) at some moment of [start, end), in seconds."""

    type: Literal["byTime"] = "byTime"
    start: Seconds
    end: Seconds | None = None

    def pick(self, timeline: Timeline) -> set[str]:
        rate = timeline.canvas.fps
        first = rate.frames(self.start)
        last = first + 1 if self.end is None else rate.frames(self.end)
        return {p.item.id for p in timeline.placed if max(p.start, first) < min(p.end, last)}

    def __str__(self) -> str:
        return f"at {timecode(self.start)}"


Leaf = Annotated[ById | ByLabel | ByType | ByIndex | ByTime, Field(discriminator="type")]


class AllOf(Record):
    """Items that every part picks."""

    type: Literal["allOf"] = "allOf"
    of: tuple[Leaf, ...] = Field(min_length=1)

    def pick(self, timeline: Timeline) -> set[str]:
        return set.intersection(*(part.pick(timeline) for part in self.of))

    def __str__(self) -> str:
        return " and ".join(map(str, self.of))


class AnyOf(Record):
    """Items that at least one part picks."""

    type: Literal["anyOf"] = "anyOf"
    of: tuple[Annotated[Leaf | AllOf, Field(discriminator="type")], ...] = Field(min_length=1)

    def pick(self, timeline: Timeline) -> set[str]:
        return set.union(*(part.pick(timeline) for part in self.of))

    def __str__(self) -> str:
        return " or ".join(map(str, self.of))


Selector = Annotated[
    ById | ByLabel | ByType | ByIndex | ByTime | AllOf | AnyOf, Field(discriminator="type")
]


def select(selector: Selector, timeline: Timeline) -> tuple[Placed, ...]:
    """Return the items that a selector means, in timeline order.

    Raises:
        NothingSelected: No item matches; an edit that touched nothing must say so.
    """
    picked = selector.pick(timeline)
    if not picked:
        raise NothingSelected(f"There is no item {selector} in this composition.")
    return tuple(placed for placed in timeline.in_order if placed.item.id in picked)


def _in_group(placed: Placed, group: Group) -> bool:
    return group in ("all", placed.item.type, placed.track)
