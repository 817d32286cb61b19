"""`chatkut eval`: reading cases, judging outcomes, counting."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.cli.evaluation.case import Case, CasesUnreadable, cases
from bot.cli.evaluation.judge import faults, verdict
from bot.cli.evaluation.score import Entrant, score
from bot.cli.main import cli
from bot.engine.operations import Delete, Trim
from bot.engine.plan import Plan
from bot.engine.select import ById
from bot.ports import Answer, Command, Edits, Outcome, Question, Request

TRIMMED = Edits(Plan(operations=(Trim(selector=ById(id="v2"), length=2),)))
DELETED = Edits(Plan(operations=(Delete(selector=ById(id="v2")),)))
WANTED = Case(setup="abc", text="trim beach to 2s", then={"beach.duration": 2})
BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "planner"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", *arguments])


def file_of(folder: Path, *lines: str) -> str:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        (TRIMMED, "right"),
        (DELETED, "wrong commit"),
        (Question("How long?"), "asked"),
        (Answer("No."), "missed"),
        (Command("undo"), "wrong commit"),
        (Command("render"), "wrong commit"),
        (Command("history"), "missed"),
    ],
)
def test_an_outcome_has_the_verdict_that_its_danger_deserves(outcome: Outcome, wanted: str) -> None:
    assert verdict(WANTED, outcome) == wanted


async def test_an_edit_that_is_shown_first_is_as_right_as_the_edit() -> None:
    case = Case(setup="abc", text="only keep the outro", then={"intro": None, "beach": None})
    careful = CarefulPlanner(OfflinePlanner())
    shown = await careful.plan(case.request("delete the first two clips"))
    assert isinstance(shown, Question)
    assert verdict(case, shown) == "right"
    assert verdict(WANTED, shown) == "asked"


def test_an_edit_where_a_question_was_expected_is_a_wrong_commit() -> None:
    assert verdict(Case(setup="abc", text="cut it", ask=""), TRIMMED) == "wrong commit"


def test_an_edit_that_changes_more_than_was_named_is_wrong() -> None:
    both = Edits(Plan(operations=(*TRIMMED.plan.operations, Delete(selector=ById(id="v3")))))
    assert faults(WANTED, both)[0] == "{'outro'} changed as well"
    assert verdict(WANTED.but(free=True), both) == "right"


@pytest.mark.parametrize("wanted", ["> x", ">", "<3", "moon", [2], {"a": 1}, True])
def test_a_value_that_is_no_number_is_not_the_length(wanted: object) -> None:
    case = Case(setup="abc", text="x", then={"beach.duration": wanted})
    longer = Trim(selector=ById(id="v2"), length=3)
    assert faults(case, Edits(Plan(operations=(longer,))))[0].startswith("beach.duration: wanted")


def test_where_nothing_may_change_words_and_looking_are_right() -> None:
    case = Case(setup="abc", text="brb", noop=True)
    harmless: list[Outcome] = [Question("?"), Answer("."), Command("help"), Command("timeline")]
    assert {verdict(case, outcome) for outcome in harmless} == {"right"}
    assert verdict(case, Command("cancel")) == "wrong commit"


class Scripted:
    """A planner that answers in a fixed order."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = iter(outcomes)
        self.heard: list[str] = []

    async def plan(self, request: Request) -> Outcome:
        self.heard.append(request.text)
        return next(self.outcomes)


async def test_a_score_counts_verdicts() -> None:
    outcomes: list[Outcome] = [TRIMMED, DELETED, Question("How long?"), Answer("No.")]
    found = await score(Entrant("scripted", Scripted(outcomes)), [WANTED] * 4)
    assert [found.share("right"), found.share("right", "asked"), found.share("wrong commit")] == [
        0.25,
        0.5,
        0.25,
    ]
    assert found.microusd == 0
    assert [result.verdict for result in found.failures] == ["wrong commit", "missed", "asked"]
    assert 0 <= found.latency(50) <= found.latency(95)


async def test_an_edit_that_cannot_be_made_changes_nothing() -> None:
    impossible = Edits(Plan(operations=(Trim(selector=ById(id="v2"), length=200),)))
    found = await score(Entrant("scripted", Scripted([impossible])), [WANTED])
    assert [result.verdict for result in found.results] == ["missed"]
    assert isinstance(found.results[0].outcome, Answer)


