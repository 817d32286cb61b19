"""Captions in plans: their words come from what was heard in the clips, never from a planner.

A plan says which clips it captions; with an empty row for a clip, or none at all for all clips in
which somebody may speak. What is said is put in here, whoever made the plan.
"""

from collections.abc import Iterable, Mapping

from bot.adapters.planners.speech import voices
from bot.engine.captions import cues
from bot.engine.composition import Audio, Captions, Composition, Cue, Video
from bot.engine.layout import layout
from bot.engine.operations import Caption
from bot.engine.plan import Plan
from bot.ports import Request, Wanted

Rows = Mapping[str, tuple[Cue, ...]]


class Unheard(Exception):
    """Somebody has to listen to these clips before a plan can be carried out."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(*wanted.clips)
        self.wanted = wanted


def spoken_rows(request: Request, clips: Iterable[str]) -> dict[str, tuple[Cue, ...]]:
    """What is said in clips that were listened to, as cues by clip."""
    words = {clip: request.analysis[clip].words or () for clip in clips}
    return {
        clip: cues((word.start, word.end, word.text) for word in row) if row else ()
        for clip, row in words.items()
    }


def there_are(comp: Composition) -> Rows:
    """The rows of the captions that a film has."""
    items = (item for item in comp.items.values() if isinstance(item, Captions))
    return {clip: row for item in items for clip, row in item.cues.items()}


def with_cues(plan: Plan, request: Request) -> Plan:
    """A plan whose captions have their words.

    Raises:
        Unheard: Somebody has to listen first.
    """
    operations = (
        each.but(cues=_filled(each.cues, request)) if isinstance(each, Caption) else each
        for each in plan.operations
    )
    return plan.but(operations=tuple(operations))


def _filled(rows: Rows | None, request: Request) -> Rows:
    """The rows of captions; those that are there keep their words where no clip was named."""
    there = there_are(request.comp)
    asked = [clip for clip in _spoken_in(request) if clip not in there] if rows is None else rows
    clips = [clip for clip in asked if not (rows and rows[clip]) and clip in request.comp.clips]
    if unknown := [clip for clip in clips if not _known(request, clip)]:
        raise Unheard(Wanted(tuple(unknown), "speech"))
    return {**(there if rows is None else rows), **spoken_rows(request, clips)}


def _spoken_in(request: Request) -> tuple[str, ...]:
    items = (placed.item for placed in voices(layout(request.comp)))
    return tuple(dict.fromkeys(i.clip for i in items if isinstance(i, Video | Audio)))


def _known(request: Request, clip: str) -> bool:
    return clip in request.analysis and request.analysis[clip].knows("speech")


def without_cues(plan: Plan) -> Plan:
    """A plan that can be sent around: of captions only which clips they are of."""
    operations = (
        each.but(cues=dict.fromkeys(each.cues, ()))
        if isinstance(each, Caption) and each.cues is not None
        else each
        for each in plan.operations
    )
    return plan.but(operations=tuple(operations))
