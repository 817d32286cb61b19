"""Operations on what there is: delete, duplicate and replace."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from bot.engine.composition import (
    Audio,
    Captions,
    Clip,
    ClipKind,
    Composition,
    Image,
    Item,
    Shape,
    Text,
    Video,
)
from bot.engine.errors import InvalidEdit
from bot.engine.layout import Placed, layout
from bot.engine.operations.base import Operation, Targeted
from bot.engine.operations.edit import Edit, first_in, hung
from bot.engine.operations.properties import label_of_clip
from bot.engine.operations.surgery import PREFIX, Names, label_stem
from bot.engine.select import Selector

_PLAYING: dict[ClipKind, type[Video] | type[Image] | type[Audio]] = {
    "video": Video,
    "image": Image,
    "audio": Audio,
}


class Delete(Targeted):
    """Remove items, or a stretch of items; the main track closes, and what hung on them goes too.

    ```
    delete B              0 [ A ] 60 [   B   ] 150 [ C ] 210     t hangs on B, u on C
                                     [t]           [u]
                          0 [ A ] 60 [ C ] 120
                                     [u]
    ```
    """

    action: Literal["delete"] = "delete"

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        if self.is_stretch:
            return edit.without(comp, self.selector, [(self.start or 0, self.end)])
        _, targets = self.targets(comp, edit)
        gone = [placed.item.id for placed in targets]
        hanging = [child.id for key in gone for child in comp.anchored_to(key)]
        return comp.without(*gone, *hanging)


class Duplicate(Operation):
    """Repeat items right after themselves, `times` times.

    ```
    duplicate A           0 [ A ] 60 [ B ] 120
                          0 [ A ] 60 [ A 2 ] 120 [ B ] 180
    ```
    """

    action: Literal["duplicate"] = "duplicate"
    selector: Selector
    times: int = Field(default=1, ge=1, le=20)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        names = Names(comp)
        found = edit.select(self.selector, comp)
        twins = {
            placed.item.id: [self._twin(placed.item, edit, names) for _ in range(self.times)]
            for placed in found
        }
        order = ([key, *(twin.id for twin in twins.get(key, ()))] for key in comp.main)
        main = tuple(key for row in order for key in row)
        on_main = (twin for key in comp.main for twin in twins.get(key, ()))
        comp = comp.with_item(*on_main).but(main=main)
        for placed in found:
            if placed.track != "main":
                comp = self._lined_up(comp, placed.item, twins[placed.item.id])
        return comp

    def _twin(self, item: Item, edit: Edit, names: Names) -> Item:
        name = {
            "id": names.id(f"{PREFIX[item.type]}{edit.serial}"),
            "label": names.label(item.label),
        }
        return item.but(**name) if isinstance(item, Audio) else item.but(**name, transition_in=None)

    def _lined_up(self, comp: Composition, item: Item, twins: Sequence[Item]) -> Composition:
        timeline = layout(comp)
        start = timeline.by_id[item.id].start
        for number, twin in enumerate(twins, start=1):
            at = start + number * item.duration
            if item.to_end or (comp.main and at >= timeline.duration):
                raise InvalidEdit(f"There is no room behind “{item.label}”: the film ends there.")
            comp = comp.with_item(hung(comp, twin, at))
        return comp


class Replace(Operation):
    """Show another clip in an item's place; its length, position and effects stay.

    A clip that is too short makes the item shorter. An item that bears the name of its clip takes
    the name of the new one.
    """

    action: Literal["replace"] = "replace"
    selector: Selector
    clip: str

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        if self.clip not in comp.clips:
            raise InvalidEdit("There is no such clip in the bin.")
        for placed in edit.select(self.selector, comp):
            comp = comp.with_item(self._replaced(comp, placed))
        return comp

    def _replaced(self, comp: Composition, placed: Placed) -> Item:
        item, clip = placed.item, comp.clips[self.clip]
        kind = "audio" if isinstance(item, Audio) else clip.kind
        audible_only = kind == "audio" and not isinstance(item, Audio)
        if isinstance(item, Text | Shape | Captions) or audible_only or not clip.suits(kind):
            raise InvalidEdit(f"“{clip.name}” cannot take the place of “{item.label}”.")
        model = _PLAYING[kind]
        shared = type(item).model_fields.keys() & model.model_fields.keys() - {"type"}
        fields = {name: getattr(item, name) for name in shared}
        if kind == "image":
            keyframes = {name: keys for name, keys in item.keyframes.items() if name != "volume"}
            fields["keyframes"] = keyframes
        label = self._label(comp, item.label, comp.clips[item.clip], clip)
        fields |= {"clip": clip.id, "source_in": 0, "label": label}
        if isinstance(item, Video) and kind == "video":
            begin = first_in(clip.frames(comp.canvas.fps), placed)
            fields |= {"frozen": None, "source_in": begin}
        part = model(**fields)
        longest = comp.longest(part)
        return part if longest is None else part.but(duration=max(1, min(part.duration, longest)))

    def _label(self, comp: Composition, label: str, old: Clip, new: Clip) -> str:
        name = label_of_clip(old)
        if new.id == old.id or name not in (label, label_stem(label)):
            return label
        return Names(comp).label(label_of_clip(new))
