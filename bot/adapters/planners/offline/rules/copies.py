"""More of one thing, or another in its place: duplicate, repeat, replace."""

import re

from bot.adapters.planners.offline.asking import unknown
from bot.adapters.planners.offline.bin import find_file
from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Factor,
    Number,
    Point,
    Quote,
    Reference,
    Word,
)
from bot.adapters.planners.offline.resolve import find, is_text
from bot.adapters.planners.offline.rules.order import ids
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids, selector
from bot.adapters.planners.offline.spans import Moment, moment
from bot.adapters.planners.offline.wants import ANY, MAIN, VISUAL
from bot.engine.composition import Clip
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Delete, Duplicate, Move, Replace
from bot.engine.operations.surgery import PREFIX
from bot.ports import Choice


def duplicate(say: Say) -> Step:
    """“duplicate the beach clip”, “make two copies of the outro”."""
    say.need_word("duplicate")
    if re.search(r"\b(the|this|that) cop(y|ies)\b", say.clause.raw(say.scene.source).casefold()):
        raise Miss  # “put the copy at the end”
    say.words("make, duplicate, add, put, times")
    number = say.take(Number, "") or say.take(Factor, "")
    say.words("duplicate, times")
    point = say.chunk(Point, "to", "at", test=lambda chunk: chunk.value.name in ("start", "end"))
    aim = say.aim("", "of")
    say.close()
    times = int(number.value) if number else 1
    if number and (not float(number.value).is_integer() or not 1 <= times <= 20):
        raise ask("How many copies? I can make 1 to 20.")
    if point is not None and times > 1:
        raise ask("I can put one copy there at a time. Shall I make the copies where it stands?")
    if point is not None:
        return _copy_to(say.scene, aim.one(MAIN), 0 if point.value.name == "start" else -1)
    items = aim.items(ANY)
    return Step((Duplicate(selector=selector(items), times=times),), ids(items))


def _copy_to(scene: Scene, item: Placed, index: int) -> Step:
    """“copy the intro to the end”: the copy alone goes there."""
    if item.track != "main":
        raise ask(f"When shall the copy of “{item.item.label}” start? Give me a time.")
    copy = scene.fresh_id(PREFIX[item.item.type])
    move = Move(selector=by_ids(copy), index=index)
    return Step((Duplicate(selector=selector([item])), move), (copy,))


def once_more(say: Say) -> Step:
    """“play the jingle again at the end”, “the logo again at 0:20”: a copy, and the first stays."""
    doing = say.words("play, show, add, repeat")
    words = ("again", "too", "also", "as well") if doing else ("again",)
    again = say.chunk(Word, test=lambda chunk: chunk.value.text in words)
    if again is None or (say.clause.has_verb and not doing):
        raise Miss  # “put the beach at the start again”: where it was before
    when = moment(say, "at", "@", "in", "on")
    target = say.chunk(Reference, "")
    beside = say.chunk(Reference, *_BESIDE) if when is None else None
    say.close()
    if target is None or not (when or beside):
        raise Miss
    found, scene = find(say.scene, target.value, ANY), say.scene
    if len(found) != 1 or target.value.kind in ("film", "all"):
        raise Miss
    item = found[0]
    if item.item.id not in scene.after.items or not scene.after.items[item.item.id].enabled:
        raise Miss  # hidden, and to be seen again
    if item.track == "main":
        return _copied(scene, item, when, beside)
    if when is None:
        raise Miss
    at = when.seconds()
    if when.is_end:
        at = max(0.0, at - scene.seconds(item.frames))
    copy = scene.fresh_id(PREFIX[item.item.type])
    move = Move(selector=by_ids(copy), at=round(at, 6))
    return Step((Duplicate(selector=selector([item])), move), (copy,))


def _copied(scene: Scene, item: Placed, when: Moment | None, beside: Chunk | None) -> Step:
    """A copy of a clip of the main track, at an end of it or beside another clip."""
    if when is not None:
        if not (when.is_start or when.is_end):
            raise Miss
        return _copy_to(scene, item, 0 if when.is_start else -1)
    others = find(scene, beside.value, MAIN) if beside else ()
    if len(others) != 1 or others[0].track != "main" or beside is None:
        raise Miss
    copy = scene.fresh_id(PREFIX[item.item.type])
    side = "before" if "before" in beside.prep else "after"
    move = Move(selector=by_ids(copy), **{side: by_ids(others[0].item.id)})
    return Step((Duplicate(selector=selector([item])), move), (copy,))


