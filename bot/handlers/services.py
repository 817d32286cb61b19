"""What handlers work with: the ports, put together once by `app.py`."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.ports import (
    Books,
    Charts,
    Conversations,
    Exporter,
    Later,
    Links,
    MediaStore,
    Pictures,
    Planner,
    Progress,
    RenderJobs,
    SubtitleReader,
)


@dataclass(frozen=True, slots=True)
class Services:
    """The outside, as handlers see it. Renders above `confirm_over_microusd` ask first.

    `admins` are people (see `Message.person`) who are admins everywhere. The next two are how many
    messages a minute are taken from a person and in a channel, 0 for any number. `now` tells the
    time in Unix seconds. `links` is None where no browser can reach us.
    `patience_seconds` is how long an answer may wait for what is in a clip; None for ever. What
    takes longer goes on `later`, if somebody does that. `progress` is told what takes a while,
    where somebody waits and watches.
    """

    conversations: Conversations
    media: MediaStore
    subtitles: SubtitleReader
    planner: Planner
    pictures: Pictures
    renders: RenderJobs
    books: Books
    charts: Charts
    pictures_dir: Path
    exporter: Exporter
    exports_dir: Path
    confirm_over_microusd: int
    help_text: str
    admins: frozenset[str] = frozenset()
    person_per_minute: int = 0
    channel_per_minute: int = 0
    links: Links | None = None
    patience_seconds: float | None = None
    later: Later | None = None
    progress: Callable[[Progress], Awaitable[None]] | None = None
    now: Callable[[], float] = time.time
