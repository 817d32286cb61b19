"""What people write at Discord, as messages of the port."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import discord

from bot.adapters.chat.discord.limits import shortened
from bot.adapters.chat.discord.markdown import escaped
from bot.adapters.chat.discord.places import Place, place_of
from bot.ports import SUBTITLES, Attachment, Mention, Message

_ECHO = 1500
_MEDIA = ("video/", "audio/", "image/")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_SOUNDS = (".mp3", ".wav", ".m4a", ".aac", ".flac", ".ogg", ".opus")
_FILMS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")


def is_from_a_person(message: discord.Message) -> bool:
    """Whether somebody wrote this: not a bot, a webhook or Discord itself."""
    kinds = (discord.MessageType.default, discord.MessageType.reply)
    return not message.author.bot and message.webhook_id is None and message.type in kinds


def is_addressed(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether this is said to us: directly, by a mention, or as a reply to a post of ours."""
    if message.guild is None:
        return True
    answered = _answered(message)
    return (
        me in message.mentions
        or message.guild.self_role in message.role_mentions
        or (answered is not None and answered.author == me)
    )


def brings_media(message: discord.Message) -> bool:
    """Whether there are clips, pictures or sounds with it."""
    return bool(_media(message))


def as_message(message: discord.Message, place: Place, me: discord.ClientUser) -> Message:
    """Turn a Discord message into one of the port: no mention of us, names instead of ids.

    A reply without media of its own brings those of the message that it answers.
    """
    return Message(
        id=str(message.id),
        channel=place.channel,
        author=message.author.display_name,
        text=_words(message, me),
        attachments=_media(message) or _media_of_the_answered(message, me),
        user=str(message.author.id),
        thread=place.thread,
        admin=_manages(message.author),
        mentions=mentions_of([user for user in message.mentions if user != me]),
    )


def mentions_of(people: Iterable[discord.abc.User]) -> tuple[Mention, ...]:
    """People, by the names that stand for them in the text."""
    return tuple(Mention(str(person.id), person.display_name) for person in people)


def attachment_of(attachment: discord.Attachment, ref: str) -> Attachment:
    """Turn a Discord attachment into one of the port.

    The title is the name that it was uploaded by, where the file name had to be made simpler.
    """
    suffix = PurePath(attachment.filename).suffix
    name = (attachment.title or attachment.filename).removesuffix(suffix) + suffix
    return Attachment(name, ref, attachment.size)


def attachments_of(message: discord.Message) -> tuple[discord.Attachment, ...]:
    """The files of a message and of those that it forwards."""
    forwarded = (a for snapshot in message.message_snapshots for a in snapshot.attachments)
    return (*message.attachments, *forwarded)


def of_interaction(
    interaction: discord.Interaction[Any],
    *,
    text: str = "",
    files: Sequence[discord.Attachment] = (),
    chose: str = "",
) -> Message:
    """Turn a press or a command into a message; no message of Discord holds its files."""
    channel = interaction.channel or discord.Object(interaction.channel_id or 0)
    place = place_of(channel, interaction.guild_id)
    return Message(
        id=str(interaction.id),
        channel=place.channel,
        author=interaction.user.display_name,
        text=text,
        attachments=tuple(attachment_of(file, file.url) for file in files),
        user=str(interaction.user.id),
        thread=place.thread,
        chose=chose,
        admin=_manages(interaction.user),
    )


def why_unable(interaction: discord.Interaction[Any]) -> str:
    """Why nothing can be posted here: commands reach us from channels that we cannot see."""
    allowed = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    may_send = allowed.send_messages_in_threads if in_thread else allowed.send_messages
    if interaction.guild_id is None or (allowed.view_channel and may_send):
        return ""
    return "I cannot write here. Somebody who manages this channel has to add me to it first."


def echo(message: Message) -> str:
    """What was commanded, for the others to see."""
    names = ", ".join(f"“{attachment.name}”" for attachment in message.attachments)
    return escaped(shortened("\n".join(filter(None, (message.text, names))), _ECHO))


def _manages(person: discord.User | discord.Member) -> bool:
    """Whether somebody manages the server; nobody manages a direct message."""
    if not isinstance(person, discord.Member):
        return False
    may = person.guild_permissions
    return may.administrator or may.manage_guild


def _words(message: discord.Message, me: discord.ClientUser) -> str:
    role = message.guild.self_role if message.guild is not None else None
    text = message.content.replace(role.mention, "") if role is not None else message.content
    for user in message.mentions:
        name = "" if user == me else f"@{user.display_name}"
        text = text.replace(f"<@{user.id}>", name).replace(f"<@!{user.id}>", name)
    return text.strip()


def _media(message: discord.Message) -> tuple[Attachment, ...]:
    return tuple(
        attachment_of(each, f"{message.channel.id}/{message.id}/{each.id}")
        for each in attachments_of(message)
        if _is_media(each)
    )


def _media_of_the_answered(
    message: discord.Message, me: discord.ClientUser
) -> tuple[Attachment, ...]:
    """What somebody else posted; our own pictures and films are not clips."""
    answered = _answered(message)
    return _media(answered) if answered is not None and answered.author != me else ()


def _answered(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    if reference is None or reference.type != discord.MessageReferenceType.reply:
        return None
    return reference.resolved if isinstance(reference.resolved, discord.Message) else None


def _is_media(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or ""
    suffix = PurePath(attachment.filename).suffix.lower()
    return kind.startswith(_MEDIA) or suffix in (*_PICTURES, *_SOUNDS, *_FILMS, *SUBTITLES)
