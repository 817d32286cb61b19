"""The upload page in a real browser."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from tests.browser import browser, needs_chromium
from tests.web.upload_site import RULES, Site, upload_site

pytestmark = [needs_chromium, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with upload_site(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    opened = await chromium.new_context()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(context: BrowserContext, site: Site) -> Page:
    """The upload page; whatever it complains about fails the test."""
    opened = await context.new_page()
    opened.on("dialog", lambda dialog: dialog.accept())  # that it is left in the middle of it
    await opened.goto(site.url + site.page())
    await expect(opened.locator("#drop")).to_be_visible()
    return opened


def clip(folder: Path, name: str, size: int) -> tuple[str, bytes]:
    data = os.urandom(size)
    (folder / name).write_bytes(data)
    return str(folder / name), data


def row(page: Page, name: str) -> Locator:
    return page.locator(".row", has_text=name)


async def arrived(page: Page, *names: str) -> None:
    for name in names:
        await expect(row(page, name)).to_contain_text("has arrived", timeout=120_000)


class Network:
    """What lies between a page and its server."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    async def slow(self) -> None:
        await self._set(offline=False, upload=2_000_000)

    async def fast(self) -> None:
        await self._set(offline=False, upload=-1)

    async def gone(self) -> None:
        await self._set(offline=True, upload=-1)

    async def _set(self, *, offline: bool, upload: int) -> None:
        limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
        await self._session.send("Network.emulateNetworkConditions", {"offline": offline} | limits)


@pytest_asyncio.fixture(loop_scope="module")
async def network(page: Page) -> Network:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    return Network(session)


async def on_its_way(page: Page, name: str) -> None:
    """Wait until the speed is known, so that a part has arrived."""
    await expect(row(page, name)).to_contain_text("left", timeout=120_000)


async def test_several_files_arrive_and_done_closes_the_link(
    site: Site, page: Page, tmp_path: Path
) -> None:
    clips = [clip(tmp_path, f"clip {number} ü.mp4", 300_000 * number) for number in (1, 2, 3)]

    await expect(page.locator("#done")).to_be_disabled()
    await page.set_input_files("#files", [path for path, _ in clips])
    await arrived(page, "clip 1", "clip 2", "clip 3")
    assert sorted(site.received(), key=len) == [data for _, data in clips]
    await expect(page.locator("#drop")).to_contain_text("up to 67.1 MB each")

    await page.locator("#done").click()
    await expect(page.locator("#notice")).to_contain_text("this link is closed")
    await page.reload()
    await expect(page.locator(".note")).to_contain_text("was closed")


async def test_pause_and_resume(site: Site, page: Page, network: Network, tmp_path: Path) -> None:
    path, data = clip(tmp_path, "drone.mp4", 6_000_000)
    await network.slow()
    await page.set_input_files("#files", path)
    await on_its_way(page, "drone")

    await page.get_by_role("button", name="Pause: drone.mp4").click()
    await expect(row(page, "drone")).to_contain_text("paused")
    assert site.arrived == []
    await network.fast()
    await page.get_by_role("button", name="Resume: drone.mp4").click()

    await arrived(page, "drone")
    assert site.received() == [data]


