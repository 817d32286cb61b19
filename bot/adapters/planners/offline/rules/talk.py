"""Talk that changes nothing: manners, negation, complaints, scope, what cannot be done."""

import re
from collections.abc import Mapping

from bot.adapters.planners.offline.clause import skippable, stays_so
from bot.adapters.planners.offline.outcomes import (
    Miss,
    Result,
    Scope,
    Talk,
    Unclear,
    ask,
    puzzled,
)
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Edge,
    Point,
    Quote,
    Reference,
    Stretch,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules import limits, proposals
from bot.adapters.planners.offline.rules.complaints import complaint, fixed_next
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import WITHIN, Say
from bot.adapters.planners.offline.spans import Span, located, span
from bot.adapters.planners.offline.wants import WHOLE
from bot.ports import Choice

_MANNERS = ("praise", "thanks", "greeting", "yes", "cancel")
_REPLIES: Mapping[str, str] = {
    "thanks": "You are welcome.",
    "greeting": "Hello! Tell me what to change, or say “help”.",
    "praise": "Glad that you like it. Nothing was changed.",
    "yes": "All right; nothing was changed.",
    "cancel": "All right, nothing was changed.",
}


def praised(say: Say) -> Talk:
    """“the render looks great”: what would be a command is only a noun here."""
    verbs = [word for word in say.clause.words() if word.verb and not word.idle]
    if not verbs or not all(word.noun for word in verbs):
        raise Miss
    return manners(say)


def manners(say: Say) -> Talk:
    """“thanks, that looks great”."""
    word = say.need_word(*_MANNERS)
    head = say.clause.chunks[0].value
    if isinstance(head, Word) and "make" in head.meanings:
        raise Miss  # “make the beach nice”
    if say.clause.means("not") and not word.meanings & {"cancel"} and say.clause.means("is"):
        raise Miss
    say.words(*_MANNERS, "is", "too", "very", "large", "small", "faster", "bot")
    talked = say.words(
        "cut, fade in, fade out, transition, zoom in, zoom out, effect, do, render, end, start, "
        "unknown person, color, make, say, have, loop, go, work, come, timeline, preset preview"
    )
    things = say.all(Reference)
    if any(not ref.pronoun for ref in things) and word.meanings <= {"greeting", "yes"}:
        raise Miss  # “title = Hola”
    things = things if "cancel" not in word.meanings else [t for t in things if not t.pronoun]
    talked = any([*things, *say.all(Point)]) or talked
    if talked and not word.meanings & {"praise", "thanks", "greeting", "yes"}:
        raise Miss
    if say.clause.asked and "praise" in word.meanings:
        raise Miss
    say.close()
    kinds = [name for name in _MANNERS if say.clause.means(name)]
    order = ("cancel", "thanks", "praise", "greeting", "yes")
    first = next(name for name in order if name in kinds)
    if first == "yes" and say.clause.means("do"):
        raise ask("What shall I do? Say it in one sentence, such as “mute the second clip”.")
    return Talk(_REPLIES[first], cancels=first == "cancel")


_NOT_ONLY = re.compile(r"\bnot (?:only|just)\b", re.IGNORECASE)
_ALONE = ("alone", "untouched", "unchanged", "same", "way", "original")


def hands_off(say: Say) -> Result:
    """“don't touch the music”, “leave the music alone”, “no music”, “but keep the intro”."""
    head = next(
        (c.value for c in say.clause.chunks if isinstance(c.value, Word) and not c.value.idle), None
    )
    stays = head is not None and stays_so(say.clause)
    if head is None or not (head.meanings & {"not", "leave", "keep"} or stays):
        raise Miss
    if _NOT_ONLY.search(say.clause.raw(say.scene.source)):
        raise Miss  # “not only mute the hero but also blur it”
    word = say.need_word("last for" if stays else "not, leave, keep")
    verb = _next_verb(say) if "not" in word.meanings else None
    if "not" in word.meanings and verb is None:
        return _without(say)
    while say.chunk(Unknown, test=lambda c: c.value.text in _ALONE):
        pass
    refs = say.all(Reference)
    if "keep" in word.meanings:
        say.words("sound, volume")
    if verb is not None:
        for kind in (Time, Stretch, Edge, Point, Quote):
            say.all(kind)
        say.words("sound, volume, louder, quieter, bigger, smaller, longer, shorter")
    say.close()
    if not refs and verb is None:
        raise Miss
    about = tuple(p.item.id for ref in refs for p in find(say.scene, ref))
    if verb is None or verb.meanings & {"touch", "change"}:
        return Scope(excluded=about)
    say.scene.mentioned = about or say.scene.mentioned
    return Talk("All right, nothing was changed.")


