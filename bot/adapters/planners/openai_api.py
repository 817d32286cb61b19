"""Models behind OpenAI's chat completions, through the official SDK (3.x; facts from its source).

Dedalus, OpenRouter, vLLM, llama.cpp and others are reached by their base URL. Importing this module
takes seconds; only the planner that was configured does it, when first used.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import openai
from openai.types.chat import ChatCompletionMessageParam
from pydantic import Field

from bot.adapters.planners.model import Call, Said, Stop
from bot.adapters.planners.prompt import Prompt
from bot.adapters.planners.schema import NAME, schema, schema_text
from bot.adapters.planners.sdk import Readable, SdkModel, Seen, StatusError, Tokens
from bot.ports import Usage

_STOPS: dict[str | None, Stop] = {"length": "length", "content_filter": "refused"}
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")


class OpenAIModel(SdkModel):
    """A model behind OpenAI's chat completions.

    A `gateway` is told no more than all of them understand. Where the schema is refused, it goes
    into the prompt instead.
    """

    errors = openai.OpenAIError

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
        super().__init__()
        self.name = name
        self.provider = provider
        self.title = title
        self._gateway = gateway
        self._client = openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0)

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

    def _lacks_credit(self, error: StatusError) -> bool:
        return isinstance(error, openai.APIStatusError) and error.code in _NO_CREDIT


def _turns(prompt: Prompt, *, with_schema: bool) -> Iterator[ChatCompletionMessageParam]:
    form = f"\n\nAnswer with nothing but JSON of this schema:\n{schema_text()}"
    yield {"role": "system", "content": prompt.system + (form if with_schema else "")}
    yield {"role": "user", "content": f"{prompt.film}\n{prompt.message}"}
    for reply, wrong in prompt.repairs:
        yield {"role": "assistant", "content": reply}
        yield {"role": "user", "content": wrong}


class _Words(Seen):
    content: str | None = None
    refusal: str | None = None


class _Alternative(Seen):
    message: _Words
    finish_reason: str | None = None


class _Details(Seen):
    cached_tokens: Tokens | None = None
    cache_write_tokens: Tokens | None = None


class _Usage(Seen):
    prompt_tokens: Tokens
    completion_tokens: Tokens
    prompt_tokens_details: Annotated[_Details | None, Readable] = None


class _Completion(Seen):
    choices: list[_Alternative] = Field(min_length=1)
    usage: Annotated[_Usage | None, Readable] = None

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
