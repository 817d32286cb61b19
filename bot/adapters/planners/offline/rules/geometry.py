"""Where and how things stand on the canvas: place, nudge, rotate, flip, crop, fit, layer."""

import itertools
import re
from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Number, Percent, Pixels, Place, Point, Share
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.wants import OVERLAY, VISUAL
from bot.engine.composition import Audio, Canvas, Image, Video
from bot.engine.layout import Placed
from bot.engine.operations import Adjust, AnyOperation, Update
from bot.engine.operations.properties import spot
from bot.ports import Choice

SIDES = ("left", "right", "top", "bottom")

_NUDGE = 0.05

_SMALL_NUDGE = 0.02


def placing(say: Say) -> dict[str, Any] | None:
    """Take a position: one of nine places, fractions or pixels."""
    return _coordinates(say) or _fractions(say) or _nine(say)


def _nine(say: Say) -> dict[str, Any] | None:
    found = say.take(Place)
    if found is not None:
        name = _corner(say, found.name)
        say.words("center")
        return {"place": name}
    if say.word("center"):
        return {"place": "center"}
    middle = say.chunk(Point, "in", "to", "into", "at", test=lambda c: c.value.name == "middle")
    return {"place": "center"} if middle else None


def _corner(say: Say, name: str) -> str:
    """“up top on the left” is the top left."""
    if name == "center":
        return getattr(say.take(Place), "name", name)
    rows, columns = ("top", "bottom"), ("left", "right")
    others = columns if name in rows else rows if name in columns else ()
    second = say.chunk(Place, test=lambda c: c.value.name in others)
    if second is None:
        return name
    return f"{name}-{second.value.name}" if name in rows else f"{second.value.name}-{name}"


def _fractions(say: Say) -> dict[str, Any] | None:
    """“30% from the left and 80% from the top”."""
    chunks, found, used = say.clause.chunks, dict[str, Any](), set[int]()
    for at, (chunk, behind) in enumerate(itertools.pairwise(chunks)):
        if not isinstance(chunk.value, Percent) or not isinstance(behind.value, Place):
            continue
        if behind.prep not in ("from", "of", "off") or behind.value.name not in SIDES:
            continue
        part = chunk.value.value / 100
        axis = "x" if behind.value.name in ("left", "right") else "y"
        far = behind.value.name in ("right", "bottom")
        found[axis] = round(1 - part if far else part, 6)
        used |= {at, at + 1}
    say.used |= used
    return found or None


def _coordinates(say: Say) -> dict[str, Any] | None:
    """“x 200 y 300 px”, “x 20% y 80%”."""
    canvas = say.scene.comp.canvas
    found, used, axis = dict[str, Any](), set[int](), ""
    for at, chunk in enumerate(say.clause.chunks):
        text = getattr(chunk.value, "text", "")
        if text in ("x", "y"):
            axis = text
            used.add(at)
        elif axis and isinstance(chunk.value, Percent | Pixels | Number):
            found[axis] = _part(chunk.value, axis, canvas)
            used.add(at)
            axis = ""
    if len(found) == 1 and not (say.peek(Percent) or say.peek(Pixels)):
        return None  # “logo x 3”: three times as big, or where?
    if not found:
        return None
    say.used |= used
    return found


def _part(value: Percent | Pixels | Number, axis: str, canvas: Canvas) -> float:
    if isinstance(value, Percent):
        return value.value / 100
    side = canvas.width if axis == "x" else canvas.height
    return value.value if value.value <= 1 and isinstance(value, Number) else value.value / side


def opacity(say: Say) -> float | None:
    """“50% transparent”, “half transparent”, “at 70% opacity”."""
    clear = say.clause.means("transparent")
    if not clear and not say.clause.means("opacity"):
        return None
    amount = say.take(Percent, "", "at", "with", "to", "by") or say.take(Share, "", "at", "to")
    say.word("transparent, opacity")
    if amount is None:
        return 0.5 if clear else None
    part = amount.value / 100 if isinstance(amount, Percent) else amount.part
    return round(1 - part if clear else part, 4)


def place(say: Say) -> Step:
    """“move the logo to the bottom left”, “title at the top”."""
    say.words("move, put, make, show, center, set, change, position, align, have, keep")
    where = placing(say) or ({"place": "center"} if say.clause.means("center") else None)
    if where is None:
        raise Miss
    clear = opacity(say)
    aim = say.aim("", "of")
    say.close()
    items = aim.items(OVERLAY if not aim.named else VISUAL)
    _refuse_full_size(items, where)
    operations: list[AnyOperation] = []
    centered = re.search(r"\b(cent(er|re)|middle)\b", _words(say))
    for item in items:
        values = where if centered else _kept_axis(item, where)
        if clear is not None:
            values = values | {"opacity": clear}
        elif _stands(item, values):
            raise already(f"“{item.item.label}” already stands there; nothing was changed.")
        operations.append(Update(selector=selector([item]), **values))
    return Step(tuple(operations), tuple(p.item.id for p in items))


