"""Several texts in one go: lists with times, a line below another, the name of every clip."""

from collections.abc import Iterator
from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Point,
    Quote,
    Reference,
    Stretch,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.references import TEXTS
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.adding import USUAL
from bot.adapters.planners.offline.rules.geometry import placing
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.style import style
from bot.adapters.planners.offline.rules.titles import LOOKS
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.composition import Text
from bot.engine.layout import Placed
from bot.engine.operations import Add, AnyOperation, Update
from bot.ports import Choice

_BELOW = ("under", "below", "beneath", "underneath")
_LINE = 1.35  # the height of a line, in heights of its letters
_NAMES = ("name", "names", "filename", "filenames")
_KINDS = ("room", "file", "clip", "place", "own")
_LETTERS = 0.06


def listed(say: Say) -> Step:
    """“add titles: "Intro" at 0:00, "The fix" at 0:10”: each with its own moment."""
    say.words("add, put, write, show, make, have")
    pairs = list(_timed(say))
    if len(pairs) < 2:
        raise Miss
    noun = say.chunk(Reference, "", test=lambda c: c.value.kind in TEXTS and not c.value.name)
    if noun is not None and noun.value.definite:
        raise Miss
    say.chunk(Unknown, test=lambda c: c.value.text in ("chapter", "section"))
    lasts = say.take(Time, "for", "lasting", "over")
    where, look = placing(say), style(say, sizes=True)
    kind = noun.value.kind if noun else "caption" if say.words("spoken captions") else ""
    look = LOOKS.get(kind, {}) | look
    if left := say.left():
        raise Miss(left)
    operations = []
    for words, when in pairs:
        start, end = _span(say.scene, when)
        length = lasts.seconds if lasts else (end - start if end else USUAL["text"])
        fields = {"at": start, "duration": round(length, 6)} | look | (where or {})
        key = say.scene.fresh_id("t")
        operations.append(Add(item_type="text", id=key, text=words, **fields))
    return Step(tuple(operations), tuple(each.id or "" for each in operations))


def _timed(say: Say) -> Iterator[tuple[str, Chunk]]:
    """Every quotation with the moment or stretch right behind it."""
    chunks = say.clause.chunks
    for at, chunk in enumerate(chunks[:-1]):
        when = chunks[at + 1]
        moment = isinstance(when.value, Time | Point) and when.prep in ("at", "@", "from")
        if isinstance(chunk.value, Quote) and (moment or isinstance(when.value, Stretch)):
            say.used |= {at, at + 1}
            yield chunk.value.text, when


def _span(scene: Scene, when: Chunk) -> tuple[float, float | None]:
    if isinstance(when.value, Stretch):
        start, end = scene.moment(when.value.start), scene.moment(when.value.end)
    else:
        start, end = scene.moment(when.value), None
    if start is None or not 0 <= start < scene.duration or (end is not None and end <= start):
        raise ask("One of these times is outside the film. When shall the texts be seen?")
    return start, end


def beneath(say: Say) -> Step:
    """“and "14 June" underneath, a bit smaller”: one more line, below a text that is there."""
    say.words("add, put, write, show, have")
    say.chunk(Reference, "", test=_is_new_text)
    quote = say.chunk(Quote, "", "with", "saying")
    told = say.chunk(Reference, *_BELOW) or say.chunk(
        Unknown, test=lambda c: c.value.text in _BELOW
    )
    loose = told is None and (
        say.word("background role")
        or any(getattr(c.value, "text", "") in _BELOW for c in say.clause.chunks)
    )
    if quote is None or not (told or loose):
        raise Miss
    pronoun = say.chunk(Reference, "", test=lambda c: c.value.pronoun) if loose else None
    host = _host(say, told or pronoun)
    look = style(say, sizes=True)
    if say.words("small"):
        look.pop("size", None)
    elif say.words("smaller"):
        look.setdefault("size", 0.05)
    say.close()
    return _line_below(say.scene, host, quote.value.text, look)


def _is_new_text(chunk: Chunk) -> bool:
    """“a title”, “another line”: what is to stand below."""
    ref = chunk.value
    told = ref.definite or ref.numbers or ref.name or ref.says or ref.pronoun
    return ref.kind in ("title", "text") and not (ref.plural or told)


