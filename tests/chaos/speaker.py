"""People who talk to ChatKut all the time, and remember what ought to come of it."""

import random
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from tests.adapters.chat.bridge_site import BridgeSite, Clip, Visible
from tests.media import video

Kind = Literal[
    "clip", "title", "clip and title", "lost clip", "question", "undo", "render", "cancel"
]

REPLIES: Mapping[Kind, tuple[str, ...]] = {
    "clip": ("clip",),
    "title": ("receipt",),
    "clip and title": ("clip", "receipt"),
    "lost clip": ("error",),
    "question": ("answer",),
    "undo": ("receipt",),
    "cancel": ("answer",),
}
"""What is said to a message, in this order; of renders see `audit`."""

_CHANCES: Mapping[Kind, int] = {
    "clip": 15,
    "title": 30,
    "clip and title": 10,
    "lost clip": 5,
    "question": 15,
    "undo": 15,
    "render": 20,
    "cancel": 4,
}
_SAID_AGAIN = 0.1
_SAID_TWICE_AT_ONCE = 0.05
_MOST_UNANSWERED = 6
_MOST_CLIPS = 4
_LONGEST_PAUSE_SECONDS = 0.5
_CLIPS = 5


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and what it is."""

    id: str
    kind: Kind
    text: str
    attachments: tuple[Mapping[str, str], ...] = ()


@dataclass
class Speaker:
    """Somebody in one channel who says one thing after the other, each until it is accepted.

    What is said is a matter of the seed; so is the state that it leads to, as long as each message
    has exactly one effect, in this order.
    """

    site: BridgeSite
    channel: str
    seed: int
    renders: bool = True
    accepted: list[Said] = field(default_factory=list)
    standing: list[Said] = field(default_factory=list)
    """Edits that were not undone: what the composition consists of."""

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.seed} {self.channel}")  # noqa: S311
        self._later: deque[Said] = deque()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._talk, name=self.channel, daemon=True)
        self._error: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Say what was begun to its end, and nothing after it; the service has to run.

        Raises:
            RuntimeError: A message was answered as none should be.
        """
        self._enough.set()
        self._thread.join(120)
        if self._thread.is_alive():
            raise RuntimeError(f"{self.channel} is not heard out")
        if self._error:
            raise RuntimeError(f"{self.channel}: {self._error}")

    def say(self, said: Said) -> None:
        """Say it until it is accepted."""
        while (status := self._brought(said)) != 202:
            self._refuse(status)
            self._enough.wait(0.1)
        self.accepted.append(said)
        if said.kind in ("clip", "title", "clip and title"):
            self.standing.append(said)
        elif said.kind == "undo":
            self.standing.pop()

    def _talk(self) -> None:
        try:
            while not self._enough.is_set():
                self._say_next()
        except BaseException as error:  # noqa: BLE001 - raised in `stop`
            self._error = error

    def _say_next(self) -> None:
        self.say(self._next())
        if self._random.random() < _SAID_AGAIN:
            self._later.append(self.accepted[-1])
        if self._later and self._random.random() < 0.5:
            self._refuse(self._brought(self._later.popleft()))
        self.site.wait(lambda posts: self._unanswered(posts) < _MOST_UNANSWERED, 60)
        self._enough.wait(self._random.uniform(0, _LONGEST_PAUSE_SECONDS))

    def _next(self) -> Said:
        kind = self._kind()
        number = len(self.accepted)
        id = f"{self.channel}-{number}"
        text = {
            "question": "how long is it?",
            "undo": "undo",
            "render": "render 720p",
            "cancel": "cancel the render",
            "title": f"add a title '{id}'",
            "clip and title": f"add a title '{id}'",
        }.get(kind, "")
        return Said(id, kind, text, (self._clip(id, kind),) if "clip" in kind else ())

    def _kind(self) -> Kind:
        if not self.accepted:
            return "clip"
        [kind] = self._random.choices(list(_CHANCES), list(_CHANCES.values()))
        clips = sum("clip" in said.kind for said in self.standing)
        if kind == "undo" and not self.standing:
            return "title"
        if kind in ("clip", "clip and title") and clips >= _MOST_CLIPS:
            return "undo"
        if kind == "render" and not (self.renders and clips and self._has_its_films()):
            return "question"
        return kind

    def _has_its_films(self) -> bool:
        """Whether there is a last word on each render, so that there never is a long queue."""
        about = (said for said in reversed(self.accepted) if said.kind in ("render", "cancel"))
        last = next(about, None)
        return last is None or any(
            post.content.in_reply_to == last.id and post.content.kind in ("render", "answer")
            for post in self.site.posts
        )

    def _clip(self, id: str, kind: Kind) -> dict[str, str]:
        """A file to download; sometimes slow, sometimes cut off, sometimes not there."""
        data = _clip_data(self._random.randrange(_CLIPS))
        clip = Clip(data, status=404 if kind == "lost clip" else 200)
        if self._random.random() < 0.4:
            clip.block_bytes, clip.pause_seconds = len(data) // 8, 0.1
        for _ in range(self._random.choice([0, 0, 1, 2])):
            clip.cuts.append(self._random.randrange(1, len(data)))
        return {"name": f"{id}.mp4", "url": self.site.clip(f"{id}.mp4", clip)}

    def _brought(self, said: Said) -> int:
        message: dict[str, Any] = {
            "id": said.id,
            "channel": self.channel,
            "author": "Ada",
            "text": said.text,
            "attachments": said.attachments,
        }
        if self._random.random() >= _SAID_TWICE_AT_ONCE:
            return self.site.say(message)
        with ThreadPoolExecutor(2) as pool:
            return max(pool.map(self.site.say, [message, message]), key=lambda s: s == 202)

    def _refuse(self, status: int) -> None:
        if status not in (0, 202, 503):
            raise RuntimeError(f"a message was answered with status {status}")

    def _unanswered(self, posts: list[Visible]) -> int:
        answered = {post.content.in_reply_to for post in posts if post.content.kind != "progress"}
        return len({said.id for said in self.accepted} - answered)


@cache
def _clip_data(number: int) -> bytes:
    with TemporaryDirectory() as folder:
        clip = video(Path(folder, "clip.mp4"), seconds=1, size="160x90", tone=300 + 50 * number)
        return clip.read_bytes()
