"""Uploads: files that browsers bring piece by piece, and the links that let them."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from bot.ports.talk import Attachment, Message, key_of

UploadState = Literal["open", "complete", "accepted", "taken"]


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """A file on its way to us.

    `id` stands in its address: 128 secret bits. `link` is the key of the link it came by, `asked`
    the message that asked for that. `length` is in bytes, as announced; `offset` is how many of
    them are safe on the disk. `metadata` is what the client said about the file, letter by letter.

    It is `open` until the last byte is there, then `complete`; `accepted` when it is a message that
    waits to be answered, and `taken` when its file is not needed any more. One that went elsewhere
    first may turn out to be of no use: then it is complete without a file, and `trouble` says why.
    """

    id: str = field(repr=False)
    link: str
    asked: Message
    length: int
    metadata: str
    expires_at: datetime
    offset: int = 0
    state: UploadState = "open"
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes there is room for: of uploads in a channel, and of any on the disk."""

    in_channel: int
    on_disk: int


Created = Literal["created", "channel full", "disk full"]


class Uploads(Protocol):
    """The records of uploads. They own the offsets: what is in a file beyond them was lost."""

    async def create(self, upload: UploadRecord, room: Room) -> Created:
        """Keep a new upload, if there is room beside what all the others may still bring.

        One without bytes is complete at once.

        Raises:
            StoreFailed: It is not kept.
        """
        ...

    async def find(self, upload_id: str) -> UploadRecord | None:
        """The upload with this id.

        Raises:
            StoreFailed: It cannot be read.
        """
        ...

    async def advance(self, upload: UploadRecord, offset: int) -> bool:
        """Say that more bytes are safe; False where somebody else has moved the offset meanwhile.

        The last byte makes it complete in the same step, so that this happens once.

        Raises:
            StoreFailed: The offset is where it was.
        """
        ...

    async def refuse(self, upload: UploadRecord, why: str) -> None:
        """Keep that an upload is over and will never have a file, unless it is complete already.

        Raises:
            StoreFailed: That is not kept.
        """
        ...

    async def remove(self, upload_id: str) -> bool:
        """Forget an upload; False where it is complete, or not there.

        Raises:
            StoreFailed: It is still there.
        """
        ...


class FinishedUploads(Protocol):
    """Uploads whose bytes are all there, and what became of them."""

    async def waiting(self) -> tuple[UploadRecord, ...]:
        """Those that are complete and not accepted."""
        ...

    async def find(self, upload_id: str) -> UploadRecord | None:
        """The upload with this id."""
        ...

    async def mark(self, upload_id: str, state: UploadState) -> None:
        """Say what became of one; it never goes back."""
        ...

    async def expire(self, now: datetime) -> int:
        """Forget uploads and links whose time is over; how many uploads.

        What is complete and not taken stays for a month: the program may have been off.
        """
        ...

    async def needing_files(self, upload_ids: Iterable[str]) -> frozenset[str]:
        """Those of these uploads that still need their files."""
        ...


class UploadFiles(Protocol):
    """Where the bytes of uploads lie."""

    def link(self, upload_id: str, into: Path) -> None:
        """Let the bytes of an upload have a second name, as if it was fetched to there.

        Raises:
            MediaRefused: They are gone.
            StoreFailed: The file cannot be made.
        """
        ...

    def adopt(self, upload_id: str, source: Path) -> None:
        """Take a whole file, which is moved, as the bytes of an upload.

        Raises:
            StoreFailed: It cannot be moved.
        """
        ...

    def ids(self) -> tuple[str, ...]:
        """The uploads that have a file."""
        ...

    def remove(self, upload_id: str) -> None:
        """Remove the file of an upload; harmless when repeated.

        Raises:
            StoreFailed: It is still there.
        """
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """An upload link that a browser took.

    `link` is the key of the link, `holder` a hash of the secret that the browser got. It ends when
    it `is_closed`, and at `expires_at`.
    """

    link: str
    holder: str = field(repr=False)
    asked: Message
    expires_at: datetime
    is_closed: bool = False


class Claims(Protocol):
    """Which browser has which upload link."""

    async def claim(self, claim: Claim) -> Claim:
        """Take a link, unless somebody has; who has it now.

        Raises:
            StoreFailed: Nobody knows.
        """
        ...

    async def find(self, link: str) -> Claim | None:
        """Who has a link.

        Raises:
            StoreFailed: Nobody knows.
        """
        ...

    async def close(self, link: str) -> None:
        """Let nothing more come by a link.

        Raises:
            StoreFailed: It is still open.
        """
        ...


_BY_LINK = "upload:"
_KEY = re.compile(r"[!-+\--~]+")
"""Printable ASCII without space and comma."""


def metadata_of(metadata: str) -> Mapping[str, str]:
    """Read what a client said about a file: "filename Y2xpcC5tcDQ=,is_long".

    Raises:
        ValueError: It cannot be read.
    """
    found: dict[str, str] = {}
    for pair in metadata.split(",") if metadata else []:
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise ValueError(f"{key!r} is no key, or comes twice")
        found[key] = base64.b64decode(value, validate=True).decode(errors="replace")
    return found


def uploaded(upload: UploadRecord) -> Message:
    """The message that an upload is when it has arrived, by whoever asked for the link."""
    metadata = metadata_of(upload.metadata)
    name = metadata.get("filename") or metadata.get("name") or "clip"
    return replace(
        upload.asked,
        id=f"upload-{key_of(upload.id)}",  # people may see it: not the id, which is a secret
        text="",
        attachments=(Attachment(name, f"{_BY_LINK}{upload.id}", upload.length),),
    )


def upload_of(attachment: Attachment) -> str | None:
    """The id of the upload that an attachment is; None for what lies on a chat platform."""
    ref = attachment.ref
    return ref.removeprefix(_BY_LINK) if ref.startswith(_BY_LINK) else None
