"""Sound: mute, unmute, duck, loop."""

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Edge,
    Point,
    Reference,
    Stretch,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import WITHIN, Aim, Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import Span, located, span
from bot.adapters.planners.offline.wants import SOUND, SOUNDING
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Update
from bot.engine.timebase import timecode
from bot.ports import Choice

_SOUNDS = ("music", "voiceover", "sound effect", "voice")


def mute(say: Say) -> Step:
    """“mute the second clip”, “take the sound out of clip 3”, “mute the music from 4 to 8 s”."""
    word = say.word("mute")
    if word is None:
        off = say.word("turn off, remove, not, cut, hide")
        if (
            off is None
            or off.text == "drop"
            or not (say.word("sound, volume") or _is_silence(say, off) or _voice_in(say))
        ):
            raise Miss
    say.words("sound, volume, make, set, turn, put, have, mute")
    stretch = span(say)
    aim = say.aim()
    say.close()
    if word is None and stretch is not None and not aim.named:
        _check_sounds(say, *stretch.seconds())
    return _switched(say, aim, stretch, muted=True)


def _voice_in(say: Say) -> bool:
    """“no voice in the boat”, “remove the talking from clip 2”: its sound."""
    within = any(c.prep in WITHIN for c in say.clause.chunks if isinstance(c.value, Reference))
    return within and bool(say.chunk(Reference, "", test=lambda c: c.value.kind == "voice"))


def _is_silence(say: Say, off: Word) -> bool:
    """“no music during the outro”."""
    music = any(
        isinstance(c.value, Reference) and c.value.kind == "music" and not c.prep
        for c in say.clause.chunks
    )
    timed = any(
        isinstance(c.value, Stretch | Edge) or c.prep in ("during", "over")
        for c in say.clause.chunks
    )
    return "not" in off.meanings and music and timed and not say.clause.has_verb


def turn_off(say: Say) -> Step:
    """“turn off the music”, “turn the music off between 2s and 4s”."""
    say.need_word("turn off")
    stretch = span(say, open_ended=False)
    aim = say.aim("")
    if aim.reference is None or aim.reference.kind not in _SOUNDS:
        raise Miss
    say.close()
    return _switched(say, aim, stretch, muted=True)


def unmute(say: Say) -> Step:
    """“unmute the beach”, “turn the sound of clip 2 back on”."""
    word = say.word("unmute")
    if word is None:
        say.need_word("turn on")
        if not say.word("sound, volume") and not say.clause.means("music"):
            raise Miss
    say.words("sound, volume, back")
    stretch = span(say, open_ended=False)
    aim = say.aim()
    say.close()
    return _switched(say, aim, stretch, muted=False)


def _switched(say: Say, aim: Aim, stretch: Span | None, *, muted: bool) -> Step:
    if stretch is not None and not aim.named:
        start, end = stretch.seconds()
        return Step((Update(start=start, end=end, muted=muted),))
    if not aim.named and not say.scene.request.focus and not say.scene.mentioned:
        _ask_which_sound(say, muted)
    items = tuple(p for p in aim.items(SOUNDING))
    if aim.whole:
        items = tuple(p for p in items if p.track == "main")
    sounding = tuple(p for p in items if SOUNDING.fits(p))
    if not sounding:
        label = items[0].item.label
        kind = {"text": "a text", "image": "an image", "shape": "a shape"}.get(
            items[0].item.type, "no clip"
        )
        raise ask(f"“{label}” is {kind} and has no sound. What shall I mute?")
    times = {}
    if stretch is not None:
        start, end = located(aim, stretch, sounding[0]) if len(sounding) == 1 else stretch.seconds()
        times = {"start": start, "end": end}
    elif all(getattr(p.item, "muted", False) is muted for p in sounding):
        names = " and ".join(f"“{p.item.label}”" for p in sounding[:3])
        state = "muted" if muted else "audible"
        raise already(
            f"{names} {'are' if len(sounding) > 1 else 'is'} already {state}; nothing was changed."
        )
    step = Update(selector=selector(sounding), muted=muted, **times)
    return Step((step,), tuple(p.item.id for p in sounding))


