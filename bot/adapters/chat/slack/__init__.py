"""Slack: `SlackChat` speaks and `SlackListener` hears, both in `Workspaces`.

Those are one `SlackApi`, or `InstalledWorkspaces`.
"""

from bot.adapters.chat.slack.api import SlackApi
from bot.adapters.chat.slack.chat import FILE_HOSTS, SlackChat
from bot.adapters.chat.slack.check import check
from bot.adapters.chat.slack.listener import Around, SlackListener
from bot.adapters.chat.slack.oauth import Installing
from bot.adapters.chat.slack.surfaces import Beside, Home, Work
from bot.adapters.chat.slack.unfurl import Preview, Unfurler
from bot.adapters.chat.slack.workspaces import App, InstalledWorkspaces

__all__ = [
    "FILE_HOSTS",
    "App",
    "Around",
    "Beside",
    "Home",
    "InstalledWorkspaces",
    "Installing",
    "Preview",
    "SlackApi",
    "SlackChat",
    "SlackListener",
    "Unfurler",
    "Work",
    "check",
]
