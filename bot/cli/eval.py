"""`chatkut eval`: how often a planner is right, asks, or commits the wrong edit."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.cli.evaluation.case import Case, cases
from bot.cli.evaluation.judge import faults
from bot.cli.evaluation.score import Entrant, Result, Score, score

ENTRANTS: Mapping[str, Callable[[], Entrant]] = {
    "offline": lambda: Entrant("offline", OfflinePlanner()),
}


async def evaluate(
    files: Sequence[Path], planners: Sequence[str], as_json: bool, failures: bool
) -> bool:
    """Print one line for each file and planner; True once all was read and run.

    Raises:
        CasesUnreadable: A file is missing, or a line of it is no case.
    """
    sets = {path: list(cases(path)) for path in files}
    scores = [
        (path, await score(ENTRANTS[name](), found))
        for name in planners
        for path, found in sets.items()
    ]
    if as_json:
        click.echo(json.dumps([_as_json(path, each, failures) for path, each in scores]))
        return True
    click.echo(_HEADER)
    for path, each in scores:
        click.echo(_line(path, each))
    for _, each in scores if failures else ():
        for result in each.failures:
            click.echo("\n" + _failure(result))
    return True


_COLUMNS = ("planner", "cases", "right", "right or asked", "wrong commit", "p50", "p95", "cost")
_WIDTHS = (10, 7, 8, 16, 14, 10, 10, 12)
_HEADER = (
    "".join(f"{name:<{width}}" for name, width in zip(_COLUMNS, _WIDTHS, strict=True)) + "file"
)


def _line(path: Path, score: Score) -> str:
    cells = (
        score.planner,
        len(score.results),
        f"{score.share('right'):.3f}",
        f"{score.share('right', 'asked'):.3f}",
        f"{score.share('wrong commit'):.3f}",
        f"{score.latency(50) * 1000:.1f} ms",
        f"{score.latency(95) * 1000:.1f} ms",
        "unknown" if score.microusd is None else f"${score.microusd / 1e6:.4f}",
    )
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)) + str(
        path
    )


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
    }
    return found | ({"failures": [_failed(each) for each in score.failures]} if failures else {})


def _failed(result: Result) -> dict[str, Any]:
    return {
        "verdict": result.verdict,
        "case": result.case.model_dump(exclude_defaults=True),
        "faults": faults(result.case, result.outcome),
    }
