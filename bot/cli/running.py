"""How a command of `chatkut` runs: from settings that may be wrong to an exit status."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_CANCELLED = 130

_REASONS = {
    "int_parsing": "is no whole number",
    "float_parsing": "is no number",
    "greater_than": "is not more than {gt:g}",
    "greater_than_equal": "is less than {ge:g}",
    "less_than_equal": "is more than {le:g}",
}
"""What is wrong with a number, by pydantic's name for it."""

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def run_to_end(work: Coroutine[Any, Any, bool]) -> None:
    """Run a command to its end; it returns whether all went well."""
    from bot.engine.errors import EngineError
    from bot.ports import AdapterError

    try:
        well = asyncio.run(work)
    except (AdapterError, EngineError) as error:
        click.echo(f"chatkut: {error}", err=True)
        sys.exit(EXIT_ERROR)
    except ValidationError as error:
        click.echo(f"chatkut: {_bad_settings(error)}", err=True)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        click.echo("Cancelled; what was kept before stays kept.", err=True)
        sys.exit(EXIT_CANCELLED)
    sys.exit(0 if well else EXIT_ERROR)


def _bad_settings(error: ValidationError) -> str:
    from bot.config import misspelt

    found = (f"CHATKUT_{str(each['loc'][0]).upper()}: {_reason(each)}" for each in error.errors())
    wrong = f"A setting is wrong. {'; '.join(found)}. See .env.example."
    return " ".join((wrong, *misspelt()))


def _reason(wrong: "ErrorDetails") -> str:
    """What is wrong with a value, in words; a secret is never shown."""
    known = wrong.get("ctx", {})
    if wrong["type"] == "literal_error":
        expected = known["expected"].replace("'", "")
        return f"{wrong['input']!r} is not {expected}"
    if wrong["type"] in _REASONS:
        return f"{wrong['input']!r} {_REASONS[wrong['type']].format(**known)}"
    return str(known.get("error", wrong["msg"]))
