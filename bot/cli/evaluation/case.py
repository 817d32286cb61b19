"""Cases as data: a line of JSON each, described in docs/evaluation.md."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import TypeAdapter, ValidationError, model_validator

from bot.cli.evaluation.setups import HISTORY, NOTHING, SETUPS, Setup
from bot.cli.evaluation.talks import TALKS
from bot.engine.composition import Composition
from bot.engine.errors import EngineError
from bot.engine.history import Diff, Entry
from bot.engine.operations import AnyOperation
from bot.engine.plan import Plan, focus_of
from bot.engine.receipt import receipt
from bot.engine.record import Record
from bot.ports import AdapterError, Analysis, Command, CommandName, Request

COMMAND = TypeAdapter(Command)
_SETUPS = {**SETUPS, **TALKS}
_DONE = 10
"""The number of the first revision that `done` makes."""


class CasesUnreadable(AdapterError):
    """A file of cases is missing, or a line of it is no case; the message names the line."""


class Case(Record):
    """What is said (`text`) on a composition (`setup`), and the one outcome expected.

    `focus` are the ids that "it" means; `past` are the last lines of the history: kind, summary,
    and for an undo the revision taken back. `done` are edits made before it on the composition, a
    list of operations each; the last one sets what "it" means. `analysis` is what is found in each
    clip: silences, scenes and black, in seconds. Exactly one of the rest is given:

    - `then`: an edit, as paths into the timeline that results, with their values. Nothing else may
      have changed, unless `free`.
    - `ask`, `answer`: a question or an answer whose text contains this.
    - `noop`: nothing changes, whatever is said about it.
    - `command`: the fields of a command.
    """

    setup: str
    text: str
    focus: tuple[str, ...] = ()
    past: tuple[tuple[Literal["edit", "undo"], str] | tuple[Literal["undo"], str, int], ...] = ()
    done: tuple[tuple[AnyOperation, ...], ...] = ()
    analysis: Analysis = NOTHING
    then: Mapping[str, Any] | None = None
    free: bool = False
    ask: str | None = None
    answer: str | None = None
    noop: Literal[True] | None = None
    command: Mapping[str, Any] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.setup not in _SETUPS:
            raise ValueError(f"there is no setup {self.setup!r}, only {', '.join(_SETUPS)}")
        expected = (self.then, self.ask, self.answer, self.noop, self.command)
        if sum(each is not None for each in expected) != 1:
            raise ValueError("a case needs exactly one of then, ask, answer, noop and command")
        if self.command is not None:
            _demand_command(self.command)
        follows = (self.then or {}).get("command")
        if follows is not None and follows not in get_args(CommandName):
            raise ValueError(f"there is no command {follows!r}")
        return self

    @property
    def start(self) -> Setup:
        """The composition that it is said on, and what comes with the message."""
        setup = replace(_made(self.setup), analysis=self.analysis)
        return replace(setup, comp=self._made[0]) if self.done else setup

    @cached_property
    def _made(self) -> tuple[Composition, tuple[Entry, ...]]:
        """The composition after what was done, and the history of that."""
        comp, entries = _made(self.setup).comp, []
        for number, operations in enumerate(self.done):
            plan = Plan(operations=operations)
            after = plan.apply(comp, _DONE + number)
            entry = _entry(
                len(HISTORY) + number + 1,
                receipt(comp, after),
                focus=focus_of(plan, comp, after),
            )
            entries.append(entry.but(plan=plan, diff=Diff.between(comp, after)))
            comp = after
        return comp, tuple(entries)

    def request(self, text: str | None = None) -> Request:
        """What the planner is given; `text` says something else in the same place."""
        done = self._made[1]
        focus = done[-1].focus if done and not (self.focus or self.past) else self.focus
        request = self.start.request(self.text if text is None else text, focus)
        history = (*request.history, *done)
        past = (
            _entry(seq, (line,), kind, *reverts, focus=self.focus)
            for seq, (kind, line, *reverts) in enumerate(self.past, len(history) + 1)
        )
        return replace(request, history=(*history, *past))


def _demand_command(fields: Mapping[str, Any]) -> None:
    try:
        known = COMMAND.dump_python(COMMAND.validate_python(fields), mode="json")
    except ValidationError:
        known = {}
    if not fields.items() <= known.items():
        raise ValueError(f"{fields} are not the fields of a command")


def _entry(
    seq: int,
    summary: tuple[str, ...],
    kind: Literal["edit", "undo"] = "edit",
    reverts: int | None = None,
    *,
    focus: tuple[str, ...] = (),
) -> Entry:
    return Entry(
        seq=seq,
        kind=kind,
        author="Ben",
        at="2026-11-22T11:00:00Z",
        summary=summary,
        reverts=reverts,
        focus=focus,
    )


@cache
def _made(name: str) -> Setup:
    return _SETUPS[name]()


def cases(path: Path) -> Iterator[Case]:
    """The cases of a file; blank lines are passed over.

    Raises:
        CasesUnreadable: The file cannot be read, or a line of it is no case.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise CasesUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CasesUnreadable(f"{path} cannot be read: it is no text in UTF-8.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _case(line, f"{path}:{number}")


def _case(line: str, where: str) -> Case:
    try:
        case = Case.model_validate_json(line)
        items = case.start.comp.items  # what was done before must be possible
    except EngineError as error:
        raise CasesUnreadable(f"{where}: done: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise CasesUnreadable(f"{where}: {field + ': ' if field else ''}{message}.") from error
    if unknown := [key for key in case.focus if key not in items]:
        raise CasesUnreadable(f"{where}: focus: there is no item {', '.join(unknown)}.")
    return case
