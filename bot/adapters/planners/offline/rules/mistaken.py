"""Corrections of who was meant: “no, I meant the beach”, “wrong one, the outro”.

The last edit is taken back from what it was made on, and made on the other thing: one edit, which
is asked about unless everything comes out as it was before.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.adapters.planners.deciding import Draft, film_of
from bot.adapters.planners.offline.clause import Clause
from bot.adapters.planners.offline.outcomes import Miss, Result, Scope, Step, ask
from bot.adapters.planners.offline.phrases import Chunk, Reference, Word
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.follow import for_others, last_edit, of_same_kind
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids
from bot.adapters.planners.offline.wants import ANY
from bot.engine.composition import Item
from bot.engine.errors import EngineError
from bot.engine.operations import Adjust, AnyOperation, SetEffect, Speed, Trim, Update
from bot.engine.plan import Plan
from bot.ports import Choice

_SAME = {"action", "selector", "start", "end"}


def mistaken(say: Say) -> Result:
    """“wrong one, I wanted the beach”, “no, the other one”, “the outro instead”."""
    operations = last_edit(say)
    if not _is_marked(say):
        raise Miss
    say.words("meant, cancel, not")
    say.chunk(Word, test=_is_instead)
    refs = say.all(Reference, "")
    say.close()
    if not refs and _goes_on(say):
        return Scope(remark=say.clause.raw(say.scene.source))
    if not refs:
        raise _which()
    old = tuple(key for key in say.scene.request.focus if key in say.scene.timeline.by_id)
    items = find(say.scene, of_same_kind(say.scene, refs[-1]), ANY)
    ids = tuple(placed.item.id for placed in items)
    back = _restoring(say.scene)
    if not old or back is None or set(ids) & set(old):
        raise Miss
    if not _is_certain(say):
        raise _shall_i(ids, items[0].item.label)
    return Step((*back, *for_others(operations, items)), ids)


def _is_marked(say: Say) -> bool:
    """Somebody says that it was the wrong one; “no music” is about music."""
    text = say.clause.raw(say.scene.source).casefold()
    named = any(not ref.pronoun for ref in say.references())
    denied = text.startswith(("no,", "no ", "nope", "not ")) and ("," in text or "other" in text)
    instead = any(map(_is_instead, say.clause.chunks))
    return say.clause.means("meant") or (named and (denied or instead))


def _is_certain(say: Say) -> bool:
    """“no, the outro” may be an answer, or a wish to be rid of it."""
    return say.clause.means("meant") or any(map(_is_instead, say.clause.chunks))


def _shall_i(ids: tuple[str, ...], label: str) -> Exception:
    meant = " and ".join(f"@{key}" for key in ids)
    return ask(
        f"Shall I take the last edit back, and do it with “{label}” instead?",
        Choice("Yes, instead", f"i meant {meant}"),
        Choice("Only take it back", "undo"),
        Choice("Do it with both", f"and {meant} too"),
    )


def _is_instead(chunk: Chunk) -> bool:
    return getattr(chunk.value, "text", "") == "instead"


def _goes_on(say: Say) -> bool:
    src = say.scene.source
    return bool(src.message[say.clause.span(src)[1] :].strip(" .,!"))


def _which() -> Exception:
    return ask(
        "Which one did you mean? Nothing was changed yet.", Choice("Undo the last edit", "undo")
    )


def check_instead(clause: Clause, step: Step, scene: Scene, before: Sequence[AnyOperation]) -> None:
    """“sepia instead”, after “black and white”: that has to go first.

    Raises:
        Unclear: The last edit was about something else, and would stay.
    """
    told = "instead" in [word.text for word in clause.words()]
    if not told or before or scene.scope or scene.last is None or scene.last.plan is None:
        return
    new, old = _matters(step.operations), _matters(scene.last.plan.operations)
    if not new & old and "delete" not in new:
        ways = tuple(_ways(clause, step, scene))
        raise ask(
            "Shall I do that instead of the last edit, or as well? Say “undo” to take that back.",
            *ways,
        )


def _ways(clause: Clause, step: Step, scene: Scene) -> Iterator[Choice]:
    text, back = scene.request.text, _restoring(scene)
    alone = clause.raw(scene.source) == text.strip(" .!")
    if alone and back is not None:
        plan = Plan(operations=(*back, *step.operations))
        yield Choice("Instead of it", Draft(plan=plan, film=film_of(scene.comp)).text)
    yield Choice("As well", " ".join(re.sub(r"\binstead\b", "", text, flags=re.I).split()))
    if not (alone and back is not None):
        yield Choice("Undo the last edit", "undo")


def _matters(operations: Sequence[AnyOperation]) -> set[str]:
    """What operations are about: properties that they set or change, else what they do."""
    found: set[str] = set()
    for each in operations:
        fields = {name: value for name, value in each if value is not None}
        action = str(fields["action"])
        told = {"adjust": "property", "effect": "kind"}.get(action, "action")
        found |= set(fields) - _SAME if action == "update" else {str(fields.get(told))}
    return found


def _restoring(scene: Scene) -> tuple[AnyOperation, ...] | None:
    """Operations that take the last edit back; None where they would not do so exactly."""
    last = scene.last
    if last is None or last.plan is None or last.diff is None:
        return None
    pairs = [(old, new) for old, new in last.diff.items.values()]
    if any(old is None or new is None for old, new in pairs):
        return None
    back = tuple(
        operation
        for old, _ in pairs
        if old is not None
        for each in last.plan.operations
        for operation in _reversed(each, old, scene)
    )
    try:
        after = Plan(operations=back).apply(scene.comp, scene.request.serial)
    except EngineError:
        return None
    exact = all(old is not None and after.items.get(old.id) == old for old, _ in pairs)
    return back if exact else None


def _reversed(operation: AnyOperation, old: Item, scene: Scene) -> Iterator[AnyOperation]:
    """What an operation changed of an item, as it was before."""
    selector = by_ids(old.id)
    match operation:
        case Update():
            names = {name for name, value in operation if value is not None} - _SAME
            placed = {"x", "y"} if "place" in names else set[str]()
            yield Update(selector=selector, **_held(old, names | placed))
        case Adjust(property=name):
            yield Update(selector=selector, **_held(old, {name}))
        case Speed():
            yield Speed(selector=selector, rate=getattr(old, "speed", 1.0))
        case SetEffect():
            yield SetEffect(selector=selector, remove=True)
            for each in getattr(old, "effects", ()):
                yield SetEffect(selector=selector, kind=each.kind, amount=each.amount)
        case Trim(edge="end"):
            seconds = scene.comp.canvas.fps.seconds(old.duration)
            yield Trim(selector=selector, length=seconds)


def _held(item: Item, names: set[str]) -> dict[str, Any]:
    """Properties of an item, wherever it holds them."""
    holders = (item, getattr(item, "transform", None), getattr(item, "style", None))
    found: dict[str, Any] = {}
    for name in names - {"place"}:
        holder = next((each for each in holders if hasattr(each, name)), None)
        found[name] = getattr(holder, name, None)
    return found


RULE = rule(mistaken)
