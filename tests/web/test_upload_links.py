import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.web.upload_links import COOKIE
from tests.web.upload_site import ASKED, PART, TUS, Site, upload_site

CREATE = TUS | {"upload-length": "4"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with upload_site(tmp_path) as opened:
        yield opened


def another_browser(site: Site) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=60, base_url=site.client.base_url)


async def test_looking_at_a_link_does_not_use_it_up(site: Site) -> None:
    page = site.page()
    for _ in range(3):
        async with another_browser(site) as chat:
            assert (await chat.get(page)).status_code == 200
            assert (await chat.head(page)).status_code == 200
            assert (await chat.get(f"{page}/state")).json() == {"state": "free"}

    assert (await site.client.post(page)).status_code == 204
    assert (await site.client.get(f"{page}/state")).json() == {"state": "mine"}


async def test_the_first_browser_that_says_so_has_the_link(site: Site) -> None:
    page = site.page()
    taken = await site.client.post(page)
    again = await site.client.post(page)
    async with another_browser(site) as other:
        refused = await other.post(page)
        state = await other.get(f"{page}/state")
        upload = await other.post(f"{page}/files", headers=CREATE)

    assert [taken.status_code, again.status_code] == [204, 204]
    assert refused.status_code == upload.status_code == 403
    assert "ask for a new one" in refused.json()["error"]
    assert state.json() == {"state": "taken"}
    assert site.files() == []


async def test_of_browsers_that_are_equally_fast_one_has_the_link(site: Site) -> None:
    page, browsers = site.page(), [another_browser(site) for _ in range(8)]
    answers = await asyncio.gather(*(each.post(page) for each in browsers))
    for each in browsers:
        await each.aclose()

    assert sorted(answer.status_code for answer in answers) == [204] + [403] * 7


async def test_the_secret_of_a_browser_is_for_this_page_alone(site: Site) -> None:
    page = site.page()
    cookie = (await site.client.post(page)).headers["set-cookie"]

    assert {"HttpOnly", "SameSite=strict", f"Path={page}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


async def test_a_file_comes_by_a_link(site: Site) -> None:
    page = site.page()
    await site.client.post(page)

    created = await site.client.post(f"{page}/files", headers=CREATE)
    path = created.headers["location"]
    done = await site.patch(path, 0, b"clip")

    assert (created.status_code, done.status_code) == (201, 204)
    assert path.startswith(f"{page}/files/")
    assert site.received() == [b"clip"]
    assert site.arrived[0].asked == replace(ASKED, text="")


@pytest.mark.parametrize("cookie", ["", "wrong", "ü", "x" * 5000])
async def test_without_the_secret_nothing_is_written(site: Site, cookie: str) -> None:
    page = site.page()
    await site.client.post(page)
    path = (await site.client.post(f"{page}/files", headers=CREATE)).headers["location"]
    told = {"cookie": f"{COOKIE}={cookie}".encode()}
    async with another_browser(site) as other:
        answers = [
            await other.patch(
                path, headers=_with(told, PART | {"upload-offset": "0"}), content=b"x"
            ),
            await other.head(path, headers=_with(told, TUS)),
            await other.delete(path, headers=_with(told, TUS)),
            await other.post(f"{page}/done", headers=_with(told, {})),
        ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert site.files() == [b""]


def _with(cookie: dict[str, bytes], headers: dict[str, str]) -> dict[bytes, bytes]:
    plain = {name.encode(): value.encode() for name, value in headers.items()}
    return plain | {name.encode(): value for name, value in cookie.items()}


async def test_an_upload_needs_a_link_that_was_taken(site: Site) -> None:
    answer = await site.client.post(f"{site.page()}/files", headers=CREATE)

    assert answer.status_code == 403
    assert site.files() == []


async def test_a_forged_link_opens_nothing(site: Site) -> None:
    page = site.page()
    forged = page[:-2] + ("AA" if page[-2:] != "AA" else "BB")
    answers = [
        await site.client.get(forged),
        await site.client.post(forged),
        await site.client.get(f"{forged}/state"),
        await site.client.post(f"{forged}/files", headers=CREATE),
        await site.client.post(f"{forged}/done"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert "There is no such link:" in answers[0].text
    assert site.files() == []


async def test_the_upload_of_one_link_is_not_reached_by_another(site: Site) -> None:
    mine, other = site.page(), site.page(replace(ASKED, id="m2", channel="bridge:other"))
    await site.client.post(mine)
    await site.client.post(other)
    path = (await site.client.post(f"{mine}/files", headers=CREATE)).headers["location"]

    answer = await site.patch(path.replace(mine, other), 0, b"clip")

    assert answer.status_code == 404
    assert site.files() == [b""]


async def test_an_expired_link_takes_nothing(tmp_path: Path) -> None:
    async with upload_site(tmp_path, upload_seconds=-1) as site:
        page = site.page()
        looked, taken = await site.client.get(page), await site.client.post(page)
        created = await site.client.post(f"{page}/files", headers=CREATE)

    assert [each.status_code for each in (looked, taken, created)] == [410] * 3
    assert "ask for a new one" in looked.text


class Later(datetime):
    """A clock, two hours on."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + timedelta(hours=2)


async def test_a_link_that_was_taken_expires_for_its_holder_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = site.page()
    await site.client.post(page)
    path = (await site.client.post(f"{page}/files", headers=CREATE)).headers["location"]

    monkeypatch.setattr("bot.web.upload_links.datetime", Later)
    state = await site.client.get(f"{page}/state")
    answer = await site.patch(path, 0, b"clip")

    assert [state.status_code, answer.status_code] == [410, 410]
    assert site.files() == [b""]


async def test_no_other_spelling_of_a_link_makes_it_free_again(site: Site) -> None:
    page = site.page()
    await site.client.post(page)
    await site.client.post(f"{page}/done")

    async with another_browser(site) as other:
        assert (await other.post(f"{page}=")).status_code == 404


async def test_done_closes_the_link_for_good(site: Site) -> None:
    page = site.page()
    await site.client.post(page)

    assert (await site.client.post(f"{page}/done")).status_code == 204
    looked, created = (
        await site.client.get(page),
        await site.client.post(f"{page}/files", headers=CREATE),
    )
    assert [looked.status_code, created.status_code] == [410, 410]
    assert "closed" in looked.text
