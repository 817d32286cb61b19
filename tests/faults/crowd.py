"""People who talk while something is broken, on a platform that brings again what was refused."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.ports import key_of
from tests.adapters.chat.bridge_site import BridgeSite, Clip
from tests.chaos.audit import audit
from tests.chaos.books import opened
from tests.chaos.service import Service, until
from tests.media import video

CHANNELS = ("launch", "trailer", "recap")


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the kinds of its replies: any of these."""

    id: str
    channel: str
    text: str
    replies: tuple[tuple[str, ...], ...] = (("receipt",),)
    attachments: tuple[Mapping[str, str], ...] = ()

    def message(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "channel": self.channel,
            "author": "Ada",
            "text": self.text,
            "attachments": list(self.attachments),
        }


@dataclass
class Crowd:
    """What is said to a service, and what became of it."""

    service: Service
    site: BridgeSite
    accepted: dict[str, Said] = field(default_factory=dict)
    refused: dict[str, Said] = field(default_factory=dict)
    """Brought in vain until now."""
    refusals: int = 0

    def __post_init__(self) -> None:
        self.site.bot = f"http://127.0.0.1:{self.service.port}"
        self._count = 0

    def bring(self, said: Said) -> bool:
        """Whether it was accepted; what was not is kept, to be brought again."""
        status = self.site.say(said.message())
        assert status in (202, 503), f"{said} was answered with status {status}"
        if status == 202:
            self.accepted[said.id] = said
            self.refused.pop(said.id, None)
        else:
            self.refused[said.id] = said
            self.refusals += 1
        return status == 202

    def title(self) -> Said:
        """A message that adds a title of its own, in one channel after the other."""
        self._count += 1
        channel = CHANNELS[self._count % len(CHANNELS)]
        id = f"{channel}-{self._count}"
        return Said(id, channel, f"add a title '{id}'")

    def clip(self, channel: str, pause_seconds: float = 0) -> Said:
        """A message that comes with a clip, which takes four pauses to fetch."""
        self._count += 1
        id = f"{channel}-{self._count}"
        path = self.service.folder / f"{id}.mp4"
        data = video(path, seconds=1, size="160x90", tone=300 + self._count).read_bytes()
        path.unlink()
        clip = Clip(data, block_bytes=len(data) // 4 + 1, pause_seconds=pause_seconds)
        file = {"name": path.name, "url": self.site.clip(path.name, clip)}
        return Said(id, channel, "", (("clip",),), (file,))

    def render(self, channel: str) -> Said:
        """A message that orders a film, which is made or is said to have failed."""
        self._count += 1
        id = f"{channel}-{self._count}"
        replies = (("estimate", "render"), ("estimate", "error"))
        return Said(id, channel, "render preview", replies)

    def begin(self) -> None:
        """Order a film, send a file that takes time, and more than can be answered at once."""
        assert self.bring(self.render("launch"))
        slow = self.clip("recap", pause_seconds=0.5)
        assert self.bring(slow)
        self.burst(12)
        clip = self.site.clips[f"{slow.id}.mp4"]
        until(lambda: clip.asked or None, "the file is being fetched")

    def burst(self, count: int) -> None:
        """Bring many titles at once."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.bring, [self.title() for _ in range(count)]))

    def bring_again(self) -> None:
        """What platforms do with what was refused, until nothing is."""

        def nothing_is() -> bool:
            for said in list(self.refused.values()):
                self.bring(said)
            return not self.refused

        until(nothing_is, "everything is accepted")

    def recover(self) -> None:
        """Have everything accepted and done, by the same process."""
        self.bring_again()
        self.settle()
        assert self.service.process
        assert self.service.process.poll() is None

    def settle(self) -> None:
        """Wait until everything that was accepted is done."""
        with opened(self.service.data, self.service.database_url) as books:
            until(lambda: not books.unfinished() or None, "all is quiet")

    def findings(self) -> list[str]:
        """All that is wrong, once it is settled; of films that failed, that nobody was told.

        A receipt may lack its picture: an edit that is kept is not lost because the disk had room
        for a row but not for a file.
        """
        with opened(self.service.data, self.service.database_url) as books:
            titles = Counter(
                item.text
                for channel in CHANNELS
                for item in books.composition(f"bridge:{channel}").items.values()
                if item.type == "text"
            )
            failed = [row.id for row in books.renders() if row.state == "failed"]
            found = audit(books, self.site, [], self.service.data)
            excused = [*failed, "the picture of"]
            seen = [str(each) for each in found if not any(why in each.what for why in excused)]
        wanted = Counter(said.id for said in self.accepted.values() if "title" in said.text)
        wrong = [f"title {id}: {titles[id]}" for id in titles | wanted if titles[id] != wanted[id]]
        wrong += [
            f"{key} was told {count} times" for key, count in self._held().items() if count > 1
        ]
        return [*seen, *wrong, *self._unanswered()]

    def told(self) -> int:
        """How many people were told that their message has to wait."""
        return len(self._held())

    def __str__(self) -> str:
        return (
            f"accepted={len(self.accepted)} refused={self.refusals} told={self.told()}"
            f" wrong={len(self.findings())}"
        )

    def status(self, page: str) -> int:
        """The status of a page that the service shows."""
        url = f"{self.site.bot}{page}"
        return httpx.get(url, trust_env=False, timeout=60).status_code

    def _held(self) -> Counter[str]:
        keys = {
            key_of("held", f"bridge:{said.channel}", said.id) for said in self.accepted.values()
        }
        return Counter(post.content.key for post in self.site.posts if post.content.key in keys)

    def _unanswered(self) -> Iterator[str]:
        """Messages that were not answered as they ought to be; apart from progress and delays."""
        held = self._held()
        for said in self.accepted.values():
            kinds = tuple(
                post.content.kind
                for post in self.site.posts
                if (post.content.channel, post.content.in_reply_to) == (said.channel, said.id)
                and post.content.kind != "progress"
                and post.content.key not in held
            )
            if kinds not in said.replies:
                yield f"{said.id} was answered by {kinds}"


@contextmanager
def talking(service: Service, site: BridgeSite) -> Iterator[Crowd]:
    """Start a service, and make it known in all channels."""
    crowd = Crowd(service, site)
    try:
        service.start()
        service.be_ready()
        for channel in CHANNELS:
            assert crowd.bring(crowd.clip(channel))
        crowd.settle()
        yield crowd
    finally:
        service.end()


def paths(folder: Path) -> set[Path]:
    """Everything in a folder, relative to it."""
    return {path.relative_to(folder) for path in folder.rglob("*")}
