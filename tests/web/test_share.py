"""The share page, of a conversation that really took place, in a browser and without one."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Page, expect
from starlette.exceptions import HTTPException

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.renders import SqlRenders
from bot.app.storage import opened_storage
from bot.app.terminal import opened
from bot.config import Settings
from bot.ports import (
    Attachment,
    Footage,
    Message,
    PlaybackBusy,
    PlaybackRefused,
    Publication,
    Watching,
)
from bot.web.captions import Captions
from bot.web.films import FilmPages
from bot.web.links import SignedLinks
from bot.web.pages import static_files
from bot.web.server import WebServer
from bot.web.share import SharePages, Shown
from tests.browser import browser, needs_chromium
from tests.fakes import RememberingChat
from tests.media import video

CHANNEL = "slack:T1/C1"
SAID = (
    "add the title '<script>alert(1)</script>' at the top for 2 seconds",
    "trim the interview to 3 seconds",
    "undo",
    "render preview",
    "mute the beach clip",
    "render as gif",
)


@dataclass
class Screens:
    """Plays clips: `answer` is how it answers. Films are published if there are captions."""

    answer: Callable[[str], Awaitable[Watching | None]]
    spoken: Callable[[str], Awaitable[str | None]] | None = None

    async def status(self, footage_key: str) -> Publication | None:
        footage = Footage("film", footage_key.removeprefix("film:"), CHANNEL, "")
        return Publication(footage, "publish:1", "ready") if self.spoken else None

    async def watch(self, footage_key: str) -> Watching | None:
        return await self.answer(footage_key)

    async def captions(self, footage_key: str, language: str) -> str | None:
        assert self.spoken
        assert language == "en"
        return await self.spoken(footage_key)


HOST = "https://customer-1.cloudflarestream.com"


async def plays(footage_key: str) -> Watching:
    home = f"{HOST}/{footage_key[5:10]}.signed"
    return Watching("", f"{home}/iframe", "", f"{home}/thumbnails/thumbnail.gif?time=0s")


async def moves_here(_: str) -> Watching:
    return Watching("", f"{HOST}/iframe", "", "/static/icon.svg")


async def plays_nothing(_: str) -> None:
    return None


async def is_busy(_: str) -> None:
    raise PlaybackBusy("Cloudflare's API did not answer; try again later.")


async def hangs(_: str) -> None:
    await asyncio.Event().wait()


@dataclass
class Site:
    """A server, and a client of it."""

    links: SignedLinks
    client: httpx.AsyncClient
    screens: Screens

    @property
    def path(self) -> str:
        return self.links.share(CHANNEL)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("share"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def said(settings: Settings) -> None:
    """Two people make a film of two clips, and change their minds after it was rendered."""
    root = settings.data_dir
    clips = [
        video(root / "beach.mp4", seconds=2),
        video(root / "interview.mp4", seconds=4, picture="smptebars"),
    ]
    chat = RememberingChat()
    async with opened(settings, chat) as app:
        dropped = tuple(Attachment(clip.name, str(clip)) for clip in clips)
        await app.handle(Message("m0", CHANNEL, "Anna", "", dropped))
        for number, text in enumerate(SAID, 1):
            await app.handle(Message(f"m{number}", CHANNEL, "Ben & Co", text))
        await app.handle(Message("n0", "slack:T1/OTHER", "Mallory", "", dropped[:1]))


@pytest.fixture
async def site(settings: Settings, said: None) -> AsyncIterator[Site]:  # noqa: ARG001
    root = settings.data_dir
    database = Database(sqlite_url(root / "chatkut.sqlite"))
    renders, media = SqlRenders(database, root), opened_storage(settings, root, database).media
    links = SignedLinks("", "secret", 60, 60)
    screens = Screens(plays)
    shown = Shown(SqlConversations(database), renders, media, screens, Captions(screens, "en"))
    routes = [
        *SharePages(links, shown).routes,
        *FilmPages(links, renders, None).routes,
        static_files(),
    ]
    server = WebServer(routes, "127.0.0.1", 0)
    await server.start()
    async with httpx.AsyncClient(timeout=60, base_url=f"http://127.0.0.1:{server.port}") as client:
        yield Site(links, client, screens)
    await server.stop(grace_seconds=5)
    database.close()


@pytest.fixture
async def opened_page(site: Site) -> AsyncIterator[Page]:
    """The page in a browser; nothing on it may fail or complain."""
    async with browser() as started:
        page = await started.new_page(base_url=str(site.client.base_url))
        complaints: list[str] = []
        page.on("console", lambda told: complaints.append(_text(told)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(site.path)
        yield page
        assert complaints == []


def _text(told: ConsoleMessage) -> str:
    return told.text


async def test_the_page_tells_of_film_timeline_clips_and_history(site: Site) -> None:
    page = (await site.client.get(site.path)).text

    for words in ("Download the film", "beach.mp4", "interview.mp4", "Ben &amp; Co", "Anna"):
        assert words in page
    assert "The composition was changed since" in page


async def test_words_from_the_chat_are_no_markup_and_the_page_runs_our_scripts_only(
    site: Site,
) -> None:
    answer = await site.client.get(site.path)

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_clips_that_are_at_the_service_can_be_played_in_a_new_tab(site: Site) -> None:
    answer = await site.client.get(site.path)

    assert answer.text.count('.signed/iframe" target="_blank" rel="noopener noreferrer"') == 2
    policy = answer.headers["content-security-policy"]
    assert f"img-src 'self' {HOST};" in policy
    assert policy.count("cloudflarestream") == 1


async def speaks(footage_key: str) -> str:
    assert footage_key.startswith("film:")
    return "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


async def refuses(_: str) -> None:
    raise PlaybackRefused("Cloudflare Stream could not make captions: is it spoken there?")


@pytest.mark.parametrize(
    ("spoken", "shown"),
    [
        (speaks, "Hello"),
        (plays_nothing, "are being made"),
        (is_busy, "There are no captions"),
        (refuses, "There are no captions"),
    ],
)
async def test_the_film_has_captions_where_it_is_published(
    site: Site, spoken: Callable[[str], Awaitable[str | None]], shown: str
) -> None:
    site.screens.spoken, path = spoken, site.path
    page = (await site.client.get(path)).text
    assert f'<track kind="captions" label="Captions" srclang="en" src="{path}/captions">' in page

    captions = await site.client.get(f"{path}/captions")

    assert captions.headers["content-type"].startswith("text/vtt")
    assert captions.text.startswith("WEBVTT\n\n00:00.000 --> ")
    assert shown in captions.text


async def test_however_many_want_captions_they_are_asked_for_once(site: Site) -> None:
    asked: list[str] = []

    async def speaks_once(footage_key: str) -> str:
        asked.append(footage_key)
        return await speaks(footage_key)

    site.screens.spoken = speaks_once
    for _ in range(3):
        assert "Hello" in (await site.client.get(f"{site.path}/captions")).text
    assert len(asked) == 1


async def test_a_film_that_is_not_published_has_no_captions(site: Site) -> None:
    assert "<track" not in (await site.client.get(site.path)).text
    nothing = site.links.share("slack:T1/NEW")
    assert (await site.client.get(f"{nothing}/captions")).status_code == 404


@pytest.mark.parametrize("trouble", [plays_nothing, is_busy, hangs])
async def test_a_service_that_does_not_answer_never_holds_up_the_page(
    site: Site, trouble: Callable[[str], Awaitable[None]]
) -> None:
    site.screens.answer = trouble
    async with asyncio.timeout(60):
        page = (await site.client.get(site.path)).text

    assert "interview.mp4" in page
    assert "Play interview.mp4" not in page


async def test_nothing_of_other_channels_is_shown(site: Site) -> None:
    assert "Mallory" not in (await site.client.get(site.path)).text


async def test_a_moving_picture_made_later_does_not_take_the_films_place(
    site: Site, settings: Settings
) -> None:
    assert list((settings.data_dir / "renders").rglob("*.gif"))

    page = (await site.client.get(site.path)).text

    assert "This film shows revision #" in page


async def test_a_channel_without_films_says_how_to_get_one(site: Site) -> None:
    page = (await site.client.get(site.links.share("slack:T1/OTHER"))).text

    assert "There is no film yet" in page
    assert "<video" not in page


async def test_an_empty_channel_has_a_page_too(site: Site) -> None:
    answer = await site.client.get(site.links.share("slack:T1/NEW"))

    assert answer.status_code == 200
    assert "The timeline is empty" in answer.text


async def test_a_forged_link_opens_nothing(site: Site) -> None:
    forged = SignedLinks("", "another secret", 60, 60).share(CHANNEL)

    assert (await site.client.get(forged)).status_code == 404
    assert (await site.client.get(f"{forged}/player")).status_code == 404


@dataclass
class Picture:
    """The address of a small picture: /s/TOKEN/thumbs/SHA256/SIGNATURE/PERCENT."""

    token: str
    sha256: str
    signature: str
    percent: str = "0"

    def __str__(self) -> str:
        return f"/s/{self.token}/thumbs/{self.sha256}/{self.signature}/{self.percent}"


async def picture_of(site: Site) -> Picture:
    page = (await site.client.get(site.path)).text
    found = re.search(r"/s/([^/\"]+)/thumbs/([^/]+)/([^/]+)/0\"", page)
    assert found
    return Picture(*found.groups())


async def test_small_pictures_are_given_without_looking_anything_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = await picture_of(site)
    for name in ("head", "at", "history"):
        monkeypatch.delattr(SqlConversations, name)

    answer = await site.client.get(str(picture))

    assert answer.headers["content-type"] == "image/jpeg"
    assert "max-age" in answer.headers["cache-control"]


async def test_small_pictures_are_given_of_clips_on_the_page_only(
    site: Site, settings: Settings
) -> None:
    ours = await picture_of(site)
    homes = (settings.data_dir / "media").glob("??/*")
    another_clip = next(home.name for home in homes if home.name != ours.sha256)
    another_page = site.links.share("slack:T1/NEW").rpartition("/")[2]
    expired = SignedLinks("", "secret", 60, -1)

    for change in (
        {"sha256": another_clip},
        {"token": another_page},
        {"token": "forged"},
        {"signature": "forged"},
        {"signature": ""},
        {"percent": "100"},
        {"percent": "-1"},
        {"percent": "x"},
        {"percent": "0/../../../facts.json"},
    ):
        assert (await site.client.get(str(replace(ours, **change)))).status_code == 404
    with pytest.raises(HTTPException, match="410"):
        expired.refuse_other_picture(ours.token, ours.sha256, ours.signature)


async def test_the_player_alone_may_be_shown_within_a_chat(site: Site) -> None:
    answer = await site.client.get(f"{site.path}/player")

    assert "<video" in answer.text
    assert "frame-ancestors https:" in answer.headers["content-security-policy"]


@needs_chromium
async def test_a_click_on_an_item_plays_the_film_from_where_it_begins(opened_page: Page) -> None:
    film = opened_page.locator("#film")
    await opened_page.get_by_role("link", name="interview, video").click()

    await expect(opened_page.locator("#details")).to_contain_text("interview, video, 0:02–0:06")
    await opened_page.wait_for_function("() => document.getElementById('film').currentTime > 2")
    assert await film.evaluate("film => !film.paused")


@needs_chromium
async def test_the_timeline_can_be_used_with_the_keyboard_alone(opened_page: Page) -> None:
    await opened_page.get_by_role("link", name="beach, video").focus()
    await opened_page.keyboard.press("ArrowRight")
    await expect(opened_page.get_by_role("link", name="interview, video")).to_be_focused()
    await opened_page.keyboard.press("Enter")

    await opened_page.wait_for_function("() => document.getElementById('film').currentTime >= 2")


@needs_chromium
async def test_a_clip_moves_while_it_is_pointed_at(site: Site) -> None:
    site.screens.answer = moves_here
    async with browser() as started:
        page = await started.new_page(base_url=str(site.client.base_url))
        await page.goto(site.path)
        picture = page.locator(".clips img").first
        still = await picture.get_attribute("src")
        await picture.hover()
        await expect(picture).to_have_attribute("src", "/static/icon.svg")
        await page.mouse.move(0, 0)
        await expect(picture).to_have_attribute("src", str(still))


@needs_chromium
async def test_captions_are_shown_by_the_browser(site: Site) -> None:
    site.screens.spoken = speaks
    async with browser() as started:
        page = await started.new_page(base_url=str(site.client.base_url))
        await page.goto(site.path)
        await page.evaluate("film.textTracks[0].mode = 'showing'")
        await page.wait_for_function("() => film.textTracks[0].cues?.[0]?.text === 'Hello'")


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 800)])
async def test_the_page_fits_any_screen(opened_page: Page, width: int, height: int) -> None:
    await opened_page.set_viewport_size({"width": width, "height": height})

    assert await opened_page.evaluate("document.documentElement.scrollWidth") <= width
