"""The way footage plays: backwards, forwards again, forth and back."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Word
from bot.adapters.planners.offline.rules.order import ids
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Aim, Say
from bot.adapters.planners.offline.scene import Scene, by_ids, selector
from bot.adapters.planners.offline.spans import Span, located, span
from bot.adapters.planners.offline.wants import ANY, Want
from bot.engine.composition import Audio, Video
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Duplicate, Reorder, Reverse, SetTransition
from bot.engine.operations.surgery import PREFIX
from bot.ports import Choice

_AGAIN = ("reverse", "reversed", "reversing", "rewind")
"""Said of what plays backwards already, these turn it round once more."""


_BOTH_WAYS = re.compile(
    r"\bplay\b[^.;\n]*\bforwards?\b[^.;\n]*\b(?:then|and)\b[^.;\n]*\b(?:backwards?|reverse)\b"
    r"|\bplay\b[^.;\n]*\b(?:backwards?|reverse)\b[^.;\n]*\b(?:then|and)\b[^.;\n]*\bforwards?\b",
    re.IGNORECASE,
)


def is_moving(placed: Placed) -> bool:
    """Whether it is footage that plays."""
    return isinstance(placed.item, Video) and placed.item.frozen is None


FOOTAGE = Want("clip", is_moving)


def turn(say: Say) -> Step:
    """“play the beach backwards”, “reverse 0:05–0:07”, “play it forwards again”."""
    forth = say.words("forward") or say.words("not")
    word = say.word("reverse")
    if word and _BOTH_WAYS.search(say.scene.source.message):
        raise ask("Forwards, and then backwards? Say “boomerang” and the name of the clip.")
    if word is None and not (forth and say.clause.means("play")):
        raise Miss
    plays = say.words("play, make, put, go, set, let, have, reverse")
    stretch = span(say)
    aim = say.aim()
    say.close()
    again = word is not None and word.text in _AGAIN and not forth
    backwards = None if again else not forth
    if stretch is not None:
        return _turn_stretch(aim, stretch, backwards)
    _refuse_unclear(say, aim, word, plays=plays)
    if aim.whole or aim.is_film_by_default:
        return _turn_film(say.scene, backwards)
    return _turn_items(aim.items(FOOTAGE), backwards)


def _refuse_unclear(say: Say, aim: Aim, word: Word | None, *, plays: bool) -> None:
    """“reverse the clips” is about their order, and “reverse that” perhaps about the last edit."""
    ref = aim.reference
    if ref is None or word is None:
        return
    if ref.plural and ref.kind == "clip" and not (ref.numbers or ref.name or plays):
        raise Miss
    if ref.pronoun and ref.which in ("that", "this") and say.scene.last and not plays:
        raise ask(
            "Shall I take the last change back, or play the clip backwards?",
            Choice("Take it back", "undo"),
            *(Choice(f"Play “{p.item.label}” backwards", f"play @{p.item.id} backwards")
              for p in aim.items(ANY) if is_moving(p)),
        )  # fmt: skip


def _turn_stretch(aim: Aim, stretch: Span, backwards: bool | None) -> Step:
    if not aim.named or aim.whole or aim.is_film_by_default:
        start, end = stretch.seconds()
        return Step((Reverse(start=start, end=end, backwards=backwards),))
    item = aim.one(FOOTAGE)
    start, end = located(aim, stretch, item)
    chosen = selector([item])
    operation = Reverse(selector=chosen, start=start, end=end, backwards=backwards)
    return Step((operation,), (item.item.id,))


def _turn_items(items: tuple[Placed, ...], backwards: bool | None) -> Step:
    ways = {getattr(placed.item, "backwards", None) for placed in items}
    if backwards is not None and ways == {backwards}:
        way = "backwards" if backwards else "forwards"
        raise already(f"“{items[0].item.label}” plays {way} already; nothing was changed.")
    return Step((Reverse(selector=selector(items), backwards=backwards),), ids(items))


def _turn_film(scene: Scene, backwards: bool | None) -> Step:
    """All of it: the last clip first, and each of them backwards."""
    row = scene.clips()
    films = tuple(filter(is_moving, row))
    if len(row) < 2 or not films or backwards is False:
        return _turn_items(films or row, backwards)
    if backwards and all(getattr(placed.item, "backwards", False) for placed in films):
        return _turn_items(films, backwards)
    turned = tuple(reversed(row))
    reorder = Reorder(order=tuple(selector([placed]) for placed in turned))
    reverse = Reverse(selector=selector(films))  # what goes back in a film that does goes forth
    joints = {p.item.id: p.item.transition_in for p in row if not isinstance(p.item, Audio)}
    joined = [placed for placed in row if joints.get(placed.item.id)]
    apart = (SetTransition(selector=selector(joined), kind="none"),) if joined else ()
    return Step((*apart, reorder, *_joined_again(scene, turned), reverse), ids(row))


def _joined_again(scene: Scene, turned: Sequence[Placed]) -> Iterator[AnyOperation]:
    """The transition at each cut, which is before the other clip now."""
    for later, earlier in pairwise(turned):
        joint = None if isinstance(later.item, Audio) else later.item.transition_in
        if joint is not None:
            yield SetTransition(
                selector=selector([earlier]),
                kind=joint.kind,
                duration=scene.seconds(joint.frames),
                direction=joint.direction,
            )


def boomerang(say: Say) -> Step:
    """“make the beach a boomerang”: once forwards, then once backwards."""
    say.need_word("boomerang")
    say.words("make, turn, add, put, play, effect")
    aim = say.aim()
    say.close()
    item = aim.one(FOOTAGE)
    if not is_moving(item):
        raise ask(f"“{item.item.label}” does not move, so it cannot go forth and back.")
    copy = say.scene.fresh_id(PREFIX["video"])
    back = Reverse(selector=by_ids(copy))
    return Step((Duplicate(selector=selector([item])), back), (item.item.id, copy))


RULES = (
    rule(turn, "reverse, forward"),
    rule(boomerang, "boomerang"),
)
