"""Rendering: the estimate before, progress meanwhile, the film and its cost after."""

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
    """Order the film of a channel; ask first where it is dear, refuse where the month is spent."""
    film = await meant_film(command, message.channel, head, services)
    if not film.comp.items:
        return _EMPTY
    order = _order(command, message, film)
    if (made := await _made_before(order, services)) is not None:
        return Turn(replies=(made,))
    expected = await services.renders.estimate(order)
    order = replace(order, estimate_microusd=expected.microusd)
    if (full := await without_room(expected.microusd, message, services)) is not None:
        return _month_is_spent(expected, full)
    rules = rules_of(await services.conversations.settings(order.channel))
    if expected.microusd > confirm_over(rules, services) and not command.confirmed:
        return _confirmation(order, expected, bound(message, head, services))
    reply = replace(_estimate(order, expected), choices=(Choice("Cancel", "/cancel"),))
    return Turn(replies=(reply,), renders=(order,))


async def estimated(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Answer what a render would take."""
    film = await meant_film(command, message.channel, head, services)
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
    price = "That costs nothing"
    if any(film.at_least for film in films):
        price = "What was done until now is paid for"
    words = f"Cancelled: {which}. {price}, and nothing else was changed."
    reply = Reply("answer", words)
    return Turn(replies=(reply,), cancels=tuple(film.id for film in films))


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


async def _made_before(order: RenderOrder, services: Services) -> Reply | None:
    """The film, if there is such already, or word that it is being made."""
    done = await services.renders.finished(order)
    if done is not None:
        card = film_card(done, services.links, "Rendered before, nothing to pay")
        return replace(card, cost_usd=0)
    films = await services.renders.open(order.channel)
    if (order.revision, order.preset) in {(film.revision, film.preset) for film in films}:
        return Reply("answer", "That film is being made; it will appear here.")
    return None


def _order(command: Command, message: Message, head: Head) -> RenderOrder:
    preset = command.preset or _DEFAULT_PRESET
    render_id = key_of("render", message.channel, message.id)
    return RenderOrder(render_id, message.channel, head.revision, head.comp, preset, message.person)


def _month_is_spent(expected: Estimate, full: Standing) -> Turn:
    spent, budget = exactly(full.spent), full.budget
    why = f"the {budget} has no room for it"  # what others spend elsewhere is not told here
    if budget.scope.channel:
        limit = exactly(budget.microusd)
        why = f"{spent} of the {limit} that {budget.scope} may spend this month are gone"
    text = (
        f"This render would cost {roughly(expected.microusd)}, and {why}. "
        f"Nothing was rendered. {how_to_allow(budget.scope)}"
    )
    return Turn(replies=(Reply("answer", text, cost_usd=expected.microusd / 1e6),))


def _confirmation(order: RenderOrder, expected: Estimate, held: Bound) -> Turn:
    price = dollars(expected.microusd)
    request = f"/render {order.preset} #{order.revision} confirmed"
    question = Question(
        f"This render will cost {roughly(expected.microusd)}, which is over the limit. Render it?",
        (Choice(f"Render for {price}", request, held),),
    )
    reply = Reply("question", question.text, question.choices, cost_usd=expected.microusd / 1e6)
    return Turn(replies=(reply,), question=question)


def _estimate(order: RenderOrder, expected: Estimate) -> Reply:
    seconds = round(expected.seconds)
    took = f"about {seconds} s" if seconds else "less than a second"
    cost = _amount(expected.microusd, expected.at_least)
    text = f"Estimate for {order.preset}: {took} and {cost}."
    return Reply("estimate", text, revision=order.revision, cost_usd=expected.microusd / 1e6)


async def film_told(record: RenderRecord, services: Services) -> Turn:
    """Announce a finished film; one that is dearer than estimated may pass a mark of a budget."""
    card = Turn(replies=(film_card(record, services.links),))
    beyond = record.cost_microusd - record.estimate_microusd
    return await warned(card, record.channel, record.person, services, coming=beyond)


def _amount(microusd: int, at_least: bool) -> str:
    return f"at least {dollars(microusd)}" if at_least else dollars(microusd)


def film_card(record: RenderRecord, links: Links | None = None, how: str = "Rendered") -> Reply:
    """A finished film: its facts, what it took and cost, the file, and where it is downloaded."""
    text = (
        f"{how}: {timecode(record.seconds)} long, {record.width}×{record.height}, "
        f"{record.size_bytes / 1e6:.1f} MB. Took {record.wall_seconds:.1f} s "
        f"and {_amount(record.cost_microusd, record.at_least)} "
        f"(estimate {dollars(record.estimate_microusd)})."
    )
    files = (record.path,) if record.path else ()
    cost = record.cost_microusd / 1e6
    link = links.film(record.id) if links is not None else ""
    return Reply("render", text, (), files, record.revision, cost, link=link)
