"""Status: what the function tells of a render, and why it failed, fit for a chat."""

import re
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from bot.ports import RenderBusy

_SECRET: Final = re.compile(
    r"""(https?://[^\s"'<>]+?)(?:[?\#]|%3F)[^\s"'<>]* | [?&]?X-Amz-[^\s"'<>]*""", re.I | re.X
)
_MOST_CHARACTERS: Final = 300
_THROTTLED: Final = re.compile(
    r"TooManyRequests|Rate ?Exceeded|ConcurrentInvocationLimitExceeded|concurrency limit", re.I
)
_TIMEOUT_ADVICE: Final = (
    "Let more functions work at once (CHATKUT_REMOTION_LAMBDAS), or deploy one that may run longer."
)


@dataclass(frozen=True, slots=True)
class Status:
    """How far a render is, `fraction` from 0 to 1, and what it has cost.

    `failure` is why it will not be made, "" while it may; `is_throttled` where that is because AWS
    runs no more functions at once. A film that is done lies in `bucket` under `key`.
    """

    fraction: float
    cost_microusd: int
    billed_seconds: float
    failure: str = ""
    is_throttled: bool = False
    bucket: str = ""
    key: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the film can be fetched."""
        return bool(self.bucket and self.key)


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", allow_inf_nan=False)


class _Costs(_Told):
    accrued_so_far: float = 0


class _Error(_Told):
    name: str = ""
    message: str = ""
    explanation: str | None = None
    is_fatal: bool = False
    will_retry: bool = False


class _Progress(_Told):
    overall_progress: float = 0
    done: bool = False
    fatal_error_encountered: bool = False
    errors: list[_Error] = []
    costs: _Costs | None = None
    estimated_billing_duration_in_milliseconds: float | None = None
    out_bucket: str | None = None
    out_key: str | None = None


def read(answer: dict[str, Any]) -> Status:
    """Read what the function answered.

    Errors that are not fatal, or that are tried again, are listed while the render goes on.

    Raises:
        RenderBusy: It makes no sense.
    """
    try:
        told = _Progress.model_validate(answer)
    except ValidationError as error:
        raise RenderBusy("Lambda's answer cannot be understood.") from error
    fatal = next((each for each in told.errors if each.is_fatal and not each.will_retry), None)
    failed = told.fatal_error_encountered and not told.done
    return Status(
        fraction=min(1.0, max(0.0, told.overall_progress)),
        cost_microusd=ceil(
            round(max(0.0, told.costs.accrued_so_far if told.costs else 0) * 1e6, 3)
        ),
        billed_seconds=max(0.0, told.estimated_billing_duration_in_milliseconds or 0) / 1000,
        failure=_reason(fatal) if failed else "",
        is_throttled=failed and fatal is not None and is_throttling(fatal.message),
        bucket=(told.out_bucket or "") if told.done else "",
        key=(told.out_key or "") if told.done else "",
    )


def is_throttling(text: str) -> bool:
    """Whether a text of AWS says that no more functions run at once."""
    return _THROTTLED.search(text) is not None


def said(text: str) -> str:
    """The first line of what Remotion says, without the queries of addresses, which are secret."""
    line = _SECRET.sub(r"\1", text).strip().partition("\n")[0]
    shown = "".join(c if c.isprintable() else " " for c in line).strip()
    return shown[:_MOST_CHARACTERS].rstrip(". ")


def _reason(error: _Error | None) -> str:
    if error is None:
        return "Remotion does not say why"
    if error.name == "TimeoutError":
        return f"{said(error.message)}. {_TIMEOUT_ADVICE}".rstrip(".")
    return said(error.explanation or error.message) or "Remotion does not say why"
