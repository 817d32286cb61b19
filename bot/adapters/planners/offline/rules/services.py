"""What is asked of the program beside the film: upload and share links, export, what it cost.

These change nothing in the film, and people ask for them in endless ways, so a few words that go
together are enough. A clause that edits, names something of the timeline, writes a text, denies, or
sets a condition is not about them.
"""

import re
from collections.abc import Mapping

from bot.adapters.planners.offline.clause import listed
from bot.adapters.planners.offline.outcomes import Miss, Unclear
from bot.adapters.planners.offline.phrases import Quote, Reference
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.wants import WHOLE
from bot.ports import Command, CommandName, ExportFormat

_BIG = r"(?:too|so|really|very|super|pretty|kinda|way too) (?:big|large|heavy|huge)"
_FILE = r"(?:file|video|vid|clip|footage|recording|movie|attachment|it|this|that|they)s?"
_THINGS = rf"(?:{_FILE}|something|anything|stuff)(?: (?:really |very )?(?:big|large|huge|long))?"
_MANY = r"(?:(?:an?|some|more|my|our|the|these|really|very|big|large|huge|long) )*"
_SEND = r"(?:attach|upload|send|drop|post|paste)"
_ASKED = (
    r"\b(?:give|get|make|create|need|want|send|is there|have|got|can|could|export|show|render"
    r"|save)\b"
)
_FORMAT = (
    r"(?:edl|otio|opentimelineio|fcp ?xml|fcpx?|xml|cmx ?3600|json|project file|srt|vtt|web ?vtt"
    r"|sub ?rip)"
)
_EDITOR = r"(?:adobe )?(?:premiere|davinci|resolve|final cut pro|avid)"
_FORMATS: Mapping[ExportFormat, tuple[str, str]] = {
    "edl": (r"edl|cmx ?3600", "premiere|avid"),
    "otio": ("otio|opentimelineio", "resolve|davinci"),
    "json": ("json", "json"),
    "srt": ("srt|sub ?rip", "srt"),
    "vtt": ("vtt|web ?vtt", "vtt"),
}
_PLEASE = ("pls", "plz", "bitte")
_SPENT = r"(?:spent|spending|bill|invoice|charged)"
_OTHERS = r"(?:my |our |the |a )?(?:client|customer|boss|team|colleague|friend|mom|mum|family)s?"
_FILM = r"(?:it|this|that|(?:the|our|my) (?:film|video|edit|cut|result|movie))"
_WATCH = r"(?:see|watch|view|look at|review)"
_TOPICS: Mapping[CommandName, str] = {
    "upload": (
        r"\bupload(?:ing|er)? ?(?:link|page|form|url)s?\b|\b(?:links?|page) to (?:upload|send)\b"
        rf"|^(?:/ )?upload(?: {_MANY}{_THINGS})?(?: please)?$"
        rf"|\b(?:can|could|may|let|want|need|like)\b.*\bupload {_MANY}{_THINGS}$"
        r"|\b(?:where|how)\b.* (?:upload|send you|give you|get you)\b"
        rf"|\b(?:file|attachment|recording|footage)s? (?:is|are|was|were) {_BIG}\b"
        rf"|\b{_FILE}(?: is| are)? {_BIG} (?:for|to) (?:slack|discord|{_SEND})"
        rf"|\d (?:gb|gigs?|gigabytes?)\b|\b(?:(?:will|can) not|wont|cant) (?:let me )?{_SEND}\b"
    ),
    "share": (
        r"^share$|\bshare an? (?:link|page)\b"
        r"|\bshare (?:this|it|that|with|page|link|the (?:film|video|edit|cut|result|link))\b"
        r"|\b(?:share|sharing|shareable|review|public|viewing) (?:link|page|url)s?\b"
        rf"|\b(?:show|send|present) {_FILM} to {_OTHERS}$|\bshow {_OTHERS} {_FILM}$"
        rf"|\b(?:can|could|do|does|will|shall|let|lets) {_OTHERS} {_WATCH} {_FILM}$"
        rf"|{_ASKED}.*\blinks?\b|^(?:a |the )?links? (?:for|to|please)\b"
    ),
    "export": (
        rf"{_ASKED}.*\b{_FORMAT}\b|^(?:an? )?{_FORMAT}(?: please)?$"
        rf"|{_ASKED}.*\b(?:in|into|to|for) {_EDITOR}\b"
    ),
    "budget": (
        r"\b(?:how much|what|show)\b.*\bbudgets?\b|^(?:the |our |my )?budget(?: left)?(?: please)?$"
        r"|\b(?:how much|what)\b.*\b(?:may|can|could|allowed to) (?:we |i |they )?(?:still )?spend"
        r"(?: here| now| this month)?$"
    ),
    "cost": (
        rf"\b(?:how much|what|show)\b.*\b(?:{_SPENT}|cost (?:us|me|so far|this month|today))\b"
        r"|\b(?:how much|what) (?:did|has|have)\b.*\b(?:cost|spend)\b"
        r"|\bhow much money\b"
        rf"|^(?:the )?(?:costs?|{_SPENT})(?: so far| this month| today| left)(?: please)?$"
    ),
}
_ELSEWHERE = re.compile(
    r"\b(?:youtube|instagram|insta|tiktok|facebook|twitter|vimeo|set|limit|raise|lower)\b"
    r"|^(?:did|does|was|were|has)\b|\b(?:download|install|buy)\b"
    r"|\b(?:will|would|going to|gonna)\b.* cost"
    r"|\bcosts? (?:me |us )?(?:to|if) "
    r"|\blinks? (?:to|of|in) (?:the |our |my |your )?"
    r"(?!video|film|edit|cut|this\b|it\b|share|show|upload|send)"
    r"|\bwhat is an? |[$€£]|https?\b"
)
_HARMLESS = listed(
    "make, do, give, use, say, take, go, come, show, render, move, have, change, estimate, timeline"
)


