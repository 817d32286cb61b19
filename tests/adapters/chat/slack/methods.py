"""The Web API of a loopback Slack: it takes and refuses what the real one does.

That was taken from https://docs.slack.dev; where it is silent, the stricter reading is enforced.
"""

import json
import re
from typing import Any

from pydantic import ValidationError

from tests.adapters.chat.slack.blocks import (
    MESSAGE,
    VIEW,
    Block,
    VideoBlock,
    texts,
)
from tests.adapters.chat.slack.things import (
    BOT_ID,
    BOT_USER,
    DOMAIN,
    TEAM,
    Channel,
    File,
    Refused,
)
from tests.adapters.chat.slack.workspace import Args, Workspace, pictures

_MOST_TEXT = 40_000
_MOST_PROMPTS = 4


class Methods(Workspace):
    """A coroutine for each method."""

    async def _on_auth_test(self, args: Args) -> dict[str, Any]:
        us = {"user_id": self.bot_user, "bot_id": BOT_ID}
        return {"team_id": args["team"], "team": "Loopback", **us}

    async def _on_apps_connections_open(self, _: Args) -> dict[str, Any]:
        ticket = f"ticket{next(self._numbers)}"
        self.tickets.add(ticket)
        return {"url": f"{self.url.replace('http', 'ws')}/link/{ticket}"}

    async def _on_chat_postMessage(self, args: Args) -> dict[str, Any]:  # noqa: N802
        channel = self._place(args, speaks=True)
        root = args.get("thread_ts")
        if root and not any(each["ts"] == root for each in channel.messages):
            raise Refused("thread_not_found")
        message = {
            "type": "message",
            "ts": self.timestamp(),
            "user": BOT_USER,
            "bot_id": BOT_ID,
            **({"thread_ts": root} if root else {}),
            **self._content(args, channel),
            "metadata": _metadata(args),
        }
        channel.messages.append(message)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    async def _on_chat_update(self, args: Args) -> dict[str, Any]:
        channel = self._place(args, speaks=True)
        message = next((each for each in channel.messages if each["ts"] == args["ts"]), None)
        if message is None:
            raise Refused("message_not_found")
        if message.get("bot_id") != BOT_ID:
            raise Refused("cant_update_message")
        message |= self._content(args, channel)
        return {"channel": channel.id, "ts": message["ts"]}

    async def _on_chat_postEphemeral(self, args: Args) -> dict[str, Any]:  # noqa: N802
        channel = self._place(args, speaks=True)
        if args["user"] not in channel.members:
            raise Refused("user_not_in_channel")
        if "metadata" in args or "unfurl_links" in args:
            raise Refused("invalid_arguments")
        root = args.get("thread_ts")
        if root and not any(each["ts"] == root for each in channel.messages):
            raise Refused("thread_not_found")
        said = {"ts": self.timestamp(), "user": args["user"], "thread_ts": root or ""}
        content = self._content(args, channel)
        # In a thread without replies Slack takes it and shows it to nobody.
        if not root or any(each.get("thread_ts") == root for each in channel.messages):
            self.whispers.append(said | content)
        return {"message_ts": said["ts"]}

    async def _on_chat_unfurl(self, args: Args) -> dict[str, Any]:
        if "unfurl_id" in args:
            if args.get("source") not in ("composer", "conversations_history"):
                raise Refused("invalid_source")
            where, said = args["unfurl_id"], None
        else:
            channel, where = self._place(args), args["ts"]
            said = next((m["text"] for m in channel.messages if m["ts"] == where), None)
            if said is None:
                raise Refused("cannot_unfurl_message")
        for url, card in args["unfurls"].items():
            if not url.startswith(f"https://{DOMAIN}/") or (said is not None and url not in said):
                raise Refused("cannot_unfurl_url")
            self.unfurled.setdefault(where, {})[url] = self._unfurl(card["blocks"])
        return {}

    def _unfurl(self, raw: list[dict[str, Any]]) -> list[Block]:
        try:
            blocks = MESSAGE.validate_python(raw)
        except ValidationError as error:
            raise Refused("invalid_blocks", errors=[str(error)]) from error
        if _mentions("".join(texts(blocks))):
            raise Refused("a test: it mentions somebody")
        for video in (block for block in blocks if isinstance(block, VideoBlock)):
            if "links.embed:write" not in self.faults.scopes.split(","):
                raise Refused("missing_scope", needed="links.embed:write")
            if not video.video_url.startswith(f"https://{DOMAIN}/"):
                raise Refused("invalid_blocks", errors=["video_url is on no unfurl domain"])
        return blocks

    async def _on_conversations_replies(self, args: Args) -> dict[str, Any]:
        channel, root = self._place(args), args["ts"]
        thread = [each for each in channel.messages if root in (each["ts"], each.get("thread_ts"))]
        if not thread:
            raise Refused("thread_not_found")
        oldest = float(args.get("oldest", 0))
        return _page(
            [each for each in thread if each["ts"] == root or float(each["ts"]) > oldest],
            args,
            self.faults.most_history,
        )

    async def _on_conversations_history(self, args: Args) -> dict[str, Any]:
        oldest = float(args.get("oldest", 0))
        messages = self._place(args).messages
        said = [_as_root(each, messages) for each in messages if "thread_ts" not in each]
        found = [each for each in reversed(said) if float(each["ts"]) > oldest]
        return _page(found, args, self.faults.most_history)

    async def _on_users_conversations(self, args: Args) -> dict[str, Any]:
        kinds = set(args["types"].split(","))
        if not kinds <= {"public_channel", "private_channel", "mpim", "im"}:
            raise Refused("invalid_types")
        mine = [
            each
            for each in self.channels.values()
            if each.team == args["team"] and {BOT_USER, args.get("user", BOT_USER)} <= each.members
            if ("im" if each.is_direct else "public_channel") in kinds
        ]
        start, end = _window(args, 999)
        more = {"next_cursor": str(end)} if end < len(mine) else {"next_cursor": ""}
        told = [{"id": each.id} for each in mine[start:end]]
        return {"channels": told, "response_metadata": more}

    async def _on_conversations_info(self, args: Args) -> dict[str, Any]:
        channel = self.channels.get(args["channel"])
        if channel is None:
            raise Refused("channel_not_found")
        is_member = BOT_USER in channel.members
        kind = {"is_im": True} if channel.is_direct else {"is_member": is_member}
        return {"channel": {"id": channel.id, **kind}}

    async def _on_users_info(self, args: Args) -> dict[str, Any]:
        if args["user"] not in self.people:
            raise Refused("user_not_found")
        profile = {"display_name": "", "real_name": self.people[args["user"]]}
        user = {"id": args["user"], "name": "login", "profile": profile, "team_id": TEAM}
        return {"user": user | self.told_of.get(args["user"], {})}

    async def _on_files_info(self, args: Args) -> dict[str, Any]:
        self.looked.set()
        file = self.files.get(args["file"])
        if file is None or not file.is_complete:
            raise Refused("file_not_found")
        if file.looks and (looks := file.looks - 1) is not None:
            file.looks = looks
            if not looks:
                file.mimetype = _mimetype(file.name)
        return {"file": self.told(file)}

    async def _on_files_getUploadURLExternal(self, args: Args) -> dict[str, Any]:  # noqa: N802
        if not args.get("filename") or int(args.get("length", 0)) <= 0:
            raise Refused("invalid_arguments")
        file = File(f"F0{next(self._numbers):08}", args["filename"], int(args["length"]))
        self.files[file.id] = file
        return {"file_id": file.id, "upload_url": f"{self.url}/upload/{file.id}"}

    async def _on_files_completeUploadExternal(self, args: Args) -> dict[str, Any]:  # noqa: N802
        files = [self.files[each["id"]] for each in json.loads(args["files"])]
        if any(len(file.data) != file.size for file in files):
            raise Refused("file_update_failed")
        for file in files:
            file.is_complete, file.looks = True, self.faults.looks
        return {"files": [self.told(file) for file in files]}

    async def _on_views_publish(self, args: Args) -> dict[str, Any]:
        view = json.loads(args["view"]) if isinstance(args["view"], str) else args["view"]
        try:
            self.views[args["user_id"]] = VIEW.validate_python(view["blocks"])
        except ValidationError as error:
            raise Refused("invalid_blocks", errors=[str(error)]) from error
        return {"view": {}}

    async def _on_assistant_threads_setSuggestedPrompts(self, args: Args) -> dict[str, Any]:  # noqa: N802
        if not 1 <= len(args["prompts"]) <= _MOST_PROMPTS:
            raise Refused("invalid_arguments")
        self.prompts.append(dict(args))
        return {}

    async def _on_assistant_threads_setStatus(self, args: Args) -> dict[str, Any]:  # noqa: N802
        channel = self._place({**args, "channel": args["channel_id"]})
        if not (channel.is_direct and any(m["ts"] == args["thread_ts"] for m in channel.messages)):
            raise Refused("invalid_thread_ts")
        self.statuses.append(dict(args))
        return {}

    def _place(self, args: Args, *, speaks: bool = False) -> Channel:
        channel = self.channels.get(args.get("channel", ""))
        if channel is None or channel.team != args["team"]:
            raise Refused("channel_not_found")
        if BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        if speaks and channel.is_archived:
            raise Refused("is_archived")
        return channel

    def _content(self, args: Args, channel: Channel) -> dict[str, Any]:
        text, raw = args.get("text", ""), args.get("blocks") or []
        if not text:
            raise Refused("no_text")
        if len(text) > _MOST_TEXT:
            raise Refused("msg_too_long")
        if args.get("parse") != "none" or args.get("link_names"):
            raise Refused("a test: parse and link_names must be off")
        try:
            blocks = MESSAGE.validate_python(raw)
        except ValidationError as error:
            raise Refused("invalid_blocks", errors=[str(error)]) from error
        content = {"text": text, "blocks": raw}
        if _mentions("".join([text, *texts(blocks)])):
            raise Refused("a test: it mentions somebody")
        for key in pictures(blocks):
            file = self.files.get(key)
            if file is None or not file.mimetype.startswith("image/"):
                raise Refused(
                    "invalid_blocks", errors=["invalid slack file [json-pointer:/blocks]"]
                )
        for key in pictures(blocks) + self.linked(content):
            self.files[key].seen_in.add(channel.id)
        return content


