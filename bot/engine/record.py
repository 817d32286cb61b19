"""The base of everything that is kept: frozen, strict, changed by validated copy."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value; equal when its fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def but(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated (`model_copy` would not)."""
        fields = {name: self.__dict__[name] for name in type(self).model_fields}
        return type(self).model_validate({**fields, **changes})
