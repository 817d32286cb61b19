"""Edits: understand the words, apply them, tell what changed."""

from collections.abc import Iterator
from dataclasses import replace

from bot.engine.composition import Composition
from bot.engine.errors import EngineError
from bot.engine.history import Diff
from bot.engine.plan import Plan, focus_of
from bot.engine.receipt import receipt
from bot.handlers.commands import carried_out
from bot.handlers.insight import Waiting, known, planned
from bot.handlers.picture import picture
from bot.handlers.rights import Refusal, demand, rules_of
from bot.handlers.services import Services
from bot.handlers.subtitles import Captioned, only_about_files, with_subtitles
from bot.handlers.upload import cards, with_arrivals
from bot.ports import (
    Answer,
    Choice,
    Command,
    Commit,
    Edits,
    Head,
    Message,
    Outcome,
    Question,
    Reply,
    Request,
    Taken,
    Turn,
)


async def edited(message: Message, text: str, taken: Taken, services: Services) -> Turn:
    """Do what a message asks on the channel's composition, with the files that came along.

    Raises:
        Refusal: It would change the film, and whoever says it may not.
    """
    if taken.arrivals or taken.subtitles:
        await demand("edit", message, services)
    head = await services.conversations.head(message.channel)
    comp, clips = with_arrivals(head.comp, taken.arrivals, head.revision + 1)
    dropped = with_subtitles(comp, taken.subtitles, head.revision + 1)
    captioned = dropped.comp
    arrived = Head(head.revision, captioned)
    if dropped.refusals or only_about_files(text, taken.subtitles):
        text = ""
    outcome = await understood(message, text, arrived, services, clips) if text else None
    if isinstance(outcome, Edits):
        await demand("edit", message, services)
    plan = outcome.plan if isinstance(outcome, Edits) else Plan()
    try:
        after = plan.apply(captioned, head.revision + 1)
    except EngineError as error:  # what was dropped is kept all the same
        plan, after, outcome = Plan(), captioned, Answer(str(error))
    kept = _commit(message, head, after, plan)
    now = Head(head.revision + len(kept.commits), after)
    replies = (*cards(taken.arrivals, now), *_said_of_files(dropped))
    kept = kept.then(Turn(replies=replies))
    if captioned != comp and not isinstance(outcome, Edits):
        kept = kept.then(await _receipt(Edits(Plan()), message, comp, now, services))
    return kept.then(await _told(outcome, message, comp, now, services))


def _said_of_files(dropped: Captioned) -> Iterator[Reply]:
    for sentence in (*dropped.refusals, *dropped.remarks):
        yield Reply("answer", sentence)


async def understood(
    message: Message, text: str, head: Head, services: Services, clips: tuple[str, ...] = ()
) -> Outcome:
    """Ask the planner what a text means, said now by this person.

    `head` is the composition with the clips that came along, on the last revision.
    """
    talk = services.conversations
    spoken_of = await talk.focus(message)
    request = Request(
        text=text,
        comp=head.comp,
        serial=head.revision + 1,
        attachments=clips,
        focus=_latest(head.comp) if spoken_of is None else _there(spoken_of, head.comp),
        history=await talk.history(message.channel),
        author=message.author,
        person=message.person,
        channel=message.channel,
        turns=await talk.turns(message),
        instructions=rules_of(await talk.settings(message.channel)).instructions,
        analysis=await known(head.comp, services),
    )
    return await planned(request, message, services)


def _there(keys: tuple[str, ...], comp: Composition) -> tuple[str, ...]:
    return tuple(key for key in keys if key in comp.items)


def _latest(comp: Composition) -> tuple[str, ...]:
    """What shows the clip that came last, of those that are shown at all."""
    for clip in reversed(tuple(comp.clips)):
        if shown := tuple(key for key, i in comp.items.items() if getattr(i, "clip", "") == clip):
            return shown
    return ()


def _commit(message: Message, head: Head, after: Composition, plan: Plan) -> Turn:
    diff = Diff.between(head.comp, after)
    if not diff:
        return Turn()
    commit = Commit(
        base=head.revision,
        comp=after,
        diff=diff,
        kind="edit",
        author=message.author,
        message_id=message.id,
        text=message.text,
        summary=receipt(head.comp, after),
        plan=plan,
        focus=focus_of(plan, head.comp, after),
    )
    return Turn(commits=(commit,))


async def _told(
    outcome: Outcome | None, message: Message, before: Composition, now: Head, services: Services
) -> Turn:
    """Say what came of a message."""
    match outcome:
        case Edits():
            return await _receipt(outcome, message, before, now, services)
        case Question(text=words, choices=choices):
            return Turn(replies=(Reply("question", words, choices),), question=outcome)
        case Answer(text=words, about=about):
            waits = isinstance(outcome, Waiting)
            return Turn(replies=(Reply("answer", words),), focus=about, waits=waits)
        case Command():
            return _noted(await carried_out(outcome, message, now, services), outcome.notes)
        case None:
            return Turn()


def _noted(turn: Turn, notes: tuple[str, ...]) -> Turn:
    """A turn whose last words have some lines more."""
    if not notes or not turn.replies:
        return turn
    *before, last = turn.replies
    told = replace(last, text="\n".join([last.text, *notes]))
    return replace(turn, replies=(*before, told))


def notes_of(edits: Edits) -> tuple[str, ...]:
    """What a receipt adds to what changed: assumptions, parts left out, who answered."""
    assumed = (f"Assumed: {each}" for each in edits.assumptions)
    return (*assumed, *(f"Left out: {each}" for each in edits.left_out), *edits.notes)


async def _receipt(
    edits: Edits, message: Message, before: Composition, now: Head, services: Services
) -> Turn:
    """Tell what an edit changed, and go on with what was to follow it."""
    lines = receipt(before, now.comp)
    notes = notes_of(edits)
    if lines:
        files = await picture(message.channel, before, now, services)
        text = "\n".join([*lines, *notes])
        told = Turn(replies=(Reply("receipt", text, _buttons(now.revision), files, now.revision),))
    else:
        text = "\n".join(["It is that way already.", *notes])
        told = Turn(replies=(Reply("answer", text),))
    if edits.then is None:
        return told
    try:
        return told.then(await carried_out(edits.then, message, now, services))
    except Refusal as refusal:  # what they may do is done all the same
        return told.then(Turn(replies=(Reply("answer", str(refusal)),)))


def _buttons(revision: int) -> tuple[Choice, ...]:
    """Buttons that mean the revision that they are shown with, whatever comes after it."""
    return (Choice("Undo", f"/undo #{revision}"), Choice("Render", f"/render #{revision}"))
