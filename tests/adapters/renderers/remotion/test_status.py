"""What the function tells of a render."""

from typing import Any

import pytest

from bot.adapters.renderers.remotion.status import is_throttling, read, said
from bot.ports import RenderBusy

ERROR = {
    "type": "renderer",
    "name": "Error",
    "message": "Could not play",
    "stack": "at x",
    "explanation": None,
    "isFatal": True,
    "willRetry": False,
    "attempt": 1,
}


def answer(**told: Any) -> dict[str, Any]:
    return {"type": "success", "overallProgress": 0.5, "done": False, "errors": [], **told}


def failed(**error: Any) -> dict[str, Any]:
    return answer(fatalErrorEncountered=True, errors=[ERROR | error])


def test_a_film_that_is_done_says_where_it_lies_and_what_it_cost() -> None:
    costs = {"accruedSoFar": 0.00123, "displayCost": "$0.001"}
    where = {"outBucket": "remotionlambda-x", "outKey": "renders/1-day-a/f.mp4"}
    status = read(
        answer(done=True, costs=costs, **where, estimatedBillingDurationInMilliseconds=4567)
    )
    assert status.is_done
    assert (status.bucket, status.key) == tuple(where.values())
    assert (status.cost_microusd, status.billed_seconds) == (1230, 4.567)


def test_errors_that_are_not_fatal_or_tried_again_fail_nothing() -> None:
    errors = [ERROR | {"isFatal": False}, ERROR | {"willRetry": True}]
    status = read(answer(errors=errors, fatalErrorEncountered=False))
    assert not status.failure
    assert status.fraction == 0.5


def test_why_it_failed_is_remotions_explanation_or_the_first_line_of_the_message() -> None:
    assert read(failed(explanation="The disk is full.")).failure == "The disk is full"
    assert read(failed(message="Out of memory.\n  at x.js:1")).failure == "Out of memory"
    assert read(answer(fatalErrorEncountered=True)).failure == "Remotion does not say why"


def test_a_function_that_ran_out_of_time_says_what_to_do() -> None:
    why = read(failed(name="TimeoutError", message="The main function timed out")).failure
    assert "CHATKUT_REMOTION_LAMBDAS" in why


def test_a_film_for_which_there_was_no_room_can_be_told() -> None:
    status = read(failed(message="AWS Concurrency limit reached (Original Error: Rate Exceeded.)"))
    assert status.is_throttled
    assert is_throttling("ConcurrentInvocationLimitExceeded")
    assert not read(failed()).is_throttled


def test_what_makes_an_address_secret_is_not_told() -> None:
    text = "Cannot load https://b.r2.example/clips/a.mp4?X-Amz-Signature=abc&X-Amz-Date=1 now"
    assert said(text) == "Cannot load https://b.r2.example/clips/a.mp4 now"
    assert "abc" not in read(failed(message=f'"{text}"')).failure
    for hidden in (
        "GET /clips/a.mp4?X-Amz-Signature=abc",
        "x-amz-signature=abc&X-Amz-Date=1",
        "http://localhost:3000/proxy/https%3A%2F%2Fb.r2.example%2Fa.mp4%3fX-Amz-Signature%3Dabc",
        "http://localhost:3000/proxy?src=https%3A%2F%2Fb.r2.example%2Fa.mp4%3FX-Amz-Date%3Dabc",
    ):
        assert "abc" not in said(hidden)
    assert said("Why? Nobody knows") == "Why? Nobody knows"
    assert said("two\x07 words" + "x" * 500)[:9] == "two  word"
    assert len(said("x" * 500)) <= 300


@pytest.mark.parametrize(
    "odd",
    [
        {"overallProgress": "much"},
        {"errors": [1]},
        {"costs": {"accruedSoFar": None}},
        {"outKey": 5, "done": True},
        {"overallProgress": float("nan")},
        {"costs": {"accruedSoFar": float("inf")}},
    ],
)
def test_an_answer_that_makes_no_sense_is_one_to_ask_again(odd: dict[str, Any]) -> None:
    with pytest.raises(RenderBusy):
        read(answer(**odd))


def test_a_finished_film_without_an_address_is_not_done() -> None:
    assert not read(answer(done=True)).is_done
