"""Downloads files from hosts that are allowed, and from nowhere else.

An address comes from a chat, so it is not trusted: hosts must be listed, it must be https, and
where a listed name leads into a private network the connection is closed before a byte is sent.
That is checked on the connection itself, because what a name resolves to may change between two
questions. Proxies of the environment are not used, as behind one nobody sees where it leads.
"""

import asyncio
import errno
import logging
import re
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from bot.ports import ChatRefused, FetchFailed, MediaRefused, StoreFailed, quoted

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole addresses,
logging.getLogger("httpcore").setLevel(logging.WARNING)  # and where redirects lead

_TRIES = 4
_PAUSE_SECONDS = 0.1
_REDIRECTS = 5
_CONNECT_SECONDS = 10
_HEAD = 512
_LATER = frozenset({408, 416, 425, 429})
_PORTS = {"https": 443, "http": 80}
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address
_AZURE = IPv4Address("168.63.129.16")  # Azure's metadata lie at a public address
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class _Host:
    """An entry of the allow-list. `trusted` is one that may lie in a private network."""

    scheme: str
    name: str
    port: int | None
    and_below: bool
    trusted: bool

    def allows(self, url: httpx.URL) -> bool:
        if (url.scheme, _port(url)) != (self.scheme, self.port):
            return False
        return url.host.endswith(f".{self.name}") if self.and_below else url.host == self.name


class Downloads:
    """Downloads files of up to `max_bytes`.

    `hosts` are "files.example.com", "files.example.com:8443", or ".example.com" for all names
    below it. With a scheme, "http://10.0.0.7:8080", it may be without TLS and in a private network.
    A connection over which nothing comes for `read_seconds` is broken; the whole file must come in
    `total_seconds`.

    Raises:
        ChatRefused: One of `hosts` is none.
    """

    def __init__(
        self,
        hosts: Collection[str],
        max_bytes: int,
        *,
        read_seconds: float = 30,
        total_seconds: float = 3600,
    ) -> None:
        self._hosts = tuple(map(_host, hosts))
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        self._timeout = httpx.Timeout(read_seconds, connect=_CONNECT_SECONDS)

    async def fetch(
        self,
        url: str,
        into: Path,
        report: Callable[[float], None],
        *,
        name: str,
        headers: Mapping[str, str] | None = None,
        size_bytes: int | None = None,
    ) -> None:
        """Download a file, and report the fraction done where the size is known.

        `name` is what people know it by. `headers`, such as an authorization, go to the origin of
        `url` only and not to where it redirects. `size_bytes` is as announced. When it fails,
        nothing is left of it.

        Raises:
            FetchFailed: It did not arrive; again may help.
            MediaRefused: It is too large, gone, at a host that is not allowed, not as large as
                announced, or a web page.
            StoreFailed: There is no room for it.
        """
        with _sentences_about(name), _new_file(into) as file:
            asked = _Asked(_parsed(url), headers or {}, size_bytes, self._max_bytes)
            async with self._client() as client, self._in_time():
                await _Transfer(client, self._trust, asked, file, report).run()

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers={"Accept-Encoding": "identity"},  # so that ranges and sizes are the file's
            timeout=self._timeout,
            trust_env=False,
            verify=httpx.create_ssl_context(),  # this does heed SSL_CERT_FILE
        )

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._total_seconds):
                yield
        except TimeoutError as exc:
            raise FetchFailed(f"it took longer than {self._total_seconds:g} s") from exc

    def _trust(self, url: httpx.URL) -> bool:
        """Whether an allowed host may lie in a private network.

        Raises:
            MediaRefused: It is not allowed at all.
        """
        host = next((host for host in self._hosts if host.allows(url)), None)
        if host is None or url.userinfo:
            raise MediaRefused(f"I am not allowed to download from {url.host or 'there'!r}")
        return host.trusted


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be downloaded. `size_bytes` is as announced."""

    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    size_bytes: int | None
    max_bytes: int

    def refuse_large(self, size: int) -> None:
        if size > self.max_bytes:
            most = f"{self.max_bytes / 1e6:,.1f} MB"
            raise MediaRefused(f"it is larger than {most}, which is the most that I take")

    def refuse_size(self, size: int) -> None:
        self.refuse_large(size)
        if self.size_bytes not in {None, size}:
            raise MediaRefused(f"it was announced with {self.size_bytes} bytes, but has {size}")


class _Transfer:
    """A file on its way: how much of it is here, and what it takes to ask for the rest."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        trust: Callable[[httpx.URL], bool],
        asked: _Asked,
        file: BinaryIO,
        report: Callable[[float], None],
    ) -> None:
        self._client = client
        self._trust = trust
        self._asked = asked
        self._file = file
        self._report = report
        self._here = 0
        self._furthest = 0
        self._total = asked.size_bytes
        self._version = ""

    async def run(self) -> None:
        """Download the whole, going on where a connection broke as long as that gets further."""
        self._asked.refuse_large(self._asked.size_bytes or 0)
        failures, furthest = 0, -1
        while True:
            try:
                await self._go_on()
                break
            except httpx.LocalProtocolError:
                raise FetchFailed("its headers are wrong") from None  # the error would show them
            except (httpx.TransportError, ssl.SSLError) as exc:
                failures = 1 if self._furthest > furthest else failures + 1
                if failures == _TRIES:
                    raise FetchFailed(_broken(exc)) from exc
            furthest = self._furthest
            await asyncio.sleep(_PAUSE_SECONDS * 2**failures)
        self._check_whole()
        self._report(1)

    async def _go_on(self) -> None:
        async with self._opened() as response:
            _refuse_status(response.status_code)
            _refuse_content(response.headers)
            self._place(response)
            async for block in response.aiter_raw():
                await asyncio.to_thread(self._file.write, block)
                self._moved(self._here + len(block))

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[httpx.Response]:
        """Ask for what is missing, and follow redirects to hosts that are allowed."""
        url = self._asked.url
        for _ in range(1 + _REDIRECTS):
            watch = {} if self._trust(url) else {"trace": _refuse_private}
            headers = self._headers(url)
            async with self._client.stream("GET", url, headers=headers, extensions=watch) as answer:
                if answer.next_request is None:
                    yield answer
                    return
                url = answer.next_request.url
        raise MediaRefused("its address leads to another one over and over")

    def _headers(self, url: httpx.URL) -> dict[str, str]:
        headers = dict(self._asked.headers) if _origin(url) == _origin(self._asked.url) else {}
        if self._here and self._version:
            headers |= {"Range": f"bytes={self._here}-", "If-Range": self._version}
        return headers

    def _place(self, response: httpx.Response) -> None:
        """Note what this answer is a part of, and write it where it belongs."""
        start, total = _extent(response)
        if start not in (0, self._here):
            raise FetchFailed("its server sent another part of it than I asked for")
        if start == 0 < self._here:
            self._file.seek(0)
            self._file.truncate()
        self._moved(start)
        if total is not None:
            self._asked.refuse_size(total)
        self._total = self._asked.size_bytes if total is None else total
        self._version = _version(response.headers)

    def _moved(self, here: int) -> None:
        self._here = here
        self._furthest = max(self._furthest, here)
        self._asked.refuse_large(here)
        if self._total:
            self._report(min(1, here / self._total))

    def _check_whole(self) -> None:
        self._file.seek(0)
        head = self._file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if head.startswith((b"<!doctype html", b"<html")):
            raise MediaRefused(_WEB_PAGE)
        if self._here < (self._total or 0):
            raise FetchFailed(f"only {self._here} bytes of {self._total} came")
        self._asked.refuse_size(self._here)