def service(say: Say) -> Command:
    """“give me an upload link”, “share this”, “export an EDL”, “what is the budget?”."""
    text = _spoken(say)
    name = next((name for name, topic in _TOPICS.items() if re.search(topic, text)), None)
    if name is None or _ELSEWHERE.search(text) or _is_about_film(say, denied=name != "upload"):
        raise Miss
    return Command(name, format=_format(text) if name == "export" else None)


def _format(text: str) -> ExportFormat | None:
    """The one format that is named, or else that of the one program; None for every file."""
    for column in (0, 1):
        told = [
            kind for kind, row in _FORMATS.items() if re.search(rf"\b(?:{row[column]})\b", text)
        ]
        if told:
            return told[0] if len(told) == 1 else None
    return None


def _spoken(say: Say) -> str:
    """The words of the clause in plain English, typos mended."""
    src, chunks = say.scene.source, say.clause.chunks
    words = (src.text(at) for at in range(chunks[0].first, chunks[-1].last))
    return " ".join("please" if word in _PLEASE else word for word in words)


def _is_about_film(say: Say, *, denied: bool) -> bool:
    """Whether the clause writes, denies, sets a condition, edits, or names an item."""
    words = list(say.clause.words())
    verbs = [word for word in words if word.verb and not word.idle and word.text != "cut"]
    edits = any(not word.meanings & _HARMLESS for word in verbs) or (
        say.clause.means("cut") and "final cut" not in _spoken(say)
    )
    denies = any(w.meanings & {"not"} for w in words) and denied
    depends = any("condition" in word.meanings for word in words[1:])
    writes = say.chunk(Quote, test=lambda chunk: not chunk.value.unquoted) is not None
    names = any(_is_item(say, ref) for ref in say.references())
    return edits or denies or depends or writes or names


def _is_item(say: Say, ref: Reference) -> bool:
    """Whether a noun phrase singles out something of the timeline."""
    if ref.says:
        return True
    if ref.pronoun or not (ref.name or ref.numbers or ref.ids or ref.which):
        return False  # “share this”: what the thread is about, too
    try:
        return bool(find(say.scene.copied(), ref, WHOLE))
    except Unclear:
        return False


RULE = rule(service)
