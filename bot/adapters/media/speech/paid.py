"""Has words heard by a service that is paid by the second: reserved before a call, settled after.

What speaks to the service is imported when the first words are wanted: its SDK takes seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from pathlib import Path

from bot.ports import Ledger, MediaRefused, Purchase, Scope, Usage, Word

MODEL = "whisper-1"
MICROUSD_PER_SECOND = {MODEL: 100}
"""Read on 2026-11-22; what any other model costs is not known."""

_AT_ONCE = 4
_PAUSE_SECONDS = 2.0

_Call = Callable[[], Awaitable[Sequence[Word]]]


class CallFailed(Exception):
    """A call gave no words; the message says why, as the second half of a sentence.

    `again` says that it may help to ask again, `maybe_billed` that it may have cost all the same.
    """

    def __init__(self, why: str, *, again: bool = False, maybe_billed: bool = False) -> None:
        super().__init__(why)
        self.again = again
        self.maybe_billed = maybe_billed


@dataclass(frozen=True, slots=True)
class Access:
    """Which model is asked, where and with which key, and the language of what it hears."""

    key: str = field(repr=False)
    base_url: str | None = None
    model: str = MODEL
    language: str = ""


class PaidTranscriber:
    """Has sound heard by OpenAI, or by whoever speaks the same at a base URL."""

    suffix = ".ogg"
    coding: Sequence[str] = ("-c:a", "libopus", "-b:a", "32k")  # 2.4 MB a piece, of 25 allowed

    def __init__(self, access: Access, ledger: Ledger) -> None:
        self.name = f"openai {access.model} {access.language}".strip()
        self._access = access
        self._ledger = ledger
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:
        """Have a file heard, and once more where that may help; see `Transcriber.words`."""
        sound = (f"sound{self.suffix}", await asyncio.to_thread(piece.read_bytes))
        purchase = self._purchase(seconds, payer)
        async with self._places:
            hear = await asyncio.to_thread(_imported)
            try:
                return await self._patient(partial(hear, self._access, sound), purchase)
            except CallFailed as failed:
                raise MediaRefused(str(failed)) from failed

    async def _patient(self, call: _Call, purchase: Purchase) -> Sequence[Word]:
        """Ask, once more after a pause where that may help."""
        try:
            return await self._paid(call, purchase)
        except CallFailed as failed:
            if not failed.again:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
        return await self._paid(call, purchase)

    async def _paid(self, call: _Call, purchase: Purchase) -> Sequence[Word]:
        """One attempt; what nobody knows the cost of stays reserved."""
        row = await self._ledger.reserve(purchase)
        try:
            words = await call()
        except CallFailed as failed:
            if not failed.maybe_billed:
                await self._ledger.settle(row, None, 0)
            raise
        await self._ledger.settle(row, Usage(0, 0), purchase.microusd)
        return words

    def _purchase(self, seconds: float, payer: Scope) -> Purchase:
        rate = MICROUSD_PER_SECOND.get(self._access.model)
        price = None if rate is None else ceil(seconds) * rate
        model = self._access.model
        return Purchase(payer.channel, payer.person, "openai", model, tokens=0, microusd=price)


def _imported() -> Callable[[Access, tuple[str, bytes]], Awaitable[Sequence[Word]]]:
    from bot.adapters.media.speech.openai_api import heard

    return heard
