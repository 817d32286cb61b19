"""Wishes for which the film tells too little: what is so already, and what can be asked for."""

import re

from bot.adapters.planners.offline.outcomes import Miss, Step, already, puzzled
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say

_MOST_NAMED = 4
_CLIPS = r"(?:clips?|videos?|vids?|shots?|scenes?|parts?|pieces?|files?|ones)"
_THEM = (
    r"(?:(?:all (?:of )?|both (?:of )?)?(?:these|those|them|it|this|everything|all|both)"
    rf"|(?:(?:all|both|these|those|the|my|our|two|three|of) )*{_CLIPS})(?: all| both)?"
)
_TOGETHER = re.compile(
    rf"\b(?:put|stitch|glue|string|join|merge|combine|connect|edit|cut) {_THEM} (?:back )?together"
    rf"|\b(?:join|merge|combine|stitch|concatenate|concat) {_THEM}"
    r"(?: (?:into|in|to) (?:one|a single|a)(?: (?:video|film|movie|clip|file))?)?"
)
_DULL = re.compile(
    r"\b(?:boring|dull|tedious|uninteresting|unimportant|irrelevant|pointless|useless|unnecessary"
    r"|bad|lame)(?: (?:parts?|bits?|pieces?|moments?|sections?|stuff|things?))"
)
_POLITE = re.compile(
    r"^(?:(?:please|pls|can|could|would|will|you|we|i|want|to|just|now|then|and|let's|lets) )+"
    r"|(?: (?:please|pls|thanks|thx|now|for me))+$"
)


def together(say: Say) -> Step:
    """“put these together”: the clips of the main track are one film already."""
    clips = say.scene.clips()
    if len(clips) < 2 or _names(say) or not _TOGETHER.fullmatch(_spoken(say)):
        raise Miss
    row = ", ".join(f"“{placed.item.label}”" for placed in clips[:_MOST_NAMED])
    more = ", …" if len(clips) > _MOST_NAMED else ""
    raise already(f"The clips already play one after the other: {row}{more}; nothing was changed.")


def dull_parts(say: Say) -> Step:
    """“cut out the boring parts”: what counts as boring, nobody has said."""
    if not (say.clause.means("remove, cut, cut off, trim") and _DULL.search(_spoken(say))):
        raise Miss
    if _names(say):
        raise Miss
    raise puzzled(
        "I cannot tell which parts are boring. I can cut out the silences (“remove the silences "
        "longer than 1 second”), the black parts (“remove the black parts”), or times that you "
        "give me (“cut 0:12-0:15”)."
    )


def _spoken(say: Say) -> str:
    src, chunks = say.scene.source, say.clause.chunks
    text = " ".join(src.text(at) for at in range(chunks[0].first, chunks[-1].last))
    return _POLITE.sub("", text)


def _names(say: Say) -> bool:
    """Whether a noun phrase holds words of a label: “the boring bit” may be a clip."""
    known = say.scene.source.label_words
    return any(_says(say, ref) & known or ref.ids for ref in say.references())


def _says(say: Say, ref: Reference) -> set[str]:
    return {say.scene.source.text(at) for at in range(ref.first, ref.last)}


RULES = (rule(together), rule(dull_parts, "remove, cut, cut off, trim"))
