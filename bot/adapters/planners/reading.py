"""Reading a model's reply: the wire form, checked and tried out on the composition.

What is wrong with a reply is told in numbered lines, so that the model can mend it; what only the
person can decide becomes a question.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.adapters.planners.captioning import with_cues
from bot.adapters.planners.context import Book, one_line
from bot.adapters.planners.deciding import Draft, decided
from bot.adapters.planners.schema import COMMANDS, NO_COMMAND, fields_of, operations
from bot.engine.errors import EngineError
from bot.engine.operations.wire import flattened, named
from bot.engine.plan import Plan
from bot.engine.presets import PresetName
from bot.engine.record import Record
from bot.engine.select import Group
from bot.ports import (
    Answer,
    Choice,
    Command,
    CommandName,
    ExportFormat,
    Outcome,
    Question,
    Request,
)

_AT_ONCE: tuple[CommandName, ...] = (
    *("undo", "redo", "history", "timeline", "estimate", "cost", "budget", "help"),
)
"""Commands of a model that need no click: what only looks, or can be taken back."""

_MOST_OPTIONS = 4
_LONGEST_OPTION = 75
_LONGEST_REPLY = 1500
_LONGEST_NOTE = 200
_MOST_NOTES = 8
_MOST_PROBLEMS = 12
_GROUPS = tuple(name for part in get_args(Group) for name in get_args(part) or (part,))
_KEYFRAME = re.compile(r"\s*(\S+?)\s*=\s*(\S+)(?:\s+([a-z-]+))?\s*")


class Unreadable(Exception):
    """A reply that cannot be used; `problems` say why, a line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems[:_MOST_PROBLEMS]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Pick(_Wire):
    type: str
    value: str

    @field_validator("value", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) else value


class _Step(_Wire):
    """One operation as models write it; `changes` may be an object too."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    action: str
    meant: Literal["one", "all"] = "all"
    selector: tuple[_Pick, ...] = ()
    changes: Any = None

    @field_validator("selector", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value or []

    @property
    def means_one(self) -> bool:
        """Whether exactly one item is meant; who lists several by name means them all."""
        listed = any(pick.type == "byId" and "," in pick.value for pick in self.selector)
        return self.meant == "one" and not listed


class _Pair(_Wire):
    field: str
    value: str


class _Reply(_Wire):
    """A whole reply as models write it."""

    outcome: Literal["edit", "question", "answer", "command"]
    reply: str = ""
    options: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    operations: tuple[_Step, ...] = Field(default=(), max_length=200)
    command: str = NO_COMMAND
    details: tuple[_Pair, ...] = ()

    def words(self) -> str:
        """What is said, in lines."""
        text = "\n".join(map(one_line, self.reply.strip().splitlines()))
        return text if len(text) <= _LONGEST_REPLY else text[: _LONGEST_REPLY - 1] + "…"


def read(text: str, request: Request, book: Book) -> Outcome:
    """Turn a model's reply into an outcome.

    Raises:
        Unreadable: It is no such reply, or its plan cannot be carried out.
        Unheard: It captions clips that nobody has listened to yet.
    """
    reply = _parsed(text)
    match reply.outcome:
        case "edit" if reply.operations:
            return _edit(reply, request, book)
        case "edit" | "command" if reply.command != NO_COMMAND:
            return _asked_for(_command(reply))
        case "question" | "answer" if not reply.reply.strip():
            raise Unreadable(f"reply: is empty; say the {reply.outcome} in words")
        case "question":
            return _question(reply)
        case "answer":
            return Answer(reply.words())
    raise Unreadable(f"operations: are empty, and so is the command; this is no {reply.outcome}")


def _parsed(text: str) -> _Reply:
    start = text.find("{")
    if start < 0:
        raise Unreadable("the reply is no JSON object")
    try:
        wire, _ = json.JSONDecoder().raw_decode(text, start)
        json.dumps(wire, ensure_ascii=False).encode()  # refuses half characters (lone surrogates)
        return _Reply.model_validate(wire)
    except ValidationError as error:
        raise Unreadable(*_lines(error, "")) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the reply is no valid JSON: {error}") from error


def _edit(reply: _Reply, request: Request, book: Book) -> Outcome:
    reader = _Operations(reply.operations, book)
    built = [reader.operation(number, step) for number, step in enumerate(reply.operations)]
    if reader.problems:
        raise Unreadable(*reader.problems)
    command = None if reply.command == NO_COMMAND else _command(reply)
    left_out = _notes(reply.left_out)
    if command and command.name not in _AT_ONCE:
        left_out = (*left_out, f"“{command.name}”: ask for it when it looks right")
        command = None
    try:
        draft = Draft(
            plan=with_cues(Plan(operations=tuple(built)), request),
            ones=tuple(reader.ones),
            assumptions=_notes(reply.assumptions),
            left_out=left_out,
            then=command,
        )
        return decided(draft, request)
    except ValidationError as error:
        raise Unreadable(*_lines(error, "")) from error
    except EngineError as error:
        raise Unreadable(f"tried out on the film: {error}") from error


def _notes(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Remarks for the receipt, no more and no longer than people read."""
    return tuple(one_line(line)[:_LONGEST_NOTE] for line in lines[:_MOST_NOTES] if line.strip())


