"""Operations on where things stand: move and reorder."""

from collections.abc import Collection, Sequence
from typing import Literal

from pydantic import Field

from bot.engine.composition import Audio, Captions, Composition, Image, Item, TimeAnchor, Video
from bot.engine.errors import InvalidEdit
from bot.engine.layout import Placed, layout
from bot.engine.operations.base import Operation
from bot.engine.operations.edit import Edit, hung
from bot.engine.operations.properties import OVERLAY_SCALE, spot
from bot.engine.operations.surgery import insert, reordered
from bot.engine.select import Selector
from bot.engine.timebase import Seconds


class Placing(Operation):
    """An operation that gives something a place on the main track, in one of four ways.

    `before` or `after` an item, at an `index` (0 = first), or `at` the cut nearest to a moment.
    """

    at: Seconds | None = Field(default=None, ge=0)
    index: int | None = None
    before: Selector | None = None
    after: Selector | None = None

    def position(self, comp: Composition, edit: Edit, moving: Collection[str] = ()) -> int:
        """Where on the main track something goes: in front of what stands at that position now.

        The end where nothing is said. `moving` are the items that will leave their places, which an
        index does not count.
        """
        if self.before is not None:
            return comp.main.index(_on_track(comp, edit, self.before)[0])
        if self.after is not None:
            return comp.main.index(_on_track(comp, edit, self.after)[-1]) + 1
        if self.index is not None:
            return _place(comp, self.index, moving)
        return len(comp.main) if self.at is None else _nearest_cut(comp, edit.now(self.at, comp))


def _on_track(comp: Composition, edit: Edit, selector: Selector) -> list[str]:
    """The ids of selected main-track items."""
    ids = [p.item.id for p in edit.select(selector, comp) if p.track == "main"]
    if not ids:
        raise InvalidEdit("Only the main track has a before and an after.")
    return ids


def _place(comp: Composition, index: int, moving: Collection[str]) -> int:
    staying = [n for n, key in enumerate(comp.main) if key not in moving]
    places = [*staying, len(comp.main)]
    if not -len(places) <= index < len(places):
        raise InvalidEdit(f"The main track has no place number {index + 1}.")
    return places[index]


def _nearest_cut(comp: Composition, frame: int) -> int:
    """Nothing is split to make room."""
    timeline = layout(comp)
    cuts = [*(placed.start for placed in timeline.main), timeline.duration]
    return min(range(len(cuts)), key=lambda index: abs(cuts[index] - frame))


class Move(Placing):
    """Move items to another place in the order, another time or another track, as a block.

    On the main track: `before`, `after`, `index` (counted without the items that move), or `at`
    (seconds) for the nearest cut. Elsewhere: `at`.

    ```
    move A after C        0 [ A ] 60 [ B ] 120 [ C ] 180
                          0 [ B ] 60 [ C ] 120 [ A ] 180
    ```
    """

    action: Literal["move"] = "move"
    selector: Selector
    track: Literal["main", "overlay"] | None = None

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        found = edit.select(self.selector, comp)
        to_main = [p.item for p in found if (self.track or p.track) == "main"]
        free = [p for p in found if (self.track or p.track) != "main"]
        if to_main:
            comp = self._on_main(comp, to_main, edit)
        if free:
            comp = self._elsewhere(comp, free, edit)
        return comp

    def _on_main(self, comp: Composition, items: Sequence[Item], edit: Edit) -> Composition:
        for item in items:
            if isinstance(item, Audio):
                raise InvalidEdit(f"“{item.label}” is sound and cannot stand on the main track.")
            if isinstance(item, Captions):
                raise InvalidEdit("Captions lie over the film and cannot stand on the main track.")
        ids = [item.id for item in items]
        where = self.position(comp, edit, ids)
        return insert(comp.with_item(*map(_filling, items)), where, *ids)

    def _elsewhere(self, comp: Composition, found: Sequence[Placed], edit: Edit) -> Composition:
        """Take items, and what hangs on them, off the main track or from another time."""
        first = min(found, key=lambda placed: placed.start)
        if self.at is None and first.item.anchor is not None:
            raise InvalidEdit(f"Say to which time “{first.item.label}” should move.")
        ids = {placed.item.id for placed in found}
        spots = layout(comp).by_id
        moving = {key: spots[key] for key in ids}
        moving |= {child.id: spots[child.id] for key in ids for child in comp.anchored_to(key)}
        loose = (p.item.but(anchor=TimeAnchor(at=p.start)) for p in moving.values())
        rest = comp.but(main=tuple(key for key in comp.main if key not in ids)).with_item(*loose)
        at = first.start if self.at is None else edit.on_screen(self.at, rest)
        if rest.main and at >= layout(rest).duration:
            raise InvalidEdit(f"“{first.item.label}” would not be seen: the film ends there.")
        shift = at - first.start
        return rest.with_item(
            *(hung(rest, _inset(placed.item), placed.start + shift) for placed in moving.values())
        )


def _inset(item: Item) -> Item:
    """An item as it stands over the film; a picture from the main track becomes small."""
    if isinstance(item, Audio) or item.anchor is not None:
        return item
    item = item.but(transition_in=None)
    if item.type not in OVERLAY_SCALE:
        return item
    small = item.transform.but(scale=OVERLAY_SCALE[item.type], **spot("top-right"))
    return item.but(transform=small)


def _filling(item: Item) -> Item:
    """An item as it stands on the main track; a picture that was an inset fills the canvas."""
    if item.anchor is None:
        return item
    item = item.but(anchor=None, to_end=False)
    if not isinstance(item, Video | Image):
        return item
    return item.but(transform=item.transform.but(scale=1, **spot("center")))


class Reorder(Operation):
    """Put the named main-track items into the given order, in the places that they hold together.

    ```
    reorder C, A          0 [ A ] 60 [ B ] 120 [ C ] 180
                          0 [ C ] 60 [ B ] 120 [ A ] 180
    ```
    """

    action: Literal["reorder"] = "reorder"
    order: tuple[Selector, ...] = Field(min_length=2)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        ids = [key for each in self.order for key in _on_track(comp, edit, each)]
        if len(set(ids)) != len(ids):
            raise InvalidEdit("The new order names an item twice.")
        named, wanted = set(ids), iter(ids)
        order = tuple(next(wanted) if key in named else key for key in comp.main)
        return reordered(comp, order)
