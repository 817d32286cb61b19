"""Where a message tells a time by words that are said: “before she says 'welcome'”."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

from bot.adapters.planners.offline.labels import spelling
from bot.adapters.planners.offline.vocabulary.speech import (
    ABOUT,
    DOING,
    EACH,
    FILLERS,
    LOOSE,
    PIECE,
    QUOTE,
    SAYS,
    SWEARING,
    VERBS,
    WHO,
    WRITING,
)
from bot.engine.composition import Composition, Text

Lead = Literal["before", "until", "after", "from", "part", "when", "words"]
Verb = Literal["keep", "remove", "mute", "split", "begin", "end", "stretch", "cut", ""]

_SPOT = r"(?:where|when|that|in which|at which)"
_GROUP = rf"(?:(?:only |all |all of )?(?:the |those )?){PIECE}s"
_NEAR = r"(?:(?<!top )(?<!bottom )(?<!upper )(?<!lower )(?:right |just |shortly ))?"
_LEADS = (
    rf"(?:{_NEAR}(?P<before>before)"
    rf"|(?P<until>until|till|up (?:to|until|till)))(?: the {PIECE})?(?: {_SPOT})?"
    rf"|{_NEAR}(?P<after>after)(?: the {PIECE})?(?: {_SPOT})?"
    rf"|(?P<from>from)(?: the {PIECE})? {_SPOT}"
    rf"|(?P<each>{EACH}|{_GROUP} {_SPOT})"
    rf"|(?P<part>(?:(?:at|to|in) )?(?:the |that )(?:\w+ )?{PIECE} {_SPOT})"
    rf"|(?P<when>at the (?:exact )?(?:moment|second|time)(?: {_SPOT})?"
    r"|the (?:moment|second|minute)|as soon as|when|where|once)"
)
_WORD = r"(?:the (?:words?|phrase|line|sentence) )?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w']){text}", re.IGNORECASE)


_TALKED = _pattern(
    rf"(?:{_LEADS}) {WHO}(?:{SAYS}|(?P<about>{ABOUT}))[:,]? (?P<phrase>{QUOTE}|{LOOSE})"
)
_MATTER = _pattern(
    rf"(?P<each>{_GROUP} (?:that |which )?(?:are )?|(?:the |that |all |any |every |everything )+"
    rf"(?:{PIECE} )?(?:talk |talking |mentions? |discussion |stuff |that is )?)"
    rf"(?P<about>mention|mentions|mentioning|about|of(?<=mentions of)|of(?<=mention of))"
    rf" (?P<phrase>{QUOTE}|{LOOSE})"
)
_BARE = _pattern(
    r"(?:(?P<before>before|vor|antes de|avant)|(?P<until>until|till|up to|bis|hasta|jusqu'à|até)"
    r"|(?P<after>after|nach|después de|despues de|après|depois de)|(?P<from>from|ab)"
    rf"|(?P<when>at|on)) {_WORD}(?P<phrase>{QUOTE})"
)
_LITERAL = _pattern(
    r"(?P<words>(?P<each>(?:at )?(?:every|each|all|any)(?: of)?(?: the)?)? ?(?:the )?"
    rf"(?:words?|phrases?|sentences?|lines?|instances of|occurrences of)?) ?(?P<phrase>{QUOTE})s?"
)
_TOLD = _pattern(r"(?P<words>(?P<each>(?:every|each) )?(?:the )?word) (?P<phrase>[^\W\d_]+)")
_PAIR = _pattern(
    rf"(?:from|between) (?:{_SPOT} {WHO}{SAYS} )?{_WORD}(?P<phrase>{QUOTE})"
    r" (?P<joint>to|until|till|up to|through|and)"
    rf" (?:{_SPOT} {WHO}{SAYS} )?{_WORD}(?P<second>{QUOTE})"
)
_FILLED = _pattern(
    r"(?P<words>(?P<each>(?:all|every|each|any)(?: of)? )?(?:(?:the|his|her|their|my|our|those) )?"
    rf"(?P<phrase>{FILLERS}(?:(?: ?,| and| or|, and| &)(?: the| all)? {FILLERS})*))(?![\w'])"
)
_SWEARS = re.compile(
    r"\b(?:mute|bleep|beep|censor|silence|remove|cut|delete|blank)\b"
    r"(?: (?:out|all|the|every|any|of|his|her|their|my|where|when|whenever|he|she|they|it|someone"
    rf"|parts?|bits?|that|each|time|says?))* {SWEARING}\b",
    re.IGNORECASE,
)
_GATE = re.compile(
    r"\b(?:say|says|said|saying|mention\w*|talk\w*|sp(?:eak|oke)\w*|discuss\w*|chat\w*|rant\w*"
    r"|utters?|refers?|brings? up|about|word|fill\w*|u+h*m+'?s?|u+h+'?s?|e+r+m*'?s?|h+m+'?s?)\b"
    r"|[“\"«„‘'][^\n]*[”\"»“’']",
    re.IGNORECASE,
)
_QUOTED = re.compile(QUOTE)
_SEPARATOR = re.compile(r"[.,;:!?](?=\s|$)|\n| and | then | but ", re.IGNORECASE)
_VERBS = re.compile(
    "|".join(rf"\b(?P<{name}>{words})\b" for name, words in VERBS.items()), re.IGNORECASE
)
_EDGE = re.compile(r"\bto (start|begin|(?P<end>end|stop)) $", re.IGNORECASE)
_WRITES = re.compile(rf"\b(?:{WRITING})\b", re.IGNORECASE)
_DOES = re.compile(rf"\b(?:{WRITING}|{DOING})\b", re.IGNORECASE)
_BUT = re.compile(r"\b(?:except|unless|but not|other than|apart from)\b", re.IGNORECASE)
_WHERETO = re.compile(r"\b(?:to|as|into)\s*$", re.IGNORECASE)
_SENTENCE = re.compile(r"\b(?:sentence|line|passage)s?\b", re.IGNORECASE)
_WORDS = re.compile(r"\b(?:words?|phrase)\b", re.IGNORECASE)
_OBJECT = re.compile(
    r"^(?: (?:it|that|this|them|those|there|out|away"
    r"|(?:the|that|those|this) (?:words?|parts?|bits?)))+\b",
    re.IGNORECASE,
)
_MOST_TRIED = 40  # of each pattern: nobody says as many in one message
_LITERALLY = ("remove", "cut", "mute", "keep", "stretch", "split")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place [start, end) of a message where a time is told by spoken words.

    `clause` is the part of the message around it, and `verb` what is done there, which stands at
    `at`. `each`: all places are meant. `about`: the words are only a matter that is talked about;
    `sentence`: they stand for all of their sentence. `loose`: they have no quotes, and may end
    earlier; `unsure`: they may be about something else. `fillers`: they are an “um” or the like.
    `second` is the other end of a stretch, behind `joint`.
    """

    start: int
    end: int
    lead: Lead
    phrase: str
    clause: tuple[int, int]
    verb: Verb
    at: tuple[int, int]
    each: bool = False
    about: bool = False
    sentence: bool = False
    loose: bool = False
    unsure: bool = False
    fillers: bool = False
    second: str = ""
    joint: str = ""


