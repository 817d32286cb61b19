"""Running a planner over cases, and counting."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from bot.cli.evaluation.case import Case
from bot.cli.evaluation.judge import Verdict, verdict
from bot.ports import Outcome, Planner


@dataclass(frozen=True, slots=True)
class Entrant:
    """A planner that is evaluated, and what it has cost so far in micro-dollars.

    `spent` gives None where a price is unknown.
    """

    name: str
    planner: Planner
    spent: Callable[[], int | None] = lambda: 0


@dataclass(frozen=True, slots=True)
class Result:
    """What a planner made of a case, and how long it took."""

    case: Case
    outcome: Outcome
    verdict: Verdict
    seconds: float


@dataclass(frozen=True, slots=True)
class Score:
    """The results of one planner, in fractions, seconds and micro-dollars."""

    planner: str
    results: Sequence[Result]
    microusd: int | None

    def share(self, *verdicts: Verdict) -> float:
        """Which part of the cases came out like this; 0 without cases."""
        hits = sum(result.verdict in verdicts for result in self.results)
        return hits / len(self.results) if self.results else 0.0

    def latency(self, percent: int) -> float:
        """The seconds within which this percentage of the messages was understood."""
        times = [result.seconds for result in self.results]
        return quantiles(times * 2, n=100, method="inclusive")[percent - 1] if times else 0.0

    @property
    def failures(self) -> list[Result]:
        """What was not right, wrong commits first."""
        wrong = [result for result in self.results if result.verdict != "right"]
        return sorted(wrong, key=lambda result: result.verdict, reverse=True)


async def score(entrant: Entrant, cases: Iterable[Case]) -> Score:
    """Let a planner understand every case, one after the other."""
    results = [await _result(entrant.planner, case) for case in cases]
    return Score(entrant.name, results, entrant.spent())


async def _result(planner: Planner, case: Case) -> Result:
    request = case.request()
    begun = time.perf_counter()
    outcome = await planner.plan(request)
    seconds = time.perf_counter() - begun
    return Result(case, outcome, verdict(case, outcome), seconds)
