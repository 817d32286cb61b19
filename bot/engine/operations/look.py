"""Operations on how things look and sound: update, adjust, effect, animate, transition."""

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bot.engine.composition import (
    EFFECT_NEUTRAL,
    EFFECT_RANGE,
    Audio,
    Captions,
    Composition,
    Direction,
    Effect,
    EffectKind,
    Item,
    Text,
    Transition,
    TransitionKind,
    Video,
)
from bot.engine.errors import InvalidEdit
from bot.engine.keyframes import Animated, Easing, Keyframe
from bot.engine.layout import Placed
from bot.engine.operations.base import Operation, Targeted
from bot.engine.operations.edit import Edit
from bot.engine.operations.properties import Properties, given, with_properties
from bot.engine.record import Record
from bot.engine.select import ByType, Selector
from bot.engine.style import TextStyle, Transform
from bot.engine.timebase import Rate, Seconds, length


class Update(Targeted, Properties):
    """Set properties of items, or of a stretch of the main track."""

    action: Literal["update"] = "update"

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        comp, targets = self.targets(comp, edit)
        values = given(self)
        if not values:
            raise InvalidEdit("This edit changes nothing.")
        if "label" in values or "text" in values:  # each takes the next free label
            for placed in targets:
                comp = comp.with_item(with_properties(comp, placed.item, values))
            return comp
        return comp.with_item(*(with_properties(comp, p.item, values) for p in targets))


_LIMITS = {
    "volume": (0.0, 16.0),
    "opacity": (0.0, 1.0),
    "scale": (0.01, 20.0),
    "rotation": (-3600.0, 3600.0),
    "x": (-2.0, 3.0),
    "y": (-2.0, 3.0),
    "size": (0.01, 0.6),
}


class Adjust(Targeted):
    """Change a property relative to its present value: × `times`, then + `plus`.

    Volume is linear: + 6 dB is `times` 1.995.
    """

    action: Literal["adjust"] = "adjust"
    property: Literal["volume", "opacity", "scale", "rotation", "x", "y", "size"]
    times: float = 1
    plus: float = 0

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        comp, targets = self.targets(comp, edit)
        return comp.with_item(*(self._adjusted(placed.item) for placed in targets))

    def _adjusted(self, item: Item) -> Item:
        holder = _holder(item, self.property)
        changes: dict[str, Any] = {
            self.property: self._changed(item, getattr(holder, self.property))
        }
        if isinstance(holder, Transform):
            changes = {"transform": holder.but(**changes)}
        elif isinstance(holder, TextStyle):
            changes = {"style": holder.but(**changes)}
        changes["keyframes"] = {
            name: tuple(key.but(value=self._changed(item, key.value)) for key in keys)
            if name == self.property
            else keys
            for name, keys in item.keyframes.items()
        }
        return item.but(**changes)

    def _changed(self, item: Item, value: float) -> float:
        value = value * self.times + self.plus
        low, high = _LIMITS[self.property]
        if not low - 1e-9 <= value <= high + 1e-9:
            raise InvalidEdit(
                f"The {self.property} of “{item.label}” "
                f"can be {low:g} to {high:g}, not {value:.3g}."
            )
        return round(min(max(value, low), high), 6)


def _holder(item: Item, name: str) -> Item | Transform | TextStyle:
    """Which record of an item has a property."""
    holders: list[Item | Transform | TextStyle] = [item]
    if not isinstance(item, Audio):
        holders.append(item.transform)
    if isinstance(item, Text | Captions):
        holders.append(item.style)
    found = next((each for each in holders if name in type(each).model_fields), None)
    if found is None:
        raise InvalidEdit(f"“{item.label}” has no {name}.")
    return found


class SetEffect(Targeted):
    """Set a colour effect or blur to an `amount`, change it by `plus`, or remove it.

    `remove` without `kind` takes all effects away. A neutral amount is no effect.
    """

    action: Literal["effect"] = "effect"
    kind: EffectKind | None = None
    amount: float | None = None
    plus: float | None = None
    remove: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.amount is not None, self.plus is not None, self.remove)
        if sum(ways) != 1 or (self.kind is None and not self.remove):
            raise ValueError("an effect needs a kind, and an amount, a change or to be removed")
        return self

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        comp, targets = self.targets(comp, edit)
        return comp.with_item(*(self._changed(placed.item) for placed in targets))

    def _changed(self, item: Item) -> Item:
        if isinstance(item, Audio):
            raise InvalidEdit(f"“{item.label}” is sound; it has no picture to change.")
        if self.kind is None:
            return item.but(effects=())
        amounts = {effect.kind: effect.amount for effect in item.effects}
        neutral = EFFECT_NEUTRAL[self.kind]
        amounts[self.kind] = self._amount(self.kind, amounts.get(self.kind, neutral))
        if math.isclose(amounts[self.kind], neutral, abs_tol=1e-6):
            del amounts[self.kind]
        return item.but(effects=tuple(Effect(kind=k, amount=a) for k, a in amounts.items()))

    def _amount(self, kind: EffectKind, now: float) -> float:
        if self.remove:
            return EFFECT_NEUTRAL[kind]
        amount = self.amount if self.amount is not None else now + (self.plus or 0)
        low, high = EFFECT_RANGE[kind]
        if not low - 1e-9 <= amount <= high + 1e-9:
            raise InvalidEdit(f"The {kind} goes from {low:g} to {high:g}, not {amount:.3g}.")
        return round(min(max(amount, low), high), 6)


