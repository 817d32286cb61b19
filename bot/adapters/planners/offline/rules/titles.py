"""Adding texts: titles, captions, cards."""

import re
from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Colour,
    Number,
    Quote,
    Reference,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.references import TEXTS
from bot.adapters.planners.offline.resolve import find, is_text
from bot.adapters.planners.offline.rules.adding import USUAL, fades, times
from bot.adapters.planners.offline.rules.geometry import opacity, placing
from bot.adapters.planners.offline.rules.limits import told_beside
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.style import is_loose, style
from bot.adapters.planners.offline.rules.timing import Timing, timing
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import by_ids
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.operations import Add
from bot.ports import Choice

LOOKS: dict[str, dict[str, Any]] = {
    "caption": {"place": "bottom", "size": 0.06},
    "subtitle": {"place": "bottom", "size": 0.06},
    "lower third": {"place": "bottom-left", "size": 0.06, "background": "#000000b3"},
    "watermark": {"place": "bottom-right", "size": 0.05, "opacity": 0.6},
}

_ARTICLE = re.compile(r"\b(an?|the|some) $", re.IGNORECASE)

_CARDS = ("end card", "title card")
_CHANGING = ("make", "set", "give", "have", "do")
_BESIDE = ("under", "below", "beneath", "underneath", "above", "behind", "beside")


def add_text(say: Say) -> Step:
    """“add a title 'Day One' at the top for 4 seconds”, “write 'The End' over the last 2 s”."""
    verb, closing = _text_verb(say)
    noun, kind = _text_noun(say, verb)
    if closing and kind in ("text", "title", "title card"):
        kind = "end card"
    words = _words(say, noun)
    if words is None or (verb is None and noun is None and not _is_placed(say, words)):
        raise Miss
    plain = verb is not None and not verb.meanings & {"add", "write", "draw", "end"}
    if plain and noun is None and _exists(say, words):
        raise Miss
    say.words("say, add, write, put, show")
    if kind in _CARDS:
        _card_colour(say, noun)
    values = fades(say)
    where = placing(say)
    values_style = _styled(say, noun, verb, words)
    if part := opacity(say):
        values["opacity"] = part
    told_beside(say)
    beneath = next((w for w in say.clause.words() if w.text.startswith("under")), None)
    if say.peek(Reference, *_BESIDE) and not say.peek(Reference, "on", "over"):
        _check_beside(say)
    when = timing(say)
    if when.whole and beneath and "whole time" in beneath.meanings:
        raise ask("Where shall the text be: at the bottom, or anywhere for the whole video?")
    if when.on is None and kind == "caption" and verb and verb.text == "caption":
        when.on = say.chunk(Reference, "")
    say.close()
    _check_new(say, when, words)
    look = LOOKS.get(kind, {}) | values_style | (where or {}) | values
    if kind in _CARDS and not when.whole:
        return _card(say, kind, words, look, when)
    return _titled(say, words, look, when)


def _styled(say: Say, noun: Chunk | None, verb: Word | None, words: str) -> dict[str, Any]:
    """The look of the text; “make "pricing" red” is no order to write that.

    Raises:
        Unclear: There is no such text.
    """
    values = style(say, sizes=True)
    if noun is not None or not values or verb is None or verb.text not in _CHANGING:
        return values
    src, chunks = say.scene.source, say.clause.chunks
    last = next(chunk.last for chunk in chunks if chunk.value is verb)
    wish = f"add {src.raw(last, chunks[-1].last)}"
    raise ask(f"There is no text “{words}”. Shall I add it?", Choice("Add it", wish))


def _check_beside(say: Say) -> None:
    """“add "Foo" above the title”: a place in the picture that only `beneath` can give.

    Raises:
        Unclear: The place would be lost.
    """
    beside = [c for c in say.clause.chunks if isinstance(c.value, Reference) and c.prep in _BESIDE]
    if any(is_text(chunk.value) for chunk in beside):
        raise ask(
            "Where in the picture shall the text be? Say “at the top” or “at the bottom”, or give "
            "its line alone: “add 'Foo' under the title”."
        )


