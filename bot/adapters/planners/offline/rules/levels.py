"""Making more or less of something: volume, speed, size, opacity, colours, blur.

Amounts are relative to the present value unless “to” is said; what would move against the verb, or
beyond the limits, is asked about.
"""

from typing import Any

from bot.adapters.planners.offline.bin import only_in_bin
from bot.adapters.planners.offline.clause import listed
from bot.adapters.planners.offline.outcomes import AlreadySo, Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Factor, Percent, Share, Unknown
from bot.adapters.planners.offline.rules.properties import PROPERTIES, Property, present
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.wish import Wish, wish
from bot.adapters.planners.offline.say import Aim, Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import Span, located, span
from bot.adapters.planners.offline.wants import KIND, MOVING, SOUNDING, VISUAL, WORDS, Want
from bot.engine.composition import Audio, Text, Video
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation
from bot.ports import Choice

_TO_NORMAL = {
    "rate, faster, slower": "speed",
    "volume, louder, quieter": "volume",
    "size, bigger, smaller": "scale",
}
_NORMAL_PERCENT = 100
_NORMAL = ("normal", "original", "regular")
_WANTS: dict[str, Want] = {"volume": SOUNDING, "size": WORDS, "speed": MOVING}


def level(say: Say) -> Step:
    """“make the music quieter”, “speed up clip 2 to 3x”, “20% brighter”, “volume to 50%”."""
    wanted = wish(say)
    if wanted.amount is None and (wanted.equal or not wanted.word):
        raise Miss
    if not wanted.word and any(clip.kind == "audio" for clip in say.scene.brought()):
        raise Miss  # “music at 20%” with a song attached adds it
    if any(only_in_bin(say.scene, ref) for ref in say.references()):
        raise Miss  # “add song.mp3 at half volume”
    say.words("make, set, change, turn, give, put, play, add, have, more, go, do, effect")
    return _carried_out(say, wanted)


def slow_motion(say: Say) -> Step:
    """“slow motion on the last clip”."""
    say.need_word("slow motion")
    say.words("make, play, put, show, use, slow motion, add, do, turn, go, have")
    preps = ("to", "at", "")
    told = say.take(Share, *preps) or say.take(Factor, *preps) or say.take(Percent, *preps)
    say.words("rate, fast")
    amount = Factor(told.part) if isinstance(told, Share) else told or Factor(0.5)
    if isinstance(amount, Percent) and (amount.sign or amount.value >= _NORMAL_PERCENT):
        raise Miss
    return _carried_out(say, Wish("speed", -1, "slow", amount, absolute=True))


def normal_speed(say: Say) -> Step:
    """“back to normal speed for the beach”, “slow it back down to normal”."""
    if say.chunk(Unknown, test=lambda chunk: chunk.value.text in _NORMAL) is None:
        raise Miss
    meanings = say.need_word(*_TO_NORMAL).meanings
    name = next(name for words, name in _TO_NORMAL.items() if meanings & listed(words))
    say.words("rate, volume, size")
    say.words("play, back, set, go, return, make, put, change")
    amount = Factor(1) if name == "speed" else Percent(100)
    return _carried_out(say, Wish(name, 0, "normal", amount, absolute=True))


def _carried_out(say: Say, wanted: Wish) -> Step:
    stretch = span(say, open_ended=False)
    aim = say.aim_or_film()
    say.close()
    if wanted.sign == 0 and wanted.amount is None:
        raise ask(f"To how much shall I set the {wanted.name}?")
    prop = PROPERTIES[wanted.name]
    if stretch is not None and not aim.named:
        if say.clause.joined and say.scene.mentioned and not say.clause.has_verb:
            raise Miss  # “fade the music in and down under the voice”
        start, end = stretch.seconds()
        target = {"start": start, "end": end}
        return Step((changed(say, prop, wanted, None, target),))
    items = _items(say, aim, prop)
    times = _times(aim, stretch, items)
    operations: list[AnyOperation] = []
    for number, placed in enumerate(items, 1):
        try:
            target = {"selector": selector([placed])} | times
            operations.append(changed(say, prop, wanted, placed, target))
        except AlreadySo:
            if number == len(items) and not operations:
                raise
    return Step(tuple(operations), tuple(p.item.id for p in items))