def swears(text: str) -> bool:
    """“mute where he swears”: no word is told."""
    return bool(_SWEARS.search(text))


def mention(text: str, comp: Composition) -> Mention | None:
    """The first mention of spoken words in a message."""
    if not _GATE.search(text):
        return None
    names, masked = _names(comp), _masked(text)
    for pattern in (_PAIR, _TALKED, _MATTER, _BARE, _TOLD, _LITERAL, _FILLED):
        found_here = pattern.finditer(masked if pattern is _FILLED else text)
        for match in islice(found_here, _MOST_TRIED):
            found = _read(masked, match, pattern)
            if _is_meant(masked, found, names, pattern):
                return found
    return None


def in_order(text: str, said: Mention) -> str:
    """“whenever she says 'um', cut it” as “cut whenever she says 'um'”."""
    first, last = said.clause
    mention = text[said.start : said.end]
    if said.verb and said.at[0] >= said.end:
        between, rest = text[said.end : said.at[0]], _OBJECT.sub("", text[said.at[1] :])
        verb = text[slice(*said.at)]
        return f"{text[: said.start]}{between.strip(' ,')} {verb} {mention}{rest}"
    behind = text[said.end : last].strip(" ,")
    if said.lead == "when" and behind and not text[first : said.start].strip():
        return f"{text[: said.start]}{behind} {mention}{text[last:]}"
    return text


