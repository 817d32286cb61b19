import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest

from bot.app.ears import Ears
from bot.app.platforms import Platform
from bot.ports import ChatRefused, Finding, Intake, Message


class Nowhere:
    """An intake to which nothing is brought."""

    async def accept(self, message: Message) -> None:
        raise NotImplementedError


@dataclass
class Far:
    """A listener whose platform is reached when `near` is set."""

    refusal: str = ""
    stuck: str = ""
    near: asyncio.Event = field(default_factory=asyncio.Event)
    connected: bool = False
    gave_up: bool = False
    stopped: bool = False

    async def start(self, _intake: Intake) -> None:
        try:
            await self.near.wait()
        except asyncio.CancelledError:
            self.gave_up = True
            raise
        if self.refusal:
            raise ChatRefused(self.refusal)
        self.connected = True

    async def stop(self) -> None:
        self.stopped, self.connected = True, False
        if self.stuck:
            raise OSError(self.stuck)


def near(refusal: str = "", stuck: str = "") -> Far:
    listener = Far(refusal, stuck)
    listener.near.set()
    return listener


def ears(**listeners: Far) -> Ears:
    async def unchecked() -> tuple[Finding, ...]:
        return ()

    return Ears(
        [Platform(name, nullcontext(), each, unchecked) for name, each in listeners.items()]  # type: ignore[arg-type]
    )


async def test_one_that_cannot_be_reached_holds_up_neither_the_others_nor_the_stop() -> None:
    slack, bridge, stopping = Far(), near(), asyncio.Event()
    heard = ears(slack=slack, bridge=bridge)
    heard.start(Nowhere())
    settling = asyncio.create_task(heard.settle(stopping))
    async with asyncio.timeout(60):
        while not bridge.connected:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert heard.missing == ["slack"]
        stopping.set()
        await settling
        await heard.hear(stopping)
        await heard.stop()
    assert slack.gave_up
    assert slack.stopped
    assert bridge.stopped


async def test_all_that_connect_are_settled_at_once() -> None:
    heard = ears(slack=near(), bridge=near())
    heard.start(Nowhere())
    async with asyncio.timeout(60):
        await heard.settle(asyncio.Event())
        assert heard.missing == []
        await heard.stop()


async def test_a_platform_that_refuses_us_ends_the_start() -> None:
    heard = ears(slack=near("Slack refuses the token."), bridge=near())
    heard.start(Nowhere())
    with pytest.raises(ChatRefused, match="refuses the token"):
        await heard.settle(asyncio.Event())
    await heard.stop()


async def test_a_platform_that_refuses_us_once_it_is_reached_ends_the_hearing() -> None:
    slack = Far("Slack refuses the token.")
    heard = ears(slack=slack)
    heard.start(Nowhere())
    hearing = asyncio.create_task(heard.hear(asyncio.Event()))
    slack.near.set()
    async with asyncio.timeout(60):
        with pytest.raises(ChatRefused, match="refuses the token"):
            await hearing
        await heard.stop()


async def test_one_that_fails_to_stop_keeps_no_other_from_it() -> None:
    slack, discord, bridge = near(), near(stuck="The socket does not close."), near()
    heard = ears(slack=slack, discord=discord, bridge=bridge)
    heard.start(Nowhere())
    await heard.settle(asyncio.Event())
    with pytest.raises(OSError, match="does not close"):
        await heard.stop()
    assert slack.stopped
    assert bridge.stopped
