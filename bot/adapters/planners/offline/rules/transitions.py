"""Transitions between clips of the main track."""

from dataclasses import replace
from typing import Any

from bot.adapters.planners.offline.cuts import (
    KINDS,
    after_cut,
    cuts_of,
    paired,
    spared,
    transition_of,
)
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
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids, selector
from bot.engine.layout import Placed, layout
from bot.engine.operations import AnyOperation, SetTransition
from bot.ports import Choice

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
    kind = next((KINDS[m] for m in ("wipe", "slide", "dip") if m in word.meanings), "crossfade")
    if _is_two(say):
        raise Miss
    other = say.word("wipe, slide, dip, transition")
    if other and kind == "crossfade":
        kind = next((KINDS[m] for m in ("wipe", "slide", "dip") if m in other.meanings), kind)
    say.words(
        "transition, add, put, use, make, have, do, give, change, set, whole time, replace, go, "
        "apply, show, large"
    )
    if say.peek(Time):
        say.words("trim, extend, longer, shorter")
    _dip_colour(say, kind)
    fields = {"kind": kind} | _how(say)
    _take_both(say)
    kept = spared(say)
    cuts = cuts_of(say)
    say.words("transition")
    say.close()
    if word.text == "transition" and not (cuts or kept) and len(say.scene.clips()) > _FEW:
        raise ask(
            "Where shall the transition be?",
            Choice("At every cut", "add a crossfade between all clips"),
        )
    if kept is not None:
        return _all_but(say, cuts, kept, fields)
    if say.clause.means("add, put") and fields.keys() == {"kind"}:
        _check_missing(say.scene, cuts, kind)
    lasting = word.text.endswith("s") and "duration" in fields
    return _set_transitions(say, cuts, fields, kept=lasting)


def _check_missing(scene: Scene, cuts: list[Chunk], kind: str) -> None:
    """What is there already keeps its length.

    Raises:
        AlreadySo: There is such a transition at all of the cuts.
    """
    ids = [key for chunk in paired(cuts) for key in after_cut(scene, chunk)]
    behind = [p for p in layout(scene.after).main[1:] if not cuts or p.item.id in ids]
    standing = [transition_of(placed) for placed in behind]
    if standing and all(each and each.kind == kind for each in standing):
        raise already(f"The {kind} is there already; nothing was changed.")


def _how(say: Say) -> dict[str, Any]:
    """How long it lasts, and from or to which side it goes."""
    fields: dict[str, Any] = {}
    if time := say.take(Time, "", "for", "of", "to", "over", "by", "lasting", "with"):
        fields["duration"] = time.seconds
    side = say.chunk(Place, "to", "from", "", test=lambda c: c.value.name in _SIDES)
    if side is not None:
        name = _SIDES[side.value.name]
        fields["direction"] = _opposite(name) if side.prep == "from" else name
    return fields


def _all_but(say: Say, cuts: list[Chunk], kept: Chunk, fields: dict[str, Any]) -> Step:
    """At every cut but one."""
    row = [placed.item.id for placed in layout(say.scene.after).main[1:]]
    ids = [key for chunk in paired(cuts) for key in after_cut(say.scene, chunk)] or row
    spared = after_cut(say.scene, [kept])
    left = tuple(key for key in ids if key not in spared)
    if not left or not set(spared) <= set(ids):
        raise Miss
    return Step((SetTransition(selector=by_ids(*left), **fields),), left)


def _take_both(say: Say) -> None:
    """“both crossfades”: all of them, where there are two."""
    both = say.chunk(Reference, "", test=lambda c: c.value.words.casefold() == "both")
    standing = sum(map(bool, map(transition_of, say.scene.clips())))
    if both and standing != _FEW:
        raise ask(f"There are {standing} transitions. Which do you mean by “both”?")


def _is_two(say: Say) -> bool:
    """“a dissolve between A and B and a wipe between B and C”: one after the other."""
    parted, seen = False, False
    for chunk in say.clause.chunks:
        if isinstance(chunk.value, Break):
            parted = seen
        elif isinstance(chunk.value, Word) and chunk.value.meanings & KINDS.keys():
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


def _set_transitions(say: Say, cuts: list[Chunk], fields: dict[str, Any], *, kept: bool) -> Step:
    scene = say.scene
    clips = layout(scene.after).main
    if len(clips) < 2:
        raise ask("A transition needs two clips next to each other on the main track.")
    if not cuts:
        if kept and any(transition_of(p) for p in clips):
            return _each_kept(scene, clips, {"duration": fields["duration"]})
        return Step((SetTransition(**fields),))
    ids = [key for chunk in paired(cuts) for key in after_cut(scene, chunk)]
    if not ids:
        raise ask(
            "At which cut? A transition needs two clips next to each other on the main track."
        )
    return Step(
        (SetTransition(selector=by_ids(*dict.fromkeys(ids)), **fields),), tuple(dict.fromkeys(ids))
    )


def _each_kept(scene: Scene, clips: tuple[Placed, ...], fields: dict[str, Any]) -> Step:
    """“make the crossfades half a second”: what is not said stays as it is."""
    operations: list[AnyOperation] = []
    for placed in clips:
        if old := transition_of(placed):
            kept = {"kind": old.kind, "direction": old.direction}
            kept["duration"] = scene.seconds(old.frames)
            operations.append(SetTransition(selector=selector([placed]), **kept | fields))
    return Step(tuple(operations))


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
    cuts = cuts_of(say)
    say.close()
    scene = say.scene
    standing = [p for p in scene.clips() if transition_of(p)]
    if not standing:
        raise already("There is no transition to remove; nothing was changed.")
    if kind := _kind_of(word):
        standing = _of_kind(standing, kind)
    if cuts:
        ids = [key for chunk in paired(cuts) for key in after_cut(scene, chunk)]
    else:
        plural = word.text.rstrip("s") != word.text and not word.text.endswith("dip to black")
        if len(standing) > 1 and not (plural or every or quantifier):
            raise _which_transition(scene, standing)
        ids = [placed.item.id for placed in standing]
    if not any(transition_of(p) for p in standing if p.item.id in ids):
        raise already("There is no transition at that cut; nothing was changed.")
    ids = [placed.item.id for placed in standing if placed.item.id in ids]
    return Step((SetTransition(selector=by_ids(*ids), kind="none"),))


def _kind_of(word: Word) -> str:
    """Which transition is named; empty for “the transition”."""
    for meaning in ("wipe", "slide", "dip"):
        if meaning in word.meanings:
            return KINDS[meaning]
    return "crossfade" if word.text.startswith(("cross", "dissolve")) else ""


def _of_kind(standing: list[Placed], kind: str) -> list[Placed]:
    found = [placed for placed in standing if transition_of(placed).kind == kind]
    if not found:
        kinds = " and ".join(sorted({transition_of(placed).kind for placed in standing}))
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
    cuts = cuts_of(say)
    say.close()
    return [key for chunks in paired(cuts) for key in after_cut(say.scene, chunks)]


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
