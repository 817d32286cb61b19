"""What the adapters of the official SDKs share: both stand on httpx2, and fail in the same ways."""

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Protocol, runtime_checkable

import httpx2
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from bot.adapters.planners.faults import CallFailed, about_schema, fault_of, waiting
from bot.adapters.planners.model import Call, Said


@runtime_checkable
class StatusError(Protocol):
    """An error that an SDK raises for an HTTP status."""

    @property
    def status_code(self) -> int: ...
    @property
    def response(self) -> httpx2.Response: ...


class SdkModel(ABC):
    """A model behind an SDK, whose reply is held to our schema.

    Where that is refused, the model is told of the schema in another way, from then on. `errors` is
    what the SDK's own errors have in common.
    """

    title: str
    errors: ClassVar[type[Exception]]

    def __init__(self) -> None:
        self._structured = True

    async def say(self, call: Call) -> Said:
        """Ask the model once, and once more where it refuses the schema.

        Raises:
            CallFailed: There is no reply.
        """
        structured = self._structured  # another call may find out meanwhile
        try:
            return await self._said(call)
        except (self.errors, ValueError) as error:
            if not (structured and _refused_schema(error)):
                raise self._failed(error) from error
        self._structured = False
        return await self.say(call)

    @abstractmethod
    async def _said(self, call: Call) -> Said: ...

    @abstractmethod
    def _lacks_credit(self, error: StatusError) -> bool: ...

    def _failed(self, error: Exception) -> CallFailed:
        if isinstance(error, StatusError):
            if self._lacks_credit(error):
                return CallFailed(self.title, "credit")
            return CallFailed(
                self.title, fault_of(error.status_code), waiting(error.response.headers)
            )
        match error.__cause__:
            case httpx2.ConnectError():
                return CallFailed(self.title, "down")
            case httpx2.TimeoutException():
                return CallFailed(self.title, "slow", maybe_billed=True)
        return CallFailed(self.title, "down", maybe_billed=True)


class Seen(BaseModel):
    """A part of a reply that is looked at; the SDKs hand on whatever came."""

    model_config = ConfigDict(from_attributes=True)


def _or_none(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    try:
        return check(value)
    except ValidationError:
        return None


Readable = WrapValidator(_or_none)
"""What cannot be read counts as not said, and does not spoil the rest of the reply."""

Tokens = Annotated[int, Field(ge=0, le=100_000_000)]
"""How many tokens a provider says; what is less than none or beyond belief cannot be read."""


def _refused_schema(error: Exception) -> bool:
    refused = isinstance(error, StatusError) and error.status_code in (400, 422)
    return refused and about_schema(str(error))
