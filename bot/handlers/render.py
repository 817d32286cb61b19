"""Rendering: the estimate before, progress meanwhile, the film and its cost after."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.engine.cost import Estimate, dollars, exactly, roughly
from bot.engine.errors import InvalidEdit
from bot.engine.presets import PresetName
from bot.engine.timebase import timecode
from bot.handlers.budget import how_to_allow, warned, without_room
from bot.handlers.question import bound
from bot.handlers.rights import Rules, rules_of
from bot.handlers.services import Services
from bot.ports import (
    Bound,
    Choice,
    Command,
    Head,
    Links,
    Message,
    Question,
    RenderOrder,
    RenderRecord,
    Reply,
    Standing,
    Turn,
    key_of,
)

_DEFAULT_PRESET: PresetName = "source"
_EMPTY = Turn(replies=(Reply("answer", "There is nothing to render yet: drop a clip first."),))


async def ordered(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Order the films of a channel; ask first where they are dear, refuse where the month is spent.

    What several films cost is told, and asked for, together.
    """
    film = await meant_film(command, message.channel, head, services)
    if not film.comp.items:
        return _EMPTY
    orders = _orders(command, message, film)
    known, orders = await _without_known(orders, services)
    if not orders:
        return Turn(replies=known)
    orders, expected = await _estimated(orders, services)
    if (full := await without_room(expected.microusd, message, services)) is not None:
        return Turn(replies=(*known, _month_is_spent(expected, full)))
    rules = rules_of(await services.conversations.settings(message.channel))
    if expected.microusd > confirm_over(rules, services) and not command.confirmed:
        asked = _confirmation(orders, expected, bound(message, head, services))
        return Turn(replies=known).then(asked)
    reply = replace(_estimate(orders, expected), choices=(Choice("Cancel", "/cancel"),))
    return Turn(replies=(reply, *known), renders=orders)


