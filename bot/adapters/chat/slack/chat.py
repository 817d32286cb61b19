"""The speaking side of Slack: posts, edits, and the files of messages."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat.slack.api import REPAIRABLE, SlackApi, SlackRefusal, Workspaces, pages
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
    StoreFailed,
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
    """Posts to the channels of workspaces, and fetches the files that people drop there."""

    def __init__(
        self,
        workspaces: Workspaces,
        downloads: Downloads,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspaces = workspaces
        self._downloads = downloads
        self._clock = clock
        self._live: dict[tuple[str, str], float] = {}
        self._uploads: dict[tuple[str, Path], Shared] = {}

    @property
    def edit_seconds(self) -> float:
        """All lines of progress in a workspace share what it allows."""
        lines = Counter(team for team, _ in self._recent()).values()
        return max(_EDIT_SECONDS, _SHARE_SECONDS * max(lines, default=0))

    async def post(self, to: Address, reply: Reply, key: str) -> str:
        api = await self._api(to)
        shared, notes = await self._files(api, reply, key)
        message = card(reply, key, shared, notes)
        with _repairable():
            if reply.only_for and not place_of(to.channel).is_direct:
                return Posted(await self._whispered(api, to, reply.only_for, message), key).id
            ts = await self._said(api, to, message, key, unfolds=bool(shared))
        post = Posted(ts, key).id
        if reply.progress is not None:
            self._edited(to, post)
        return post

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        api, thread = await self._api(to), thread_of(to)
        if thread is not None:
            replies = partial(api.client.conversations_replies, ts=thread)
            try:
                return await self._found(api, replies, to, key, since)
            except SlackRefusal as error:
                if error.code not in _NO_THREAD:
                    raise
        return await self._found(api, api.client.conversations_history, to, key, since)

    async def edit(self, to: Address, post: str, reply: Reply) -> None:
        api = await self._api(to)
        ts, key = posted(post)
        shared, notes = await self._files(api, reply, key)
        message = card(reply, key, shared, notes)
        await api.call(api.client.chat_update, ts=ts, **_content(to, message))
        self._edited(to, post)

    async def fetch(
        self, attachment: Attachment, into: Path, report: Callable[[float], None]
    ) -> None:
        api = await self._api_for(attachment)
        file = await _file(api, attachment)
        await self._downloads.fetch(
            file.get("url_private_download") or file.get("url_private") or "",
            into,
            report,
            name=attachment.name,
            headers={"Authorization": f"Bearer {api.token.get_secret_value()}"},
            size_bytes=file.get("size"),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._workspaces.close()

    async def _api(self, to: Address) -> SlackApi:
        """The API of the workspace that a channel is in.

        Raises:
            ChatBusy: It cannot be had just now.
            ChatRefused: We are not in that workspace any more.
        """
        return await self._api_in(place_of(to.channel).team)

    async def _api_in(self, team: str) -> SlackApi:
        try:
            return await self._workspaces.of(team)
        except StoreFailed as error:
            raise ChatBusy(str(error)) from error

    async def _api_for(self, attachment: Attachment) -> SlackApi:
        """The API of the workspace that a file is in.

        Raises:
            FetchFailed: Slack does not let us in just now.
            MediaRefused: We are not in that workspace any more.
        """
        try:
            return await self._api_in(file_of(attachment.ref).team)
        except ChatBusy as error:
            raise FetchFailed(f"I could not fetch “{attachment.name}”: {error}") from error
        except ChatRefused as error:
            raise MediaRefused(f"I cannot use “{attachment.name}”: {error}") from error

    async def _said(
        self, api: SlackApi, to: Address, message: Card, key: str, *, unfolds: bool
    ) -> str:
        """Post a message, beside its thread where that was deleted; its timestamp."""
        say = partial(
            api.call,
            api.client.chat_postMessage,
            once=True,
            metadata={"event_type": EVENT, "event_payload": {"key": key}},
            **_content(to, message),
            # Only what we uploaded may unfold: its page is how a film gets into the message.
            unfurl_links=unfolds,
            unfurl_media=unfolds,
        )
        return str((await _in_thread(say, to))["ts"])

    async def _whispered(self, api: SlackApi, to: Address, user: str, message: Card) -> str:
        """Show a message to one person; its timestamp.

        No history has it, so after PostUnknown it is not found and shown again. Seen twice is
        better than not at all, and it goes away by itself. It opens no thread: Slack shows it only
        where there is one.
        https://docs.slack.dev/reference/methods/chat.postEphemeral
        """
        show = partial(
            api.call,
            api.client.chat_postEphemeral,
            once=True,
            user=user,
            **_content(to, message),
        )
        where = replace(to, thread="", message="") if thread_of(to) == to.message else to
        return str((await _in_thread(show, where))["message_ts"])

    async def _found(
        self, api: SlackApi, method: _History, to: Address, key: str, since: datetime
    ) -> str | None:
        """Look for a post of ours in a channel's or a thread's history."""
        me = await api.identity()
        oldest = f"{(since - _CLOCKS_APART).timestamp():.6f}"
        history = pages(
            partial(api.call, method),
            channel=place_of(to.channel).channel,
            oldest=oldest,
            include_all_metadata=True,
            limit=_PAGE,
        )
        async for page in history:
            for message in page["messages"]:
                if message.get("bot_id") == me.bot and _key_of(message) == key:
                    return Posted(message["ts"], key).id
        return None

    def _edited(self, to: Address, post: str) -> None:
        """Note that a line moves."""
        self._live = {**self._recent(), (place_of(to.channel).team, post): self._clock()}

    def _recent(self) -> dict[tuple[str, str], float]:
        """The posts that were edited, or begun as lines of progress, of late, and when."""
        since = self._clock() - _LIVE_SECONDS
        return {post: at for post, at in self._live.items() if at > since}

    async def _files(self, api: SlackApi, reply: Reply, key: str) -> tuple[list[Shared], list[str]]:
        """Upload what goes along; what cannot be, is told in the post and does not hold it up."""
        shared, notes = [], []
        with tempfile.TemporaryDirectory(prefix="chatkut-") as folder:
            paths = reply.files
            if is_long(reply):
                paths = (await _written(reply, Path(folder)), *paths)
            for path in paths:
                try:
                    shared.append(await self._uploaded(api, path, key))
                except OSError:
                    notes.append(f"“{path.name}” cannot be read here, so it is not attached.")
                except ChatRefused as error:
                    instead = " The link below leads to it." if reply.link else ""
                    notes.append(f"I could not attach “{path.name}”: {error}{instead}")
        return shared, notes

    async def _uploaded(self, api: SlackApi, path: Path, key: str) -> Shared:
        """Upload a file, once for all tries of a post as long as this process lives."""
        known = (key, path)
        if known not in self._uploads:
            self._uploads[known] = await uploaded(api, path)
            if len(self._uploads) > _KEPT_UPLOADS:
                del self._uploads[next(iter(self._uploads))]
        return self._uploads[known]


def _content(to: Address, message: Card) -> dict[str, Any]:
    return {
        "channel": place_of(to.channel).channel,
        "text": message.text,
        "blocks": message.blocks,
        "parse": "none",
        "link_names": False,
    }


async def _in_thread(
    say: Callable[..., Awaitable[AsyncSlackResponse]], to: Address
) -> AsyncSlackResponse:
    """Say something in its thread, or beside it where its first message was deleted."""
    try:
        return await say(thread_ts=thread_of(to))
    except SlackRefusal as error:
        if error.code not in _NO_THREAD:
            raise
    return await say()


async def _file(api: SlackApi, attachment: Attachment) -> Mapping[str, Any]:
    """Ask Slack where a file lies now.

    Raises:
        FetchFailed: Slack cannot tell just now.
        MediaRefused: It cannot be had.
    """
    name = attachment.name
    try:
        answer = await api.call(api.client.files_info, file=file_of(attachment.ref).file)
    except ChatBusy as error:
        raise FetchFailed(f"I could not fetch “{name}”: {error}") from error
    except SlackRefusal as error:
        why = _UNREADABLE.get(error.code, str(error))
        raise MediaRefused(f"I cannot use “{name}”: {why}") from error
    file: Mapping[str, Any] = answer["file"]
    if file.get("mode") in _UNREADABLE:
        raise MediaRefused(f"I cannot use “{name}”: {_UNREADABLE[file['mode']]}")
    return file


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
