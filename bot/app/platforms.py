"""The chat platforms that the settings name: for each, how it hears and how it speaks."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.adapters.store.database import Database
from bot.app.given import given
from bot.config import Settings
from bot.ports import Chat, ChatRefused, Conversations, Finding, Listener, Threads
from bot.web.links import SignedLinks

if TYPE_CHECKING:
    from bot.adapters.chat.bridge import BridgeListener


@dataclass(frozen=True, slots=True)
class Platform:
    """A chat platform: `chat` speaks, once it is entered; `listener` hears; `check` examines."""

    name: str
    chat: AbstractAsyncContextManager[Chat]
    listener: Listener
    check: Callable[[], Awaitable[Iterable[Finding]]]
    routes: Sequence[BaseRoute] = ()


class Seen(Protocol):
    """How far each place of a platform was heard."""

    async def latest(self) -> Mapping[str, str]: ...

    async def saw(self, place: str, message: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Labels:
    """What can be named in a channel, for whoever is typing there."""

    conversations: Conversations

    async def labels(self, channel: str) -> Sequence[str]:
        """The labels of what is on the channel's timeline, and the names of its clips."""
        comp = (await self.conversations.head(channel)).comp
        shown = (item.label for item in comp.items.values())
        return tuple(dict.fromkeys([*shown, *(clip.name for clip in comp.clips.values())]))


@dataclass(frozen=True, slots=True)
class Memory:
    """What listeners know: the threads that ChatKut is in, how far they have heard, all names."""

    threads: Threads
    seen: Seen | None = None
    labels: Labels | None = None
    rooms: "Rooms | None" = None


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where everything is kept, and the links to it where browsers can reach us."""

    database: Database
    root: Path
    links: SignedLinks | None = None


class Closable(Protocol):
    """Something with connections of its own."""

    async def close(self) -> None:
        """Close them."""
        ...


Connected = TypeVar("Connected", bound=Closable)


def platforms(settings: Settings, memory: Memory) -> Iterator[Platform]:
    """Those that are set up.

    Raises:
        StoreFailed: The settings of one are incomplete.
    """
    if given(settings, "bridge_url", "bridge_token"):
        yield _bridge(settings)
    if settings.slack_bot_token is not None or settings.slack_client_id is not None:
        yield _slack(settings, memory)
    if settings.discord_token is not None:
        yield _discord(settings, settings.discord_token, memory)


def _bridge(settings: Settings) -> Platform:
    from bot.adapters.chat.bridge import BridgeChat, BridgeListener
    from bot.adapters.download import Downloads

    hosts = [host.strip() for host in settings.bridge_media_hosts.split(",") if host.strip()]
    downloads = Downloads(hosts, settings.max_upload_mb << 20)
    token = _secret(settings.bridge_token)
    listener = BridgeListener(token)
    chat = BridgeChat(settings.bridge_url or "", token, downloads)
    return Platform("bridge", chat, listener, partial(_checked, listener), listener.routes())


def _slack(settings: Settings, memory: Memory) -> Platform:
    from bot.adapters.chat.slack import FILE_HOSTS
    from bot.adapters.download import Downloads
    from bot.app.slack import slack

    return slack(settings, memory, Downloads(FILE_HOSTS, settings.max_upload_mb << 20))


def _discord(settings: Settings, token: SecretStr, memory: Memory) -> Platform:
    from bot.adapters.chat.discord import HOSTS, DiscordChat, DiscordListener, check
    from bot.adapters.download import Downloads

    chat = DiscordChat(token, Downloads(HOSTS, settings.max_upload_mb << 20))
    listener = DiscordListener(token, memory.threads, seen=memory.seen, clips=memory.labels)
    return Platform("discord", chat, listener, partial(check, token))


async def _checked(listener: "BridgeListener") -> tuple[Finding, ...]:
    try:
        listener.refuse_wrong()
    except ChatRefused as error:
        return (Finding("bridge", False, str(error), "Correct CHATKUT_BRIDGE_TOKEN."),)
    return (Finding("bridge", True, "is set up; its chat system is asked for nothing"),)


@asynccontextmanager
async def closing(connected: Connected) -> AsyncIterator[Connected]:
    """Close the connections of something in the end."""
    try:
        yield connected
    finally:
        await connected.close()


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