def _check_sounds(say: Say, start: float, end: float) -> None:
    """“no sound in the first 5 seconds”: of the clips, or of the music too?

    Raises:
        Unclear: Other sound is heard there.
    """
    seconds = say.scene.seconds
    others = [p for p in say.scene.fitting(SOUND) if SOUND.fits(p)]
    heard = [p for p in others if seconds(p.start) < end and seconds(p.end) > start]
    if heard:
        raise ask(
            f"Shall I do that to the clips alone, or to “{heard[0].item.label}” too? Say it with "
            "“all clips” or “everything”."
        )


def _ask_which_sound(say: Say, muted: bool) -> None:
    """“mute the sound”: of what, where there is more than one."""
    sounds = say.scene.fitting(SOUNDING)
    if len(sounds) < 2:
        return
    verb = "mute" if muted else "unmute"
    choices = [Choice("Everything", f"{verb} everything"), Choice("All clips", f"{verb} all clips")]
    choices += [Choice(say.scene.label(p), f"{verb} @{p.item.id}") for p in sounds]
    raise ask(f"Which sound shall I {verb}?", *choices)


def duck(say: Say) -> Step:
    """“duck the music under my voice”."""
    word = say.word("duck")
    under = say.words("under voice")
    lowered = word is None and under and say.word("lower, quieter, put, make, turn")
    if word is None and not lowered:
        raise Miss
    say.words("make, quieter, turn, set")
    over = say.chunk(Reference, "under", "below", "beneath", "for", "when")
    aim = say.aim("")
    say.close()
    _check_ducked_for(say, over)
    items = aim.items(SOUND)
    foreign = [p for p in items if not SOUND.fits(p)]
    if foreign:
        raise ask(
            f"Only music can be ducked; “{foreign[0].item.label}” is a clip. Shall I make "
            "it quieter?",
            Choice("Quieter", f"make @{foreign[0].item.id} quieter"),
        )
    if all(getattr(p.item, "duck", False) for p in items):
        raise already(f"“{items[0].item.label}” is ducked already; nothing was changed.")
    return Step((Update(selector=selector(items), duck=True),), _ids(items))


def _check_ducked_for(say: Say, over: Chunk | None) -> None:
    """“duck the beat under the interview”: of several clips, for that one alone?

    Raises:
        Unclear: That is not what ducking does.
    """
    ref = over.value if over else None
    if ref is None or not ref.name or len(say.scene.clips()) < _SEVERAL:
        return
    items = find(say.scene, ref)
    if not all(placed.track == "main" for placed in items):
        return
    low, high = say.scene.span(items[0])
    raise ask(
        f"Ducked music gets quieter under every clip with sound, not under “{items[0].item.label}” "
        "alone. Shall it?",
        Choice("Under every clip", "duck the music"),
        Choice(
            f"Quieter at {timecode(low)}–{timecode(high)} only",
            f"make the music quieter from {timecode(low)} to {timecode(high)}",
        ),
    )


_SEVERAL = 2


def unduck(say: Say) -> Step:
    """“stop ducking the music”."""
    if not say.word("end, remove, turn off, not"):
        raise Miss
    say.need_word("duck")
    aim = say.aim("", "of", "from")
    say.close()
    items = aim.items(SOUND)
    return Step((Update(selector=selector(items), duck=False),), _ids(items))


def loop(say: Say) -> Step:
    """“loop the music”."""
    off = say.word("end, not, remove, turn off")
    say.need_word("loop")
    say.words("make, play, put, set, keep, have, loop, whole time")
    say.chunk(Point, "until", "till", "to", test=lambda chunk: chunk.value.name == "end")
    aim = say.aim("")
    say.close()
    items = aim.items(SOUND)
    foreign = [p for p in items if not SOUND.fits(p)]
    if foreign:
        key, label = foreign[0].item.id, foreign[0].item.label
        raise ask(
            f"Only sound can loop. Shall “{label}” be repeated?",
            Choice("Play it twice", f"play @{key} 2 times in total"),
            Choice("Play it 3 times", f"play @{key} 3 times in total"),
        )
    operations: list[AnyOperation] = [Update(selector=selector(items), loop=not off)]
    return Step(tuple(operations), _ids(items))


def _ids(items: tuple[Placed, ...]) -> tuple[str, ...]:
    return tuple(p.item.id for p in items)


RULES = (
    rule(duck, "duck, under voice"),
    rule(unduck, "duck"),
    rule(loop, "loop"),
    rule(unmute, "unmute, turn on"),
    rule(turn_off, "turn off"),
    rule(mute, "mute, sound, volume, not"),
)
_ = find
