"""Rendering: the estimate before, progress meanwhile, the film and its cost after."""

from contextlib import aclosing
from dataclasses import replace

from bot.engine.cost import Estimate, dollars
from bot.engine.presets import PresetName
from bot.engine.timebase import timecode
from bot.handlers.progress import progress_reply
from bot.handlers.services import Services
from bot.ports import (
    Choice,
    Command,
    Head,
    Message,
    Question,
    RenderOrder,
    RenderRecord,
    Reply,
    Turn,
)

_DEFAULT_PRESET: PresetName = "source"
_EMPTY = Turn(replies=(Reply("answer", "There is nothing to render yet: drop a clip first."),))


async def ordered(command: Command, channel: str, head: Head, services: Services) -> Turn:
    """Order the film of a channel; ask first where it costs more than the limit."""
    if not head.comp.items:
        return _EMPTY
    order = _order(command, channel, head)
    done = await services.renders.finished(order)
    if done is not None:
        return Turn(replies=(replace(_film(done, "Rendered before, nothing to pay"), cost_usd=0),))
    expected = await services.renders.estimate(order)
    if expected.microusd > services.confirm_over_microusd and not command.confirmed:
        return _confirmation(order, expected)
    return Turn(replies=(_estimate(order, expected),), renders=(order,))


async def estimated(command: Command, channel: str, head: Head, services: Services) -> Turn:
    """Answer what a render would take."""
    if not head.comp.items:
        return _EMPTY
    order = _order(command, channel, head)
    return Turn(replies=(_estimate(order, await services.renders.estimate(order)),))


async def film(order: RenderOrder, message: Message, services: Services) -> None:
    """Make a film that was ordered, and post it."""
    async with aclosing(services.renders.run(order)) as events:
        async for event in events:
            if isinstance(event, RenderRecord):
                await services.chat.post(message, _film(event, "Rendered"))
            else:
                await services.chat.post(message, progress_reply(event))


def _order(command: Command, channel: str, head: Head) -> RenderOrder:
    return RenderOrder(channel, head.revision, head.comp, command.preset or _DEFAULT_PRESET)


def _confirmation(order: RenderOrder, expected: Estimate) -> Turn:
    price = dollars(expected.microusd)
    question = Question(
        f"This render will cost about {price}, which is over the limit. Render it?",
        (Choice(f"Render for {price}", f"/render {order.preset} confirmed"),),
    )
    reply = Reply("question", question.text, question.choices, cost_usd=expected.microusd / 1e6)
    return Turn(replies=(reply,), question=question)


def _estimate(order: RenderOrder, expected: Estimate) -> Reply:
    text = (
        f"Estimate for {order.preset}: about {expected.seconds:.0f} s "
        f"and {dollars(expected.microusd)}."
    )
    return Reply("estimate", text, revision=order.revision, cost_usd=expected.microusd / 1e6)


def _film(record: RenderRecord, how: str) -> Reply:
    text = (
        f"{how}: {timecode(record.seconds)} long, {record.width}×{record.height}, "
        f"{record.size_bytes / 1e6:.1f} MB. Took {record.wall_seconds:.1f} s "
        f"and {dollars(record.cost_microusd)} (estimate {dollars(record.estimate_microusd)})."
    )
    files = (record.path,) if record.path else ()
    cost = record.cost_microusd / 1e6
    return Reply("render", text, files=files, revision=record.revision, cost_usd=cost)
