"""Corrections of captions, however they are said, in the one way that the grammar reads.

“the captions say 'teh', should be 'the'” is “replace 'teh' with 'the' in the captions”.
"""

import re
from collections.abc import Container
from dataclasses import replace

from bot.adapters.planners.captioning import there_are
from bot.adapters.planners.offline.saying import unquoted
from bot.adapters.planners.offline.vocabulary.speech import QUOTE
from bot.adapters.planners.speech import letters
from bot.ports import Request

_CAPTIONS = r"(?:(?:all|the|my|our|these) )*(?:captions?|subtitles?|subs|cc)"
_IN = rf"(?:in|from|of|on|out of) {_CAPTIONS}"
_OLD = rf"(?:the )?(?:words? |name |spelling (?:of )?|typo )*(?P<old>{QUOTE}|[\w’'-]+)"
_NEW = rf"(?P<new>{QUOTE}|[\w’'-]+)"
_TO = r" ?(?:to|with|into|by|for|as|→|⇒|->|=>) ?"
_SHOULD = r",? (?:but |and )?(?:it |they |that )?(?:should|must|ought to|needs to|is supposed to)"
_BE = r"(?: (?:be|say|read|spell))?(?: spelled| spelt)?"
_SPELT = r"(?:it's|it is|its) (?:spelled|spelt|written|called)"
_CHANGE = r"(?:replace|change|swap|correct|fix|turn|rename|edit)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_CAPTIONS} (?:says?|reads?) {_OLD}{_SHOULD}{_BE} {_NEW}",
        rf"{_CHANGE} {_OLD}{_TO}{_NEW} (?:everywhere )?{_IN}",
        rf"{_IN},? (?:it |they )?(?:says?|reads?) {_OLD}{_SHOULD}{_BE} {_NEW}",
        rf"{_IN},? {_CHANGE} {_OLD}{_TO}{_NEW}",
        rf"{_CAPTIONS}: ?{_OLD}(?:{_SHOULD}{_BE} |{_TO}){_NEW}",
        rf"{_SPELT} {_NEW},? (?:and )?not {_OLD},? {_IN}",
        rf"{_IN},? {_SPELT} {_NEW},? (?:and )?not {_OLD}",
    )
)
_SPELLING = re.compile(r"spell|typo|\b(?:fix|correct|says?|reads?)\b|→|⇒|->|=>", re.IGNORECASE)
_GONE = re.compile(
    rf"(?:take|remove|delete|cut|drop|strip)(?: out)? (?:all |every |each )?{_OLD}s? {_IN}",
    re.IGNORECASE,
)


def corrected(request: Request) -> Request:
    """A request whose corrections of captions are plain; of a film without captions as it is."""
    rows = there_are(request.comp)
    if not rows:
        return request
    said = {letters(word) for row in rows.values() for cue in row for word in cue.text.split()}

    def replaced(match: re.Match[str]) -> str:
        if not _is_said(match, said) and not _SPELLING.search(match[0]):
            return match[0]  # “change the colour to red in the captions”
        return f"replace “{unquoted(match['old'])}” with “{unquoted(match['new'])}” in the captions"

    def taken_out(match: re.Match[str]) -> str:
        if not _is_said(match, said) and "word" not in match[0].casefold():
            return match[0]  # “remove the background from the captions”
        return f"replace “{unquoted(match['old'])}” with “” in the captions"

    text = request.text
    for pattern in _PATTERNS:
        text = pattern.sub(replaced, text)
    text = _GONE.sub(taken_out, text)
    return replace(request, text=text) if text != request.text else request


def _is_said(match: re.Match[str], said: Container[str]) -> bool:
    """Whether the old words are quoted, or a word of the captions."""
    old = match["old"]
    return bool(re.fullmatch(QUOTE, old)) or letters(old) in said
