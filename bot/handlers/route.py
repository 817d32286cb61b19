"""Every message comes in here: it is understood, kept, answered."""

from dataclasses import replace

from bot.engine.errors import EngineError
from bot.handlers.commands import carried_out, parse_slash
from bot.handlers.edit import edited
from bot.handlers.question import resolved
from bot.handlers.services import Services
from bot.ports import AdapterError, Message, Reply, StaleRevision, Taken, Turn

_HINT = "Drop a clip here and say what you want, such as “trim it to 5 seconds”; or say “help”."
_NO_BUTTON = "That button is not valid here any more; say what you want in words."
_TRIES = 5


async def answered(message: Message, taken: Taken, services: Services) -> Turn:
    """Work out what a message leads to, and keep it; what cannot be done is answered too.

    Raises:
        AlreadyKept: The message was answered before.
        AdapterError: Nothing was kept, and trying again may help: it is `retryable`.
    """
    try:
        return await _kept(message, taken, services)
    except (EngineError, AdapterError) as error:
        if getattr(error, "retryable", False):
            raise
        return await apologised(message, str(error), services)


async def apologised(message: Message, sentence: str, services: Services) -> Turn:
    """Answer a message with an error and nothing else."""
    turn = Turn(replies=(Reply("error", sentence),))
    await services.conversations.keep(message, turn)
    return turn


async def _kept(message: Message, taken: Taken, services: Services) -> Turn:
    """Work out the turn and keep it; where somebody else is first, anew on their result."""
    for remaining in reversed(range(_TRIES)):
        turn = await _turn(message, taken, services)
        try:
            await services.conversations.keep(message, turn)
        except StaleRevision:
            if not remaining:
                raise
        else:
            break
    return turn


async def _turn(message: Message, taken: Taken, services: Services) -> Turn:
    refused = Turn(replies=tuple(Reply("error", reason) for reason in taken.refusals))
    # The words may be about the very file that could not be used: better not to guess.
    understood = replace(message, text="") if taken.refusals else message
    turn = refused.then(await _understood(understood, taken, services))
    return turn.then(_left_undone(message)) if taken.refusals else turn


async def _understood(message: Message, taken: Taken, services: Services) -> Turn:
    text, settled = await resolved(message, services.conversations)
    if command := parse_slash(text):
        head = await services.conversations.head(message.channel)
        turn = await carried_out(command, message, head, services)
    elif text or taken.arrivals:
        turn = await edited(message, text, taken.arrivals, services)
    else:
        turn = _nothing_to_do(message)
    return replace(turn, settled=settled)


def _nothing_to_do(message: Message) -> Turn:
    """What to say to a message in which nothing is; of files that were refused it was said."""
    if message.attachments:
        return Turn()
    return Turn(replies=(Reply("answer", _NO_BUTTON if message.chose else _HINT),))


def _left_undone(message: Message) -> Turn:
    words = message.text.strip()
    if not words:
        return Turn()
    return Turn(replies=(Reply("answer", f"I left “{words}” undone, in case it was about that."),))