def _words(say: Say) -> str:
    src, chunks = say.scene.source, say.clause.chunks
    return " ".join(src.text(at) for at in range(chunks[0].first, chunks[-1].last))


def _fills(placed: Placed) -> bool:
    """Whether a clip of the main track covers the frame, so that it has nowhere to be nudged to."""
    item = placed.item
    return placed.track == "main" and isinstance(item, Video | Image) and item.transform.scale == 1


def _refuse_full_size(items: tuple[Placed, ...], where: dict[str, Any]) -> None:
    """A clip that fills the canvas has no corner to go to."""
    for item in items:
        full = item.track == "main" and item.item.type in ("video", "image")
        scale = 1 if isinstance(item.item, Audio) else item.item.transform.scale
        if full and scale >= 1 and "place" in where and where["place"] != "center":
            key, name = item.item.id, where["place"].replace("-", " ")
            raise ask(
                f"“{item.item.label}” fills the frame. Shall it become a picture in picture there?",
                Choice("Picture in picture", f"use @{key} as picture in picture {name}"),
                Choice("Move it to the start", f"move @{key} to the start"),
            )


def _kept_axis(item: Placed, where: dict[str, Any]) -> dict[str, Any]:
    """“to the left” of something at the top means top left."""
    name = where.get("place", "")
    if name not in SIDES or isinstance(item.item, Audio):
        return where
    transform = item.item.transform
    if name in ("left", "right"):
        row = {0.0: "top", 1.0: "bottom"}.get(transform.pivot_y, "")
        return {"place": f"{row}-{name}" if row else name}
    column = {0.0: "left", 1.0: "right"}.get(transform.pivot_x, "")
    return {"place": f"{name}-{column}" if column else name}


def _stands(item: Placed, values: dict[str, Any]) -> bool:
    if isinstance(item.item, Audio) or "place" not in values or item.item.keyframes:
        return False
    wanted = spot(values["place"])
    now = {name: getattr(item.item.transform, name) for name in wanted}
    return now == wanted or (values["place"] == "center" and now["x"] == now["y"] == 0.5)


def nudge(say: Say) -> Step:
    """“move the logo up a bit”, “nudge the title 10% to the left”."""
    verb = say.word("move, put, make")
    direction = _direction(say)
    if direction is None:
        raise Miss
    axis, sign = direction
    amount = say.take(Percent, "", "by") or say.take(Pixels, "", "by")
    small = say.word("small")
    if small:
        say.words("more")
    large = None if small else say.word("large, more")
    if isinstance(direction, tuple) and not (amount or small or large) and not _is_moved(say, verb):
        raise Miss
    aim = say.aim("")
    say.close()
    by = _nudged(say, amount, axis, small is not None)
    if large:
        by = 0.2
    items = aim.items(OVERLAY if not aim.named else VISUAL)
    if any(_fills(item) for item in items):
        raise ask(
            f"“{items[0].item.label}” fills the frame. Do you mean its place in the order? Say "
            "“move it to the start”, or “put it after clip 2”."
        )
    if not amount:
        say.scene.assume(f"Moved by {by:.0%} of the frame; say “by 10%” for another distance.")
    step = Adjust(selector=selector(items), property=axis, plus=round(sign * by, 6))
    return Step((step,), tuple(p.item.id for p in items))


def _is_moved(say: Say, verb: object) -> bool:
    return verb is not None and not any(isinstance(c.value, Place) for c in say.clause.chunks)


def _direction(say: Say) -> tuple[str, int] | None:
    for meaning, direction in (("up", ("y", -1)), ("down", ("y", 1)), ("leftwards", ("x", -1)),
                               ("rightwards", ("x", 1))):  # fmt: skip
        if say.word(meaning):
            return direction
    measured = say.peek(Percent) or say.peek(Pixels) or say.clause.means("small, large")
    side = measured and say.chunk(Place, "to", "", "towards", test=lambda c: c.value.name in SIDES)
    if not side:
        return None
    return {"left": ("x", -1), "right": ("x", 1), "top": ("y", -1), "bottom": ("y", 1)}[
        side.value.name
    ]


def _nudged(say: Say, amount: Percent | Pixels | None, axis: str, small: bool) -> float:
    if isinstance(amount, Percent):
        return amount.value / 100
    if isinstance(amount, Pixels):
        canvas = say.scene.comp.canvas
        return amount.value / (canvas.width if axis == "x" else canvas.height)
    return _SMALL_NUDGE if small else _NUDGE


RULES = (rule(nudge), rule(place))
