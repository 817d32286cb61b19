"""Insight into clips: a planner says of which it needs any, and is asked again when it is there."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import get_args

from bot.engine.composition import Audio, Composition, Video
from bot.handlers.services import Services
from bot.ports import (
    AGAIN,
    Analysis,
    Answer,
    BudgetSpent,
    Choice,
    MediaRefused,
    Message,
    Outcome,
    Progress,
    Question,
    Request,
    Scope,
    Sense,
    Wanted,
)

PATIENCE_SECONDS = 12.0
"""How long to wait where others wait behind it."""

_MOST_KNOWN = 50
"""Clips whose cached findings are given to a planner at once."""

_MOST_ROUNDS = 6  # what is heard, seen and said, and what came to light by that
_MOST_WAITS = len(get_args(Sense))
_DOING: Mapping[Sense, str] = {
    "sound": "listen to",
    "picture": "watch",
    "speech": "make out the words of",
}
_PACE: Mapping[Sense, float] = {"sound": 200, "picture": 30, "speech": 8}
"""About how many seconds of a clip a second does, on a small machine."""


class _Closed(Exception):
    """A clip cannot be looked into; the message is the answer."""


class Waiting(Answer):
    """What is said to a message that will be gone on with when its clips are looked into."""


async def planned(request: Request, message: Message, services: Services) -> Outcome:
    """Ask the planner, and look into the clips that it wants to know more about.

    What takes longer than `Services.patience_seconds` goes on by itself, and so does the message
    where that can be; else the person is told to ask again.

    Raises:
        StoreFailed: The files of a clip are missing, or cannot be fetched just now.
    """
    for _ in range(_MOST_ROUNDS):
        outcome = await services.planner.plan(request)
        if not isinstance(outcome, Wanted):
            return outcome
        try:
            async with asyncio.timeout(services.patience_seconds):
                found = await _looked_into(outcome, request, services)
        except TimeoutError:
            return await _later(outcome, request, message, services)
        except _Closed as closed:
            return Answer(str(closed))
        request = replace(request, analysis={**request.analysis, **found})
    return Question("I could not find out what is in the clips. Which times do you mean?")


async def known(comp: Composition, services: Services) -> Mapping[str, Analysis]:
    """What was found before in the clips of the timeline, by clip id."""
    used = dict.fromkeys(i.clip for i in comp.items.values() if isinstance(i, Video | Audio))
    keys = [*used][:_MOST_KNOWN]
    told = await asyncio.gather(*(services.media.known(comp.clips[key].sha256) for key in keys))
    return {key: found for key, found in zip(keys, told, strict=True) if found != Analysis()}


async def _looked_into(
    wanted: Wanted, request: Request, services: Services
) -> Mapping[str, Analysis]:
    if services.progress is not None and wanted.sense == "speech":
        seconds = _seconds(wanted, request)
        await services.progress(Progress(f"listening to {_named(wanted, request)}", 0, seconds))
    looks = (_one(key, wanted.sense, request, services) for key in wanted.clips)
    return dict(zip(wanted.clips, await asyncio.gather(*looks), strict=True))


async def _one(key: str, sense: Sense, request: Request, services: Services) -> Analysis:
    clip, payer = request.comp.clips[key], Scope(request.channel, request.person)
    try:
        found = await services.media.analysed(clip.sha256, sense, payer)
    except MediaRefused as refused:
        raise _Closed(
            f"I cannot {_DOING[sense]} “{clip.name}”: {refused}. Nothing was changed."
        ) from refused
    except BudgetSpent as spent:
        raise _Closed(str(spent)) from spent
    return found | request.analysis.get(key, Analysis())


async def _later(wanted: Wanted, request: Request, message: Message, services: Services) -> Outcome:
    """What to say to somebody who has to wait; a message is gone on with once for each sense."""
    what = f"To {_DOING[wanted.sense]} {_named(wanted, request)} takes me"
    if services.later is None or message.id.endswith(_MOST_WAITS * AGAIN):
        return Question(
            f"{what} a while. Nothing was changed yet: ask me again in "
            f"{_about(_seconds(wanted, request))}.",
            (Choice("Try again", request.text),),
        )
    sha256s = [request.comp.clips[key].sha256 for key in wanted.clips]
    again = replace(message, text=request.text, attachments=(), chose="")
    await services.later.go_on(again, sha256s, wanted.sense)
    return Waiting(f"{what} {_about(_seconds(wanted, request))}. I will go on by myself then.")


def _named(wanted: Wanted, request: Request) -> str:
    names = [f"“{request.comp.clips[key].name}”" for key in wanted.clips]
    return names[0] if len(names) == 1 else f"{len(names)} clips"


def _seconds(wanted: Wanted, request: Request) -> float:
    """About how long it takes."""
    return sum(request.comp.clips[key].seconds for key in wanted.clips) / _PACE[wanted.sense]


def _about(seconds: float) -> str:
    minutes = ceil(seconds / 60)
    return f"about {minutes} minutes" if minutes > 2 else "a minute or two"
