"""Links: where files too large for the chat come in, and where a composition is shown."""

from bot.handlers.rights import Refusal, demand
from bot.handlers.services import Services
from bot.ports import Message, Reply, Turn

_NO_LINKS = (
    "No browser can reach me here, so there are no links. Whoever runs me can change that with "
    "CHATKUT_PUBLIC_URL: see docs/uploads.md."
)
_AT_THE_TERMINAL = (
    "Links come from the service, `chatkut run`, and lead to the channels of its chat platforms: "
    "ask there. Here, files are taken from this machine, and “render” makes the film on it."
)


def uploading(message: Message, services: Services) -> Turn:
    """Answer with the page where large files are given to this channel, for the asker alone."""
    if services.links is None:
        return _without(message)
    text = (
        "Drop your files here, of any size; they appear in this channel when they have arrived. "
        "The link is for you alone, and opens in one browser."
    )
    link = services.links.upload(message)
    return Turn(replies=(Reply("answer", text, link=link, only_for=message.user),))


async def another_way(message: Message, services: Services) -> Turn:
    """Offer the page to whom the chat did not deliver a file, for its size say."""
    if services.links is None:
        return Turn()
    try:
        await demand("edit", message, services)
    except Refusal:
        return Turn()
    text = "Large files, and any over a bad connection, come in better by this link."
    link = services.links.upload(message)
    return Turn(replies=(Reply("answer", text, link=link, only_for=message.user),))


def shared(message: Message, services: Services) -> Turn:
    """Answer with the page that shows the channel's composition."""
    if services.links is None:
        return _without(message)
    text = (
        "Whoever has this link sees the film, the timeline, the clips, the history with what "
        "people asked for, and what this month cost; they change nothing."
    )
    return Turn(replies=(Reply("answer", text, link=services.links.share(message.channel)),))


def _without(message: Message) -> Turn:
    is_terminal = message.channel.startswith("terminal:")
    return Turn(replies=(Reply("answer", _AT_THE_TERMINAL if is_terminal else _NO_LINKS),))
