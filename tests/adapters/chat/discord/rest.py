"""The API and the CDN of the loopback Discord: it refuses what the real one refuses."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.adapters.chat.discord import payloads, schema
from tests.adapters.chat.discord.payloads import Payload

if TYPE_CHECKING:
    from tests.adapters.chat.discord.site import DiscordSite

TOKEN = "a.token.for-loopback"  # noqa: S105
LIMITS = {0: 10 << 20, 1: 10 << 20, 2: 50 << 20, 3: 100 << 20}
"""Bytes of a file, by the level of the server."""

_MESSAGES = "/channels/{channel_id}/messages"
_ONE = _MESSAGES + "/{message_id}"
_DIRECT = "/users/@me/channels"
_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
_COMMANDS = "/applications/{application_id}/commands"
_FAULTY = (f"POST {_MESSAGES}", f"PATCH {_ONE}", f"GET {_MESSAGES}", f"GET {_ONE}")


@dataclass
class Fault:
    """What happens to the next request about messages.

    It gets a status instead of an answer; or, when `lost`, it is done but not answered. Without the
    header `Via` it is not Discord that answers, but its edge.
    """

    status: int = 0
    body: Payload = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False


class Refused(Exception):
    """An error of the API."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.body = {"code": code, "message": text}


class Rest:
    """What a client may ask of a site."""

    def __init__(self, site: "DiscordSite") -> None:
        self._site = site
        self._nonces: dict[tuple[str, str], Payload] = {}

    def routes(self) -> Iterator[web.RouteDef]:
        api = "/api/v10"
        yield web.get("/gw", self._site.wire.handle)
        yield web.get("/attachments/{id}/{name}", self._file)
        for method, path, handler in (
            ("GET", "/users/@me", self._me),
            ("GET", "/users/@me/guilds", self._guilds),
            ("POST", _DIRECT, self._open_direct),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/guilds/{guild_id}", self._guild),
            ("GET", "/channels/{channel_id}", self._channel),
            ("POST", "/channels/{channel_id}/typing", self._type),
            ("GET", _MESSAGES, self._history),
            ("POST", _MESSAGES, self._post),
            ("GET", _ONE, self._message),
            ("PATCH", _ONE, self._edit),
            ("GET", _COMMANDS, self._list_commands),
            ("PUT", _COMMANDS, self._put_commands),
            ("POST", _CALLBACK, self._call_back),
        ):
            yield web.route(method, api + path, self._guarded(f"{method} {path}", handler))

    def _guarded(self, operation: str, handler: Any) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            site = self._site
            site.requests.append((request.method, request.path.removeprefix("/api/v10")))
            fault = site.faults.popleft() if site.faults and operation in _FAULTY else Fault()
            if site.down:
                return _json({"message": "unavailable"}, 503)
            if fault.status:
                return _json(fault.body, fault.status, fault.headers)
            try:
                if not operation.endswith("/callback"):
                    self._authorize(request)
                answer = await handler(request)
            except Refused as refused:
                return _json(refused.body, refused.status)
            if fault.lost:
                assert request.transport is not None
                request.transport.close()
            if operation in schema.operations():
                wrong = schema.problem(operation, "response", answer)
                assert not wrong, wrong
            return web.Response(status=204) if answer is None else _json(answer)

        return guarded

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise Refused(401, 0, "401: Unauthorized")

    async def _me(self, _: web.Request) -> Payload:
        return self._site.bot

    async def _guilds(self, _: web.Request) -> list[Payload]:
        return (
            [] if self._site.removed else [self._site.guild | {"owner": False, "permissions": "0"}]
        )

    async def _open_direct(self, request: web.Request) -> Payload:
        body = await request.json()
        if wrong := schema.problem(f"POST {_DIRECT}", "request", body):
            raise Refused(400, 50035, wrong)
        if str(body["recipient_id"]) != self._site.anna["id"]:
            raise Refused(403, 50007, "Cannot send messages to this user")
        return self._site.direct

    async def _type(self, request: web.Request) -> None:
        if request.match_info["channel_id"] not in self._site.channels:
            raise Refused(404, 10003, "Unknown Channel")
        self._site.typing.append(request.match_info["channel_id"])

    async def _application(self, _: web.Request) -> Payload:
        return {
            "id": self._site.bot["id"],
            "name": "ChatKut",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "owner": self._site.anna,
            "team": None,
            "flags": self._site.flags,
            "interactions_endpoint_url": self._site.endpoint,
        }

    async def _gateway(self, _: web.Request) -> Payload:
        limit = {"total": 9, "remaining": 9, "reset_after": 0, "max_concurrency": 1}
        return {
            "url": self._site.wire.url,
            "shards": self._site.wire.shards,
            "session_start_limit": limit,
        }

    async def _guild(self, _: web.Request) -> Payload:
        return self._site.guild

    async def _channel(self, request: web.Request) -> Payload:
        return self._place(request)

    def _place(self, request: web.Request) -> Payload:
        channel = self._site.channels.get(request.match_info["channel_id"])
        if channel is None:
            raise Refused(404, 10003, "Unknown Channel")
        if self._site.removed:
            raise Refused(403, 50001, "Missing Access")
        return channel

    async def _history(self, request: web.Request) -> list[Payload]:
        channel, asked = self._place(request), request.query
        after, before = int(asked.get("after", 0)), int(asked.get("before", 1 << 63))
        there = [
            message
            for message in self._site.messages
            if message["channel_id"] == channel["id"] and after < int(message["id"]) < before
        ]
        limit = int(asked.get("limit", 50))
        return list(reversed(there[:limit] if "after" in asked else there[-limit:]))

    async def _message(self, request: web.Request) -> Payload:
        self._place(request)
        for message in self._site.messages:
            if message["id"] == request.match_info["message_id"]:
                return message
        raise Refused(404, 10008, "Unknown Message")

    async def _post(self, request: web.Request) -> Payload:
        channel = self._place(request)
        if self._site.takes_no_direct and channel is self._site.direct:
            raise Refused(403, 50007, "Cannot send messages to this user")
        body, files = await _read(request)
        self._check(f"POST {_MESSAGES}", body, files)
        self._site.posted.append(body)
        key = (channel["id"], body.get("nonce", ""))
        if body.get("enforce_nonce") and key in self._nonces:
            return self._nonces[key]
        message = payloads.message(channel["id"], self._site.bot, body.get("content") or "")
        self._fill(message, body, files)
        if reference := body.get("message_reference"):
            known = any(each["id"] == str(reference["message_id"]) for each in self._site.messages)
            if not known and reference.get("fail_if_not_exists", True):
                raise Refused(400, 50035, "Unknown message")
            if known:
                ids = {k: str(v) for k, v in reference.items() if k.endswith("_id")}
                message["type"] = 19
                message["message_reference"] = {"type": 0, **ids}
        self._site.messages.append(message)
        channel["last_message_id"] = message["id"]
        self._nonces[key] = message
        return message

    async def _edit(self, request: web.Request) -> Payload:
        message = await self._message(request)
        if message["author"] is not self._site.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        body, files = await _read(request)
        self._check(f"PATCH {_ONE}", body, files)
        self._fill(message, body, files)
        message["edited_timestamp"] = message["timestamp"]
        return message

    def _fill(self, message: Payload, body: Payload, files: list[tuple[str, bytes]]) -> None:
        """Put what was sent into a message. `attachments` lists what stays and what is new."""
        if "attachments" in body:
            listed = {str(each["id"]) for each in body["attachments"]}
            kept = [each for each in message["attachments"] if each["id"] in listed]
            made = [self._site.attachment(name, data, None) for name, data in files]
            message["attachments"] = kept + made
        if "embeds" in body:
            message["embeds"] = [self._embed(each, message) for each in body["embeds"]]
        if "components" in body:
            message["components"] = [_numbered(row) for row in body["components"]]
        if "content" in body:
            message["content"] = body["content"] or ""

    def _embed(self, sent: Payload, message: Payload) -> Payload:
        embed: Payload = {"type": "rich"} | sent
        if "image" in sent:
            name = sent["image"]["url"].removeprefix("attachment://")
            urls = {each["filename"]: each["url"] for each in message["attachments"]}
            if name not in urls:
                raise Refused(400, 50035, f"no attachment {name}")
            embed["image"] = {"url": urls[name]}
        return embed

    def _check(self, operation: str, body: Payload, files: list[tuple[str, bytes]]) -> None:
        """Refuse what Discord refuses, also what its description does not say."""
        if wrong := schema.problem(operation, "request", body):
            raise Refused(400, 50035, wrong)
        if any(len(data) > LIMITS[self._site.guild["premium_tier"]] for _, data in files):
            raise Refused(413, 40005, "Request entity too large")
        if len(body.get("content") or "") > 2000:
            raise Refused(400, 50035, "content")
        if _characters(body.get("embeds") or []) > 6000:
            raise Refused(400, 50035, "embeds")
        harmless: Payload = {} if body.get("content") else {"parse": []}  # cards mention nobody
        if body.get("allowed_mentions", harmless).get("parse") != []:
            raise Refused(400, 0, "this may mention people, which ChatKut never does")
        if len(files) != sum(int(each["id"]) < 10 for each in body.get("attachments") or []):
            raise Refused(400, 50035, "attachments")

    async def _list_commands(self, _: web.Request) -> list[Payload]:
        return self._site.commands

    async def _put_commands(self, request: web.Request) -> list[Payload]:
        body = await request.json()
        if wrong := schema.problem(f"PUT {_COMMANDS}", "request", body):
            raise Refused(400, 50035, wrong)
        same = {
            "application_id": self._site.bot["id"],
            "version": "1",
            "default_member_permissions": None,
        }
        self._site.commands = [
            {**_without_empty(each), "id": payloads.snowflake(), "type": each.get("type", 1)} | same
            for each in body
        ]
        return self._site.commands

    async def _call_back(self, request: web.Request) -> Payload:
        interaction = request.match_info["interaction_id"]
        body, _ = await _read(request)
        if wrong := schema.problem(f"POST {_CALLBACK}", "request", body):
            raise Refused(400, 50035, wrong)
        deadline = self._site.deadlines.get(interaction, 0)
        if asyncio.get_running_loop().time() > deadline:
            raise Refused(404, 10062, "Unknown interaction")
        if any(each["interaction"] == interaction for each in self._site.callbacks):
            raise Refused(400, 40060, "Interaction has already been acknowledged")
        async with self._site.answered:
            self._site.callbacks.append({"interaction": interaction, **body})
            self._site.answered.notify_all()
        answer: Payload = {"interaction": {"id": interaction, "type": 2}}
        if body["type"] == 4:
            message = payloads.message(
                self._site.channel["id"], self._site.bot, body["data"].get("content")
            )
            answer["resource"] = {"type": 4, "message": message}
        return answer

    async def _file(self, request: web.Request) -> web.Response:
        if request.path in self._site.pages:
            return web.Response(body=self._site.pages[request.path], content_type="text/html")
        if request.path not in self._site.files or "hm" not in request.query:
            return web.Response(status=404)
        return web.Response(body=self._site.files[request.path], content_type="video/mp4")


def _json(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    # Exactly this type: discord.py parses no other.
    head = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=head)


async def _read(request: web.Request) -> tuple[Payload, list[tuple[str, bytes]]]:
    """The JSON and the files of a request."""
    if request.content_type == "application/json":
        return await request.json(), []
    form = await request.post()
    files = [
        (part.filename, part.file.read())
        for part in form.values()
        if isinstance(part, web.FileField)
    ]
    return json.loads(str(form["payload_json"])), files


def _numbered(row: Payload) -> Payload:
    """Components get ids, as in answers of the API."""
    return row | {
        "id": 1,
        "components": [part | {"id": n} for n, part in enumerate(row["components"], 2)],
    }


def _characters(embeds: list[Payload]) -> int:
    texts = [
        text
        for embed in embeds
        for text in (embed.get("description"), embed.get("footer", {}).get("text"))
    ]
    return sum(len(text) for text in texts if text)


def _without_empty(command: Payload) -> Payload:
    return {name: value for name, value in command.items() if value is not None}
