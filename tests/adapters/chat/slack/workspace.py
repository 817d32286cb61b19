"""What is in a loopback Slack: channels, people, files, and what is said."""

import asyncio
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

from tests.adapters.chat.slack.blocks import (
    MESSAGE,
    Block,
    Image,
    buttons,
    texts,
)
from tests.adapters.chat.slack.things import (
    BOT_ID,
    BOT_TOKEN,
    BOT_USER,
    TEAM,
    Channel,
    Faults,
    File,
    Shown,
)

Args = Mapping[str, Any]


class Workspace:
    """Workspaces with one app in them; `tokens` are the bot tokens that are good, and of which."""

    def __init__(self) -> None:
        self.url = ""
        self.faults = Faults()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.tokens = {BOT_TOKEN: TEAM}
        self.channels: dict[str, Channel] = {}
        self.whispers: list[dict[str, Any]] = []
        self.unfurled: dict[str, dict[str, list[Block]]] = {}  # by message or unfurl id
        self.files: dict[str, File] = {}
        self.people: dict[str, str] = {"U0ANNA": "Anna", "U0BEN": "Ben"}
        self.told_of: dict[str, dict[str, Any]] = {}  # more about people: guests, admins
        self.views: dict[str, list[Block]] = {}
        self.prompts: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.bot_user = BOT_USER
        self.tickets: set[str] = set()
        self.looked = asyncio.Event()  # somebody asked about a file
        self.turned_away = False  # whoever downloads has to log in
        self._numbers = itertools.count(1)

    def channel(self, name: str = "C0FILMS", *, member: bool = True, team: str = TEAM) -> Channel:
        """A channel, in which the bot is or is not."""
        members = {"U0ANNA", "U0BEN", *([BOT_USER] if member else [])}
        return self.channels.setdefault(name, Channel(name, members, team))

    def say(
        self,
        channel: Channel,
        user: str,
        text: str,
        *,
        files: list[File] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Somebody says something; the message as Slack keeps it."""
        message = {"type": "message", "user": user, "text": text, "ts": self.timestamp(), **more}
        if files:
            message |= {"files": [self.told(file) for file in files], "subtype": "file_share"}
            for file in files:
                file.seen_in.add(channel.id)
        channel.messages.append(message)
        return message

    def file(self, name: str, data: bytes, mimetype: str = "video/mp4", **more: Any) -> File:
        """A file that somebody uploaded."""
        file = File(f"F0{next(self._numbers):08}", name, len(data), "U0ANNA", data, mimetype)
        file.is_complete, file.more = True, more
        self.files[file.id] = file
        return file

    def told(self, file: File) -> dict[str, Any]:
        """A file as events and `files.info` tell of it."""
        where = f"{self.url}/files-pri/{file.id}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "mimetype": file.mimetype,
            "mode": file.mode,
            "size": file.size,
            "permalink": file.permalink,
            "url_private": where,
            "url_private_download": where,
            **file.more,
        }

    def shown(self, channel: Channel) -> list[Shown]:
        """What the bot said in a channel, in order."""
        return [self._shown(each) for each in channel.messages if each.get("bot_id") == BOT_ID]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The arguments of the requests for a method."""
        return [args for name, args in self.requests if name == method]

    def timestamp(self) -> str:
        """The id of a new message: later than all before."""
        return f"{1_900_000_000 + next(self._numbers)}.000100"

    def _shown(self, message: dict[str, Any]) -> Shown:
        blocks = MESSAGE.validate_python(message["blocks"])
        text = re.sub(
            r"<([^<>|]+)(?:\|([^<>]*))?>", lambda m: m[2] or m[1], "\n".join(texts(blocks))
        )
        for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            text = text.replace(entity, char)
        ids = pictures(blocks) + self.linked(message)
        return Shown(
            ts=message["ts"],
            thread=message.get("thread_ts", ""),
            text=text,
            buttons=tuple((button.text.text, button.value) for button in buttons(blocks)),
            files=tuple((self.files[key].name, self.files[key].data) for key in ids),
            raw=message,
        )

    def linked(self, message: Args) -> list[str]:
        said = json.dumps(message["blocks"])
        return [key for key, file in self.files.items() if f"/{file.owner}/{key}/" in said]


def pictures(blocks: list[Block]) -> list[str]:
    return [block.slack_file.id for block in blocks if isinstance(block, Image)]
