"""Both SDKs against the loopback peer: every way in which a call can go."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.adapters.planners.faults import CallFailed
from bot.adapters.planners.model import Limits
from bot.engine.composition import Text, Video
from bot.ports import Answer, BudgetSpent, Edits, Question, Request, Usage
from tests.adapters.planners.llm.conftest import MemoryLedger, Side, side_of
from tests.adapters.planners.llm.peer import Peer, Reply, claude_tool, failure, plan, step
from tests.adapters.planners.setups import SERIAL, abc, film

MUTE = plan(step("update", ("byId", "V2"), muted="true"))
TRIO = abc()


async def test_a_reply_becomes_an_edit(side: Side, peer: Peer) -> None:
    peer.replies = [side.says(MUTE)]

    outcome = await side.planner.plan(TRIO.request("please silence the sea"))

    assert isinstance(outcome, Edits)
    beach = outcome.plan.apply(TRIO.comp, SERIAL).items["v2"]
    assert isinstance(beach, Video)
    assert beach.muted


async def test_what_cannot_be_used_is_sent_back_with_numbered_errors(
    side: Side, peer: Peer
) -> None:
    wrong = plan(step("trim", ("byId", "V9"), length="2"), step("trim", ("byId", "V1")))
    peer.replies = [side.says(wrong), side.says(MUTE)]

    outcome = await side.planner.plan(TRIO.request("please silence the sea"))

    assert isinstance(outcome, Edits)
    *_, reply, errors = peer.bodies[1]["messages"]
    assert reply == {"role": "assistant", "content": wrong}
    assert "operations[0]: 'V9' is no item; there are V1, V2, V3" in errors["content"]
    assert '2. "operations[1]' in errors["content"]


async def test_an_edit_that_the_engine_refuses_is_sent_back_too(side: Side, peer: Peer) -> None:
    peer.replies = [
        side.says(plan(step("trim", ("byId", "V1"), length="5000"))),
        side.says(MUTE),
    ]

    assert isinstance(await side.planner.plan(TRIO.request("longer")), Edits)
    assert "has no more footage" in peer.asked()


@pytest.mark.parametrize(
    "junk",
    ["", "Sure! I will do that.", '{"outcome": "edit"', "[" * 5000, '{"a":' * 3000, "{}", "null",
     '{"outcome": "edit", "operations": [{"action": "explode", "changes": 3}]}',
     '{"outcome": "edit", "operations": [{"action": "trim", "changes": {"length": NaN}}]}',
     '{"outcome": "answer", "reply": "\\ud800"}'],
)  # fmt: skip
async def test_junk_is_mended_twice_and_then_asked_about(side: Side, peer: Peer, junk: str) -> None:
    peer.replies = [side.says(junk)] * 3

    outcome = await side.planner.plan(TRIO.request("silence the sea"))

    assert isinstance(outcome, Question)
    assert "nothing was changed" in outcome.text
    assert len(peer.bodies) == 3


async def test_json_inside_prose_is_read(side: Side, peer: Peer) -> None:
    peer.replies = [side.says(f"Here you are:\n```json\n{MUTE}\n```\nAnything else?")]
    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)


async def test_a_refusal_is_told_and_not_repeated(side: Side, peer: Peer) -> None:
    peer.replies = [side.says("I cannot help with that.", side.refused)]

    outcome = await side.planner.plan(TRIO.request("something awful"))

    assert isinstance(outcome, Answer)
    assert "declined" in outcome.text


async def test_openai_can_refuse_in_words(peer: Peer, ledger: MemoryLedger) -> None:
    side = side_of("openai", peer, ledger)
    peer.replies = [side.says(None, refusal="I can't.")]
    assert isinstance(await side.planner.plan(TRIO.request("something awful")), Answer)
    await side.model.close()


async def test_a_reply_that_is_cut_off_gets_twice_the_room_once(side: Side, peer: Peer) -> None:
    peer.replies = [side.says(MUTE[:40], side.cut), side.says("hm"), side.says(MUTE)]

    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)

    first, second, repair = (
        body.get("max_tokens", body.get("max_completion_tokens", 0)) for body in peer.bodies
    )
    assert second == repair == 2 * first


async def test_a_reply_that_stays_cut_off_becomes_a_question(side: Side, peer: Peer) -> None:
    peer.replies = [side.says(MUTE[:40], side.cut)] * 2
    outcome = await side.planner.plan(TRIO.request("silence the sea"))
    assert isinstance(outcome, Question)
    assert "in parts" in outcome.text


async def test_a_busy_provider_is_asked_again_when_it_says(
    side: Side, peer: Peer, ledger: MemoryLedger
) -> None:
    peer.replies = [failure(429, "rate_limit_error", Retry_After="0.05"), side.says(MUTE)]

    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)
    assert len(ledger.rows) == 2
    assert ledger.settled["0"] == (None, 0)


async def test_a_provider_that_is_busy_for_long_is_not_waited_for(side: Side, peer: Peer) -> None:
    peer.replies = [failure(429, "rate_limit_error", Retry_After="3600")]
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "busy"
    assert failed.value.retry_after == 3600


@pytest.mark.parametrize("status", [500, 503, 529])
async def test_a_broken_provider_is_asked_once_more(side: Side, peer: Peer, status: int) -> None:
    peer.replies = [failure(status, "overloaded_error"), side.says(MUTE)]
    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)


@pytest.mark.parametrize(
    ("status", "fault"), [(401, "key"), (402, "credit"), (403, "key"), (400, "request"),
                          (404, "request"), (413, "request"), (422, "request")],
)  # fmt: skip
async def test_what_waiting_cannot_mend_is_not_repeated(
    side: Side, peer: Peer, ledger: MemoryLedger, status: int, fault: str
) -> None:
    peer.replies = [failure(status, "invalid_request_error")]

    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))

    assert failed.value.fault == fault
    assert ledger.settled == {"0": (None, 0)}
    assert "key" not in str(failed.value) or fault == "key"


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("anthropic", failure(400, "billing_error")),
        ("openai", failure(429, "insufficient_quota", Retry_After="1")),
    ],
)
async def test_no_money_left_is_told_from_load(
    peer: Peer, ledger: MemoryLedger, name: str, reply: Reply
) -> None:
    side = side_of(name, peer, ledger)
    peer.replies = [reply]
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "credit"
    await side.model.close()


@pytest.mark.parametrize("name", ["anthropic", "openai", "gateway"])
async def test_a_provider_that_does_not_answer_is_given_up(
    peer: Peer, ledger: MemoryLedger, name: str
) -> None:
    side = side_of(name, peer, ledger, Limits(call=0.2))
    peer.replies = [Reply(hangs=True)]
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "slow"
    assert ledger.settled == {}  # it may have worked all the same: the reservation stands
    await side.model.close()


@pytest.mark.parametrize("name", ["anthropic", "openai"])
async def test_one_deadline_stands_over_all_tries(
    peer: Peer, ledger: MemoryLedger, name: str
) -> None:
    side = side_of(name, peer, ledger, Limits(deadline=0.4, pause=0.05))
    peer.replies = [failure(500), Reply(hangs=True)]
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "slow"
    await side.model.close()


async def test_a_reply_that_never_ends_is_given_up(side: Side, peer: Peer) -> None:
    object.__setattr__(side.planner, "limits", Limits(deadline=0.3))
    peer.replies = [Reply(drips=True)]
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "slow"


async def test_a_message_that_is_too_long_is_not_sent(side: Side, peer: Peer) -> None:
    outcome = await side.planner.plan(TRIO.request("x" * 4001))
    assert isinstance(outcome, Question)
    assert "more than 4000 characters" in outcome.text
    assert peer.bodies == []


@pytest.mark.parametrize("reply", [Reply(drops=True), Reply("<html>oops</html>"), Reply({"a": 1})])
async def test_a_lost_or_senseless_reply_is_a_broken_provider(
    side: Side, peer: Peer, ledger: MemoryLedger, reply: Reply
) -> None:
    peer.replies = [reply, reply]
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "down"
    assert ledger.settled == {}


async def test_a_provider_that_is_not_there_costs_nothing(ledger: MemoryLedger) -> None:
    gone = Peer()
    await gone.start()
    side = side_of("anthropic", gone, ledger)
    await gone.stop()
    with pytest.raises(CallFailed) as failed:
        await side.planner.plan(TRIO.request("silence the sea"))
    assert failed.value.fault == "down"
    assert ledger.settled == {"0": (None, 0), "1": (None, 0)}
    await side.model.close()


async def test_without_structured_output_claude_uses_a_tool(
    peer: Peer, ledger: MemoryLedger
) -> None:
    side = side_of("anthropic", peer, ledger)
    refused = failure(400, "invalid_request_error", "The compiled grammar is too large")
    peer.replies = [refused, claude_tool(MUTE), claude_tool(MUTE)]

    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)
    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)

    assert [("tools" in body) for body in peer.bodies] == [False, True, True]
    await side.model.close()


@pytest.mark.parametrize("status", [400, 422])
async def test_calls_that_find_out_at_the_same_time_all_go_on_without_schema(
    side: Side, peer: Peer, status: int
) -> None:
    refused = failure(status, "invalid_request_error", "structured output is not supported")
    peer.replies = [replace(refused, after=2), replace(refused, after=2), *[side.says(MUTE)] * 2]
    requests = (side.planner.plan(TRIO.request("silence the sea")) for _ in range(2))
    assert all(isinstance(outcome, Edits) for outcome in await asyncio.gather(*requests))


async def test_without_structured_output_a_gateway_is_told_the_schema(
    peer: Peer, ledger: MemoryLedger
) -> None:
    side = side_of("gateway", peer, ledger)
    refused = failure(400, "invalid_request_error", "response_format is not supported")
    peer.replies = [refused, side.says(MUTE)]

    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)

    assert "response_format" not in peer.bodies[1]
    assert "additionalProperties" in peer.bodies[1]["messages"][0]["content"]
    await side.model.close()


async def test_a_gateway_is_told_no_more_than_all_understand(
    peer: Peer, ledger: MemoryLedger
) -> None:
    side = side_of("gateway", peer, ledger)
    peer.replies = [side.says(MUTE)]
    await side.planner.plan(TRIO.request("silence the sea"))
    assert peer.bodies[0].keys() == {"model", "messages", "response_format", "max_tokens"}
    await side.model.close()


async def test_refusals_and_replies_that_are_cut_off_cost_what_they_used(
    side: Side, peer: Peer, ledger: MemoryLedger
) -> None:
    peer.replies = [side.says(MUTE[:40], side.cut), side.says("No.", side.refused)]
    await side.planner.plan(TRIO.request("silence the sea"))
    assert len(ledger.rows) == len(ledger.settled) == 2
    for used, microusd in ledger.settled.values():
        assert used is not None
        assert microusd


async def test_what_a_call_used_is_settled_in_microdollars(
    peer: Peer, ledger: MemoryLedger
) -> None:
    claude = side_of("anthropic", peer, ledger)
    cached = {"cache_read_input_tokens": 4500, "cache_creation_input_tokens": 0}
    peer.replies = [claude.says(MUTE, input_tokens=1500, output_tokens=350, **cached)]
    asked = Request("silence the sea", TRIO.comp, SERIAL, person="U1", channel="slack:C1")

    await claude.planner.plan(asked)

    (row,) = ledger.rows
    assert (row.channel, row.user, row.model) == ("slack:C1", "U1", "claude-haiku-5-5")
    assert 2000 < row.tokens < 6000
    assert ledger.settled["0"] == (Usage(6000, 350, cached=4500), 370)
    assert row.microusd is not None
    assert row.microusd > 370
    await claude.model.close()


async def test_openai_counts_what_was_cached_inside_the_input(
    peer: Peer, ledger: MemoryLedger
) -> None:
    side = side_of("openai", peer, ledger)
    peer.replies = [side.says(MUTE, cached_tokens=60)]
    await side.planner.plan(TRIO.request("silence the sea"))
    assert ledger.settled["0"][0] == Usage(100, 20, cached=60)
    await side.model.close()


async def test_a_reply_without_usage_leaves_the_reservation(
    side: Side, peer: Peer, ledger: MemoryLedger
) -> None:
    reply = side.says(MUTE)
    peer.replies = [Reply({**reply.body, "usage": None})]
    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)
    assert len(ledger.rows) == 1
    assert ledger.settled == {}


@pytest.mark.parametrize("tokens", [0, -5, 10**12, "many", None])
async def test_a_usage_that_cannot_be_believed_leaves_the_reservation(
    side: Side, peer: Peer, ledger: MemoryLedger, tokens: int | str | None
) -> None:
    reply = side.says(MUTE)
    usage = dict.fromkeys(reply.body["usage"], tokens)
    peer.replies = [Reply({**reply.body, "usage": usage})]
    assert isinstance(await side.planner.plan(TRIO.request("silence the sea")), Edits)
    assert (len(ledger.rows), ledger.settled) == (1, {})


async def test_an_unknown_price_is_unknown_and_not_nothing(
    peer: Peer, ledger: MemoryLedger
) -> None:
    side = side_of("openai", peer, ledger)
    object.__setattr__(side.planner, "prices", {})
    peer.replies = [side.says(MUTE)]
    await side.planner.plan(TRIO.request("silence the sea"))
    assert ledger.rows[0].microusd is None
    assert ledger.settled["0"] == (Usage(100, 20), None)
    await side.model.close()


async def test_without_budget_nothing_is_asked(
    side: Side, peer: Peer, ledger: MemoryLedger
) -> None:
    ledger.limit = 1
    with pytest.raises(BudgetSpent):
        await side.planner.plan(TRIO.request("silence the sea"))
    assert peer.bodies == []


async def test_the_prompt_begins_with_what_never_changes(side: Side, peer: Peer) -> None:
    peer.replies = [side.says(MUTE), side.says(MUTE)]
    await side.planner.plan(TRIO.request("silence the sea"))
    await side.planner.plan(film().request("silence it"))
    first, second = (body.get("system") or body["messages"][0]["content"] for body in peer.bodies)
    assert first == second
    assert ("cache_control" in json.dumps(first)) == (side.name == "anthropic")


async def test_several_messages_are_answered_at_the_same_time(side: Side, peer: Peer) -> None:
    peer.replies = [side.says(MUTE)] * 4
    requests = (side.planner.plan(TRIO.request("silence the sea")) for _ in range(4))
    assert all(isinstance(outcome, Edits) for outcome in await asyncio.gather(*requests))


async def test_a_new_item_can_be_named_and_used(side: Side, peer: Peer) -> None:
    title = step("add", item_type="text", text="Hi", id="new1", at="0:01")
    peer.replies = [side.says(plan(title, step("update", ("byId", "new1"), color="#FF0000")))]
    outcome = await side.planner.plan(TRIO.request("greet them in red"))
    assert isinstance(outcome, Edits)
    text = outcome.plan.apply(TRIO.comp, SERIAL).items["new1"]
    assert isinstance(text, Text)
    assert text.style.color == "#ff0000"
