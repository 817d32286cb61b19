"""“… instead” after an edit of another kind: the choices do what they say."""

from typing import Any

import pytest

from bot.adapters.planners.deciding import continued
from bot.adapters.planners.offline.planner import understand
from bot.cli.evaluation.case import Case
from bot.cli.evaluation.seen import at, seen
from bot.cli.evaluation.setups import SERIAL
from bot.ports import Edits, Question

GRAY: Any = {
    "action": "effect",
    "selector": {"type": "byId", "id": "v2"},
    "kind": "grayscale",
    "amount": 1,
}
CUT: Any = {"action": "cut", "ranges": [[1, 2]]}


def asked(text: str, done: Any = GRAY) -> tuple[Case, Question]:
    case = Case.model_validate({"setup": "abc", "text": text, "done": [[done]], "ask": ""})
    outcome = understand(case.request())
    assert isinstance(outcome, Question)
    return case, outcome


def test_instead_takes_the_last_edit_back_and_does_the_new_one() -> None:
    case, question = asked("sepia instead")
    assert [choice.label for choice in question.choices] == ["Instead of it", "As well"]
    draft = continued(question.choices[0].text)
    assert draft is not None
    view = seen(draft.plan.apply(case.start.comp, SERIAL))
    assert at(view, "beach.grayscale") is None
    assert at(view, "beach.sepia") > 0


def test_as_well_keeps_the_last_edit() -> None:
    case, question = asked("sepia instead")
    outcome = understand(case.request(question.choices[1].text))
    assert isinstance(outcome, Edits)
    view = seen(outcome.plan.apply(case.start.comp, SERIAL))
    assert at(view, "beach.grayscale") == 1
    assert at(view, "beach.sepia") > 0


@pytest.mark.parametrize(
    ("text", "done"),
    [("make the beach sepia instead", CUT), ("sepia instead, and mute the intro", GRAY)],
    ids=["what cannot be taken back exactly", "one of several requests"],
)
def test_where_it_cannot_be_done_in_one_edit_undo_is_offered(text: str, done: Any) -> None:
    _, question = asked(text, done)
    assert [choice.label for choice in question.choices] == ["As well", "Undo the last edit"]