def _question(reply: _Reply) -> Question:
    """A question with its options; an option does what it says, so it has to be read whole."""
    options = [one_line(option) for option in reply.options[:_MOST_OPTIONS]]
    options = [option for option in options if option and not option.startswith("/")]
    long = [f"• {option}" for option in options if len(option) > _LONGEST_OPTION]
    buttons = (Choice(option, option) for option in options if len(option) <= _LONGEST_OPTION)
    return Question("\n".join([reply.words(), *long]), tuple(buttons))


def _asked_for(command: Command) -> Outcome:
    """A command; what costs money, publishes or cannot be taken back takes a click."""
    if command.name in _AT_ONCE:
        return command
    form = command.format if command.name == "export" else " ".join(command.presets)
    revision = f"#{command.revision}" if command.revision else ""
    wanted = " ".join(filter(None, (command.name, form, revision)))
    return Question(f"Shall I do this now: {wanted}?", (Choice(wanted.capitalize(), f"/{wanted}"),))


class _Details(Record):
    preset: tuple[PresetName, ...] = ()
    count: int = Field(default=1, ge=1, le=99)
    revision: int | None = Field(default=None, ge=1)
    author: str | None = None
    format: ExportFormat | None = None


def _command(reply: _Reply) -> Command:
    if reply.command not in COMMANDS:
        raise Unreadable(f"command: {reply.command!r} is none of {', '.join(COMMANDS)}")
    given: dict[str, Any] = {pair.field: pair.value for pair in reply.details if pair.value}
    if "preset" in given:
        given["preset"] = given["preset"].replace(",", " ").split()
    try:
        details = _Details.model_validate(given)
    except ValidationError as error:
        raise Unreadable(*_lines(error, "details.")) from error
    name: Any = reply.command
    first, *others = details.preset or (None,)
    return Command(name, **dict(details) | {"preset": first, "also": tuple(others)})


