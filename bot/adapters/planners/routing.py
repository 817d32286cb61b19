"""Which model answers which kind of message: a table of plain values that settings may change.

A route is written "provider:model"; a model's name alone is looked up. Ends of life are those that
the SDKs carried on 2026-11-22.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Task = Literal["chat-response", "plan-generation", "simple-edit"]

TASKS: Mapping[str, Task] = {
    "chat-response": "chat-response",
    "plan-generation": "plan-generation",
    "simple-edit": "simple-edit",
    "code-generation": "plan-generation",
}
"""Tasks by name; code-generation is an alias."""

ALIASES: Mapping[str, str] = {"claude-sonnet-4": "claude-sonnet-5-5", "gpt-4o": "gpt-6-luna"}
"""Names of models that are gone or about to go, and what is asked in their place."""

ENDS: Mapping[str, date] = {
    "claude-sonnet-4": date(2026, 6, 15),
    "claude-sonnet-4-5": date(2026, 11, 30),
    "gpt-5": date(2026, 12, 11),
    "gpt-5-mini": date(2026, 12, 11),
    "gpt-5-nano": date(2026, 12, 11),
    "o3": date(2026, 12, 11),
    "o4-mini": date(2026, 10, 23),
    "gpt-4-turbo": date(2026, 10, 23),
    "gpt-4o": date(2027, 1, 14),
    "gpt-4o-mini": date(2027, 1, 14),
    "gpt-4.1": date(2027, 1, 14),
    "gpt-4.1-mini": date(2027, 1, 14),
    "whisper-1": date(2027, 2, 26),  # hears words, and plans nothing
}
_NEAR = timedelta(days=30)

_SMALL = {
    "anthropic": "claude-haiku-5-5",
    "openai": "gpt-6-luna",
    "dedalus": "anthropic/claude-haiku-5-5",
}
_LARGE = {
    "anthropic": "claude-sonnet-5-5",
    "openai": "gpt-6-sol",
    "dedalus": "anthropic/claude-sonnet-5-5",
}
_OWN = ("anthropic", "openai")
"""Providers whose models are the ones that the aliases mean; a gateway has names of its own."""

_FEW_WORDS = 12
_ASKING = ("what", "how", "why", "who", "when", "which", "where", "is", "are", "can", "does", "do")


@dataclass(frozen=True, slots=True)
class Route:
    """A model of a provider."""

    provider: str
    model: str


DEFAULTS: Mapping[Task, Mapping[str, str]] = {
    "chat-response": _SMALL,
    "simple-edit": _SMALL,
    "plan-generation": _LARGE,
}
"""The usual model of each provider for each task."""


def routes(
    providers: Sequence[str], chosen: Mapping[str, str] | None = None
) -> Mapping[Task, tuple[Route, ...]]:
    """Whom to ask for each task, in order: the chosen route first, then the usual ones.

    Args:
        providers: Those that have a key, in the order to try them.
        chosen: Settings, task → "provider:model" or "model".

    Raises:
        ValueError: A task, or the provider of a route, is not known; the message says which are.
    """
    wanted: dict[Task, Route] = {}
    for name, text in (chosen or {}).items():
        if name not in TASKS:
            raise ValueError(f"{name!r} is no task; there are {', '.join(TASKS)}.")
        wanted[TASKS[name]] = route(text, providers)
    return {task: tuple(_in_order(task, wanted.get(task), providers)) for task in DEFAULTS}


def _in_order(task: Task, first: Route | None, providers: Sequence[str]) -> Iterator[Route]:
    if first:
        yield first
    for provider in providers:
        model = DEFAULTS[task].get(provider)
        if model and (first is None or first.provider != provider):
            yield Route(provider, model)


def route(text: str, providers: Sequence[str]) -> Route:
    """Read "provider:model", or a model whose provider its name tells.

    Raises:
        ValueError: No provider with a key offers it.
    """
    provider, colon, model = text.strip().partition(":")
    if not colon:
        provider, model = _provider_of(text.strip()), text.strip()
    if provider not in providers:
        there_are = ", ".join(providers) or "none"
        raise ValueError(
            f"No key is set for {provider!r}, which {text!r} needs; keys: {there_are}."
        )
    return Route(provider, ALIASES.get(model, model) if provider in _OWN else model)


def _provider_of(model: str) -> str:
    if "/" in model:
        return "dedalus"
    return "anthropic" if model.startswith("claude") else "openai"


def task_of(text: str) -> Task:
    """What kind of message this is, by its looks; a wrong guess costs little."""
    words = text.casefold().split()
    if text.rstrip().endswith("?") and words and words[0] in _ASKING:
        return "chat-response"
    return "simple-edit" if len(words) <= _FEW_WORDS and "\n" not in text else "plan-generation"


def ending(models: Iterable[str], today: date) -> Iterator[str]:
    """What to warn of: models that are gone or go within 30 days.

    A gateway's prefix and the date of a model's version do not matter.
    """
    for model in dict.fromkeys(models):
        name = re.sub(r"-\d{8}$|-\d{4}-\d\d-\d\d$", "", model.rpartition("/")[2])
        if (end := ENDS.get(name)) is None or end > today + _NEAR:
            continue
        verb = "ended" if end <= today else "ends"
        instead = f"; {ALIASES[name]} takes its place" if name in ALIASES else ""
        yield f"{model} {verb} on {end.isoformat()}{instead}."
