"""Anthropic's models, through the official SDK (2.x; facts from its source and documentation).

Importing this module takes seconds; only the planner that was configured does it, when first used.
"""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
from anthropic.types import MessageParam, TextBlockParam
from pydantic import BaseModel, ConfigDict

from bot.adapters.planners.faults import CallFailed, about_schema, fault_of, waiting
from bot.adapters.planners.model import Call, Said, Stop
from bot.adapters.planners.prompt import Prompt
from bot.adapters.planners.schema import NAME, schema
from bot.ports import Usage

_STOPS: dict[str | None, Stop] = {
    "refusal": "refused",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}


class AnthropicModel:
    """One of Anthropic's models.

    The reply is held to our schema; a model that cannot do that (status 400) is made to use a tool
    of that schema instead, from then on.
    """

    provider = "anthropic"
    title = "Anthropic"

    def __init__(self, name: str, key: str, base_url: str | None = None) -> None:
        self.name = name
        self._client = anthropic.AsyncAnthropic(api_key=key, base_url=base_url, max_retries=0)
        self._structured = True

    async def say(self, call: Call) -> Said:
        try:
            return await self._said(call)
        except (anthropic.AnthropicError, ValueError) as error:
            if not (self._structured and _refused_schema(error)):
                raise self._failed(error) from error
        self._structured = False
        return await self.say(call)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _said(self, call: Call) -> Said:
        message = await self._client.messages.create(
            model=self.name,
            max_tokens=call.most_tokens,
            system=_system(call.prompt),
            messages=[*_turns(call.prompt)],
            metadata={"user_id": call.user},
            timeout=call.seconds,
            **self._form(),
        )
        return _Message.model_validate(message).said()

    def _form(self) -> dict[str, Any]:
        if self._structured:
            return {"output_config": {"format": {"type": "json_schema", "schema": schema()}}}
        tool = {"name": NAME, "description": "Answer with a plan.", "input_schema": schema()}
        return {"tools": [tool], "tool_choice": {"type": "tool", "name": NAME}}

    def _failed(self, error: Exception) -> CallFailed:
        match error:
            case anthropic.APITimeoutError():
                return CallFailed(self.title, "slow", maybe_billed=True)
            case anthropic.APIConnectionError(__cause__=httpx2.ConnectError()):
                return CallFailed(self.title, "down")
            case anthropic.APIStatusError(type="billing_error"):
                return CallFailed(self.title, "credit")
            case anthropic.APIStatusError(status_code=status, response=response):
                return CallFailed(self.title, fault_of(status), waiting(response.headers))
        return CallFailed(self.title, "down", maybe_billed=True)


def _refused_schema(error: Exception) -> bool:
    return isinstance(error, anthropic.BadRequestError) and about_schema(str(error))


def _system(prompt: Prompt) -> list[TextBlockParam]:
    """What never changes, to be kept in the prompt cache."""
    return [{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}]


def _turns(prompt: Prompt) -> Iterator[MessageParam]:
    film: TextBlockParam = {"type": "text", "text": prompt.film}
    message: TextBlockParam = {"type": "text", "text": prompt.message}
    yield {"role": "user", "content": [film, message]}
    for reply, wrong in prompt.repairs:
        yield {"role": "assistant", "content": reply}
        yield {"role": "user", "content": wrong}


class _Seen(BaseModel):
    """A part of a reply that is looked at; the SDK itself hands on whatever came."""

    model_config = ConfigDict(from_attributes=True)


class _Block(_Seen):
    type: str
    text: str | None = None
    input: Any = None


class _Usage(_Seen):
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Message(_Seen):
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Usage | None = None

    def said(self) -> Said:
        tool = next((block.input for block in self.content if block.type == "tool_use"), None)
        texts = (block.text or "" for block in self.content if block.type == "text")
        text = "".join(texts) if tool is None else json.dumps(tool)
        return Said(text, _STOPS.get(self.stop_reason, "done"), self._tokens())

    def _tokens(self) -> Usage | None:
        """The tokens used; Anthropic's input leaves out what was cached."""
        if self.usage is None:
            return None
        cached = self.usage.cache_read_input_tokens or 0
        written = self.usage.cache_creation_input_tokens or 0
        read = self.usage.input_tokens + cached + written
        return Usage(read, self.usage.output_tokens, cached, written)
