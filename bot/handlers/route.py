"""Every message comes in here: it is taken in, understood, kept, answered."""

from collections.abc import Iterator
from dataclasses import replace

from bot.handlers.commands import carried_out, parse_slash
from bot.handlers.edit import edited
from bot.handlers.question import resolved
from bot.handlers.render import film
from bot.handlers.services import Services
from bot.handlers.upload import Arrival, take_in
from bot.ports import AlreadyKept, Message, Reply, StaleRevision, Turn

_HINT = "Drop a clip here and say what you want, such as “trim it to 5 seconds”; or say “help”."
_TRIES = 5


async def handle(message: Message, services: Services) -> None:
    """Answer one message; one that is delivered twice is answered once."""
    if await services.conversations.known(message.channel, message.id):
        return
    arrivals, refusals = await take_in(message, services)
    for reply in refusals:
        await services.chat.post(message, reply)
    # The words may be about the very file that could not be used: better not to guess.
    understood = replace(message, text="") if refusals else message
    try:
        turn = await _kept(understood, arrivals, services)
    except AlreadyKept:  # delivered twice at the same moment
        return
    for reply in (*turn.replies, *_left_undone(message, refusals)):
        await services.chat.post(message, reply)
    for order in turn.renders:
        await film(order, message, services)


def _left_undone(message: Message, refusals: tuple[Reply, ...]) -> Iterator[Reply]:
    if refusals and message.text.strip():
        words = message.text.strip()
        yield Reply("answer", f"I left “{words}” undone, in case it was about that file.")


async def _kept(message: Message, arrivals: tuple[Arrival, ...], services: Services) -> Turn:
    """Work out the turn and keep it; where somebody else is first, anew on their result."""
    for remaining in reversed(range(_TRIES)):
        turn = await _turn(message, arrivals, services)
        try:
            await services.conversations.keep(message.channel, turn)
        except StaleRevision:
            if not remaining:
                raise
        else:
            break
    return turn


async def _turn(message: Message, arrivals: tuple[Arrival, ...], services: Services) -> Turn:
    text, settled = await resolved(message, services.conversations)
    if command := parse_slash(text):
        head = await services.conversations.head(message.channel)
        turn = await carried_out(command, message, head, services)
    elif text or arrivals:
        turn = await edited(message, text, arrivals, services)
    else:
        turn = Turn() if message.attachments else Turn(replies=(Reply("answer", _HINT),))
    return replace(turn, settled=settled)
