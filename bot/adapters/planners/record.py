"""Recording a planner's exchanges and replaying them, for tests and bug reports.

A recording is a file of JSON lines, each {"key", "request", "outcome"}. Secrets are taken out of
every text before it is written; keys are made of what is left, so that the same message is found
again. What people are called stays: "undo what Anna did" means nothing without it.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter

from bot.ports import AdapterError, Outcome, Planner, Request, Wanted

_log = logging.getLogger("chatkut.planners")

_SECRET = re.compile(
    r"""
    \b(?:d?sk|pk|rk|ds|xai|hf|npm|r8|glpat)[-_][A-Za-z0-9_-]{12,}   # providers' keys
    | \bAIza[\w-]{30,}
    | \bxox[a-z]-[A-Za-z0-9-]{8,} | \bxapp-[A-Za-z0-9-]{8,}   # Slack
    | \b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}   # Discord
    | \beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?         # JSON web tokens
    | \b(?:gh[opsu]|github_pat)_[A-Za-z0-9_]{16,} | \bAKIA[A-Z0-9]{12,}
    | (?<![\w/+])(?=[\w/+]{40}(?![\w/+=]))           # AWS
      (?=\S*[A-Z])(?=\S*[a-z])(?=\S*\d)[A-Za-z0-9/+]{40}
    | -----BEGIN[ ][A-Z ]+-----(?s:.*?)(?:-----END[ ][A-Z ]+-----|\Z)
    | (?i:\bbearer\s+\S+ | \bauthorization:\s*\S+(?:\s+\S+)?)
    | (?i:\b(?:secret|token|api[-_ ]?key)\s*[:=]\s*\S+)
    | (?i:\b(?:password|passwd|passwort|kennwort|contrase\xf1a|mot[ ]de[ ]passe|senha)
         \s*(?:[:=]|\b(?:is|ist|est|es)\b|\b\xe9\b)\s*\S+)
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                # user and password in an address
    | (?<=\?)[^\s?]*(?i:signature|sig|token|key|expires|secret)=\S+   # signed addresses
    | (?<=/[rsu]/)[\w-]{8,}(?:\.[\w-]+)+             # ours
    | (?<=hooks\.slack\.com/services/)\S+ | (?<=/api/webhooks/)\S+
    | \b[\w.+-]+@[\w-]+\.[\w.-]+                     # mail addresses
    """,
    re.VERBOSE,
)
_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
_KINDS: dict[str, TypeAdapter[Outcome | Wanted]] = {
    kind.__name__: TypeAdapter(kind) for kind in get_args(Outcome | Wanted)
}


class NotRecorded(AdapterError):
    """A replay was asked something that is not in the recording."""


class RecordingUnreadable(AdapterError):
    """A recording is missing, or a line of it is no exchange; the message names the line."""


class RecordingPlanner:
    """A planner that writes down what it was asked and what came of it, where it can."""

    def __init__(self, planner: Planner, path: Path) -> None:
        self._planner = planner
        self._path = path

    async def plan(self, request: Request) -> Outcome | Wanted:
        outcome = await self._planner.plan(request)
        try:
            self._write(_plain(request), outcome)
        except OSError as error:
            _log.warning("nothing is recorded in %s: %s", self._path, error.strerror)
        return outcome

    def _write(self, wire: Any, outcome: Outcome | Wanted) -> None:
        kind = type(outcome).__name__
        value = _scrubbed(_KINDS[kind].dump_python(outcome, mode="json"))
        line = {"key": _key(wire), "request": wire, "outcome": [kind, value]}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class ReplayPlanner:
    """A planner that answers from a recording; asked the same twice, the last one counts.

    Raises:
        RecordingUnreadable: The file is no recording.
    """

    def __init__(self, path: Path) -> None:
        self._outcomes = {_key(_plain(request)): outcome for request, outcome in recorded(path)}

    async def plan(self, request: Request) -> Outcome | Wanted:
        outcome = self._outcomes.get(_key(_plain(request)))
        if outcome is None:
            raise NotRecorded(f"This message is not in the recording: {request.text!r:.80}")
        return outcome


def recorded(path: Path) -> Iterator[tuple[Request, Outcome | Wanted]]:
    """What was asked, and what came of it: to ask another planner the same.

    Raises:
        RecordingUnreadable: The file cannot be read, or a line of it is no exchange.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingUnreadable(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        try:
            exchange = json.loads(line)
            kind, value = exchange["outcome"]
            yield _REQUEST.validate_python(exchange["request"]), _KINDS[kind].validate_python(value)
        except (ValueError, TypeError, KeyError) as error:  # a killed process leaves half a line
            raise RecordingUnreadable(f"{path}:{number} is no exchange: {error!r:.200}") from error


def without_secrets(text: str) -> str:
    """A text without keys, passwords, signed addresses and mail addresses."""
    return _SECRET.sub("[removed]", text)


def _plain(request: Request) -> Any:
    return _scrubbed(_REQUEST.dump_python(request, mode="json"))


def _scrubbed(value: Any) -> Any:
    match value:
        case str():
            return without_secrets(value)
        case dict():
            return {name: _scrubbed(part) for name, part in value.items()}
        case list() | tuple():
            return [_scrubbed(part) for part in value]
    return value


def _key(wire: Any) -> str:
    """What makes two requests the same: all but when the edits before it were made."""
    history = [{**entry, "at": ""} for entry in wire["history"]]
    text = json.dumps({**wire, "history": history}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
