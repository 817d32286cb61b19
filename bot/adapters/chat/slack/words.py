"""Words as Slack writes them: escaping what goes out, reading what comes in.

Slack parses `<…>` (mentions, links) in all text; `&`, `<` and `>` as entities are literal.
https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator, Mapping

_URL = re.compile(r"https?://[^\s<>|\"“”]*[^\s<>|\"“”.,;:!?)\]}'’]")
_TOKEN = re.compile(r"<([^<>]+)>")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY_COST = {"&": len("&amp;"), "<": len("&lt;"), ">": len("&gt;")}


def literal(text: str) -> str:
    """Text for where Slack parses nothing (`plain_text`); a lone surrogate cannot be sent."""
    return text.encode(errors="replace").decode()


def escaped(text: str) -> str:
    """Text that mentions nobody, whatever it says."""
    return literal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked(text: str) -> str:
    """Escaped text in which web addresses can be clicked."""
    parts, end = [], 0
    for url in _URL.finditer(text):
        parts += [escaped(text[end : url.start()]), f"<{escaped(url[0])}>"]
        end = url.end()
    return "".join([*parts, escaped(text[end:])])


def link(url: str, label: str) -> str:
    """A link with a label."""
    return f"<{escaped(url).replace('|', '%7C')}|{escaped(' '.join(label.split()))}>"


def size(text: str) -> int:
    """Characters as the strictest reading of Slack's limits counts them (UTF-16)."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def pieces(text: str, limit: int) -> Iterator[str]:
    """Cut text so that each piece, marked, keeps to the limit; at lines or words if possible.

    Joined, the pieces are the text.
    """
    while text:
        end = _fitting(text, limit)
        if end < len(text):
            at = max(text.rfind("\n", 0, end), -1)
            at = at if at >= 0 else text.rfind(" ", 0, end)
            end = at + 1 or end
        yield text[:end]
        text = text[end:]


def _fitting(text: str, limit: int) -> int:
    """How many characters are sure to fit when marked."""
    starts = {url.start() for url in _URL.finditer(text)}
    used = 0
    for number, char in enumerate(text):
        used += _ENTITY_COST.get(char, 2 if ord(char) > 0xFFFF else 1)
        used += 2 if number in starts else 0  # its angle brackets
        if used > limit:
            return number
    return len(text)


def people(text: str) -> frozenset[str]:
    """The ids of those who are mentioned."""
    return frozenset(_PERSON.findall(text))


def plain(text: str, me: str, names: Mapping[str, str]) -> str:
    """What a person wrote, as it was shown to them, without the mention of `me`.

    `names` are those of the people mentioned, by id.
    """
    addressed = re.sub(rf"[ \t]*<@{re.escape(me)}(?:\|[^<>]*)?>[ \t]*[:,]?[ \t]*", " ", text)
    shown = _TOKEN.sub(lambda token: _shown(token[1], names), addressed).strip()
    return unescaped(shown)


def unescaped(text: str) -> str:
    """Text whose entities are the characters that they stand for."""
    return re.sub("&(?:lt|gt|amp);", lambda entity: _ENTITIES[entity[0]], text)


def _shown(token: str, names: Mapping[str, str]) -> str:
    target, _, label = token.partition("|")
    match target[:1]:
        case "@":
            return f"@{escaped(names.get(target[1:], '')) or label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
    return label or target
