"""Turning, mirroring, cropping and fitting pictures, and which lies over which."""

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Degrees, Number, Percent, Place
from bot.adapters.planners.offline.rules.geometry import SIDES
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.wants import OVERLAY, PICTURE, VISUAL
from bot.engine.composition import Audio, Clip
from bot.engine.layout import Placed
from bot.engine.operations import Adjust, AnyOperation, Move, Update
from bot.ports import Choice


def rotate(say: Say) -> Step:
    """“rotate the first clip 90 degrees”, “turn the beach upside down”."""
    say.words("make, put, set")
    word = say.word("rotate, turn, upside down, flip")
    if word is None or (word.meanings == {"flip"} and not say.clause.means("upside down")):
        raise Miss
    upside = "upside down" in word.meanings or say.word("upside down")
    amount = say.take(Degrees, "", "by", "to", "at") or _plain_angle(say)
    to = any(c.prep == "to" and isinstance(c.value, Degrees | Number) for c in say.clause.chunks)
    counter = say.word("counterclockwise") or say.chunk(
        Place, "to", "", test=lambda c: c.value.name == "left"
    )
    clockwise = say.word("clockwise") or say.chunk(
        Place, "to", "", test=lambda c: c.value.name == "right"
    )
    say.words("sideways, horizontally") if amount else None
    if counter and clockwise:
        raise ask("To the left, or to the right? Nothing was changed.")
    aim = say.aim()
    say.close()
    if word.meanings == {"turn"} and not (amount or upside or counter or clockwise):
        raise Miss
    items = aim.items(VISUAL)
    angle = 180.0 if upside else amount.value if amount else 90.0 if counter or clockwise else None
    if angle is None and "upside down" in say.scene.source.message.casefold():
        angle = 180.0  # “rotate it, it's upside down”
    if angle is None:
        raise _how_far(items)
    if counter:
        angle = -angle
    ids = tuple(p.item.id for p in items)
    if to:
        return Step((Update(selector=selector(items), rotation=angle),), ids)
    return Step((Adjust(selector=selector(items), property="rotation", plus=angle),), ids)


def _plain_angle(say: Say) -> Degrees | None:
    number = say.take(Number, "", "by", "to")
    return Degrees(number.value * (number.sign or 1)) if number else None


def _how_far(items: tuple[Placed, ...]) -> Exception:
    key = items[0].item.id
    return ask(
        "By how many degrees shall I rotate it?",
        Choice("90° clockwise", f"rotate @{key} 90 degrees"),
        Choice("90° counterclockwise", f"rotate @{key} -90 degrees"),
        Choice("180°", f"rotate @{key} 180 degrees"),
    )


def flip(say: Say) -> Step:
    """“flip the second clip”, “mirror the logo vertically”, “horizontally and vertically”."""
    say.need_word("flip")
    say.words("make, flip")
    vertical = say.word("vertically") is not None
    horizontal = say.words("horizontally") or not vertical
    aim = say.aim()
    say.close()
    items = aim.items(VISUAL)
    names = [name for name, said in (("flip_h", horizontal), ("flip_v", vertical)) if said]
    operations: list[AnyOperation] = []
    for item in items:
        now = None if isinstance(item.item, Audio) else item.item.transform
        turned = {name: not getattr(now, name, False) for name in names}
        operations.append(Update(selector=selector([item]), **turned))
    return Step(tuple(operations), tuple(p.item.id for p in items))


def crop(say: Say) -> Step:
    """“crop 10% off the left of the beach”, “crop the intro to a square”."""
    say.need_word("crop")
    square = say.starting("format ") if say.clause.means("format 1:1") else None
    parts: dict[str, float] = {}
    amount = say.take(Percent, "", "by", "off")
    say.word("off")
    while amount is not None:
        sides = _cropped_sides(say)
        if not sides:
            break
        parts |= dict.fromkeys(sides, amount.value / 100)
        amount = say.take(Percent, "", "by") if say.peek(Percent, "", "by") else None
    aim = say.aim()
    if square and not parts:
        if not aim.ref or aim.whole:
            raise Miss
        say.close()
        return _squared(say, aim.items(PICTURE))
    if not parts and not say.left() and aim.ref:
        raise ask("What shall I crop? Say “crop 10% off the left”, or “crop it to a square”.")
    if not parts:
        raise Miss
    say.close()
    items = aim.items(VISUAL)
    operations = tuple(Update(selector=selector([p]), crop=_crop_of(p) | parts) for p in items)
    return Step(operations, tuple(p.item.id for p in items))


