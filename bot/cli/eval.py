"""`chatkut eval`: how often a planner is right, asks, or commits the wrong edit; and its cost."""

import json
import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.cli.evaluation.case import Case, CasesUnreadable, cases
from bot.cli.evaluation.judge import faults
from bot.cli.evaluation.purse import Purse
from bot.cli.evaluation.score import Entrant, Result, Score, score
from bot.config import Settings
from bot.ports import Planner

Sets = Mapping[Path, Sequence[Case]]

_KEYS = "CHATKUT_ANTHROPIC_API_KEY, CHATKUT_OPENAI_API_KEY or CHATKUT_DEDALUS_API_KEY"


async def evaluate(
    files: Sequence[Path],
    planners: Sequence[str],
    max_usd: float,
    *,
    as_json: bool,
    failures: bool,
) -> bool:
    """Print one line for each file and planner; True once all was read and run.

    Raises:
        UsageError: A file holds no cases, a planner has no key, or the limit is no amount.
        CallFailed: A provider keeps failing.
    """
    if not math.isfinite(max_usd):
        raise click.UsageError(f"--max-usd {max_usd} is no amount of dollars.")
    sets, settings, purse = _read(files), Settings(), Purse(round(max_usd * 1e6))
    for name in planners:
        _demand_key(name, settings)
    scores = [
        (path, each)
        for name in planners
        async for path, each in _scores(name, sets, settings, purse)
    ]
    if as_json:
        click.echo(json.dumps([_as_json(path, each, failures) for path, each in scores]))
    else:
        _print(scores, failures)
    if purse.is_empty:
        click.echo(f"--max-usd {max_usd:g} is used up; the rest was not run.", err=True)
    return not purse.is_empty


def _read(files: Sequence[Path]) -> Sets:
    try:
        sets = {path: list(cases(path)) for path in files}
    except CasesUnreadable as error:
        raise click.UsageError(str(error)) from error
    for path in (path for path, found in sets.items() if not found):
        raise click.UsageError(f"There are no cases in {path}.")
    return sets


def _demand_key(name: str, settings: Settings) -> None:
    if name == "offline":
        return
    from bot.app.parts import accesses

    providers = [access.provider for access in accesses(settings)]
    if name == "chain" and not providers:
        raise click.UsageError(f"The chain has no model: set {_KEYS}.")
    if name not in ("chain", *providers):
        raise click.UsageError(f"There is no key: set CHATKUT_{name.upper()}_API_KEY.")


async def _scores(
    name: str, sets: Sets, settings: Settings, purse: Purse
) -> AsyncIterator[tuple[Path, Score]]:
    async with _opened(name, settings, purse) as planner:
        for path, found in sets.items():
            if not purse.is_empty:
                yield path, await score(Entrant(name, planner, purse), found)


@asynccontextmanager
async def _opened(name: str, settings: Settings, purse: Purse) -> AsyncIterator[Planner]:
    """A planner by its name; what models need is imported where one is asked for."""
    if name == "offline":
        yield OfflinePlanner()
        return
    from bot.app.parts import opened_models, opened_planner

    is_chain = name == "chain"
    opened = opened_planner(settings, purse) if is_chain else opened_models(settings, name, purse)
    async with opened as planner:
        yield planner


_COLUMNS = ("planner", "cases", "right", "right or asked", "wrong commit", "p50", "p95", "cost")
_WIDTHS = (10, 7, 8, 16, 14, 10, 10, 12)
_HEADER = (
    "".join(f"{name:<{width}}" for name, width in zip(_COLUMNS, _WIDTHS, strict=True)) + "file"
)


def _print(scores: Sequence[tuple[Path, Score]], failures: bool) -> None:
    click.echo(_HEADER)
    for path, each in scores:
        click.echo(_line(path, each))
    for _, each in scores:
        for line in _remarks(each):
            click.echo(line)
    for _, each in scores if failures else ():
        for result in each.failures:
            click.echo("\n" + _failure(result))


def _remarks(score: Score) -> Iterator[str]:
    if lost := len(score.calls) - score.replies:
        yield f"{score.planner}: {lost} of {len(score.calls)} calls of models brought no reply."
    if failed := score.count("failed"):
        yield f"{score.planner}: {failed} cases were not answered at all."


def _line(path: Path, score: Score) -> str:
    cells = (
        score.planner,
        len(score.results),
        f"{score.share('right'):.3f}",
        f"{score.share('right', 'asked'):.3f}",
        f"{score.share('wrong commit'):.3f}",
        f"{score.latency(50) * 1000:.1f} ms",
        f"{score.latency(95) * 1000:.1f} ms",
        _price(score.microusd),
    )
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)) + str(
        path
    )


def _price(microusd: int | None) -> str:
    """In a column; never a zero that is none."""
    if microusd is None:
        return "unknown"
    return "<$0.0001" if 0 < microusd < 100 else f"${microusd / 1e6:.4f}"


def _failure(result: Result) -> str:
    said = f"{result.verdict.upper()}  [{result.case.setup}] {result.case.text!r}"
    wanted = f"  wanted {_wanted(result.case)}"
    return "\n".join([said, wanted, *(f"  {each}" for each in faults(result.case, result.outcome))])


def _wanted(case: Case) -> str:
    kept = case.model_dump(include={"then", "ask", "answer", "noop", "command"}, exclude_none=True)
    return json.dumps(kept, ensure_ascii=False)


def _as_json(path: Path, score: Score, failures: bool) -> dict[str, Any]:
    found = {
        "file": str(path),
        "planner": score.planner,
        "cases": len(score.results),
        "right": score.share("right"),
        "right_or_asked": score.share("right", "asked"),
        "wrong_commit": score.share("wrong commit"),
        "p50_seconds": score.latency(50),
        "p95_seconds": score.latency(95),
        "microusd": score.microusd,
        "calls": len(score.calls),
        "replies": score.replies,
        "failed": score.count("failed"),
    }
    return found | ({"failures": [_failed(each) for each in score.failures]} if failures else {})


def _failed(result: Result) -> dict[str, Any]:
    return {
        "verdict": result.verdict,
        "case": result.case.model_dump(exclude_defaults=True),
        "faults": faults(result.case, result.outcome),
    }
