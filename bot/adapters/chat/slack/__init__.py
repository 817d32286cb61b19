"""Slack: `SlackChat` speaks and `SlackListener` hears, both through one `SlackApi`."""

from bot.adapters.chat.slack.api import SlackApi
from bot.adapters.chat.slack.chat import FILE_HOSTS, SlackChat
from bot.adapters.chat.slack.check import check
from bot.adapters.chat.slack.listener import SlackListener
from bot.adapters.chat.slack.surfaces import Home

__all__ = [
    "FILE_HOSTS",
    "Home",
    "SlackApi",
    "SlackChat",
    "SlackListener",
    "check",
]
