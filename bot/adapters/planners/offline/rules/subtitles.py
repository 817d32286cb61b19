"""Captions: what is said in the film, written on it."""

import re
from collections.abc import Mapping
from typing import Any

from bot.adapters.planners.captioning import spoken_rows, there_are
from bot.adapters.planners.offline.content import look_into
from bot.adapters.planners.offline.kinds import KINDS
from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask, refuse
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Colour,
    Edge,
    Quote,
    Reference,
    Stretch,
    Time,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.geometry import placing
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.style import style
from bot.adapters.planners.offline.said import NOBODY
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.speech import voices
from bot.engine.composition import Audio, Captions, Video
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Caption, Reword, Update
from bot.engine.operations.surgery import PREFIX
from bot.ports import Choice

_NOUNS = ("caption", "subtitle")
_SIZES = {0.2: 0.1, 0.12: 0.075, 0.05: 0.035, 0.035: 0.025}
"""Sizes of letters in captions, for those of a title that are called the same."""

_ASKED = re.compile(r"(?:do|does|are) (?:you|it|chatkut)\b|can you do\b", re.IGNORECASE)

_WISH = re.compile(r"(?:please |pls )?(?:can|could|would|will|may)\b", re.IGNORECASE)
_ON = ("", "on", "for", "to", "in", "of", "over", "onto", "across", "during", "throughout")
_TIMES = (Stretch, Time, Edge)

_BEYOND: Mapping[str, str] = {
    r"\btranslat|\b(?:in|into|to) (?:english|german|deutsch|spanish|french|italian|portuguese"
    r"|chinese|japanese|korean|arabic|hindi|russian|dutch|polish|turkish|another language)\b": (
        "I cannot translate: captions are in the language that is spoken. “export srt” gives you a "
        "file to translate; drop it here, and it becomes the captions."
    ),
    r"\buppercase\b|\bcaps\b|\bcapitals?\b|\bcapital letters\b": (
        "Captions are written as they are said; I cannot put them all in capitals."
    ),
    r"\bword[ -](?:by|for)[ -]word\b|\bkaraoke\b|\bhighlight|\banimat|\bone word at a time\b"
    r"|\bbouncing\b|\bpop(?:ping)?\b|\btyp(?:ewriter|ed|ing)\b": (
        "Captions are shown a line or two at a time; I cannot light up or move single words."
    ),
    r"\bspeakers?\b|\bwho(?: is|'s) (?:talking|speaking)\b|\bnames? of\b": (
        "I cannot tell who is speaking, so captions have no names in them."
    ),
}


def beyond(say: Say) -> Step:
    """“translate the captions”, “uppercase captions”: what there is not."""
    if not any(_is_noun(chunk) for chunk in say.clause.chunks) or say.peek(Quote):
        raise Miss
    said = say.clause.raw(say.scene.source)
    for pattern, answer in _BEYOND.items():
        if re.search(pattern, said, re.IGNORECASE):
            raise refuse(f"{answer} Nothing was changed.")
    raise Miss


def caption(say: Say) -> Step:
    """“add captions”, “subtitle the interview”, “yellow subtitles at the top, please”."""
    if say.peek(Quote) or say.clause.means("not, remove, hide, turn off, off, ask, say, cancel"):
        raise Miss
    say.words("add, put, write, show, give, make, have, turn on, use")
    if not _noun(say):
        raise Miss
    clips = say.chunk(Reference, *_ON, test=lambda c: c.value.kind not in _NOUNS)
    look = {**_look(say), **(placing(say) or {})}
    back = say.words("back")
    say.words("too, spoken captions")
    there = _there(say.scene)
    _check_new(say, looks=bool(look) or _is_rated(say), more=back or clips is not None)
    if say.scene.stretch or any(isinstance(c.value, _TIMES) for c in say.clause.chunks):
        raise refuse(
            "Captions are for the whole film, or for all that is shown of a clip: “subtitle the "
            "interview”. Nothing was changed."
        )
    say.close()
    if (back and not there) or _only_asks(say):
        raise ask("There are no captions. Shall I add them?" if back else "Shall I add captions?",
                  Choice("Add captions", "add captions"))  # fmt: skip
    if hidden := [p for p in there if not p.item.enabled]:
        shown = Update(selector=selector(hidden), enabled=True)
        return Step((shown,), tuple(p.item.id for p in hidden))
    return _captioned(say.scene, _meant(say.scene, clips), look)


