"""A Slack on loopback: the Web API, files, and the telling of events, as strict as the real one.

It keeps what people would see. Faults are switches that a test turns; every request is remembered.
What the real one does was taken from https://docs.slack.dev; where that is silent, the stricter
reading is enforced.
"""

import asyncio
import itertools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from aiohttp import web
from pydantic import ValidationError

from tests.adapters.chat.slack.blocks import (
    MESSAGE,
    VIEW,
    Block,
    Image,
    VideoBlock,
    buttons,
    texts,
)
from tests.adapters.chat.slack.things import (
    APP_TOKEN,
    BOT_ID,
    BOT_TOKEN,
    BOT_USER,
    DOMAIN,
    LOGIN_PAGE,
    TEAM,
    Channel,
    Faults,
    File,
    Refused,
    Shown,
)

_MOST_TEXT = 40_000

Args = Mapping[str, Any]
_Method = Callable[[Args], Awaitable[dict[str, Any]]]


class SlackSite:
    """Workspaces with one app in them; `tokens` are the bot tokens that are good, and of which."""

    def __init__(self) -> None:
        self.url = ""
        self.faults = Faults()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.tokens = {BOT_TOKEN: TEAM}
        self.channels: dict[str, Channel] = {}
        self.whispers: list[dict[str, Any]] = []
        self.unfurled: dict[str, dict[str, list[Block]]] = {}  # by message or unfurl id
        self.files: dict[str, File] = {}
        self.people: dict[str, str] = {"U0ANNA": "Anna", "U0BEN": "Ben"}
        self.told_of: dict[str, dict[str, Any]] = {}  # more about people: guests, admins
        self.views: dict[str, list[Block]] = {}
        self.prompts: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.bot_user = BOT_USER
        self.tickets: set[str] = set()
        self.looked = asyncio.Event()  # somebody asked about a file
        self.turned_away = False  # whoever downloads has to log in
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/files-pri/{file}", self._download)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def routes(self, app: web.Application) -> None:
        """More to serve, of those who build on this."""

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def channel(self, name: str = "C0FILMS", *, member: bool = True, team: str = TEAM) -> Channel:
        """A channel, in which the bot is or is not."""
        members = {"U0ANNA", "U0BEN", *([BOT_USER] if member else [])}
        return self.channels.setdefault(name, Channel(name, members, team))

    def say(
        self,
        channel: Channel,
        user: str,
        text: str,
        *,
        files: list[File] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Somebody says something; the message as Slack keeps it."""
        message = {"type": "message", "user": user, "text": text, "ts": self.timestamp(), **more}
        if files:
            message |= {"files": [self.told(file) for file in files], "subtype": "file_share"}
            for file in files:
                file.seen_in.add(channel.id)
        channel.messages.append(message)
        return message

    def file(self, name: str, data: bytes, mimetype: str = "video/mp4", **more: Any) -> File:
        """A file that somebody uploaded."""
        file = File(f"F0{next(self._numbers):08}", name, len(data), "U0ANNA", data, mimetype)
        file.is_complete, file.more = True, more
        self.files[file.id] = file
        return file

    def told(self, file: File) -> dict[str, Any]:
        """A file as events and `files.info` tell of it."""
        where = f"{self.url}/files-pri/{file.id}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "mimetype": file.mimetype,
            "mode": file.mode,
            "size": file.size,
            "permalink": file.permalink,
            "url_private": where,
            "url_private_download": where,
            **file.more,
        }

    def shown(self, channel: Channel) -> list[Shown]:
        """What the bot said in a channel, in order."""
        return [self._shown(each) for each in channel.messages if each.get("bot_id") == BOT_ID]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The arguments of the requests for a method."""
        return [args for name, args in self.requests if name == method]

    def timestamp(self) -> str:
        """The id of a new message: later than all before."""
        return f"{1_900_000_000 + next(self._numbers)}.000100"

    def _shown(self, message: dict[str, Any]) -> Shown:
        blocks = MESSAGE.validate_python(message["blocks"])
        text = re.sub(
            r"<([^<>|]+)(?:\|([^<>]*))?>", lambda m: m[2] or m[1], "\n".join(texts(blocks))
        )
        for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            text = text.replace(entity, char)
        ids = _pictures(blocks) + self._linked(message)
        return Shown(
            ts=message["ts"],
            thread=message.get("thread_ts", ""),
            text=text,
            buttons=tuple((button.text.text, button.value) for button in buttons(blocks)),
            files=tuple((self.files[key].name, self.files[key].data) for key in ids),
            raw=message,
        )

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        self.requests.append((method, args))
        if self.faults.busy:
            headers = {"Retry-After": str(self.faults.busy.popleft())}
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers=headers)
        if self.faults.statuses:
            return web.Response(
                status=self.faults.statuses.popleft(), text="<html>", content_type="text/html"
            )
        try:
            if self.faults.errors:
                raise Refused(self.faults.errors.popleft())
            team = self._authorize(method, request, args)
            answer = await self._method(method)({**args, "team": team})
        except Refused as error:
            return web.json_response({"ok": False, **error.more})
        if method in ("chat.postMessage", "chat.postEphemeral") and self.faults.lost_answers:
            self.faults.lost_answers -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response(
            {"ok": True, **answer}, headers={"X-OAuth-Scopes": self.faults.scopes}
        )

    def _authorize(self, method: str, request: web.Request, args: Args) -> str:
        """Which workspace a request is for."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or args.get(
            "token"
        )
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise Refused("not_allowed_token_type" if token == BOT_TOKEN else "invalid_auth")
            return ""
        if token not in self.tokens:
            raise Refused("invalid_auth" if token else "not_authed")
        needed = _NEEDS.get(method)
        if needed and needed not in self.faults.scopes.split(","):
            raise Refused("missing_scope", needed=needed, provided=self.faults.scopes)
        return self.tokens[token]

    def _method(self, name: str) -> _Method:
        try:
            found: _Method = getattr(self, f"_on_{name.replace('.', '_')}")
        except AttributeError:
            raise Refused("unknown_method") from None
        return found

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
        self.prompts.append(dict(args))
        return {}

    async def _on_assistant_threads_setStatus(self, args: Args) -> dict[str, Any]:  # noqa: N802
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
        for key in _pictures(blocks):
            file = self.files.get(key)
            if file is None or not file.mimetype.startswith("image/"):
                raise Refused(
                    "invalid_blocks", errors=["invalid slack file [json-pointer:/blocks]"]
                )
        for key in _pictures(blocks) + self._linked(content):
            self.files[key].seen_in.add(channel.id)
        return content

    def _linked(self, message: Args) -> list[str]:
        said = json.dumps(message["blocks"])
        return [key for key, file in self.files.items() if f"/{file.owner}/{key}/" in said]

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.files[request.match_info["file"]]
        if self.faults.broken_uploads:
            self.faults.broken_uploads -= 1
            await request.content.readany()
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if request.content_length != file.size:
            return web.Response(status=400, text="the length was announced otherwise")
        file.data = await request.read()
        return web.Response(text=f"OK - {file.size}")

    async def _download(self, request: web.Request) -> web.Response:
        file = self.files[request.match_info["file"]]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        authorized = token in self.tokens
        if self.turned_away or not authorized or "files:read" not in self.faults.scopes.split(","):
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        return web.Response(body=file.data, content_type=file.mimetype)


_NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.unfurl": "links:write",
    "users.conversations": "channels:read",
    "conversations.replies": "channels:history",
    "conversations.history": "channels:history",
    "conversations.info": "channels:read",
    "files.info": "files:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "users.info": "users:read",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "assistant.threads.setStatus": "assistant:write",
}
_TAKES_JSON = frozenset(
    {"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.unfurl", "views.publish"}
    | {"assistant.threads.setSuggestedPrompts", "assistant.threads.setStatus"}
)


async def _arguments(request: web.Request) -> dict[str, Any]:
    """All three ways in which the SDK sends arguments."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        assert request.match_info["method"] in _TAKES_JSON, "Slack takes no JSON here"
        args |= await request.json()
    else:
        args |= dict(await request.post())
    return args


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


def _pictures(blocks: list[Block]) -> list[str]:
    return [block.slack_file.id for block in blocks if isinstance(block, Image)]


def _mimetype(name: str) -> str:
    kinds = {"png": "image/png", "mp4": "video/mp4", "txt": "text/plain"}
    return kinds.get(name.rpartition(".")[2], "application/octet-stream")