def _check_new(say: Say, when: Timing, words: str) -> None:
    """“add '!' to the title”: that is no further text.

    Raises:
        Unclear: The words are added to a text.
    """
    if when.on is None or when.on.prep != "to" or not is_text(when.on.value):
        return
    old = find(say.scene, when.on.value)[0].item
    joined = f"{getattr(old, 'text', '')} {words}"
    raise ask(
        f"What shall “{old.label}” say?",
        Choice(f"“{joined}”"[:40], f"change @{old.id} to '{joined}'"),
    )


def _text_verb(say: Say) -> tuple[Word | None, bool]:
    """The verb, and whether it says that the text comes last ("end with …")."""
    if say.peek(Reference, "with") and (verb := say.word("end")):
        return verb, True
    return say.word("write, add, put, show, draw, give, make, use, have, set, do"), False


def _text_noun(say: Say, verb: Word | None) -> tuple[Chunk | None, str]:
    """The noun, and which kind of text it makes."""
    if verb and verb.text == "caption":
        return None, "caption"
    noun = say.chunk(Reference, "", "as", "with", test=_is_new_text)
    noun = noun or say.chunk(Reference, "as", test=_names_text)
    return noun, noun.value.kind if noun else "text"


def _is_new_text(chunk: Chunk) -> bool:
    ref = chunk.value
    credits = ref.kind == "end card" and ref.plural and not ref.every
    return ref.kind in TEXTS and not (
        ref.numbers or ref.which or (ref.plural and not credits) or (ref.name and not ref.says)
    )


def _names_text(chunk: Chunk) -> bool:
    return chunk.value.kind in (*TEXTS, "watermark")


def _words(say: Say, noun: Chunk | None) -> str | None:
    """The literal text: quoted, or what follows the noun up to an adverbial."""
    if quote := say.take(Quote, "", "with", "saying", "of", "for", "as", "like"):
        second = say.take(Quote, "with", "") if _goes_on_below(say) else None
        return f"{quote.text}\n{second.text}" if second else quote.text
    if noun is None:
        return None
    if noun.value.says:
        return str(noun.value.says)
    if noun.value.kind != "lower third" and not say.clause.means("add, write, put, show"):
        return None
    return _loose_words(say, noun)


def _goes_on_below(say: Say) -> bool:
    """“… with "Marine biologist" under it”: a second line of the same text."""
    if not say.peek(Quote):
        return False
    told = say.chunk(
        Reference, "under", "below", "beneath", "underneath", test=lambda c: c.value.pronoun
    )
    word = (
        told
        or say.word("background role")
        or say.chunk(Unknown, test=lambda c: c.value.text in ("beneath", "underneath", "below"))
    )
    return word is not None


def _loose_words(say: Say, noun: Chunk) -> str | None:
    """“add a lower third for Priya Sharma”, “add text hello world at the top”."""
    chunks = say.clause.chunks
    start = next((n for n, c in enumerate(chunks) if c is noun), 0) + 1
    while start < len(chunks) and _lone(chunks[start]):
        start += 1
    end = start
    while (
        end < len(chunks)
        and isinstance(chunks[end].value, Unknown | Number)
        and not chunks[end].prep
    ):
        end += 1
    if (
        (
            end < len(chunks)
            and end == start
            and isinstance(chunks[end].value, Reference)
            and chunks[end].prep == "for"
        )
        and chunks[end].value.name
        and not chunks[end].value.kind
    ):
        end += 1
    if end == start or start in say.used:
        return None
    say.used |= set(range(start, end))
    first = chunks[start].first + (1 if chunks[start].prep else 0)
    return say.scene.source.raw(first, chunks[end - 1].last)


def _lone(chunk: Chunk) -> bool:
    return getattr(chunk.value, "text", "") in ("for", "of", "with") and not chunk.prep


