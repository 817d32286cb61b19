"""Running a planner over cases, and counting."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from bot.adapters.planners.faults import CallFailed
from bot.cli.evaluation.case import Case
from bot.cli.evaluation.judge import Verdict, verdict
from bot.cli.evaluation.purse import Purse
from bot.engine.errors import EngineError
from bot.ports import Answer, BudgetSpent, Edits, Outcome, Planner, Question, Request, Wanted

_PATIENCE = 5
"""After so many failures in a row, the provider is not working or the settings are wrong."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A planner that is evaluated, and the purse that its calls are paid from."""

    name: str
    planner: Planner
    purse: Purse = field(default_factory=Purse)


@dataclass(frozen=True, slots=True)
class Result:
    """What a planner made of a case, and how long it took."""

    case: Case
    outcome: Outcome
    verdict: Verdict
    seconds: float


@dataclass(frozen=True, slots=True)
class Score:
    """The results of one planner, in fractions, seconds and micro-dollars.

    `calls` are what its calls of models cost (None: unknown), `replies` how many were answered.
    """

    planner: str
    results: Sequence[Result]
    calls: Sequence[int | None] = ()
    replies: int = 0

    def share(self, *verdicts: Verdict) -> float:
        """Which part of the cases came out like this; 0 without cases."""
        return self.count(*verdicts) / len(self.results) if self.results else 0.0

    def count(self, *verdicts: Verdict) -> int:
        """How many cases came out like this."""
        return sum(result.verdict in verdicts for result in self.results)

    def latency(self, percent: int) -> float:
        """The seconds within which this percentage of the messages was understood."""
        times = [result.seconds for result in self.results if result.verdict != "failed"]
        return quantiles(times * 2, n=100, method="inclusive")[percent - 1] if times else 0.0

    @property
    def microusd(self) -> int | None:
        """What it cost; None where the price of a call is unknown."""
        known = [call for call in self.calls if call is not None]
        return sum(known) if len(known) == len(self.calls) else None

    @property
    def failures(self) -> list[Result]:
        """What was not right, wrong commits first."""
        wrong = [result for result in self.results if result.verdict != "right"]
        return sorted(wrong, key=lambda result: result.verdict, reverse=True)


async def score(entrant: Entrant, cases: Iterable[Case]) -> Score:
    """Let a planner understand every case, one after the other, while there is money.

    Raises:
        CallFailed: Its model failed five times in a row.
    """
    purse, results = entrant.purse, list[Result]()
    calls, replies = len(purse.calls), purse.settled
    failures = 0
    for case in cases:
        try:
            result = await _result(entrant.planner, case)
        except BudgetSpent:
            break
        except CallFailed as failed:
            failures += 1
            if failures == _PATIENCE:
                raise
            result = Result(case, Answer(str(failed)), "failed", 0)
        else:
            failures = 0
        if purse.is_empty:  # a chain of planners went on without it
            break
        results.append(result)
    return Score(entrant.name, results, purse.calls[calls:], purse.settled - replies)


async def _result(planner: Planner, case: Case) -> Result:
    request = case.request()
    begun = time.perf_counter()
    outcome = await planner.plan(request)
    seconds = time.perf_counter() - begun
    told = _told(outcome, request)
    return Result(case, told, verdict(case, told), seconds)


def _told(outcome: Outcome | Wanted, request: Request) -> Outcome:
    """What comes of it in the chat."""
    if isinstance(outcome, Wanted):  # all that there is was told
        return Question("What is in these clips?")
    if isinstance(outcome, Edits):
        try:
            outcome.plan.apply(request.comp, request.serial)
        except EngineError as error:
            return Answer(str(error))
    return outcome
