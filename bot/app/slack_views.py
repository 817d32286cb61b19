"""What Slack shows beside the conversation: App Home, and previews of links to our pages."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from starlette.exceptions import HTTPException

from bot.adapters.chat.slack import Preview, Work
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.spoken import SqlSpoken
from bot.engine.composition import Image, Video
from bot.engine.layout import Timeline, layout
from bot.engine.timebase import timecode
from bot.ports import Head
from bot.web.links import SignedLinks
from bot.web.share import is_played


class SlackHome:
    """The `Home` of App Home: only channels of the workspace in which the person has spoken."""

    def __init__(self, database: Database) -> None:
        self._spoken = SqlSpoken(database)
        self._conversations = SqlConversations(database)

    async def works(self, team: str, user: str) -> Sequence[Work]:
        channels = await self._spoken.channels(f"slack:{team}/", f"slack:{user}")
        return [await self._work(channel) for channel in channels]

    async def _work(self, channel: str) -> Work:
        head = await self._conversations.head(channel)
        author, at = await self._conversations.last_change(channel) or ("", None)
        month = datetime.now(UTC).date().replace(day=1)
        return Work(
            channel,
            layout(head.comp).seconds,
            len(head.comp.clips),
            await self._conversations.spent(channel, month),
            at,
            author,
        )


class LinkPreviews:
    """The `Unfurler` for share pages and films; whoever has the link may see what it leads to."""

    def __init__(self, links: SignedLinks, database: Database, root: Path) -> None:
        self._links = links
        self._conversations = SqlConversations(database)
        self._renders = SqlRenders(database, root)

    async def card(self, url: str) -> Preview | None:
        path = re.split("[?#]", url)[0].removeprefix(f"{self._links.public_url}/")
        try:
            match path.split("/"):
                case ["s", token]:
                    return await self._share(self._links.shared_by(token), token)
                case ["r", token]:
                    return await self._film(self._links.film_of(token))
        except HTTPException:  # not one of ours, or too old
            return None
        return None

    async def _share(self, channel: str, token: str) -> Preview:
        head = await self._conversations.head(channel)
        timeline, films = layout(head.comp), await self._renders.past("done", channel)
        url, shown = self._links.public_url, _shown(timeline)
        return Preview(
            channel,
            f"A film of {timecode(timeline.seconds)}",
            f"{_clips(head)} · revision {head.revision}",
            f"{url}/s/{token}/player" if any(map(is_played, films)) else "",
            f"{url}{self._links.picture(token, shown)}/0" if shown else "",
        )

    async def _film(self, render_id: str) -> Preview | None:
        film = await self._renders.find(render_id)
        if film is None or film.state != "done" or film.path is None:
            return None
        title = f"A film of {timecode(film.seconds)}"
        size = f"{film.width} × {film.height}, {film.size_bytes / 1e6:.1f} MB"
        return Preview(film.channel, title, f"{size} · revision {film.revision}")


def _clips(head: Head) -> str:
    count = len(head.comp.clips)
    return f"{count} clip{'' if count == 1 else 's'}"


def _shown(timeline: Timeline) -> str:
    """The SHA-256 of the first clip that is to be seen."""
    items = (placed.item for placed in timeline.main)
    clips = (item.clip for item in items if isinstance(item, Image | Video))
    return next((timeline.clips[clip].sha256 for clip in clips), "")
