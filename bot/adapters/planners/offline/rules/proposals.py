"""Edits that are thought aloud: “should we …?”, “maybe …? what do you think”; they are offered."""

import re

from bot.adapters.planners.offline.outcomes import Miss, Result, ask
from bot.adapters.planners.offline.phrases import Reference, Word
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.ports import Choice

_OPINIONS = re.compile(
    r"\b(?:think|thoughts|opinions?|agree|not sure|idk|dunno|or (?:not?|nah)|anyone|feelings)\b",
    re.IGNORECASE,
)


def hedged(say: Say) -> Result:
    """“maybe mute the intro? what do you all think”: said to everybody; the edit is offered."""
    head = say.clause.chunks[0]
    src = say.scene.source
    maybe = getattr(head.value, "text", "") in ("maybe", "perhaps")
    others = _OPINIONS.search(src.message[say.clause.span(src)[1] :])
    if not (maybe and others and say.clause.has_verb):
        raise Miss
    wish = say.scene.source.raw(head.last, say.clause.chunks[-1].last)
    raise ask(f"Shall I do that: “{wish}”?", Choice("Yes, do it", wish))


def should(say: Say) -> Result:
    """“should the music be louder?”: a question about taste; the edit is offered."""
    head = say.clause.chunks[0].value
    ref = say.chunk(Reference, "")
    asked = say.clause.asked and isinstance(head, Word) and head.text == "should"
    if not asked or ref is None or ref.last == say.clause.chunks[-1].last:
        raise Miss
    src, last = say.scene.source, say.clause.chunks[-1].last
    wish = f"{src.raw(ref.first, ref.last)} should {src.raw(ref.last, last)}"
    raise ask(f"Shall I do that: “{wish}”?", Choice("Yes, do it", wish))


def proposal(say: Say) -> Result:
    """“should we trim the first clip to 2 seconds?”."""
    word = say.need_word("proposal")
    first = next((w for w in say.clause.words() if not w.idle or w.meanings), None)
    if word is not first:
        raise Miss
    src = say.scene.source
    chunks = [c for c in say.clause.chunks if not (isinstance(c.value, Word) and c.value is word)]
    if not chunks:
        raise Miss
    wish = src.raw(chunks[0].first, chunks[-1].last)
    raise ask(f"Shall I do that: “{wish}”?", Choice("Yes, do it", wish))


RULE = rule(proposal, "proposal")
BEFORE = (rule(hedged), rule(should))