async def estimated(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Answer what a render would take."""
    film = await meant_film(command, message.channel, head, services)
    if not film.comp.items:
        return _EMPTY
    orders, expected = await _estimated(_orders(command, message, film), services)
    return Turn(replies=(_estimate(orders, expected),))


async def cancelled(command: Command, channel: str, services: Services) -> Turn:
    """Stop the films of a channel that are being made, or wait to be; all, or those named."""
    there = await services.renders.open(channel)
    films = [film for film in there if film.preset in (command.presets or (film.preset,))]
    if not films:
        return Turn(replies=(Reply("answer", _nothing_to_cancel(command, there)),))
    price = "That costs nothing"
    if any(film.at_least for film in films):
        price = "What was done until now is paid for"
    words = f"Cancelled: {_which(films)}. {price}, and nothing else was changed."
    reply = Reply("answer", words)
    return Turn(replies=(reply,), cancels=tuple(film.id for film in films))


def _nothing_to_cancel(command: Command, others: Sequence[RenderRecord]) -> str:
    if not others:
        return "Nothing is being rendered here."
    return f"No {' or '.join(command.presets)} is being rendered here, only {_which(others)}."


def _which(films: Iterable[RenderRecord]) -> str:
    return ", ".join(f"{film.preset} of #{film.revision}" for film in films)


def confirm_over(rules: Rules, services: Services) -> int:
    """Micro-dollars above which a render asks first."""
    return services.confirm_over_microusd if rules.confirm_over is None else rules.confirm_over


async def meant_film(command: Command, channel: str, head: Head, services: Services) -> Head:
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


async def _without_known(
    orders: Sequence[RenderOrder], services: Services
) -> tuple[tuple[Reply, ...], tuple[RenderOrder, ...]]:
    """The films that there are already, or word that they are being made; and the others."""
    known = [(order, await _made_before(order, services)) for order in orders]
    said = dict.fromkeys(reply for _, reply in known if reply is not None)
    return tuple(said), tuple(order for order, reply in known if reply is None)


async def _made_before(order: RenderOrder, services: Services) -> Reply | None:
    done = await services.renders.finished(order)
    if done is not None:
        card = film_card(done, services.links, "Rendered before, nothing to pay")
        return replace(card, cost_usd=0)
    films = await services.renders.open(order.channel)
    if (order.revision, order.preset) in {(film.revision, film.preset) for film in films}:
        text = f"That film{_shape(order.preset)} is being made; it will appear here."
        return Reply("answer", text)
    return None


def _orders(command: Command, message: Message, head: Head) -> tuple[RenderOrder, ...]:
    """A film for each preset; the ids are made from the message."""
    first, *others = command.presets or (_DEFAULT_PRESET,)
    ids = {first: key_of("render", message.channel, message.id)}
    ids |= {preset: key_of("render", message.channel, message.id, preset) for preset in others}
    return tuple(
        RenderOrder(key, message.channel, head.revision, head.comp, preset, message.person)
        for preset, key in ids.items()
    )


async def _estimated(
    orders: Sequence[RenderOrder], services: Services
) -> tuple[tuple[RenderOrder, ...], Estimate]:
    """The orders with what each will cost, and what they will take together."""
    each = [await services.renders.estimate(order) for order in orders]
    total = Estimate(
        sum(estimate.seconds for estimate in each),
        sum(estimate.microusd for estimate in each),
        any(estimate.at_least for estimate in each),
    )
    priced = (
        replace(order, estimate_microusd=estimate.microusd)
        for order, estimate in zip(orders, each, strict=True)
    )
    return tuple(priced), total


def _month_is_spent(expected: Estimate, full: Standing) -> Reply:
    spent, budget = exactly(full.spent), full.budget
    why = f"the {budget} has no room for it"  # what others spend elsewhere is not told here
    if budget.scope.channel:
        limit = exactly(budget.microusd)
        why = f"{spent} of the {limit} that {budget.scope} may spend this month are gone"
    text = (
        f"This render would cost {roughly(expected.microusd)}, and {why}. "
        f"Nothing was rendered. {how_to_allow(budget.scope)}"
    )
    return Reply("answer", text, cost_usd=expected.microusd / 1e6)


def _confirmation(orders: Sequence[RenderOrder], expected: Estimate, held: Bound) -> Turn:
    price = dollars(expected.microusd)
    presets = " ".join(order.preset for order in orders)
    request = f"/render {presets} #{orders[0].revision} confirmed"
    what, them = "This render", "it"
    if len(orders) > 1:
        what, them = f"These {len(orders)} films ({_listed(orders)})", "them"
    question = Question(
        f"{what} will cost {roughly(expected.microusd)}, which is over the limit. Render {them}?",
        (Choice(f"Render for {price}", request, held),),
    )
    reply = Reply("question", question.text, question.choices, cost_usd=expected.microusd / 1e6)
    return Turn(replies=(reply,), question=question)


def _listed(orders: Sequence[RenderOrder]) -> str:
    return ", ".join(order.preset for order in orders)


def _estimate(orders: Sequence[RenderOrder], expected: Estimate) -> Reply:
    seconds = round(expected.seconds)
    took = f"about {seconds} s" if seconds else "less than a second"
    cost = _amount(expected.microusd, expected.at_least)
    text = f"Estimate for {orders[0].preset}: {took} and {cost}."
    if len(orders) > 1:
        text = f"Estimate for {len(orders)} films ({_listed(orders)}): {took} and {cost} together."
    revision = orders[0].revision
    return Reply("estimate", text, revision=revision, cost_usd=expected.microusd / 1e6)


async def film_told(record: RenderRecord, services: Services) -> Turn:
    """Announce a finished film; one that is dearer than estimated may pass a mark of a budget."""
    card = Turn(replies=(film_card(record, services.links),))
    beyond = record.cost_microusd - record.estimate_microusd
    return await warned(card, record.channel, record.person, services, coming=beyond)


def _amount(microusd: int, at_least: bool) -> str:
    return f"at least {dollars(microusd)}" if at_least else dollars(microusd)


def _shape(preset: str) -> str:
    """Which film it is, where it could be another one."""
    return "" if preset == _DEFAULT_PRESET else f" ({preset})"


def film_card(record: RenderRecord, links: Links | None = None, how: str = "Rendered") -> Reply:
    """A finished film: its facts, what it took and cost, the file, and where it is downloaded."""
    text = (
        f"{how}{_shape(record.preset)}: {timecode(record.seconds)} long, "
        f"{record.width}×{record.height}, {record.size_bytes / 1e6:.1f} MB. "
        f"Took {record.wall_seconds:.1f} s and {_amount(record.cost_microusd, record.at_least)} "
        f"(estimate {dollars(record.estimate_microusd)})."
    )
    files = (record.path,) if record.path else ()
    cost = record.cost_microusd / 1e6
    link = links.film(record.id) if links is not None else ""
    return Reply("render", text, (), files, record.revision, cost, link=link)
