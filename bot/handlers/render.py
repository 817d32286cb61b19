"""Rendering: the estimate before, progress meanwhile, the film and its cost after."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.engine.cost import Estimate, dollars
from bot.engine.errors import InvalidEdit
from bot.engine.presets import PresetName
from bot.engine.timebase import timecode
from bot.handlers.rights import Rules, rules_of
from bot.handlers.services import Services
from bot.ports import (
    Bound,
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
_CONFIRM_SECONDS = 15 * 60
_EMPTY = Turn(replies=(Reply("answer", "There is nothing to render yet: drop a clip first."),))


async def ordered(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Order the film of a channel; ask first where it is dear, refuse where the month is spent."""
    film = await _film(command, message.channel, head, services)
    if not film.comp.items:
        return _EMPTY
    order = _order(command, message, film)
    if (made := await _made_before(order, services)) is not None:
        return Turn(replies=(made,))
    expected = await services.renders.estimate(order)
    rules = rules_of(await services.conversations.settings(order.channel))
    spent = await month_spent(order.channel, services, expected.microusd)
    if rules.month_limit is not None and spent + expected.microusd > rules.month_limit:
        return _month_is_spent(expected, spent, rules.month_limit)
    if expected.microusd > confirm_over(rules, services) and not command.confirmed:
        until = services.now() + _CONFIRM_SECONDS
        bound = Bound(message.person, message.author, until, head.revision)
        return _confirmation(order, expected, bound)
    reply = replace(_estimate(order, expected), choices=(Choice("Cancel", "/cancel"),))
    return Turn(replies=(reply,), renders=(order,))


async def estimated(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Answer what a render would take."""
    film = await _film(command, message.channel, head, services)
    if not film.comp.items:
        return _EMPTY
    order = _order(command, message, film)
    return Turn(replies=(_estimate(order, await services.renders.estimate(order)),))


async def cancelled(channel: str, services: Services) -> Turn:
    """Stop the films of a channel that are being made, or wait to be."""
    films = await services.renders.open(channel)
    if not films:
        return Turn(replies=(Reply("answer", "Nothing is being rendered here."),))
    which = ", ".join(f"{film.preset} of #{film.revision}" for film in films)
    reply = Reply("answer", f"Cancelled: {which}. Nothing else was changed.")
    return Turn(replies=(reply,), cancels=tuple(film.id for film in films))


async def month_spent(channel: str, services: Services, unknown: int = 0) -> int:
    """Micro-dollars of this month (UTC), with what the films that are being made will cost.

    Those that wait for their turn have no estimate yet: each counts as `unknown`.
    """
    today = datetime.fromtimestamp(services.now(), UTC)
    month = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    films = await services.renders.open(channel)
    coming = sum(film.estimate_microusd or unknown for film in films)
    return coming + await services.conversations.spent(channel, month)


def confirm_over(rules: Rules, services: Services) -> int:
    """Micro-dollars above which a render asks first."""
    return services.confirm_over_microusd if rules.confirm_over is None else rules.confirm_over


async def _film(command: Command, channel: str, head: Head, services: Services) -> Head:
    """The revision that a command names, else the present one.

    Raises:
        InvalidEdit: There is no such revision.
    """
    revision = head.revision if command.revision is None else command.revision
    if revision == head.revision:
        return head
    if not 0 < revision < head.revision:
        raise InvalidEdit(f"There is no revision #{revision}.")
    return await services.conversations.at(channel, revision)


async def _made_before(order: RenderOrder, services: Services) -> Reply | None:
    """The film, if there is such already, or word that it is being made."""
    done = await services.renders.finished(order)
    if done is not None:
        return replace(film_card(done, "Rendered before, nothing to pay"), cost_usd=0)
    films = await services.renders.open(order.channel)
    if (order.revision, order.preset) in {(film.revision, film.preset) for film in films}:
        return Reply("answer", "That film is being made; it will appear here.")
    return None


def _order(command: Command, message: Message, head: Head) -> RenderOrder:
    preset = command.preset or _DEFAULT_PRESET
    render_id = key_of("render", message.channel, message.id)
    return RenderOrder(render_id, message.channel, head.revision, head.comp, preset)


def _month_is_spent(expected: Estimate, spent: int, limit: int) -> Turn:
    text = (
        f"This render would cost about {dollars(expected.microusd)}, and {dollars(spent)} of the "
        f"{dollars(limit)} that this channel may spend this month are gone. Nothing was rendered. "
        "An admin can allow more: /chatkut settings limit $20 a month"
    )
    return Turn(replies=(Reply("answer", text, cost_usd=expected.microusd / 1e6),))


def _confirmation(order: RenderOrder, expected: Estimate, bound: Bound) -> Turn:
    price = dollars(expected.microusd)
    request = f"/render {order.preset} #{order.revision} confirmed"
    question = Question(
        f"This render will cost about {price}, which is over the limit. Render it?",
        (Choice(f"Render for {price}", request, bound),),
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
