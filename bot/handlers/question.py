"""Open questions: a short answer continues the request that the question was about."""

import re

from bot.ports import Choice, Conversations, Message


async def resolved(message: Message, conversations: Conversations) -> tuple[str, bool]:
    """The request that a message stands for, and whether that is the choice of an open question."""
    if message.chose:
        pressed = await conversations.choice(message.channel, message.chose)
        return (pressed.text if pressed else "", pressed is not None)
    text = message.text.strip()
    question = await conversations.question(message.channel) if text else None
    chosen = _chosen(text, question.choices) if question else None
    return (chosen.text, True) if chosen else (text, False)


def _chosen(text: str, choices: tuple[Choice, ...]) -> Choice | None:
    """The choice with this number, or whose label or request this is."""
    number = text.rstrip(".)")
    if re.fullmatch(r"[1-9]\d?", number) and int(number) <= len(choices):
        return choices[int(number) - 1]
    said = text.casefold()
    return next((c for c in choices if said in (c.label.casefold(), c.text.casefold())), None)
