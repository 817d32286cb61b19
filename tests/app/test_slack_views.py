"""What Slack shows beside the conversation, of conversations that were really kept."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.renders import SqlRenders
from bot.app.slack_views import LinkPreviews, SlackHome
from bot.engine.composition import Composition
from bot.engine.history import Diff
from bot.engine.presets import PresetName
from bot.ports import Commit, Message, Purchase, RenderRecord, Turn, Usage
from bot.web.links import SignedLinks
from tests.databases import made_database
from tests.engine.builders import FILM, track

FILMS, SECRET, ELSEWHERE = "slack:T1/C0FILMS", "slack:T1/C0SECRET", "slack:T2/C0FILMS"
PUBLIC = "https://chatkut.example.com"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Three channels: Anna has spoken in one of this workspace, and in one of another."""
    database = made_database(tmp_path)
    for channel, user, author in (
        (FILMS, "U0ANNA", "Anna"),
        (SECRET, "U0BEN", "Ben"),
        (ELSEWHERE, "U0ANNA", "Anna"),
    ):
        await edited(database, Message("m1", channel, author, "drop", user=user))
    yield database
    database.close()


async def edited(database: Database, message: Message) -> None:
    comp = track(30, 60)
    commit = Commit(
        base=0,
        comp=comp,
        diff=Diff.between(Composition(), comp),
        kind="edit",
        author=message.author,
        message_id=message.id,
        text=message.text,
        summary=("Added",),
        focus=("a",),
    )
    await SqlConversations(database).keep(message, Turn(commits=(commit,)))


async def test_home_shows_only_where_this_person_has_spoken_in_this_workspace(
    database: Database,
) -> None:
    ledger = SqlLedger(database, None)
    for channel in (FILMS, SECRET):
        purchase = Purchase(channel, "slack:U0ANNA", "anthropic", "haiku", 10, 30_000)
        await ledger.settle(await ledger.reserve(purchase), Usage(10, 10), 30_000)
    (work,) = await SlackHome(database).works("T1", "U0ANNA")
    assert (work.channel, work.seconds, work.clips) == (FILMS, 3.0, len(track(30).clips))
    assert (work.month_microusd, work.changed_by) == (30_000, "Anna")
    assert work.changed_at is not None
    assert await SlackHome(database).works("T1", "U0NOBODY") == []
    assert await SlackHome(database).works("", "U0ANNA") == []
    assert await SlackHome(database).works("T_", "U0ANNA") == []


async def test_home_shows_a_channel_in_which_nothing_was_done_yet(database: Database) -> None:
    asked = Message("m1", "slack:T1/D0BEN", "Ben", "help", user="U0BEN")
    await SqlConversations(database).keep(asked, Turn())
    latest, _ = await SlackHome(database).works("T1", "U0BEN")
    assert (latest.channel, latest.seconds, latest.changed_at) == ("slack:T1/D0BEN", 0, None)


async def test_a_share_page_is_previewed_with_its_player_once_there_is_a_film(
    database: Database, tmp_path: Path
) -> None:
    links = SignedLinks(PUBLIC, "secret", 60, 60)
    previews, url = LinkPreviews(links, database, tmp_path), links.share(FILMS)
    preview = await previews.card(url)
    assert preview is not None
    assert (preview.channel, preview.title, preview.player) == (FILMS, "A film of 0:03", "")
    await rendered(database, tmp_path, preset="gif")
    preview = await previews.card(url)
    assert preview is not None
    assert preview.player == ""
    film = await rendered(database, tmp_path)
    preview = await previews.card(url)
    assert preview is not None
    assert preview.player == f"{url}/player"
    token = url.rpartition("/")[2]
    assert preview.picture == f"{PUBLIC}{links.picture(token, FILM.sha256)}/0"
    shown = await previews.card(links.film(film.id))
    assert shown is not None
    assert (shown.channel, shown.title) == (FILMS, "A film of 0:03")
    assert shown.text == "1280 × 720, 2.5 MB · revision 1"


@pytest.mark.parametrize(
    "url",
    [
        f"{PUBLIC}/s/forged",
        f"{PUBLIC}/r/forged",
        f"{PUBLIC}/s/",
        f"{PUBLIC}/u/token",
        f"{PUBLIC}/s/token/player",
        "https://evil.example.com/s/token",
        f"{PUBLIC}.evil.example.com/s/token",
        "http://[",
        "s/token",
        "",
    ],
)
async def test_what_is_none_of_our_links_is_not_previewed(
    database: Database, tmp_path: Path, url: str
) -> None:
    links = SignedLinks(PUBLIC, "secret", 60, 60)
    assert await LinkPreviews(links, database, tmp_path).card(url) is None


async def test_an_old_share_page_and_a_film_that_is_gone_are_not_previewed(
    database: Database, tmp_path: Path
) -> None:
    links = SignedLinks(PUBLIC, "secret", 60, -1)
    previews = LinkPreviews(links, database, tmp_path)
    assert await previews.card(links.share(FILMS)) is None
    film = await rendered(database, tmp_path)
    await SqlRenders(database, tmp_path).save(replace(film, path=None))
    assert await previews.card(links.film(film.id)) is None
    assert await previews.card(links.film("unknown")) is None


async def rendered(database: Database, root: Path, preset: PresetName = "720p") -> RenderRecord:
    film = RenderRecord(
        f"r-{preset}",
        FILMS,
        1,
        preset,
        "done",
        0,
        1.0,
        path=root / "film.mp4",
        seconds=3,
        size_bytes=2_500_000,
        width=1280,
        height=720,
    )
    await SqlRenders(database, root).save(film)
    return film
