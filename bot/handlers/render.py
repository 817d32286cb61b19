"""Rendering: the estimate before, progress meanwhile, the film and its cost after."""

from dataclasses import replace

from bot.engine.cost import Estimate, dollars
from bot.engine.presets import PresetName
from bot.engine.timebase import timecode
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
    key_of,
)

_DEFAULT_PRESET: PresetName = "source"
_EMPTY = Turn(replies=(Reply("answer", "There is nothing to render yet: drop a clip first."),))


async def ordered(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Order the film of a channel; ask first where it costs more than the limit."""
    if not head.comp.items:
        return _EMPTY
    order = _order(command, message, head)
    done = await services.renders.finished(order)
    if done is not None:
        return Turn(
            replies=(replace(film_card(done, "Rendered before, nothing to pay"), cost_usd=0),)
        )
    if await _is_being_made(order, services):
        return Turn(replies=(Reply("answer", "That film is being made; it will appear here."),))
    expected = await services.renders.estimate(order)
    if expected.microusd > services.confirm_over_microusd and not command.confirmed:
        return _confirmation(order, expected)
    reply = replace(_estimate(order, expected), choices=(Choice("Cancel", "/cancel"),))
    return Turn(replies=(reply,), renders=(order,))


async def estimated(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Answer what a render would take."""
    if not head.comp.items:
        return _EMPTY
    order = _order(command, message, head)
    return Turn(replies=(_estimate(order, await services.renders.estimate(order)),))


async def cancelled(channel: str, services: Services) -> Turn:
    """Stop the films of a channel that are being made, or wait to be."""
    films = await services.renders.open(channel)
    if not films:
        return Turn(replies=(Reply("answer", "Nothing is being rendered here."),))
    which = ", ".join(f"{film.preset} of #{film.revision}" for film in films)
    reply = Reply("answer", f"Cancelled: {which}. Nothing else was changed.")
    return Turn(replies=(reply,), cancels=tuple(film.id for film in films))


async def _is_being_made(order: RenderOrder, services: Services) -> bool:
    films = await services.renders.open(order.channel)
    return (order.revision, order.preset) in {(film.revision, film.preset) for film in films}


def _order(command: Command, message: Message, head: Head) -> RenderOrder:
    preset = command.preset or _DEFAULT_PRESET
    render_id = key_of("render", message.channel, message.id)
    return RenderOrder(render_id, message.channel, head.revision, head.comp, preset)


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


def film_card(record: RenderRecord, how: str = "Rendered") -> Reply:
    """A finished film: its facts, what it took and cost, and the file."""
    text = (
        f"{how}: {timecode(record.seconds)} long, {record.width}×{record.height}, "
        f"{record.size_bytes / 1e6:.1f} MB. Took {record.wall_seconds:.1f} s "
        f"and {dollars(record.cost_microusd)} (estimate {dollars(record.estimate_microusd)})."
    )
    files = (record.path,) if record.path else ()
    cost = record.cost_microusd / 1e6
    return Reply("render", text, files=files, revision=record.revision, cost_usd=cost)
