"""A planner on a language model: ask, check, mend at most twice, then ask the person.

What a provider's HTTP interface looks like is behind `Model`; retries, the deadline and money are
here, once for all providers, so that they cannot multiply.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from bot.adapters.planners.captioning import Unheard
from bot.adapters.planners.context import Book
from bot.adapters.planners.deciding import film_of
from bot.adapters.planners.faults import CallFailed
from bot.adapters.planners.prices import PRICES, Price, at_most, cost, price_of, tokens
from bot.adapters.planners.prompt import LONGEST_MESSAGE, Prompt, prompt
from bot.adapters.planners.reading import Unreadable, read
from bot.adapters.planners.tab import Tab
from bot.ports import (
    Answer,
    Ledger,
    Outcome,
    Purchase,
    Question,
    Request,
    Usage,
    Wanted,
    key_of,
)

_MOST_WAITING = 50

Stop = Literal["done", "length", "refused"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said, and why it stopped."""

    text: str
    stop: Stop
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the prompt, the most tokens of the reply, seconds to wait, a name for the user."""

    prompt: Prompt
    most_tokens: int
    seconds: float
    user: str


class Model(Protocol):
    """One model of one provider. `title` is the provider's name as people know it."""

    @property
    def provider(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def name(self) -> str: ...

    async def say(self, call: Call) -> Said:
        """Ask the model once.

        Raises:
            CallFailed: There is no reply.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often: seconds for everything, for a call, and between two tries."""

    deadline: float = 60
    call: float = 45
    longest_wait: float = 15
    pause: float = 0.5
    repairs: int = 2
    most_tokens: int = 2048


@dataclass(frozen=True)
class ModelPlanner:
    """Understands messages by asking a model.

    `plan` raises CallFailed where the model cannot be asked, and BudgetSpent where it must not be;
    whatever it replies ends in an outcome.
    """

    model: Model
    ledger: Ledger
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)
    limits: Limits = Limits()
    waiting: dict[str, str] = field(default_factory=dict)
    """Replies that wait until somebody has listened to clips, so that they are paid for once."""

    async def plan(self, request: Request) -> Outcome | Wanted:
        if len(request.text) > LONGEST_MESSAGE:
            return Question(f"That is more than {LONGEST_MESSAGE} characters. Say it in parts?")
        tab = Tab(self.ledger)
        try:
            async with asyncio.timeout(self.limits.deadline):
                return await replace(self, ledger=tab)._understood(request)
        except TimeoutError:
            raise CallFailed(self.model.title, "slow", maybe_billed=tab.may_cost) from None
        except CallFailed as failed:  # replies before this one were paid for
            failed.maybe_billed = tab.may_cost
            raise

    async def _understood(self, request: Request) -> Outcome | Wanted:
        book = Book(request.comp)
        if kept := self.waiting.pop(_asked(request), None):
            with suppress(Unreadable):
                return self._read(kept, request, book)
        user = key_of(request.channel, request.person)
        call = Call(prompt(request, book), self.limits.most_tokens, self.limits.call, user)
        for _ in range(self.limits.repairs + 1):
            said = await self._patient(call, request)
            if said.stop == "length" and call.most_tokens == self.limits.most_tokens:
                call = replace(call, most_tokens=2 * call.most_tokens)  # and so for its repairs
                said = await self._patient(call, request)
            if said.stop == "refused":
                return Answer(f"{self.model.title} declined to work on that; nothing was changed.")
            if said.stop == "length":
                return Question("That is too much for one edit. Can you say it in parts?")
            try:
                return self._read(said.text, request, book)
            except Unreadable as unreadable:
                again = call.prompt.repaired(said.text, unreadable.problems)
                call = replace(call, prompt=again)
        return Question(
            "I could not turn that into an edit, so nothing was changed. "
            "Can you say it in other words, or in smaller steps?"
        )

    def _read(self, said: str, request: Request, book: Book) -> Outcome | Wanted:
        """Read a reply, or say which clips it needs the words of, and keep it until they are there.

        Raises:
            Unreadable: It cannot be used.
        """
        try:
            return read(said, request, book)
        except Unheard as unheard:
            while len(self.waiting) >= _MOST_WAITING:
                self.waiting.pop(next(iter(self.waiting)))
            self.waiting[_asked(request)] = said
            return unheard.wanted

    async def _patient(self, call: Call, request: Request) -> Said:
        """Ask, once more after a pause where that may help."""
        try:
            return await self._paid(call, request)
        except CallFailed as failed:
            wait = failed.retry_after or self.limits.pause
            if failed.fault not in ("busy", "down") or wait > self.limits.longest_wait:
                raise
        await asyncio.sleep(wait)
        return await self._paid(call, request)

    async def _paid(self, call: Call, request: Request) -> Said:
        """One attempt, reserved before and settled after; what nobody knows stays reserved."""
        row = await self.ledger.reserve(self._purchase(call, request))
        try:
            said = await self.model.say(call)
        except CallFailed as failed:
            if not failed.maybe_billed:
                await self.ledger.settle(row, None, 0)
            raise
        if said.usage is not None and said.usage.read:  # a prompt of no tokens is not believed
            price = price_of(self.model.name, self.prices)
            await self.ledger.settle(row, said.usage, cost(said.usage, price) if price else None)
        return said

    def _purchase(self, call: Call, request: Request) -> Purchase:
        size, price = call.prompt.size, price_of(self.model.name, self.prices)
        return Purchase(
            channel=request.channel,
            user=request.person,
            provider=self.model.provider,
            model=self.model.name,
            tokens=tokens(size),
            microusd=at_most(size, call.most_tokens, price) if price else None,
        )


def _asked(request: Request) -> str:
    """What makes it the same request, asked again once more is known of its clips."""
    return "\n".join((request.channel, request.person, film_of(request.comp), request.text))