def _metadata(args: Args) -> dict[str, Any]:
    raw = args.get("metadata") or {}
    metadata: dict[str, Any] = json.loads(raw) if isinstance(raw, str) else raw
    if metadata and not {"event_type", "event_payload"} <= metadata.keys():
        raise Refused("invalid_metadata_format")
    return metadata


def _as_root(message: dict[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    """A message as a channel's history shows it: whether a thread hangs on it."""
    replies = [each["ts"] for each in messages if each.get("thread_ts") == message["ts"]]
    more = {"thread_ts": message["ts"], "latest_reply": replies[-1]} if replies else {}
    return {**message, **more}


def _window(args: Args, most: int) -> tuple[int, int]:
    limit = int(args.get("limit", 100))
    if not 1 <= limit <= 999:
        raise Refused("invalid_limit")
    start = int(args.get("cursor") or 0)
    return start, start + min(limit, most)


def _page(messages: list[dict[str, Any]], args: Args, most: int) -> dict[str, Any]:
    start, end = _window(args, most)
    told = [dict(each) for each in messages[start:end]]
    if args.get("include_all_metadata") not in ("1", "true", True):
        for each in told:
            each.pop("metadata", None)
    more = {"next_cursor": str(end)} if end < len(messages) else {}
    return {"messages": told, "has_more": bool(more), "response_metadata": more}


def _mentions(text: str) -> bool:
    return re.search(r"<[@!#]", text) is not None


def _mimetype(name: str) -> str:
    kinds = {"png": "image/png", "mp4": "video/mp4", "txt": "text/plain"}
    return kinds.get(name.rpartition(".")[2], "application/octet-stream")