class _Operations:
    """The operations of one reply, read one after the other; problems are collected."""

    def __init__(self, steps: tuple[_Step, ...], book: Book) -> None:
        self._book = book
        self._made = {name for step in steps if (name := _name_of_new(step))}
        self.problems: list[str] = []
        self.ones: list[int] = []

    def operation(self, number: int, step: _Step) -> Any:
        """The operation, or None with what is wrong noted."""
        path = f"operations[{number}]"
        wire = _meant(step)
        model = operations().get(wire.pop("action"))
        if model is None:
            self.problems.append(
                f"{path}.action: {step.action!r} is none of {', '.join(operations())}"
            )
            return None
        try:
            fields = flattened(wire, fields_of(model))
            if "selector" in fields:
                raise ValueError("the selector stands beside the changes, not in them")
            if "cues" in fields:
                raise ValueError("cues: leave them out, the program knows what is said")
            values = {name: self._value(name, value) for name, value in fields.items()}
            if step.selector:
                values["selector"] = self._selector(step)
                if step.means_one:
                    self.ones.append(number)
            said = {name: value for name, value in values.items() if value not in ("", None)}
            return model.model_validate(said)
        except ValidationError as error:
            self.problems += _lines(error, f"{path}.", fields_of(model))
        except ValueError as error:
            self.problems.append(f"{path}: {error}")
        return None

    def _value(self, name: str, value: Any) -> Any:
        """A value as the engine takes it; what has no form of its own it reads by itself."""
        if not isinstance(value, str):
            return value
        if name in ("end", "keep_to") and value.strip() == "end":
            return None
        read: Callable[[str], Any] | None = {
            "clip": self._clip,
            "before": self._by_id,
            "after": self._by_id,
            "order": lambda text: [self._by_id(alias) for alias in text.split(",")],
            "ranges": lambda text: [_range(part) for part in text.split(",") if part.strip()],
            "frames": lambda text: [*_keyframes(text)],
            "crop": lambda text: dict(_edge(part) for part in text.split(",")),
        }.get(name)
        return read(value) if read and value.strip() else value.strip()

    def _clip(self, alias: str) -> str:
        return _known(alias.strip(), self._book.clips, "file")

    def _by_id(self, alias: str) -> Mapping[str, str]:
        name = alias.strip().lstrip("@")
        key = name if name in self._made else _known(name, self._book.items, "item")
        return {"type": "byId", "id": key}

    def _selector(self, step: _Step) -> Mapping[str, Any]:
        leaves = [self._leaf(pick) for pick in step.selector]
        if len(leaves) == 1:
            return leaves[0]
        return {"type": "allOf", "of": leaves}

    def _leaf(self, pick: _Pick) -> Mapping[str, Any]:
        value = pick.value.strip()
        match pick.type:
            case "byId":
                items = [self._by_id(alias) for alias in value.split(",")]
                return items[0] if len(items) == 1 else {"type": "anyOf", "of": items}
            case "byLabel":
                return {"type": "byLabel", "label": value}
            case "byType" if value in _GROUPS:
                return {"type": "byType", "item_type": value}
            case "byType":
                raise ValueError(f"byType {value!r} is none of {', '.join(_GROUPS)}")
            case "byIndex":
                return _index(value)
            case "byTime":
                start, end = _range(value)
                return {"type": "byTime", "start": start, "end": end}
        raise ValueError(f"{pick.type!r} is no way to pick items")


def _meant(step: _Step) -> dict[str, Any]:
    """A step in wire form, under the name that its action has here."""
    wire = {"action": step.action, "changes": step.changes}
    try:
        return dict(named(wire))
    except ValueError:  # said when the operation is read
        return wire


def _name_of_new(step: _Step) -> str:
    """How an added item is called in later operations."""
    try:
        return str(flattened({"changes": step.changes}, {"id"}).get("id", ""))
    except ValueError:  # said when the operation is read
        return ""


def _known(alias: str, aliases: Mapping[str, str], kind: str) -> str:
    if alias not in aliases:
        raise ValueError(f"{alias!r} is no {kind}; there are {', '.join(aliases) or 'none'}")
    return aliases[alias]


def _index(value: str) -> Mapping[str, Any]:
    match = re.fullmatch(r"(?:([a-z]+) )?(-?\d{1,5})", value)
    if match is None or (match[1] or "main") not in _GROUPS:
        raise ValueError(f"byIndex {value!r} should be like 'main 0' or 'text -1'")
    return {"type": "byIndex", "of": match[1] or "main", "index": int(match[2])}


def _range(text: str) -> tuple[str, str | None]:
    """Read two moments, as in "5-8" or "0:05-end"; a single one has no end."""
    start, dash, end = re.sub("[–—]", "-", text).strip().partition("-")
    if not start.strip() or (dash and not end.strip()):
        raise ValueError(f"{text!r} should be like '5-8' or '0:05-end', in seconds")
    return start.strip(), None if end.strip() in ("", "end") else end.strip()


def _keyframes(text: str) -> Iterator[Mapping[str, str | None]]:
    for part in text.split(","):
        match = _KEYFRAME.fullmatch(part)
        if match is None:
            raise ValueError(f"frames {part!r} should be like '0=1 linear' or 'end=1.2'")
        keyframe = {"at": None if match[1] == "end" else match[1], "value": match[2]}
        yield keyframe | ({"easing": match[3]} if match[3] else {})


def _edge(part: str) -> tuple[str, str]:
    edge, _, amount = part.partition("=")
    return edge.strip(), amount.strip()


def _lines(error: ValidationError, path: str, fields: tuple[str, ...] = ()) -> Iterator[str]:
    for each in error.errors(include_url=False, include_context=False):
        where = path + ".".join(str(part) for part in each["loc"])
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden" and fields:
            message = f"there is no such field; there are {', '.join(fields)}"
        got = (
            "" if isinstance(each["input"], dict | list | tuple) else f", not {each['input']!r:.60}"
        )
        yield f"{where.rstrip('.')}: {message}{got}"
