"""Commands: what is asked of the program rather than of the composition."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from bot.engine.presets import PresetName
from bot.handlers.history import history, taken_back
from bot.handlers.picture import timeline
from bot.handlers.render import cancelled, estimated, ordered
from bot.handlers.rights import Right, demand
from bot.handlers.services import Services
from bot.ports import Command, CommandName, Head, Message, Reply, Turn

_SLASH = re.compile(r"/(?:chatkut\s+)?([a-z]+)\b\s*(.*)", re.DOTALL)
_NAMES: dict[str, CommandName] = {name: name for name in get_args(CommandName)}
_NAMES["cost"] = "estimate"
_NEEDS: Mapping[CommandName, Right] = {
    "undo": "edit",
    "redo": "edit",
    "cancel": "edit",
    "render": "spend",
}


def parse_slash(text: str) -> Command | None:
    """Read "/undo 2", "/undo #12", "/render 720p": what buttons and slash commands send."""
    match = _SLASH.fullmatch(text)
    if match is None or match[1] not in _NAMES:
        return None
    command = Command(_NAMES[match[1]])
    for word in match[2].split():
        if (field := _field(word)) is None:
            return None
        command = replace(command, **field)
    return command


def _field(word: str) -> dict[str, Any] | None:
    """What a word behind a slash command sets; None where it means nothing."""
    if word in get_args(PresetName):
        return {"preset": word}
    if re.fullmatch(r"[1-9]\d?", word):
        return {"count": int(word)}
    if re.fullmatch(r"#\d{1,6}", word):
        return {"revision": int(word[1:])}
    return {"confirmed": True} if word == "confirmed" else None


async def carried_out(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Carry out a command on the composition as it stands, and answer.

    Raises:
        InvalidEdit: It names a revision that there is not.
        Refusal: Whoever asks may not have it done.
    """
    if (right := _NEEDS.get(command.name)) is not None:
        await demand(right, message, services)
    match command.name:
        case "undo" | "redo":
            return await taken_back(command, message, head, services)
        case "history":
            return await history(message.channel, command.author, services)
        case "timeline":
            return await timeline(message.channel, head, services)
        case "render":
            return await ordered(command, message, head, services)
        case "estimate":
            return await estimated(command, message, head, services)
        case "cancel":
            return await cancelled(message.channel, services)
        case "help":
            return Turn(replies=(Reply("answer", services.help_text),))
