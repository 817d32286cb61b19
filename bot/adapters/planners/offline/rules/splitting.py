"""Splitting: at moments, in half, into parts."""

import itertools
from collections.abc import Sequence

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Number, Point, Reference, Time
from bot.adapters.planners.offline.rules.cutting import SAME, exactly
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import WITHIN, Aim, Say
from bot.adapters.planners.offline.scene import Scene, by_ids, selector
from bot.adapters.planners.offline.spans import Moment, moment
from bot.adapters.planners.offline.wants import ANY
from bot.engine.layout import Placed
from bot.engine.operations import Split
from bot.engine.timebase import length, timecode
from bot.ports import Choice


def split(say: Say) -> Step:
    """“split at 0:20 and 0:40”, “cut the beach in half”, “divide clip 2 into 4 parts”."""
    word = say.need_word("split, cut")
    parts = _parts(say)
    moments = _moments(say, bare="split" in word.meanings) if parts in (None, 2) else []
    if parts is not None and len(moments) != 1:
        return _split_parts(say, parts)
    if "split" not in word.meanings and not moments:
        raise Miss
    aim = say.aim()
    say.close()
    if aim.ref is not None and aim.ref.prep == "to":
        raise Miss  # “cut to the guest at 0:10”: what is to be seen
    if not moments:
        raise ask(
            "At which time shall I split? Say “split at 0:05”, or “split the first clip in half”."
        )
    scene = say.scene
    bare = not aim.named or aim.whole or _is_the_clip(aim)
    if bare or aim.is_film_by_default:
        times = [found.seconds() for found in moments]
        return Step((Split(at=tuple(times)),), pieces=_pieces(scene, times))
    item = aim.one()
    if "split" not in word.meanings and any(found.chunk.prep == "after" for found in moments):
        raise _split_or_end(item)
    times = [_split_time(say, aim, found, item) for found in moments]
    return _split_item(scene, item, times)


def _split_or_end(item: Placed) -> Exception:
    """“cut the music after 6 s”: a split, or the end of it?"""
    label = item.item.label
    return ask(
        f"Shall “{label}” be split there, or end there? Say “split it at …” or “end it at …”."
    )


def _is_the_clip(aim: Aim) -> bool:
    ref = aim.reference
    return (
        ref is not None
        and ref.kind in ("clip", "video")
        and not (ref.numbers or ref.name or ref.which or ref.plural or ref.ids or ref.pronoun)
    )


def _split_item(scene: Scene, item: Placed, times: list[float]) -> Step:
    low, high = scene.span(item)
    cuts = (low, *sorted(times), high)
    pieces = tuple(itertools.pairwise(cuts))
    if item.track == "main":
        return Step((Split(at=tuple(sorted(times))),), (item.item.id,), pieces=pieces)
    at = tuple(round(time - low, 6) for time in sorted(times))
    return Step((Split(selector=selector([item]), at=at),), (item.item.id,), pieces=pieces)


def _split_time(say: Say, aim: Aim, found: Moment, item: Placed) -> float:
    """Where to split one item: inside it, by its own time or that of the film."""
    low, high = say.scene.span(item)
    value = found.chunk.value
    if isinstance(value, Point):
        return found.seconds(item)
    if not isinstance(value, Time | Number):
        raise Miss
    at = value.seconds if isinstance(value, Time) else value.value
    inside = aim.ref is not None and aim.ref.prep in WITHIN
    own, film = low + at, at
    fits = [t for t in dict.fromkeys((own, film)) if low + SAME < t < high - SAME]
    if inside and fits and fits[0] == own:
        return own
    if len(fits) == 2:
        raise ask(
            f"Shall I split at {timecode(film)} of the film, or {length(at)} into "
            f"“{item.item.label}”?",
            Choice(f"At {timecode(film)}", f"split at {exactly(film)}"),
            Choice(f"At {timecode(own)}", f"split at {exactly(own)}"),
        )
    if not fits:
        raise ask(
            f"“{item.item.label}” runs from {timecode(low)} to {timecode(high)}; "
            f"{timecode(min(at, 1e6))} is not inside."
        )
    return fits[0]


def _parts(say: Say) -> int | None:
    for meaning, parts in (("half", 2), ("thirds", 3), ("quarters", 4)):
        if say.word(meaning):
            return parts
    if say.clause.means("parts"):
        number = say.take(Number, "into", "in", "")
        if number and say.word("parts") and number.value.is_integer():
            return int(number.value)
        raise Miss
    found = say.chunk(
        Reference, "into", "in", test=lambda c: c.value.kind in ("part", "clip") and c.value.plural
    )
    if found is not None:
        if found.value.count > 1:
            return int(found.value.count)
        raise Miss
    count = say.take(Number, "into", "in")
    return int(count.value) if count and count.value.is_integer() else None


def _split_parts(say: Say, parts: int) -> Step:
    aim = say.aim()
    say.close()
    scene = say.scene
    if not 2 <= parts <= 50:
        raise ask("Into how many parts? I can split into 2 to 50.")
    if aim.whole:
        step = scene.duration / parts
        times = [step * n for n in range(1, parts)]
        return Step((Split(parts=parts),), pieces=_pieces(scene, times))
    items = aim.items(ANY)
    pieces: tuple[tuple[float, float], ...] = ()
    if len(items) == 1:
        low, high = scene.span(items[0])
        cuts = [low + (high - low) * n / parts for n in range(parts + 1)]
        pieces = tuple(itertools.pairwise(cuts))
    ids = tuple(p.item.id for p in items)
    return Step((Split(selector=by_ids(*ids), parts=parts),), ids, pieces=pieces)


def _pieces(scene: Scene, times: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """The film between the moments at which it is split."""
    cuts = (0.0, *sorted(times), scene.duration)
    return tuple(itertools.pairwise(cuts))


def _moments(say: Say, *, bare: bool) -> list[Moment]:
    """All moments that are named; `bare` where a number without a preposition is one."""
    found: list[Moment] = []
    if middle := say.chunk(Point, "in"):
        found.append(Moment(say, middle))
    while one := moment(say, "at", "@", "on", "after", "around", "near") or _into(say):
        found.append(one)
    while found and (one := moment(say, "", "at", "and")):
        found.append(one)
    bare = bare or not say.peek(Number, "")
    if not found and bare and (one := moment(say, "")) is not None:
        found.append(one)
    return found


def _into(say: Say) -> Moment | None:
    """“1 second into the second clip”."""
    if say.peek(Reference, "into") and say.peek(Time, ""):
        return moment(say, "")
    return None


RULES = (rule(split, "split, cut"),)
