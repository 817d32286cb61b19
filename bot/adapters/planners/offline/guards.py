"""What makes a clause, or a message, too uncertain to act on."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.planners.offline.clause import Clause, is_verb, skippable
from bot.adapters.planners.offline.outcomes import Step, ask
from bot.adapters.planners.offline.phrases import Break, Chunk, Reference, Time
from bot.adapters.planners.offline.resolve import is_clip
from bot.adapters.planners.offline.scene import Scene
from bot.engine.layout import layout
from bot.engine.operations import (
    Add,
    Adjust,
    AnyOperation,
    Move,
    Reorder,
    SetCanvas,
    SetEffect,
    SetTransition,
    Speed,
    Trim,
    Update,
)
from bot.engine.select import ById

_DASHES = ("-", "–", "—")
_FRAME = ("selector", "start", "end")
_UNTOLD = ("id", "label", "item_type", "clip", "at", "to_end", "layer", "enabled")
"""What a message adds has these without having been told."""
_SETTERS = (Update, SetCanvas, SetEffect, SetTransition, Speed, Trim)


_NOTE = re.compile(
    r"^\W*(?:to[ -]?do(?: list)?|note(?: to self)?|reminder|memo|idea|(?:for )?later|next time"
    r"|tomorrow|\[ ?\])(?: ?[:–—]| -) *(?=\S)|^\W*\[ \] *(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)


def noted(text: str) -> str:
    """“todo: mute the intro”: a note, no request; what it would ask, “” where it is none."""
    wish = _NOTE.sub("", text)
    return wish.strip() if wish != text else ""


def spans_names(clause: Clause) -> bool:
    """“remove kitchen - crowd”: those two, or all from the one to the other?"""
    triples = zip(clause.chunks, clause.chunks[1:], clause.chunks[2:], strict=False)
    return any(
        getattr(dash.value, "mark", "") in _DASHES
        and isinstance(before.value, Reference)
        and isinstance(behind.value, Reference)
        and not (before.prep or behind.prep)
        for before, dash, behind in triples
    )


def adds_length(clause: Clause) -> bool:
    """“closing and 2 s”, “closing - 2 s”: to that length, or by it?"""
    said = clause.chunks
    joint = getattr(said[1].value, "mark", "") if len(said) == _TRIPLE else ""
    thing = isinstance(said[0].value, Reference) and not said[0].prep
    joined = joint in ("and", "&", "+", "plus", *_DASHES)
    return thing and joined and isinstance(said[2].value, Time)


_TRIPLE = 3


def tells(clause: Clause) -> bool:
    """“just muted the intro”: somebody says what they did."""
    said = [chunk for chunk in clause.chunks if not skippable(chunk)]
    if (
        clause.asked
        or clause.means("ask")
        or len(said) < 2
        or not is_verb(said[0])
        or not isinstance(said[1].value, Reference)
    ):
        return False
    done: bool = said[0].value.text.endswith("ed")
    return done and not said[1].prep and said[1].first == said[0].last


def is_ratio(clause: Clause) -> bool:
    """“title 2:1”: a score or a ratio, and no time; 0:5 is one."""
    times = (chunk.value.raw for chunk in clause.chunks if isinstance(chunk.value, Time))
    return any(re.fullmatch(r"[1-9]\d*:\d", raw) for raw in times)


def is_role(clause: Clause) -> bool:
    """“make the intro the closer”: a place in the film, and no zoom."""
    pairs = zip(clause.chunks, clause.chunks[1:], strict=False)
    texts = [(getattr(a.value, "text", ""), getattr(b.value, "text", "")) for a, b in pairs]
    return ("the", "closer") in texts


def restricts(clause: Clause) -> bool:
    """“mute the beach, but only the first 2 seconds”: it narrows what was asked before."""
    said = [chunk for chunk in clause.chunks if not isinstance(chunk.value, Break)]
    only = getattr(said[0].value, "text", "") in ("only", "just") if said else False
    return clause.joined and only and not clause.has_verb


def unchanged(step: Step, scene: Scene) -> str:
    """What is said of an edit that changes nothing; a clip just dropped stands at the end."""
    moves = all(isinstance(each, Move | Reorder) for each in step.operations)
    brought = {clip.id for clip in scene.brought()}
    items = [scene.after.items[key] for key in step.about if key in scene.after.items]
    if moves and items and all(getattr(item, "clip", None) in brought for item in items):
        names = " and ".join(f"“{item.label}”" for item in items)
        return f"{names} {'is' if len(items) == 1 else 'are'} on the timeline already."
    return "That is already so; nothing was changed."


def check_denied(clauses: Sequence[Clause]) -> None:
    """“reverse the beach and don't reverse it” is no order.

    Raises:
        Unclear: A clause denies what another one orders.
    """
    for clause in clauses:
        refs = [c.value for c in clause.chunks if isinstance(c.value, Reference)]
        if not (clause.joined and clause.means("not")) or any(not ref.pronoun for ref in refs):
            continue
        verbs = _verbs(clause)
        if verbs and any(_verbs(each) == verbs for each in clauses if not each.means("not")):
            raise ask("You said to do it, and not to do it. Which shall I do? Nothing was changed.")


def _verbs(clause: Clause) -> frozenset[str]:
    return frozenset[str]().union(*(w.meanings for w in clause.words() if w.verb))


def every_nth(clause: Clause, scene: Scene) -> Clause:
    """“every second clip”: the clips 2, 4, 6 and so on.

    Raises:
        Unclear: Every second one of something else.
    """
    chunks = tuple(_every_nth(chunk, scene) for chunk in clause.chunks)
    return clause if chunks == clause.chunks else replace(clause, chunks=chunks)


def _every_nth(chunk: Chunk, scene: Scene) -> Chunk:
    ref, row = chunk.value, len(scene.clips())
    if not isinstance(ref, Reference):
        return chunk
    inner = (*ref.parts, *((ref.but,) if ref.but else ()))
    if any(map(_is_every_nth, inner)) or (_is_every_nth(ref) and not is_clip(ref)):
        raise ask(f"Which ones do you mean by “{ref.words}”? Say them one by one.")
    if not _is_every_nth(ref) or ref.numbers[0] > row:
        return chunk
    numbers = tuple(range(ref.numbers[0], row + 1, ref.numbers[0]))
    return chunk.but(value=replace(ref, numbers=numbers, every=False, plural=True))


def _is_every_nth(ref: Reference) -> bool:
    return ref.every and ref.count == 1 and len(ref.numbers) == 1 and ref.numbers[0] > 1


def check_twice(before: Sequence[AnyOperation], step: Step, scene: Scene) -> None:
    """One message does not set a property of the same things twice: “red and blue”.

    Raises:
        Unclear: It would.
    """
    everywhere = {*step.about} == {placed.item.id for placed in layout(scene.after).main[1:]}
    special = any({*step.about} < done for done in scene.changed)
    for each, old in itertools.product(step.operations, before):
        if isinstance(each, Move) and isinstance(old, Move) and each.index == old.index is not None:
            raise ask("You gave two clips the same place. In which order do you want them?")
        cuts = everywhere and isinstance(each, SetTransition) and _is_at_all_cuts(old)
        if not (cuts or _is_of_same(each, old)):
            continue
        if special and isinstance(each, Speed):
            continue  # “everything 2x, and the beach 3x”
        given, gave = _given(each), _given(old)
        if isinstance(old, Add) and "on top" in scene.source.message.casefold():
            gave.pop("place", None)  # “throw this on top …, bottom right”: over the rest
        if any(given[name] != gave[name] for name in given.keys() & gave.keys()):
            raise ask("You said two different things of the same item. Which shall I do?")


def _is_of_same(each: AnyOperation, old: AnyOperation) -> bool:
    """Whether two operations set properties of the same things, at the same time of them."""
    if isinstance(old, Add):
        return isinstance(each, Update) and each.selector == ById(id=old.id)
    level = {type(each), type(old)} == {Update, Adjust}
    same = type(each) is type(old) and isinstance(each, _SETTERS)
    return (level or same) and all(
        getattr(each, name, None) == getattr(old, name, None) for name in _FRAME
    )


def _is_at_all_cuts(operation: AnyOperation) -> bool:
    return isinstance(operation, SetTransition) and operation.selector is None


def _given(operation: AnyOperation) -> dict[str, object]:
    """The properties that an operation sets, and to what; silence is a volume too."""
    match operation:
        case Adjust(property=name):
            return {name: operation}
        case SetEffect(kind=str(kind), amount=float(amount)):
            return {kind: amount}
        case Update(muted=True):
            return {"volume": 0}
        case Trim(length=float(length)):
            return {"length": length}
        case Speed(rate=float(rate)):
            return {"rate": rate}
        case Trim() | Speed() | SetEffect():
            return {}
    said = operation.model_fields_set - {*_FRAME, *_UNTOLD}
    return {name: value for name, value in operation if name in said and value is not None}
