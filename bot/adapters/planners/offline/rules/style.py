"""How texts and shapes look: colours, weight, outline, background, size words."""

import re
from typing import Any

from bot.adapters.planners.offline.labels import spelling
from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Colour,
    Number,
    Percent,
    Place,
    Quote,
    Reference,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.resolve import find, is_text
from bot.adapters.planners.offline.rules.geometry import placing
from bot.adapters.planners.offline.rules.limits import told_beside
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.wants import PAINTED, WORDS
from bot.engine.composition import Captions, Item, Shape, Text
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Update
from bot.ports import Choice

_PAINT = ("background", "outline", "shadow")
_DEFAULT = {"background": "#000000", "outline": "#000000", "shadow": True}
_NONE = {"background": "none", "outline": "none", "shadow": False}
_SIZES = {"big": 0.12, "large": 0.12, "bigger": 0.12, "larger": 0.12, "huge": 0.2, "giant": 0.2,
          "massive": 0.2, "gigantic": 0.2, "small": 0.05, "little": 0.05, "smaller": 0.05,
          "tiny": 0.035, "mini": 0.035}  # fmt: skip
_LEVEL = ("bigger", "smaller")


def style(say: Say, *, sizes: bool = False) -> dict[str, Any]:
    """Take what is said about the look of a text or shape; `sizes`: also "big" and "small"."""
    values: dict[str, Any] = {}
    for at, chunk in enumerate(say.clause.chunks):
        if at in say.used:
            continue
        if isinstance(chunk.value, Colour):
            painted = _colour(say, at, chunk)
            if painted.keys() & values.keys():
                raise Miss  # “the titles red and blue”
            values |= painted
        elif isinstance(chunk.value, Word):
            values |= _word(say, at, chunk.value, sizes)
    if "color" in values:
        say.words("color")
    return values


def _colour(say: Say, at: int, chunk: Chunk) -> dict[str, Any]:
    """A colour, and the property next to it; without one it is that of the letters."""
    say.used.add(at)
    ahead, behind = _neighbour(say, at, 1), _neighbour(say, at, -1)
    for other in (ahead, behind):
        name = other is not None and _paint(say.clause.chunks[other].value)
        if other is not None and name:
            say.used.add(other)
            return {name: True if name == "shadow" else chunk.value.hex}
    return {"background" if chunk.prep == "on" else "color": chunk.value.hex}


def _neighbour(say: Say, at: int, step: int) -> int | None:
    """The next chunk in one direction that is not idle, if it has not been used."""
    other = at + step
    chunks = say.clause.chunks
    while 0 <= other < len(chunks):
        value = chunks[other].value
        if isinstance(value, Break) or (
            isinstance(value, Word) and value.idle and not value.meanings
        ):
            if isinstance(value, Break):
                return None
            other += step
            continue
        return None if other in say.used else other
    return None


def _paint(value: object) -> str:
    return next((name for name in _PAINT if isinstance(value, Word) and name in value.meanings), "")


def _word(say: Say, at: int, word: Word, sizes: bool) -> dict[str, Any]:
    negative = _negated(say, at)
    values: dict[str, Any] = {}
    if name := _paint(word):
        colour = _neighbour(say, at, 1)
        if colour is not None and isinstance(say.clause.chunks[colour].value, Colour):
            return {}  # the colour takes the word with it
        values = {name: _NONE[name] if negative else _DEFAULT[name]}
    elif "bold" in word.meanings or "italic" in word.meanings:
        values = {"bold" if "bold" in word.meanings else "italic": not negative}
    elif "plain" in word.meanings:
        values = {"bold": False, "italic": False, "background": "none", "outline": "none"}
    elif sizes and word.text in _SIZES and not negative:
        values = {"size": _SIZES[word.text]}
    if values:
        say.used.add(at)
        if negative:
            say.word("not")
        if "size" in values:
            say.words("font size, limit font")
    return values


def _negated(say: Say, at: int) -> bool:
    before = at - 1
    chunks = say.clause.chunks
    while before >= 0 and isinstance(chunks[before].value, Word) and chunks[before].value.idle:
        before -= 1
    word = chunks[before].value if before >= 0 else None
    return isinstance(word, Word) and "not" in word.meanings and before not in say.used


def restyle(say: Say) -> Step:
    """“make the title red”, “give the title a black background”, “title in yellow”."""
    say.words(
        "make, set, change, give, add, put, turn, use, have, color, show, draw, write, title it"
    )
    values = style(say) | _alignment(say)
    if not values:
        raise Miss
    told_beside(say)
    say.words("color")
    where = placing(say) or {}
    aim = say.aim()
    if (
        aim.ref
        and not aim.ref.prep
        and not aim.ref.value.definite
        and say.clause.means("add, draw")
    ):
        raise Miss  # it is still to be added
    say.close()
    items = aim.items(PAINTED)
    foreign = [p for p in items if not isinstance(p.item, Text | Captions | Shape)]
    if foreign:
        raise _not_painted(foreign[0], values)
    operations = tuple(Update(selector=selector([p]), **_suited(p, values), **where) for p in items)
    return Step(operations, tuple(p.item.id for p in items))


def _suited(placed: Placed, values: dict[str, Any]) -> dict[str, Any]:
    if isinstance(placed.item, Shape):
        foreign = sorted(values.keys() - {"color", "opacity"})
        if foreign:
            raise ask(
                f"“{placed.item.label}” is a shape and has no {foreign[0]}. Which colour "
                "should it have?"
            )
    return values