class KeyframeAt(Record):
    """A value at a moment in seconds from the item's start; a negative moment counts from its end.

    `at` None is the item's end.
    """

    at: Seconds | None = None
    value: float
    easing: Easing = "ease-in-out"


class Animate(Operation):
    """Let a property move along keyframes; with none, it stands still again."""

    action: Literal["animate"] = "animate"
    selector: Selector
    property: Animated
    frames: tuple[KeyframeAt, ...] = Field(default=(), max_length=200)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        found = edit.select(self.selector, comp)
        return comp.with_item(*(self._animated(placed, comp.canvas.fps) for placed in found))

    def _animated(self, placed: Placed, rate: Rate) -> Item:
        item = placed.item
        has_it = (
            isinstance(item, Video | Audio) if self.property == "volume" else item.type != "audio"
        )
        if not has_it:
            raise InvalidEdit(f"“{item.label}” has no {self.property}.")
        low, high = _LIMITS[self.property]
        if any(not low <= key.value <= high for key in self.frames):
            raise InvalidEdit(f"The {self.property} goes from {low:g} to {high:g}.")
        keyframes = {name: keys for name, keys in item.keyframes.items() if name != self.property}
        if self.frames:
            keyframes[self.property] = self._keys(placed, rate)
        return item.but(keyframes=keyframes)

    def _keys(self, placed: Placed, rate: Rate) -> tuple[Keyframe, ...]:
        keys = {}
        for key in self.frames:
            frame = _frame(key.at, placed.frames, rate)
            if not 0 <= frame <= placed.frames:
                lasts = length(rate.seconds(placed.frames))
                raise InvalidEdit(f"“{placed.item.label}” lasts {lasts}; a keyframe lies outside.")
            keys[frame] = Keyframe(frame=frame, value=key.value, easing=key.easing)
        return tuple(keys[frame] for frame in sorted(keys))


def _frame(at: float | None, frames: int, rate: Rate) -> int:
    if at is None:
        return frames - 1
    return rate.frames(at) if at >= 0 else frames + rate.frames(at)


class SetTransition(Operation):
    """Set the transition at the cut before items, or remove it (`kind` "none").

    Without a selector all cuts are meant; of several, those at short clips become shorter: none
    takes more than half of a clip. The track becomes shorter by the overlap.

    ```
    crossfade before B    0 [   A   ] 60 [   B   ] 120
                          0 [   A   ] 60
                                   45 [   B   ] 105
    ```
    """

    action: Literal["transition"] = "transition"
    selector: Selector | None = None
    kind: TransitionKind | Literal["none"] = "crossfade"
    duration: Seconds = Field(default=1.0, gt=0)
    direction: Direction = "left"

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        meant = {p.item.id for p in edit.select(self.selector or ByType(item_type="main"), comp)}
        places = [n for n, key in enumerate(comp.main) if key in meant and n > 0]
        if not places:
            raise InvalidEdit("A transition needs two clips next to each other on the main track.")
        if self.kind == "none":
            return comp.with_item(
                *(comp.items[comp.main[n]].but(transition_in=None) for n in places)
            )
        if len(places) == 1:
            self._refuse_too_long(comp, places[0])
            return comp.with_item(self._set(comp, places[0], self._frames(comp)))
        return comp.with_item(*(self._set(comp, n, self._fair(comp, n)) for n in places))

    def _set(self, comp: Composition, place: int, frames: int) -> Item:
        change = Transition(kind=self.kind, frames=frames, direction=self.direction)
        return comp.items[comp.main[place]].but(transition_in=change)

    def _fair(self, comp: Composition, place: int) -> int:
        shorter = min(comp.items[key].duration for key in comp.main[place - 1 : place + 1])
        return max(1, min(self._frames(comp), shorter // 2))

    def _frames(self, comp: Composition) -> int:
        return max(1, comp.canvas.fps.frames(self.duration))

    def _refuse_too_long(self, comp: Composition, place: int) -> None:
        ahead, item = (comp.items[key] for key in comp.main[place - 1 : place + 1])
        used = (
            0 if isinstance(ahead, Audio) or not ahead.transition_in else ahead.transition_in.frames
        )
        room = min(ahead.duration - used, item.duration - 1)
        if self._frames(comp) > room:
            longest = length(comp.canvas.fps.seconds(max(0, room)))
            raise InvalidEdit(
                f"Between “{ahead.label}” and “{item.label}” "
                f"a transition can last {longest} at most."
            )
