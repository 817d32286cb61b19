"""Compares what was said with what is written down, what is seen, and what lies on the disk."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av

from bot.ports import key_of
from tests.adapters.chat.bridge_site import BridgeSite, Visible
from tests.chaos.books import Books
from tests.chaos.speaker import REPLIES, Said, Speaker

Fault = Literal["lost", "duplicated", "orphans", "disordered"]

_ORDERED = (("estimate", "render"),)
_NOT_ORDERED = (("render",), ("answer",))
"""A render of what has been rendered, or is being rendered already."""
_CANCELLED = (("estimate",),)
_CHANGES_NOTHING = ("lost clip", "question", "render", "cancel")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be."""

    fault: Fault
    what: str


def audit(
    books: Books, site: BridgeSite, speakers: Sequence[Speaker], data: Path
) -> Iterator[Finding]:
    """All that is wrong, once the service is quiet and stopped."""
    yield from _visible(books, site)
    for speaker in speakers:
        posts = [post for post in site.posts if post.content.channel == speaker.channel]
        yield from _effects(books, speaker)
        yield from _replies(books, speaker, posts)
        yield from _order(speaker, posts)
    yield from _films(books, site)
    yield from _files(books, data)


def _visible(books: Books, site: BridgeSite) -> Iterator[Finding]:
    """Whatever was to be said is seen once; what shows progress has come to its end."""
    seen = Counter((post.content.channel, post.content.key) for post in site.posts)
    for (channel, key), count in seen.items():
        if count > 1:
            kinds = {post.content.kind for post in site.posts if post.content.key == key}
            yield Finding("duplicated", f"{count} posts {key} in {channel}: {kinds}")
    keys = {key for _, key in seen}
    for row in books.posts():
        if row.state != "sent" or (row.edits or row.key) not in keys:
            yield Finding("lost", f"post {row.key} of {row.message_id} is {row.state} {row.error}")
    offered = {post.content.key for post in site.posts if post.content.choices}
    for row in books.posts():
        if row.edits in offered:
            yield Finding("orphans", f"buttons of {row.edits}, which were withdrawn")
    for post in site.posts:
        if post.content.progress is not None:
            yield Finding("orphans", f"progress {post.content.text!r} of {post.content.key}")
        if post.content.kind == "receipt" and len(post.files) != 1:
            yield Finding("lost", f"the picture of {post.content.text!r}")


def _effects(books: Books, speaker: Speaker) -> Iterator[Finding]:
    """Each message was answered once and led to one revision, or none; and so to the present."""
    channel = f"bridge:{speaker.channel}"
    answered, revisions = books.messages(channel), books.revisions(channel)
    for said in speaker.accepted:
        wanted = 0 if said.kind in _CHANGES_NOTHING else 1
        yield from _counted(answered[said.id], 1, f"answers to {said.id}, a {said.kind}")
        yield from _counted(revisions[said.id], wanted, f"revisions of {said.id}, a {said.kind}")
    unheard = (answered + revisions).keys() - {said.id for said in speaker.accepted}
    for id in unheard:
        yield Finding("duplicated", f"{channel} has {id}, which nobody said")
    comp = books.composition(channel)
    titles = Counter(item.text for item in comp.items.values() if item.type == "text")
    for said in speaker.accepted:
        wanted = "title" in said.kind and said in speaker.standing
        yield from _counted(titles[said.id], int(wanted), f"titles {said.id}")
    clips = sum("clip" in said.kind for said in speaker.standing)
    yield from _counted(len(comp.main), clips, f"clips in {channel}")


