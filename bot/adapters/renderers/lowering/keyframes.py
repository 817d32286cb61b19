"""Keyframes as an expression in ffmpeg's language; `bot.engine.keyframes` has the same in numbers.

The expressions are made of numbers and one variable; nothing that people wrote enters them.
"""

from collections.abc import Mapping, Sequence

from bot.engine.keyframes import Animated, Easing, Keyframe

_LIMITS: Mapping[Animated, tuple[float, float]] = {
    "opacity": (0, 1),
    "x": (-2, 3),
    "y": (-2, 3),
    "scale": (0.01, 20),
    "rotation": (-3600, 3600),
    "volume": (0, 16),
}
_EASED: Mapping[Easing, str] = {
    "linear": "{p}",
    "ease-in": "pow({p},2)",
    "ease-out": "(1-pow(1-{p},2))",
    "ease-in-out": "pow({p},2)*(3-2*{p})",
    "hold": "floor({p})",
}
Keys = Sequence[Keyframe]


def normal(keys: Keys, animated: Animated) -> tuple[Keyframe, ...]:
    """Keyframes in order, one per frame (the last one said wins), values within the limits."""
    low, high = _LIMITS[animated]
    by_frame = {key.frame: key for key in keys}
    return tuple(
        key.but(value=min(max(key.value, low), high)) for _, key in sorted(by_frame.items())
    )


def expression(keys: Keys, frame: str) -> str:
    """The value as an expression; `frame` is an expression for the frame of the item.

    A tree of comparisons, as ffmpeg refuses a hundred nested ones.
    """
    if len(keys) == 1:
        return number(keys[0].value)
    if len(keys) == 2:
        return _piece(keys[0], keys[1], frame)
    middle = len(keys) // 2
    before, after = expression(keys[: middle + 1], frame), expression(keys[middle:], frame)
    return f"if(lt({frame},{keys[middle].frame}),{before},{after})"


def number(amount: float) -> str:
    """Write a number without exponent."""
    return f"{amount:.6f}".rstrip("0").rstrip(".")


def _piece(one: Keyframe, other: Keyframe, frame: str) -> str:
    p = f"clip(({frame}-{one.frame})/{other.frame - one.frame},0,1)"
    eased = _EASED[one.easing].format(p=p)
    return f"({number(one.value)}+({number(other.value - one.value)})*{eased})"
