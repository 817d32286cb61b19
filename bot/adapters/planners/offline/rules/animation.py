"""Moving properties: keyframes of opacity, position, size, rotation, volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Decibels,
    Degrees,
    Factor,
    Number,
    Percent,
    Place,
    Share,
    Time,
)
from bot.adapters.planners.offline.rules.properties import PROPERTIES, present
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Aim, Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import Span, span
from bot.adapters.planners.offline.wants import OVERLAY, SOUNDING, VISUAL
from bot.engine.composition import Audio
from bot.engine.layout import Placed
from bot.engine.operations import Animate, AnyOperation, KeyframeAt, Update
from bot.engine.operations.properties import spot

_ZOOM = 1.2
_EDGE = {"left": ("x", 0.2), "right": ("x", 0.8), "top": ("y", 0.2), "bottom": ("y", 0.8),
         "center": ("", 0.5)}  # fmt: skip
_NAMED = {"opacity": "opacity", "transparent": "opacity", "size": "scale", "scale": "scale",
          "rotate": "rotation", "volume": "volume"}  # fmt: skip


@dataclass(frozen=True)
class _When:
    """From and to which moment of an item the movement lasts; None is its end."""

    start: float
    end: float | None


def _window(say: Say, stretch: Span | None, lasts: float | None, item: Placed) -> _When:
    if stretch is None:
        return _When(0, lasts)
    low = say.scene.span(item)[0]
    start, end = stretch.seconds()
    return _When(max(0.0, round(start - low, 6)), round(end - low, 6))


def slow_zoom(say: Say) -> Step:
    """“slowly zoom in on the beach”, “zoom in from 100% to 150%”."""
    slowly = say.word("slowly, animate, slower")
    word = say.need_word("zoom in, zoom out, enlarge, shrink")
    say.words("slowly, animate, do, make, add, give, have")
    first = say.take(Percent, "from")
    last = (say.take(Percent, "to", "by", "") if slowly or first else None) or (
        say.take(Factor, "to", "by", "") if slowly else None
    )
    if not slowly and (first is None or last is None):
        raise Miss
    stretch, lasts = _time(say)
    aim = say.aim()
    say.close()
    sign = 1 if word.meanings & {"zoom in", "enlarge"} else -1
    operations: list[AnyOperation] = []
    items = aim.items(VISUAL)
    for item in items:
        now = present(item.item, "scale") or 1.0
        start = first.value / 100 if first else now
        end = _target(last, now, sign, absolute=first is not None)
        if "zoom out" in word.meanings and not (first or last) and _bares(item, end):
            start, end = round(now * _ZOOM, 4), now
        operations.append(_animate(item, "scale", start, end, _window(say, stretch, lasts, item)))
    return Step(tuple(operations), tuple(p.item.id for p in items))


def _bares(item: Placed, scale: float) -> bool:
    """Whether a clip of the main track leaves bars at a scale."""
    return item.track == "main" and scale < 1


def _target(last: Percent | Factor | None, now: float, sign: int, *, absolute: bool) -> float:
    if last is None:
        return round(now * _ZOOM if sign > 0 else now / _ZOOM, 4)
    if isinstance(last, Factor):
        return now * last.value
    if absolute or last.value >= 100:
        return last.value / 100
    return round(now * (1 + sign * last.value / 100), 4)


def _animate(item: Placed, name: str, start: float, end: float, when: _When) -> Animate:
    frames = (KeyframeAt(at=when.start, value=start), KeyframeAt(at=when.end, value=end))
    return Animate(selector=selector([item]), property=name, frames=frames)


def _time(say: Say) -> tuple[Span | None, float | None]:
    stretch = span(say, open_ended=False)
    lasts = say.take(Time, "over", "in", "for", "within", "during") if stretch is None else None
    return stretch, lasts.seconds if lasts else None


def spin(say: Say) -> Step:
    """“spin the logo”, “spin it twice”."""
    say.need_word("spin")
    say.words("make, slowly, let")
    turns = say.take(Factor, "")
    angle = say.take(Degrees, "", "by")
    stretch, lasts = _time(say)
    aim = say.aim("")
    say.close()
    end = angle.value if angle else 360.0 * (turns.value if turns else 1)
    items = aim.items(OVERLAY if not aim.named else VISUAL)
    operations = tuple(
        _animate(p, "rotation", 0, end, _window(say, stretch, lasts, p)) for p in items
    )
    return Step(operations, tuple(p.item.id for p in items))


def travel(say: Say) -> Step:
    """“move the title from left to right”."""
    word = say.need_word("move, animate, fade, play, go, make")
    moving = say.words("slowly") or "animate" in word.meanings
    say.words("move, go")
    first, last = say.take(Place, "from"), say.take(Place, "to", "into")
    if first is None or last is None:
        raise Miss
    stretch, lasts = _time(say)
    aim = say.aim("")
    say.close()
    items = aim.items(VISUAL)
    if not (moving or stretch or lasts) and all(_stands(item, first.name) for item in items):
        return Step((Update(selector=selector(items), place=last.name),), _ids(items))
    operations: list[AnyOperation] = []
    for item in items:
        when = _window(say, stretch, lasts, item)
        moves = _moves(first.name, last.name)
        for axis, (start, end) in moves.items():
            operations.append(_animate(item, axis, start, end, when))
        if not isinstance(item.item, Audio) and (
            item.item.transform.pivot_x,
            item.item.transform.pivot_y,
        ) != (0.5, 0.5):
            transform = item.item.transform
            centred = Update(
                selector=selector([item]), x=_inside(transform.x), y=_inside(transform.y)
            )
            operations.insert(0, centred)
    return Step(tuple(operations), tuple(p.item.id for p in items))


def _stands(placed: Placed, name: Any) -> bool:
    """“move the logo from top right to bottom right”: it stands at the first place, and stays."""
    if isinstance(placed.item, Audio) or placed.item.keyframes:
        return False
    transform = placed.item.transform
    return all(getattr(transform, axis) == value for axis, value in spot(name).items())


def _ids(items: Sequence[Placed]) -> tuple[str, ...]:
    return tuple(placed.item.id for placed in items)


def _inside(part: float) -> float:
    return min(max(part, 0.15), 0.85)


def _moves(first: str, last: str) -> dict[str, tuple[float, float]]:
    start, end = _spot(first), _spot(last)
    return {axis: (start[axis], end[axis]) for axis in ("x", "y") if start[axis] != end[axis]}


def _spot(name: str) -> dict[str, float]:
    spot = {"x": 0.5, "y": 0.5}
    for word in name.split("-"):
        axis, value = _EDGE[word]
        if axis:
            spot[axis] = value
    return spot


def fade_to(say: Say) -> Step:
    """“fade the logo to 50%”, “animate the opacity of the title from 0 to 100% over 1 second”."""
    word = say.need_word("fade, animate, lower, raise, change, fade out, fade in")
    slowly = say.word("slowly")
    named = say.word(*_NAMED)
    first = say.take(Percent, "from") or _from_number(say)
    last = (
        say.take(Percent, "to", "from")
        or say.take(Share, "to")
        or say.take(Decibels, "to")
        or say.take(Degrees, "to")
    )
    gradual = word.text.startswith("fade") or "animate" in word.meanings or slowly or first
    if last is None or not gradual:
        raise Miss
    stretch, lasts = _time(say)
    aim = say.aim()
    say.close()
    items = aim.items(VISUAL if not aim.named else SOUNDING)
    operations = [
        _faded(p, named.meanings if named else None, first, last, _window(say, stretch, lasts, p))
        for p in items
    ]
    return Step(tuple(operations), tuple(p.item.id for p in items))


def _from_number(say: Say) -> Percent | None:
    """“from 0 to 100%”: the first number takes the unit of the second."""
    number = say.take(Number, "from")
    return Percent(number.value) if number else None


def _faded(
    item: Placed,
    named: frozenset[str] | None,
    first: Percent | None,
    last: Percent | Share | Decibels | Degrees,
    when: _When,
) -> Animate:
    name = next((_NAMED[m] for m in sorted(named or ()) if m in _NAMED), "")
    if not name:
        name = "volume" if isinstance(item.item, Audio) or isinstance(last, Decibels) else "opacity"
    if isinstance(last, Degrees):
        return _animate(item, "rotation", 0.0, last.value, when)
    now = present(item.item, name)
    if now is None:
        raise ask(f"“{item.item.label}” has no {name}. What shall I animate?")
    end = PROPERTIES[name].value(last, 0)
    start = first.value / 100 if first else now
    if not all(PROPERTIES[name].low <= v <= PROPERTIES[name].high for v in (start, end)):
        raise ask(
            f"The {name} goes from {PROPERTIES[name].low:.0%} to "
            f"{PROPERTIES[name].high:.0%}. Which value?"
        )
    return _animate(item, name, start, end, when)


def stop_moving(say: Say) -> Step:
    """“remove the animation from the title”."""
    if not say.word("remove, end, not, turn off"):
        raise Miss
    word = say.need_word("animate, spin, zoom in, zoom out")
    aim: Aim = say.aim()
    say.close()
    items = aim.items(VISUAL)
    moving = [(p, name) for p in items for name in p.item.keyframes]
    if not moving:
        raise Miss((word.text,))
    return Step(
        tuple(Animate(selector=selector([p]), property=name) for p, name in moving),
        tuple(p.item.id for p in items),
    )


RULES = (
    rule(slow_zoom, "zoom in, zoom out, enlarge, shrink"),
    rule(spin, "spin"),
    rule(travel, "move, animate, play, go, make"),
    rule(fade_to, "fade, animate, lower, raise, change, fade out, fade in"),
    rule(stop_moving, "animate, spin, zoom in, zoom out"),
)
