"""Replies as Block Kit cards: pure functions.

Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.chat.slack.words import escaped, link, literal, marked, pieces, size
from bot.ports import Choice, Reply, ReplyKind

SECTION = 3000
BUTTONS = 25
LABEL = 75
SHOWN = 9000
"""A longer text goes along as a file. Slack would take 40,000, but nobody reads that in a chat."""

_BEGINNING = 1500
_NOTIFICATION = 300
_PICTURES = 10
_SIGNS: Mapping[ReplyKind, str] = {
    "receipt": "✅",
    "question": "❓",
    "answer": "",
    "error": "⚠️",
    "clip": "🎞️",
    "estimate": "💵",
    "render": "🎬",
    "progress": "⏳",
}

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """A file that was uploaded: its id, its page for people, its name."""

    id: str
    permalink: str
    name: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A message to Slack: `text` is what notifications and screen readers say."""

    text: str
    blocks: tuple[Block, ...]


def is_long(reply: Reply) -> bool:
    """Whether the words are too long for a card, and go along as a file."""
    return size(marked(worded(reply))) > SHOWN


def worded(reply: Reply) -> str:
    """The words of a reply, with the choices whose labels do not fit on buttons."""
    if all(size(choice.label) <= LABEL for choice in reply.choices):
        return reply.text
    choices = (f"{number}. {choice.label}" for number, choice in enumerate(reply.choices, 1))
    return "\n".join([reply.text, *choices])


def card(reply: Reply, key: str, shared: Sequence[Shared] = (), notes: Sequence[str] = ()) -> Card:
    """Lay out a reply with the files that were uploaded for it.

    `notes` are what has to be said about files that were not.
    """
    pictures = [file for file in shared if file.is_picture][:_PICTURES]
    others = [file for file in shared if file not in pictures]
    blocks = (
        *_texts(reply),
        *(_picture(file) for file in pictures),
        *(section(link(file.permalink, file.name)) for file in others),
        *(section(marked(note)) for note in notes),
        *_way_out(reply),
        *_footer(reply),
        *_buttons(reply.choices, key),
    )
    return Card(_notification(reply), blocks or (section("…"),))


def _texts(reply: Reply) -> Iterator[Block]:
    text = worded(reply)
    if is_long(reply):
        beginning = next(pieces(text, _BEGINNING)).rstrip()
        text = f"{beginning} …\n(The whole text is in the file.)"
    if not text.strip():
        return
    signed = f"{_SIGNS[reply.kind]} {text}".strip()
    if reply.progress is not None and size(marked(signed)) <= SECTION:
        yield _context(marked(signed))
        return
    yield from (section(marked(piece)) for piece in pieces(signed, SECTION) if piece.strip())


def section(mrkdwn: str) -> Block:
    """A paragraph of marked text."""
    # verbatim: Slack makes no links or mentions of its own out of our words.
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}


def _context(mrkdwn: str) -> Block:
    element = {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}
    return {"type": "context", "elements": [element]}


def _picture(file: Shared) -> Block:
    return {"type": "image", "slack_file": {"id": file.id}, "alt_text": literal(file.name)}


def _way_out(reply: Reply) -> Iterator[Block]:
    if reply.link:
        yield section(link(reply.link, "Download" if reply.kind == "render" else "Open"))


def _footer(reply: Reply) -> Iterator[Block]:
    if reply.revision is not None and reply.progress is None:
        yield _context(f"Revision {reply.revision}")


def _buttons(choices: Sequence[Choice], key: str) -> Iterator[Block]:
    for start in range(0, len(choices), BUTTONS):
        row = enumerate(choices[start : start + BUTTONS], start)
        yield {"type": "actions", "elements": [_button(n, each, key) for n, each in row]}


def _button(number: int, choice: Choice, key: str) -> Block:
    label = choice.label.strip() or str(number + 1)
    if size(label) > LABEL:
        # What is left out here is in the text (`worded`).
        label = f"{number + 1}. {next(pieces(label, LABEL - 8)).strip()}…"
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": literal(label), "emoji": False},
        "action_id": f"choice.{number}",
        "value": f"{key}#{number}",
    }


def _notification(reply: Reply) -> str:
    words = f"{_SIGNS[reply.kind]} {' '.join(reply.text.split())}".strip()
    beginning = next(pieces(words, _NOTIFICATION), "")
    return escaped(beginning if beginning == words else f"{beginning}…") or "…"
