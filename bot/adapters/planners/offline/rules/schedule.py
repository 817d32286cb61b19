"""When things are on screen: moving overlays and sound in time."""

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import (
    Edge,
    Point,
    Reference,
    Stretch,
    Time,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.geometry import placing
from bot.adapters.planners.offline.rules.order import ids
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.offline.spans import Moment, Span, moment, span
from bot.adapters.planners.offline.wants import ANY, MAIN, VISUAL
from bot.engine.composition import Audio
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Move, Trim, Update
from bot.engine.timebase import timecode
from bot.ports import Choice

_TIMING = "move, start, show, put, make, play, delay, set, come, go, keep, last for, change, add"


def move_to_time(say: Say) -> Step:
    """“move the title to 0:05”, “start the music at 0:02”, “show the title from 0:05 to 0:10”."""
    word = say.word(_TIMING)
    if word is None and not _is_only_then(say):
        raise Miss
    say.words("show, start, come, play, go, last for")
    meanings = word.meanings if word else frozenset({"show"})
    found = span(say, open_ended=False) if meanings - {"start", "delay"} else None
    late = ("after",) if word and word.meanings & {"come", "show", "start"} else ()
    preps = ("at", "to", "@", "on", "around", "from", "starting at", *late)
    at = None if found else moment(say, *preps) or _with_clip(say, meanings) or _seconds_in(say)
    aim = say.aim("")
    say.close()
    if not aim.named or aim.whole:
        raise Miss
    if found is None and at is None:
        raise Miss
    items = aim.items(ANY)
    if any(p.track == "main" for p in items):
        raise _order_instead(items[0])
    if found is not None:
        return _shown_from_to(found, items)
    if at is not None and at.chunk.value == Point("middle") and at.distance is None:
        _check_middle(say, items)
    if "show" in meanings and any(not _enabled(say.scene, p) for p in items):
        raise ask(
            f"“{items[0].item.label}” is hidden. Say when it should be seen, such as “from "
            "0:08 to 0:10”."
        )
    seconds = at.seconds() if at else 0.0
    if at and at.is_end:
        seconds = _last_chance(say, items, seconds)
    if all(abs(seconds - say.scene.span(item)[0]) < 0.01 for item in items):
        raise already(
            f"“{items[0].item.label}” already starts at {timecode(seconds)}; nothing was changed."
        )
    return Step((Move(selector=selector(items), at=seconds),), ids(items))


def _seconds_in(say: Say) -> Moment | None:
    """“start the jingle 2 secs in”."""
    chunks = say.clause.chunks
    if getattr(chunks[-1].value, "text", "") != "in" or not say.clause.means("start"):
        return None
    told = say.chunk(Time, "", test=lambda chunk: chunk.last == chunks[-1].first)
    return Moment(say, told) if told else None


def _with_clip(say: Say, meanings: frozenset[str]) -> Moment | None:
    """“the song starts at the beach”, “bring the logo in with the outro”: when that clip starts."""
    things = [c for c in say.clause.chunks if isinstance(c.value, Reference) and not c.prep]
    if meanings.isdisjoint(("start", "show", "come")) or not things:
        return None
    told = say.chunk(Reference, "at", "with", test=lambda c: not c.value.pronoun)
    if told is None:
        return None
    clips = find(say.scene, told.value, MAIN)
    if len(clips) != 1 or clips[0].track != "main":
        raise Miss
    return Moment(say, told.but(value=Time(say.scene.span(clips[0])[0])))


def _is_only_then(say: Say) -> bool:
    """“music only from 0:10 to 0:30”, “watermark only in the last 5 s”."""
    timed = say.peek(Stretch) or say.peek(Edge, "in", "for", "during", "")
    only = say.chunk(Word, test=lambda chunk: chunk.value.text == "only")
    return timed and only is not None and say.peek(Reference, "") and not say.clause.has_verb


def _check_middle(say: Say, items: tuple[Placed, ...]) -> None:
    """“move the title to the middle”.

    Raises:
        Unclear: What is seen has a place in the picture and one in time.
    """
    if isinstance(items[0].item, Audio):
        return
    key, middle = items[0].item.id, timecode(say.scene.duration / 2)
    raise ask(
        "Do you mean the middle of the picture, or of the film?",
        Choice("Of the picture", f"move @{key} to the center"),
        Choice("Of the film", f"move @{key} to {middle}"),
    )


def _enabled(scene: Scene, placed: Placed) -> bool:
    now = scene.after.items.get(placed.item.id)
    return now is None or now.enabled


def _shown_from_to(found: Span, items: tuple[Placed, ...]) -> Step:
    start, end = found.seconds()
    meant = selector(items)
    operations: list[AnyOperation] = [Move(selector=meant, at=start)]
    if any(placed.item.to_end for placed in items):
        operations.append(Update(selector=meant, to_end=False))
    operations.append(Trim(selector=meant, length=round(end - start, 6)))
    return Step(tuple(operations), ids(items))


def _last_chance(say: Say, items: tuple[Placed, ...], end: float) -> float:
    """At the end: so that the item is seen in full before the film is over."""
    return round(max(0.0, end - max(say.scene.seconds(p.frames) for p in items)), 6)


def _order_instead(item: Placed) -> Exception:
    return ask(
        f"“{item.item.label}” stands on the main track, where the order decides when it comes. "
        "Say “move it to the start”, or “put it after clip 2”."
    )


def delay(say: Say) -> Step:
    """“shift the title 2 seconds later”, “delay the music by 3 seconds”."""
    word = say.word("move, delay, start, end, show, make, put, set")
    if word is None and say.clause.has_verb:
        raise Miss
    meanings = word.meanings if word else frozenset[str]()  # “voiceover a second earlier”
    ends = "end" in meanings or say.word("end") is not None
    starts = "start" in meanings or say.word("start") is not None
    say.words("show, start, move")
    amount = say.take(Time, "by", "", "for")
    later = "delay" in meanings or say.word("later, forward, back")
    direction = 1 if later else -1 if say.word("earlier") else 0
    if amount is None or direction == 0:
        raise Miss
    aim = say.aim("")
    say.close()
    items = aim.items(ANY)
    on_main = any(p.track == "main" for p in items)
    if ends or (starts and on_main and not aim.whole):
        by = round(direction * amount.seconds, 6)
        edge = {"tail": -by} if ends else {"head": by}
        return Step((Trim(selector=selector(items), **edge),), ids(items))
    if on_main:
        raise _order_instead(items[0])
    moves: list[AnyOperation] = []
    for item in items:
        start = say.scene.span_now(item)[0] + direction * amount.seconds
        if not 0 <= start < say.scene.duration:
            raise ask(
                f"“{item.item.label}” would start outside the film. At which time should it start?"
            )
        moves.append(Move(selector=selector([item]), at=round(start, 6)))
    return Step(tuple(moves), ids(items))


def whole_time(say: Say) -> Step:
    """“keep the title up the whole time”, “show the logo for the whole video”."""
    word = say.need_word("whole time")
    say.words("show, keep, put, make, last for, play, have, extend, whole time, up")
    aim = say.aim("")
    say.close()
    if not aim.named:
        raise Miss
    items = aim.items(ANY)
    if any(p.track == "main" for p in items):
        raise _order_instead(items[0])
    if word.text.startswith("under") and any(not isinstance(p.item, Audio) for p in items):
        label, key = items[0].item.label, items[0].item.id
        raise ask(
            f"Shall “{label}” be at the bottom of the picture, or there for the whole video?",
            Choice("At the bottom", f"move @{key} to the bottom"),
            Choice("For the whole video", f"show @{key} for the whole video"),
        )
    operations: list[AnyOperation] = [
        Move(selector=selector([p]), at=0) for p in items if p.start > 0
    ]
    operations.append(Update(selector=selector(items), to_end=True))
    return Step(tuple(operations), ids(items))


def move_where(say: Say) -> Step:
    """“move the beach”: to where?"""
    say.need_word("move")
    aim = say.aim("")
    say.close()
    item = aim.items(ANY)[0]
    raise ask(
        f"To where shall I move “{item.item.label}”? Say “to the start”, “after clip 2” or a time."
    )


def to_overlay(say: Say) -> Step:
    """“use this as picture in picture bottom right”: see `adding.place_of` for the corner."""
    say.need_word("overlay role")
    say.words("use, make, put, add, show, move, play, overlay role, set, have")
    where = placing(say)
    at = moment(say, "at", "from", "@", "starting at")
    if say.peek(Reference, "on", "over", "during"):
        raise Miss  # “use this as an overlay on clip 2”: a file, shown with another
    aim = say.aim("")
    say.close()
    item = aim.one(VISUAL)
    if item.track != "main":
        raise Miss
    seconds = at.seconds() if at else 0.0
    if at is None:
        say.scene.assume("It starts with the film; say “at 0:05” for another time.")
    operations: list[AnyOperation] = [Move(selector=selector([item]), track="overlay", at=seconds)]
    if where:
        operations.append(Update(selector=selector([item]), **where))
    return Step(tuple(operations), (item.item.id,))


OVERLAY_ROLE = rule(to_overlay, "overlay role")
RULES = (
    rule(whole_time, "whole time"),
    rule(delay, "move, delay, start, end, show, make, put, set, later, earlier"),
    rule(move_to_time),
    rule(move_where, "move"),
)