def _is_placed(say: Say, words: str) -> bool:
    """“"Step 1" on the dough, bottom”: words that come first, and the clip that they stand on."""
    first = say.clause.chunks[0].value
    on = any(
        c.prep in ("on", "over", "during") and not c.value.pronoun
        for c in say.clause.chunks
        if isinstance(c.value, Reference)
    )
    return isinstance(first, Quote) and on and not (say.clause.has_verb or _exists(say, words))


def _exists(say: Say, words: str) -> bool:
    spelt = words.casefold().strip()
    return any(
        spelt in (p.item.label.casefold(), getattr(p.item, "text", "").casefold())
        for p in say.scene.timeline.placed
    )


def _titled(say: Say, words: str, look: dict[str, Any], when: Timing) -> Step:
    scene = say.scene
    key = scene.fresh_id("t")
    start, length = when.start_and_length(USUAL["text"])
    fields = times(scene, when, start, length)
    add = Add(item_type="text", id=key, text=_checked(words), **look, **fields)
    return Step((add,), (key,))


def _checked(words: str) -> str:
    if not words.strip():
        raise ask("What should the text say?")
    if len(words) > 500:
        raise ask("A text can have 500 characters. Can you make it shorter?")
    return words


def _card_colour(say: Say, noun: Chunk | None) -> None:
    """“a black card”: the colour behind the letters, which is that of the film.

    Raises:
        Unclear: The film has another one.
    """
    chunks = say.clause.chunks
    at = next((n for n, chunk in enumerate(chunks) if chunk is noun), 0)
    colour = chunks[at - 1] if at and isinstance(chunks[at - 1].value, Colour) else None
    if colour is None or colour.prep:
        return
    say.used.add(at - 1)
    if colour.value.hex != say.scene.comp.canvas.background:
        raise ask(
            "A card shows the background of the film, which has another colour. Say “make the "
            f"canvas background {colour.value.raw}” first, or leave the colour out."
        )


def _card(say: Say, kind: str, words: str, look: dict[str, Any], when: Timing) -> Step:
    """A text that stands on the main track by itself, for the background to be seen."""
    scene = say.scene
    key = scene.fresh_id("t")
    fields: dict[str, Any] = {"track": "main", "duration": when.lasts or USUAL["text"]}
    if when.beside is not None:
        items = find(scene, when.beside.value, MAIN)
        side = "before" if "before" in when.beside.prep else "after"
        fields[side] = by_ids(items[0].item.id)
    elif kind == "title card" and not (when.at and when.at.is_end):
        fields["index"] = 0
    add = Add(item_type="text", id=key, text=_checked(words), **look, **fields)
    return Step((add,), (key,))


def text_without_words(say: Say) -> Step:
    """“add a title”: what should it say?"""
    say.need_word("add, put, write, show, give, make, have")
    noun = say.chunk(Reference, "", test=_is_new_text)
    if noun is None or noun.value.definite:
        raise Miss
    placing(say)
    style(say, sizes=True)
    timing(say)
    say.close()
    raise ask(f"What should the {noun.value.noun} say? Put the words in quotes.")


def loose_text(say: Say) -> Step:
    """“put hello on the first clip”: is that a text?"""
    say.need_word("put, write, add, show")
    chunks = say.clause.chunks
    first = next((n for n, c in enumerate(chunks) if is_loose(c)), None)
    if first is None or say.peek(Quote):
        raise Miss
    last = first
    while last < len(chunks) and is_loose(chunks[last]):
        last += 1
    say.used |= set(range(first, last))
    placing(say)
    style(say, sizes=True)
    timing(say)
    say.close()
    src = say.scene.source
    words = src.raw(chunks[first].first, chunks[last - 1].last)
    start, end = src.tokens[chunks[first].first].start, src.tokens[chunks[last - 1].last - 1].end
    text = src.message
    before = _ARTICLE.sub("", text[:start])
    raise ask(
        f"Shall I write “{words}” there?",
        Choice(f"Yes, write “{words}”", f"{before}the text “{words}”{text[end:]}"),
    )


RULES = (rule(add_text),)
UNSAID = (
    rule(text_without_words, "add, put, write, show, give, make, have"),
    rule(loose_text, "put, write, add, show"),
)