def _check_new(say: Say, *, looks: bool, more: bool) -> None:
    """What looks otherwise is there already: captions, or texts at the bottom.

    Raises:
        Miss: It is, or may be.
        Unclear: Captions are spoken of that are not there.
    """
    adds = say.clause.means("add, put, write, turn on, show")
    named = any(ref.definite for ref in say.references())
    there = _there(say.scene)
    if there and not adds and (looks or (named and not more and not say.clause.has_verb)):
        raise Miss
    if there or adds:
        return
    if any(map(KINDS["caption"], say.scene.timeline.placed)):
        raise Miss
    if looks and named:
        raise ask(
            "There are no captions yet. Shall I add them?", Choice("Add captions", "add captions")
        )


def _only_asks(say: Say) -> bool:
    """“do you do captions?”, “captions?”: no request yet."""
    said = say.clause.raw(say.scene.source)
    lone = not say.clause.has_verb and not _WISH.match(said)
    return say.clause.asked and (lone or bool(_ASKED.match(said)))


def _is_rated(say: Say) -> bool:
    return say.clause.means("bigger, smaller, more, less, background, outline")


def off(say: Say) -> Step:
    """“captions off”."""
    if not any(_is_noun(chunk) for chunk in say.clause.chunks) or say.clause.has_verb:
        raise Miss
    say.need_word("off")
    _noun(say)
    say.close()
    there = _there(say.scene)
    if not there:
        raise refuse("There are no captions; nothing was changed.")
    operation = Update(selector=selector(there), enabled=False)
    return Step((operation,), tuple(p.item.id for p in there))


def boxed(say: Say) -> Step:
    """“make the subtitles white with a black box”, “no box behind the captions”."""
    there = _there(say.scene)
    if not there or say.peek(Quote):
        raise Miss
    box = say.chunk(Reference, test=lambda c: c.value.kind == "rectangle" and not c.value.name)
    key = say.word("limit key")  # “remove the background”
    if not (box or key) or not _noun(say):
        raise Miss
    gone = key or say.word("not, remove, hide, turn off, cut off")
    say.words("make, give, put, add, set, change, have")
    at = say.clause.chunks.index(box) if box else 0
    colour = say.clause.chunks[at - 1] if at else None
    values: dict[str, Any] = {"background": "none" if gone else "#000000"}
    if colour is not None and isinstance(colour.value, Colour):
        say.used.add(at - 1)
        values = {"background": colour.value.hex}
    values = _look(say) | values
    say.close()
    operation = Update(selector=selector(there), **values)
    return Step((operation,), tuple(p.item.id for p in there))


def _captioned(scene: Scene, asked: tuple[Placed, ...], look: Mapping[str, Any]) -> Step:
    """Captions of what is said in some items; those that are there keep their words."""
    there = _there(scene)
    known = there_are(scene.comp)
    new = [p for p in asked if isinstance(p.item, Video | Audio) and p.item.clip not in known]
    look_into(scene.request, new, "speech")
    rows = spoken_rows(scene.request, dict.fromkeys(getattr(p.item, "clip", "") for p in new))
    if not there and not any(rows.values()):
        raise refuse(f"{NOBODY} So there is nothing to caption. Nothing was changed.")
    if there and not any(rows.values()):
        if not look:
            raise already("The captions are there already; nothing was changed.")
        return Step((Update(selector=selector(there), **look),), tuple(p.item.id for p in there))
    ids = tuple(p.item.id for p in there) or (scene.fresh_id(PREFIX["captions"]),)
    return Step((Caption(cues=rows, **look),), ids)


