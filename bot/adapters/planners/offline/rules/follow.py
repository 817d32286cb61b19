"""Bare follow-ups to the edit just made: “a bit more”, “twice that”, “and the second one”."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.planners.offline.clause import listed, skippable
from bot.adapters.planners.offline.message import source
from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Decibels,
    Factor,
    Number,
    Percent,
    Point,
    Reference,
    Share,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.levels import changed
from bot.adapters.planners.offline.rules.properties import PROPERTIES, Amount, present
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.transitions import cuts_at
from bot.adapters.planners.offline.rules.wish import Wish
from bot.adapters.planners.offline.say import OBJECT, Say
from bot.adapters.planners.offline.scan import scan
from bot.adapters.planners.offline.scene import Scene, by_ids
from bot.adapters.planners.offline.wants import ANY
from bot.engine.composition import Audio, Image, Item, Shape, Text
from bot.engine.layout import Placed
from bot.engine.operations import (
    Adjust,
    Animate,
    AnyOperation,
    Delete,
    SetEffect,
    SetTransition,
    Speed,
    Trim,
    Update,
)
from bot.engine.select import ById, Selector
from bot.ports import Command

_REPEATED = (Update, Adjust, SetEffect, Speed, Trim, Animate, SetTransition, Delete)
_SAME = ("same", "ditto", "likewise", "thing")
_TOO = ("too", "also", "as well")
_AMOUNTS: tuple[type[Time | Amount], ...] = (Time, Percent, Decibels, Factor, Share)
_FAULTS: Mapping[str, tuple[str, int]] = {
    "loud, louder": ("volume", -1),
    "quiet, quieter": ("volume", 1),
    "bigger": ("scale", -1),
    "smaller": ("scale", 1),
    "fast, faster": ("speed", -1),
    "slower": ("speed", 1),
    "brighter": ("brightness", -1),
    "darker": ("brightness", 1),
}
_LIGHT = "make, do, give, set"


def last_edit(say: Say) -> tuple[AnyOperation, ...]:
    """The operations of the edit that this message may go on from."""
    scene = say.scene
    if scene.last is None or scene.last.plan is None or scene.after is not scene.comp:
        raise Miss
    return scene.last.plan.operations


def _is_pronoun(chunk: Chunk) -> bool:
    return bool(chunk.value.pronoun)


# --- a bit more, twice that, 40% instead ----------------------------------------------------


def more(say: Say) -> Step:
    """“a bit more”, “a little less”, “another 20% more”: the same level, further or back."""
    relative = all(map(_is_relative, last_edit(say)))
    even = "even" in [word.text for word in say.clause.words()]
    turn = 1 if say.word("more") else -1 if say.word("less") else 0
    if not turn:
        raise Miss
    if time := say.take(Time, "", "by"):
        return _longer(say, turn * time.seconds)
    amount = say.take(Percent, "", "by") or say.take(Decibels, "", "by")
    degree = (
        "small" if say.words("small") or _little(say) else "large" if say.words("large") else ""
    )
    name, items = _level(say)
    if _direction(say.scene, name, items[0]) < 0:
        if not (relative if turn > 0 else even):
            raise ask(f"Shall the {name} of “{items[0].item.label}” go up or down?")
        turn = -1  # “quieter”, then “a bit more”; “40%”, then “even less”
    return _levelled(say, items, Wish(name, turn, "more", amount, degree=degree))


def _longer(say: Say, seconds: float) -> Step:
    """“half a second more”, after a length was set."""
    _close(say)
    if not all(isinstance(each, Trim) and each.edge == "end" for each in last_edit(say)):
        raise Miss
    items = [p for key in say.scene.request.focus if (p := say.scene.timeline.by_id.get(key))]
    if not items or any(say.scene.seconds(p.frames) + seconds <= 0 for p in items):
        raise Miss
    ids = tuple(placed.item.id for placed in items)
    return Step((Trim(selector=by_ids(*ids), tail=-seconds),), ids)


def too_much(say: Say) -> Step:
    """“too loud”, “still too big”: of the level that was just changed, a step back."""
    src = say.scene.source
    if not last_edit(say) or src.message[say.clause.span(src)[1] :].strip(" .!,"):
        raise Miss  # “too loud, 10%”: what is wanted is said
    say.need_word("too")
    fault = say.need_word(*_FAULTS)
    name, sign = next(told for words, told in _FAULTS.items() if fault.meanings & listed(words))
    say.words("is, too, small, large, very")
    changed_name, items = _level(say)
    if changed_name != name:
        raise Miss
    return _levelled(say, items, Wish(name, sign, "too", degree="small"))


def _little(say: Say) -> bool:
    return say.chunk(Word, test=lambda chunk: chunk.value.text == "little") is not None


def new_amount(say: Say) -> Step:
    """“twice that”, “40% instead”, “3 seconds”: another amount in place of the one just set."""
    operations = last_edit(say)
    value = next((v for kind in _AMOUNTS if (v := say.take(kind, "", "to"))), None)
    value = value or _bare(say, operations)
    if say.chunk(Word, test=lambda chunk: chunk.value.text in ("was", "were")):
        say.need_word("praise")  # “3 was better”
    if value is None or any(not each.pronoun for each in say.references()):
        raise Miss
    if getattr(value, "raw", "").casefold().startswith("another"):
        raise Miss  # “another second” is no length
    if isinstance(value, Time):
        return _retimed(say, operations, value)
    if any(map(_is_relative, operations)):
        raise Miss  # “10% smaller”, then “twice that”: of the change, or of what it came to?
    pace = isinstance(value, Factor) and "x" in say.clause.raw(say.scene.source).casefold()
    name, items = _level(say)
    if name == "speed" and not (pace or say.references()):
        raise Miss  # “half”: half the speed, or half of what it is now?
    absolute = isinstance(value, Percent) or (name == "speed" and pace)
    return _levelled(say, items, Wish(name, 0, "", value, absolute=absolute))


def _bare(say: Say, operations: tuple[AnyOperation, ...]) -> Percent | Time | None:
    """“make that 25”, of a level in percent; “3 was better”, of a length in seconds."""
    number = say.take(Number, "", "to")
    if number is None or number.sign or say.clause.means("give") or _is_out_of_the_blue(say):
        return None  # “give me 5”
    if all(isinstance(each, Trim) for each in operations):
        say.scene.assume(f"“{number.raw}” was taken for seconds.")
        return Time(number.value, raw=number.raw)
    if not 2 <= number.value <= 400:
        return None
    say.scene.assume(f"“{number.raw}” was taken for percent.")
    return Percent(number.value)


def _is_out_of_the_blue(say: Say) -> bool:
    """“2”, where no amount was spoken of just before: “no”, “haha”."""
    request, lexicon = say.scene.request, say.scene.source.lexicon
    said = [turn.text for turn in request.turns if turn.author == request.author]
    lone = sum(not skippable(chunk) for chunk in say.clause.chunks) == 1
    if not (said and lone):
        return False
    before = scan(source(said[-1], request.comp, lexicon))
    return not any(isinstance(chunk.value, (Number, *_AMOUNTS)) for chunk in before)


def midway(say: Say) -> Step:
    """“too much, go halfway back”: between what it was and what it is."""
    point = say.take(Point, "", "to", "at") if last_edit(say) else None
    if point is None or point.name != "middle":
        raise Miss
    say.words("go, come, back, make, take, set, put, too, undo")
    say.chunk(Reference, "", test=_is_pronoun)
    name, items = _level(say)
    diff = say.scene.last and say.scene.last.diff
    operations = []
    for placed in items:
        old = diff.items[placed.item.id][0] if diff else None
        was, now = (present(item, name) or 0 for item in (old or placed.item, placed.item))
        target = {"selector": by_ids(placed.item.id)}
        operations.append(PROPERTIES[name].set((was + now) / 2, target))
    return Step(tuple(operations), tuple(placed.item.id for placed in items))


def _is_relative(operation: AnyOperation) -> bool:
    match operation:
        case Speed(rate=None) | SetEffect(amount=None) | Adjust():
            return True
    return False


def _retimed(say: Say, operations: tuple[AnyOperation, ...], time: Time) -> Step:
    _close(say)
    trims = [each for each in operations if isinstance(each, Trim) and each.length is not None]
    if not trims or len(trims) < len(operations):
        raise Miss
    return Step(tuple(trim.but(length=time.seconds) for trim in trims), say.scene.request.focus)


def _close(say: Say) -> None:
    say.words(_LIGHT)
    say.chunk(Reference, "", "of", test=_is_pronoun)
    say.close()


def _level(say: Say) -> tuple[str, tuple[Placed, ...]]:
    """The one level that the last edit changed, and of which items; the clause says no more."""
    _close(say)
    diff = say.scene.last and say.scene.last.diff
    pairs = diff.items if diff else {}
    names = {name for pair in pairs.values() for name in _turned(*pair)}
    items = tuple(p for key in pairs if (p := say.scene.timeline.by_id.get(key)))
    if len(names) != 1 or len(items) != len(pairs):
        raise Miss
    return names.pop(), items


def _turned(old: Item | None, new: Item | None) -> list[str]:
    """The levels that differ; “?” where an item came, went, or is another thing now."""
    if old is None or new is None:
        return ["?", "??"]
    levels = (name for name in PROPERTIES if name != "zoom")
    return [name for name in levels if present(old, name) != present(new, name)]


def _direction(scene: Scene, name: str, placed: Placed) -> int:
    """Whether the last edit raised (1) or lowered (−1) a level."""
    diff = scene.last and scene.last.diff
    old = diff.items[placed.item.id][0] if diff else None
    was, now = (present(item, name) if item else None for item in (old, placed.item))
    return 1 if (now or 0) > (was or 0) else -1


def _levelled(say: Say, items: tuple[Placed, ...], wanted: Wish) -> Step:
    operations = tuple(
        changed(say, PROPERTIES[wanted.name], wanted, placed, {"selector": by_ids(placed.item.id)})
        for placed in items
    )
    return Step(operations, tuple(placed.item.id for placed in items))


# --- and the second one, same for the last clip --------------------------------------------


def likewise(say: Say) -> Step:
    """“and the second one”, “same for the last clip”, “do that for the beach as well”."""
    operations = last_edit(say)
    if not (_is_marked(say) or _is_every(say)):
        raise Miss
    say.words(_LIGHT, "too")
    while say.chunk(Unknown, test=lambda chunk: chunk.value.text in (*_SAME, "one")):
        pass
    say.chunk(Reference, "", test=_is_same)
    if len(say.references()) > 1:
        say.chunk(Reference, "", test=_is_pronoun)
    if say.scene.joints:
        return _at_other_cuts(say, operations)
    time = say.take(Time, "", "to")
    named = say.chunk(Reference, *OBJECT)
    say.close()
    if named is None or named.value.pronoun:
        raise Miss
    items = find(say.scene, of_same_kind(say.scene, named.value), ANY)
    again = for_others(operations, items)
    if time is not None:
        again = _with_length(again, time)
    return Step(again, tuple(placed.item.id for placed in items))


def _is_marked(say: Say) -> bool:
    """“and …”, “… too”, “same …”, “do that …”: said of the edit before."""
    chunks = say.clause.chunks
    words = {getattr(chunk.value, "text", "") for chunk in chunks}
    words |= {"same" for chunk in chunks if isinstance(chunk.value, Reference) and _is_same(chunk)}
    before = say.scene.source.message[: say.clause.span(say.scene.source)[0]].split()
    led = bool(before) and before[-1].casefold() in ("and", "&", "+", "plus", "also")
    verbs = {word.text for word in say.clause.words() if word.verb and not word.noun}
    told = bool(words & {*_SAME, *_TOO}) or led or bool(verbs)
    return told and verbs <= {"do", "make"}


def _is_every(say: Say) -> bool:
    """“all of them”, “on all clips”: nothing else is said."""
    refs = [chunk.value for chunk in say.clause.chunks if isinstance(chunk.value, Reference)]
    told = [word for word in say.clause.words() if not word.idle]
    return not told and len(refs) == 1 and (refs[0].every or refs[0].kind == "all")


def _is_same(chunk: Chunk) -> bool:
    """“the same”, which looks like the name of something."""
    return chunk.value.name in _SAME


def of_same_kind(scene: Scene, ref: Reference) -> Reference:
    """“the second one”: of the kind that the last edit was about."""
    if (ref.kind and ref.kind != "all") or ref.name or ref.parts or ref.ids:
        return ref
    items = [placed for key in scene.request.focus if (placed := scene.timeline.by_id.get(key))]
    kinds = {_kind(placed) for placed in items}
    every = ref.every or ref.kind == "all"
    return replace(ref, kind=kinds.pop(), every=every) if len(kinds) == 1 else ref


def _kind(placed: Placed) -> str:
    kinds: Mapping[type, str] = {Text: "text", Image: "image", Audio: "music", Shape: "shape"}
    return "clip" if placed.track == "main" else kinds.get(type(placed.item), "overlay")


def for_others(
    operations: tuple[AnyOperation, ...], items: tuple[Placed, ...]
) -> tuple[AnyOperation, ...]:
    """The same operations, of other items.

    Raises:
        Unclear: They were about several things in different ways, or cannot be repeated.
    """
    whose: dict[AnyOperation, set[str]] = {}
    other = by_ids(*(placed.item.id for placed in items))
    for operation in operations:
        if not _can_repeat(operation):
            raise ask("I cannot carry the last edit over to that. What shall I do with it?")
        ids = _ids(getattr(operation, "selector", None))
        whose.setdefault(operation.but(selector=other), set()).update(ids)
    if len({frozenset(ids) for ids in whose.values()}) > 1:
        raise ask("The last message changed several things. Which of that shall I do?")
    return tuple(whose)


def _can_repeat(operation: AnyOperation) -> bool:
    fields: dict[str, Any] = dict(operation)
    own = fields.get("text") or fields.get("label") or fields.get("start") is not None
    return isinstance(operation, _REPEATED) and bool(fields["selector"]) and not own


def _ids(selector: Selector | None) -> set[str]:
    leaves = getattr(selector, "of", (selector,))
    return {leaf.id for leaf in leaves if isinstance(leaf, ById)}


def _with_length(operations: tuple[AnyOperation, ...], time: Time) -> tuple[AnyOperation, ...]:
    if len(operations) != 1 or not isinstance(operations[0], Trim) or not operations[0].length:
        raise Miss
    return (operations[0].but(length=time.seconds),)


def _at_other_cuts(say: Say, operations: tuple[AnyOperation, ...]) -> Step:
    """“and between the beach and the outro”."""
    ids = cuts_at(say)
    if not ids:
        raise Miss
    kept = {operation.but(selector=by_ids(*ids)): None for operation in operations}
    return Step(tuple(kept), tuple(ids))


def brought_back(say: Say) -> Command:
    """“put the beach back”, “bring back the outro”: the edit before removed just that."""
    last_edit(say)
    say.need_word("back, undo")
    say.words("put, move, have, make, add, set")
    named = say.need(Reference, "")
    say.close()
    diff = say.scene.last and say.scene.last.diff
    gone = [old for old, new in (diff.items.values() if diff else ()) if old and not new]
    labels = [item.label.casefold() for item in gone]
    if not labels or not (named.pronoun or labels == [named.name.casefold()]):
        raise Miss
    return Command("undo")


RULES = (
    rule(brought_back, "back, undo"),
    rule(too_much, "too"),
    rule(more, "more, less"),
    rule(new_amount),
    rule(midway),
    rule(likewise),
)
