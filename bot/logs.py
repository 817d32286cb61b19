"""Logging: one line for each event, with what it belongs to and without secrets.

Modules write to `logging.getLogger("chatkut.…")`. `configured` says where that goes: a file that is
rotated, a stream, or both, as text or as JSON lines with UTC times. `bound` names the channel, the
message and the workflow that everything logged inside belongs to.

structlog does the formatting and takes 50 ms to import, so that waits until there is a line.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cached_property
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TextIO
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from structlog.stdlib import ProcessorFormatter
    from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Format = Literal["text", "json"]

SHORTEST_SECRET = 6
"""Given secrets of fewer characters are only removed where their surroundings betray them."""

_FILE_BYTES = 10 << 20
_OLD_FILES = 3
_HIDDEN = "***"

_TELLTALES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"""(["'](?:authorization|[\w-]*(?:password|secret|token|api[-_]?key))["']\s*[:=,]\s*b?["'])"""
        r"""[^"']+""",
        r"""((?:\bhm|signature|security-token|password|passwd|secret|token|api[-_]?key)=)[^\s"'&,;)]+""",
        r"""((?:bearer|basic)(?:\s|%20|\+)+)[^\s"',;]{8,}""",
        r"(://[^\s:/@]*:)[^\s/]+(?=@)",
        r"""(hooks\.slack\.com/\w+/)[^\s"'?&]+""",
        r"""((?:webhooks|interactions)/\d+/)[^\s"'?&/]+""",  # Discord's, good for anybody
        r"()(?:xox[a-z]|xapp)-[\w-]+",  # Slack
        r"()(?<![a-z])sk-[\w-]{16,}",  # OpenAI, Anthropic
        r"()[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}",  # Discord's bots
    )
]
"""What betrays a secret nobody told us about; what group 1 matched is kept."""

_belongs_to: ContextVar[Mapping[str, str]] = ContextVar("belongs_to", default=MappingProxyType({}))


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Everything logged inside, also by tasks and threads started there, carries these ids."""
    token = _belongs_to.set({**_belongs_to.get(), **ids})
    try:
        yield
    finally:
        _belongs_to.reset(token)


@contextmanager
def configured(
    level: Level = "INFO",
    format: Format = "text",
    secrets: Iterable[str] = (),
    *,
    file: Path | None = None,
    stream: TextIO | None = None,
) -> Iterator[None]:
    """Log to a file, to a stream, or to both.

    `level` is that of ChatKut; libraries only get to say WARNING and worse. The file appears with
    its first line. Inside another one, this one takes over until it ends.
    """
    redact = _redacting(secrets)
    handlers: list[logging.Handler] = []
    if file is not None:
        handlers.append(_File(file, _lines(format, redact)))
    if stream is not None:
        colors = format == "text" and stream.isatty()
        handlers.append(_Stream(stream, _lines(format, redact, colors=colors)))
    with _installed(handlers), _level("chatkut", level), _level("", "WARNING"):
        yield


@contextmanager
def _installed(handlers: list[logging.Handler]) -> Iterator[None]:
    root = logging.getLogger()
    others = [handler for handler in root.handlers if not isinstance(handler, _Careful)]
    before, root.handlers = root.handlers, [*others, *handlers]
    try:
        yield
    finally:
        root.handlers = before
        for handler in handlers:
            handler.close()


@contextmanager
def _level(name: str, level: Level) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


class _Careful(logging.Handler):
    """A handler that, where a line cannot be written, does not print its arguments instead."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        error, place = sys.exc_info()[0], f"{record.filename}:{record.lineno}"
        reason = error.__name__ if error else "unknown"
        with suppress(OSError, ValueError, AttributeError):  # stderr is full, closed or None
            sys.stderr.write(f"A line from {place} could not be logged ({reason}).\n")


class _File(_Careful, RotatingFileHandler):
    """A file that is opened for its first line.

    Several processes may share it: one that is behind when it is rotated goes on in the old file.
    """

    def __init__(self, path: Path, lines: logging.Formatter) -> None:
        super().__init__(
            path, maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=True
        )
        self.setFormatter(lines)


class _Stream(_Careful, logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO, lines: logging.Formatter) -> None:
        super().__init__(stream)
        self.setFormatter(lines)


class _Lines(logging.Formatter):
    """A formatter that is made when there is something to format."""

    def __init__(self, make: Callable[[], "ProcessorFormatter"]) -> None:
        super().__init__()
        self._make = make

    @cached_property
    def _made(self) -> "ProcessorFormatter":
        return self._make()

    def format(self, record: logging.LogRecord) -> str:
        return self._made.format(record)


def _lines(format: Format, redact: Callable[[str], str], *, colors: bool = False) -> _Lines:
    def make() -> "ProcessorFormatter":
        from structlog.dev import ConsoleRenderer, plain_traceback
        from structlog.processors import JSONRenderer, format_exc_info
        from structlog.stdlib import ProcessorFormatter

        text = ConsoleRenderer(
            pad_event_to=0, pad_level=False, colors=colors, exception_formatter=plain_traceback
        )
        rendering: list[Processor] = [JSONRenderer()] if format == "json" else [_on_one_line, text]
        return ProcessorFormatter(
            foreign_pre_chain=[_with_facts, format_exc_info],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                lambda _logger, _method, event: {k: redact(str(v)) for k, v in event.items()},
                *rendering,
            ],
        )

    return _Lines(make)


def _with_facts(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    record: logging.LogRecord = event["_record"]
    at = datetime.fromtimestamp(record.created, UTC)
    return {
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        **_belongs_to.get(),
        **event,
    }


def _on_one_line(_logger: "WrappedLogger", _method: str, event: "EventDict") -> "EventDict":
    """Let nothing that was said pass for a line of the log: only tracebacks have several."""
    return {
        key: _indented(v) if key == "exception" else _plain(v.strip()) for key, v in event.items()
    }


def _indented(traceback: str) -> str:
    return "\n".join(f"    {_plain(line)}" for line in traceback.split("\n"))


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def _redacting(secrets: Iterable[str]) -> Callable[[str], str]:
    """What replaces secrets in a text: the given ones, however written, and what looks like one."""
    spellings = {s for secret in secrets for s in _spellings(secret) if len(s) >= SHORTEST_SECRET}
    longest_first = sorted(spellings, key=len, reverse=True)
    given = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def redact(text: str) -> str:
        text = given.sub(_HIDDEN, text)
        for telltale in _TELLTALES:
            text = telltale.sub(rf"\1{_HIDDEN}", text)
        return text

    return redact


def _spellings(secret: str) -> Iterator[str]:
    """As it is, in URLs, in Python and in JSON, and line by line, as in an indented traceback."""
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (repr(secret)[1:-1], json.dumps(secret)[1:-1], *secret.splitlines())


__all__ = ["SHORTEST_SECRET", "Format", "Level", "bound", "configured"]
