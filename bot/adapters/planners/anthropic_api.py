"""Anthropic's models, through the official SDK (2.x; facts from its source and documentation).

Importing this module takes seconds; only the planner that was configured does it, when first used.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import anthropic
from anthropic.types import MessageParam, TextBlockParam

from bot.adapters.planners.model import Call, Said, Stop
from bot.adapters.planners.prompt import Prompt
from bot.adapters.planners.schema import NAME, schema
from bot.adapters.planners.sdk import Readable, SdkModel, Seen, StatusError, Tokens
from bot.ports import Usage

_STOPS: dict[str | None, Stop] = {
    "refusal": "refused",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}


class AnthropicModel(SdkModel):
    """One of Anthropic's models; one that takes no schema is made to use a tool of that schema."""

    provider = "anthropic"
    title = "Anthropic"
    errors = anthropic.AnthropicError

    def __init__(self, name: str, key: str, base_url: str | None = None) -> None:
        super().__init__()
        self.name = name
        self._client = anthropic.AsyncAnthropic(api_key=key, base_url=base_url, max_retries=0)

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

    def _lacks_credit(self, error: StatusError) -> bool:
        return isinstance(error, anthropic.APIStatusError) and error.type == "billing_error"


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


class _Block(Seen):
    type: str
    text: str | None = None
    input: Any = None


class _Usage(Seen):
    input_tokens: Tokens
    output_tokens: Tokens
    cache_read_input_tokens: Tokens | None = None
    cache_creation_input_tokens: Tokens | None = None


class _Message(Seen):
    content: list[_Block]
    stop_reason: str | None = None
    usage: Annotated[_Usage | None, Readable] = None

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
