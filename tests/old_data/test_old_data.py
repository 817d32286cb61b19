"""Work that an older version had begun is finished by this one: see `make` and `fixture`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.chat.bridge_site import BridgeSite
from tests.chaos.audit import audit
from tests.chaos.books import opened
from tests.chaos.service import Service, until
from tests.old_data.fixture import KEPT, Story, remember, unpack

pytestmark = pytest.mark.slow

_EVERYTHING = {
    "post pending",
    "post sending",
    "render ordered",
    "render running",
    "progress shown",
    "job message ENQUEUED",
    "job message PENDING",
    "job ingest PENDING",
    "job deliver PENDING",
    "job render ENQUEUED",
    "job render PENDING",
    "step of unfinished message",
}


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name.partition(".")[0])
def test_what_an_older_version_began_is_finished_once(kept: Path, tmp_path: Path) -> None:
    story = unpack(kept, tmp_path)
    assert story.states.keys() >= _EVERYTHING
    site = BridgeSite(idempotent=False)
    remember(site, story, tmp_path / "clips")
    with site:
        service = Service(tmp_path, site)
        try:
            service.start()
            service.be_ready()
            _bring_again(site, service, story)
            with opened(service.data) as books:
                until(lambda: not books.unfinished() or None, "all is done")
                service.stop()
                findings = list(audit(books, site, [], service.data))
        finally:
            service.end()
    assert findings == []
    assert dict(_answers(site)) == {
        (said.message["channel"], said.message["id"]): said.replies for said in story.said
    }


def _bring_again(site: BridgeSite, service: Service, story: Story) -> None:
    """As platforms do that did not hear of it that a message was accepted."""
    site.bot = f"http://127.0.0.1:{service.port}"
    assert {site.say(said.message) for said in story.said} == {202}


def _answers(site: BridgeSite) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """The kinds of what was said to each message, in order; progress apart."""
    posts = [post.content for post in site.posts if post.content.kind != "progress"]
    for asked in Counter((post.channel, post.in_reply_to) for post in posts):
        yield asked, tuple(p.kind for p in posts if (p.channel, p.in_reply_to) == asked)
