"""A data directory that a version of ChatKut left behind when it was killed in the middle of work.

`kept.tar.xz` holds `data/` as it was, the clips that were to be fetched, and `story.json`: what had
been said, what had been seen in the chat, and how each message ought to be answered.
"""

import json
import os
import sqlite3
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from tests.adapters.chat.bridge_site import BridgeSite, Clip, Content, Visible

KEPT = sorted(Path(__file__).parent.glob("*.tar.xz"))


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Frozen):
    """A message as it was brought, and the kinds of replies that it gets, in order."""

    message: Mapping[str, Any]
    replies: tuple[str, ...]


_NOT_YET: Mapping[str, Any] = {"link": "", "only_for": ""}
"""What older versions did not send with a post."""


class Seen(_Frozen):
    """A post that the chat had when the process was killed; of its files only the names."""

    id: str
    content: Content
    files: tuple[str, ...]

    @field_validator("content", mode="before")
    @classmethod
    def _as_today(cls, content: Any) -> Any:
        return {**_NOT_YET, **content} if isinstance(content, Mapping) else content


class Story(_Frozen):
    """What the data directory is a moment of. `port` is the chat's, which serves the clips."""

    commit: str
    made_at: datetime
    port: int
    said: tuple[Said, ...]
    seen: tuple[Seen, ...]
    states: Mapping[str, int]
    """How many rows of each kind were in which state, such as "post sending"."""


def pack(folder: Path, story: Story, into: Path) -> None:
    """Keep `data` and `clips` of a folder, and the story."""
    (folder / "story.json").write_text(story.model_dump_json(indent=1))
    with tarfile.open(into, "w:xz", preset=9) as archive:
        for name in ("story.json", "clips", "data"):
            archive.add(folder / name, name, filter=_nobodys)


def unpack(kept: Path, folder: Path) -> Story:
    """The story; `data` and `clips` are in the folder, as if they had been made just now.

    What is kept for a year or a month is no older, in a year, than it is today.
    """
    with tarfile.open(kept) as archive:
        archive.extractall(folder, filter="data")
    for path in (folder / "data").rglob("*"):
        os.utime(path)
    story = Story.model_validate(json.loads((folder / "story.json").read_text()))
    _postpone(folder / "data" / "chatkut.sqlite", (datetime.now(UTC) - story.made_at).days)
    return story


def _postpone(file: Path, days: int) -> None:
    """Add to all times in a database, whatever tables it has."""
    with closing(sqlite3.connect(file)) as database, database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for _, column, kind, *_ in database.execute(f"PRAGMA table_info({table})").fetchall():
                if kind == "DATETIME":
                    database.execute(
                        f"UPDATE {table} SET {column} ="  # noqa: S608
                        f" strftime('%Y-%m-%d %H:%M:%f000', {column}, '{days} days')"
                    )


def remember(site: BridgeSite, story: Story, clips: Path) -> None:
    """Let a chat be as it was: the same address, the same posts and clips."""
    site._port = story.port
    site.posts += [
        Visible(seen.id, seen.content, dict.fromkeys(seen.files, b"")) for seen in story.seen
    ]
    for clip in clips.iterdir():
        site.clips[clip.name] = Clip(clip.read_bytes())


def seen(posts: Sequence[Visible]) -> tuple[Seen, ...]:
    """What is in a chat."""
    return tuple(Seen(id=p.id, content=p.content, files=tuple(p.files)) for p in posts)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without who made it and when, so that the same is the same; sockets and locks stay away."""
    if member.name.endswith(".log") or not (member.isfile() or member.isdir()):
        return None
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
