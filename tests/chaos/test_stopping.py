"""Renders that are cancelled or interrupted in the middle."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adapters.chat.bridge_site import BridgeSite, Clip, Visible
from tests.chaos.audit import audit
from tests.chaos.books import opened
from tests.chaos.service import Service, until
from tests.media import video

pytestmark = pytest.mark.slow

_LONG, _SHORT = 40, 15
"""Seconds of films: one will be cancelled, the other is to be finished some time."""


@dataclass(frozen=True, slots=True)
class Studio:
    """A running service, and a chat in which a film is being made."""

    service: Service
    site: BridgeSite

    def say(self, id: str, text: str, **attachment: str) -> None:
        """Say something that is accepted."""
        files = [attachment] if attachment else []
        message = {"id": id, "channel": "launch", "author": "Ada", "text": text}
        assert self.site.say({**message, "attachments": files}) == 202

    def begin(self, seconds: float = _LONG, render: str = "render 1080p") -> None:
        """Have a film rendered, up to the middle."""
        self.service.start()
        self.service.be_ready()
        clip = video(self.service.folder / "long.mp4", seconds=seconds)
        self.say("m1", "", name="long.mp4", url=self.site.clip("long.mp4", Clip(clip.read_bytes())))
        self.say("m2", render)
        until(lambda: self.drafts() and self.encoders(), "the film is being made")
        self.sees(lambda post: post.content.kind == "progress" and "rendering" in post.content.text)

    def sees(self, wanted: Callable[[Visible], bool]) -> None:
        """Wait until there is such a post."""
        assert self.site.wait(lambda posts: any(map(wanted, posts)), 120)

    def said(self, kind: str, message: str) -> list[str]:
        """What was answered to a message."""
        return [
            post.content.text
            for post in self.site.posts
            if (post.content.kind, post.content.in_reply_to) == (kind, message)
        ]

    def drafts(self) -> list[Path]:
        """What renders have written that is no film yet."""
        return list(self.service.data.glob("renders/*/.*"))

    def encoders(self) -> list[str]:
        return [line for line in self.service.processes() if "ffmpeg" in line]

    def restart(self) -> None:
        self.service.start()
        self.service.be_ready()

    def settle(self) -> list[str]:
        """Let everything come to its end and stop; what is wrong then."""
        with opened(self.service.data) as books:
            until(lambda: not books.unfinished() or None, "all is quiet")
            self.service.stop()
            return [f"{finding}" for finding in audit(books, self.site, [], self.service.data)]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with BridgeSite(idempotent=False) as site:
        service = Service(tmp_path, site)
        site.bot = f"http://127.0.0.1:{service.port}"
        try:
            yield Studio(service, site)
        finally:
            service.end()


def test_a_film_that_is_cancelled_is_gone_at_once(studio: Studio) -> None:
    studio.begin()
    studio.say("m3", "cancel the render")
    studio.sees(lambda post: post.content.text.startswith("Cancelled: 1080p of #1."))
    until(lambda: not studio.encoders() or None, "ffmpeg is gone")
    until(lambda: not studio.drafts() or None, "temporary files are gone")
    assert studio.settle() == []
    assert studio.said("render", "m2") == []
    assert studio.said("progress", "m2") == ["The render was cancelled."]


def test_a_film_stays_cancelled_when_the_service_is_killed_right_after(studio: Studio) -> None:
    studio.begin()
    studio.say("m3", "cancel the render")
    studio.service.kill()
    studio.restart()
    studio.sees(lambda post: post.content.text.startswith("Cancelled: 1080p of #1."))
    assert studio.settle() == []
    assert studio.said("render", "m2") == []
    assert studio.said("progress", "m2") == ["The render was cancelled."]


def test_a_cancelled_film_is_tidied_up_by_the_next_start(studio: Studio) -> None:
    studio.begin()
    studio.say("m3", "cancel the render")
    studio.sees(lambda post: post.content.text.startswith("Cancelled: 1080p of #1."))
    studio.service.kill()
    studio.restart()
    assert studio.settle() == []
    assert studio.said("render", "m2") == []
    assert studio.said("progress", "m2") == ["The render was cancelled."]


def test_a_film_goes_on_after_an_orderly_stop(studio: Studio) -> None:
    studio.begin(_SHORT)
    studio.service.stop()
    assert studio.drafts() == []
    studio.restart()
    studio.sees(lambda post: post.content.kind == "render")
    assert studio.settle() == []
    assert len(studio.said("render", "m2")) == 1


def test_several_films_of_one_message_are_each_delivered_once_after_a_kill(studio: Studio) -> None:
    studio.begin(_SHORT, "render 1080p, preview and a gif")
    studio.service.kill()
    studio.restart()
    assert studio.settle() == []
    films = sorted(text.partition(":")[0] for text in studio.said("render", "m2"))
    assert films == ["Rendered (1080p)", "Rendered (gif)", "Rendered (preview)"]
    assert len(studio.said("estimate", "m2")) == 1
