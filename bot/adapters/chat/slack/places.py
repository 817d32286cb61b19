"""Names of places and posts: how ChatKut's ids are made of Slack's."""

import re
from typing import NamedTuple

from bot.ports import Address, ChatRefused

_PLACE = re.compile(r"slack:([A-Z0-9]+)/([CDG][A-Z0-9]+)")
_TS = re.compile(r"\d{6,}\.\d{6}")


class Place(NamedTuple):
    """A channel of a workspace."""

    team: str
    channel: str

    @property
    def key(self) -> str:
        """ChatKut's name of the channel."""
        return f"slack:{self.team}/{self.channel}"

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct message, where one answers beneath and not in threads."""
        return self.channel.startswith("D")


class Posted(NamedTuple):
    """A post: when Slack says it was made, which is its id, and the key of its buttons."""

    ts: str
    key: str

    @property
    def id(self) -> str:
        """The id that the rest of ChatKut keeps: an edit has to know the key again."""
        return f"{self.ts}#{self.key}"


class FileRef(NamedTuple):
    """A file of a workspace."""

    team: str
    file: str

    @property
    def ref(self) -> str:
        """What an attachment is opened by."""
        return f"{self.team}/{self.file}"


def place_of(channel: str) -> Place:
    """Read ChatKut's name of a channel.

    Raises:
        ChatRefused: It is not one of Slack's.
    """
    match = _PLACE.fullmatch(channel)
    if match is None:
        raise ChatRefused(f"{channel!r} is not a Slack channel.")
    return Place(match[1], match[2])


def posted(post: str) -> Posted:
    """Read the id of a post."""
    ts, _, key = post.partition("#")
    return Posted(ts, key)


def file_of(ref: str) -> FileRef:
    """Read what an attachment is opened by."""
    team, _, file = ref.partition("/")
    return FileRef(team, file)


def thread_of(to: Address) -> str | None:
    """The thread to answer in; beneath a message that stands alone, one is opened."""
    if to.thread:
        return to.thread
    # Slash commands and buttons have ids of ours: no message that a thread could hang on.
    can_open = _TS.fullmatch(to.message) and not place_of(to.channel).is_direct
    return to.message if can_open else None
