"""Files to Slack: uploaded unseen, shown by the message that refers to them.

A file that is completed without a channel can be seen by nobody but the bot. It becomes visible to
a channel with the first message of the bot there that shows it (an image block) or links to its
page. So all that people see of a reply is one message with one key, and what a crash can leave
behind is a file that nobody sees.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from bot.adapters.chat.slack.api import SlackApi
from bot.adapters.chat.slack.cards import Shared
from bot.ports import ChatBusy, ChatRefused

_MAX_BYTES = 1_000_000_000
_CHUNK = 1 << 20
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif"})
_STALL_SECONDS = 60
_LOOKS = 8


async def uploaded(api: SlackApi, path: Path) -> Shared:
    """Upload a file in three steps, streamed from disk.

    Raises:
        ChatBusy: It did not arrive.
        ChatRefused: Slack does not take it.
        OSError: It cannot be read.
    """
    length = (await asyncio.to_thread(path.stat)).st_size
    if length > _MAX_BYTES:
        raise ChatRefused(f"It is larger than Slack takes ({length / 1e9:.1f} GB).")
    client = api.client
    ticket = await api.call(client.files_getUploadURLExternal, filename=path.name, length=length)
    await _sent(api, path, length, ticket["upload_url"])
    named = {"id": ticket["file_id"], "title": path.name}
    answer = await api.call(client.files_completeUploadExternal, files=[named])
    file = answer["files"][0]
    is_picture = path.suffix.lower() in _PICTURES
    if is_picture:
        file = await _processed(api, ticket["file_id"])
    return Shared(ticket["file_id"], file["permalink"], path.name, is_picture)


async def _sent(api: SlackApi, path: Path, length: int, url: str) -> None:
    headers = {"Content-Length": str(length), "Content-Type": "application/octet-stream"}
    # No limit on the whole: a film takes as long as it takes, as long as it moves.
    patience = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=_STALL_SECONDS)
    try:
        async with api.session.post(
            url, data=_chunks(path), headers=headers, timeout=patience, proxy=api.client.proxy
        ) as answer:
            if answer.status != 200:
                raise ChatBusy(f"Slack did not take the file (status {answer.status}).")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ChatBusy("The upload to Slack broke off.") from error


async def _chunks(path: Path) -> AsyncGenerator[bytes, None]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


async def _processed(api: SlackApi, file: str) -> Mapping[str, Any]:
    """Wait until Slack has looked at a picture: before, no message can show it."""
    for look in range(_LOOKS):
        info: Mapping[str, Any] = (await api.call(api.client.files_info, file=file))["file"]
        if info.get("mimetype"):
            return info
        await asyncio.sleep(0.1 * 2**look)
    raise ChatBusy("Slack is not done with a picture yet.", 5)
