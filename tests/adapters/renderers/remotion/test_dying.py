"""A process that ends at any moment of a film: it is begun once all the same, or stopped."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import pytest

from tests.adapters.renderers.remotion.conftest import Lab, until

CALLS = ("find", "ask", "start", "begun", "status", "fetch")
MOMENTS = [(call, is_done) for call in CALLS for is_done in (False, True)]


@dataclass(frozen=True)
class Ending:
    """What a process works with; it ends just before, or just after, a call."""

    work: Any
    call: str
    is_done: bool

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.work, name)
        return self._ends(method) if name == self.call else method

    def _ends(self, method: Any) -> Any:
        async def ends(*arguments: object) -> NoReturn:
            if self.is_done:
                await method(*arguments)
            raise asyncio.CancelledError

        return ends


async def ended(lab: Lab, call: str, *, is_done: bool) -> None:
    """A process that has ended with a film."""
    client: Any = Ending(lab.client, call, is_done)
    asked: Any = Ending(lab.asked, call, is_done)
    with pytest.raises(asyncio.CancelledError):
        await replace(lab, client=client, asked=asked).film()
    begun = lab.server.renders.values()
    await until(lambda: all(each.fraction for each in begun))  # it tells the name of its film


@pytest.fixture
def hasty(lab: Lab) -> Lab:
    return replace(lab, patience=replace(lab.patience, unknown=0.5, lost=0.5))


@pytest.mark.parametrize(("call", "is_done"), MOMENTS)
async def test_the_next_process_finishes_the_film_which_is_begun_once(
    hasty: Lab, call: str, is_done: bool
) -> None:
    await ended(hasty, call, is_done=is_done)
    assert await hasty.film()
    assert len(hasty.server.starts) == 1


@pytest.mark.parametrize(("call", "is_done"), MOMENTS[:-2])
async def test_a_film_that_is_cancelled_then_does_not_go_on(
    hasty: Lab, call: str, is_done: bool
) -> None:
    hasty.server.go_on.clear()
    await ended(hasty, call, is_done=is_done)
    await hasty.renderer().discard(hasty.out)
    await until(lambda: all(each.is_cancelled for each in hasty.server.renders.values()))
    assert await hasty.asked.find(hasty.out.stem) is None
