"""`chatkut eval` with models, which are asked through their SDKs at the loopback peer."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from bot.adapters.planners.faults import CallFailed
from bot.cli.eval import evaluate
from tests.adapters.planners.llm.peer import Peer, Reply, claude, failure, gpt, plan, step

MUTED = plan(step("update", ("byId", "V2"), muted="true"))
CASES = (
    {"setup": "abc", "text": "hush the sea, would you kindly", "then": {"beach.muted": True}},
    {"setup": "abc", "text": "hush the second one, if you would", "ask": ""},
)


@pytest.fixture
async def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Peer]:
    """Both providers, which the settings name."""
    peer = Peer()
    await peer.start()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATKUT_ANTHROPIC_API_KEY", "key")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", peer.anthropic)
    monkeypatch.setenv("CHATKUT_OPENAI_API_KEY", "key")
    monkeypatch.setenv("CHATKUT_OPENAI_BASE_URL", peer.openai)
    say(*CASES)
    yield peer
    await peer.stop()
    assert peer.wrong == []
    assert peer.replies == []


def say(*cases: Mapping[str, Any]) -> None:
    """What is to be said."""
    Path("cases.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")


async def run(*planners: str, max_usd: float = 1) -> bool:
    return await evaluate([Path("cases.jsonl")], planners, max_usd, as_json=True, failures=True)


def found(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    scores: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return scores


async def test_planners_are_compared_in_quality_and_cost(
    peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.replies = [claude(MUTED), claude(MUTED), gpt(MUTED), gpt("no", refusal="no")]

    assert await run("anthropic", "openai", "offline")

    claudes, gpts, rules = found(capsys)
    assert [each["planner"] for each in (claudes, gpts, rules)] == [
        "anthropic",
        "openai",
        "offline",
    ]
    assert (claudes["right"], claudes["wrong_commit"], claudes["microusd"]) == (0.5, 0.5, 40)
    assert (gpts["right"], gpts["wrong_commit"], gpts["calls"]) == (0.5, 0, 2)
    assert (rules["right_or_asked"], rules["microusd"]) == (1, 0)
    assert 0 < claudes["p50_seconds"] <= claudes["p95_seconds"]


async def test_the_chain_is_evaluated_as_it_answers_in_the_chat(
    peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.replies = [failure(402), gpt(MUTED), gpt(MUTED)]
    assert await run("chain")
    (chain,) = found(capsys)
    assert (chain["right"], chain["calls"], chain["replies"]) == (0.5, 3, 2)


@pytest.mark.parametrize("planner", ["anthropic", "chain"])
async def test_what_could_cost_more_than_the_limit_is_not_asked(
    peer: Peer, capsys: pytest.CaptureFixture[str], planner: str
) -> None:
    peer.replies = [claude(MUTED, input_tokens=6000)]
    assert not await run(planner, "openai", max_usd=0.002)
    (only,) = found(capsys)
    assert (only["cases"], only["right"]) == (1, 1)


async def test_an_unknown_price_is_unknown(
    peer: Peer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_MODELS", "simple-edit=openai:house")
    peer.replies = [gpt(MUTED), gpt(MUTED)]
    assert await run("openai")
    assert found(capsys)[0]["microusd"] is None


async def test_a_call_that_fails_is_no_answer_of_the_model(
    peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.replies = [failure(404), claude(MUTED)]
    assert await run("anthropic")
    (only,) = found(capsys)
    assert (only["right"], only["right_or_asked"], only["failed"]) == (0, 0, 1)


async def test_a_provider_that_keeps_failing_ends_it(peer: Peer) -> None:
    say(*({"setup": "abc", "text": f"hush {n}", "ask": ""} for n in range(9)))
    peer.replies = [failure(401)] * 5
    with pytest.raises(CallFailed, match="does not accept its key"):
        await run("anthropic")


async def test_without_a_key_nothing_is_asked(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHATKUT_OPENAI_API_KEY")
    with pytest.raises(click.UsageError, match="set CHATKUT_OPENAI_API_KEY"):
        await run("anthropic", "openai")
    assert peer.bodies == []


async def test_a_table_tells_of_calls_without_reply(
    peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.replies = [failure(404), Reply(claude(MUTED).body)]
    await evaluate([Path("cases.jsonl")], ["anthropic"], 1, as_json=False, failures=True)
    told = capsys.readouterr().out
    assert "anthropic: 1 of 2 calls of models brought no reply." in told
    assert "anthropic: 1 cases were not answered at all." in told
    assert "FAILED  [abc] 'hush the sea, would you kindly'" in told
