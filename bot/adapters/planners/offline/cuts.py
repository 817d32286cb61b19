"""Which cuts of the main track are meant: between two clips, before one, at a time, all but one."""

from itertools import pairwise
from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, ask
from bot.adapters.planners.offline.phrases import Chunk, Reference, Time, Word
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.composition import Audio
from bot.engine.layout import Placed, layout

KINDS = {"transition": "crossfade", "wipe": "wipe", "slide": "slide", "dip": "dip"}
_EXCEPT = ("except", "except for", "but", "but not", "not", "apart from")
_SPARING = ("between", "in between", "before", "after", "from", "into")


def cuts_of(say: Say) -> list[Chunk]:
    """What says at which cuts: "between …", "before …", "at 0:04", "all"."""
    found: list[Chunk] = _counted(say)
    preps = (
        "between",
        "in between",
        "before",
        "after",
        "from",
        "into",
        "to",
        "at",
        "on",
        "for",
        "of",
        "right before",
        "right after",
        "with",
        "",
    )
    while chunk := say.chunk(Reference, *preps) or say.chunk(Time, "at", "@", "on"):
        found.append(chunk)
    return found


def _counted(say: Say) -> list[Chunk]:
    """“the second transition”: one of those that there are, and not at the second clip."""
    chunks, clips = say.clause.chunks, say.scene.clips()
    row = [p.item.id for p in clips if transition_of(p)] or [p.item.id for p in clips[1:]]
    for at, (chunk, behind) in enumerate(pairwise(chunks)):
        ref = chunk.value
        counts = isinstance(ref, Reference) and ref.numbers and not (ref.kind or ref.name)
        named = isinstance(behind.value, Word) and behind.value.meanings & KINDS.keys()
        if at in say.used or not (counts and named and behind.first == chunk.last):
            continue
        say.used.add(at)
        number = ref.numbers[0]
        if ref.count > 1 or len(ref.numbers) > 1 or not 0 < abs(number) <= len(row):
            raise ask(f"There are {len(row)} cuts. At which shall it be?")
        key = row[number - 1] if number > 0 else row[number]
        return [chunk.but(value=Reference(ref.words, ref.first, ref.last, ids=(key,)), prep="into")]
    return []


def spared(say: Say) -> Chunk | None:
    """“everywhere except between drone and kitchen”: the cut that stays as it is."""
    src, chunks = say.scene.source, say.clause.chunks
    for at, (chunk, behind) in enumerate(pairwise(chunks)):
        told = src.raw(chunk.first, behind.first + 1).casefold() if not chunk.prep else ""
        named = isinstance(behind.value, Reference) and behind.prep in _SPARING
        if named and told.startswith(_EXCEPT) and at not in say.used:
            say.used |= {at, at + 1}
            return behind
    return None


def paired(cuts: list[Chunk]) -> list[list[Chunk]]:
    """“from the intro into the beach” is one cut."""
    if (
        len(cuts) == 2
        and cuts[0].prep in ("from", "between", "", "of")
        and cuts[1].prep in ("into", "to", "with")
    ):
        return [cuts]
    return [[chunk] for chunk in cuts]


def after_cut(scene: Scene, chunks: list[Chunk]) -> list[str]:
    """The items behind the cuts that are meant: a transition belongs to the one that comes in."""
    chunk = chunks[0]
    clips = layout(scene.after).main
    now = {placed.item.id: placed for placed in clips}
    if isinstance(chunk.value, Time):
        return [_nearest(scene, chunk.value.seconds)]
    rows = [_row(scene, each.value) for each in chunks]
    items = sorted(
        (now[key] for key in {key for row in rows for key in row} if key in now),
        key=lambda placed: placed.index,
    )
    if not items:
        raise ask("Only clips of the main track have transitions. Between which clips?")
    several = (
        len(chunks) > 1
        or chunk.value.plural
        or chunk.prep in ("between", "in between")
        or len(items) > 1
    )
    if several:
        return _between(scene, items)
    first = items[0].index
    if "after" in chunk.prep or chunk.prep == "from":
        first += 1
    elif "before" not in chunk.prep and chunk.prep not in ("into", "to", "on", "for", "of", ""):
        raise Miss
    if not 0 < first < len(clips):
        raise ask("There is no clip on the other side of that cut. At which cut shall it be?")
    if chunk.prep in ("on", "for", "of", "") and not transition_of(items[0]):
        raise ask(f"Before or after “{items[0].item.label}”?")
    return [clips[first].item.id]


def _row(scene: Scene, ref: Reference) -> list[str]:
    """The clips that are meant; of all, those too that this message has made."""
    told = ref.numbers or ref.name or ref.which or ref.ids or ref.parts or ref.but or ref.pronoun
    if not told and (ref.plural or ref.kind in ("all", "film")) and not scene.excluded:
        return list(scene.after.main)
    return [placed.item.id for placed in find(scene, ref, MAIN)]


def _between(scene: Scene, named: list[Placed]) -> list[str]:
    """The clips behind the cuts between those named; a copy stands for what it was made of."""
    clips = layout(scene.after).main
    items = named
    if len(named) == 2 and named[1].index > named[0].index + 1:
        behind = scene.copies(named[0].item.id)
        items = [clips[(behind[-1] if behind else named[0]).index], named[1]]
    if len(items) < 2:
        raise ask("A transition needs two clips next to each other on the main track.")
    neighbours = [b for a, b in pairwise(items) if b.index == a.index + 1]
    if len(neighbours) < len(items) - 1:
        raise ask(
            f"“{items[0].item.label}” and “{items[-1].item.label}” are not next to each "
            "other. Which cut do you mean?"
        )
    return [placed.item.id for placed in neighbours]


def _nearest(scene: Scene, seconds: float) -> str:
    """The clip that starts at a moment, within half a second."""
    cuts = scene.clips()[1:]
    found = min(cuts, key=lambda p: abs(scene.seconds(p.start + p.overlap // 2) - seconds))
    if (
        abs(scene.seconds(found.start) - seconds) > 0.5
        and abs(scene.seconds(found.start + found.overlap) - seconds) > 0.5
    ):
        raise ask("There is no cut at that time. Split there first, or name two clips.")
    return found.item.id


def transition_of(placed: Placed) -> Any:
    return None if isinstance(placed.item, Audio) else placed.item.transition_in
