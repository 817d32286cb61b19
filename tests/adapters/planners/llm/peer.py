"""A loopback stand-in for the providers: real HTTP, scripted replies, every request checked.

Requests are validated against the SDKs' own types, which drop unknown keys and check lists lazily;
`drained` brings both to light (see `planners.md`, "Test peers", in the reference).
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as Messages
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming as Completions,
)
from pydantic import TypeAdapter

from bot.adapters.planners.schema import problems

_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "/v1/messages": TypeAdapter(Messages),
    "/v1/chat/completions": TypeAdapter(Completions),
}


@dataclass(frozen=True)
class Reply:
    """One scripted reply; it waits until there were `after` requests.

    `hangs` never answers, `drips` without end; `drops` hangs up.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False
    drips: bool = False
    after: int = 0


class Peer:
    """Both providers in one server; `replies` are given in order."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.bodies: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self._over = asyncio.Event()
        self._heard = asyncio.Condition()
        app = web.Application()
        app.router.add_post("/v1/messages", self._answer)
        app.router.add_post("/v1/chat/completions", self._answer)
        self._server = TestServer(app)

    async def start(self) -> None:
        await self._server.start_server()

    async def stop(self) -> None:
        self._over.set()
        await self._server.close()

    @property
    def anthropic(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    @property
    def openai(self) -> str:
        return f"{self.anthropic}/v1"

    def asked(self, number: int = -1) -> str:
        """All that a request told the model, as one text."""
        return json.dumps(self.bodies[number], ensure_ascii=False)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.wrong += _wrong(request, body)
        reply = self.replies.pop(0) if self.replies else Reply({"error": "not scripted"}, 418)
        async with self._heard:
            self._heard.notify_all()
            await self._heard.wait_for(lambda: len(self.bodies) >= reply.after)
        if reply.hangs:
            await self._over.wait()
        if reply.drops and request.transport:
            request.transport.abort()
        if reply.drips:
            return await self._dripping(request)
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        return web.Response(
            text=text, status=reply.status, headers=reply.headers, content_type="application/json"
        )

    async def _dripping(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while not self._over.is_set():
                await response.write(b" ")
                await asyncio.sleep(0.02)
        return response


def _wrong(request: web.Request, body: dict[str, Any]) -> Iterable[str]:
    if drained(_TYPES[request.path].validate_python(body)) != body:
        yield f"the SDK's types know other fields: {body.keys()}"
    if not body["messages"] or any(not turn["content"] for turn in body["messages"]):
        yield "a message is empty"
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        yield "the key is missing"
    if request.path == "/v1/messages" and not request.headers.get("anthropic-version"):
        yield "Anthropic's version is missing"
    if not any(name in body for name in ("max_tokens", "max_completion_tokens")):
        yield "nothing bounds the reply"
    for schema in _schemas(body):
        yield from problems(schema)


def _schemas(body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if "output_config" in body:
        yield body["output_config"]["format"]["schema"]
    if "response_format" in body:
        yield body["response_format"]["json_schema"]["schema"]
    for tool in body.get("tools", ()):
        yield tool["input_schema"]


def drained(value: Any) -> Any:
    """A validated value with its lazy parts read to the end."""
    if isinstance(value, Mapping):
        return {key: drained(item) for key, item in value.items()}
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return value
    return [drained(item) for item in value]


def plan(*operations: Mapping[str, Any], **rest: Any) -> str:
    """What a model says for an edit."""
    reply = {
        "outcome": "edit",
        "reply": "",
        "options": [],
        "assumptions": [],
        "left_out": [],
        "operations": list(operations),
        "command": "none",
        "details": [],
    }
    return json.dumps(reply | rest)


def step(
    action: str, *picks: tuple[str, str], meant: str = "one", **changes: str
) -> dict[str, Any]:
    """One operation on the wire."""
    return {
        "action": action,
        "meant": meant,
        "selector": [{"type": kind, "value": value} for kind, value in picks],
        "changes": [{"field": name, "value": value} for name, value in changes.items()],
    }


def claude(text: str, stop: str = "end_turn", **usage: int) -> Reply:
    """A message as Anthropic sends it."""
    return _message([{"type": "text", "text": text}], stop, usage)


def claude_tool(text: str) -> Reply:
    """A forced tool call as Anthropic sends it."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "chatkut_plan", "input": json.loads(text)}
    return _message([use], "tool_use", {})


def _message(content: list[Any], stop: str, usage: Mapping[str, int]) -> Reply:
    return Reply(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-haiku-5-5",
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": {"input_tokens": 100, "output_tokens": 20, **usage},
        }
    )


def gpt(
    text: str | None, finish: str = "stop", refusal: str | None = None, **details: int
) -> Reply:
    """A completion as OpenAI sends it."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return Reply(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "gpt-6-luna",
            "choices": [
                {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
            ],
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "prompt_tokens_details": details,
            },
        }
    )


def failure(status: int, kind: str = "api_error", message: str = "no", **headers: str) -> Reply:
    """An error as both providers send it; `kind` is Anthropic's type and OpenAI's code."""
    error = {"type": kind, "message": message, "code": kind}
    body = {"type": "error", "error": error}
    return Reply(body, status, {name.replace("_", "-"): text for name, text in headers.items()})