def _next_verb(say: Say) -> Word | None:
    """The verb that a "not" denies: the next word that is not idle."""
    for at, chunk in enumerate(say.clause.chunks):
        word = chunk.value
        if at in say.used or not isinstance(word, Word):
            continue
        if word.verb and not word.noun:
            say.used.add(at)
            return word
        if not word.idle:
            return None
    return None


def _without(say: Say) -> Result:
    """“no music”: a wish to be rid of it, or only the subject of what follows."""
    within = say.peek(Reference) and not say.peek(Reference, "")
    refs = say.all(Reference)
    say.close()
    if not refs:
        raise Miss
    if _corrects(say, refs):
        raise ask(
            "I cannot carry a correction over. Say “undo” first, and then what to do with which.",
            Choice("Undo the last edit", "undo"),
        )
    items = [p for ref in refs for p in find(say.scene, ref)]
    if (say.clause.joined and say.scene.after != say.scene.comp) or _denies(say):
        counted = any(ref.numbers and not (ref.kind or ref.name or ref.ids) for ref in refs)
        return Scope(excluded=tuple(p.item.id for p in items), within=within, counted=counted)
    if fixed_next(say):
        return Scope(about=tuple(p.item.id for p in items))
    if len(items) > 1 and len(refs) > 1:
        raise Miss  # “no voice in the boat”: nothing that could be deleted
    targets = " and ".join(f"@{p.item.id}" for p in items)
    raise ask(f"Shall I delete “{items[0].item.label}”?", Choice("Delete it", f"delete {targets}"))


def _corrects(say: Say, refs: list[Reference]) -> bool:
    """“not the beach, the outro”, “not the beach but the outro”: the other one was meant."""
    denied = "not" in [word.text for word in say.clause.words()]
    listed = len(refs) > 1 or any(len(ref.parts) == 2 and " and " not in ref.words for ref in refs)
    return denied and listed and not say.clause.means("touch, change")


def conditional(say: Say) -> Result:
    """“delete it if it is boring”, “whenever it is silent, cut it”."""
    chunks = say.clause.chunks
    for at, chunk in enumerate(chunks[:-2]):
        text, then = getattr(chunk.value, "text", ""), chunks[at + 2].value
        moves = isinstance(then, Word) and then.meanings & {"start", "end"}
        if (
            text in ("when", "once", "where")
            and isinstance(chunks[at + 1].value, Reference)
            and moves
        ):
            raise Miss
    if say.clause.means("freeze, reverse"):
        raise Miss
    raise puzzled(
        "I cannot judge that by myself. Tell me the times or the clips, and what to do with them: "
        "“cut 0:12-0:15”, “mute the second clip”."
    )


def _denies(say: Say) -> bool:
    """“but not the music”: only what another clause says is held off from it."""
    return say.clause.joined and "not" in [word.text for word in say.clause.words()]


def remark(say: Say) -> Scope:
    """“clip 1 is sideways, rotate it”: a statement before a request tells what “it” is."""
    words = [c for c in say.clause.chunks if isinstance(c.value, Word) and not c.value.idle]
    if not words or say.clause.asked or say.clause.means("condition"):
        raise Miss
    if say.clause.chunks[0] is words[0] and "ask" in words[0].value.meanings:
        raise Miss
    if not fixed_next(say):
        return _afterthought(say)
    told = words[0].value.meanings & {"is", "unknown person"} or _states(say, words[0])
    subject = next(
        (c.value for c in say.clause.chunks if isinstance(c.value, Reference) and not c.prep), None
    )
    if not told:
        raise Miss
    text = say.clause.raw(say.scene.source)
    stretch = span(say, open_ended=False)
    if stretch is not None:
        say.scene.pieces = (_spoken_of(say, stretch),)
    elif subject is not None and not subject.pronoun and _known(say, subject):
        return Scope(about=tuple(p.item.id for p in find(say.scene, subject)), remark=text)
    return Scope(remark=text)


