import asyncio
import logging
import resource
import traceback
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.adapters import download
from bot.adapters.download import Downloads, is_public
from bot.ports import AdapterError, ChatRefused, FetchFailed, MediaRefused, StoreFailed
from tests.adapters.chat.bridge_site import LOGIN_PAGE, BridgeSite, Clip

DATA = bytes(range(256)) * 2000
MOST = 1_000_000


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[BridgeSite]:
    monkeypatch.setattr(download, "_PAUSE_SECONDS", 0.001)
    with BridgeSite() as site:
        yield site


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


def content(into: Path) -> bytes | None:
    return into.read_bytes() if into.exists() else None


async def fetch(site: BridgeSite, clip: Clip, into: Path, **more: Any) -> list[float]:
    """Download a clip by rules that allow it: the fractions that were reported."""
    told: list[float] = []
    url = site.clip("clip.mp4", clip)
    hosts = [site.host, site.host.replace("127.0.0.1", "localhost")]
    limits = {key: more.pop(key) for key in ("read_seconds", "total_seconds") if key in more}
    downloads = Downloads(hosts, MOST, **limits)
    await downloads.fetch(url, into, told.append, name="clip.mp4", **more)
    return told


async def refusal(error: type[AdapterError], site: BridgeSite, clip: Clip, into: Path) -> str:
    with pytest.raises(error) as raised:
        await fetch(site, clip, into)
    assert content(into) is None
    assert "“clip.mp4”" in str(raised.value)
    return str(raised.value)


async def test_a_file_arrives_whole_and_its_progress_is_told(site: BridgeSite, into: Path) -> None:
    told = await fetch(site, Clip(DATA), into, size_bytes=len(DATA))
    assert content(into) == DATA
    assert told == sorted(told)
    assert told[-1] == 1


async def test_a_file_of_unknown_size_arrives(site: BridgeSite, into: Path) -> None:
    assert await fetch(site, Clip(DATA, sized=False), into) == [1]
    assert content(into) == DATA


async def test_a_broken_download_goes_on_where_it_broke(site: BridgeSite, into: Path) -> None:
    clip = Clip(DATA, cuts=deque([100_000, 300_000, 300_001, 500_000]))
    told = await fetch(site, clip, into)
    assert content(into) == DATA
    assert told == sorted(told)
    ranges = [asked.get("Range") for asked in clip.asked]
    assert ranges == [None, *(f"bytes={n}-" for n in (100_000, 300_000, 300_001, 500_000))]
    assert {asked.get("If-Range") for asked in clip.asked[1:]} == {'"1"'}


async def test_without_ranges_a_broken_download_starts_again(site: BridgeSite, into: Path) -> None:
    clip = Clip(DATA, ranges=False, cuts=deque([400_000, 100_000]))
    await fetch(site, clip, into)
    assert content(into) == DATA


async def test_of_a_file_that_changed_meanwhile_nothing_old_is_kept(
    site: BridgeSite, into: Path
) -> None:
    clip = Clip(DATA, cuts=deque([400_000]))

    def change(_: float) -> None:
        clip.data, clip.version = DATA[::-1][:300_000], '"2"'

    url = site.clip("clip.mp4", clip)
    await Downloads([site.host], MOST).fetch(url, into, change, name="clip.mp4")
    assert content(into) == DATA[::-1][:300_000]
    assert [asked.get("Range") for asked in clip.asked] == [None, "bytes=400000-"]


async def test_a_download_that_gets_no_further_is_given_up(site: BridgeSite, into: Path) -> None:
    clip = Clip(DATA, cuts=deque([200_000] * 9))
    assert "broke" in await refusal(FetchFailed, site, clip, into)
    assert len(clip.asked) == 4


async def test_a_server_that_stops_sending_is_given_up(site: BridgeSite, into: Path) -> None:
    clip = Clip(DATA, ranges=False, pause_seconds=5)
    with pytest.raises(FetchFailed, match="stopped sending"):
        await fetch(site, clip, into, read_seconds=0.1)
    assert content(into) is None


