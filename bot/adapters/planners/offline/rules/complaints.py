"""Faults that are stated, and their remedies: “the music is too loud”."""

from collections.abc import Mapping

from bot.adapters.planners.offline.outcomes import Miss, Result, Scope, Step, ask
from bot.adapters.planners.offline.phrases import Chunk, Reference, Time
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.engine.operations import Trim
from bot.ports import Choice

_PROPERTY_OF = {"brighter": "effects", "darker": "effects", "less saturated": "effects",
                "less blurred": "effects", "quieter": "volume", "louder": "volume",
                "faster": "speed", "slower": "speed"}  # fmt: skip


def _remedied(say: Say, remedy: str) -> bool:
    """“brighten the bedroom, it's too dark”: what the message has just done about it."""
    name, scene = _PROPERTY_OF.get(remedy, ""), say.scene
    pairs = [(scene.after.items.get(key), scene.comp.items.get(key)) for key in scene.mentioned]
    there = [(new, old) for new, old in pairs if new is not None and old is not None]
    if remedy == "faster" and any(new.duration < old.duration for new, old in there):
        return True  # “take 4 s off the ceremony, it's a bit slow”
    return bool(name) and any(getattr(new, name, 0) != getattr(old, name, 0) for new, old in there)


def _moved_round(say: Say) -> bool:
    """“rotate it, it's upside down”."""
    pairs = [
        (say.scene.after.items.get(key), say.scene.comp.items.get(key))
        for key in say.scene.mentioned
    ]
    return any(getattr(a, "transform", 0) != getattr(b, "transform", 0) for a, b in pairs)


_FIXES: Mapping[str, tuple[str, str]] = {
    "loud": ("quieter", "make {} quieter"),
    "quiet": ("louder", "make {} louder"),
    "bigger": ("smaller", "make {} smaller"),
    "smaller": ("bigger", "make {} bigger"),
    "transparent": ("more opaque", "make {} more opaque"),
    "fast": ("slower", "make {} slower"),
    "slower": ("faster", "make {} faster"),
    "faster": ("slower", "make {} slower"),
    "slow motion": ("faster", "make {} faster"),
    "darker": ("brighter", "make {} brighter"),
    "brighter": ("darker", "make {} darker"),
    "blur": ("less blurred", "remove the blur from {}"),
    "saturated": ("less saturated", "make {} less saturated"),
    "louder": ("louder", "make {} louder"),
    "quieter": ("quieter", "make {} quieter"),
}
_TURNED = {
    "upside down": (("Turn it round", "rotate {} 180 degrees"),),
    "horizontally": (
        ("Turn it clockwise", "rotate {} 90 degrees clockwise"),
        ("Turn it counterclockwise", "rotate {} 90 degrees counterclockwise"),
    ),
}


def complaint(say: Say) -> Result:
    """“the music is too loud”: a fault is stated, so the remedy is offered."""
    if say.clause.means("too") and fixed_next(say) and not say.peek(Reference):
        return _bare_complaint(say)
    chunk = say.chunk(Reference, "", "of")
    say.words("sound, volume, rate")
    said = say.word("is") or say.word("too")
    if chunk is None and "too" in getattr(said, "meanings", ()):
        chunk = _spoken_of(say)
    say.words("too, is, large, small, very, not, more, drags")
    if chunk is None or said is None:
        raise Miss
    if "drag" in said.text and not say.left():
        say.close()
        return Scope(about=tuple(p.item.id for p in find(say.scene, chunk.value)))
    for meaning in (*_FIXES, *_TURNED):
        if say.word(meaning):
            say.close()
            return _remedy(say, chunk, meaning)
    return _by_so_much(say, chunk) or _too_long(say, chunk)


def _by_so_much(say: Say, chunk: Chunk) -> Step | None:
    """“the living room is 3 seconds too long”."""
    amount = say.chunk(Time, "", "by")
    if amount is None or not say.clause.means("too"):
        return None
    if not say.words("longer") and "long" not in (word.text for word in say.clause.words()):
        raise Miss
    say.close()
    items = find(say.scene, chunk.value)
    if len(items) != 1:
        raise Miss
    item, by = items[0], amount.value.seconds
    if by >= say.scene.seconds(item.frames):
        raise ask(f"“{item.item.label}” is only {say.scene.lasts(item)} long.")
    return Step((Trim(selector=selector([item]), tail=by),), (item.item.id,))


def _spoken_of(say: Say) -> Chunk | None:
    """“oops, too loud”: what was spoken of last."""
    if len(say.scene.request.focus) != 1 or say.clause.joined:
        return None
    first = say.clause.chunks[0].first
    return Chunk(Reference("it", first, first + 1, pronoun=True, which="it"), first, first + 1)


def _remedy(say: Say, chunk: Chunk, meaning: str) -> Scope:
    """What is wrong with a thing: the subject of what follows, or the remedy is offered.

    Raises:
        Unclear: It is offered.
    """
    src = say.scene.source
    items = find(say.scene, chunk.value)
    target = " and ".join(f"@{p.item.id}" for p in items)
    if fixed_next(say):
        return Scope(about=tuple(p.item.id for p in items))
    spoken = chunk in say.clause.chunks
    written = src.raw(chunk.first, chunk.last) if spoken else f"“{items[0].item.label}”"
    if meaning in _TURNED:
        if say.clause.joined and chunk.value.pronoun and _moved_round(say):
            return Scope(remark=say.clause.raw(src))
        choices = (Choice(label, text.format(target)) for label, text in _TURNED[meaning])
        raise ask(f"Shall I turn {written}?", *choices)
    remedy, command = _FIXES[meaning]
    if say.clause.joined and chunk.value.pronoun and _remedied(say, remedy):
        return Scope(remark=say.clause.raw(src))
    raise ask(
        f"Shall I make {written} {remedy}?",
        Choice(f"Make it {remedy}", command.format(target)),
    )


def _too_long(say: Say, chunk: Chunk) -> Scope:
    src = say.scene.source
    told = src.raw(*_ends(say)).casefold().rstrip(".! ").endswith(("long", "short"))
    if not (say.word("longer") or told):
        raise Miss
    say.words("longer, shorter")
    if say.left() and "short" not in "".join(say.left()):
        raise Miss
    items = find(say.scene, chunk.value)
    if fixed_next(say):
        return Scope(about=tuple(p.item.id for p in items), words=say.clause.raw(src))
    spoken = chunk in say.clause.chunks
    written = src.raw(chunk.first, chunk.last) if spoken else f"“{items[0].item.label}”"
    raise ask(f"How long should {written} be? It is {say.scene.lasts(items[0])} long now.")


def _ends(say: Say) -> tuple[int, int]:
    return say.clause.chunks[0].first, say.clause.chunks[-1].last


def _bare_complaint(say: Say) -> Scope:
    """“too loud! bring the music down”."""
    say.words("too", *_FIXES, "is, very, large, small, longer, shorter")
    say.close()
    return Scope(remark=say.clause.raw(say.scene.source))


def fixed_next(say: Say) -> bool:
    """Whether the message goes on with the remedy ("…, turn it down")."""
    src = say.scene.source
    return bool(src.message[say.clause.span(src)[1] :].strip(" .,!;\n"))
