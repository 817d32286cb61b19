"""Values as people read them."""

from bot.engine.composition import Transform

_ACROSS = {0.0: "left", 0.5: "", 1.0: "right"}
_DOWN = {0.0: "top", 0.5: "", 1.0: "bottom"}
_MARGIN = 0.05


def percent(value: float) -> str:
    """A fraction, such as a volume."""
    return f"{value * 100:.3g} %"


def place(transform: Transform) -> str:
    """Where something stands: one of the nine places, else fractions of the canvas."""
    across, down = _ACROSS.get(transform.pivot_x), _DOWN.get(transform.pivot_y)
    inner = 1 - 2 * _MARGIN
    edges = (_MARGIN + inner * transform.pivot_x, _MARGIN + inner * transform.pivot_y)
    if across is None or down is None or (transform.x, transform.y) != edges:
        return f"{percent(transform.x)} from the left, {percent(transform.y)} from the top"
    return " ".join(filter(None, (down, across))) or "centre"
