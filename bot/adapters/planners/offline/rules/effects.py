"""Colour effects without a direction, and taking effects away."""

from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Percent, Share
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Aim, Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import Span, located, span
from bot.adapters.planners.offline.wants import VISUAL
from bot.engine.composition import Audio
from bot.engine.layout import Placed
from bot.engine.operations import SetEffect

_KINDS = ("grayscale", "sepia")
_ALL = ("brightness", "contrast", "saturation", "grayscale", "sepia", "blur")


def tint(say: Say) -> Step:
    """“make the second clip black and white”, “put a sepia effect on the intro”."""
    word = say.need_word(*_KINDS)
    kind = "sepia" if "sepia" in word.meanings else "grayscale"
    say.words(
        kind, "make, put, add, give, turn, set, use, effect, have, change, show, do, very, go"
    )
    amount = say.take(Percent, "", "at", "to", "by", "with") or say.take(Share, "")
    stretch = span(say, open_ended=False)
    aim = say.aim_or_film()
    say.close()
    part = (
        1.0
        if amount is None
        else amount.value / 100
        if isinstance(amount, Percent)
        else amount.part
    )
    if not 0 <= part <= 1:
        raise ask(f"The {kind} effect goes from 0% to 100%. How much?")
    target, items = _target(say, aim, stretch)
    if items and not stretch and all(_amount(p, kind) == part for p in items):
        raise already(f"“{items[0].item.label}” is {word.text} already; nothing was changed.")
    return Step((SetEffect(kind=kind, amount=part, **target),), tuple(p.item.id for p in items))


def _amount(placed: Placed, kind: str) -> float:
    if isinstance(placed.item, Audio):
        return 0
    return next((e.amount for e in placed.item.effects if e.kind == kind), 0)


def _target(say: Say, aim: Aim, stretch: Span | None) -> tuple[dict[str, Any], tuple[Placed, ...]]:
    """The items, or the stretch of the film, that an effect is for."""
    if stretch is not None and not aim.named:
        start, end = stretch.seconds()
        return {"start": start, "end": end}, ()
    items = _items(say, aim)
    target: dict[str, Any] = {"selector": selector(items)}
    if stretch is not None:
        start, end = located(aim, stretch, items[0]) if len(items) == 1 else stretch.seconds()
        target |= {"start": start, "end": end}
    return target, items


def _items(say: Say, aim: Aim) -> tuple[Placed, ...]:
    scene, ref = say.scene, aim.reference
    spoken = scene.request.focus or scene.mentioned or scene.scope or scene.joints
    spoken = spoken or scene.request.attachments
    unnamed = not aim.named and not spoken and len(scene.clips()) > 1
    if unnamed or aim.is_film_by_default:
        scene.assume("The whole video was meant.")
        return scene.clips()
    items = aim.items(VISUAL)
    if ref is not None and ref.kind in ("all", "film"):
        items = tuple(p for p in items if p.track == "main")
    return items


def remove_effect(say: Say) -> Step:
    """“remove the blur from the intro”, “no effects on clip 2”."""
    if not say.word("remove, not, turn off, cut, hide, undo"):
        raise Miss
    word = say.need_word("effect", *_ALL)
    say.words("effect")
    kind = next((name for name in _ALL if name in word.meanings), None)
    aim = say.aim()
    say.close()
    items = (
        aim.items(VISUAL)
        if aim.named
        else tuple(p for p in say.scene.timeline.placed if _has(p, kind))
    )
    items = tuple(p for p in items if _has(p, kind))
    if not items:
        raise already("There is no effect to remove; nothing was changed.")
    return Step(
        (SetEffect(kind=kind, remove=True, selector=selector(items)),),
        tuple(p.item.id for p in items),
    )


def _has(placed: Placed, kind: str | None) -> bool:
    return not isinstance(placed.item, Audio) and any(
        kind in (None, e.kind) for e in placed.item.effects
    )


RULES = (
    rule(remove_effect, "effect, brightness, contrast, saturation, grayscale, sepia, blur"),
    rule(tint, "grayscale, sepia"),
)
