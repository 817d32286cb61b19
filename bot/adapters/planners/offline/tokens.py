"""From text to tokens: words, numbers, timecodes, quoted text, item ids, colours, marks.

Letters and digits are separate tokens ("10.5s" is 10.5 and s, "IMG_2034" is img and 2034), so that
one grammar of numbers and units reads all spellings. A token knows where it stands in the message:
questions are answered by rewriting the message around it.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "number", "clock", "quote", "id", "hex", "file", "mark"]

_PATTERN = re.compile(
    r"""
      (?P<quote> “(?P<q1>[^”]*)” | "(?P<q2>[^"]*)" | «(?P<q3>[^»]*)» | „(?P<q4>[^“”]*)[“”]
               | ‘(?P<q5>(?:[^’]|’(?=\w))+)’(?!\w)
               | (?<!\w)'(?P<q6>(?:[^'\n]|(?<=\w)'(?=\w))+)'(?!\w) | `(?P<q7>[^`\n]+)` )
    | (?P<id> @[A-Za-z]\w*(?:\.\w+)* )
    | (?P<hex> \#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?!\w) )
    | (?P<clock> (?:\d+\.)?\d+(?::\d+(?:\.\d+)?)+ | \d{1,3}'\d{1,2}(?:"|'')? )
    | (?P<number> \d+,\d+(?=\s?(?:s|se[ckg]\w*|min\w*|mal|fois|veces|vezes|x|%|db)\b)
                | \d+(?:\.\d+)?
                | (?<!\.)\.\d+ | [½¼¾⅓⅔] )
    | (?P<file> (?<=\w)\.(?:mp4|mov|m4v|webm|mkv|avi|mp3|wav|m4a|ogg|aac|flac
                          |png|jpe?g|webp|gif)\b )
    | (?P<word> [^\W\d_]+(?:['’][^\W\d_]+)* | [%°×] )
    | (?P<mark> \n | [^\w\s] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_SPELLINGS = {"×": "x", "°": "degrees", "%": "percent"}
_LONGEST = 15  # digits that a number may have


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the message.

    `text` is folded to lower case, without quotes; `start` and `end` are its place in the message.
    `tight` means that no space stands before it. `value` is that of a number.
    """

    kind: Kind
    text: str
    start: int
    end: int
    tight: bool = False
    value: float = 0


def tokenise(text: str) -> tuple[Token, ...]:
    """Split a message into tokens, dropping spaces and the hyphens inside compounds."""
    tokens: list[Token] = []
    for match in _PATTERN.finditer(text):
        token = _token(match, bool(tokens) and tokens[-1].end == match.start())
        if token.text == "-" and _joins(text, tokens, token):
            continue
        tokens.extend(_expanded(token))
    return tuple(tokens)


def parts(text: str) -> list[tuple[str, int, int]]:
    """The bare words and numbers of a label or a message, with their places."""
    found = re.finditer(r"[^\W\d_]+|\d+", text)
    return [(match[0].casefold(), match.start(), match.end()) for match in found]


def _token(match: re.Match[str], tight: bool) -> Token:
    kind: Kind = match.lastgroup  # type: ignore[assignment]
    raw = match[0]
    value = 0.0
    if match["quote"]:
        kind = "quote"
        raw = next(
            group for group in match.group(*(f"q{n}" for n in range(1, 8))) if group is not None
        )
    elif kind == "number":
        value = _number(raw)
    folded = raw if kind == "quote" else raw.casefold().replace("’", "'")
    folded = _SPELLINGS.get(folded, folded)
    return Token(
        kind,
        folded.removeprefix("@") if kind == "id" else folded,
        match.start(),
        match.end(),
        tight,
        value,
    )


def _number(raw: str) -> float:
    if raw in _FRACTIONS:
        return _FRACTIONS[raw]
    return float(raw.replace(",", ".")) if len(raw) <= _LONGEST else 1e15


def _joins(text: str, tokens: list[Token], hyphen: Token) -> bool:
    """Whether a hyphen joins a compound ("top-left", "2-second") and is no range or minus."""
    following = text[hyphen.end : hyphen.end + 1]
    if not tokens or not hyphen.tight or not following.isalnum():
        return False
    previous = tokens[-1]
    if previous.kind == "number":
        return following.isalpha() and not text[hyphen.end :].lower().startswith("end")
    after_unit = previous.tight and len(tokens) > 1 and tokens[-2].kind == "number"
    return previous.kind == "word" and not after_unit


_CONTRACTIONS = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "let's": ("let", "us"),
    "lets": ("let", "us"),
    "i'm": ("i", "am"),
    "gimme": ("give", "me"),
    "wanna": ("want", "to"),
    "gonna": ("going", "to"),
    "dont": ("do", "not"),
    "doesnt": ("does", "not"),
    "whats": ("what", "is"),
    "thats": ("that", "is"),
    "isnt": ("is", "not"),
    "didnt": ("did", "not"),
}
_SUBJECTS = ("what", "where", "who", "how", "when", "it", "that", "here", "there", "which", "why")
_ENDINGS = {"n't": "not", "'ll": "will", "'d": "would", "'re": "are", "'ve": "have", "'s": "'s"}


def _expanded(token: Token) -> list[Token]:
    """Split contractions: don't is do and not, the music's is music and 's."""
    if token.kind != "word":
        return [token]
    words = _CONTRACTIONS.get(token.text)
    if words is None:
        ending = next((end for end in _ENDINGS if token.text.endswith(end)), None)
        stem = token.text.removesuffix(ending) if ending else token.text
        if not ending or not stem:
            return [token]
        words = (stem, _ENDINGS[ending])
    if words[1] == "'s" and words[0] in _SUBJECTS:
        words = (words[0], "is")
    cut = min(token.start + len(words[0]), token.end - 1)
    return [
        Token("word", words[0], token.start, cut, token.tight),
        Token("word", words[1], cut, token.end, True),
    ]
