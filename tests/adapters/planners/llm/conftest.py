"""A peer, a ledger in memory, and a planner per provider that asks the peer."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.adapters.planners.model import Limits, Model, ModelPlanner
from bot.adapters.planners.prices import PRICES
from bot.ports import BudgetSpent, Purchase, Usage
from tests.adapters.planners.llm.peer import Peer, Reply, claude, gpt

QUICK = Limits(deadline=60, call=30, longest_wait=2, pause=0.01)


@dataclass
class MemoryLedger:
    """Rows in the order of reservation: what was reserved, and what it was settled for."""

    rows: list[Purchase] = field(default_factory=list)
    settled: dict[str, tuple[Usage | None, int | None]] = field(default_factory=dict)
    limit: int | None = None

    async def reserve(self, purchase: Purchase) -> str:
        if self.limit is not None and (purchase.microusd or 0) > self.limit:
            raise BudgetSpent("The AI budget of this channel is used up.")
        self.rows.append(purchase)
        return str(len(self.rows) - 1)

    async def settle(self, row: str, usage: Usage | None, microusd: int | None) -> None:
        self.settled[row] = (usage, microusd)


@dataclass
class Side:
    """One provider: its planner, and how it writes a reply."""

    name: str
    model: Model
    planner: ModelPlanner
    says: Callable[..., Reply]
    cut: str
    refused: str


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    await peer.start()
    yield peer
    await peer.stop()
    assert peer.wrong == []
    assert peer.replies == []


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture(params=["anthropic", "openai", "gateway"])
async def side(
    request: pytest.FixtureRequest, peer: Peer, ledger: MemoryLedger
) -> AsyncIterator[Side]:
    side = side_of(request.param, peer, ledger)
    yield side
    await side.model.close()


def side_of(name: str, peer: Peer, ledger: MemoryLedger, limits: Limits = QUICK) -> Side:
    """A provider whose HTTP interface is the peer."""
    if name == "anthropic":
        from bot.adapters.planners.anthropic_api import AnthropicModel

        claude_model = AnthropicModel("claude-haiku-5-5", "key", peer.anthropic)
        planner = ModelPlanner(claude_model, ledger, PRICES, limits)
        return Side(name, claude_model, planner, claude, "max_tokens", "refusal")
    from bot.adapters.planners.openai_api import OpenAIModel

    model = OpenAIModel("gpt-6-luna", "key", peer.openai, gateway=name == "gateway")
    return Side(
        name, model, ModelPlanner(model, ledger, PRICES, limits), gpt, "length", "content_filter"
    )