def _not_painted(placed: Placed, values: dict[str, Any]) -> Exception:
    label, key = placed.item.label, placed.item.id
    what = "colour" if "color" in values else next(iter(values))
    if what == "background":
        return ask(
            f"“{label}” is no text. Shall I change the background of the whole film?",
            Choice("Yes", f"make the canvas background {values['background']}"),
        )
    return ask(
        f"“{label}” is no text or shape, so it has no {what} of its own. I can make it "
        "brighter, more "
        "saturated, black and white, or sepia.",
        Choice("Black and white", f"make @{key} black and white"),
        Choice("More saturated", f"make @{key} more saturated"),
    )


def _alignment(say: Say) -> dict[str, Any]:
    if not say.clause.means("align"):
        return {}
    side = say.chunk(Place, test=lambda c: c.value.name in ("left", "center", "right"))
    centred = say.word("center")
    say.word("align")
    if side is None and not centred:
        raise Miss
    return {"align": side.value.name if side else "center"}


def remove_style(say: Say) -> Step:
    """“remove the shadow from the title”, “take the outline off”."""
    say.need_word("remove, hide, turn off, cut off")
    word = say.need_word(*_PAINT, "bold", "italic")
    names = [name for name in (*_PAINT, "bold", "italic") if name in word.meanings]
    aim = say.aim()
    say.close()
    items = aim.items(WORDS)
    values = {names[0]: _NONE.get(names[0], False)}
    return Step((Update(selector=selector(items), **values),), tuple(p.item.id for p in items))


def font_size(say: Say) -> Step:
    """“set the font size of the title to 12%”."""
    say.word("set, change, make, use")
    say.need_word("font size")
    amount = say.take(Percent, "to", "at", "") or say.take(Number, "to", "at", "")
    if amount is None:
        raise Miss
    aim = say.aim()
    say.close()
    size = amount.value / 100
    if isinstance(amount, Number):
        raise ask(
            "Sizes of letters are in percent of the frame: 8% is usual, 12% is large. Which size?"
        )
    items = aim.items(WORDS)
    if not 0.01 <= size <= 0.6:
        raise ask("Letters can be 1% to 60% of the frame high. Which size?")
    return Step((Update(selector=selector(items), size=size),), tuple(p.item.id for p in items))


def reword(say: Say) -> Step:
    """“change the title to 'Goodbye'”, “the title should say Welcome”."""
    say.words("change, replace, make, set, swap, use, write, rename, turn")
    quotes = _quotes(say)
    say.words("say, text words")
    new = quotes.pop() if quotes else _unquoted(say)
    if new is None:
        raise Miss
    old = quotes.pop() if quotes else None
    aim = say.aim("", "of", "in", "on") if old is None else None
    if aim is not None and not aim.named and not say.clause.means("say"):
        raise Miss
    say.close()
    items = _said(say, old) if old is not None else aim.items(WORDS) if aim else ()
    if any(not isinstance(p.item, Text) for p in items) or not items:
        raise Miss
    if aim is not None and aim.ref is not None and quotes == []:
        _check_whole(aim.ref.value, items[0].item, new)
    operation: AnyOperation = Update(selector=selector(items), text=new)
    return Step((operation,), tuple(p.item.id for p in items))


def _check_whole(ref: Reference, item: Item, new: str) -> None:
    """“change Jonas to John”, of a text that says “Mia & Jonas”.

    Raises:
        Unclear: It is not the whole text that was named.
    """
    text = getattr(item, "text", "")
    part = re.compile(rf"(?<!\w){re.escape(ref.name)}(?!\w)", re.IGNORECASE)
    if not ref.name or spelling(ref.name) == spelling(text) or not part.search(text):
        return
    told = (part.sub(lambda _: new, text, count=1), new)
    raise ask("What shall the text say?", *(Choice(t, f"change @{item.id} to “{t}”") for t in told))


def _quotes(say: Say) -> list[str]:
    """The literal texts in order; the new one must be said to be new."""
    found = []
    while chunk := say.chunk(Quote):
        found.append(chunk)
    if not found:
        return []
    last = found[-1]
    introduced = (
        last.prep in ("to", "with", "by", "into", "as")
        or say.clause.means("say")
        or len(found) == 2
    )
    if len(found) > 2 or not introduced:
        raise Miss
    return [chunk.value.text for chunk in found]


def _unquoted(say: Say) -> str | None:
    """“change the title text to Summer 2026”, “change hello to goodbye”."""
    chunks = say.clause.chunks
    src = say.scene.source
    for at, chunk in enumerate(chunks):
        lone = isinstance(chunk.value, Word) and chunk.value.text in ("to", "with")
        if lone and at + 1 < len(chunks) and is_loose(chunks[at + 1]):
            if not any(_is_text_ref(c) for c in chunks[:at]):
                return None
            say.used |= set(range(at, len(chunks)))
            return src.raw(chunks[at + 1].first, chunks[-1].last)
    return None


def _is_text_ref(chunk: Chunk) -> bool:
    ref = chunk.value
    return isinstance(ref, Reference) and (is_text(ref) or bool(ref.name and not ref.kind))


def is_loose(chunk: Chunk) -> bool:
    """An unknown word, or one that people also write on pictures: “hello”, “thanks”."""
    word = chunk.value
    talked = isinstance(word, Word) and bool(word.meanings & {"greeting", "thanks"})
    return isinstance(word, Unknown) or talked


def _said(say: Say, old: str) -> tuple[Placed, ...]:
    """The text that has these words now."""
    ref = Reference(old, kind="text", noun="text", says=old, definite=True, first=0, last=1)
    return find(say.scene, ref, WORDS)


RULES = (
    rule(reword),
    rule(font_size, "font size"),
    rule(remove_style, "remove, hide, turn off, cut off"),
    rule(restyle),
)
