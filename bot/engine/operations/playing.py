"""Operations on the way footage plays: reverse and freeze."""

from collections.abc import Iterator
from math import ceil, floor
from typing import Literal

from pydantic import Field

from bot.engine.composition import Composition, Video
from bot.engine.errors import InvalidEdit
from bot.engine.keyframes import Keyframe, value
from bot.engine.layout import Placed, layout
from bot.engine.operations.base import Operation, Targeted
from bot.engine.operations.cutting import can_be_cut
from bot.engine.operations.edit import Edit, measured
from bot.engine.operations.surgery import PREFIX, Names, begin, parted
from bot.engine.select import Selector
from bot.engine.timebase import Seconds, timecode


class Reverse(Targeted):
    """Play backwards, pictures and sound; what plays backwards already plays forwards again.

    `backwards` says which way. What hangs on the item stays where it is, and so do its fades and
    its animation.

    ```
    reverse B             0 [ A ] 60 [ B: source 0, 1 … 89 ] 150
                          0 [ A ] 60 [ B: source 89 … 1, 0 ] 150
    ```
    """

    action: Literal["reverse"] = "reverse"
    backwards: bool | None = None

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        comp, targets = self.targets(comp, edit)
        comp = measured(comp, [placed.item.id for placed in targets])
        items = [comp.items[placed.item.id] for placed in targets]
        films = [item for item in items if isinstance(item, Video) and item.frozen is None]
        if not films:
            raise InvalidEdit(f"“{items[0].label}” is no moving picture to be played backwards.")
        return comp.with_item(*map(self._turned, films))

    def _turned(self, item: Video) -> Video:
        backwards = not item.backwards if self.backwards is None else self.backwards
        start = begin(item, backwards=backwards)
        # Rounded outwards, so that turning it back leads to where it was.
        return item.but(backwards=backwards, source_in=ceil(start) if backwards else floor(start))


class Freeze(Operation):
    """Let the film stand at a moment for `duration` seconds, without sound; then it goes on.

    `at` is a moment of the film, or counted from the start of an item (`selector`); without it the
    last frame stands, at the end. What comes after moves later.

    ```
    freeze at 3 s         0 [ A ] 60 [       B       ] 150
    for 0.5 s             0 [ A ] 60 [ B ] 90 [ frozen ] 105 [ B.30 ] 165
    ```
    """

    action: Literal["freeze"] = "freeze"
    selector: Selector | None = None
    at: Seconds | None = None
    duration: Seconds = Field(default=2.0, gt=0)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        for key, offset in list(self._moments(comp, edit)):
            comp = self._frozen(comp, layout(comp).by_id[key], offset, edit.serial)
        return comp

    def _moments(self, comp: Composition, edit: Edit) -> Iterator[tuple[str, int]]:
        """Items, and how many frames after its start each of them is to stand."""
        timeline = layout(comp)
        if self.selector is None:
            frame = edit.now(self.at, comp)
            if not timeline.main:
                raise InvalidEdit("There is nothing on the main track that could stand still.")
            placed = timeline.at(frame) or timeline.main[-1]
            if placed.overlap and frame == placed.start:  # its transition is yet to come
                placed = timeline.main[placed.index - 1]
            yield placed.item.id, min(frame - placed.start, placed.frames)
            return
        for placed in edit.select(self.selector, comp):
            at = placed.frames
            if self.at is not None:
                at = edit.offset(placed, self.at, comp.canvas.fps)
            if 0 <= at <= placed.frames:
                yield placed.item.id, at

    def _frozen(self, comp: Composition, placed: Placed, offset: int, serial: int) -> Composition:
        item = placed.item
        if not isinstance(item, Video) or item.frozen is not None:
            raise InvalidEdit(f"“{item.label}” does not move; make it longer instead.")
        if placed.track != "main":
            raise InvalidEdit(f"Only the main track can stand still, and not “{item.label}”.")
        ahead, behind = item.id, item.id
        if 0 < offset < item.duration:
            comp, (ahead, behind) = _split(comp, placed, offset)
        names = Names(comp)
        still = _still(item, min(offset, item.duration - 1)).but(
            id=names.id(f"{PREFIX['video']}{serial}"),
            label=names.label(f"{item.label[:70]} freeze"),
            duration=max(1, comp.canvas.fps.frames(self.duration)),
        )
        place = comp.main.index(behind) if offset < item.duration else comp.main.index(ahead) + 1
        comp = _handed_on(comp, item, still, offset)
        return comp.but(main=(*comp.main[:place], still.id, *comp.main[place:]))


def _split(comp: Composition, placed: Placed, offset: int) -> tuple[Composition, tuple[str, ...]]:
    timeline, item = layout(comp), placed.item
    if not can_be_cut(timeline, placed, offset):
        at = timecode(timeline.canvas.fps.seconds(placed.start + offset))
        raise InvalidEdit(f"There is a transition at {at}; the film can stand before or behind it.")
    comp, ids = parted(comp, {item.id: ((0, offset), (offset, item.duration))})
    return comp, ids[item.id]


def _still(item: Video, offset: int) -> Video:
    """A frame of an item, as it looks there."""
    return item.but(
        source_in=0,
        speed=1,
        backwards=False,
        frozen=floor(item.source_at(offset)),
        keyframes={
            name: (Keyframe(frame=0, value=value(keys, offset)),)
            for name, keys in item.keyframes.items()
        },
        transition_in=None,
        fade_in=0,
        fade_out=0,
    )


def _handed_on(comp: Composition, item: Video, still: Video, offset: int) -> Composition:
    """Put a still in; where it stands at an end of the item, it takes the fade from there."""
    if offset == 0:
        still = still.but(fade_in=item.fade_in, transition_in=item.transition_in)
        return comp.with_item(still, item.but(fade_in=0, transition_in=None))
    if offset == item.duration:
        still = still.but(fade_out=item.fade_out)
        return comp.with_item(still, item.but(fade_out=0))
    return comp.with_item(still)
