"""Putting the planners together from what is configured; without a key no SDK is ever imported."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.adapters.planners.chain import Link, PlannerChain, Routed
from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.model import Model, ModelPlanner
from bot.adapters.planners.prices import PRICES, Price
from bot.adapters.planners.routing import Route, Task, routes
from bot.ports import Ledger, Planner

DEDALUS = "https://api.dedaluslabs.ai/v1"
_TITLES = {"anthropic": "Anthropic", "openai": "OpenAI", "dedalus": "Dedalus"}


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a provider.

    Any name besides "anthropic" is an endpoint that speaks OpenAI's chat completions; one that is
    neither "openai" nor "dedalus" needs a base URL.

    Raises:
        ValueError: It has none; its key would be sent to OpenAI.
    """

    provider: str
    key: str = field(repr=False)
    base_url: str | None = None

    def __post_init__(self) -> None:
        if self.provider not in _TITLES and not self.base_url:
            raise ValueError(f"The provider {self.provider!r} needs a base URL.")


@dataclass(frozen=True, slots=True)
class Money:
    """Who counts the money, and what models cost."""

    ledger: Ledger
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)


@asynccontextmanager
async def opened(
    rules: Planner,
    accesses: Sequence[Access],
    money: Money,
    chosen: Mapping[str, str] | None = None,
    *,
    ahead: bool = False,
) -> AsyncIterator[Planner]:
    """The planner that answers everything, until its connections are closed.

    Args:
        rules: The planner that needs no network.
        accesses: The providers that have a key, in the order to try them.
        money: The ledger and the prices.
        chosen: Which model for which task: task → "provider:model".
        ahead: Import the SDKs now, beside what else is done, not when they are first needed.

    Raises:
        ValueError: A chosen route names an unknown task, or a provider without a key.
    """
    async with _linked(accesses, money, chosen) as table:
        for link in (link for row in table.values() for link in row if ahead):
            link.begin()
        yield CarefulPlanner(PlannerChain(rules, table))


@asynccontextmanager
async def opened_alone(
    provider: str,
    accesses: Sequence[Access],
    money: Money,
    chosen: Mapping[str, str] | None = None,
) -> AsyncIterator[Planner]:
    """The models of one provider, without rules and without anybody to fall back on.

    Its `plan` raises CallFailed and BudgetSpent (see `ModelPlanner`).

    Raises:
        ValueError: A chosen route names an unknown task, or a provider without a key.
    """
    async with _linked(accesses, money, chosen) as table:
        yield Routed(
            {
                task: next(link for link in row if link.provider == provider)
                for task, row in table.items()
            }
        )


@asynccontextmanager
async def _linked(
    accesses: Sequence[Access], money: Money, chosen: Mapping[str, str] | None
) -> AsyncIterator[Mapping[Task, tuple[Link, ...]]]:
    """The models that are asked for each task, in order, until their connections are closed."""
    by_name = {access.provider: access for access in accesses}
    links: dict[Route, Link] = {}
    try:
        yield {
            task: tuple(
                links.setdefault(each, _link(each, by_name[each.provider], money)) for each in row
            )
            for task, row in routes([*by_name], chosen).items()
        }
    finally:
        for link in links.values():
            await link.close()


def _link(route: Route, access: Access, money: Money) -> Link:
    def make() -> ModelPlanner:
        return ModelPlanner(_model(route, access), money.ledger, money.prices)

    return Link(route.provider, _title(route.provider), make)


def _model(route: Route, access: Access) -> Model:
    """Reach a model; the import of its SDK takes seconds, so it happens here."""
    if route.provider == "anthropic":
        from bot.adapters.planners.anthropic_api import AnthropicModel

        return AnthropicModel(route.model, access.key, access.base_url)
    from bot.adapters.planners.openai_api import OpenAIModel

    base_url = access.base_url or (DEDALUS if route.provider == "dedalus" else None)
    return OpenAIModel(
        route.model,
        access.key,
        base_url,
        gateway=base_url is not None,
        provider=route.provider,
        title=_title(route.provider),
    )


def _title(provider: str) -> str:
    return _TITLES.get(provider, provider)
