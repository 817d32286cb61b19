"""A real model that understands nothing: whatever it says ends in something sound."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

from bot.adapters.planners.deciding import decided, draft_of
from bot.adapters.planners.model import Limits, ModelPlanner
from bot.engine.operations import AddClip
from bot.ports import Command, Edits, Outcome, Request, Wanted
from tests.adapters.planners.llm.conftest import MemoryLedger
from tests.adapters.planners.llm.peer import plan, step
from tests.adapters.planners.llm.small_server import missing, serving
from tests.adapters.planners.setups import SERIAL, film

if TYPE_CHECKING:
    from bot.adapters.planners.anthropic_api import AnthropicModel
    from bot.adapters.planners.openai_api import OpenAIModel

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing()),
        reason=f"not installed: {', '.join(missing())} (see tests/peers/requirements.txt)",
    ),
]

SAID = ("mute clip 2", "delete everything but the song, then render it")
SHORT = f"You plan edits. Answer in JSON.\nmute clip 2 → {plan(step('update', ('byId', 'V2')))}"
"""In place of our rules: it understands neither, and takes half a minute to read those."""

LIMITS = Limits(deadline=300, call=300, repairs=1, most_tokens=40)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(params=["OpenAI's schema", "Anthropic's schema", "Anthropic's tool"])
async def model(
    request: pytest.FixtureRequest, address: str
) -> "AsyncIterator[OpenAIModel | AnthropicModel]":
    from bot.adapters.planners.anthropic_api import AnthropicModel
    from bot.adapters.planners.openai_api import OpenAIModel

    if request.param == "OpenAI's schema":
        model: OpenAIModel | AnthropicModel = OpenAIModel(
            "smollm2", "key", f"{address}/v1", gateway=True
        )
    else:
        model = AnthropicModel("smollm2", "key", address)
    model._structured = request.param != "Anthropic's tool"
    yield model
    await model.close()


async def test_whatever_a_bad_model_says_is_sound_or_only_words(
    model: "OpenAIModel | AnthropicModel", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.planners.prompt.system", lambda: SHORT)
    ledger = MemoryLedger()
    for text in SAID:
        request = Request(text, film().comp, SERIAL)
        outcome = await ModelPlanner(model, ledger, {}, LIMITS).plan(request)
        if not isinstance(outcome, Wanted):
            check(outcome, request)
    assert len(ledger.settled) == len(ledger.rows)


def check(outcome: Outcome, request: Request) -> None:
    """Nothing is done but what fits the film, takes no click, and brings nothing in."""
    if isinstance(outcome, Command):
        assert outcome.name != "render"
    if isinstance(outcome, Edits):
        assert outcome.then is None or outcome.then.name != "render"
        assert not any(isinstance(each, AddClip) for each in outcome.plan.operations)
        assert decided(draft_of(outcome), request) == outcome
