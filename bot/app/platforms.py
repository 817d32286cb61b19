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
from typing import Protocol, TypeVar

from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.config import Settings
from bot.ports import Chat, Finding, Listener, StoreFailed, Threads


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
class Memory:
    """What listeners remember: the threads that ChatKut is in, and how far they have heard."""

    threads: Threads
    seen: Seen | None = None


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
    if _given(settings, "bridge_url", "bridge_token"):
        yield _bridge(settings)
    if settings.slack_bot_token is not None:
        yield _slack(settings, settings.slack_bot_token, memory)
    if settings.discord_token is not None:
        yield _discord(settings, settings.discord_token, memory)


def _given(settings: Settings, *names: str) -> bool:
    """Whether these settings are made: all of them, or none."""
    missing = [name for name in names if getattr(settings, name) is None]
    if missing and len(missing) < len(names):
        wanted = " and ".join(f"CHATKUT_{name.upper()}" for name in missing)
        raise StoreFailed(f"The settings are incomplete: {wanted} is missing, see .env.example.")
    return not missing


def _bridge(settings: Settings) -> Platform:
    from bot.adapters.chat.bridge import BridgeChat, BridgeListener
    from bot.adapters.download import Downloads

    hosts = [host.strip() for host in settings.bridge_media_hosts.split(",") if host.strip()]
    downloads = Downloads(hosts, settings.max_upload_mb << 20)
    token = _secret(settings.bridge_token)
    listener = BridgeListener(token)
    chat = BridgeChat(settings.bridge_url or "", token, downloads)
    return Platform("bridge", chat, listener, _unchecked, listener.routes())


def _slack(settings: Settings, token: SecretStr, memory: Memory) -> Platform:
    from bot.adapters.chat.slack import FILE_HOSTS, SlackApi, SlackChat, SlackListener, check
    from bot.adapters.download import Downloads

    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise StoreFailed(
            "Slack also needs CHATKUT_SLACK_APP_TOKEN (Socket Mode) or "
            "CHATKUT_SLACK_SIGNING_SECRET (HTTP): see docs/slack.md."
        )
    downloads = Downloads(FILE_HOSTS, settings.max_upload_mb << 20)
    chat = SlackChat(SlackApi(token, settings.slack_api_url), downloads)
    secrets = (settings.slack_app_token, settings.slack_signing_secret)
    listener = SlackListener(SlackApi(token, settings.slack_api_url), memory.threads, *secrets)

    async def checked() -> list[Finding]:
        async with closing(SlackApi(token, settings.slack_api_url)) as api:
            return await check(api, *secrets)

    return Platform("slack", closing(chat), listener, checked, listener.routes())


def _discord(settings: Settings, token: SecretStr, memory: Memory) -> Platform:
    from bot.adapters.chat.discord import HOSTS, DiscordChat, DiscordListener, check
    from bot.adapters.download import Downloads

    chat = DiscordChat(token, Downloads(HOSTS, settings.max_upload_mb << 20))
    listener = DiscordListener(token, memory.threads, seen=memory.seen)
    return Platform("discord", chat, listener, partial(check, token))


async def _unchecked() -> tuple[Finding, ...]:
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
