"""Cutting up: other stretches of items, pieces of items, and what becomes of what hangs on them."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from bot.engine.composition import (
    Audio,
    Composition,
    Item,
    ItemAnchor,
    ItemType,
    TimeAnchor,
    Transition,
    Video,
    is_frozen,
)
from bot.engine.errors import InvalidEdit
from bot.engine.keyframes import Keyframe
from bot.engine.timebase import round_half_up

PREFIX: dict[ItemType, str] = {
    "video": "v",
    "image": "i",
    "text": "t",
    "shape": "s",
    "audio": "a",
    "captions": "cc",
}
"""What ids of new items begin with; the number of the revision follows."""

Span = tuple[int, int]
"""Frames [first, last) of an item, counted from its present start."""


class Names:
    """The ids and labels of a composition, to find free ones; what it gives out counts as taken."""

    def __init__(self, comp: Composition) -> None:
        self._taken = {*comp.items, *comp.clips}
        self._labels = {item.label.casefold() for item in comp.items.values()}
        self._last: dict[str, int] = {}  # so that many copies are numbered in linear time

    def id(self, stem: str) -> str:
        """The stem, or the stem with "x2", "x3" … where it is taken."""
        number = self._last.get(stem, 1)
        name = stem
        while name in self._taken:
            number += 1
            name = f"{stem}x{number}"
        self._taken.add(name)
        self._last[stem] = number
        return name

    def label(self, label: str) -> str:
        """The label, or its stem with the next free number: "clip", "clip 2", "clip 3"."""
        stem = label_stem(label)
        number = max(int(label[len(stem) :] or 1), self._last.get(f" {stem}", 1))
        name = label
        while name.casefold() in self._labels:
            number += 1
            name = f"{stem[:70]} {number}"
        self._labels.add(name.casefold())
        self._last[f" {stem}"] = number
        return name


def label_stem(label: str) -> str:
    """A label without the number behind it: "clip 2" is a "clip"."""
    return re.sub(r"(?<=\S) [0-9]{1,3}$", "", label)


def lineage(item_id: str) -> Iterator[str]:
    """The id itself and those that it was split from: "v1.90.30", "v1.90", "v1"."""
    yield item_id
    while "." in item_id:
        item_id = item_id.rpartition(".")[0]
        yield item_id


def speed_of(item: Item) -> float:
    """How fast an item plays, whichever way; 1 for what has no source."""
    return item.speed if isinstance(item, Video | Audio) else 1.0


def pace_of(item: Item) -> Fraction:
    """Source frames per frame; negative where it plays backwards, 1 for what has no source."""
    return item.pace if isinstance(item, Video | Audio) else Fraction(1)


def turned(item: Item) -> bool:
    """Whether an item plays backwards."""
    return pace_of(item) < 0


def begin(item: Item, *, backwards: bool) -> Fraction:
    """Where in its source an item would begin, if it played that way."""
    far = 0 if turned(item) == backwards else item.duration * pace_of(item)
    return item.source_in + Fraction(far)


def scaling(factor: Fraction) -> Callable[[int], int]:
    """A function that stretches frame numbers."""
    return lambda frames: round_half_up(frames * factor)


def scaling_within(factor: Fraction, whole: int) -> Callable[[int], int]:
    """A function that stretches offsets into an item, which rounding must not push out of it."""
    return lambda offset: min(round_half_up(offset * factor), whole - 1)


def moved_keys(item: Item, move: Callable[[int], int]) -> dict[str, tuple[Keyframe, ...]]:
    """An item's keyframes at other frames; of two that fall together the later one stays."""
    return {
        name: tuple({move(key.frame): key.but(frame=move(key.frame)) for key in keys}.values())
        for name, keys in item.keyframes.items()
    }


def window(item: Item, first: int, last: int) -> Item:
    """Show the frames [first, last) of an item, counted from its present start.

    A negative `first` or a `last` behind the end shows more of the source than before.

    ```
    window 30, 150        0 [        B        ] 180      source 0-180
                          0 [     B     ] 120            source 30-150
    ```

    Raises:
        InvalidEdit: Nothing would be left, or the source has nothing before its start.
    """
    if first >= last:
        raise InvalidEdit(f"Nothing of “{item.label}” would be left.")
    source_in = item.source_in + (first and round_half_up(first * pace_of(item)))
    if source_in < 0 and isinstance(item, Video | Audio) and not is_frozen(item):
        raise InvalidEdit(f"“{item.label}” has no more footage before its start.")
    keyframes = moved_keys(item, lambda frame: frame - first)
    return item.but(duration=last - first, source_in=source_in, keyframes=keyframes)


def later(item: Item, frames: int) -> Item:
    """A free item that starts that much later (or earlier); not before its anchor."""
    match item.anchor:
        case ItemAnchor(item=target, offset=offset):
            return item.but(anchor=ItemAnchor(item=target, offset=max(0, offset + frames)))
        case TimeAnchor(at=at):
            return item.but(anchor=TimeAnchor(at=max(0, at + frames)))
        case None:
            return item


