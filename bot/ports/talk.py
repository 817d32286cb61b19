"""Talking: what people say, and what is said back."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

ReplyKind = Literal[
    "receipt", "question", "answer", "error", "clip", "estimate", "render", "progress"
]


AGAIN = "/again"
"""At the end of a message's id: it had to wait, and comes once more, without its files."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message.

    `name` is what people know it by. `ref` is what its platform opens it by, for years: a path at
    the terminal, else ids of the platform (no address that expires). `size_bytes` is as announced.
    """

    name: str
    ref: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where on a platform something is said.

    `channel` is platform and place, such as "slack:T1/C2"; `thread` and `message`, the one that is
    answered, are the platform's own ids.
    """

    channel: str
    thread: str = ""
    message: str = ""

    @property
    def platform(self) -> str:
        """The platform's name: what stands before the colon."""
        return self.channel.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who is mentioned: the platform's id, and the name that stands in the text."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said, or which button they pressed.

    `id` is the platform's, unique in the channel and the same when it is delivered again. `author`
    is the name that people see, `user` the platform's id of the person. `chose` is the pressed
    button, as "key#number": the key of the post (see `Chat.post`), and the choice from 0.
    `external` people are guests from outside the workspace; an `admin` manages it.
    """

    id: str
    channel: str
    author: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    user: str = ""
    thread: str = ""
    chose: str = ""
    external: bool = False
    admin: bool = False
    mentions: tuple[Mention, ...] = ()

    @property
    def address(self) -> Address:
        """Where to answer."""
        return Address(self.channel, self.thread, self.first_id)

    @property
    def first_id(self) -> str:
        """The platform's id also of a message that comes `AGAIN`."""
        return re.sub(f"({AGAIN})+$", "", self.id)

    @property
    def person(self) -> str:
        """Who it is, unique among all platforms: "slack:U1"; by name where there are no ids."""
        return f"{self.address.platform}:{self.user or self.author}"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a choice is bound to, so that nobody else, not later, and of nothing else, says yes.

    `person` is who was asked (see `Message.person`), `name` what people call them; `until` is in
    Unix seconds; `revision` was the head when it was asked.
    """

    person: str
    name: str
    until: float
    revision: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer: what the button says, and the complete message that it stands for."""

    label: str
    text: str
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: what it is doing, fraction 0…1, and seconds left where that is known."""

    stage: str
    fraction: float
    seconds_left: float | None = None


_CELLS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said back. A reply with `progress` replaces the one before it in the same thread.

    `link` is where the file, or the page that this is about, is found in a browser. `only_for` is
    the platform's id of the only person who should see it, where the platform can do that.
    """

    kind: ReplyKind
    text: str
    choices: tuple[Choice, ...] = ()
    files: tuple[Path, ...] = ()
    revision: int | None = None
    cost_usd: float | None = None
    progress: Progress | None = None
    link: str = ""
    only_for: str = ""


def progress_reply(progress: Progress) -> Reply:
    """Progress as a reply: ▰▰▰▱▱ 62 % · rendering · 12 s left."""
    filled = int(progress.fraction * _CELLS)
    bar = f"{'▰' * filled}{'▱' * (_CELLS - filled)}"
    parts = [f"{bar} {progress.fraction:.0%}", progress.stage]
    if progress.seconds_left is not None:
        parts.append(f"{progress.seconds_left:.0f} s left")
    return Reply("progress", " · ".join(parts), progress=progress)


def folder_of(channel: str) -> str:
    """A folder name for a channel: readable, safe, and not shared with any other channel."""
    readable = "".join(c if c.isascii() and c.isalnum() else "-" for c in channel)[:40]
    return f"{readable}-{hashlib.sha256(channel.encode()).hexdigest()[:8]}"


def key_of(*parts: str) -> str:
    """A key that is the same whenever it is made of the same parts: 24 letters and digits."""
    digest = hashlib.sha256("\0".join(parts).encode(errors="replace")).digest()
    return base64.b32encode(digest).decode().lower()[:24]


class Voice(Protocol):
    """Says replies at once to the person who waits for them: the terminal."""

    async def post(self, message: Message, reply: Reply) -> None:
        """Answer a message where it was said."""
        ...


class Chat(Protocol):
    """A chat platform, behind a network that may lose requests as well as answers.

    `edit_seconds` is the shortest time between two edits of one message that its limits allow.
    """

    @property
    def edit_seconds(self) -> float: ...

    async def post(self, to: Address, reply: Reply, key: str) -> str:
        """Say something; the platform's id of the post.

        `key` (letters and digits, at most 24) is the post's own: where the platform can, posting
        twice with one key is posting once. A button carries "key#number of the choice". Nothing is
        cut off: what is too long is split or attached, what is too large is told.

        Raises:
            ChatBusy: Nothing was posted; later it may be.
            ChatRefused: It will never be taken.
            PostUnknown: Nobody knows whether it was posted.
        """
        ...

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """The id of the post with this key, if it was made since then; asked after PostUnknown.

        Raises:
            ChatBusy: The platform cannot tell just now.
            ChatRefused: There is no such channel any more.
        """
        ...

    async def edit(self, to: Address, post: str, reply: Reply) -> None:
        """Replace the text and buttons of a post; harmless when repeated.

        Raises:
            ChatBusy: It was not edited.
            ChatRefused: The post is gone.
        """
        ...

    async def fetch(
        self, attachment: Attachment, into: Path, report: Callable[[float], None]
    ) -> None:
        """Download an attachment into a file, reporting the fraction done.

        Raises:
            FetchFailed: It did not arrive; again may help.
            MediaRefused: It is too large, gone, or not what it was announced as.
            StoreFailed: There is no room for it.
        """
        ...


class Intake(Protocol):
    """Where chat adapters bring what they heard."""

    async def accept(self, message: Message) -> None:
        """Accept a message durably: once this returns, the platform may be told so.

        The same message again does nothing.

        Raises:
            StoreFailed: It is not accepted; the platform should deliver it again.
        """
        ...


class Listener(Protocol):
    """The hearing side of a chat platform."""

    @property
    def connected(self) -> bool:
        """Whether messages can come in just now."""
        ...

    async def start(self, intake: Intake) -> None:
        """Connect, and bring what is heard to the intake until stopped; reconnect by itself.

        Raises:
            ChatRefused: The settings cannot work: a wrong token, a missing scope or intent.
        """
        ...

    async def stop(self) -> None:
        """Hear nothing more; what is being accepted is still accepted and acknowledged."""
        ...


class Threads(Protocol):
    """Where ChatKut takes part, so that a reply there needs no mention."""

    async def joined(self, channel: str, thread: str) -> bool:
        """Whether something was posted, or is about to be, in this thread."""
        ...
