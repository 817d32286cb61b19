"""The chain: rules first and last, models between them, one line about who answered."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.adapters.planners.breaker import Breaker
from bot.adapters.planners.chain import Link, PlannerChain
from bot.adapters.planners.faults import CallFailed, Fault
from bot.adapters.planners.model import Limits
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.planners.opening import Access, Money, opened
from bot.adapters.planners.routing import Task
from bot.ports import Command, Edits, Question
from tests.adapters.planners.llm.conftest import QUICK, MemoryLedger, Side, side_of
from tests.adapters.planners.llm.peer import Peer, Reply, claude, failure, gpt, plan, step
from tests.adapters.planners.setups import abc

TRIO = abc()
MUTE = plan(step("update", ("byId", "V2"), muted="true"))
ODD = "hush the sea, would you kindly"
"""Words that the rules do not know."""


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = 100

    def __call__(self) -> float:
        return self.now


@dataclass
class Both:
    """A chain of Anthropic, then OpenAI, then rules."""

    chain: PlannerChain
    links: tuple[Link, Link]
    clock: Clock


@pytest.fixture
async def both(peer: Peer, ledger: MemoryLedger) -> AsyncIterator[Both]:
    both = chained(peer, ledger)
    yield both
    for link in both.links:
        await link.close()


def chained(peer: Peer, ledger: MemoryLedger, limits: Limits = QUICK) -> Both:
    clock = Clock()
    sides = [side_of(name, peer, ledger, limits) for name in ("anthropic", "openai")]
    first, second = (_link(side, clock) for side in sides)
    links: dict[Task, tuple[Link, ...]] = {"simple-edit": (first, second)}
    chain = PlannerChain(OfflinePlanner(), links, deadline=60)
    return Both(chain, (first, second), clock)


def _link(side: Side, clock: Clock) -> Link:
    return Link(side.name, side.model.title, lambda: side.planner, Breaker(clock))


async def test_what_the_rules_understand_costs_nothing(both: Both, peer: Peer) -> None:
    assert isinstance(await both.chain.plan(TRIO.request("mute the second clip")), Edits)
    assert await both.chain.plan(TRIO.request("undo")) == Command("undo")
    assert peer.bodies == []


async def test_what_the_rules_do_not_understand_goes_to_the_first_model(
    both: Both, peer: Peer
) -> None:
    peer.replies = [claude(MUTE)]
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Edits)
    assert outcome.notes == ()


async def test_the_second_provider_answers_for_the_first_and_says_so(
    both: Both, peer: Peer
) -> None:
    peer.replies = [failure(402), gpt(MUTE)]
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Edits)
    assert outcome.assumptions == ()
    assert outcome.notes == ("Anthropic has no credit left. OpenAI answered.",)


async def test_a_command_says_too_who_answered(both: Both, peer: Peer) -> None:
    peer.replies = [failure(402), gpt(plan(outcome="command", command="undo"))]
    outcome = await both.chain.plan(TRIO.request(ODD))
    line = "Anthropic has no credit left. OpenAI answered."
    assert outcome == Command("undo", notes=(line,))


async def test_the_log_says_why_but_holds_no_key(
    both: Both, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    why = "model gpt-9 does not exist for sk-proj-AbCdEfGhIjKlMnOp"
    peer.replies = [failure(404, "not_found_error", why), gpt(MUTE)]
    await both.chain.plan(TRIO.request(ODD))
    assert "gpt-9 does not exist" in caplog.text
    assert "AbCdEfGh" not in caplog.text


async def test_where_no_model_answers_the_rules_do_and_say_so(both: Both, peer: Peer) -> None:
    peer.replies = [failure(401), failure(503), failure(503)]
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Question)
    assert "did not understand" in outcome.text
    last = outcome.text.splitlines()[-1]
    assert last == (
        "Anthropic does not accept its key. Only the built-in rules looked at this; that cost "
        "nothing."
    )


async def test_where_a_reply_was_paid_for_before_the_failure_nothing_else_is_claimed(
    both: Both, peer: Peer, ledger: MemoryLedger
) -> None:
    peer.replies = [claude("junk"), failure(401), failure(401)]
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Question)
    assert outcome.text.endswith("Only the built-in rules looked at this.")
    used, microusd = ledger.settled["0"]
    assert used is not None
    assert microusd
    assert [ledger.settled[row] for row in ("1", "2")] == [(None, 0), (None, 0)]


async def test_a_spent_budget_leaves_it_to_the_rules(
    both: Both, peer: Peer, ledger: MemoryLedger
) -> None:
    ledger.limit = 1
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Question)
    assert "budget of this channel is used up" in outcome.text
    assert peer.bodies == []


async def test_one_deadline_stands_over_the_whole_chain(peer: Peer, ledger: MemoryLedger) -> None:
    both = chained(peer, ledger, Limits(deadline=30, call=30))
    both.chain._deadline = 0.3
    peer.replies = [Reply(hangs=True)]
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Question)
    assert "No model answered in time." in outcome.text
    for link in both.links:
        await link.close()


async def test_a_refused_key_is_not_tried_again_until_a_while_has_passed(
    both: Both, peer: Peer
) -> None:
    peer.replies = [failure(401), gpt(MUTE), gpt(MUTE), claude(MUTE)]
    for _ in range(2):
        await both.chain.plan(TRIO.request(ODD))
    assert [("system" in body) for body in peer.bodies] == [True, False, False]

    both.clock.now += 31
    outcome = await both.chain.plan(TRIO.request(ODD))
    assert isinstance(outcome, Edits)
    assert outcome.notes == ()


def test_a_breaker_opens_after_five_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    for _ in range(4):
        breaker.failed(CallFailed("X", "down"))
    breaker.succeeded()
    for _ in range(4):
        breaker.failed(CallFailed("X", "slow"))
        assert breaker.allows()
    breaker.failed(CallFailed("X", "down"))
    assert not breaker.allows()


def test_a_half_open_breaker_lets_one_call_through() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(CallFailed("X", "credit"))
    assert not breaker.allows()
    clock.now += 31
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_a_breaker_stays_open_as_long_as_the_provider_asks() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(CallFailed("X", "busy", 120))
    clock.now += 119
    assert not breaker.allows()
    clock.now += 2
    assert breaker.allows()


@pytest.mark.parametrize("fault", ["request", "busy"])
def test_what_is_no_fault_of_the_provider_never_opens_a_breaker(fault: Fault) -> None:
    breaker = Breaker(Clock())
    for _ in range(20):
        breaker.failed(CallFailed("X", fault))
    assert breaker.allows()


async def test_providers_are_opened_from_their_keys(peer: Peer, ledger: MemoryLedger) -> None:
    accesses = (
        Access("anthropic", "key", peer.anthropic),
        Access("house", "key", peer.openai),
    )
    chosen = {"simple-edit": "house:llama"}
    peer.replies = [gpt(MUTE), claude(MUTE)]
    async with opened(OfflinePlanner(), accesses, Money(ledger), chosen, ahead=True) as planner:
        assert isinstance(await planner.plan(TRIO.request(ODD)), Edits)
        await planner.plan(TRIO.request(f"{ODD}\nand then some more of it"))
    assert [body["model"] for body in peer.bodies] == ["llama", "claude-sonnet-5-5"]
    assert [row.microusd is None for row in ledger.rows] == [True, False]


async def test_without_a_key_the_rules_are_all_there_is(ledger: MemoryLedger) -> None:
    async with opened(OfflinePlanner(), (), Money(ledger)) as planner:
        assert isinstance(await planner.plan(TRIO.request(ODD)), Question)


def test_a_key_of_another_provider_is_never_sent_to_openai() -> None:
    with pytest.raises(ValueError, match="'house' needs a base URL"):
        Access("house", "key")


def test_a_key_is_not_shown() -> None:
    assert "hunter2" not in repr(Access("openai", "hunter2"))


def test_no_sdk_is_imported_before_a_model_is_needed() -> None:
    code = (
        "import sys, bot.adapters.planners.opening as o, bot.adapters.planners.record\n"
        "assert not {'anthropic', 'openai', 'httpx2'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
