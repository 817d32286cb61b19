"""Objects as Discord spells them."""

import itertools
import time
from typing import Any

Payload = dict[str, Any]

_EPOCH_MS = 1420070400000
_serial = itertools.count(1)


def snowflake(before_seconds: float = 0) -> str:
    """A new id, made now or that long before."""
    milliseconds = int((time.time() - before_seconds) * 1000) - _EPOCH_MS
    return str((milliseconds << 22) + next(_serial) % (1 << 22))


def user(name: str, *, bot: bool = False) -> Payload:
    return {
        "id": snowflake(),
        "username": name.lower(),
        "global_name": name,
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
        "bot": bot,
    }


def member() -> Payload:
    return {
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "permissions": "309237763136",
    }


def role(guild_id: str, name: str, **more: Any) -> Payload:
    return {
        "id": guild_id,
        "name": name,
        "permissions": "309237763136",
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
        **more,
    }


def text_channel(guild_id: str, name: str) -> Payload:
    return {
        "id": snowflake(),
        "type": 0,
        "guild_id": guild_id,
        "name": name,
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "parent_id": None,
        "last_message_id": None,
    }


def thread(guild_id: str, parent_id: str, owner_id: str) -> Payload:
    return {
        "id": snowflake(),
        "type": 11,
        "guild_id": guild_id,
        "parent_id": parent_id,
        "owner_id": owner_id,
        "name": "a thread",
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "locked": False,
        },
    }


def direct_channel(person: Payload) -> Payload:
    return {
        "id": snowflake(),
        "type": 1,
        "flags": 0,
        "recipients": [person],
        "last_message_id": None,
    }


def guild(bot: Payload) -> Payload:
    guild_id = snowflake()
    managed = role(snowflake(), "ChatKut", managed=True, tags={"bot_id": bot["id"]})
    return {
        "id": guild_id,
        "name": "Our server",
        "owner_id": snowflake(),
        "roles": [role(guild_id, "@everyone"), managed],
        "channels": [],
        "threads": [],
        "members": [{**member(), "user": bot}],
        "member_count": 2,
        "premium_tier": 0,
        "emojis": [],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_flags": 0,
        "preferred_locale": "en-US",
        "icon": None,
        "unavailable": False,
    }


def message(channel_id: str, author: Payload, content: str = "") -> Payload:
    return {
        "id": snowflake(),
        "type": 0,
        "channel_id": channel_id,
        "author": author,
        "content": content,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "attachments": [],
        "embeds": [],
        "components": [],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "flags": 0,
        "pinned": False,
        "tts": False,
    }