async def test_pause_and_resume_before_it_began_is_one_upload(
    site: Site, page: Page, tmp_path: Path
) -> None:
    path, data = clip(tmp_path, "drone.mp4", 300_000)
    asked, answered = asyncio.Event(), asyncio.Event()
    creations: list[str] = []

    async def late(route: Route) -> None:
        asked.set()
        await answered.wait()
        await route.continue_()

    def count(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/files"):
            creations.append(request.url)

    page.on("request", count)
    await page.route(page.url, late)
    await page.set_input_files("#files", path)
    await asked.wait()
    await page.get_by_role("button", name="Pause: drone.mp4").click()
    await page.get_by_role("button", name="Resume: drone.mp4").click()
    answered.set()

    await arrived(page, "drone")
    assert len(creations) == 1
    assert site.received() == [data]


async def test_a_page_that_is_loaded_again_goes_on_where_it_stopped(
    site: Site, page: Page, network: Network, tmp_path: Path
) -> None:
    path, data = clip(tmp_path, "drone.mp4", 6_000_000)
    await network.slow()
    await page.set_input_files("#files", path)
    await on_its_way(page, "drone")

    await page.reload()
    await expect(page.locator("#notice")).to_contain_text("Not finished yet: drone.mp4")
    (kept,) = map(len, site.files())
    assert kept > 0
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    await network.fast()
    await page.set_input_files("#files", path)

    await arrived(page, "drone")
    assert site.received() == [data]
    assert sent == ["HEAD", "PATCH"]  # and no new upload
    await expect(page.locator("#notice")).to_be_hidden()


async def test_what_is_not_finished_is_named_until_it_is_chosen_again(
    page: Page, network: Network, tmp_path: Path
) -> None:
    await network.slow()
    paths = [clip(tmp_path, name, 6_000_000)[0] for name in ("drone.mp4", "beach.mp4")]
    await page.set_input_files("#files", paths)
    await on_its_way(page, "drone")
    await on_its_way(page, "beach")

    await page.reload()
    notice = page.locator("#notice")
    await expect(notice).to_contain_text("drone.mp4")
    await page.set_input_files("#files", paths[0])
    await expect(notice).to_have_text(
        "Not finished yet: beach.mp4. Choose the same again, to go on where it stopped."
    )


async def test_a_name_that_turns_the_writing_is_shown_as_it_is(page: Page) -> None:
    turning = {"name": "clip\u202e4pm.\u2066txt\u200b.mp4", "mimeType": "video/mp4", "buffer": b""}
    await page.set_input_files("#files", turning)  # type: ignore[arg-type]

    name = row(page, "This file is empty").locator(".name")
    await expect(name).to_have_text("clip4pm.txt.mp4")
    assert await name.text_content() == "clip4pm.txt.mp4"


async def test_without_a_network_it_waits(
    site: Site, page: Page, network: Network, tmp_path: Path
) -> None:
    path, data = clip(tmp_path, "drone.mp4", 6_000_000)
    await network.slow()
    await page.set_input_files("#files", path)
    await on_its_way(page, "drone")

    await site.web.stop(grace_seconds=0)
    await expect(row(page, "drone")).to_contain_text("the connection is bad, trying again")
    await network.gone()
    await expect(row(page, "drone")).to_contain_text("no network")
    await site.restart()
    await network.fast()

    await arrived(page, "drone")
    assert site.received() == [data]


async def test_a_server_that_is_started_again_is_no_trouble(
    site: Site, page: Page, network: Network, tmp_path: Path
) -> None:
    path, data = clip(tmp_path, "drone.mp4", 6_000_000)
    await network.slow()
    await page.set_input_files("#files", path)
    await on_its_way(page, "drone")

    await site.restart()
    await network.fast()

    await arrived(page, "drone")
    assert site.received() == [data]


async def test_files_of_subtitles_are_taken(site: Site, page: Page, tmp_path: Path) -> None:
    path, data = clip(tmp_path, "Talk.SRT", 100)
    await page.set_input_files("#files", path)
    await arrived(page, "Talk.SRT")
    assert site.received() == [data]


async def test_wrong_files_stay_where_they_are(site: Site, page: Page, tmp_path: Path) -> None:
    notes, _ = clip(tmp_path, "notes.txt", 100)
    empty, _ = clip(tmp_path, "empty.mp4", 0)
    with (tmp_path / "huge.mp4").open("wb") as huge:
        huge.truncate(RULES.most_bytes + 1)

    await page.set_input_files("#files", [notes, empty, str(tmp_path / "huge.mp4")])

    await expect(row(page, "notes.txt")).to_contain_text("This is no video, sound or picture")
    await expect(row(page, "empty.mp4")).to_contain_text("This file is empty")
    await expect(row(page, "huge.mp4")).to_contain_text("Make it shorter or smaller")
    assert site.files() == []


async def test_what_the_server_refuses_is_told_in_its_words(
    site: Site, page: Page, tmp_path: Path
) -> None:
    await site.create(RULES.most_bytes)
    await site.create(RULES.most_bytes)
    await site.create(RULES.most_bytes)
    await site.create(RULES.most_bytes)
    path, _ = clip(tmp_path, "drone.mp4", 1000)

    await page.set_input_files("#files", path)

    await expect(row(page, "drone")).to_contain_text("Too much is being uploaded to this channel")
    await expect(page.get_by_role("button", name="Try again: drone.mp4")).to_be_visible()


async def test_a_link_belongs_to_the_browser_that_began(
    site: Site, page: Page, chromium: Browser, tmp_path: Path
) -> None:
    path, _ = clip(tmp_path, "drone.mp4", 1000)
    await site.client.get(page.url)  # as chats do, to show what a link is about
    await page.set_input_files("#files", path)
    await arrived(page, "drone")

    other = await chromium.new_page()
    await other.goto(page.url)
    await expect(other.locator("#notice")).to_contain_text("in use in another browser")
    await expect(other.locator("#drop")).to_be_hidden()

    # Coming from another site, a browser sends no strict cookie.
    again = await page.context.new_page()
    await again.set_content(f'<a href="{page.url}">open</a>')
    await again.get_by_text("open").click()
    await expect(again.locator("#drop")).to_be_visible()


async def test_the_page_runs_nothing_that_is_not_ours(site: Site, page: Page) -> None:
    answer = await site.client.get(page.url)
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    await expect(page.locator("header p")).to_contain_text("Anna <b>")


async def test_the_page_can_be_used_by_keyboard(page: Page) -> None:
    await page.keyboard.press("Tab")

    assert await page.evaluate("document.activeElement.id") == "files"


async def test_the_keyboard_stays_on_the_page_when_a_file_is_removed(
    page: Page, tmp_path: Path
) -> None:
    path, _ = clip(tmp_path, "notes.pdf", 10)
    await page.set_input_files("#files", path)
    await page.get_by_role("button", name="Remove: notes.pdf").press("Enter")

    await expect(row(page, "notes")).to_have_count(0)
    assert await page.evaluate("document.activeElement.id") == "files"