_WEB_PAGE = (
    "instead of the file its server sent a web page, probably one to log in: I may not be allowed "
    "to read files there"
)


async def _refuse_private(event: str, info: Mapping[str, Any]) -> None:
    """Close a connection that leads into a private network; httpx calls it at every step."""
    if event != "connection.connect_tcp.complete":
        return
    stream = info["return_value"]
    if not is_public(stream.get_extra_info("server_addr")[0]):
        await stream.aclose()
        raise MediaRefused("its host lies in a private network")


def is_public(peer: str) -> bool:
    """Whether an IP address is one of the open internet, also where another one wraps it."""
    address = ip_address(peer.partition("%")[0])
    if address.version == 6:
        inner = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        address = inner or address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast and address != _AZURE


def _host(entry: str) -> _Host:
    trusted = "://" in entry
    wrong = ChatRefused(f"In the list of hosts to download from, {entry!r} is none.")
    try:
        url = httpx.URL(entry if trusted else f"https://{entry.removeprefix('.')}")
    except httpx.InvalidURL:
        raise wrong from None
    if url.scheme not in _PORTS or not url.host or url.userinfo or url.raw_path != b"/":
        raise wrong
    return _Host(url.scheme, url.host, _port(url), entry.startswith("."), trusted)


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise MediaRefused("its address cannot be read") from None


def _port(url: httpx.URL) -> int | None:
    return url.port or _PORTS.get(url.scheme)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, _port(url)


def _refuse_status(status: int) -> None:
    if status in {200, 206}:
        return
    if status in {404, 410}:
        raise MediaRefused("it is no longer there")
    if status in {401, 403}:
        raise MediaRefused("its server does not let me have it")
    reason = f"its server answered with status {status}"
    raise FetchFailed(reason) if status in _LATER or status >= 500 else MediaRefused(reason)


def _refuse_content(headers: httpx.Headers) -> None:
    if headers.get("Content-Type", "").lower().startswith("text/html"):
        raise MediaRefused(_WEB_PAGE)
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise MediaRefused("its server sends it compressed")


def _extent(response: httpx.Response) -> tuple[int, int | None]:
    """Where an answer starts in the file, and the size of the whole if it tells."""
    if response.status_code == 200:
        length = response.headers.get("Content-Length")
        return 0, None if length is None else int(length)
    found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None:
        raise FetchFailed("its server sent a part of it and did not say which")
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _version(headers: httpx.Headers) -> str:
    """What a server knows this version of a file by, for `If-Range` (RFC 9110, 13.1.5)."""
    tag: str = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "")


def _broken(exc: Exception) -> str:
    match exc:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "its server cannot be reached"
        case httpx.TimeoutException():
            return "its server stopped sending"
        case _:
            return "the connection broke"


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is removed again when anything goes wrong."""
    try:
        with path.open("w+b") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _sentences_about(name: str) -> Iterator[None]:
    """Turn a reason, or an error of the disk, into a sentence for the chat."""
    what = quoted(name)
    try:
        yield
    except MediaRefused as exc:
        raise MediaRefused(f"I cannot use {what}: {exc}.") from exc
    except FetchFailed as exc:
        raise FetchFailed(f"I could not fetch {what}: {exc}.") from exc
    except OSError as exc:
        if exc.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StoreFailed(f"There is no room for {what}: free some disk space.") from exc
        raise StoreFailed(
            f"I cannot keep {what}: the data directory cannot be written ({exc.strerror})."
        ) from exc
