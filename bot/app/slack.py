"""Slack, wired: one workspace by its token, or several that install the app."""

from functools import partial

from pydantic import SecretStr

from bot.adapters.chat.slack import (
    App,
    Around,
    Beside,
    InstalledWorkspaces,
    Installing,
    SlackApi,
    SlackChat,
    SlackListener,
    check,
)
from bot.adapters.chat.slack.api import Workspaces
from bot.adapters.download import Downloads
from bot.adapters.store.installations import SqlInstallations, SqlStates
from bot.adapters.store.seen import SqlSeen
from bot.app.platforms import Memory, Platform, Rooms, closing
from bot.app.slack_views import LinkPreviews, SlackHome
from bot.config import Settings
from bot.ports import Finding, StoreFailed

_Secrets = tuple[SecretStr | None, SecretStr | None]


def slack(settings: Settings, memory: Memory, downloads: Downloads) -> Platform:
    """Slack as the settings name it; `downloads` fetch what people drop there.

    Raises:
        StoreFailed: They are incomplete.
    """
    secrets = (settings.slack_app_token, settings.slack_signing_secret)
    if secrets == (None, None):
        raise StoreFailed(
            "Slack also needs CHATKUT_SLACK_APP_TOKEN (Socket Mode) or "
            "CHATKUT_SLACK_SIGNING_SECRET (HTTP): see docs/slack.md."
        )
    workspaces, around = _workspaces(settings, memory.rooms)
    chat = SlackChat(workspaces, downloads)
    listener = SlackListener(workspaces, memory.threads, *secrets, around=around)
    checked = partial(_checked, settings, memory.rooms, secrets)
    return Platform("slack", closing(chat), listener, checked, listener.routes())


async def _checked(
    settings: Settings, rooms: Rooms | None, secrets: _Secrets
) -> tuple[Finding, ...]:
    async with closing(_workspaces(settings, rooms)[0]) as workspaces:
        return tuple(await check(workspaces, *secrets))


def _workspaces(settings: Settings, rooms: Rooms | None) -> tuple[Workspaces, Around]:
    """The workspaces, and what their listener has besides."""
    if settings.slack_bot_token is not None:
        if settings.slack_client_id is not None:
            raise StoreFailed(
                "Set CHATKUT_SLACK_BOT_TOKEN for one workspace, or CHATKUT_SLACK_CLIENT_ID for "
                "several, but not both: see docs/slack.md."
            )
        return SlackApi(settings.slack_bot_token, settings.slack_api_url), _around(rooms)
    return _several(settings, rooms)


def _several(settings: Settings, rooms: Rooms | None) -> tuple[Workspaces, Around]:
    client_id, secret, key = (
        settings.slack_client_id,
        settings.slack_client_secret,
        settings.slack_token_key,
    )
    if client_id is None or secret is None or key is None or settings.public_url is None:
        raise StoreFailed(
            "For several Slack workspaces CHATKUT_SLACK_CLIENT_ID, CHATKUT_SLACK_CLIENT_SECRET, "
            "CHATKUT_SLACK_TOKEN_KEY and CHATKUT_PUBLIC_URL are needed: see docs/slack.md."
        )
    if not settings.public_url.startswith("https://"):
        raise StoreFailed("Slack sends browsers back to https only: correct CHATKUT_PUBLIC_URL.")
    if rooms is None:
        raise StoreFailed("The installations are in a database, which is not open.")
    keys = [each.strip() for each in key.get_secret_value().split(",") if each.strip()]
    installations = SqlInstallations(rooms.database, client_id, keys)
    workspaces = InstalledWorkspaces(App(client_id, secret, settings.slack_api_url), installations)
    installing = Installing(workspaces, SqlStates(rooms.database), settings.public_url)
    return workspaces, _around(rooms, installing)


def _around(rooms: Rooms | None, installing: Installing | None = None) -> Around:
    if rooms is None:
        return Around(installing=installing)
    previews = LinkPreviews(rooms.links, rooms.database, rooms.root) if rooms.links else None
    return Around(
        SqlSeen(rooms.database, "slack"), Beside(SlackHome(rooms.database), previews), installing
    )
