"""Every message comes in here: it is understood, kept, answered."""

from collections import Counter
from dataclasses import replace

from bot.engine.errors import EngineError
from bot.handlers.budget import budget, wanted_budget, warned
from bot.handlers.commands import carried_out, parse_slash, with_commands
from bot.handlers.edit import edited
from bot.handlers.links import another_way
from bot.handlers.pace import too_fast
from bot.handlers.question import meant
from bot.handlers.rights import Refusal, is_admin
from bot.handlers.services import Services
from bot.handlers.settings import set_or_shown, wanted_settings
from bot.handlers.upload import shown_name
from bot.ports import AdapterError, BudgetSpent, Message, Reply, StaleRevision, Taken, Turn

_HINT = "Drop a clip here and say what you want, such as “trim it to 5 seconds”; or say “help”."
_TRIES = 5


async def answered(message: Message, taken: Taken, services: Services) -> Turn:
    """Work out what a message leads to, and keep it; what cannot be done is answered too.

    Raises:
        AlreadyKept: The message was answered before.
        AdapterError: Nothing was kept, and trying again may help: it is `retryable`.
    """
    try:
        return await _kept(message, taken, services)
    except AdapterError as error:
        if error.retryable:
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
        worked = await _turn(message, taken, services)
        turn = await warned(worked, message.channel, message.person, services)
        try:
            await services.conversations.keep(message, turn)
        except (StaleRevision, BudgetSpent):
            if not remaining:
                raise
        else:
            break
    return turn


async def _turn(message: Message, taken: Taken, services: Services) -> Turn:
    if (left_out := await too_fast(message, services)) is not None:
        return left_out
    try:
        return await _worked_out(message, taken, services)
    except (EngineError, Refusal) as reason:  # what was asked for cannot be, or may not be
        return Turn(replies=(Reply("answer", str(reason)),))


async def _worked_out(message: Message, taken: Taken, services: Services) -> Turn:
    refused = Turn(replies=tuple(Reply("error", reason) for reason in taken.refusals))
    # The words may be about the very file that could not be used: better not to guess.
    understood = replace(message, text="") if taken.refusals else message
    turn = refused.then(await _understood(understood, taken, services))
    if taken.undelivered:
        turn = turn.then(await another_way(message, services))
    return turn.then(_left_undone(message, taken)) if taken.refusals else turn


async def _understood(message: Message, taken: Taken, services: Services) -> Turn:
    said = await meant(message, services)
    has_files = bool(taken.arrivals or taken.subtitles)
    if has_files and said.text.startswith("/"):
        return await _files_first(message, said.text, taken, services)
    if (wanted := wanted_budget(said.text)) is not None:
        turn = await budget(wanted, message, services)
    elif command := parse_slash(said.text):
        # A price is accepted where it was shown, not by knowing the word.
        confirmed = command.confirmed and (said.is_chosen or is_admin(message, services))
        head = await services.conversations.head(message.channel)
        command = replace(command, confirmed=confirmed)
        turn = await carried_out(command, message, head, services)
    elif (wanted := wanted_settings(said.text)) is not None:
        turn = await set_or_shown(wanted, message, services)
    elif said.text or has_files:
        turn = await edited(message, said.text, taken, services)
        turn = with_commands(said.text, turn)
    else:
        turn = _nothing_to_do(message)
    return replace(turn, settled=said.settles)


async def _files_first(message: Message, text: str, taken: Taken, services: Services) -> Turn:
    """Take the files of a command in; it may be meant for the film with or without them."""
    turn = await edited(message, "", taken, services)
    words = f"The files are in. I left “{text}” undone: say it again if it is meant with them."
    return turn.then(Turn(replies=(Reply("answer", words),)))


def _nothing_to_do(message: Message) -> Turn:
    """What to say to a message in which nothing is; of files that were refused it was said."""
    if message.attachments:
        return Turn()
    return Turn(replies=(Reply("answer", _HINT),))


def _left_undone(message: Message, taken: Taken) -> Turn:
    words = message.text.strip()
    if not words:
        return Turn()
    came = Counter([each.name for each in taken.arrivals] + [s.name for s in taken.subtitles])
    missing = ", ".join((Counter(map(shown_name, message.attachments)) - came).elements())
    sentence = (
        f"I did not do “{words}”, because not all files came in ({missing}). "
        "Say it again if you want it without them."
    )
    return Turn(replies=(Reply("answer", sentence),))
