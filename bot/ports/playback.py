"""Playback: clips and films at a service that streams them, such as Cloudflare Stream.

It is an extra. Originals stay where they are, and nothing that goes wrong here harms a clip or a
film: it is then played from our own files.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

PublicationKind = Literal["clip", "film"]

PublicationState = Literal["waiting", "sending", "encoding", "ready", "failed", "refused"]
"""`failed` is tried again when the daily sweep comes by; `refused` never."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What is to be published, and which channel pays: a clip by its SHA-256, a film by its id."""

    kind: PublicationKind
    ref: str
    channel: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.ref}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the service has a video: as it tells, so without a right to see it."""

    hls: str = ""
    page: str = ""
    thumbnail: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """How it stands with something that is published.

    `upload_url` lets whoever has it write the file, so it is shown nowhere. `renewals` counts how
    often the upload was begun anew. `sha256` is that of the file which is being sent.
    """

    footage: Footage
    job: str
    state: PublicationState = "waiting"
    uid: str = ""
    upload_url: str = field(default="", repr=False)
    renewals: int = 0
    size_bytes: int = 0
    sent_bytes: int = 0
    sha256: str = ""
    seconds: float = 0
    addresses: Addresses = Addresses()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was created and is to be filled."""

    uid: str
    url: str = field(repr=False)


VideoState = Literal["coming", "encoding", "ready", "error"]


@dataclass(frozen=True, slots=True)
class Video:
    """What the service says of a video.

    Seconds and size are 0 while unknown. It can be played from `ready` on; all qualities are there
    at a fraction of 1. `error` is a sentence; `is_unfetched` where the service could not `copy` it,
    which says nothing of the file.
    """

    uid: str
    state: VideoState
    fraction: float = 0
    seconds: float = 0
    size_bytes: int = 0
    addresses: Addresses = Addresses()
    error: str = ""
    is_unfetched: bool = False


@dataclass(frozen=True, slots=True)
class Watching:
    """Signed addresses that play a video for a while; `preview` is a short moving picture.

    `mp4` is empty while there is no such file.
    """

    hls: str = field(repr=False)
    iframe: str = field(repr=False)
    thumbnail: str = field(repr=False)
    preview: str = field(repr=False)
    mp4: str = field(default="", repr=False)


class Playback(Protocol):
    """What the inside asks of playback."""

    async def publish(self, footage: Footage) -> None:
        """Have it published some time soon; once, however often this is said."""
        ...

    async def status(self, footage_key: str) -> Publication | None:
        """How it stands with a clip or film (see `Footage.key`); None if it was never published."""
        ...

    async def watch(self, footage_key: str) -> Watching | None:
        """Where to watch it for the next hours; None while it cannot be watched.

        Raises:
            PlaybackBusy: The service does not answer.
            PlaybackRefused: The service does not let us.
        """
        ...

    async def captions(self, footage_key: str, language: str) -> str | None:
        """What is spoken in a video, as WebVTT; None while that is being made.

        `language` is the one that is spoken: "en", "de", …

        Raises:
            PlaybackBusy: The service does not answer.
            PlaybackRefused: There is no such video, or it is not spoken in that language.
        """
        ...


class VideoService(Protocol):
    """A service that keeps videos and plays them.

    All raise `PlaybackBusy` where trying again later helps, `PlaybackRefused` where it does not,
    and of these `NoSuchVideo` where there is none; the message says what to do.
    """

    async def create(self, footage: Footage, size_bytes: int, tag: str) -> Upload:
        """Announce a file that will be sent; see `clear` for the tag."""
        ...

    async def create_direct(self, name: str, size_bytes: int, until: datetime) -> Upload:
        """Announce a file that a browser sends by itself, with no token, until then."""
        ...

    async def copy(self, footage: Footage, url: str, tag: str) -> str:
        """Let the service fetch the file itself; the uid of the video. See `clear` for the tag."""
        ...

    def send(self, upload_url: str, path: Path) -> AsyncGenerator[int, None]:
        """Send a file, from where an earlier attempt got to; yields the bytes that are there.

        Closing the iterator, or cancelling the task, ends the transfer.

        Raises:
            UploadLost: There is no such upload, or it is one for another file: create it anew.
        """

    async def look(self, uid: str) -> Video:
        """How it stands with a video."""
        ...

    async def watch(self, uid: str, addresses: Addresses) -> Watching:
        """Sign addresses."""
        ...

    async def mp4(self, uid: str) -> str | None:
        """Where the video is as one file, which is made if there is none; None meanwhile."""
        ...

    async def fetch(self, url: str, into: Path, name: str) -> None:
        """Download what `mp4` told of; `name` is what people know it by.

        Raises:
            FetchFailed: It did not arrive; again may help.
            MediaRefused: It is too large, or gone.
            StoreFailed: There is no room for it.
        """
        ...

    async def captions(self, uid: str, language: str) -> str | None:
        """What is spoken, as WebVTT; None while it is being made."""
        ...

    async def remove(self, uid: str) -> None:
        """Remove a video; one that is not there is no error."""
        ...

    async def clear(self, tag: str) -> None:
        """Remove what was announced or copied with a tag, also where nobody learned of it."""
        ...

    async def delivered(self, day: date) -> Mapping[str, float]:
        """Minutes that were watched on a day (UTC), by the uids of all videos of the account."""
        ...


class Publications(Protocol):
    """What is published, and how far that has come."""

    async def order(self, footage: Footage) -> Publication:
        """Keep that it is to be published, by a job of its own; again where that had failed.

        What is ordered now is not `unused` since long.
        """
        ...

    async def retry(self, footage_key: str) -> Publication | None:
        """Give it a new job where that had failed; None for what is forgotten."""
        ...

    async def get(self, footage_key: str) -> Publication | None:
        """How it stands, None for what was never ordered or is forgotten."""
        ...

    async def by_uid(self, uid: str) -> Publication | None:
        """What the service knows by this uid."""
        ...

    async def save(self, publication: Publication) -> bool:
        """Keep how it stands; False, and nothing is kept, where it was removed meanwhile."""
        ...

    async def count(self, *states: PublicationState) -> int:
        """How many are in any of these states."""
        ...

    async def unfinished(self) -> tuple[Publication, ...]:
        """Those that failed and may be tried again, and those whose job may never have begun."""
        ...

    async def unused(self, before: datetime) -> tuple[Publication, ...]:
        """Clips that no revision refers to and films that are not kept, ordered before."""
        ...

    async def remove(self, publication: Publication) -> None:
        """Forget it."""
        ...

    async def book(self, day: date, microusd_per_minute: float) -> None:
        """Book what was stored on a day, by channel, unless it is booked already."""
        ...

    async def unbooked(self, days: Sequence[date]) -> tuple[date, ...]:
        """On which of these days something was there to be watched that is not booked yet."""
        ...

    async def book_delivered(
        self, day: date, minutes: Mapping[str, float], microusd_per_minute: float
    ) -> None:
        """Book what was watched on a day, by channel, unless that day is booked already.

        Minutes are by uid; those of videos that are not ours are left out.
        """
        ...
