"""Replies as Discord cards: one reply is one message, whatever its length.

Pure functions: what a client sends is decided here and tested without one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.adapters.chat.discord.limits import (
    BUTTON_LABEL,
    BUTTONS,
    DESCRIPTION,
    FILES,
    longest_prefix,
    shortened,
    units,
)
from bot.adapters.chat.discord.markdown import escaped
from bot.ports import Choice, Reply, ReplyKind

_COLOUR: dict[ReplyKind, int] = {
    "receipt": 0x2ECC71,
    "question": 0xF1C40F,
    "answer": 0x95A5A6,
    "error": 0xE74C3C,
    "clip": 0x9B59B6,
    "estimate": 0x3498DB,
    "render": 0x1ABC9C,
    "progress": 0x607D8B,
}
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_MORE = "\n… The whole text is in the attached file."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a reply: its size in bytes, None where it is not there any more."""

    path: Path
    size_bytes: int | None

    @property
    def name(self) -> str:
        """The name as Discord keeps it: `attachment://` must spell it the same way."""
        return re.sub(r"[^A-Za-z0-9._-]+", "_", self.path.name)[-100:]


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a card; `chose` is what pressing it says, as `Message.chose`."""

    label: str
    chose: str
    prominent: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A message to be sent: `whole_text`, where it is not empty, is attached as a text file."""

    embed: discord.Embed
    buttons: tuple[Button, ...] = ()
    uploads: tuple[Upload, ...] = ()
    whole_text: str = ""


def card(reply: Reply, key: str, uploads: Sequence[Upload] = (), most_bytes: int = 0) -> Card:
    """Lay out a reply; files of more than `most_bytes` are told about instead of attached.

    The footer carries the start of `key`, by which the post can be found again (see `belongs`).
    """
    room = FILES - 1  # for the text, if it has to be attached
    fitting = [upload for upload in uploads if _fits(upload, most_bytes)]
    left_out = [upload for upload in uploads if upload not in fitting[:room]]
    notes = [_note(upload, most_bytes, reply.link) for upload in left_out]
    text = "\n".join([reply.text, *_listed(reply.choices), *notes])
    shown, whole = _fitted(text, reply.link)
    embed = discord.Embed(description=shown, colour=_COLOUR[reply.kind])
    _set_footer(embed, reply.revision, key)
    picture = next((u for u in fitting[:room] if u.path.suffix.lower() in _PICTURES), None)
    if picture is not None:
        embed.set_image(url=f"attachment://{picture.name}")
    return Card(embed, _buttons(reply, key), tuple(fitting[:room]), whole)


def belongs(embed: discord.Embed, key: str) -> bool:
    """Whether this is the card of the post with that key."""
    return (embed.footer.text or "").endswith(_reference(key))


def _reference(key: str) -> str:
    """Enough of a key to tell one from all others of a channel."""
    return f"ref {key[:8]}"


def _set_footer(embed: discord.Embed, revision: int | None, key: str) -> None:
    parts = [f"#{revision}"] if revision is not None else []
    embed.set_footer(text=" · ".join([*parts, _reference(key)]))


def _fits(upload: Upload, most_bytes: int) -> bool:
    return upload.size_bytes is not None and upload.size_bytes <= most_bytes


def _note(upload: Upload, most_bytes: int, link: str) -> str:
    name = f"“{upload.path.name}”"
    if upload.size_bytes is None:
        return f"{name} is not there any more."
    where = "the link below leads to it" if link else "it is kept where ChatKut runs"
    if upload.size_bytes <= most_bytes:
        return f"{name} is one file too many for one message; {where}."
    return (
        f"{name} is {_megabytes(upload.size_bytes)}, and a file may be at most "
        f"{_megabytes(most_bytes)} here; {where}. "
        "“render 720p” or “render preview” makes a smaller one."
    )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"


def _listed(choices: Sequence[Choice]) -> Iterator[str]:
    """The choices that a button cannot show in full; they can be chosen by their number."""
    for number, choice in enumerate(choices, 1):
        if number > BUTTONS or units(choice.label) > BUTTON_LABEL:
            yield f"{number}. {choice.label}"


def _buttons(reply: Reply, key: str) -> tuple[Button, ...]:
    prominent = reply.kind == "question"
    return tuple(
        Button(shortened(choice.label.strip() or str(n + 1), BUTTON_LABEL), f"{key}#{n}", prominent)
        for n, choice in enumerate(reply.choices[:BUTTONS])
    )


def _fitted(text: str, link: str) -> tuple[str, str]:
    """The text as markdown and ""; or as much of it as fits, and the whole of it in plain.

    The link stands below, and is never cut. In a card nobody looks at what it leads to beforehand.
    """
    shown, below = escaped(text), f"\n{link}" if link else ""
    if units(shown + below) <= DESCRIPTION:
        return shown + below, ""
    room = DESCRIPTION - units(_MORE + below)
    start = longest_prefix(shown, room)
    by_line = start.rpartition("\n")[0] or start
    return _without_half_escape(by_line) + _MORE + below, text


def _without_half_escape(cut: str) -> str:
    """A backslash that was to escape what is cut off would escape the next character instead."""
    backslashes = len(cut) - len(cut.rstrip("\\"))
    return cut[:-1] if backslashes % 2 else cut
