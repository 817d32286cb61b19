"""The chat platforms that the settings name: for each, how it hears and how it speaks."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.config import Settings
from bot.ports import Chat, Listener, StoreFailed, Threads


@dataclass(frozen=True, slots=True)
class Platform:
    """A chat platform: `chat` speaks, once it is entered, and `listener` hears."""

    name: str
    chat: AbstractAsyncContextManager[Chat]
    listener: Listener
    routes: Sequence[BaseRoute] = ()


class ClosableChat(Chat, Protocol):
    """A chat with connections of its own."""

    async def close(self) -> None:
        """Close them."""
        ...


def platforms(settings: Settings, threads: Threads) -> Iterator[Platform]:
    """Those that are set up.

    Raises:
        StoreFailed: The settings of one are incomplete.
    """
    if _given(settings, "bridge_url", "bridge_token"):
        yield _bridge(settings)
    if settings.slack_bot_token is not None:
        yield _slack(settings, settings.slack_bot_token, threads)


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
    return Platform("bridge", chat, listener, listener.routes())


def _slack(settings: Settings, token: SecretStr, threads: Threads) -> Platform:
    from bot.adapters.chat.slack import FILE_HOSTS, SlackApi, SlackChat, SlackListener
    from bot.adapters.download import Downloads

    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise StoreFailed(
            "Slack also needs CHATKUT_SLACK_APP_TOKEN (Socket Mode) or "
            "CHATKUT_SLACK_SIGNING_SECRET (HTTP): see docs/slack.md."
        )
    downloads = Downloads(FILE_HOSTS, settings.max_upload_mb << 20)
    chat = SlackChat(SlackApi(token, settings.slack_api_url), downloads)
    listener = SlackListener(
        SlackApi(token, settings.slack_api_url),
        threads,
        settings.slack_app_token,
        settings.slack_signing_secret,
    )
    return Platform("slack", _closing(chat), listener, listener.routes())


@asynccontextmanager
async def _closing(chat: ClosableChat) -> AsyncIterator[Chat]:
    try:
        yield chat
    finally:
        await chat.close()


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
