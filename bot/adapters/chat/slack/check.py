"""Whether the settings can work: for the start, and for `chatkut doctor`."""

from pydantic import SecretStr

from bot.adapters.chat.slack.api import Identity, SlackApi, SlackRefusal
from bot.ports import ChatBusy, ChatRefused, Finding

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
        "mpim:history",
        "mpim:read",
        "users:read",
    }
)
"""What the bot token needs; `deploy/slack-manifest.yaml` has the same."""

_BOT = (
    "The bot token is the “Bot User OAuth Token” under “OAuth & Permissions”; it begins with xoxb-."
)
_APP = (
    "The app token is under “Basic Information”, “App-Level Tokens”; it begins with xapp- and "
    "needs the scope connections:write. Socket Mode must be switched on."
)


async def check(
    api: SlackApi, app_token: SecretStr | None, signing_secret: SecretStr | None
) -> list[Finding]:
    """Look at the settings as Slack sees them; stops where the rest cannot be known."""
    findings = kinds(api.token, app_token, signing_secret)
    if all(finding.ok for finding in findings):
        try:
            findings += await _granted(api)
            if app_token is not None:
                await socket_url(api, app_token)
                findings.append(Finding("Slack Socket Mode", True, "can connect"))
        except ChatBusy as error:
            findings.append(Finding("Slack", False, str(error), "Check the network; try later."))
        except ChatRefused as error:
            findings.append(Finding("Slack", False, str(error), "See docs/slack.md."))
    return findings


async def refuse_wrong(
    api: SlackApi, app_token: SecretStr | None, signing_secret: SecretStr | None
) -> None:
    """Look whether it can work at all.

    Raises:
        ChatRefused: It cannot; the message says what to do.
        ChatBusy: Slack cannot be reached just now.
    """
    findings = kinds(api.token, app_token, signing_secret)
    if all(finding.ok for finding in findings):
        findings = await _granted(api)
    wrong = [f"{finding.text}. {finding.advice}" for finding in findings if not finding.ok]
    if wrong:
        raise ChatRefused(" ".join(wrong))


def kinds(
    bot_token: SecretStr, app_token: SecretStr | None, signing_secret: SecretStr | None
) -> list[Finding]:
    """Whether each setting is what it should be, by its looks."""
    bot = bot_token.get_secret_value().startswith("xoxb-")
    findings = [Finding("Slack bot token", bot, _looks(bot, "bot token"), _BOT)]
    if app_token is not None:
        app = app_token.get_secret_value().startswith("xapp-")
        findings.append(Finding("Slack app token", app, _looks(app, "app token"), _APP))
    elif signing_secret is None or not signing_secret.get_secret_value():
        text = "Slack has no way to send messages here"
        advice = f"Set the app token for Socket Mode, or the signing secret for HTTP. {_APP}"
        findings.append(Finding("Slack events", False, text, advice))
    return findings


def _looks(ok: bool, what: str) -> str:
    return "looks right" if ok else f"What is set as Slack's {what} is not one"


async def _granted(api: SlackApi) -> list[Finding]:
    try:
        me = await api.identity()
    except SlackRefusal as error:
        return [Finding("Slack", False, f"Slack refuses the bot token ({error.code})", _BOT)]
    return [Finding("Slack", True, f"workspace {me.team_name or me.team}"), _scopes(me)]


def _scopes(me: Identity) -> Finding:
    missing = sorted(SCOPES - me.scopes)
    if not missing or not me.scopes:  # an empty list: Slack did not tell
        return Finding("Slack scopes", True, "all granted" if me.scopes else "not told")
    advice = "Add them under “OAuth & Permissions”, and install the app again."
    return Finding("Slack scopes", False, f"The Slack app lacks {', '.join(missing)}", advice)


async def socket_url(api: SlackApi, app_token: SecretStr) -> str:
    """Ask for an address to listen at.

    Raises:
        ChatRefused: Slack does not accept the app token.
        ChatBusy: Slack cannot be reached just now.
    """
    opening = api.client.apps_connections_open
    try:
        answer = await api.call(opening, app_token=app_token.get_secret_value())
    except SlackRefusal as error:
        raise ChatRefused(f"Slack refuses the app token ({error.code}). {_APP}") from error
    url: str = answer["url"]
    return url
