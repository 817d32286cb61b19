"""Commands: what is asked of the program rather than of the composition."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from bot.engine.presets import PresetName
from bot.handlers.budget import budget
from bot.handlers.cost import cost
from bot.handlers.export import exported
from bot.handlers.history import history, taken_back
from bot.handlers.links import shared, uploading
from bot.handlers.picture import timeline
from bot.handlers.render import cancelled, estimated, ordered
from bot.handlers.rights import Right, demand
from bot.handlers.services import Services
from bot.handlers.values import without_manners
from bot.ports import Command, CommandName, ExportFormat, Head, Message, Reply, Turn

_SLASH = re.compile(r"/(?:chatkut\s+)?([a-z]+)\b\s*(.*?)(?:\bby\s+(\S.*))?", re.DOTALL)
_NAMES: dict[str, CommandName] = {name: name for name in get_args(CommandName)}
_OTHERS = r"\b(?:client|customer|boss|team|colleague|friend)s?\b"
_WATCH = r"\b(?:show|send|see|watch|view|review)\b"
_WHOSE = ("undo", "history")
_RATIOS = {"16:9": "landscape", "9:16": "vertical", "1:1": "square"}
_AND = ("", "and", "&", "+")
_HINTS = (
    (
        r"\bupload|\blinks?\b|\b(?:big|large|huge) (?:files?|videos?)\b",
        "/chatkut upload gives a link by which files of any size come in.",
    ),
    (
        rf"\bshar(?:e|ed|ing)\b|\blinks?\b|{_WATCH}.*{_OTHERS}|{_OTHERS}.*{_WATCH}",
        "/chatkut share gives a link by which others watch the film.",
    ),
)
_NEEDS: Mapping[CommandName, Right] = {
    "undo": "edit",
    "redo": "edit",
    "cancel": "edit",
    "render": "spend",
    "upload": "edit",
    "share": "share",
}


def parse_slash(text: str) -> Command | None:
    """Read "/undo 2", "/render 720p gif please", "/export edl": what buttons and commands send."""
    match = _SLASH.fullmatch(text)
    if match is None or match[1] not in _NAMES:
        return None
    if match[3] and match[1] not in _WHOSE:
        return None
    command = Command(_NAMES[match[1]], author=match[3])
    for word in _words(match[2]):
        if (field := _field(word)) is None:
            return None
        if command.preset and "preset" in field:
            field = {"also": (*command.also, field["preset"])}
        command = replace(command, **field)
    return command if command.format is None or command.name == "export" else None


def _words(said: str) -> list[str]:
    """What stands behind a command: “720p, gif and 9:16, please” is three words."""
    return [word for word in re.split(r"[\s,]+", without_manners(said)) if word not in _AND]


def _field(word: str) -> dict[str, Any] | None:
    """What a word behind a slash command sets; None where it means nothing."""
    if (preset := _RATIOS.get(word, word)) in get_args(PresetName):
        return {"preset": preset}
    if word in get_args(ExportFormat):
        return {"format": word}
    if re.fullmatch(r"[1-9]\d?|100", word):
        return {"count": int(word)}
    if re.fullmatch(r"#\d{1,6}", word):
        return {"revision": int(word[1:])}
    return {"confirmed": True} if word == "confirmed" else None


def with_commands(text: str, turn: Turn) -> Turn:
    """A turn that did not understand also names the commands that may have been meant."""
    if turn.question is None or turn.question.understood or not (hint := _hint(text)):
        return turn
    *before, asked = turn.replies
    return replace(turn, replies=(*before, replace(asked, text=f"{asked.text}\n{hint}")))


def _hint(text: str) -> str:
    if text.startswith("/"):
        return f"The commands are /chatkut {', '.join(sorted({*_NAMES, 'settings'}))}."
    return "\n".join(hint for words, hint in _HINTS if re.search(words, text, re.IGNORECASE))


async def carried_out(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Carry out a command on the composition as it stands, and answer.

    Raises:
        InvalidEdit: It names a revision that there is not.
        Refusal: Whoever asks may not have it done.
    """
    if (right := _NEEDS.get(command.name)) is not None:
        await demand(right, message, services)
    if command.name in ("undo", "redo"):
        return await taken_back(command, message, head, services)
    if command.name == "render":
        return await ordered(command, message, head, services)
    if command.name == "cancel":
        return await cancelled(command, message.channel, services)
    return await _told(command, message, head, services)


async def _told(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Carry out what changes nothing."""
    match command.name:
        case "history":
            return await history(message.channel, command.author, services)
        case "timeline":
            return await timeline(message.channel, head, services)
        case "estimate":
            return await estimated(command, message, head, services)
        case "cost":
            return await cost(message, services)
        case "budget":
            return await budget("", message, services)
        case "upload":
            return uploading(message, services)
        case "share":
            return shared(message, services)
        case "export":
            return await exported(command, message.channel, head, services)
        case _:
            return Turn(replies=(Reply("answer", services.help_text),))