def unquoted(words: str) -> str:
    """Words without the quotation marks around them."""
    return words.strip().strip("“”\"«»„‘’'").strip()


def _masked(text: str) -> str:
    """A message whose quotations hold nothing that could be taken for its own words."""
    return _QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), text)


def _read(masked: str, match: re.Match[str], pattern: re.Pattern[str]) -> Mention:
    groups = match.groupdict()
    clause = _clause(masked, match)
    verb, at = _verb(masked, match, clause)
    lead: Lead = next((name for name in get_args(Lead) if groups.get(name)), "when")
    return Mention(
        match.start(),
        match.end(),
        lead,
        unquoted(match["phrase"]),
        clause,
        verb,
        at,
        each=bool(groups.get("each")) or pattern is _FILLED,
        about=bool(groups.get("about")),
        sentence=bool(_SENTENCE.search(masked, match.start(), match.start("phrase"))),
        loose=not _QUOTED.fullmatch(match["phrase"]),
        unsure=pattern is _MATTER,
        fillers=pattern is _FILLED,
        second=unquoted(groups.get("second") or ""),
        joint=groups.get("joint") or "",
    )


def _clause(masked: str, match: re.Match[str]) -> tuple[int, int]:
    """The part of the message around a match; it goes on where nothing stands before it."""
    before = [each.end() for each in _SEPARATOR.finditer(masked, 0, match.start())]
    start = before[-1] if before else 0
    behind = _SEPARATOR.search(masked, match.end())
    if not masked[start : match.start()].strip() and behind and behind[0] == ",":
        behind = _SEPARATOR.search(masked, behind.end())
    return start, behind.start() if behind else len(masked)


def _verb(
    masked: str, match: re.Match[str], clause: tuple[int, int]
) -> tuple[Verb, tuple[int, int]]:
    """What is done, and where that is said: before the words, else behind them."""
    if edge := _EDGE.search(masked, clause[0], match.start()):
        return ("end" if edge["end"] else "begin"), edge.span(1)
    for low, high in ((clause[0], match.start()), (match.end(), clause[1])):
        if found := _VERBS.search(masked, low, high):
            return found.lastgroup, found.span()  # type: ignore[return-value]
    return "", (match.start(), match.start())


def _is_meant(masked: str, found: Mention, names: frozenset[str], pattern: re.Pattern[str]) -> bool:
    """Whether it is about what is said: a quotation may name a thing, or be words to write."""
    before, behind = masked[found.clause[0] : found.start], masked[found.end : found.clause[1]]
    if _BUT.search(before) or not any(map(str.isalnum, found.phrase)):
        return False
    if pattern is _TALKED:
        return bool(found.verb or _DOES.search(f"{before} {behind}")) and not _WHERETO.search(
            before
        )
    if pattern in (_MATTER, _FILLED, _TOLD):
        return found.verb in ("keep", "remove", "cut", "mute") and found.at[1] <= found.start
    told = _WORDS.search(masked, found.start, found.end)  # “the word 'outro'” is no clip
    named = not told and {spelling(found.phrase), spelling(found.second)} & names
    if named or _WHERETO.search(before):
        return False
    if pattern is _LITERAL and (found.verb not in _LITERALLY or found.at[1] > found.start):
        return found.verb in ("begin", "end") and before.rstrip().casefold().endswith(" with")
    return bool(found.verb) and not _WRITES.search(f"{before} {behind}")


def _names(comp: Composition) -> frozenset[str]:
    """Whatever a quotation may name: labels, texts and files."""
    items = comp.items.values()
    names = {item.label for item in items} | {i.text for i in items if isinstance(i, Text)}
    names |= {clip.name for clip in comp.clips.values()}
    return frozenset(map(spelling, names)) - {""}
