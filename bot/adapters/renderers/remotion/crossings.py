"""Crossings: how a shot comes and goes, frame by frame, as ffmpeg's xfade does it.

A shot lies over the one before it, so a wipe and a crossfade are matters of the later shot alone;
a slide moves both, and a dip to black darkens one after the other.
"""

from collections.abc import Mapping
from typing import Literal

from bot.adapters.renderers.lowering.framing import Size
from bot.adapters.renderers.lowering.scene import Shot
from bot.adapters.renderers.remotion.curves import Curve, curve
from bot.engine.composition import Direction, Transition

Look = Literal["show", "veil", "shift", "cut"]
Steps = list[tuple[float, ...]]
"""A row of numbers for each frame."""

_OPAQUE = 255
_AWAY: Mapping[Direction, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}
_AT_REST: Mapping[Look, tuple[float, ...]] = {
    "show": (_OPAQUE,),
    "veil": (0,),
    "shift": (0, 0),
    "cut": (0, 0, 0, 0),
}
_TOLERANCE: Mapping[Look, float] = {"show": 0.5, "veil": 0.5, "shift": 0, "cut": 0}


def crossings(shot: Shot, following: Shot | None, canvas: Size) -> dict[Look, list[Curve]]:
    """The curves of a shot's looks, as far as it needs them; a wipe has four, a slide two."""
    rows: dict[Look, Steps] = {}
    if shot.transition:
        for look, steps in _coming(shot.transition, canvas).items():
            rows[look] = steps + [_AT_REST[look]] * (shot.frames - len(steps))
    if following and following.transition:
        for look, steps in _going(following.transition, canvas).items():
            before = rows.get(look, [_AT_REST[look]] * shot.frames)
            rows[look] = before[: -len(steps)] + steps
    return {
        look: [curve(column, _TOLERANCE[look]) for column in zip(*steps, strict=True)]
        for look, steps in rows.items()
    }


def _coming(transition: Transition, canvas: Size) -> dict[Look, Steps]:
    frames = range(transition.frames)
    match transition.kind:
        case "crossfade":
            return {"show": [(_OPAQUE * frame / transition.frames,) for frame in frames]}
        case "dip":
            half = transition.frames // 2
            return {
                "show": [(_OPAQUE if frame >= half else 0,) for frame in frames],
                "veil": _veil(transition),
            }
        case "wipe":
            return {"cut": [_uncovered(transition, frame, canvas) for frame in frames]}
        case "slide":
            return {"shift": [_offset(transition, frame, canvas) for frame in frames]}


def _going(transition: Transition, canvas: Size) -> dict[Look, Steps]:
    match transition.kind:
        case "dip":
            return {"veil": _veil(transition)}
        case "slide":
            across, down = _AWAY[transition.direction]
            offsets = (_offset(transition, frame, canvas) for frame in range(transition.frames))
            return {"shift": [(x + across * canvas[0], y + down * canvas[1]) for x, y in offsets]}
        case _:
            return {}


def _veil(transition: Transition) -> Steps:
    """How black it is: wholly so in the middle; see `filters.dipped` of the local renderer."""
    length = transition.frames
    levels = (max(0, (abs(2 * frame + 1 - length) - 1) / length) for frame in range(length))
    return [(_OPAQUE * (1 - level),) for level in levels]


def _left(transition: Transition, frame: int, size: int) -> int:
    """How many of `size` pixels still belong to the shot before."""
    return int(size * (1 - frame / transition.frames))


def _gone(transition: Transition, frame: int, size: int) -> int:
    """How many of `size` pixels belong to the later shot."""
    return int(size * (frame / transition.frames))


def _uncovered(transition: Transition, frame: int, canvas: Size) -> tuple[float, ...]:
    """What a wipe has not yet reached at the top, right, bottom and left."""
    width, height = canvas
    match transition.direction:
        case "left":
            return 0, 0, 0, min(width, _left(transition, frame, width) + 1)
        case "right":
            return 0, max(0, width - _gone(transition, frame, width) - 1), 0, 0
        case "up":
            return min(height, _left(transition, frame, height) + 1), 0, 0, 0
        case "down":
            return 0, 0, max(0, height - _gone(transition, frame, height) - 1), 0


def _offset(transition: Transition, frame: int, canvas: Size) -> tuple[float, float]:
    """How far a shot that slides in is from where it will be."""
    across, down = _AWAY[transition.direction]
    return (
        -across * _left(transition, frame, canvas[0]),
        -down * _left(transition, frame, canvas[1]),
    )
