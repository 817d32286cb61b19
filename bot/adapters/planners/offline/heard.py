"""Questions about what is said: “when does he say 'launch'?”, “transcript, please”."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.planners.offline.content import look_into
from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.message import own_words, source
from bot.adapters.planners.offline.phrases import Break, Reference, Stretch, Time, Word
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.said import NOBODY, unheard
from bot.adapters.planners.offline.saying import unquoted
from bot.adapters.planners.offline.scan import scan
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.vocabulary.speech import ABOUT, LOOSE, PIECE, QUOTE, SAYS, WHO
from bot.adapters.planners.speech import Hit, Speech, voices
from bot.engine.layout import Placed, layout
from bot.engine.timebase import timecode
from bot.ports import Answer, Request

_LONGEST = 1500  # letters
_MOST_LISTED = 12

_PHRASE = rf"(?:the (?:words?|phrase|name) )?(?P<phrase>{QUOTE}|{LOOSE})"
_SAY = rf"(?:{SAYS}|{ABOUT})"
_DO = r"(?:do|does|did|is|was|are|were|has|have)"
_TRANSCRIPT = tuple(
    re.compile(pattern + r"(?: (?P<tail>(?:in|at|around|from|between|during|of|for|on)\b.*))?",
               re.IGNORECASE)
    for pattern in (
        rf"what (?:is|are|was|were) (?:{WHO})?(?:being |actually )?"
        r"(?:said|saying|spoken|talking about|told)",
        rf"what (?:do|does|did) {WHO}(?:actually |exactly )?(?:say|talk about|tell(?: us)?)",
        r"(?:(?:give|show|get|send|print|read|make|write|create|post|see)(?: me| us)? )?"
        r"(?:(?:a|the|full|whole|complete|an|entire|text) )*transcript(?:ion|s)?",
        r"transcribe(?: (?:it|this|that|everything|(?:the |this )?(?:video|film|whole thing)))?",
    )
)  # fmt: skip
_WHERE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:when|where|at (?:what|which) (?:time|point|second|moment)s?) {_DO}"
        rf" (?:{WHO}{_SAY} {_PHRASE}"
        rf"|(?P<named>{QUOTE}|[\w' -]+?) (?:said|mentioned|talked about|brought up))",
        rf"(?:find|locate|search(?: for)?|look for|show)(?: me| us)?"
        rf" (?:(?:all|every|each|any|of|the|both|everything) )*(?:{PIECE}s? |times? |places? )?"
        rf"(?:where|when|that|in which|which)? ?(?:{WHO})?{_SAY} {_PHRASE}",
        rf"(?:find|locate|search(?: for)?|look for)(?: me)? (?:the )?(?:words?|phrase) {_PHRASE}",
        rf"how (?:often|many times) {_DO} (?:{WHO}{_SAY} {_PHRASE}"
        rf"|(?P<named>{QUOTE}) (?:said|mentioned))",
        rf"{_DO} {WHO}{_SAY} {_PHRASE}|is (?P<named>{QUOTE}) (?:ever )?(?:said|mentioned)",
    )
)
_POLITE = re.compile(
    r"^(?:(?:hey|hi|ok|okay|please|pls|plz|so|and|can you|could you|can i|could i|would you|i want"
    r"|i need|tell me|do you know|chatkut)[, ]+)+|[\s?!.]+$|[, ]+(?:please|pls|plz|thanks|thx)$",
    re.IGNORECASE,
)


def answer(request: Request, lexicon: Lexicon) -> Answer | None:
    """What is said, or where; None where a message asks nothing of the sort.

    Raises:
        Unseen: Somebody has to listen first.
        Unclear: Nobody says that, or it is not clear which clip is meant.
    """
    timeline = layout(request.comp)
    text = _plain(own_words(request.text))
    if not timeline.main:
        return None
    for pattern in _TRANSCRIPT:
        if match := pattern.fullmatch(text):
            return _transcript(request, lexicon, match["tail"] or "")
    for pattern in _WHERE:
        if match := pattern.fullmatch(text):
            named = match.groupdict().get("named")
            return _where(request, lexicon, named or match["phrase"])
    return None


def _plain(text: str) -> str:
    """A message without manners and marks at its ends."""
    before, text = "", re.sub(r"(?i)\b(what)(?:'s|’s)", r"\1 is", " ".join(text.split()))
    while before != text:
        before, text = text, _POLITE.sub("", text).strip()
    return text


# --- what is said ---


def _transcript(request: Request, lexicon: Lexicon, tail: str) -> Answer | None:
    read = _within(request, lexicon, tail)
    if read is None:
        return None
    items, span = read
    look_into(request, items or voices(layout(request.comp)), "speech")
    speech = Speech(request, layout(request.comp), items)
    if not speech.lines:
        return Answer(NOBODY)
    said = [hit for hit in speech.sentences() if span is None or _touches(hit, span)]
    if not said:
        return Answer("Nobody speaks there." + _nearest(speech, span))
    return Answer(_listed(said))


def _listed(said: Sequence[Hit]) -> str:
    lines = [f"{timecode(hit.onset)} {hit.text}" for hit in said]
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(line) > _LONGEST:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    more = f"\n… and {left} more sentences. “add captions”, then “export srt” gives all as a file."
    return "\n".join(kept or [lines[0][:_LONGEST]]) + (more if left and kept else "")


def _touches(hit: Hit, span: tuple[float, float]) -> bool:
    return hit.onset <= span[1] and span[0] <= hit.ending


def _nearest(speech: Speech, span: tuple[float, float] | None) -> str:
    """What is said next to a stretch in which nobody speaks."""
    if span is None:
        return ""
    behind = next((hit for hit in speech.sentences() if hit.onset > span[1]), None)
    return f" The next words: “{behind.text}” at {behind.place}." if behind else ""


def _within(
    request: Request, lexicon: Lexicon, tail: str
) -> tuple[tuple[Placed, ...], tuple[float, float] | None] | None:
    """The clips and the stretch that the end of a question names; None if it cannot be read."""
    src = source(tail, request.comp, lexicon)
    scene = Scene.of(replace(request, text=tail), src)
    items: tuple[Placed, ...] = ()
    span: tuple[float, float] | None = None
    for chunk in scan(src):
        match chunk.value:
            case Reference(kind="film" | "all" | "video", name="", numbers=()):
                continue
            case Reference(pronoun=True):
                continue
            case Reference() as ref:
                items = find(scene, ref)
            case Time(seconds=seconds):
                span = (seconds, seconds)
            case Stretch() as stretch:
                start, end = scene.moment(stretch.start), scene.moment(stretch.end)
                if start is None or end is None:
                    return None
                span = (start, end)
            case Break():
                continue
            case Word(idle=True):
                continue
            case _:
                return None
    return items, span


# --- where something is said ---


def _where(request: Request, lexicon: Lexicon, words: str) -> Answer:
    """When a phrase is said; without quotes its end may name a clip (“… in the outro”)."""
    phrase, tail = _parted(words)
    read = _within(request, lexicon, tail) if tail else ((), None)
    items = read[0] if read else ()
    look_into(request, items or voices(layout(request.comp)), "speech")
    speech = Speech(request, layout(request.comp), items)
    wanted = phrase if read else words
    quoted = re.fullmatch(QUOTE, wanted)
    hits = (speech.hits if quoted else speech.loosely)(unquoted(wanted))
    if not hits:
        raise unheard(speech, unquoted(wanted), asked=True)
    places = ", ".join(hit.place for hit in hits[:_MOST_LISTED])
    more = f" and {len(hits) - _MOST_LISTED} more" if len(hits) > _MOST_LISTED else ""
    times = "once" if len(hits) == 1 else f"{len(hits)} times"
    return Answer(f"“{unquoted(wanted)}” is said {times}: at {places}{more}.")


def _parted(words: str) -> tuple[str, str]:
    if re.fullmatch(QUOTE, words):
        return words, ""
    found = re.search(r" (?:in|during|of) (?:the |my |clip ).*$", words, re.IGNORECASE)
    return (words[: found.start()], found[0]) if found else (words, "")
