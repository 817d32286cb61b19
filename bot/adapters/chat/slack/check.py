"""Whether the settings can work: for the start, and for `chatkut doctor`."""

import re

from pydantic import SecretStr

from bot.adapters.chat.slack.api import Identity, SlackApi, SlackRefusal, Workspaces
from bot.adapters.chat.slack.workspaces import InstalledWorkspaces
from bot.ports import AdapterError, ChatBusy, ChatRefused, Finding

SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "links.embed:write",
        "links:read",
        "links:write",
        "mpim:history",
        "mpim:read",
        "users:read",
    }
)
"""What the bot token may do; `deploy/slack-manifest.yaml` has the same."""

_FOR_LINKS = frozenset({"links.embed:write", "links:read", "links:write"})
"""Without these, links to our pages stay as they are; everything else works."""

_BOT = (
    "The bot token is the “Bot User OAuth Token” under “OAuth & Permissions”; it begins with xoxb-."
)
_APP = (
    "The app token is under “Basic Information”, “App-Level Tokens”; it begins with xapp- and "
    "needs the scope connections:write. Socket Mode must be switched on."
)


async def check(
    workspaces: Workspaces, app_token: SecretStr | None, signing_secret: SecretStr | None
) -> list[Finding]:
    """Look at the settings as Slack sees them; stops where the rest cannot be known."""
    findings = kinds(workspaces, app_token, signing_secret)
    if all(finding.ok for finding in findings):
        try:
            if isinstance(workspaces, SlackApi):
                findings += await _granted(workspaces)
            elif isinstance(workspaces, InstalledWorkspaces):
                findings += await _installed(workspaces)
            if app_token is not None:
                await socket_url(workspaces.base_url, app_token)
                findings.append(Finding("Slack Socket Mode", True, "can connect"))
        except ChatBusy as error:
            findings.append(Finding("Slack", False, str(error), "Check the network; try later."))
        except AdapterError as error:
            findings.append(Finding("Slack", False, str(error), "See docs/slack.md."))
    return findings


async def refuse_wrong(
    workspaces: Workspaces, app_token: SecretStr | None, signing_secret: SecretStr | None
) -> None:
    """Look whether it can work at all; of several workspaces each may fail for itself.

    Raises:
        ChatRefused: It cannot; the message says what to do.
        ChatBusy: Slack cannot be reached just now.
    """
    findings = kinds(workspaces, app_token, signing_secret)
    if all(finding.ok for finding in findings) and isinstance(workspaces, SlackApi):
        findings = await _granted(workspaces)
    wrong = [f"{finding.text}. {finding.advice}" for finding in findings if not finding.ok]
    if wrong:
        raise ChatRefused(" ".join(wrong))


def kinds(
    workspaces: Workspaces, app_token: SecretStr | None, signing_secret: SecretStr | None
) -> list[Finding]:
    """Whether each setting is what it should be, by its looks."""
    findings = []
    if isinstance(workspaces, SlackApi):
        bot = _is_like("xoxb-", workspaces.token)
        findings.append(Finding("Slack bot token", bot, _looks(bot, "bot token"), _BOT))
    if app_token is not None:
        app = _is_like("xapp-", app_token)
        findings.append(Finding("Slack app token", app, _looks(app, "app token"), _APP))
    elif signing_secret is None or not signing_secret.get_secret_value():
        text = "Slack has no way to send messages here"
        advice = f"Set the app token for Socket Mode, or the signing secret for HTTP. {_APP}"
        findings.append(Finding("Slack events", False, text, advice))
    return findings


def _is_like(beginning: str, token: SecretStr) -> bool:
    """Whether a token may be one of a kind; whether it is, Slack alone knows."""
    return re.fullmatch(rf"{beginning}[A-Za-z0-9-]+", token.get_secret_value()) is not None


def _looks(ok: bool, what: str) -> str:
    return "has the form of one" if ok else f"What is set as Slack's {what} is not one"


async def _granted(api: SlackApi) -> list[Finding]:
    try:
        me = await api.identity()
    except SlackRefusal as error:
        return [Finding("Slack", False, f"Slack refuses the bot token ({error.code})", _BOT)]
    return [Finding("Slack", True, f"workspace {me.team_name or me.team}"), _scopes(me)]


async def _installed(workspaces: InstalledWorkspaces) -> list[Finding]:
    """What each workspace has granted that installed the app."""
    teams = await workspaces.installations.teams()
    findings = [finding for team in teams for finding in await _granted_by(workspaces, team)]
    none = "there are none yet: open /slack/install in a browser"
    return findings or [Finding("Slack installations", True, none)]


async def _granted_by(workspaces: InstalledWorkspaces, team: str) -> list[Finding]:
    try:
        return await _granted(await workspaces.of(team))
    except (ChatBusy, ChatRefused) as error:
        return [Finding("Slack", False, f"{team}: {error}", "See docs/slack.md.")]


def _scopes(me: Identity) -> Finding:
    if not me.scopes:
        return Finding("Slack scopes", True, "not told")
    missing = sorted(SCOPES - me.scopes)
    if _FOR_LINKS.issuperset(missing):
        without = f"all but {', '.join(missing)}, which are for previews of links"
        return Finding("Slack scopes", True, without if missing else "all granted")
    advice = "Add them under “OAuth & Permissions”, and install the app again."
    return Finding("Slack scopes", False, f"The Slack app lacks {', '.join(missing)}", advice)


async def socket_url(base_url: str, app_token: SecretStr) -> str:
    """Ask for an address to listen at.

    Raises:
        ChatRefused: Slack does not accept the app token.
        ChatBusy: Slack cannot be reached just now.
    """
    api = SlackApi(app_token, base_url)
    opening = api.client.apps_connections_open
    try:
        answer = await api.call(opening, app_token=app_token.get_secret_value())
    except SlackRefusal as error:
        raise ChatRefused(f"Slack refuses the app token ({error.code}). {_APP}") from error
    finally:
        await api.close()
    url: str = answer["url"]
    return url