async def test_a_download_that_only_trickles_is_given_up(site: BridgeSite, into: Path) -> None:
    clip = Clip(DATA, block_bytes=10, pause_seconds=0.02)
    with pytest.raises(FetchFailed, match=r"longer than 0\.3 s"):
        await fetch(site, clip, into, total_seconds=0.3)
    assert content(into) is None


async def test_a_server_that_is_down_can_be_tried_again(site: BridgeSite, into: Path) -> None:
    site.stop()
    assert "cannot be reached" in await refusal(FetchFailed, site, Clip(DATA), into)


async def test_a_cancelled_download_leaves_nothing(site: BridgeSite, into: Path) -> None:
    begun = asyncio.Event()
    url = site.clip("clip.mp4", Clip(DATA, pause_seconds=0.05))
    downloads = Downloads([site.host], MOST)
    running = asyncio.create_task(
        downloads.fetch(url, into, lambda _: begun.set(), name="clip.mp4")
    )
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert content(into) is None


@pytest.mark.parametrize("sized", [True, False])
async def test_what_is_too_large_is_refused(site: BridgeSite, into: Path, sized: bool) -> None:
    reason = await refusal(MediaRefused, site, Clip(bytes(MOST + 1), sized=sized), into)
    assert "larger than 1.0 MB" in reason


async def test_what_is_announced_as_too_large_is_not_asked_for(
    site: BridgeSite, into: Path
) -> None:
    clip = Clip(DATA)
    with pytest.raises(MediaRefused, match="larger"):
        await fetch(site, clip, into, size_bytes=MOST + 1)
    assert clip.asked == []


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("announced", [len(DATA) - 1, len(DATA) + 1])
async def test_a_file_of_another_size_than_announced_is_not_taken(
    site: BridgeSite, into: Path, announced: int, sized: bool
) -> None:
    with pytest.raises((MediaRefused, FetchFailed), match="bytes"):
        await fetch(site, Clip(DATA, sized=sized), into, size_bytes=announced)
    assert content(into) is None


@pytest.mark.parametrize(
    "page",
    [
        Clip(DATA, type="text/html; charset=utf-8"),
        Clip(LOGIN_PAGE),
        Clip(b"\xef\xbb\xbf\r\n  <HTML lang=en>", type="application/octet-stream"),
    ],
)
async def test_a_web_page_in_place_of_the_file_is_explained(
    site: BridgeSite, into: Path, page: Clip
) -> None:
    assert "log in" in await refusal(MediaRefused, site, page, into)


async def test_what_comes_compressed_is_refused(site: BridgeSite, into: Path) -> None:
    assert "compressed" in await refusal(MediaRefused, site, Clip(DATA, encoding="gzip"), into)


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 418])
async def test_what_the_server_will_never_give_is_refused(
    site: BridgeSite, into: Path, status: int
) -> None:
    await refusal(MediaRefused, site, Clip(DATA, status=status), into)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_what_the_server_may_give_later_can_be_tried_again(
    site: BridgeSite, into: Path, status: int
) -> None:
    assert str(status) in await refusal(FetchFailed, site, Clip(DATA, status=status), into)


async def test_a_full_disk_is_told(site: BridgeSite, into: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert "free some disk space" in await refusal(StoreFailed, site, Clip(DATA), into)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_missing_directory_is_told(site: BridgeSite, into: Path) -> None:
    reason = await refusal(StoreFailed, site, Clip(DATA), into / "not" / "there")
    assert str(into) not in reason


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/a",
        "https://files.example.com:444/a",
        "https://example.com/a",
        "https://example.org/a",
        "https://files.example.com.evil.org/a",
        "https://evilexample.net/a",
        "https://example.net/a",
        "https://user:password@files.example.com/a",
        "ftp://files.example.com/a",
        "file:///etc/passwd",
        "//files.example.com/a",
        "https://",
        "https://[::1/a",
        "https://files.example.com\x00/a",
        "\ud800",
        "",
    ],
)
async def test_an_address_that_is_not_allowed_is_not_asked(into: Path, url: str) -> None:
    downloads = Downloads(["files.example.com", ".example.net"], MOST)
    with pytest.raises(MediaRefused) as refused:
        await downloads.fetch(url, into, lambda _: None, name="a")
    assert "password" not in str(refused.value)


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("files.example.com", "https://FILES.example.com:443/a"),
        ("files.example.com:8443", "https://files.example.com:8443/a"),
        (".example.com", "https://a.b.example.com/a"),
        ("bücher.example", "https://xn--bcher-kva.example/a"),
    ],
)
def test_listed_hosts_are_allowed_but_not_trusted_to_be_private(listed: str, url: str) -> None:
    assert Downloads([listed], MOST)._trust(httpx.URL(url)) is False


