"""Values as people read them."""

from bot.engine.composition import EFFECT_RANGE, EffectKind
from bot.engine.style import Transform

_ACROSS = {0.0: "left", 0.5: "", 1.0: "right"}
_DOWN = {0.0: "top", 0.5: "", 1.0: "bottom"}
_MARGIN = 0.05


_COLOURS = {
    "#000000": "black",
    "#ffffff": "white",
    "#ff0000": "red",
    "#008000": "green",
    "#0000ff": "blue",
    "#ffff00": "yellow",
    "#ffa500": "orange",
    "#ffc0cb": "pink",
    "#800080": "purple",
    "#ffd700": "gold",
    "#808080": "grey",
    "#a52a2a": "brown",
}


def colour(value: str) -> str:
    """A colour by its name, where it is a usual one."""
    return _COLOURS.get(value, value)


def percent(value: float) -> str:
    """A fraction, such as a volume."""
    return f"{value * 100:.3g} %"


def effect(kind: EffectKind, amount: float) -> str:
    """An effect and how much of it: “black and white”, “brightness +20 %”, “contrast 125 %”."""
    match kind:
        case "brightness":
            return f"brightness {'+' if amount > 0 else '−'}{percent(abs(amount))}"
        case "grayscale":
            return "black and white" if amount == 1 else f"{percent(amount)} black and white"
        case "sepia":
            return "sepia" if amount == 1 else f"sepia {percent(amount)}"
        case "blur":
            return f"blur {percent(amount / EFFECT_RANGE[kind][1])}"
    return f"{kind} {percent(amount)}"


def without(kind: EffectKind) -> str:
    """What is said where an effect has gone."""
    return "in colour again" if kind == "grayscale" else f"no {kind} any more"


def place(transform: Transform) -> str:
    """Where something stands: one of the nine places, else fractions of the canvas."""
    across, down = _ACROSS.get(transform.pivot_x), _DOWN.get(transform.pivot_y)
    inner = 1 - 2 * _MARGIN
    edges = (_MARGIN + inner * transform.pivot_x, _MARGIN + inner * transform.pivot_y)
    if across is None or down is None or (transform.x, transform.y) != edges:
        return f"{percent(transform.x)} from the left, {percent(transform.y)} from the top"
    return " ".join(filter(None, (down, across))) or "centre"
