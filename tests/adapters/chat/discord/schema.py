"""Discord's published description of its API: what goes over the wire must fit it.

`openapi.json` says where it comes from.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

_DESCRIPTION: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text())
_SCHEMAS = _DESCRIPTION["components"]["schemas"]
_SCHEMAS["MessageReferenceType"] = {"enum": [0, 1]}  # it leaves out that of forwarded messages
_LENIENT = _SCHEMAS | {"SnowflakeType": {"type": ["string", "integer"]}}
"""Ids in requests may be numbers too, as discord.py has always sent them."""


def problem(operation: str, side: str, value: object) -> str:
    """What is wrong with a request or response of an operation; "" where it fits."""
    error = best_match(_validator(operation, side).iter_errors(value))
    return "" if error is None else f"{operation} {side} {error.json_path}: {error.message[:500]}"


@cache
def _validator(operation: str, side: str) -> Draft202012Validator:
    schemas = _LENIENT if side == "request" else _SCHEMAS
    described = _DESCRIPTION["operations"][operation][side]
    return Draft202012Validator({**described, "components": {"schemas": schemas}})


def operations() -> frozenset[str]:
    """The operations that are described."""
    return frozenset(_DESCRIPTION["operations"])
