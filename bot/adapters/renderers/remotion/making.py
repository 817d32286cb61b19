"""Making: a film is begun at AWS once, and followed until it is done, by whoever comes back to it.

A film is paid for when it is begun. So it is written down before that a film is asked for, and
after that what AWS calls it. Who finds the first without the second looks into Remotion's bucket,
where every render tells the name of its film.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from bot.adapters.renderers.remotion.client import Begun, LambdaClient, Wish
from bot.adapters.renderers.remotion.faults import Crashed, Throttled, Unanswered
from bot.adapters.renderers.remotion.status import Status
from bot.ports import AdapterError, RemoteRender, RemoteRenders, RenderBusy, RenderFailed

_log = logging.getLogger("chatkut.renders")

_POLLS_IN_VAIN = 10
_CANCEL_TRIES = 5


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: how often to ask, and how long to wait.

    A render may be `unknown` for so long, and a start that was not answered is taken for `lost`
    once it was looked for so long; both from when this process began to ask, because clocks of
    machines differ. Where AWS runs no more functions, it is asked again after each
    of the pauses in `crowded`.
    """

    poll: float = 3
    unknown: float = 30
    lost: float = 120
    crowded: tuple[float, ...] = (5, 10, 20, 40, 60, 60, 60, 60, 60)


@dataclass(slots=True)
class _Tally:
    """What a film has cost, in micro-dollars: in attempts that were given up, and in this one."""

    before: int = 0
    now: int = 0

    @property
    def total(self) -> int:
        return self.before + self.now

    def given_up(self) -> None:
        self.before, self.now = self.total, 0


class Making:
    """Has films made by a service, and remembers in `asked` which.

    What their attempts have cost is known as long as the process lives.
    """

    def __init__(self, service: LambdaClient, asked: RemoteRenders, patience: Patience) -> None:
        self._service = service
        self._asked = asked
        self._patience = patience
        self._paid: defaultdict[str, _Tally] = defaultdict(_Tally)

    async def made(
        self, film: str, wish: Callable[[], Awaitable[Wish]]
    ) -> AsyncGenerator[Status, None]:
        """Have a film made, or go on with one that was begun; how far it is, until it is done.

        `wish` is asked for only where it is to be begun.

        Raises:
            RenderBusy: AWS cannot be reached for long.
            RenderFailed: The film will not be made.
        """
        paid = self._paid[film]
        for pause in (*self._patience.crowded, None):
            try:
                begun = await self._begun(film, wish)
                async with aclosing(self._followed(begun)) as statuses:
                    async for told in statuses:
                        paid.now = max(paid.now, told.cost_microusd)
                        status = replace(told, cost_microusd=paid.total)
                        _refuse(status)
                        yield status
                return
            except Throttled as error:
                paid.given_up()
                await self._asked.forget(film)
                if pause is None:
                    raise RenderFailed(
                        "AWS runs too few functions at once for this account, and was asked for "
                        "minutes: lower CHATKUT_REMOTION_LAMBDAS, or ask AWS for a higher quota.",
                        paid.total,
                    ) from error
            yield Status(0, paid.total, 0, is_throttled=True)
            await asyncio.sleep(pause)

    async def stopped(self, film: str) -> int:
        """Stop a film, and forget it; what it has cost, in micro-dollars.

        Where AWS cannot be asked, its functions go on until they are done, and what they cost then
        is not known.
        """
        kept = await self._asked.find(film)
        paid = self._paid.pop(film, _Tally())
        if kept is not None:
            try:
                paid.now = max(paid.now, await self._cancelled(kept))
            except AdapterError as error:
                _log.warning("film %s may go on at AWS: %s", film, error)
            await self._asked.forget(film)
        return paid.total

    async def _begun(self, film: str, wish: Callable[[], Awaitable[Wish]]) -> RemoteRender:
        """What was begun, before or now."""
        kept = await self._asked.find(film)
        if kept is not None and kept.ref:
            return kept
        if kept is not None and (found := await self._searched(kept, self._patience.lost)):
            return await self._known(film, found)
        what = await wish()
        asked = await self._asked.ask(film, kept)
        if asked is None:  # another process was faster
            return await self._begun(film, wish)
        return await self._start(film, what, asked)

    async def _start(self, film: str, wish: Wish, asked: RemoteRender) -> RemoteRender:
        try:
            return await self._known(film, await self._service.start(film, wish))
        except Unanswered as error:
            _log.warning("nobody knows whether film %s has begun: %s", film, error)
            if found := await self._searched(asked, self._patience.lost):
                return await self._known(film, found)
            await self._asked.forget(film)
            raise
        except (RenderBusy, RenderFailed):
            await self._asked.forget(film)
            raise

    async def _known(self, film: str, begun: Begun) -> RemoteRender:
        return await self._asked.begun(film, begun.id, begun.bucket)

    async def _searched(self, kept: RemoteRender, seconds: float) -> Begun | None:
        """Look for a render that may have begun; it tells the name of its film after seconds."""
        end = time.monotonic() + seconds
        while True:
            found = await self._service.find(kept.film, kept.since)
            if found is not None or time.monotonic() > end:
                return found
            await asyncio.sleep(self._patience.poll)

    async def _followed(self, begun: RemoteRender) -> AsyncGenerator[Status, None]:
        """Ask how far it is until it is done."""
        failures, known_by = 0, time.monotonic() + self._patience.unknown
        while True:
            try:
                status = await self._service.status(Begun(begun.ref, begun.bucket))
            except Throttled:
                pass  # a poll is a function, too, and those of the film come first
            except (Crashed, RenderBusy):
                failures += 1
                if failures == _POLLS_IN_VAIN:
                    raise
            else:
                failures = 0
                if status is not None:
                    yield status
                    if status.is_done:
                        return
                elif time.monotonic() > known_by:
                    raise RenderFailed("AWS knows nothing of this film any more: render again.")
            await asyncio.sleep(self._patience.poll)

    async def _cancelled(self, kept: RemoteRender) -> int:
        """Cancel a render that is under way; what it has cost."""
        begun: Begun | None = Begun(kept.ref, kept.bucket)
        if not kept.ref:
            begun = await self._searched(kept, self._patience.unknown)
        if begun is None:
            return 0
        status = None
        # It can be stopped all the same: that is a file in a bucket.
        with suppress(Crashed, RenderBusy):
            status = await self._service.status(begun)
        if status is None or not (status.is_done or status.failure):
            await self._cancel(begun)
        return status.cost_microusd if status else 0

    async def _cancel(self, begun: Begun) -> None:
        """Cancel a render, again where it is too early for that."""
        for _ in range(_CANCEL_TRIES - 1):
            try:
                return await self._service.cancel(begun)
            except RenderFailed:
                await asyncio.sleep(self._patience.poll)
        return await self._service.cancel(begun)


def _refuse(status: Status) -> None:
    """Look whether a render has failed.

    Raises:
        RenderFailed: It has; the message says why.
        Throttled: It has, because there was no room for its functions.
    """
    if status.is_throttled:
        raise Throttled("AWS ran no more functions at once.")
    if status.failure:
        raise RenderFailed(f"{status.failure}.", status.cost_microusd)
