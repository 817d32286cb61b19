"""The properties that have a level: limits, units, usual steps, and their operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.planners.offline.phrases import Decibels, Factor, Number, Percent, Share
from bot.engine.composition import EFFECT_NEUTRAL, EFFECT_RANGE, Audio, EffectKind, Item
from bot.engine.operations import Adjust, AnyOperation, SetEffect, Speed, Update

Amount = Percent | Decibels | Factor | Share | Number
_STEPS: Mapping[EffectKind, tuple[float, float, float]] = {
    "brightness": (0.08, 0.15, 0.3),
    "contrast": (0.1, 0.25, 0.5),
    "saturation": (0.1, 0.25, 0.5),
    "blur": (0.01, 0.02, 0.06),
}
_BLUR_MOST = 0.2


@dataclass(frozen=True)
class Property:
    """A property with a level.

    `steps` are what "a bit", nothing, and "a lot" change it by: factors where it is `scaled`, else
    differences. `usual` is the level of an item that nobody has touched. `of_film`: "it" without an
    antecedent may mean the whole film.
    """

    name: str
    low: float
    high: float
    steps: tuple[float, float, float]
    scaled: bool = True
    usual: float = 1
    of_film: bool = False

    def step(self, sign: int, amount: Amount | None, degree: str) -> tuple[float, float]:
        """A change as factor and difference."""
        if amount is None:
            size = self.steps[{"small": 0, "": 1, "large": 2}[degree]]
            return (size if sign > 0 else 1 / size, 0.0) if self.scaled else (1.0, sign * size)
        match amount:
            case Decibels(value=value, sign=written):
                return 10 ** ((written or sign or 1) * value / 20), 0.0
            case Factor(value=value):
                return (value if sign >= 0 else 1 / value, 0.0) if value > 0 else (0.0, 0.0)
            case Share(part=part):
                return (1 - part if sign < 0 else 1 + part if sign > 0 else part), 0.0
            case Percent(value=value, sign=written):
                part = (written or sign or 1) * value / 100
                return (1 + part, 0.0) if self.scaled else (1.0, part * self._unit)
        return 1.0, 0.0

    @property
    def _effect(self) -> EffectKind | None:
        return next((kind for kind in _STEPS if kind == self.name), None)

    @property
    def _unit(self) -> float:
        return _BLUR_MOST if self.name == "blur" else 1.0

    def value(self, amount: Amount, sign: int) -> float:
        """An absolute level: 100 % is that of the source."""
        match amount:
            case Percent(value=value, sign=written):
                value = value / 100 * (written or 1)
            case Decibels(value=value, sign=written):
                value = 10 ** ((written or 1) * value / 20)
            case Share(part=part):
                value = part
            case _:
                value = amount.value
        if self.name == "brightness":
            return value if sign and abs(value) <= 1 else value - 1
        return value * self._unit

    def set(self, value: float, target: Mapping[str, Any]) -> AnyOperation:
        """The operation that sets the level."""
        value = round(value, 6)
        if self.name == "speed":
            return Speed(rate=value, **target)
        if kind := self._effect:
            return SetEffect(kind=kind, amount=value, **target)
        return Update(**{self.key: value}, **target)

    def adjust(
        self, times: float, plus: float, now: float | None, target: Mapping[str, Any]
    ) -> AnyOperation:
        """The operation that changes the level."""
        if self.name == "speed":
            return Speed(times=round(times, 6), **target)
        if kind := self._effect:
            if times == 1:
                return SetEffect(kind=kind, plus=round(plus, 6), **target)
            base = self.usual if now is None else now
            return SetEffect(kind=kind, amount=round(base * times + plus, 6), **target)
        return Adjust(property=self.key, times=round(times, 6), plus=round(plus, 6), **target)

    @property
    def key(self) -> str:
        return "scale" if self.name == "zoom" else self.name

    def shown(self, value: float) -> str:
        """A level in the words of a chat."""
        if self.name == "speed":
            return f"{value:g}×"
        if self.name == "blur":
            return f"{value / _BLUR_MOST:.0%}"
        return f"{value:.0%}"

    def told(self, times: float, plus: float) -> str:
        """What a change without an amount came to."""
        if self.name == "speed":
            return f"The speed was changed ×{times:.3g}; say “2x” for another pace."
        size = f"×{times:.3g}" if self.scaled else f"by {plus / self._unit:+.0%}"
        return f"The {self.key} was changed {size}; give a number for more or less."


PROPERTIES: Mapping[str, Property] = {
    prop.name: prop
    for prop in (
        Property("volume", 0, 16, (2**0.5, 2.0, 4.0)),
        Property("speed", 0.1, 16, (1.1, 1.25, 1.5), of_film=True),
        Property("scale", 0.01, 20, (1.1, 1.25, 1.5)),
        Property("zoom", 0.01, 20, (1.1, 1.2, 1.5)),
        Property("size", 0.01, 0.6, (1.1, 1.25, 1.5), usual=0.08),
        Property("opacity", 0, 1, (0.1, 0.25, 0.5), scaled=False),
        *(
            Property(
                kind,
                *EFFECT_RANGE[kind],
                steps,
                scaled=False,
                usual=EFFECT_NEUTRAL[kind],
                of_film=True,
            )
            for kind, steps in _STEPS.items()
        ),
    )
}


def present(item: Item, name: str) -> float | None:
    """The level that an item has; None where it has no such property."""
    if name in ("volume", "speed"):
        return getattr(item, name, None)
    if isinstance(item, Audio):
        return None
    if name in ("scale", "zoom"):
        return item.transform.scale
    if name == "size":
        return item.style.size if item.type == "text" else None
    if name == "opacity":
        return item.opacity
    found = (effect.amount for effect in item.effects if effect.kind == name)
    return next(found, PROPERTIES[name].usual)
