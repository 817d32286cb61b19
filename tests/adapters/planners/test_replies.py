"""What a message means as an answer to the one before it, and what is no answer."""

from dataclasses import replace

import pytest

from bot.adapters.planners.offline.planner import understand
from bot.cli.evaluation.case import Case
from bot.ports import Edits, Question, Remark, Request

TRIM = {"action": "trim", "selector": {"type": "byId", "id": "v2"}, "length": 3}


def said(text: str, *before: str, done: bool = False) -> Request:
    steps = [[TRIM]] if done else []
    case = {"setup": "film", "text": text, "done": steps, "noop": True}
    request = Case.model_validate(case | ({"focus": ["v2"]} if done else {})).request()
    return replace(request, turns=tuple(Remark(request.author, line) for line in before))


def test_a_bare_number_goes_on_from_the_amount_said_just_before() -> None:
    assert isinstance(understand(said("2", "trim the beach to 3 seconds", done=True)), Edits)


@pytest.mark.parametrize("between", [("haha",), ("haha", "no"), ("nice one",)])
@pytest.mark.parametrize("number", ["2", "1"])
def test_a_bare_number_after_chatter_changes_nothing(number: str, between: tuple[str, ...]) -> None:
    outcome = understand(said(number, "trim the beach to 3 seconds", *between, done=True))
    assert isinstance(outcome, Question)


@pytest.mark.parametrize("words", ["remove the remove", "please remove the remove", "Play hard"])
def test_an_answer_that_looks_like_an_order_is_asked_about(words: str) -> None:
    outcome = understand(said(words, "add text"))
    assert isinstance(outcome, Question)
    (choice,) = outcome.choices
    assert isinstance(understand(said(choice.text)), Edits)


@pytest.mark.parametrize("words", ['"remove the remove"', "Emma & Tom"])
def test_an_answer_in_quotes_or_without_a_verb_is_the_text(words: str) -> None:
    outcome = understand(said(words, "add text"))
    assert isinstance(outcome, Edits)