@pytest.mark.parametrize(
    "entry", ["", ".", "files.example.com/f", "ftp://a.example", "a:b", "https://", "https://u:p@a"]
)
def test_a_list_of_hosts_that_is_wrong_is_refused(entry: str) -> None:
    with pytest.raises(ChatRefused, match="none"):
        Downloads(["files.example.com", entry], MOST)


async def test_a_listed_name_that_leads_into_a_private_network_gets_no_byte(into: Path) -> None:
    received = asyncio.Queue[bytes]()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await received.put(await reader.read())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        downloads = Downloads([f"localhost:{port}"], MOST)
        with pytest.raises(MediaRefused, match="private network"):
            await downloads.fetch(f"https://localhost:{port}/a", into, lambda _: None, name="a")
        assert await received.get() == b""
    assert content(into) is None


@pytest.mark.parametrize(
    ("peer", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.100.100.200", False),
        ("169.254.169.254", False),
        ("168.63.129.16", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:a9fe:a9fe::1", False),
    ],
)
def test_private_addresses_are_recognised_in_any_disguise(peer: str, public: bool) -> None:
    assert is_public(peer) is public


async def test_a_redirect_is_followed_without_the_credentials(site: BridgeSite, into: Path) -> None:
    moved = Clip(DATA)
    elsewhere = site.clip("moved.mp4", moved).replace("127.0.0.1", "localhost")
    clip = Clip(b"", moved_to=elsewhere)
    headers = {"Authorization": "Bearer secret", "X-Token": "secret"}
    await fetch(site, clip, into, headers=headers)
    assert content(into) == DATA
    assert clip.asked[0]["X-Token"] == "secret"
    assert "secret" not in str(moved.asked)


async def test_a_redirect_within_the_origin_keeps_the_credentials(
    site: BridgeSite, into: Path
) -> None:
    moved = Clip(DATA, private=True)
    site.clip("moved.mp4", moved)
    headers = {"Authorization": f"Bearer {site.token}"}
    await fetch(site, Clip(b"", moved_to="/clips/moved.mp4"), into, headers=headers)
    assert content(into) == DATA


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "https://evil.example/a", "file:///etc/passwd"]
)
async def test_a_redirect_to_another_host_is_refused(
    site: BridgeSite, into: Path, target: str
) -> None:
    assert "not allowed" in await refusal(MediaRefused, site, Clip(b"", moved_to=target), into)


async def test_a_redirect_without_end_is_refused(site: BridgeSite, into: Path) -> None:
    clip = Clip(b"", moved_to="/clips/clip.mp4")
    assert "over and over" in await refusal(MediaRefused, site, clip, into)
    assert len(clip.asked) == 6


async def test_no_signature_of_an_address_is_logged_or_told(
    site: BridgeSite, into: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = site.clip("clip.mp4", Clip(DATA, cuts=deque([100]))) + "?hm=signature"
    downloads = Downloads([site.host], MOST)
    await downloads.fetch(url, into, lambda _: None, name="clip.mp4")
    site.clips["clip.mp4"] = Clip(b"", moved_to="https://evil.example/?sig=signature")
    with pytest.raises(MediaRefused) as refused:
        await downloads.fetch(url, into, lambda _: None, name="clip.mp4")
    assert "signature" not in caplog.text
    assert "signature" not in str(refused.value)


async def test_a_token_that_cannot_be_sent_is_not_shown(site: BridgeSite, into: Path) -> None:
    with pytest.raises(FetchFailed) as failed:
        await fetch(site, Clip(DATA), into, headers={"Authorization": "Bearer secret\n"})
    assert "secret" not in "".join(traceback.format_exception(failed.value.__cause__))
