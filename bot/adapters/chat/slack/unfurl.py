"""Links to our own pages, shown as what they lead to.

https://docs.slack.dev/messaging/unfurling-links-in-messages
https://docs.slack.dev/reference/block-kit/blocks/video-block
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.adapters.chat.slack.api import SlackApi, SlackRefusal
from bot.adapters.chat.slack.cards import Block, section
from bot.adapters.chat.slack.events import Payload
from bot.adapters.chat.slack.words import escaped, link, literal, pieces

_MOST_LINKS = 5
_MOST_WORDS = 199
_CANNOT_PLAY = frozenset({"invalid_blocks", "invalid_unfurls_format", "missing_scope"})
"""The scope links.embed:write or the domain is missing, or the player cannot be reached."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a link leads to: of which channel, and in a few words.

    `player` is a page that plays it within another, `picture` an image; both may be "".
    """

    channel: str
    title: str
    text: str
    player: str = ""
    picture: str = ""


class Unfurler(Protocol):
    """Knows our own pages."""

    async def card(self, url: str) -> Preview | None:
        """What an address leads to; None where it is none of ours, or is good no more."""
        ...


async def unfurls(api: SlackApi, team: str, unfurler: Unfurler, event: Payload) -> None:
    """Show what the links of a `link_shared` event lead to; those of this workspace only.

    Raises:
        AdapterError: It cannot be shown.
    """
    urls = [link["url"] for link in event.get("links") or ()][:_MOST_LINKS]
    previews = zip(urls, await asyncio.gather(*map(unfurler.card, urls)), strict=True)
    shown = {
        url: preview
        for url, preview in previews
        if preview is not None and preview.channel.startswith(f"slack:{team}/")
    }
    if not shown:
        return
    try:
        await _show(api, event, {url: _blocks(url, preview) for url, preview in shown.items()})
    except SlackRefusal as error:
        if error.code not in _CANNOT_PLAY:
            raise
        await _show(api, event, {url: [_plain(url, preview)] for url, preview in shown.items()})


async def _show(api: SlackApi, event: Payload, blocks: Mapping[str, list[Block]]) -> None:
    # While a message is being written it has an id and no place yet.
    where: dict[str, Any] = {"channel": event["channel"], "ts": event["message_ts"]}
    if event.get("unfurl_id"):
        where = {"unfurl_id": event["unfurl_id"], "source": event["source"]}
    unfurled = {url: {"blocks": each} for url, each in blocks.items()}
    await api.call(api.client.chat_unfurl, unfurls=unfurled, **where)


def _blocks(url: str, preview: Preview) -> list[Block]:
    if not (preview.player.startswith("https://") and preview.picture.startswith("https://")):
        return [_plain(url, preview)]
    video: Block = {
        "type": "video",
        "title": _words(preview.title),
        "title_url": url,
        "description": _words(preview.text),
        "video_url": preview.player,
        "thumbnail_url": preview.picture,
        "alt_text": _words(preview.title)["text"],
        "provider_name": "ChatKut",
    }
    return [video]


def _plain(url: str, preview: Preview) -> Block:
    return section(f"*{link(url, preview.title)}*\n{escaped(preview.text)}")


def _words(text: str) -> Block:
    beginning = next(pieces(literal(text), _MOST_WORDS), "…")
    return {"type": "plain_text", "text": beginning, "emoji": False}
