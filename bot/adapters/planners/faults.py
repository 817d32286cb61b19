"""What can go wrong with a provider, in the few sorts that matter here."""

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
    """Seconds that a reply asks to wait: a number or a date (RFC 9110, Retry-After); else 0."""
    text = headers.get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    now = datetime.now(UTC)
    return max(0.0, (until.astimezone(UTC) - now).total_seconds())


def about_schema(message: str) -> bool:
    """Whether a refused request was refused for the form that was wanted of the reply."""
    words = ("schema", "grammar", "output_config", "response_format", "structured output")
    return any(word in message.lower() for word in words)
