"""What makes a clause, or a message, too uncertain to act on."""

import itertools
import re
from collections.abc import Sequence

from bot.adapters.planners.offline.clause import Clause, is_verb, skippable
from bot.adapters.planners.offline.outcomes import Step, ask
from bot.adapters.planners.offline.phrases import Break, Reference, Time
from bot.adapters.planners.offline.scene import Scene
from bot.engine.operations import AnyOperation, Move, Reorder

_DASHES = ("-", "–", "—")
_FRAME = {"action", "selector", "start", "end"}


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


def check_twice(before: Sequence[AnyOperation], new: Sequence[AnyOperation]) -> None:
    """One message does not set a property of the same things twice: “red and blue”.

    Raises:
        Unclear: It would.
    """
    for each, old in itertools.product(new, before):
        values, held = dict(each), dict(old)
        if isinstance(each, Move) and isinstance(old, Move) and each.index == old.index is not None:
            raise ask("You gave two clips the same place. In which order do you want them?")
        if not each.action == old.action == "update":
            continue
        same = all(values[name] == held[name] for name in _FRAME)
        twice = [name for name in values if None not in (values[name], held[name])]
        if same and any(values[name] != held[name] for name in twice):
            raise ask("You said two different things of the same item. Which shall I do?")
