"""Cases as data: a line of JSON each, described in docs/evaluation.md."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError, model_validator

from bot.cli.evaluation.setups import SETUPS, Setup
from bot.engine.history import Entry
from bot.engine.record import Record
from bot.ports import AdapterError, Request


class CasesUnreadable(AdapterError):
    """A file of cases is missing, or a line of it is no case; the message names the line."""


class Case(Record):
    """What is said (`text`) on a composition (`setup`), and the one outcome expected.

    `focus` are the ids that "it" means; `past` are the last lines of the history: kind, summary,
    and for an undo the revision taken back. Exactly one of the rest is given:

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
    then: Mapping[str, Any] | None = None
    free: bool = False
    ask: str | None = None
    answer: str | None = None
    noop: Literal[True] | None = None
    command: Mapping[str, Any] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.setup not in SETUPS:
            raise ValueError(f"there is no setup {self.setup!r}, only {', '.join(SETUPS)}")
        expected = (self.then, self.ask, self.answer, self.noop, self.command)
        if sum(each is not None for each in expected) != 1:
            raise ValueError("a case needs exactly one of then, ask, answer, noop and command")
        return self

    @property
    def start(self) -> Setup:
        """The composition that it is said on, and what comes with the message."""
        return _made(self.setup)

    def request(self, text: str | None = None) -> Request:
        """What the planner is given; `text` says something else in the same place."""
        request = self.start.request(self.text if text is None else text, self.focus)
        first = len(request.history) + 1
        past = (self._entry(seq, *line) for seq, line in enumerate(self.past, first))
        return replace(request, history=(*request.history, *past))

    def _entry(
        self, seq: int, kind: Literal["edit", "undo"], line: str, reverts: int | None = None
    ) -> Entry:
        return Entry(
            seq=seq,
            kind=kind,
            author="Ben",
            at="2026-11-22T11:00:00Z",
            summary=(line,),
            reverts=reverts,
            focus=self.focus,
        )


@cache
def _made(name: str) -> Setup:
    return SETUPS[name]()


def cases(path: Path) -> Iterator[Case]:
    """The cases of a file; blank lines are passed over.

    Raises:
        CasesUnreadable: The file cannot be read, or a line of it is no case.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise CasesUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CasesUnreadable(f"{path} cannot be read: it is no text in UTF-8.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _case(line, f"{path}:{number}")


def _case(line: str, where: str) -> Case:
    try:
        return Case.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise CasesUnreadable(f"{where}: {field + ': ' if field else ''}{first['msg']}.") from error