def _host(say: Say, told: Chunk | None) -> Placed:
    """The text that it stands under: named, or spoken of last."""
    scene = say.scene
    if told is not None and isinstance(told.value, Reference) and not told.value.pronoun:
        found = find(scene, told.value)
    else:
        ids = (*scene.mentioned, *scene.request.focus)
        found = tuple(p for key in ids[:1] if (p := scene.placed(key)))
    if len(found) != 1 or not isinstance(found[0].item, Text):
        raise Miss
    return found[0]


def _line_below(scene: Scene, host: Placed, words: str, look: dict[str, Any]) -> Step:
    """A smaller line under a text; at the bottom of the picture that one moves up instead."""
    item = host.item
    if not isinstance(item, Text):
        raise Miss
    line = _LINE * scene.comp.canvas.short_side / scene.comp.canvas.height
    size = look.pop("size", None) or round(item.style.size * 0.7, 4)
    middle = item.transform.y + (0.5 - item.transform.pivot_y) * line * item.style.size
    step = line * (item.style.size + size) / 2
    lifted = middle + step + line * size / 2 > 1
    start, end = scene.span_now(host)
    key = scene.fresh_id("t")
    column = {0.0: "left", 1.0: "right"}.get(item.transform.pivot_x, "center")
    fields: dict[str, Any] = {
        "at": start,
        "duration": round(end - start, 6),
        "place": column,
        "y": round(middle + (0 if lifted else step), 4),
        "size": size,
        "color": item.style.color,
        "background": item.style.background,
    } | look
    operations: list[AnyOperation] = [Add(item_type="text", id=key, text=words, **fields)]
    if lifted:
        up = round(middle - step, 4)
        operations.append(Update(selector=selector([host]), y=up))
    return Step(tuple(operations), (key,))


def labelled(say: Say) -> Step:
    """“label every clip with its name in the bottom left corner”."""
    say.need_word("rename, add, write, put, show, give")
    clips = say.chunk(Reference, test=lambda c: _is_row(c.value))
    named = any(getattr(c.value, "text", "") in _NAMES for c in say.clause.chunks)
    if clips is None or not named:
        raise Miss
    say.chunk(Unknown, test=lambda c: c.value.text in _NAMES)
    say.chunk(Word, test=lambda c: c.value.text in _NAMES)
    say.chunk(Reference, "with", test=lambda c: c.value.words.split()[0] in ("its", "their"))
    say.words("add, write, put, show")
    while say.chunk(Unknown, test=lambda c: c.value.text in _KINDS):
        pass
    say.chunk(Word, test=lambda c: c.value.text == "with")
    where = placing(say) or {"place": "bottom-left"}
    look = {"size": _LETTERS} | style(say, sizes=True)
    lasts = say.take(Time, "for", "lasting")
    say.close()
    scene, operations = say.scene, []
    for placed in find(scene, clips.value, MAIN):
        start, end = scene.span(placed)
        length = min(lasts.seconds, end - start) if lasts else end - start
        words = placed.item.label.replace("_", " ").strip().capitalize()
        fields = {"at": start, "duration": round(length, 6)} | look | where
        key = scene.fresh_id("t")
        label = f"{words} label"[:80]
        operations.append(Add(item_type="text", id=key, text=words, label=label, **fields))
    return Step(tuple(operations), tuple(each.id or "" for each in operations))


def _is_row(ref: Reference) -> bool:
    told = ref.name or ref.numbers or ref.pronoun
    return (ref.every or ref.plural) and ref.kind in ("clip", "video", "part") and not told


def unborn(say: Say) -> Step:
    """“make the title say 'Hi'”, and there is none: shall it be added?"""
    say.need_word("make, change, set, have, give")
    noun = say.chunk(Reference, "", test=lambda c: c.value.kind in TEXTS and c.value.definite)
    quote = say.chunk(Quote)
    if noun is None or quote is None or not say.words("say"):
        raise Miss
    if any(isinstance(placed.item, Text) for placed in say.scene.timeline.placed):
        raise Miss
    src = say.scene.source
    rest = src.message[src.tokens[quote.last - 1].end : say.clause.span(src)[1]]
    raise ask(
        "There is no text on the timeline yet. Shall I add one?",
        Choice("Add it", f"add a {noun.value.noun} saying '{quote.value.text}'{rest}"),
    )


LISTED = rule(listed)
LABELLED = rule(labelled, "rename, add, write, put, show, give")
RULES = (
    rule(beneath),
    rule(unborn, "make, change, set, have, give"),
)
