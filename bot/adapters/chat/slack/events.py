"""What Slack tells, read: pure functions.

Events: https://docs.slack.dev/reference/events/message
Clicks: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
Commands: https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.chat.slack.api import Identity
from bot.adapters.chat.slack.places import FileRef, Place
from bot.adapters.chat.slack.words import people
from bot.ports import SUBTITLES, Attachment, Message, key_of

_SPOKEN = frozenset({None, "file_share", "thread_broadcast"})
"""Subtypes of messages that somebody says; the others tell what happened to a message."""

_MEDIA = ("video/", "audio/", "image/")
_SLACKBOT = "USLACKBOT"

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as Slack tells it; `raw` has its markup.

    `thread` is where it is to be answered: its own thread, or the one that an answer would open.
    """

    place: Place
    ts: str
    thread: str
    user: str
    raw: str
    attachments: tuple[Attachment, ...]
    is_reply: bool
    is_addressed: bool
    has_media: bool

    def message(self) -> Message:
        """The message, while it is not known who people are.

        One message is told as several events; its timestamp is the same in all of them.
        """
        return Message(
            id=self.ts,
            channel=self.place.key,
            author="",
            text="",
            attachments=self.attachments,
            user=self.user,
            thread=self.thread,
        )


def heard(event: Payload, me: Identity) -> Heard | None:
    """Read an `app_mention` or `message` event; None where no person says anything."""
    user = event.get("user")
    if event.get("subtype") not in _SPOKEN or event.get("bot_id") or not user:
        return None
    if user in (me.user, _SLACKBOT):
        return None
    place = Place(me.team, event["channel"])
    text, root = event.get("text") or "", event.get("thread_ts")
    return Heard(
        place=place,
        ts=event["ts"],
        thread=root or ("" if place.is_direct else event["ts"]),
        user=user,
        raw=text,
        attachments=attachments(event, me),
        is_reply=root not in (None, event["ts"]),
        is_addressed=place.is_direct or me.user in people(text),
        has_media=any(map(_is_media, event.get("files") or ())),
    )


def attachments(message: Payload, me: Identity) -> tuple[Attachment, ...]:
    """The files that a message carries."""
    return tuple(
        Attachment(
            name=file.get("name") or file.get("title") or "file",
            ref=FileRef(me.team, file["id"]).ref,
            size_bytes=file.get("size"),
        )
        for file in message.get("files") or ()
        if file.get("mode") != "tombstone"
    )


def media(message: Payload, me: Identity) -> tuple[Attachment, ...]:
    """The files of a message, of those that can be used in a film."""
    return attachments({"files": [*filter(_is_media, message.get("files") or ())]}, me)


def is_untold(file: Payload) -> bool:
    """Whether nothing but its id is told: a file from another workspace (Slack Connect)."""
    return file.get("file_access") == "check_file_info"


def _is_media(file: Payload) -> bool:
    is_lines = str(file.get("name", "")).lower().endswith(SUBTITLES)
    return is_lines or is_untold(file) or str(file.get("mimetype", "")).startswith(_MEDIA)


def clicked(payload: Payload, action: Payload, me: Identity) -> Message | None:
    """Read a pressed button, without the name of who pressed it; None if it is none of ours."""
    channel, value = (payload.get("channel") or {}).get("id"), action.get("value")
    if not channel or not value:
        return None
    place, shown = Place(me.team, channel), payload.get("message") or {}
    # Of a message that only one person sees, nothing but its place is told.
    thread = shown.get("thread_ts") or (payload.get("container") or {}).get("thread_ts")
    thread = thread or ("" if place.is_direct else shown.get("ts", ""))
    user = payload["user"]["id"]
    return Message(
        id=f"click:{action['action_ts']}:{user}",
        channel=place.key,
        author="",
        text="",
        user=user,
        thread=thread,
        chose=value,
    )


def commanded(form: Payload, me: Identity) -> Message:
    """Read a slash command, while it is not known who people are. It has no thread."""
    return Message(
        # A trigger id opens dialogs for a while, so it is not kept as it is.
        id=f"slash:{key_of(form['trigger_id'])}",
        channel=Place(me.team, form["channel_id"]).key,
        author="",
        text="",
        user=form["user_id"],
    )
