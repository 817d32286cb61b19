"""Conditions in plain words: “whenever it is silent for more than a second, cut it”.

That is the same as “remove silences over a second”, which the rules can read. Only words are
exchanged, and each keeps its place in the message. A condition of another kind stays as it is, and
is asked about.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import cache
from itertools import accumulate

from bot.adapters.planners.offline.tokens import Kind, Token
from bot.adapters.planners.offline.vocabulary.content import CONTENT

_PLAIN = {"silence": "silences", "scenes": "scene changes", "black": "black parts"}
_HINT = re.compile(
    r"silen|pause|dead|quiet|soundless|black|scene|shot|camera|gap|nobody|no one|noone|nothing is"
    r"|no (?:sound|talk|speech)"
)
_NUMBER = r"(?:half an?|half of a|an?|one|two|three|four|five|six|seven|eight|nine|ten|[\d.½]+)"
_TIME = rf"{_NUMBER}(?: and a half| half)? (?:seconds?|secs?|s|ms|milliseconds?|minutes?|mins?)"
_MORE = (
    r"(?:more than|longer than|greater than|at least|above|over|exceeding|longer as"
    r"|a minimum of)(?: of)?"
)
_LEAD = r"(?: (?:for|of|lasting|with))*"
_LIMIT = rf"{_LEAD}(?: {_MORE})? (?P<limit>{_TIME})(?: or (?:more|longer))?"
_LONG = _LIMIT.replace("limit", "long")
_WHEN = (
    r"(?:whenever|when|wherever|everywhere|where|if|every time|each time|any time|anytime"
    r"|as soon as|once)(?: that)?"
)
_SUBJECT = (
    r"(?:it|there|i|he|she|they|we|everyone|everybody|the (?:audio|sound|clip|video|film|room))"
    r" (?:is|gets|goes|are|am|falls)"
)
_QUIET = (
    rf"(?:{_SUBJECT}(?: (?:completely|totally|just|an?|any|some|only|too))*"
    r" (?:silent|quiet|silence|silences)"
    r"|(?:nobody|no one|noone)(?: is)? (?:talks?|talking|speaks?|speaking|says|saying)"
    r"(?: anything| a word)?|nothing is (?:said|heard)"
    r"|there is no (?:sound|audio|talking|speech|voice))"
)
_STILL = rf"{_WHEN} (?:{_SUBJECT}{_LIMIT} silent|{_QUIET}(?:{_LONG})?)"
_CHANGES = (
    rf"{_WHEN} (?:(?:the )?(?:scene|shot|camera|picture|angle) changes"
    r"|there is (?:a )?scene changes)"
)
_BLACK = (
    rf"{_WHEN} (?:it|the (?:screen|picture|image|video|film|frame)) (?:is|goes|turns|gets)"
    r"(?: (?:completely|all|totally|just))* black"
)
_THEN = r"(?: ,)?(?: (?:then|just|please|you can|you should|can you|could you|i want you to))*"
_THAT = (
    r"(?: (?:it|that|them|those|this|these|the (?:silences|parts?|bits?|video|film))"
    r"(?: (?:parts?|bits?))?)?(?: (?:cut )?out| away| off)*"
)
_REMOVE = rf"(?:cut|remove|delete|trim|skip|drop|take|snip|chop|get rid of)(?: out)?{_THAT}"
_SPLIT = rf"(?:split|cut|divide|chop|(?:add|make|put) a (?:cut|split)){_THAT}"
_DETERMINERS = (
    r"(?:all of (?=the|those|these))?"
    r"(?:(?:all|any|every|each|the|those|these|single|awkward|unnecessary|annoying|boring|an?) )*"
)
_AS_A_NOUN = (
    r"(?<=the |any |all |out |cut |and |ove |ete |rim |kip | of |ing |ard |ort |are |ery |ach )"
)
_SCENES = (
    r"(?P<head>(?:split|divide|cut|chop|break)(?: \S+){0,4}?)(?: up)? (?:into|by)"
    r" (?:(?:its|the|single|individual|separate|different) )*(?:scenes?|shots?)(?! \d)"
)
_FIND = r"(?:find|detect|locate|identify)(?: me)?(?= (?:silences|scene changes|black parts))"


def reworded(tokens: tuple[Token, ...], names: Collection[str]) -> tuple[Token, ...]:
    """The message with such conditions in the words of the rules; `names` are words of labels."""
    if not _HINT.search(_joined(tokens)[0]):
        return tokens
    for pattern, plain in _patterns():
        tokens = tuple(_put(tokens, pattern, plain, names))
    return tokens


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of words in their order, and what to put; see `_plain`."""
    said = f"silences(?: (?:that|which))?(?: (?:are|is|last|lasts|go on|run))*{_LEAD}"
    rows = [
        (rf"{_AS_A_NOUN}silence", "silences"),
        (r"(?<=cut |out |ove |ete )everything(?: that is)? (?:silent|quiet)", "silences"),
        (r"(?:where|when) (?:is it|it is) (?:silent|quiet)", "where are silences"),
        (r"silences? (?:removal|remover)", "remove silences"),
        (r"jump cut(?= .*(?:silen|pause|dead|quiet))", "remove"),
        *((_named(kind), plain) for kind, plain in _PLAIN.items()),
        (rf"long silences(?!{_LIMIT})", "silences over 1 seconds"),
        (rf"{said} {_MORE}(?= {_TIME})", "silences over"),
        (rf"{said} (?P<limit>{_TIME}) or (?:more|longer)", "silences <over>"),
        (rf"{_STILL}{_THEN} {_REMOVE}", "remove silences <over>"),
        (rf"{_REMOVE}(?: ,)? {_STILL}", "remove silences <over>"),
        (rf"{_CHANGES}{_THEN} {_SPLIT}", "split at scene changes"),
        (rf"{_SPLIT}(?: ,)? {_CHANGES}", "split at scene changes"),
        (rf"{_BLACK}{_THEN} {_REMOVE}", "remove black parts"),
        (rf"{_REMOVE}(?: ,)? {_BLACK}", "remove black parts"),
        (_SCENES, "<head> at scene changes"),
        (_FIND, "where are"),
    ]
    return tuple((re.compile(rf"(?<!\S){pattern}(?!\S)"), plain) for pattern, plain in rows)


