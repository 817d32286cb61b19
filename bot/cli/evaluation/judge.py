"""Judging an outcome: right, asked, a wrong commit, or missed."""

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from bot.adapters.planners.deciding import continued
from bot.cli.evaluation.case import COMMAND, Case
from bot.cli.evaluation.seen import at, seen
from bot.cli.evaluation.setups import SERIAL
from bot.engine.composition import Composition
from bot.engine.history import Diff
from bot.ports import Answer, Command, Edits, Outcome, Question

Verdict = Literal["right", "asked", "wrong commit", "missed", "failed"]

_COMPARE = {">": operator.gt, "<": operator.lt}
_COMPARISON = re.compile(r"([<>])\s*(-?\d+(?:\.\d+)?)")
_HARMLESS = ("history", "timeline", "estimate", "help")


def verdict(case: Case, outcome: Outcome) -> Verdict:
    """How good an outcome is.

    "asked": a question where something else was expected. "wrong commit": something would be
    changed, rendered or cancelled that nobody asked for. "missed": only words, and not the right
    ones. ("failed" is given where there is no outcome: no model answered.) An edit that is shown
    before it is made is as right as the edit itself.
    """
    if not faults(case, outcome) or not faults(case, _agreed(outcome)):
        return "right"
    match outcome:
        case Question():
            return "asked"
        case Edits():
            return "wrong commit"
        case Command(name=name):
            return "missed" if name in _HARMLESS else "wrong commit"
    return "missed"


def _agreed(outcome: Outcome) -> Outcome:
    """What is done once somebody agrees to an edit that is shown first."""
    if isinstance(outcome, Question) and outcome.choices:
        draft = continued(outcome.choices[0].text)
        if draft and draft.confirmed:
            return Edits(draft.plan, then=draft.then)
    return outcome


def faults(case: Case, outcome: Outcome) -> list[str]:
    """What is wrong with the outcome of a case; empty where all is well."""
    if case.then is not None and isinstance(outcome, Edits):
        return _edit_faults(case, case.then, outcome)
    return [] if _fitting(case, outcome) else [f"got {shown(case, outcome)}"]


def _fitting(case: Case, outcome: Outcome) -> bool:
    if case.command is not None:
        return _is_command(case.command, outcome)
    if case.noop:
        harmless = isinstance(outcome, Command) and outcome.name in _HARMLESS
        return harmless or isinstance(outcome, Question | Answer)
    if case.ask is not None:
        return isinstance(outcome, Question) and _says(outcome, case.ask)
    if case.answer is not None:
        return isinstance(outcome, Answer) and _says(outcome, case.answer)
    return False


def _is_command(fields: Mapping[str, Any], outcome: Outcome) -> bool:
    """Whether it is the command of a case; any format of an export will do if none is given."""
    if isinstance(outcome, Command) and "format" not in fields:
        outcome = replace(outcome, format=None)
    return outcome == COMMAND.validate_python(fields)


def _says(outcome: Question | Answer, words: str) -> bool:
    """Whether a question, its choices or an answer contain these words."""
    choices = outcome.choices if isinstance(outcome, Question) else ()
    told = " ".join([outcome.text, *(choice.label for choice in choices)])
    return words.casefold() in told.casefold()


def shown(case: Case, outcome: Outcome) -> str:
    """An outcome in one line, for people who look into a failure."""
    if not isinstance(outcome, Edits):
        return str(outcome)
    view = seen(outcome.plan.apply(case.start.comp, SERIAL))
    items = {label: f"{item.get('start')}–{item.get('end')}" for label, item in view.items()}
    return f"{[op.model_dump(exclude_none=True) for op in outcome.plan.operations]} → {items}"


def _edit_faults(case: Case, then: Mapping[str, Any], outcome: Edits) -> list[str]:
    after = outcome.plan.apply(case.start.comp, SERIAL)
    view = seen(after)
    found = [
        f"{path}: wanted {value!r}, got {got!r}"
        for path, value in then.items()
        if path != "command" and not _fits(value, got := at(view, path))
    ]
    if then.get("command") != (outcome.then and outcome.then.name):
        found.append(f"command {outcome.then}")
    if not case.free:
        found += _extra(case.start.comp, after, then)
    return found + ([f"got {shown(case, outcome)}"] if found else [])


def _extra(before: Composition, after: Composition, then: Mapping[str, Any]) -> list[str]:
    """Items that changed though no check names them."""
    named = {path.rpartition(".")[0] or path for path in then} | set(then)
    diff = Diff.between(before, after)
    changed = [{item.label for item in pair if item} for pair in diff.items.values()]
    return [f"{labels} changed as well" for labels in changed if not labels & named]


def _fits(wanted: Any, got: Any) -> bool:
    compared = _COMPARISON.fullmatch(wanted) if isinstance(wanted, str) else None
    if compared and isinstance(got, int | float):
        return bool(_COMPARE[compared[1]](got, float(compared[2])))
    if isinstance(wanted, bool) or wanted is None or isinstance(wanted, str):
        return bool(wanted == got)
    if isinstance(wanted, int | float):
        return isinstance(got, int | float) and math.isclose(wanted, got, abs_tol=0.011)
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(_fits, wanted, got))
    return bool(wanted == got)
