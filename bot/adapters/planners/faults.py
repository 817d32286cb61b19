"""What can go wrong with a provider, in the few sorts that matter here."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar, Literal

from bot.ports import AdapterError

Fault = Literal["key", "credit", "busy", "down", "slow", "request"]

_WHY: Mapping[Fault, str] = {
    "key": "does not accept its key",
    "credit": "has no credit left",
    "busy": "takes no more requests for now",
    "down": "cannot be reached or is not working",
    "slow": "did not answer in time",
    "request": "refused the request",
}
_NUMBER = re.compile(r"\d+(\.\d*)?", re.ASCII)
_LONGEST_REST = 3600.0
_OF_STATUS: Mapping[int, Fault] = {401: "key", 402: "credit", 403: "key", 408: "slow", 429: "busy"}


class CallFailed(AdapterError):
    """A provider gave no reply.

    `retry_after` is how many seconds it asked to wait, 0 where it did not say. `maybe_billed` says
    that it may have done the work all the same, as where a connection was lost.
    """

    retryable: ClassVar[bool] = True

    def __init__(
        self, provider: str, fault: Fault, retry_after: float = 0, *, maybe_billed: bool = False
    ) -> None:
        super().__init__(f"{provider} {_WHY[fault]}.")
        self.fault = fault
        self.retry_after = retry_after
        self.maybe_billed = maybe_billed


def fault_of(status: int) -> Fault:
    """What an HTTP status means; 529 is Anthropic's "overloaded"."""
    return "down" if status >= 500 else _OF_STATUS.get(status, "request")


def waiting(headers: Mapping[str, str]) -> float:
    """Seconds that a reply asks to wait (RFC 9110, Retry-After), at most an hour; else 0."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text) if _NUMBER.fullmatch(text) else _until(text)
    except (ValueError, OverflowError):
        return 0.0
    return min(max(0.0, seconds), _LONGEST_REST)


def _until(text: str) -> float:
    """Seconds from now to a date."""
    return (parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()


def about_schema(message: str) -> bool:
    """Whether a refused request was refused for the form that was wanted of the reply."""
    words = ("schema", "grammar", "output_config", "response_format", "structured output")
    return any(word in message.lower() for word in words)
