"""Cases as data: what is said, on which composition, and what must come of it.

A line of `cases/*.jsonl` has `on` (a setup), `say`, optionally `focus` and `past` (the last lines
of the history: kind, summary, and the revision taken back), and one expectation:

- `then`: an edit; paths into the resulting timeline with their values. Items are named by label,
  "film" is the whole. Nothing else may have changed, unless `free` is true.
- `ask`, `answer`: a question or an answer whose text contains this.
- `command`: the fields of the command.

A value is a number (to a hundredth), a text, a list, or a comparison such as "> 1".
"""

import json
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from bot.adapters.planners.offline.planner import understand
from bot.engine.composition import Composition, Item
from bot.engine.history import Diff, Entry
from bot.engine.layout import Placed, Timeline, layout
from bot.ports import Answer, Command, Edits, Outcome, Question, Request
from tests.adapters.planners.setups import SERIAL, SETUPS, Setup

FOLDER = Path(__file__).with_name("cases")
_COMPARE = {">": operator.gt, "<": operator.lt}


@dataclass(frozen=True)
class Case:
    on: str
    say: str
    focus: tuple[str, ...] = ()
    past: tuple[Sequence[Any], ...] = ()
    then: Mapping[str, Any] | None = None
    ask: str | None = None
    answer: str | None = None
    command: Mapping[str, Any] | None = None
    free: bool = False
    note: str = field(default="", compare=False)

    @property
    def setup(self) -> Setup:
        return _setup(self.on)

    def outcome(self) -> Outcome:
        return understand(self.request(self.say))

    def request(self, text: str) -> Request:
        request = self.setup.request(text, self.focus)
        past = [
            Entry(seq=seq, kind=kind, author="Ben", at="2026-11-22T11:00:00Z", summary=(line,),
                  reverts=reverts[0] if reverts else None, focus=self.focus)
            for seq, (kind, line, *reverts) in enumerate(self.past, len(request.history) + 1)
        ]  # fmt: skip
        return replace(request, history=(*request.history, *past))


@cache
def _setup(name: str) -> Setup:
    return SETUPS[name]()


def cases(name: str = "*") -> Iterator[Case]:
    for path in sorted(FOLDER.glob(f"{name}.jsonl")):
        for line in path.read_text().splitlines():
            if line.strip():
                fields = json.loads(line)
                several = {name: tuple(fields.get(name, ())) for name in ("focus", "past")}
                yield Case(**{**fields, **several})


def faults(case: Case) -> list[str]:
    """What is wrong with the outcome of a case; empty where all is well."""
    outcome = case.outcome()
    if case.then is not None:
        return _edit_faults(case, outcome)
    if case.command is not None:
        wanted = Command(**case.command)
        return [] if outcome == wanted else [f"got {outcome}"]
    kind, text = (Question, case.ask) if case.ask is not None else (Answer, case.answer)
    if not isinstance(outcome, kind) or (text or "").casefold() not in _words(outcome).casefold():
        return [f"got {shown(case, outcome)}"]
    return []


def _words(outcome: Outcome) -> str:
    """All that a question or answer shows."""
    if isinstance(outcome, Question):
        return " ".join([outcome.text, *(choice.label for choice in outcome.choices)])
    return outcome.text if isinstance(outcome, Answer) else ""


def shown(case: Case, outcome: Outcome) -> str:
    if isinstance(outcome, Edits):
        after = outcome.plan.apply(case.setup.comp, SERIAL)
        items = {label: _short(values) for label, values in view(after).items()}
        return f"{[op.model_dump(exclude_none=True) for op in outcome.plan.operations]} → {items}"
    return str(outcome)


def _short(values: Mapping[str, Any]) -> str:
    return f"{values.get('start')}–{values.get('end')}"


def _edit_faults(case: Case, outcome: Outcome) -> list[str]:
    if not isinstance(outcome, Edits):
        return [f"got {outcome}"]
    after = outcome.plan.apply(case.setup.comp, SERIAL)
    seen = view(after)
    wanted = dict(case.then or {})
    then = wanted.pop("command", None)
    found = [
        f"{path}: wanted {value!r}, got {got!r}"
        for path, value in wanted.items()
        if not _fits(value, got := _at(seen, path))
    ]
    if then != (outcome.then and outcome.then.name):
        found.append(f"command {outcome.then}")
    if not case.free:
        found += _extra(case, after)
    return found + ([f"got {shown(case, outcome)}"] if found else [])


def _extra(case: Case, after: Composition) -> list[str]:
    """Items that changed though no check names them."""
    named = {path.rpartition(".")[0] or path for path in case.then or {}} | set(case.then or {})
    diff = Diff.between(case.setup.comp, after)
    changed = [{item.label for item in pair if item} for pair in diff.items.values()]
    return [f"{labels} changed as well" for labels in changed if not labels & named]


def _at(seen: Mapping[str, Mapping[str, Any]], path: str) -> Any:
    if path in seen:
        return seen[path]
    label, _, name = path.rpartition(".")
    return seen.get(label, {}).get(name)


def _fits(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, str) and wanted[:1] in _COMPARE and isinstance(got, int | float):
        return bool(_COMPARE[wanted[0]](got, float(wanted[1:])))
    if isinstance(wanted, bool) or wanted is None or isinstance(wanted, str):
        return bool(wanted == got)
    if isinstance(wanted, int | float):
        return isinstance(got, int | float) and math.isclose(wanted, got, abs_tol=0.011)
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(_fits, wanted, got))
    return bool(wanted == got)


def view(comp: Composition) -> dict[str, dict[str, Any]]:
    """The timeline in seconds and fractions, by label."""
    timeline = layout(comp)
    seen = {placed.item.label: _fields(placed, timeline) for placed in timeline.placed}
    canvas = timeline.canvas
    seen["film"] = {
        "duration": timeline.seconds,
        "order": [placed.item.label for placed in timeline.main],
        "lengths": [canvas.fps.seconds(placed.frames) for placed in timeline.main],
        "labels": sorted(placed.item.label for placed in timeline.placed),
        "width": canvas.width,
        "height": canvas.height,
        "fps": float(canvas.fps.value),
        "background": canvas.background,
    }
    return seen


def _fields(placed: Placed, timeline: Timeline) -> dict[str, Any]:
    item, seconds = placed.item, timeline.canvas.fps.seconds
    fields: dict[str, Any] = item.model_dump(exclude={"keyframes", "effects", "transform", "style"})
    fields |= {
        "track": placed.track,
        "start": seconds(placed.start),
        "end": seconds(placed.end),
        "duration": seconds(placed.frames),
        "fade_in": seconds(item.fade_in),
        "fade_out": seconds(item.fade_out),
        "transition": None,
    }
    if "source_in" in fields:
        fields["source_in"] = seconds(fields["source_in"])
    for name, keys in item.keyframes.items():
        fields[f"{name}_keys"] = [[seconds(key.frame), key.value] for key in keys]
    return fields | _look(item, timeline)


def _look(item: Item, timeline: Timeline) -> dict[str, Any]:
    if item.type == "audio":
        return {}
    fields = item.transform.model_dump(exclude={"crop"})
    fields |= {f"crop_{side}": value for side, value in item.transform.crop.model_dump().items()}
    fields |= {effect.kind: effect.amount for effect in item.effects}
    if item.transition_in:
        fields["transition"] = item.transition_in.kind
        fields["direction"] = item.transition_in.direction
        fields["overlap"] = timeline.canvas.fps.seconds(item.transition_in.frames)
    if item.type == "text":
        fields |= item.style.model_dump()
    return fields