def _spoken_of(say: Say, stretch: Span) -> tuple[float, float]:
    """“the last 3 seconds of the kitchen are shaky, cut them”."""
    aim = say.aim(*WITHIN)
    return stretch.seconds() if aim.ref is None or aim.whole else located(aim, stretch, aim.one())


def _states(say: Say, word: Chunk) -> bool:
    """“the outro starts too early”: the third person tells, it does not ask."""
    first = next(chunk for chunk in say.clause.chunks if not skippable(chunk))
    subject = isinstance(first.value, Reference) and not first.prep and first.first < word.first
    return subject and word.value.verb and word.value.text.endswith("s")


def _afterthought(say: Say) -> Scope:
    """“delete the beach, it's boring”: a reason behind the request."""
    scene = say.scene
    subject = say.clause.chunks[0].value
    about = isinstance(subject, Reference) and subject.pronoun
    if not (say.clause.joined and about and scene.after != scene.comp) or _adds(say):
        raise Miss
    return Scope(remark=say.clause.raw(scene.source))


def _adds(say: Say) -> bool:
    """“…, it's too dark, and the outro too”: behind the reason comes one more request."""
    chunks = say.clause.chunks
    breaks = [at for at, chunk in enumerate(chunks) if isinstance(chunk.value, Break)]
    behind = chunks[breaks[0] :] if breaks else ()
    return any(isinstance(c.value, Reference) and not c.value.pronoun for c in behind)


def _known(say: Say, ref: Reference) -> bool:
    """Whether a noun phrase names something; a remark may speak of anything."""
    try:
        find(say.scene, ref, WHOLE)
    except Unclear:
        return False
    return True


def scope(say: Say) -> Scope:
    """“in the second clip”, “for the title:”: what the following clauses are about."""
    if say.clause.joined and say.clause.means("too"):
        raise Miss  # “mute the beach, the outro too but …”: a request of its own
    if say.brings_overlay():
        raise Miss  # “over the outro only, half transparent”, with a picture attached
    stretch = span(say)
    refs = say.all(Reference)
    say.close()
    if stretch is not None and not refs:
        words = say.clause.raw(say.scene.source)
        return Scope(stretch=stretch.seconds(), remark=words)
    if not refs or stretch is not None or any(ref.every and not ref.kind for ref in refs):
        raise Miss
    about = tuple(p.item.id for ref in refs for p in find(say.scene, ref))
    return Scope(about=about, words=say.clause.raw(say.scene.source))


def vague_cut(say: Say) -> Result:
    """“cut to the beach”, “rough cut please”: not an edit that can be carried out."""
    say.need_word("cut")
    if say.peek(Edge):
        raise Miss  # “cut the first 2 and the last 3 seconds” is read part by part
    raise puzzled(
        "What shall I cut? Say for example “cut 0:02-0:04”, “cut the beach clip at 0:05” or "
        f"“move the beach to the start”. I was not sure about “{say.clause.raw(say.scene.source)}”."
    )


def open_quote(say: Say) -> Result:
    """A quotation that does not end."""
    say.need_word("open quote")
    raise ask(
        "A quote is not closed, so I cannot tell where the text ends. Can you add the "
        "closing quote?"
    )


def _no_break(value: object) -> bool:
    return not isinstance(value, Break)


PRAISED = rule(praised, "praise")
FIRST = (
    rule(open_quote, "open quote"),
    *proposals.BEFORE,
    rule(conditional, "condition"),
    proposals.RULE,
    rule(manners, "praise, thanks, greeting, yes, cancel"),
)
LAST = (
    rule(hands_off),
    rule(complaint),
    rule(remark),
    limits.RULE,
    rule(scope),
    rule(vague_cut, "cut"),
)