def _cropped_sides(say: Say) -> list[str]:
    if word := say.word("crop sides"):
        return list(SIDES) if word.text not in ("sides", "both sides") else ["left", "right"]
    sides = []
    while found := say.chunk(Place, test=lambda c: c.value.name in SIDES):
        sides.append(found.value.name)
    return sides


def _crop_of(placed: Placed) -> dict[str, float]:
    return {} if isinstance(placed.item, Audio) else placed.item.transform.crop.model_dump()


def _squared(say: Say, items: tuple[Placed, ...]) -> Step:
    operations: list[AnyOperation] = []
    for placed in items:
        clip: Clip | None = say.scene.comp.clips.get(getattr(placed.item, "clip", ""))
        if clip is None or not clip.width or not clip.height:
            raise Miss
        spare = round((1 - min(clip.width, clip.height) / max(clip.width, clip.height)) / 2, 4)
        sides = ("left", "right") if clip.width > clip.height else ("top", "bottom")
        operations.append(Update(selector=selector([placed]), crop=dict.fromkeys(sides, spare)))
    return Step(tuple(operations), tuple(p.item.id for p in items))


def fit(say: Say) -> Step:
    """“make the beach fill the frame”, “fit the photo”."""
    word = say.need_word("fill, fit, stretch, full screen")
    say.words("make, show, put, fill, fit, set, full screen")
    aim = say.aim()
    say.close()
    items = aim.items(PICTURE)
    kind = (
        "cover"
        if word.meanings & {"fill", "full screen"}
        else "contain"
        if "fit" in word.meanings
        else "stretch"
    )
    free = [p for p in items if p.track != "main"]
    operations: list[AnyOperation] = [Update(selector=selector(items), fit=kind)]
    if free:
        operations.append(Update(selector=selector(free), scale=1, place="center"))
    return Step(tuple(operations), tuple(p.item.id for p in items))


def layer(say: Say) -> Step:
    """“bring the logo to the front”, “send it to the back”."""
    word = say.need_word("to front, to back")
    say.words("move, put, make, show")
    aim = say.aim("")
    say.close()
    if "to front" in word.meanings and word.text in ("to front", "to the front") and not aim.named:
        raise Miss
    items = aim.items(OVERLAY)
    if any(p.track == "main" for p in items):
        return _to_edge(items, first="to front" in word.meanings)
    others = [p.item.layer for p in say.scene.fitting(OVERLAY) if p not in items]
    if "to front" in word.meanings:
        return Step(
            (Update(selector=selector(items), layer=max(others, default=0) + 1),),
            tuple(p.item.id for p in items),
        )
    raised = [p for p in say.scene.fitting(OVERLAY) if p not in items]
    lift: list[AnyOperation] = [
        Update(selector=selector([p]), layer=p.item.layer + 1) for p in raised
    ]
    return Step((*lift, Update(selector=selector(items), layer=0)), tuple(p.item.id for p in items))


def _to_edge(items: tuple[Placed, ...], *, first: bool) -> Step:
    """A clip "to the front" of the main track is the first one."""
    move = Move(selector=selector(items), index=0 if first else -1)
    return Step((move,), tuple(p.item.id for p in items))


LAYER = rule(layer, "to front, to back")
RULES = (
    rule(rotate, "rotate, turn, upside down, flip"),
    rule(flip, "flip"),
    rule(crop, "crop"),
    rule(fit, "fill, fit, stretch, full screen"),
)
