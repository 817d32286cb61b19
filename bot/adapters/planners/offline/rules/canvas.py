"""The format of the film: aspect ratio, size, frame rate, background."""

from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Colour, Number, Reference, Size, Time
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.engine.composition import Text
from bot.engine.operations import Edit, SetCanvas
from bot.engine.timebase import Rate
from bot.ports import Choice

_ASPECTS = ("9:16", "16:9", "4:5", "5:4", "1:1", "4:3", "3:4", "21:9", "2:1", "3:2", "2:3",
    "1:2", "2.39:1", "1.85:1", "2.35:1", "9:21")  # fmt: skip
_OF_SITES = "4:5"  # said by a site's name alone, which says less than “square”
_SHORT = {"720p": 720, "1080p": 1080, "4k": 2160}
_LIGHT = (
    "make, set, change, use, turn, crop, put, give, go, canvas, size, convert, have, scale, do, "
    "swap"
)


def canvas(say: Say) -> Step:
    """“make it 9:16”, “set the resolution to 4k”, “use 24 fps”, “white background”."""
    fields: dict[str, Any] = {}
    if say.clause.joined and getattr(say.clause.chunks[0].value, "text", "") in ("only", "just"):
        raise Miss  # “… but only for instagram”
    named = say.words(_LIGHT)
    _shape(say, fields)
    _rate(say, fields)
    _background(say, fields)
    if not fields:
        raise Miss
    if fit := say.word("fit, fill, stretch"):
        kinds = {"fit": "contain", "fill": "cover", "stretch": "stretch"}
        fields["fit"] = next(kinds[m] for m in sorted(fit.meanings) if m in kinds)
    say.words(_LIGHT, "not, crop" if "fit" in fields else "")
    about = say.chunk(Reference, "", "of", "for", "to", test=lambda c: _is_film(c.value))
    say.close()
    if fields.keys() == {"short_side"} and not (named or about):
        raise Miss
    return Step((_checked(say, fields),))


def _is_film(ref: Reference) -> bool:
    """“it”, “this”, “the video”: the film, unless a clip is named."""
    if ref.name or ref.numbers or ref.ids or ref.plural:
        return False
    return ref.kind in ("film", "video", "all") or (ref.pronoun and not ref.plural)


def _shape(say: Say, fields: dict[str, Any]) -> None:
    size = say.take(Size)
    if size is not None:
        fields |= {"width": size.width, "height": size.height}
    aspect = _aspect(say)
    if aspect:
        fields["aspect"] = aspect
    if say.clause.means("render"):
        return
    for name, side in _SHORT.items():
        if say.starting(f"preset {name}") is not None:
            fields["short_side"] = side


def _aspect(say: Say) -> str | None:
    found = say.chunk(Time, test=lambda c: c.value.raw.replace(" ", "") in _ASPECTS)
    if found is not None:
        say.starting("format ")
        return found.value.raw.replace(" ", "")  # type: ignore[no-any-return]
    shapes: list[str] = []
    while shape := say.starting("format "):
        shapes.append(shape)
    several = list(dict.fromkeys(shapes))
    if len(several) > 1:
        several = [shape for shape in several if shape != _OF_SITES]
    if len(several) > 1:
        raise ask(
            f"A film has one format. Shall it be {several[0]} or {several[1]}? It can be rendered "
            "in several.",
            *(Choice(shape, f"make it {shape}") for shape in several),
            Choice("Render each", f"render {' and '.join(several)}"),
        )
    if several == ["1:1"]:
        say.starting("preset square")  # “square, for insta”
    return several[0] if several else None


def _rate(say: Say, fields: dict[str, Any]) -> None:
    if not say.clause.means("fps"):
        return
    number = say.take(Number, "", "to", "at", "with", "in")
    say.words("fps")
    if number is None:
        raise Miss
    if not 1 <= number.value <= 240:
        raise ask("A film can have 1 to 240 frames per second. How many?")
    fields["fps"] = Rate.standard(number.value)


def _background(say: Say, fields: dict[str, Any]) -> None:
    chunks = say.clause.chunks
    if not any("background" in getattr(c.value, "meanings", ()) for c in chunks):
        return
    if any(isinstance(c.value, Reference) and not _is_film(c.value) for c in chunks):
        return
    about = (say.scene.mentioned or say.scene.scope or say.scene.request.focus)[:1]
    placed = say.scene.placed(about[0]) if about else None
    if placed is not None and isinstance(placed.item, Text) and not say.clause.means("canvas"):
        return
    colour = say.chunk(Colour, "", "to", "in", "with", "on")
    if colour is None:
        return
    say.words("background, color")
    fields["background"] = colour.value.hex


def _checked(say: Say, fields: dict[str, Any]) -> SetCanvas:
    now = say.scene.comp.canvas
    for side in ("width", "height"):
        if fields.get(side) and not 16 <= fields[side] <= 7680:
            raise ask("A frame can be 16 to 7680 pixels a side. Which size?")
    aspect = fields.get("aspect")
    if aspect and fields.keys() == {"aspect"}:
        wide, high = (float(part) for part in aspect.split(":"))
        if abs(now.width / now.height - wide / high) < 0.005:
            raise already(
                f"The film is {now.width}×{now.height} already, which is {aspect}; nothing was "
                "changed."
            )
    operation = SetCanvas(**fields)
    after = operation.apply(say.scene.comp, Edit(say.scene.timeline, say.scene.request.serial))
    if after.canvas.but(chosen=now.chosen) == now and after.items == say.scene.comp.items:
        raise already("The format is so already; nothing was changed.")
    return operation


RULES = (rule(canvas),)
