"""Insight into clips: a planner says of which it needs any, and is asked again when it is there."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bot.engine.composition import Audio, Composition, Video
from bot.handlers.services import Services
from bot.ports import (
    Analysis,
    Answer,
    Choice,
    MediaRefused,
    Outcome,
    Question,
    Request,
    Sense,
    Wanted,
)

PATIENCE_SECONDS = 12.0
"""How long to wait where others wait behind it."""

_MOST_KNOWN = 50
"""Clips whose cached findings are given to a planner at once."""

_MOST_ROUNDS = 4  # sound and picture, and what came to light by them
_DOING: Mapping[Sense, str] = {"sound": "listen to", "picture": "watch"}


class _Closed(Exception):
    """A clip cannot be looked into; the message is the answer."""


async def planned(request: Request, services: Services) -> Outcome:
    """Ask the planner, and look into the clips that it wants to know more about.

    What takes longer than `Services.patience_seconds` goes on by itself; the person is told to ask
    again.

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
            return _later(outcome, request)
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
    looks = (_one(key, wanted.sense, request, services) for key in wanted.clips)
    return dict(zip(wanted.clips, await asyncio.gather(*looks), strict=True))


async def _one(key: str, sense: Sense, request: Request, services: Services) -> Analysis:
    clip = request.comp.clips[key]
    try:
        found = await services.media.analysed(clip.sha256, sense)
    except MediaRefused as refused:
        raise _Closed(
            f"I cannot {_DOING[sense]} “{clip.name}”: {refused}. Nothing was changed."
        ) from refused
    return found | request.analysis.get(key, Analysis())


def _later(wanted: Wanted, request: Request) -> Question:
    names = [f"“{request.comp.clips[key].name}”" for key in wanted.clips]
    what = names[0] if len(names) == 1 else f"{len(names)} clips"
    return Question(
        f"To {_DOING[wanted.sense]} {what} takes me a while. Nothing was changed yet: ask me again "
        "in a minute or two.",
        (Choice("Try again", request.text),),
    )
