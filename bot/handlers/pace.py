"""Limits of rate: what comes too fast is left out, and that is said once a minute."""

from bot.handlers.services import Services
from bot.ports import AGAIN, Limit, Message, Reply, Turn, upload_of

_SECONDS = 60


async def too_fast(message: Message, services: Services) -> Turn | None:
    """The answer to a message that is one too many; None for one that is not.

    Messages that were left out do not count: whoever goes on too fast is heard at the limit. Files
    that came by a link are here already, however many there are; and what comes again was promised.
    """
    if message.id.endswith(AGAIN):
        return None
    if any(upload_of(attachment) for attachment in message.attachments):
        return None
    if not (services.person_per_minute or services.channel_per_minute):
        return None
    pace = await services.conversations.pace(message, _SECONDS)
    if services.person_per_minute and pace.by_person >= services.person_per_minute:
        whose = f"{services.person_per_minute} messages a minute from one person"
        return _left_out("person", whose, pace.person_was_told)
    if services.channel_per_minute and pace.in_channel >= services.channel_per_minute:
        whose = f"{services.channel_per_minute} messages a minute in one channel"
        return _left_out("channel", whose, pace.channel_was_told)
    return None


def _left_out(limit: Limit, whose: str, was_told: bool) -> Turn:
    text = (
        f"That is faster than I can follow: I take {whose}. I leave out what comes above that; "
        "nothing was changed. Say it again in a minute."
    )
    return Turn(replies=() if was_told else (Reply("answer", text),), limited=limit)
