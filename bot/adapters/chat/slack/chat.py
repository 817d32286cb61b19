"""The speaking side of Slack: posts, edits, and the files of messages."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat.slack.api import REPAIRABLE, SlackApi, SlackRefusal
from bot.adapters.chat.slack.cards import Card, Shared, card, is_long, worded
from bot.adapters.chat.slack.places import Posted, file_of, place_of, posted, thread_of
from bot.adapters.chat.slack.uploads import uploaded
from bot.adapters.download import Downloads
from bot.ports import (
    Address,
    Attachment,
    ChatBusy,
    ChatRefused,
    FetchFailed,
    MediaRefused,
    Reply,
)

FILE_HOSTS = (".slack.com",)
"""Where Slack keeps files: what `Downloads` has to allow."""

EVENT = "chatkut_post"
_CLOCKS_APART = timedelta(minutes=2)
_EDIT_SECONDS = 3.0
_SHARE_SECONDS = 1.5
"""Slack allows 50 edits a minute in a workspace; this uses four fifths of them."""
_LIVE_SECONDS = 60.0
_KEPT_UPLOADS = 64
_PAGE = 100
_NO_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message"})
"""Whoever opened the thread deleted its first message: what is to be said is said all the same."""
_UNREADABLE = {
    "tombstone": "it was deleted from Slack.",
    "hidden_by_limit": "it is hidden by the limits of the workspace's Slack plan.",
    "external": "it is not stored in Slack: upload the file itself.",
    "file_not_found": "it is no longer in Slack.",
    "file_deleted": "it was deleted from Slack.",
}

_History = Callable[..., Awaitable[AsyncSlackResponse]]


class SlackChat:
    """Posts to the channels of one workspace, and fetches the files that people drop there."""

    def __init__(
        self, api: SlackApi, downloads: Downloads, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._downloads = downloads
        self._clock = clock
        self._live: dict[str, float] = {}
        self._uploads: dict[tuple[str, Path], Shared] = {}

    @property
    def edit_seconds(self) -> float:
        """All lines of progress in the workspace share what it allows."""
        return max(_EDIT_SECONDS, _SHARE_SECONDS * len(self._recent()))

    async def post(self, to: Address, reply: Reply, key: str) -> str:
        shared, notes = await self._files(reply, key)
        with _repairable():
            ts = await self._said(to, card(reply, key, shared, notes), key, unfolds=bool(shared))
        post = Posted(ts, key).id
        if reply.progress is not None:
            self._live = {**self._recent(), post: self._clock()}
        return post

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        client, thread = self._api.client, thread_of(to)
        if thread is not None:
            try:
                return await self._found(client.conversations_replies, to, key, since, ts=thread)
            except SlackRefusal as error:
                if error.code not in _NO_THREAD:
                    raise
        return await self._found(client.conversations_history, to, key, since)

    async def edit(self, to: Address, post: str, reply: Reply) -> None:
        ts, key = posted(post)
        shared, notes = await self._files(reply, key)
        message = card(reply, key, shared, notes)
        await self._api.call(
            self._api.client.chat_update,
            channel=place_of(to.channel).channel,
            ts=ts,
            text=message.text,
            blocks=message.blocks,
            parse="none",
            link_names=False,
        )
        self._live = {**self._recent(), post: self._clock()}

    async def fetch(
        self, attachment: Attachment, into: Path, report: Callable[[float], None]
    ) -> None:
        file = await self._file(attachment)
        await self._downloads.fetch(
            file.get("url_private_download") or file.get("url_private") or "",
            into,
            report,
            name=attachment.name,
            headers={"Authorization": f"Bearer {self._api.token.get_secret_value()}"},
            size_bytes=file.get("size"),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _said(self, to: Address, message: Card, key: str, *, unfolds: bool) -> str:
        """Post a message, beside its thread where that was deleted; its timestamp."""
        say = partial(
            self._api.call,
            self._api.client.chat_postMessage,
            once=True,
            channel=place_of(to.channel).channel,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": EVENT, "event_payload": {"key": key}},
            parse="none",
            link_names=False,
            # Only what we uploaded may unfold: its page is how a film gets into the message.
            unfurl_links=unfolds,
            unfurl_media=unfolds,
        )
        try:
            answer = await say(thread_ts=thread_of(to))
        except SlackRefusal as error:
            if error.code not in _NO_THREAD:
                raise
            answer = await say()
        ts: str = answer["ts"]
        return ts

    async def _found(
        self, method: _History, to: Address, key: str, since: datetime, **where: Any
    ) -> str | None:
        """Look for a post of ours in a channel's or a thread's history."""
        me = await self._api.identity()
        oldest = f"{(since - _CLOCKS_APART).timestamp():.6f}"
        cursor = None
        while cursor != "":
            page = await self._api.call(
                method,
                channel=place_of(to.channel).channel,
                oldest=oldest,
                cursor=cursor,
                include_all_metadata=True,
                limit=_PAGE,
                **where,
            )
            for message in page["messages"]:
                if message.get("bot_id") == me.bot and _key_of(message) == key:
                    return Posted(message["ts"], key).id
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        return None

    def _recent(self) -> dict[str, float]:
        """The posts that were edited, or begun as lines of progress, of late, and when."""
        since = self._clock() - _LIVE_SECONDS
        return {post: at for post, at in self._live.items() if at > since}

    async def _file(self, attachment: Attachment) -> Mapping[str, Any]:
        """Ask Slack where a file lies now.

        Raises:
            FetchFailed: Slack cannot tell just now.
            MediaRefused: It cannot be had.
        """
        name = attachment.name
        try:
            answer = await self._api.call(
                self._api.client.files_info, file=file_of(attachment.ref).file
            )
        except ChatBusy as error:
            raise FetchFailed(f"I could not fetch “{name}”: {error}") from error
        except SlackRefusal as error:
            why = _UNREADABLE.get(error.code, str(error))
            raise MediaRefused(f"I cannot use “{name}”: {why}") from error
        file: Mapping[str, Any] = answer["file"]
        if file.get("mode") in _UNREADABLE:
            raise MediaRefused(f"I cannot use “{name}”: {_UNREADABLE[file['mode']]}")
        return file

    async def _files(self, reply: Reply, key: str) -> tuple[list[Shared], list[str]]:
        """Upload what goes along; what cannot be, is told in the post and does not hold it up."""
        shared, notes = [], []
        with tempfile.TemporaryDirectory(prefix="chatkut-") as folder:
            paths = reply.files
            if is_long(reply):
                paths = (await _written(reply, Path(folder)), *paths)
            for path in paths:
                try:
                    shared.append(await self._uploaded(path, key))
                except OSError:
                    notes.append(f"“{path.name}” cannot be read here, so it is not attached.")
                except ChatRefused as error:
                    notes.append(f"I could not attach “{path.name}”: {error}")
        return shared, notes

    async def _uploaded(self, path: Path, key: str) -> Shared:
        """Upload a file, once for all tries of a post as long as this process lives."""
        known = (key, path)
        if known not in self._uploads:
            self._uploads[known] = await uploaded(self._api, path)
            if len(self._uploads) > _KEPT_UPLOADS:
                del self._uploads[next(iter(self._uploads))]
        return self._uploads[known]


@contextmanager
def _repairable() -> Iterator[None]:
    """What an admin can put right holds a post up, but does not lose it.

    Raises:
        ChatBusy: The app's token or scopes do not allow it at present.
    """
    try:
        yield
    except SlackRefusal as error:
        if error.code not in REPAIRABLE:
            raise
        raise ChatBusy(str(error)) from error


async def _written(reply: Reply, folder: Path) -> Path:
    """The words of a reply as a text file."""
    path = folder / f"{reply.kind}.txt"
    await asyncio.to_thread(path.write_text, worded(reply), "utf-8", "replace")
    return path


def _key_of(message: Mapping[str, Any]) -> str | None:
    """The key of a post, as `post` put it there."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT:
        return None
    key: str | None = (metadata.get("event_payload") or {}).get("key")
    return key