def _named(kind: str) -> str:
    """A thing as people call it, with what stands before it and tells nothing."""
    phrases = sorted((text.strip() for text in CONTENT[kind].split(",")), key=len, reverse=True)
    return rf"{_DETERMINERS}(?:{'|'.join(phrases)})"


def _put(
    tokens: tuple[Token, ...], pattern: re.Pattern[str], plain: str, names: Collection[str]
) -> Iterator[Token]:
    text, starts = _joined(tokens)
    done = 0
    for match in pattern.finditer(text):
        first, last = bisect_left(starts, match.start()), bisect_left(starts, match.end())
        if all(token.text in names for token in tokens[first:last]):
            continue  # a clip is called so
        yield from tokens[done:first]
        yield from _plain(tokens, starts, match, plain)
        done = last
    yield from tokens[done:]


def _plain(
    tokens: tuple[Token, ...], starts: list[int], match: re.Match[str], plain: str
) -> Iterator[Token]:
    """The words to put; `<head>` are those of that group, `<over>` “over” and the limit, if any."""
    first = tokens[bisect_left(starts, match.start())]
    last = tokens[bisect_left(starts, match.end()) - 1]
    for number, word in enumerate(plain.split()):
        groups = {"<over>": ("limit", "long"), "<head>": ("head",)}.get(word, ())
        if not groups:
            kind: Kind = "number" if word.isdigit() else "word"
            tight = first.tight and not number
            yield Token(kind, word, first.start, last.end, tight, float(word.isdigit() and word))
        for name in groups:
            if match.groupdict().get(name):
                if word == "<over>":
                    yield Token("word", "over", first.start, last.end)
                start, end = match.span(name)
                yield from tokens[bisect_left(starts, start) : bisect_left(starts, end)]


def _joined(tokens: tuple[Token, ...]) -> tuple[str, list[int]]:
    """The words with a blank between them, and where each starts; a quotation is none of them."""
    words = ["\0" if token.kind == "quote" else token.text for token in tokens]
    ends = accumulate(len(word) + 1 for word in words)
    return " ".join(words), [0, *ends][: len(words)]
