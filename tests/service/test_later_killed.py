"""`kill -9` while a message waits for what is in its clip: it is answered once all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, create_engine, select

from bot.adapters.store.database import sqlite_url
from bot.adapters.store.tables import MessageRow, RevisionRow
from tests.adapters.chat.bridge_site import BridgeSite, Clip
from tests.chaos.service import Service, until
from tests.handlers.test_insight import talk
from tests.postgres import PostgresServer
from tests.service.ears import Ears

pytestmark = pytest.mark.slow

SILENCES = "cut all silences longer than half a second"


@pytest.fixture(params=["sqlite", "postgres"])
def service(
    request: pytest.FixtureRequest, tmp_path: Path, site: BridgeSite, ears: Ears
) -> Iterator[Service]:
    """A process that runs, with these ears."""
    url = ""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create("later_killed")
    settings = {"FFMPEG_BINARY": str(ears.program)}
    service = Service(tmp_path, site, database_url=url, settings=settings)
    site.bot = f"http://127.0.0.1:{service.port}"
    service.start()
    try:
        service.be_ready()
        yield service
    finally:
        service.end()


def kinds(site: BridgeSite) -> list[str]:
    """What was said, progress apart."""
    posts = (post.content.kind for post in list(site.posts))
    return [kind for kind in posts if kind != "progress"]


def restarted(service: Service) -> None:
    assert service.kill()
    service.start()
    service.be_ready()


def kept(service: Service) -> tuple[list[tuple[str, str]], int]:
    """The fates of the messages, in order, and how many revisions there are."""
    engine = create_engine(service.database_url or sqlite_url(service.data / "chatkut.sqlite"))
    with Session(engine) as session:
        answered = session.exec(select(MessageRow).order_by(col(MessageRow.answered_at))).all()
        revisions = session.exec(select(RevisionRow)).all()
    engine.dispose()
    return [(row.message_id, row.fate) for row in answered], len(revisions)


def test_a_message_that_waits_is_answered_once_whenever_the_process_is_killed(
    service: Service, site: BridgeSite, ears: Ears, tmp_path: Path
) -> None:
    clip = Clip(talk(tmp_path / "talk.mp4", 2).read_bytes())
    file = {"name": "talk.mp4", "url": site.clip("talk.mp4", clip)}
    asked = {"id": "m1", "channel": "launch", "author": "Ada", "text": SILENCES}
    assert site.say({**asked, "attachments": [file]}) == 202
    until(lambda: ears.asked() == 1, "the message looks into its clip")
    restarted(service)  # nothing is kept of the message yet
    assert site.wait(lambda _: kinds(site) == ["clip", "answer"])
    until(lambda: ears.asked() >= 2, "the clip is looked into again")
    begun = ears.asked()
    restarted(service)  # the message waits
    until(lambda: ears.asked() > begun or None, "the job looks into the clip")
    ears.open()
    assert site.wait(lambda _: len(kinds(site)) >= 3)
    restarted(service)  # everything is said
    assert site.say({**asked, "attachments": [file]}) == 202
    help_ = {"id": "m2", "channel": "launch", "author": "Ada", "text": "help"}
    assert site.say(help_) == 202  # answered after everything before it
    assert site.wait(lambda _: len(kinds(site)) >= 4)
    service.stop()
    assert kinds(site) == ["clip", "answer", "receipt", "answer"]
    fates, revisions = kept(service)
    assert fates == [("m1", "waits"), ("m1/again", "worked"), ("m2", "worked")]
    assert revisions == 2  # the clip, and its silences
