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
from bot.ports import Answer, BudgetSpent, Command, Edits, Outcome, Planner, Question, Request

_log = logging.getLogger("chatkut.planners")


@dataclass
class Link:
    """One model in the chain; it is made when it is first needed, which imports its SDK."""

    title: str
    make: Callable[[], ModelPlanner]
    breaker: Breaker = field(default_factory=Breaker)
    _made: "asyncio.Task[ModelPlanner] | None" = field(default=None, init=False)

    async def planner(self) -> ModelPlanner:
        """The planner, made once however many ask for it, beside the event loop."""
        if self._made is None:
            self._made = asyncio.create_task(asyncio.to_thread(self.make))
        return await asyncio.shield(self._made)

    async def close(self) -> None:
        """Close its connections, if there ever were any."""
        if self._made is not None:
            await asyncio.wait([self._made])
            if not self._made.exception():
                await self._made.result().model.close()


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

    async def plan(self, request: Request) -> Outcome:
        by_rules = await self._rules.plan(request)
        links = self._links.get(task_of(request.text), ())
        if certain(by_rules) or not links:
            return by_rules
        failures: list[str] = []
        try:
            async with asyncio.timeout(self._deadline):
                if outcome := await self._first_answer(links, request, failures):
                    return outcome
        except TimeoutError:
            failures.append("No model answered in time.")
        except BudgetSpent as spent:
            failures = [str(spent)]
        return noted(by_rules, f"{failures[0]} Only the built-in rules looked at this.")

    async def _first_answer(
        self, links: tuple[Link, ...], request: Request, failures: list[str]
    ) -> Outcome | None:
        for link in links:
            if not link.breaker.allows():
                failures.append(f"{link.title} is not working just now.")
                continue
            try:
                outcome = await (await link.planner()).plan(request)
            except CallFailed as failure:
                _log.warning("%s %s", failure, without_secrets(str(failure.__cause__ or "")))
                link.breaker.failed(failure)
                failures.append(str(failure))
            else:
                link.breaker.succeeded()
                line = f"{failures[0]} {link.title} answered." if failures else ""
                return noted(outcome, line)
        return None


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
        case Edits(assumptions=assumptions):
            return replace(outcome, assumptions=(*assumptions, line))
        case Question(text=text) | Answer(text=text):
            return replace(outcome, text=f"{text}\n{line}")
        case Command():
            return outcome
