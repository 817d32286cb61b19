"""Objects: files in a bucket, each under a key, and how an upload to one goes on after a crash."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it is listed; `modified` is when it was last put."""

    key: str
    size_bytes: int
    modified: datetime


class Objects(Protocol):
    """A bucket. Calls may take long, and stop when their task is cancelled.

    All raise `StoreFailed` while the bucket cannot be reached, which may pass, and `StoreRefused`
    where it does not let us in: wrong key, no such bucket, no permission.
    """

    async def put(self, key: str, source: Path, report: Callable[[float], None]) -> None:
        """Keep a file under a key, and report the fraction done.

        The object appears whole or not at all. What a killed process had sent of the same content
        to the same key is not sent again.
        """
        ...

    async def get(self, key: str, target: Path, report: Callable[[float], None]) -> str:
        """Write an object to a file that is not there yet; its SHA-256, in hex.

        Nothing is left of a file that did not come whole.

        Raises:
            Damaged: There is no such object, or its content is not what was put.
        """
        ...

    async def size(self, key: str) -> int | None:
        """How many bytes an object has, None where there is none."""
        ...

    async def holds(self, key: str, sha256: str) -> bool:
        """Whether what was last put under a key had this content; it is not read for that."""
        ...

    def under(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The objects whose keys begin like this, in the order of their keys.

        They are asked for page by page: a bucket may have more than there is memory for.
        """
        ...

    async def remove(self, keys: Collection[str]) -> None:
        """Remove objects; it is no error where they are not there."""
        ...

    async def link(self, key: str, name: str | None, seconds: int) -> str:
        """An address under which a browser gets an object, for so long and for a week at most.

        With a name it is saved under that name, without one it is shown. Whether the object is
        there is not looked at.
        """
        ...

    async def abandon(self, before: datetime) -> int:
        """Give up uploads that began before and did not end; how many."""
        ...


@dataclass(frozen=True, slots=True)
class Multipart:
    """An upload in parts. `parts` are the ETags of those that arrived, by number from 1."""

    id: str
    key: str
    sha256: str
    part_bytes: int
    parts: Mapping[int, str] = field(default_factory=dict)


class Multiparts(Protocol):
    """Remembers uploads that have begun, so that they go on after a crash."""

    async def unfinished(self, key: str) -> Multipart | None:
        """The latest upload to a key that has not ended."""
        ...

    async def begun_before(self, moment: datetime) -> tuple[Multipart, ...]:
        """Uploads that have not ended and began earlier."""
        ...

    async def begin(self, upload: Multipart) -> None:
        """An upload begins; no part has arrived."""
        ...

    async def arrived(self, upload_id: str, number: int, etag: str) -> None:
        """A part has arrived, maybe again."""
        ...

    async def end(self, upload_id: str) -> None:
        """Forget an upload, which is complete or given up."""
        ...
