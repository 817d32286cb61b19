"""What a loopback Slack consists of."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

BOT_TOKEN = "xoxb-loopback"  # noqa: S105
APP_TOKEN = "xapp-loopback"  # noqa: S105
TEAM, BOT_USER, BOT_ID = "T0TEAM", "U0BOT", "B0BOT"
LOGIN_PAGE = "<!DOCTYPE html><html><body>Sign in to Slack</body></html>"
SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,"
    "files:read,files:write,groups:history,groups:read,im:history,im:read,links.embed:write,"
    "links:read,links:write,mpim:history,mpim:read,users:read"
)
DOMAIN = "chatkut.example.com"


class Refused(Exception):
    """An error of the Web API."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.more = {"error": code, **more}


@dataclass
class Channel:
    id: str
    members: set[str] = field(default_factory=set)
    team: str = TEAM
    is_archived: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_direct(self) -> bool:
        return self.id.startswith("D")


@dataclass
class File:
    """`seen_in` are the channels to which it is visible; `looks` is until when it is processed."""

    id: str
    name: str
    size: int
    owner: str = BOT_USER
    data: bytes = b""
    mimetype: str = ""
    mode: str = "hosted"
    is_complete: bool = False
    looks: int = 0
    seen_in: set[str] = field(default_factory=set)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def permalink(self) -> str:
        return f"https://loopback.slack.com/files/{self.owner}/{self.id}/{self.name}"


@dataclass(frozen=True)
class Shown:
    """A message of the bot as people see it: markup undone, buttons as (label, value)."""

    ts: str
    thread: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, bytes], ...]
    raw: dict[str, Any]


@dataclass
class Faults:
    """What goes wrong next. `busy` and `errors` hold for the next requests, in turn.

    `meanwhile`: what happens, by method, when its answer is ready and not yet sent.
    """

    busy: deque[int] = field(default_factory=deque)
    errors: deque[str] = field(default_factory=deque)
    statuses: deque[int] = field(default_factory=deque)
    lost_answers: int = 0
    broken_uploads: int = 0
    looks: int = 1
    most_history: int = 999
    scopes: str = SCOPES
    meanwhile: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