def reshaped(
    comp: Composition, parts: Iterable[Item], moved: Mapping[str, Callable[[int], int]]
) -> Composition:
    """Put changed items in; `moved` tells, by item, where the offsets of what hangs on it go."""
    items = {**comp.items, **{part.id: part for part in parts}}
    for target, move in moved.items():
        for key in (child.id for child in comp.anchored_to(target)):
            child = items[key]
            if isinstance(child.anchor, ItemAnchor):
                offset = max(0, move(child.anchor.offset))
                items[key] = child.but(anchor=ItemAnchor(item=target, offset=offset))
    return comp.but(items=items)


def parted(
    comp: Composition, kept: Mapping[str, Sequence[Span]]
) -> tuple[Composition, Mapping[str, tuple[str, ...]]]:
    """Show only the given stretches of items, each as a piece of its own; none removes the item.

    The first piece keeps id and label. What hangs on an item stays over the same picture; what hung
    wholly in a gap goes with it, and what reaches out of a gap keeps the rest. Also returns the ids
    of the pieces.

    ```
    B: 0-30, 90-150       0 [ A ] 60 [       B       ] 210 [ C ] 270
                          0 [ A ] 60 [ B ] 90 [ B.90 ] 150 [ C ] 210
    ```
    """
    names = Names(comp)
    pieces = {key: tuple(_pieces(comp.items[key], kept[key], names)) for key in kept}
    ids = {key: tuple(piece.id for piece in row) for key, row in pieces.items()}
    items = {key: item for key, item in comp.items.items() if key not in kept}
    items |= {piece.id: piece for row in pieces.values() for piece in row}
    main = tuple(piece for key in comp.main for piece in ids.get(key, (key,)))
    return comp.but(items=_hung_again(comp, items, kept, ids), main=main), ids


def _pieces(item: Item, spans: Sequence[Span], names: Names) -> Iterator[Item]:
    for number, (first, last) in enumerate(spans):
        changes: dict[str, object] = {"to_end": item.to_end and last == item.duration}
        if number > 0:
            name = {"id": names.id(f"{item.id}.{first}"), "label": names.label(item.label)}
            changes |= name | {"fade_in": 0}
        if number < len(spans) - 1:
            changes["fade_out"] = 0
        if first > 0 and not isinstance(item, Audio):
            changes["transition_in"] = None
        yield later(window(item, first, last), first).but(**changes)


def _hung_again(
    comp: Composition,
    items: Mapping[str, Item],
    kept: Mapping[str, Sequence[Span]],
    ids: Mapping[str, Sequence[str]],
) -> Mapping[str, Item]:
    """Hang everything on the piece that shows the same picture, without what is gone with it."""
    starts, slots, end = {}, [], 0
    for key in comp.main:
        duration = comp.items[key].duration
        spans = zip(kept.get(key, ((0, duration),)), ids.get(key, (key,)), strict=True)
        slots += [(end + first, end + last, piece) for (first, last), piece in spans]
        starts[key] = end
        end += duration

    def hung(item: Item) -> Item | None:
        if not isinstance(item.anchor, ItemAnchor) or item.anchor.item not in kept:
            return item
        moment = starts[item.anchor.item] + item.anchor.offset
        slot = bisect_right(slots, moment, key=lambda slot: slot[1])
        if slot == len(slots):
            return None
        first, _, piece = slots[slot]
        rest = _rest(comp, item, first - moment)
        return rest and rest.but(anchor=ItemAnchor(item=piece, offset=max(0, moment - first)))

    return {key: after for key, item in items.items() if (after := hung(item))}


def _rest(comp: Composition, item: Item, frames: int) -> Item | None:
    """An item without its first frames; None where nothing is left."""
    if frames <= 0:
        return item
    if item.to_end:
        rest = window(item, frames, frames + item.duration)
        return None if comp.longest(rest) == 0 else rest
    return window(item, frames, item.duration) if item.duration > frames else None


def insert(comp: Composition, position: int, *ids: str) -> Composition:
    """Put ids into the main track in front of what stands at `position`; they leave their places.

    See `reordered` for what becomes of transitions.
    """
    ahead = [key for key in comp.main[:position] if key not in ids]
    behind = [key for key in comp.main[position:] if key not in ids]
    return reordered(comp, (*ahead, *ids, *behind))


def reordered(comp: Composition, main: tuple[str, ...]) -> Composition:
    """Change the order of the main track.

    A transition belongs to a cut. An item that comes to stand first hands its own on to the item
    that stood there, where the two still meet, or where all cuts have one.
    """
    after = comp.but(main=main)
    if not comp.main or main[0] == comp.main[0]:
        return after
    first, former = comp.items[main[0]], comp.items[comp.main[0]]
    others = (comp.items[key] for key in main[1:] if key != former.id)
    if main[1] != former.id and not all(map(_transition, others)):
        return after
    if isinstance(first, Audio) or isinstance(former, Audio) or not first.transition_in:
        return after
    return after.with_item(
        first.but(transition_in=None), former.but(transition_in=first.transition_in)
    )


def _transition(item: Item) -> Transition | None:
    return None if isinstance(item, Audio) else item.transition_in