def _items(say: Say, aim: Aim, prop: Property) -> tuple[Placed, ...]:
    if prop.of_film and aim.is_film_by_default:
        say.scene.assume("“it” was taken for the whole video.")
        return say.scene.clips()
    want = _WANTS.get(prop.name, VISUAL)
    items = aim.items(want)
    ref = aim.reference
    if prop.name == "zoom" and any(isinstance(p.item, Text) for p in items):
        label = items[0].item.label
        raise ask(f"“{label}” is a text. Shall I make it bigger? Else name the clip to zoom in on.")
    whole = ref is not None and ref.kind in ("all", "film")
    if whole and prop.name != "volume":
        items = tuple(p for p in items if p.track == "main")
    if ref is not None and (whole or ref.plural):
        items = tuple(p for p in items if want.fits(p)) or items
    return items


def _times(aim: Aim, stretch: Span | None, items: tuple[Placed, ...]) -> dict[str, Any]:
    if stretch is None:
        return {}
    start, end = located(aim, stretch, items[0]) if len(items) == 1 else stretch.seconds()
    return {"start": start, "end": end}


def changed(
    say: Say, prop: Property, wanted: Wish, placed: Placed | None, target: dict[str, Any]
) -> AnyOperation:
    """Set or change the level of one item, or of a stretch of the film."""
    label = placed.item.label if placed else "the film"
    now = present(placed.item, prop.name) if placed else prop.usual
    if now is None:
        kind = KIND[placed.item.type] if placed else "a film"
        raise ask(f"“{label}” is {kind} and has no {prop.name}. What shall I change instead?")
    if wanted.absolute:
        return _set(prop, wanted, (label, now), target)
    if prop.name == "volume" and isinstance(wanted.amount, Share) and wanted.level:
        _check_half(label, now, wanted.amount)
    times, plus = prop.step(wanted.sign, wanted.amount, wanted.degree)
    if wanted.amount is None:
        say.scene.assume(prop.told(times, plus))
    _check_range(label, prop, now * times + plus)
    return prop.adjust(times, plus, now, target)


def _set(
    prop: Property, wanted: Wish, state: tuple[str, float], target: dict[str, Any]
) -> AnyOperation:
    label, now = state
    value = now if wanted.amount is None else prop.value(wanted.amount, wanted.sign)
    if abs(now - value) < 1e-3 and "start" not in target:
        raise already(
            f"The {prop.name} of “{label}” is already {prop.shown(value)}; nothing was changed."
        )
    if (value - now) * wanted.sign < 0:
        less, more = ("slower", "faster") if prop.name == "speed" else ("less", "more")
        got, asked = (less, more) if wanted.sign > 0 else (more, less)
        raise ask(
            f"The {prop.name} of “{label}” is {prop.shown(now)} now; {prop.shown(value)} would be "
            f"{got}, not {asked}. Which value do you want?"
        )
    _check_range(label, prop, value)
    return prop.set(value, target)


def _check_half(label: str, now: float, share: Share) -> None:
    """“to half volume”: of what it is now, or of what was recorded?"""
    if abs(now - 1) > 1e-3:
        raise ask(
            f"“{label}” is at {now:.0%} now. Shall it be at {now * share.part:.0%} or "
            f"{share.part:.0%}?"
        )


def _check_range(label: str, prop: Property, value: float) -> None:
    if not prop.low - 1e-9 <= value <= prop.high + 1e-9:
        raise ask(
            f"The {prop.name} of “{label}” can be {prop.shown(prop.low)} to "
            f"{prop.shown(prop.high)}, not {prop.shown(value)}. Which value do you want?"
        )


def bare_percent(say: Say) -> Step:
    """“set the logo to 50%”: of what?"""
    say.word("set, make, change, put")
    amount = say.take(Percent, "to", "at", "")
    aim = say.aim("")
    say.close()
    if amount is None or not aim.named or (aim.reference and aim.reference.kind == "music"):
        raise Miss
    item = aim.one(VISUAL)
    if isinstance(item.item, Audio):
        raise Miss
    key, value = item.item.id, f"{amount.value:g}%"
    choices = [
        Choice(f"Opacity {value}", f"set the opacity of @{key} to {value}"),
        Choice(f"Size {value}", f"scale @{key} to {value}"),
    ]
    if isinstance(item.item, Video):
        choices.append(Choice(f"Volume {value}", f"set the volume of @{key} to {value}"))
        choices.append(Choice(f"Speed {value}", f"set the speed of @{key} to {value}"))
    raise ask(f"{value} of what: the opacity or the size of “{item.item.label}”?", *choices)


RULES = (
    rule(slow_motion, "slow motion"),
    rule(level),
    rule(normal_speed, *_TO_NORMAL),
    rule(bare_percent),
)