def _meant(scene: Scene, clips: Chunk | None) -> tuple[Placed, ...]:
    """The items that are to be captioned: those named, else all in which somebody may speak."""
    everyone = voices(scene.timeline)
    if not scene.clips():
        raise refuse("The timeline is still empty: drop a clip into the chat first.")
    if clips is None or clips.value.pronoun or clips.value.kind in ("film", "all", "voice"):
        return everyone
    ref = clips.value
    if ref.which == "newest" or (ref.kind in ("clip", "video") and not _tells(ref)):
        return everyone
    items = find(scene, ref)
    if silent := [p for p in items if p not in everyone]:
        raise refuse(
            f"Nothing is to be heard of “{silent[0].item.label}”, so there is nothing to caption. "
            "Nothing was changed."
        )
    return items


def _tells(ref: Reference) -> bool:
    return bool(ref.name or ref.numbers or ref.which or ref.ids or ref.parts or ref.but)


def _noun(say: Say) -> bool:
    """Take the captions that are spoken of; “caption” and “subtitle” are verbs too."""
    if say.word("spoken captions"):
        return True
    if found := say.chunk(Reference, test=_is_several):
        return not (found.value.says or found.value.numbers)
    first = next((c for c in say.clause.chunks if not _is_idle(c)), None)
    if first is None or not any(_is_object(c) for c in say.clause.chunks if c is not first):
        return False
    verb = isinstance(first.value, Word) and first.value.text == "caption"
    noun = isinstance(first.value, Reference) and first.value.noun == "subtitle"
    if noun and not (first.value.definite or first.prep):
        say.used.add(say.clause.chunks.index(first))
        return True
    return verb


def _is_idle(chunk: Chunk) -> bool:
    return isinstance(chunk.value, Word) and chunk.value.idle


def _is_object(chunk: Chunk) -> bool:
    return isinstance(chunk.value, Reference) and not chunk.prep


def _is_noun(chunk: Chunk) -> bool:
    word = chunk.value
    if isinstance(word, Word):
        return "spoken captions" in word.meanings
    return isinstance(word, Reference) and (word.kind in _NOUNS or _is_several(chunk))


def _is_several(chunk: Chunk) -> bool:
    """“captions”, “the subs”; where the film has some, that is their name too."""
    ref = chunk.value
    return bool((ref.kind in _NOUNS and ref.plural) or ref.name.casefold() == "captions")


def _look(say: Say) -> dict[str, Any]:
    values = style(say, sizes=True)
    if "size" in values:
        values["size"] = _SIZES.get(values["size"], values["size"])
    return values


def _there(scene: Scene) -> tuple[Placed, ...]:
    return tuple(p for p in scene.timeline.placed if isinstance(p.item, Captions))


def correct(say: Say) -> Step:
    """“replace 'Jon' with 'John' in the captions”."""
    say.need_word("replace")
    old, new = say.take(Quote, ""), say.take(Quote, "with")
    noun = say.chunk(Reference, "in", test=_is_several)
    if old is None or new is None or noun is None:
        raise Miss
    say.close()
    there = _there(say.scene)
    if not there:
        raise refuse("There are no captions yet: say “add captions” first. Nothing was changed.")
    said = " ".join(cue.text for row in there_are(say.scene.comp).values() for cue in row)
    if old.text.casefold() not in said.casefold():
        raise refuse(f"No caption says “{old.text}”. Nothing was changed.")
    operation: AnyOperation = Reword(find=old.text, text=new.text)
    return Step((operation,), tuple(p.item.id for p in there))


RULES = (
    rule(beyond),
    rule(correct, "replace"),
    rule(off, "off"),
    rule(boxed),
    rule(caption),
)
