"""Adding texts, shapes, and files of the bin."""

from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Reference, Time, Word
from bot.adapters.planners.offline.rules.geometry import opacity, placing
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.style import style
from bot.adapters.planners.offline.rules.timing import Timing, timing
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene
from bot.engine.operations import Add

_FADE = 1.0

_FADES = {"fade in", "fade out", "fade both", "fade"}

USUAL = {"text": 3.0, "shape": 3.0, "image": 5.0}


def fades(say: Say) -> dict[str, float]:
    """Take "that fades in and out", with a length right behind."""
    values: dict[str, float] = {}
    for at, chunk in enumerate(say.clause.chunks):
        word = chunk.value
        if at in say.used or not isinstance(word, Word) or not word.meanings & _FADES:
            continue
        say.used.add(at)
        seconds = _length_beside(say, at)
        if word.meanings & {"fade in", "fade both"}:
            values["fade_in"] = seconds
        if word.meanings & {"fade out", "fade both"} or word.meanings == {"fade"}:
            values["fade_out"] = seconds
    return values


def _length_beside(say: Say, at: int) -> float:
    """“a 2 second fade in”, “fade out over 3 s”."""
    chunks = say.clause.chunks
    for beside, preps in ((at - 1, ("", "with")), (at + 1, ("", "over", "for", "of"))):
        chunk = chunks[beside] if 0 <= beside < len(chunks) else None
        if (
            chunk
            and beside not in say.used
            and isinstance(chunk.value, Time)
            and chunk.prep in preps
        ):
            say.used.add(beside)
            return float(chunk.value.seconds)
    return _FADE


def times(scene: Scene, when: Timing, start: float, length: float | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"at": start}
    if length is not None:
        fields["duration"] = length
    if when.whole:
        fields |= {"to_end": True, "at": start if when.at else 0}
    elif (
        scene.timeline.main and length and start + length > scene.duration + 0.02 and not when.lasts
    ):
        fields["duration"] = max(0.1, round(scene.duration - start, 6))
    return fields


def add_shape(say: Say) -> Step:
    """“add a red rectangle at the bottom”, “draw a blue circle for 2 seconds”."""
    say.need_word("add, draw, put, make, show, give")
    noun = say.chunk(
        Reference,
        "",
        test=lambda c: c.value.kind in ("rectangle", "ellipse") and not c.value.definite,
    )
    if noun is None:
        raise Miss
    values = fades(say)
    where = placing(say)
    part = opacity(say)
    if part:
        values["opacity"] = part
    wide = say.word("full width")
    look = style(say, sizes=True)
    size = look.pop("size", None)
    when = timing(say)
    say.close()
    if look.keys() - {"color"}:
        raise ask("A shape has one colour. Which one?")
    scene = say.scene
    key = scene.fresh_id("s")
    start, length = when.start_and_length(USUAL["shape"])
    fields = (
        times(scene, when, start, length)
        | look
        | values
        | (where or {})
        | _extent(noun.value, wide, size)
    )
    return Step((Add(item_type="shape", id=key, shape=noun.value.kind, **fields),), (key,))


def _extent(ref: Reference, wide: object, size: float | None) -> dict[str, float]:
    factor = 1.0 if size is None else size / 0.08
    if wide:
        return {"width": 1.0, "height": 0.12, "x": 0.5}
    if ref.noun in ("bar", "banner", "strip"):
        return {"width": 0.8, "height": 0.12}
    return {"width": min(2.0, 0.3 * factor), "height": min(2.0, 0.3 * factor)} if size else {}


RULES = (rule(add_shape, "add, draw, put, make, show, give"),)
