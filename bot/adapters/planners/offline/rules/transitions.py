"""Transitions between clips of the main track."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Colour,
    Place,
    Reference,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids, selector
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.composition import Audio
from bot.engine.layout import Placed, layout
from bot.engine.operations import AnyOperation, SetTransition
from bot.ports import Choice

_KINDS = {"transition": "crossfade", "wipe": "wipe", "slide": "slide", "dip": "dip"}

_FEW = 2
_SIDES = {"left": "left", "right": "right", "top": "up", "bottom": "down"}


def transition(say: Say) -> Step:
    """“add a crossfade between the first and second clip”, “wipe before the outro”."""
    word = say.word("wipe, slide, dip, transition")
    if word and "move" in word.meanings and say.peek(Reference, ""):
        raise Miss  # “slide the logo to the left”
    if word is None:
        word = say.need_word("fade")
        if not say.peek(Reference, "between", "into", "in between"):
            raise Miss
    kind = next((_KINDS[m] for m in ("wipe", "slide", "dip") if m in word.meanings), "crossfade")
    if _is_two(say):
        raise Miss
    other = say.word("wipe, slide, dip, transition")
    if other and kind == "crossfade":
        kind = next((_KINDS[m] for m in ("wipe", "slide", "dip") if m in other.meanings), kind)
    say.words(
        "transition, add, put, use, make, have, do, give, change, set, whole time, replace, go, "
        "apply, show, large"
    )
    if say.peek(Time):
        say.words("trim, extend, longer, shorter")
    _dip_colour(say, kind)
    time = say.take(Time, "", "for", "of", "to", "over", "by", "lasting", "with")
    side = say.chunk(Place, "to", "from", "", test=lambda c: c.value.name in _SIDES)
    _take_both(say)
    cuts = _cuts(say)
    say.words("transition")
    say.close()
    if word.text == "transition" and not cuts and len(say.scene.clips()) > _FEW:
        raise ask(
            "Where shall the transition be?",
            Choice("At every cut", "add a crossfade between all clips"),
        )
    fields: dict[str, Any] = {"kind": kind}
    if time is not None:
        fields["duration"] = time.seconds
    if side is not None:
        name = _SIDES[side.value.name]
        fields["direction"] = _opposite(name) if side.prep == "from" else name
    return _set_transitions(say, cuts, fields, kept=word.text.endswith("s") and time is not None)


def _take_both(say: Say) -> None:
    """“both crossfades”: all of them, where there are two."""
    both = say.chunk(Reference, "", test=lambda c: c.value.words.casefold() == "both")
    standing = sum(map(bool, map(_transition, say.scene.clips())))
    if both and standing != _FEW:
        raise ask(f"There are {standing} transitions. Which do you mean by “both”?")


def _is_two(say: Say) -> bool:
    """“a dissolve between A and B and a wipe between B and C”: one after the other."""
    parted, seen = False, False
    for chunk in say.clause.chunks:
        if isinstance(chunk.value, Break):
            parted = seen
        elif isinstance(chunk.value, Word) and chunk.value.meanings & _KINDS.keys():
            if parted:
                return True
            seen = True
    return False


def _opposite(direction: str) -> str:
    pairs = {"left": "right", "right": "left", "up": "down", "down": "up"}
    return pairs[direction]


def _dip_colour(say: Say, kind: str) -> None:
    colour = say.chunk(Colour, "to", "through", "", "from")
    if colour is not None and (kind != "dip" or colour.value.hex != "#000000"):
        raise ask(
            f"I can dip to black, not to {colour.value.raw}. Shall it be black, or a crossfade?"
        )


def _cuts(say: Say) -> list[Chunk]:
    """What says at which cuts: "between …", "before …", "at 0:04", "all"."""
    found: list[Chunk] = _counted(say)
    preps = (
        "between",
        "in between",
        "before",
        "after",
        "from",
        "into",
        "to",
        "at",
        "on",
        "for",
        "of",
        "right before",
        "right after",
        "with",
        "",
    )
    while chunk := say.chunk(Reference, *preps) or say.chunk(Time, "at", "@", "on"):
        found.append(chunk)
    return found


def _counted(say: Say) -> list[Chunk]:
    """“the second transition”: one of those that there are, and not at the second clip."""
    chunks, clips = say.clause.chunks, say.scene.clips()
    row = [p.item.id for p in clips if _transition(p)] or [p.item.id for p in clips[1:]]
    for at, (chunk, behind) in enumerate(pairwise(chunks)):
        ref = chunk.value
        counts = isinstance(ref, Reference) and ref.numbers and not (ref.kind or ref.name)
        named = isinstance(behind.value, Word) and behind.value.meanings & _KINDS.keys()
        if at in say.used or not (counts and named and behind.first == chunk.last):
            continue
        say.used.add(at)
        number = ref.numbers[0]
        if ref.count > 1 or len(ref.numbers) > 1 or not 0 < abs(number) <= len(row):
            raise ask(f"There are {len(row)} cuts. At which shall it be?")
        key = row[number - 1] if number > 0 else row[number]
        return [chunk.but(value=Reference(ref.words, ref.first, ref.last, ids=(key,)), prep="into")]
    return []


def _set_transitions(say: Say, cuts: list[Chunk], fields: dict[str, Any], *, kept: bool) -> Step:
    scene = say.scene
    clips = layout(scene.after).main
    if len(clips) < 2:
        raise ask("A transition needs two clips next to each other on the main track.")
    if not cuts:
        if kept and any(_transition(p) for p in clips):
            return _each_kept(scene, clips, {"duration": fields["duration"]})
        return Step((SetTransition(**fields),))
    ids = [key for chunk in _paired(cuts) for key in _after_cut(scene, chunk)]
    if not ids:
        raise ask(
            "At which cut? A transition needs two clips next to each other on the main track."
        )
    return Step(
        (SetTransition(selector=by_ids(*dict.fromkeys(ids)), **fields),), tuple(dict.fromkeys(ids))
    )


def _transition(placed: Placed) -> Any:
    return None if isinstance(placed.item, Audio) else placed.item.transition_in


def _each_kept(scene: Scene, clips: tuple[Placed, ...], fields: dict[str, Any]) -> Step:
    """“make the crossfades half a second”: what is not said stays as it is."""
    operations: list[AnyOperation] = []
    for placed in clips:
        if old := _transition(placed):
            kept = {"kind": old.kind, "direction": old.direction}
            kept["duration"] = scene.seconds(old.frames)
            operations.append(SetTransition(selector=selector([placed]), **kept | fields))
    return Step(tuple(operations))


def _paired(cuts: list[Chunk]) -> list[list[Chunk]]:
    """“from the intro into the beach” is one cut."""
    if (
        len(cuts) == 2
        and cuts[0].prep in ("from", "between", "", "of")
        and cuts[1].prep in ("into", "to", "with")
    ):
        return [cuts]
    return [[chunk] for chunk in cuts]


def _after_cut(scene: Scene, chunks: list[Chunk]) -> list[str]:
    """The items behind the cuts that are meant: a transition belongs to the one that comes in."""
    chunk = chunks[0]
    clips = layout(scene.after).main
    now = {placed.item.id: placed for placed in clips}
    if isinstance(chunk.value, Time):
        return [_nearest(scene, chunk.value.seconds)]
    rows = [_row(scene, each.value) for each in chunks]
    items = sorted(
        (now[key] for key in {key for row in rows for key in row} if key in now),
        key=lambda placed: placed.index,
    )
    if not items:
        raise ask("Only clips of the main track have transitions. Between which clips?")
    several = (
        len(chunks) > 1
        or chunk.value.plural
        or chunk.prep in ("between", "in between")
        or len(items) > 1
    )
    if several:
        return _between(scene, items)
    first = items[0].index
    if "after" in chunk.prep or chunk.prep == "from":
        first += 1
    elif "before" not in chunk.prep and chunk.prep not in ("into", "to", "on", "for", "of", ""):
        raise Miss
    if not 0 < first < len(clips):
        raise ask("There is no clip on the other side of that cut. At which cut shall it be?")
    if chunk.prep in ("on", "for", "of", "") and not _transition(items[0]):
        raise ask(f"Before or after “{items[0].item.label}”?")
    return [clips[first].item.id]


def _row(scene: Scene, ref: Reference) -> list[str]:
    """The clips that are meant; of all, those too that this message has made."""
    told = ref.numbers or ref.name or ref.which or ref.ids or ref.parts or ref.but or ref.pronoun
    if not told and (ref.plural or ref.kind in ("all", "film")) and not scene.excluded:
        return list(scene.after.main)
    return [placed.item.id for placed in find(scene, ref, MAIN)]


def _between(scene: Scene, named: list[Placed]) -> list[str]:
    """The clips behind the cuts between those named; a copy stands for what it was made of."""
    clips = layout(scene.after).main
    items = named
    if len(named) == 2 and named[1].index > named[0].index + 1:
        behind = scene.copies(named[0].item.id)
        items = [clips[(behind[-1] if behind else named[0]).index], named[1]]
    if len(items) < 2:
        raise ask("A transition needs two clips next to each other on the main track.")
    neighbours = [b for a, b in pairwise(items) if b.index == a.index + 1]
    if len(neighbours) < len(items) - 1:
        raise ask(
            f"“{items[0].item.label}” and “{items[-1].item.label}” are not next to each "
            "other. Which cut do you mean?"
        )
    return [placed.item.id for placed in neighbours]


def _nearest(scene: Scene, seconds: float) -> str:
    """The clip that starts at a moment, within half a second."""
    cuts = scene.clips()[1:]
    found = min(cuts, key=lambda p: abs(scene.seconds(p.start + p.overlap // 2) - seconds))
    if (
        abs(scene.seconds(found.start) - seconds) > 0.5
        and abs(scene.seconds(found.start + found.overlap) - seconds) > 0.5
    ):
        raise ask("There is no cut at that time. Split there first, or name two clips.")
    return found.item.id


def remove_transition(say: Say) -> Step:
    """“remove all transitions”, “remove the crossfade between clip 1 and 2”."""
    if not say.word("remove, not, turn off, cut"):
        raise Miss
    every = any(c.value.text == "all" for c in say.clause.chunks if hasattr(c.value, "text"))
    word = say.need_word("transition, wipe, slide, dip")
    quantifier = say.chunk(Reference, "", test=lambda c: c.value.kind == "all") or say.chunk(
        Unknown, test=lambda c: c.value.text in ("all", "every", "both")
    )
    say.words("transition")
    cuts = _cuts(say)
    say.close()
    scene = say.scene
    standing = [p for p in scene.clips() if _transition(p)]
    if not standing:
        raise already("There is no transition to remove; nothing was changed.")
    if kind := _kind_of(word):
        standing = _of_kind(standing, kind)
    if cuts:
        ids = [key for chunk in _paired(cuts) for key in _after_cut(scene, chunk)]
    else:
        plural = word.text.rstrip("s") != word.text and not word.text.endswith("dip to black")
        if len(standing) > 1 and not (plural or every or quantifier):
            raise _which_transition(scene, standing)
        ids = [placed.item.id for placed in standing]
    if not any(_transition(p) for p in standing if p.item.id in ids):
        raise already("There is no transition at that cut; nothing was changed.")
    ids = [placed.item.id for placed in standing if placed.item.id in ids]
    return Step((SetTransition(selector=by_ids(*ids), kind="none"),))


def _kind_of(word: Word) -> str:
    """Which transition is named; empty for “the transition”."""
    for meaning in ("wipe", "slide", "dip"):
        if meaning in word.meanings:
            return _KINDS[meaning]
    return "crossfade" if word.text.startswith(("cross", "dissolve")) else ""


def _of_kind(standing: list[Placed], kind: str) -> list[Placed]:
    found = [placed for placed in standing if _transition(placed).kind == kind]
    if not found:
        kinds = " and ".join(sorted({_transition(placed).kind for placed in standing}))
        raise ask(
            f"There is no {kind} between the clips, only: {kinds}. Shall I remove that?",
            Choice("Yes, remove it", "remove the transition"),
        )
    return found


def _which_transition(scene: Scene, standing: list[Placed]) -> Exception:
    clips = scene.clips()
    choices = [
        Choice(f"Between “{clips[p.index - 1].item.label}” and “{p.item.label}”",
               f"remove the transition before @{p.item.id}")
        for p in standing
    ]  # fmt: skip
    return ask(
        "Which transition do you mean?", *choices, Choice("All of them", "remove all transitions")
    )


def cuts_at(say: Say) -> list[str]:
    """Read a clause that says at which cuts, and nothing else: the ids of the clips behind them."""
    cuts = _cuts(say)
    say.close()
    return [key for chunks in _paired(cuts) for key in _after_cut(say.scene, chunks)]


def again(say: Say) -> Step:
    """“make it 0.5 seconds”, “a wipe instead”, “remove it”: about the transition just made."""
    scene = say.scene
    if not scene.joints or not _is_of_it(say):
        raise Miss
    if say.word("remove"):
        say.close()
        return Step((SetTransition(selector=by_ids(*scene.joints), kind="none"),), scene.joints)
    turned = say.words("longer, shorter")
    say.words("make, set, change, trim, extend, last for, use, have")
    word = say.word("wipe, slide, dip, transition")
    kind = _kind_of(word) if word else ""
    time = say.take(Time, "", "to", "for")
    if time is None and not (turned or kind):
        raise Miss
    say.close()
    if turned:
        raise ask("How many seconds should the transition be long?")
    clips = tuple(p for p in layout(scene.after).main if p.item.id in scene.joints)
    fields = ({"duration": time.seconds} if time else {}) | ({"kind": kind} if kind else {})
    return replace(_each_kept(scene, clips, fields), about=scene.joints)


def _is_of_it(say: Say) -> bool:
    """“it”, or nothing named: “half a second”, “a wipe instead”."""
    if say.chunk(Reference, "", test=lambda c: c.value.pronoun):
        return True
    if say.references():
        return False
    told = any(word.text == "instead" for word in say.clause.words())
    return told or say.clause.means("longer, shorter") or not say.clause.has_verb


AGAIN = rule(again)
REMOVE = rule(remove_transition, "transition, wipe, slide, dip")
RULES = (rule(transition, "transition, wipe, slide, dip, fade"),)
