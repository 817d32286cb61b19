"""Orders told step by step: “start with the close-up, then the hero shot, then the rest”."""

from dataclasses import dataclass, field

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Point,
    Reference,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.sequences import CUES, LAST, MANNERS, NEXT, PLACING
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.layout import Placed
from bot.engine.operations import Reorder
from bot.ports import Choice


@dataclass
class _Told:
    """What has been said so far: the things in their order, and whether the last one ends."""

    things: list[Reference] = field(default_factory=list)
    cued: bool = False
    closed: bool = False


def sequence(say: Say) -> Step:
    """“the ceremony first, then the confetti”: the others follow behind."""
    told = _Told()
    for at, chunk in enumerate(say.clause.chunks):
        _take(told, chunk, joined=at > 0 and isinstance(say.clause.chunks[at - 1].value, Break))
    if not told.cued or len(told.things) < 2:
        raise Miss
    _leave_rest(told)
    say.used |= set(range(len(say.clause.chunks)))
    say.close()
    row = list(say.scene.clips())
    named = [placed for ref in told.things for placed in find(say.scene, ref, MAIN)]
    if any(placed.track != "main" for placed in named):
        raise Miss
    if len({placed.item.id for placed in named}) < len(named):
        raise ask("That order names a clip twice. In which order do you want them?")
    if say.scene.excluded:
        raise ask("You said not to touch something. Where in that order shall it be?")
    if say.clause.asked and not say.clause.has_verb:
        text = say.clause.raw(say.scene.source)
        raise ask("Shall I put them in that order?", Choice("Yes", text))
    order = _completed(row, named, closed=told.closed)
    ids = tuple(placed.item.id for placed in named)
    return Step((Reorder(order=tuple(selector([placed]) for placed in order)),), ids)


def _leave_rest(told: _Told) -> None:
    """“… then the rest”: it follows anyway; “… then the rest, then the outro”: that one ends."""
    rest = [n for n, ref in enumerate(told.things) if ref.which == "rest" and not ref.name]
    if len(rest) == 1 and rest[0] > 0:
        del told.things[rest[0]]
        told.closed = told.closed or rest[0] == len(told.things) - 1
        if rest[0] < len(told.things) - 1:
            raise ask("In which order shall the last ones be? Name them one after the other.")


def _take(told: _Told, chunk: Chunk, *, joined: bool) -> None:
    """Take one chunk; `Miss` where it does not belong to an order."""
    value = chunk.value
    if isinstance(value, Reference):
        behind = joined and told.cued and chunk.prep in ("after", "before that")
        started = not told.things and told.cued and chunk.prep == "with"
        if value.pronoun or told.closed or not (chunk.prep == "" or behind or started):
            raise Miss
        told.things += value.parts or (value,)
    elif isinstance(value, Point):
        if value.name == "start" and len(told.things) <= 1:
            told.cued = True
        elif value.name == "end" and len(told.things) > 1:
            told.closed = True
        else:
            raise Miss
    elif isinstance(value, Word):
        _take_word(told, value)
    elif isinstance(value, Unknown) and value.text in (*NEXT, *LAST):
        told.closed = value.text in LAST and len(told.things) > 1
    elif not isinstance(value, Break):
        raise Miss
    elif value.mark == "then":
        told.cued = True


def _take_word(told: _Told, word: Word) -> None:
    if word.text in CUES or word.meanings & {"start", "reorder"}:
        if len(told.things) > 1:
            raise Miss
        told.cued = True
    elif word.text in LAST:
        told.closed = len(told.things) > 1
    elif not (word.text in (*NEXT, "put in") or word.idle or word.meanings & (PLACING | MANNERS)):
        raise Miss


def _completed(row: list[Placed], named: list[Placed], *, closed: bool) -> list[Placed]:
    """The order of all clips: those that were not named stay behind, or before the last one."""
    rest = [placed for placed in row if placed not in named]
    return [*named[:-1], *rest, named[-1]] if closed else [*named, *rest]


RULES = (rule(sequence),)