_BESIDE = ("after", "before", "right after", "right before", "just after", "just before")


def repeat(say: Say) -> Step:
    """“play the beach clip twice”, “repeat clip 2 three times”."""
    word = say.need_word("repeat, play, loop")
    factor = say.take(Factor, "") or _times(say)
    total = say.words("in total")
    say.words("times")
    if ("play" in word.meanings and factor is None) or ("loop" in word.meanings and factor is None):
        raise Miss
    aim = say.aim("")
    say.close()
    items = aim.items(VISUAL)
    count = factor.value if factor else 2
    if not float(count).is_integer() or not 2 <= count <= 20:
        raise ask("How many times should it play? I can do 2 to 20.")
    if len([placed for placed in items if MAIN.fits(placed)]) > 1:
        named = " and ".join(f"@{placed.item.id}" for placed in items)
        raise ask(
            "I can repeat every clip right behind itself, but not the whole row. Shall I do that?",
            Choice("Repeat every clip", f"make {count - 1:g} copies of {named}"),
        )
    key = items[0].item.id
    if factor and not total and "play" not in word.meanings and count > 2:
        raise ask(
            f"Should “{items[0].item.label}” play {count:g} times in total, or {count:g} "
            "times more?",
            Choice(f"{count:g} times in total", f"play @{key} {count:g} times in total"),
            Choice(f"{count:g} times more", f"make {count:g} copies of @{key}"),
        )
    return Step((Duplicate(selector=selector(items), times=int(count) - 1),), ids(items))


def _times(say: Say) -> Factor | None:
    if say.clause.means("times") and (number := say.take(Number, "")):
        return Factor(number.value)
    return None


def replace(say: Say) -> Step:
    """“replace the intro with the beach clip”, “use song2.mp3 instead of the music”."""
    word = say.need_word("replace, swap, change, use, put")
    old = say.chunk(Reference, "instead of") or say.chunk(Reference, "", "of")
    if old and "use" in word.meanings and (place := say.chunk(Reference, "for")):
        say.close()  # “use the sunset for the intro”
        return _replaced(say.scene, place.value, old.value, word)
    new = say.chunk(Reference, "with", "by", "for", "to", "into") or (
        say.chunk(Reference, "") if old and old.prep == "instead of" else None
    )
    if old is None or new is None or say.peek(Quote):
        raise Miss
    if is_text(old.value) or (new.prep == "to" and new.value.kind == "film"):
        raise Miss
    say.close()
    return _replaced(say.scene, old.value, new.value, word)


def _replaced(scene: Scene, old: Reference, new: Reference, word: Word) -> Step:
    items = find(scene, old, ANY)
    clip, standing = _new_clip(scene, new)
    if standing and clip not in scene.brought() and "swap" in word.meanings:
        raise _swap_or_replace(items[0], standing)
    operations: list[AnyOperation] = [Replace(selector=selector(items), clip=clip.id)]
    brought = {c.id for c in scene.brought()}
    if standing and clip.id in brought and standing.item.id not in ids(items):
        operations.append(Delete(selector=selector([standing])))
    return Step(tuple(operations), ids(items))


def _swap_or_replace(old: Placed, new: Placed) -> Exception:
    return ask(
        f"Shall “{old.item.label}” and “{new.item.label}” change places, or shall the "
        "second be shown "
        "instead of the first?",
        Choice("Change places", f"swap @{old.item.id} and @{new.item.id}"),
        Choice("Show it instead", f"replace @{old.item.id} with @{new.item.id}"),
    )


def _new_clip(scene: Scene, ref: Reference) -> tuple[Clip, Placed | None]:
    """The file that takes the place, and the item that shows it already."""
    clip = find_file(scene, ref)
    if clip is not None:
        return clip, scene.standing(clip)
    items = find(scene, ref, ANY)
    found = scene.comp.clips.get(getattr(items[0].item, "clip", ""))
    if len(items) != 1 or found is None:
        raise unknown(scene, ref)
    return found, scene.standing(found)


AGAIN = rule(once_more)
REPLACE = rule(replace, "replace, swap, change, use, put")
RULES = (rule(repeat, "repeat, play, loop"), rule(duplicate, "duplicate"))
