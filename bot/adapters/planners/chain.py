"""The chain of planners: rules first, since they are free and at once; then models, then rules."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.adapters.planners.breaker import Breaker
from bot.adapters.planners.faults import CallFailed
from bot.adapters.planners.model import ModelPlanner
from bot.adapters.planners.record import without_secrets
from bot.adapters.planners.routing import Task, task_of
from bot.ports import (
    Answer,
    BudgetSpent,
    Command,
    Edits,
    Outcome,
    Planner,
    Question,
    Request,
    Wanted,
)

_log = logging.getLogger("chatkut.planners")


@dataclass
class Link:
    """One model in the chain; it is made when it is first needed, which imports its SDK."""

    provider: str
    title: str
    make: Callable[[], ModelPlanner]
    breaker: Breaker = field(default_factory=Breaker)
    _made: "asyncio.Task[ModelPlanner] | None" = field(default=None, init=False)

    async def planner(self) -> ModelPlanner:
        """The planner, made once however many ask for it."""
        return await asyncio.shield(self.begin())

    def begin(self) -> "asyncio.Task[ModelPlanner]":
        """Begin to make it, beside the event loop."""
        if self._made is None:
            self._made = asyncio.create_task(asyncio.to_thread(self.make))
        return self._made

    async def close(self) -> None:
        """Close its connections, if there ever were any."""
        if self._made is not None:
            await asyncio.wait([self._made])
            if not self._made.exception():
                await self._made.result().model.close()


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a model did not answer, and whether money may be gone all the same."""

    why: str
    maybe_billed: bool = False


class PlannerChain:
    """Rules where they understand for certain, else models in order, else what the rules said.

    Where somebody else than the first model answered, one short line says so.
    """

    def __init__(
        self, rules: Planner, links: Mapping[Task, tuple[Link, ...]], deadline: float = 90
    ) -> None:
        self._rules = rules
        self._links = links
        self._deadline = deadline

    async def plan(self, request: Request) -> Outcome | Wanted:
        by_rules = await self._rules.plan(request)
        links = self._links.get(task_of(request.text), ())
        if isinstance(by_rules, Wanted) or certain(by_rules) or not links:
            return by_rules
        failures: list[_Failure] = []
        try:
            async with asyncio.timeout(self._deadline):
                if outcome := await self._first_answer(links, request, failures):
                    return outcome
        except TimeoutError:
            failures.append(_Failure("No model answered in time.", maybe_billed=True))
        except BudgetSpent as spent:  # perhaps between two calls
            failures = [_Failure(str(spent), maybe_billed=True)]
        is_free = not any(failure.maybe_billed for failure in failures)
        cost = "; that cost nothing" if is_free else ""
        return noted(by_rules, f"{failures[0].why} Only the built-in rules looked at this{cost}.")

    async def _first_answer(
        self, links: tuple[Link, ...], request: Request, failures: list[_Failure]
    ) -> Outcome | Wanted | None:
        for link in links:
            if not link.breaker.allows():
                failures.append(_Failure(f"{link.title} is not working just now."))
                continue
            try:
                outcome = await (await link.planner()).plan(request)
            except CallFailed as failure:
                _log.warning("%s %s", failure, without_secrets(str(failure.__cause__ or "")))
                link.breaker.failed(failure)
                failures.append(_Failure(str(failure), failure.maybe_billed))
            else:
                link.breaker.succeeded()
                line = f"{failures[0].why} {link.title} answered." if failures else ""
                return outcome if isinstance(outcome, Wanted) else noted(outcome, line)
        return None


@dataclass(frozen=True)
class Routed:
    """A model for each task, and nobody else."""

    links: Mapping[Task, Link]

    async def plan(self, request: Request) -> Outcome | Wanted:
        planner = await self.links[task_of(request.text)].planner()
        return await planner.plan(request)


def certain(outcome: Outcome) -> bool:
    """Whether rules understood a message, so that no model needs to be asked."""
    match outcome:
        case Edits(left_out=left_out):
            return not left_out
        case Question(understood=understood):
            return understood
    return True


def noted(outcome: Outcome, line: str) -> Outcome:
    """An outcome with a short line about who answered, if there is something to say."""
    if not line:
        return outcome
    match outcome:
        case Edits(notes=notes) | Command(notes=notes):
            return replace(outcome, notes=(*notes, line))
        case Question(text=text) | Answer(text=text):
            return replace(outcome, text=f"{text}\n{line}")
