"""The saying side of the bridge."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import quote

import httpx
from pydantic import Field, ValidationError

from bot.adapters.download import Downloads
from bot.engine.record import Record
from bot.ports import Address, Attachment, ChatBusy, ChatRefused, PostUnknown, Reply

_CONNECT_SECONDS = 10
_MOST_RETRY_SECONDS = 3600.0
_JSON = {"Content-Type": "application/json"}


class BridgeChat:
    """The saying side: a `Chat` at `url`; use it as an async context manager.

    The token goes to that origin only, with posts and with downloads from there.
    """

    def __init__(
        self,
        url: str,
        token: str,
        downloads: Downloads,
        *,
        edit_seconds: float = 1,
        timeout_seconds: float = 60,
    ) -> None:
        if not url.startswith(("https://", "http://")):
            raise ChatRefused("The address of the bridge must begin with https:// or http://.")
        if not re.fullmatch("[!-~]+", token):  # an HTTP library would say so, and show it
            raise ChatRefused("The token of the bridge may have letters, digits and signs only.")
        self._edit_seconds = edit_seconds
        self._downloads = downloads
        self._token = {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=self._token,
            timeout=httpx.Timeout(timeout_seconds, connect=_CONNECT_SECONDS),
            trust_env=False,  # a proxy's answers would be taken for the chat's
            verify=httpx.create_ssl_context(),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.aclose()

    @property
    def edit_seconds(self) -> float:
        return self._edit_seconds

    async def post(self, to: Address, reply: Reply, key: str) -> str:
        """Say something, without its files where the chat finds them too large; see `Chat.post`.

        The id is the key and the chat's own id, since an edit has to name the buttons again.
        """
        with ExitStack() as stack:
            files, lost = _opened(stack, reply.files)
            reply = _without(reply, lost, "no longer there")
            response = await self._send(to, reply, key, files)
        if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE and files:
            large = [Path(file.name) for file in files]
            elsewhere = "; the link leads to it" if reply.link else ""
            reply = _without(reply, large, f"too large for this chat{elsewhere}")
            response = await self._send(to, reply, key, ())
        _check(response)
        return f"{key}/{_id(response)}"

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Ask the chat for a post by its key; see `Chat.find`."""
        asked = {"channel": _place(to), "key": key, "since": since.isoformat()}
        with _repeatable():
            response = await self._ask("GET", "/posts", params=asked)
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            _check(response)
            return f"{key}/{_id(response)}"

    async def edit(self, to: Address, post: str, reply: Reply) -> None:
        """Replace a post; see `Chat.edit`."""
        key, _, own = post.partition("/")
        with _repeatable():
            path, edited = f"/posts/{quote(own, safe='')}", _json(to, reply, key)
            _check(await self._ask("PATCH", path, content=edited, headers=_JSON))

    async def fetch(
        self, attachment: Attachment, into: Path, report: Callable[[float], None]
    ) -> None:
        """Download an attachment, whose `ref` is its address; see `Chat.fetch`."""
        own = attachment.ref.startswith(f"{self._client.base_url.join('/')}")
        await self._downloads.fetch(
            attachment.ref,
            into,
            report,
            name=attachment.name,
            headers=self._token if own else None,
            size_bytes=attachment.size_bytes,
        )

    async def _send(
        self, to: Address, reply: Reply, key: str, files: Sequence[BinaryIO]
    ) -> httpx.Response:
        post, headers = _json(to, reply, key), {"Idempotency-Key": key}
        if not files:
            return await self._ask("POST", "/posts", content=post, headers=headers | _JSON)
        parts: list[tuple[str, Any]] = [("post", (None, post, "application/json"))]
        parts += [("file", (Path(file.name).name, file)) for file in files]
        return await self._ask("POST", "/posts", files=parts, headers=headers)

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise ChatBusy("The chat cannot be reached.") from exc
        except httpx.TransportError as exc:
            raise PostUnknown("The chat did not answer.") from exc


def _json(to: Address, reply: Reply, key: str) -> bytes:
    post = {
        "key": key,
        "channel": _place(to),
        "thread": to.thread,
        "in_reply_to": to.message,
        "kind": reply.kind,
        "text": reply.text,
        "choices": [
            {"label": choice.label, "value": f"{key}#{number}"}
            for number, choice in enumerate(reply.choices)
        ],
        "revision": reply.revision,
        "cost_usd": reply.cost_usd,
        "progress": asdict(reply.progress) if reply.progress else None,
        "link": reply.link,
        "only_for": reply.only_for,
    }
    return json.dumps(post).encode()


def _place(to: Address) -> str:
    return to.channel.partition(":")[2]


def _opened(stack: ExitStack, paths: Sequence[Path]) -> tuple[list[BinaryIO], list[Path]]:
    """The files that can be read, and the paths of those that cannot."""
    files: list[BinaryIO] = []
    lost: list[Path] = []
    for path in paths:
        try:
            files.append(stack.enter_context(path.open("rb")))
        except OSError:
            lost.append(path)
    return files, lost


def _without(reply: Reply, missing: Sequence[Path], why: str) -> Reply:
    """The reply, telling which files do not come with it."""
    return replace(reply, text="\n".join([reply.text, *(f"{p.name} is {why}." for p in missing)]))


def _check(response: httpx.Response) -> None:
    """Raise what an answer means for a post that was sent."""
    status = response.status_code
    if response.is_success:
        return
    if status in {429, 503}:
        raise ChatBusy("The chat takes nothing just now.", _retry_after(response))
    if status == httpx.codes.CONFLICT or response.is_server_error:
        raise PostUnknown(f"The chat answered with status {status}.")
    if status == httpx.codes.UNAUTHORIZED:  # nothing is lost while somebody corrects the token
        raise ChatBusy("The chat does not accept the token of the bridge.")
    raise ChatRefused(f"The chat refused it with status {status}.")


def _retry_after(response: httpx.Response) -> float:
    """Seconds of `Retry-After`, which is a number or a date (RFC 9110, 10.2.3)."""
    told = response.headers.get("Retry-After", "")
    try:
        seconds = (
            float(told)
            if told.isdecimal()
            else (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError):
        return 0
    return min(max(0, seconds), _MOST_RETRY_SECONDS)


def _id(response: httpx.Response) -> str:
    try:
        return _Posted.model_validate_json(response.content).id
    except ValidationError as exc:
        raise PostUnknown("The chat took it, but did not say under which id.") from exc


@contextmanager
def _repeatable() -> Iterator[None]:
    """What may be asked again does not need its fate known."""
    try:
        yield
    except PostUnknown as exc:
        raise ChatBusy(str(exc)) from exc


class _Posted(Record, extra="ignore"):
    id: str = Field(min_length=1, max_length=500, coerce_numbers_to_str=True)
