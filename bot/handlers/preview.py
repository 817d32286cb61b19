"""What a message would do: planned and applied, but not kept."""

from dataclasses import dataclass

from bot.engine.layout import Timeline, layout
from bot.engine.operations import AnyOperation
from bot.engine.receipt import receipt
from bot.handlers.commands import parse_slash
from bot.handlers.edit import notes_of, understood
from bot.handlers.question import meant
from bot.handlers.rights import Refusal
from bot.handlers.services import Services
from bot.ports import Answer, Choice, Command, Edits, Head, Message, Outcome, Question


@dataclass(frozen=True, slots=True)
class Preview:
    """The outcome of a message that was not kept: a plan, or the words of an answer.

    `revision` and `timeline` are those that the message would lead to.
    """

    kind: str
    lines: tuple[str, ...]
    revision: int
    timeline: Timeline
    operations: tuple[AnyOperation, ...] = ()
    choices: tuple[Choice, ...] = ()


async def preview(message: Message, services: Services) -> Preview:
    """Understand a message without doing what it asks.

    Raises:
        EngineError: What it asks cannot be done.
    """
    head = await services.conversations.head(message.channel)
    try:
        text = (await meant(message, services)).text
    except Refusal as refusal:
        return _unchanged(Answer(str(refusal)), head)
    outcome = parse_slash(text) or await understood(message, text, head, services)
    return _edited(outcome, head) if isinstance(outcome, Edits) else _unchanged(outcome, head)


def _edited(edits: Edits, head: Head) -> Preview:
    after = edits.plan.apply(head.comp, head.revision + 1)
    lines = (*receipt(head.comp, after), *notes_of(edits))
    if edits.then is not None:
        lines = (*lines, _described(edits.then))
    return Preview("plan", lines, head.revision + 1, layout(after), edits.plan.operations)


def _unchanged(outcome: Outcome, head: Head) -> Preview:
    timeline = layout(head.comp)
    match outcome:
        case Question(text=text, choices=choices):
            return Preview("question", (text,), head.revision, timeline, choices=choices)
        case Command():
            return Preview("answer", (_described(outcome),), head.revision, timeline)
        case Answer(text=text):
            return Preview("answer", (text,), head.revision, timeline)
        case Edits():
            return _edited(outcome, head)


def _described(command: Command) -> str:
    presets = f" ({', '.join(command.presets)})" if command.presets else ""
    return f"Then: {command.name}{presets}"