async def test_no_cases_make_a_score_of_nothing() -> None:
    found = await score(Entrant("scripted", Scripted([])), [])
    assert (found.share("right"), found.latency(95)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "Invalid JSON"),
        ('{"setup": "abc", "text": "x"}', "exactly one of"),
        ('{"setup": "abc", "text": "x", "ask": "", "noop": true}', "exactly one of"),
        ('{"setup": "moon", "text": "x", "ask": ""}', "no setup 'moon'"),
        ('{"setup": "abc", "text": "x", "ask": "", "extra": 1}', "extra"),
        ('{"setup": "abc", "text": "x", "ask": 3}', "ask"),
        ('{"setup": "abc", "text": "x", "command": {"named": "undo"}}', "the fields of a command"),
        ('{"setup": "abc", "text": "x", "command": {"name": "foo"}}', "the fields of a command"),
        ('{"setup": "abc", "text": "x", "command": {"name": "undo", "count": "2"}}',
         "the fields of a command"),
        ('{"setup": "abc", "text": "x", "command": {"name": "undo", "to": 2}}',
         "the fields of a command"),
        ('{"setup": "abc", "text": "x", "then": {"command": "foo"}}', "no command 'foo'"),
        ('{"setup": "abc", "text": "x", "ask": "", "focus": ["v9"]}', "no item v9"),
        ('{"setup": "abc", "text": "x", "ask": "", "done": [[{"action": "delete", "selector": '
         '{"type": "byIndex", "index": 99}}]]}', "done: There is no item number 100"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_case_is_named_and_the_status_is_2(
    tmp_path: Path, line: str, told: str
) -> None:
    result = run(file_of(tmp_path, WANTED.model_dump_json(exclude_defaults=True), "", line))
    assert result.exit_code == 2
    assert "cases.jsonl:3: " in result.output
    assert told in result.output


def test_a_file_that_cannot_be_read_is_named_and_the_status_is_2(tmp_path: Path) -> None:
    assert run(str(tmp_path / "missing.jsonl")).exit_code == 2
    (tmp_path / "picture.jsonl").write_bytes(b"\xff\xd8\xff")
    result = run(str(tmp_path / "picture.jsonl"))
    assert (result.exit_code, "picture.jsonl cannot be read" in result.output) == (2, True)


def test_a_file_of_an_editor_that_marks_its_encoding_is_read(tmp_path: Path) -> None:
    line = WANTED.model_dump_json(exclude_defaults=True)
    assert run(file_of(tmp_path, f"\ufeff{line}")).exit_code == 0


def test_a_file_without_cases_is_an_error(tmp_path: Path) -> None:
    result = run(file_of(tmp_path, "", " "))
    assert result.exit_code == 2
    assert "There are no cases in" in result.output


@pytest.mark.parametrize(
    ("planner", "told"),
    [("dedalus", "set CHATKUT_DEDALUS_API_KEY"), ("chain", "The chain has no model: set CHATKUT_")],
)
def test_a_planner_without_a_key_is_an_error(tmp_path: Path, planner: str, told: str) -> None:
    path = file_of(tmp_path, WANTED.model_dump_json(exclude_defaults=True))
    result = run("--planner", planner, path)
    assert (result.exit_code, told in result.output) == (2, True)


def test_failures_and_json_tell_what_went_wrong(tmp_path: Path) -> None:
    path = file_of(tmp_path, '{"setup": "abc", "text": "mute the intro", "noop": true}')
    shown = run("--failures", path).output
    assert "WRONG COMMIT  [abc] 'mute the intro'" in shown
    (found,) = json.loads(run("--json", "--failures", path).output)
    assert (found["right"], found["wrong_commit"], found["microusd"]) == (0.0, 1.0, 0)
    assert found["failures"][0]["verdict"] == "wrong commit"


def test_our_own_cases_can_be_read_and_none_stands_twice() -> None:
    found = [case for path in sorted(BENCHMARKS.glob("*.jsonl")) for case in cases(path)]
    assert len(found) > 500
    said = {str((case.setup, case.text, case.focus, case.past, case.done)) for case in found}
    assert len(said) == len(found)


async def test_the_offline_planner_is_right_or_asks() -> None:
    found = [case for path in sorted(BENCHMARKS.glob("*.jsonl")) for case in cases(path)]
    offline = await score(Entrant("offline", OfflinePlanner()), found)
    assert offline.share("wrong commit") <= 0.01
    assert offline.share("right", "asked") >= 0.97
    assert offline.share("right") >= 0.80


def test_cases_are_read_one_by_one(tmp_path: Path) -> None:
    reading = cases(Path(file_of(tmp_path, WANTED.model_dump_json(exclude_defaults=True), "[]")))
    assert next(reading) == WANTED
    with pytest.raises(CasesUnreadable, match=":2: "):
        next(reading)