def _replies(books: Books, speaker: Speaker, posts: Sequence[Visible]) -> Iterator[Finding]:
    """What was said to each message, progress apart, is what ought to be said."""
    films = {row.message_id: row.state for row in books.renders()}
    for said in speaker.accepted:
        mine = [post for post in posts if post.content.in_reply_to == said.id]
        kinds = tuple(post.content.kind for post in mine if post.content.kind != "progress")
        wanted = _wanted(said, films.get(said.id))
        if kinds not in wanted:
            fault: Fault = "duplicated" if len(kinds) > max(map(len, wanted)) else "lost"
            texts = [post.content.text for post in mine]
            yield Finding(fault, f"{said.id}, a {said.kind}, was answered by {kinds}: {texts}")


def _wanted(said: Said, film: str | None) -> tuple[tuple[str, ...], ...]:
    """The kinds of what ought to be said, in order: any of these; `film` is what became of it."""
    if said.kind != "render":
        return (REPLIES[said.kind],)
    if film is None:
        return _NOT_ORDERED
    return _CANCELLED if film == "cancelled" else _ORDERED


def _order(speaker: Speaker, posts: Sequence[Visible]) -> Iterator[Finding]:
    """Replies come in the order in which the messages were accepted; films when they are done."""
    place = {
        key_of(f"bridge:{speaker.channel}", said.id, str(part)): (number, part, said)
        for number, said in enumerate(speaker.accepted)
        for part in range(3)
    }
    seen = list(dict.fromkeys(p.content.key for p in posts if p.content.key in place))
    for one, other in pairwise(seen):
        if place[one] > place[other]:
            yield Finding(
                "disordered", f"{place[other][2].id} is answered after {place[one][2].id}"
            )


def _films(books: Books, site: BridgeSite) -> Iterator[Finding]:
    """Each film that was ordered was delivered once, and plays."""
    for row in books.renders():
        film = (key_of("render", row.id), "render")
        seen = [post for post in site.posts if (post.content.key, post.content.kind) == film]
        yield from _counted(len(seen), int(row.state == "done"), f"films {row.id}, {row.state}")
        if row.state == "failed":
            yield Finding("lost", f"film {row.id} failed: {row.error}")
    for post in site.posts:
        if post.content.kind == "render" and not all(map(_plays, post.files.values() or [b""])):
            yield Finding("lost", f"the film of {post.content.in_reply_to} cannot be played")


def _files(books: Books, data: Path) -> Iterator[Finding]:
    """There is nothing on the disk that nobody knows of, or that nobody will ever remove.

    Pictures of timelines are removed by their age, those that were never shown as well.
    """
    for leftover in _leftovers(data):
        yield Finding("orphans", f"{leftover.relative_to(data)} was left behind")
    films = {data / row.path for row in books.renders() if row.path}
    kept = {path for path in data.glob("renders/*/*") if not path.name.startswith(".")}
    for film in films ^ kept:
        yield Finding("orphans" if film in kept else "lost", f"{film.relative_to(data)}")
    clips = {home.name for home in data.glob("media/??/*")}
    for sha256 in clips ^ books.clips():
        yield Finding("orphans" if sha256 in clips else "lost", f"clip {sha256}")
    for home in data.glob("media/??/*"):
        if not (home / "facts.json").exists() or not any(home.glob("original.*")):
            yield Finding("lost", f"clip {home.name} is not whole")


def _leftovers(data: Path) -> Iterator[Path]:
    yield from data.glob("incoming/*")
    yield from (path for path in data.glob("media/incoming/*") if path.name != "claim.lock")
    yield from data.glob("renders/*/.*")
    yield from data.glob("renders/.running/*")
    yield from (path for path in data.glob("pictures/*/*") if path.suffix != ".png")
    yield from data.glob("backups/*.part*")


def _plays(film: bytes) -> bool:
    try:
        with av.open(BytesIO(film), "r") as container:
            return any(True for _ in container.decode(video=0))
    except av.FFmpegError:
        return False


def _counted(count: int, wanted: int, what: str) -> Iterator[Finding]:
    if count != wanted:
        fault: Fault = "lost" if count < wanted else "duplicated"
        yield Finding(fault, f"{count} {what} instead of {wanted}")
