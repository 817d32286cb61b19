"""Models behind OpenAI's chat completions, through the official SDK (3.x; facts from its source).

Dedalus, OpenRouter, vLLM, llama.cpp and others are reached by their base URL. Importing this module
takes seconds; only the planner that was configured does it, when first used.
"""

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.planners.faults import CallFailed, about_schema, fault_of, waiting
from bot.adapters.planners.model import Call, Said, Stop
from bot.adapters.planners.prompt import Prompt
from bot.adapters.planners.schema import NAME, schema, schema_text
from bot.ports import Usage

_STOPS: dict[str | None, Stop] = {"length": "length", "content_filter": "refused"}
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")


class OpenAIModel:
    """A model behind OpenAI's chat completions.

    A `gateway` is told no more than all of them understand. The reply is held to our schema; where
    that is refused (status 400), the schema goes into the prompt instead, from then on.
    """

    def __init__(
        self,
        name: str,
        key: str,
        base_url: str | None = None,
        *,
        gateway: bool = False,
        provider: str = "openai",
        title: str = "OpenAI",
    ) -> None:
        self.name = name
        self.provider = provider
        self.title = title
        self._gateway = gateway
        self._client = openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0)
        self._structured = True

    async def say(self, call: Call) -> Said:
        try:
            return await self._said(call)
        except (openai.OpenAIError, ValueError) as error:
            if not (self._structured and _refused_schema(error)):
                raise self._failed(error) from error
        self._structured = False
        return await self.say(call)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _said(self, call: Call) -> Said:
        completion = await self._client.chat.completions.create(
            model=self.name,
            messages=[*_turns(call.prompt, with_schema=not self._structured)],
            timeout=call.seconds,
            **self._form(),
            **self._extras(call),
        )
        return _Completion.model_validate(completion).said()

    def _form(self) -> dict[str, Any]:
        if not self._structured:
            return {}
        form = {"name": NAME, "schema": schema(), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": form}}

    def _extras(self, call: Call) -> dict[str, Any]:
        if self._gateway:
            return {"max_tokens": call.most_tokens}
        return {
            "max_completion_tokens": call.most_tokens,
            "prompt_cache_key": NAME,
            "safety_identifier": call.user,
        }

    def _failed(self, error: Exception) -> CallFailed:
        match error:
            case openai.APITimeoutError():
                return CallFailed(self.title, "slow", maybe_billed=True)
            case openai.APIConnectionError(__cause__=httpx2.ConnectError()):
                return CallFailed(self.title, "down")
            case openai.APIStatusError(code=code) if code in _NO_CREDIT:
                return CallFailed(self.title, "credit")
            case openai.APIStatusError(status_code=status, response=response):
                return CallFailed(self.title, fault_of(status), waiting(response.headers))
        return CallFailed(self.title, "down", maybe_billed=True)


def _refused_schema(error: Exception) -> bool:
    return isinstance(error, openai.BadRequestError) and about_schema(str(error))


def _turns(prompt: Prompt, *, with_schema: bool) -> Iterator[ChatCompletionMessageParam]:
    form = f"\n\nAnswer with nothing but JSON of this schema:\n{schema_text()}"
    yield {"role": "system", "content": prompt.system + (form if with_schema else "")}
    yield {"role": "user", "content": f"{prompt.film}\n{prompt.message}"}
    for reply, wrong in prompt.repairs:
        yield {"role": "assistant", "content": reply}
        yield {"role": "user", "content": wrong}


class _Seen(BaseModel):
    """A part of a reply that is looked at; the SDK itself hands on whatever came."""

    model_config = ConfigDict(from_attributes=True)


class _Words(_Seen):
    content: str | None = None
    refusal: str | None = None


class _Alternative(_Seen):
    message: _Words
    finish_reason: str | None = None


class _Details(_Seen):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(_Seen):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Details | None = None


class _Completion(_Seen):
    choices: list[_Alternative] = Field(min_length=1)
    usage: _Usage | None = None

    def said(self) -> Said:
        first = self.choices[0]
        stop = _STOPS.get(first.finish_reason, "done")
        return Said(
            first.message.content or "",
            "refused" if first.message.refusal else stop,
            self._tokens(),
        )

    def _tokens(self) -> Usage | None:
        """The tokens used; OpenAI's input holds what was cached."""
        if self.usage is None:
            return None
        details = self.usage.prompt_tokens_details or _Details()
        return Usage(
            self.usage.prompt_tokens,
            self.usage.completion_tokens,
            details.cached_tokens or 0,
            details.cache_write_tokens or 0,
        )
