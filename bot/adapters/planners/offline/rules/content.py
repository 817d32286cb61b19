"""What an analysis can answer: silences, black parts, scene changes."""

from collections.abc import Sequence

from bot.adapters.planners.offline.content import (
    Heard,
    blacks,
    changes,
    removable,
    silences,
)
from bot.adapters.planners.offline.outcomes import Miss, Step, Talk, already, ask, puzzled, refuse
from bot.adapters.planners.offline.phrases import Point, Time
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import OBJECT, WITHIN, Say
from bot.engine.composition import Audio
from bot.engine.layout import Placed
from bot.engine.operations import Cut, Split
from bot.engine.timebase import length, timecode
from bot.ports import SILENT_DECIBELS

_SHORTEST = 0.3  # seconds of silence: less is within a word
_USUAL = 0.5
_AIR = 0.15  # seconds left before and after what is heard
_NEAR = 0.1  # seconds
_MOST_CUTS = 1000
_MOST_TOLD = 12
_LEVEL = f"quieter than {SILENT_DECIBELS} dB".replace("-", "−")
_ONE_OF_THEM = frozenset(
    (
        "first",
        "second",
        "third",
        "last",
        "next",
        "previous",
        "longest",
        "shortest",
        "other",
        "short",
    )
)
_HOW = {
    "silence": "I can cut out the silences, or tell where they are. Say “remove the silences "
    "longer than 1 second”, or give me times, such as “cut 0:12-0:15”.",
    "scenes": "I can split at the scene changes, or tell where they are. Say “split at every "
    "scene change”, or give me times, such as “split at 0:12 and 0:20”.",
    "black": "I can cut out the black parts, or tell where they are. Say “remove the black "
    "parts”, or give me times, such as “cut 0:12-0:15”.",
}


def remove(say: Say) -> Step:
    """“remove the silences longer than 2 s in the interview”, “remove the black parts”."""
    say.need_word("remove, cut off, cut, trim, take")
    kind = _kind(say)
    say.words("remove, cut off, cut")
    if kind == "black":
        return _remove_black(say, _asked(say, WITHIN))
    if kind != "silence":
        raise Miss
    limit, edge = _limit(say), say.take(Point, "at", "from", "in")
    return _remove_silences(say, _asked(say, WITHIN), limit, edge.name if edge else "")


def _remove_silences(say: Say, asked: Sequence[Placed], limit: float, edge: str) -> Step:
    scene = say.scene
    heard = silences(scene, asked, limit)
    _check_heard(heard)
    gone = removable(scene, _at_edge(say, heard, edge), _AIR)
    if not gone:
        raise already(_none(heard, limit, edge))
    _check_count(gone)
    scene.assume(f"silent is what is {_LEVEL} for more than {length(limit)}.")
    scene.assume(f"{_AIR:g} s before and after what is heard stay.")
    if any(isinstance(p.item, Audio) and p.item.enabled for p in scene.timeline.placed):
        scene.assume("music under it does not count.")
    if heard.mute:
        scene.assume(f"{_names(heard.mute)} stays: there is nothing to be heard in it.")
    return Step((Cut(ranges=gone),), tuple(p.item.id for p in heard.listened))


def _at_edge(say: Say, heard: Heard, edge: str) -> tuple[tuple[float, float], ...]:
    """“the silence at the start”: only what begins there, or ends at the end; all without that."""
    if edge in ("here", "middle"):
        raise Miss
    starts = say.scene.span(heard.listened[0])[0] if edge in ("start", "both") else None
    ends = say.scene.span(heard.listened[-1])[1] if edge in ("end", "both") else None
    return tuple(
        (first, last)
        for first, last in heard.spans
        if not edge
        or (starts is not None and abs(first - starts) < _NEAR)
        or (ends is not None and abs(last - ends) < _NEAR)
    )


def _remove_black(say: Say, asked: Sequence[Placed]) -> Step:
    gone = removable(say.scene, blacks(say.scene, asked), 0)
    if not gone:
        raise already(f"I found no black part in {_names(asked)} to cut out.")
    _check_count(gone)
    return Step((Cut(ranges=gone),), tuple(p.item.id for p in asked))


def split(say: Say) -> Step:
    """“split at every scene change”, “cut at each scene change in clip 2”."""
    say.need_word("split, cut")
    if _kind(say) != "scenes" or any(w.text in ("to", "from") for w in say.clause.words()):
        raise Miss
    asked = _asked(say, OBJECT)
    moments = changes(say.scene, asked)
    if not moments:
        raise already(f"I found no scene change inside {_names(asked)} to split at.")
    _check_count(moments)
    return Step((Split(at=moments),), tuple(p.item.id for p in asked))


def tell(say: Say) -> Talk:
    """“how many silent parts are there?”, “where are the scene changes?”."""
    say.need_word("ask, is, show")
    kind = _kind(say)
    say.words("ask, is, have, do, show, give, come")
    limit = _limit(say) if kind == "silence" else 0
    asked = _asked(say, WITHIN)
    if kind == "silence":
        heard = silences(say.scene, asked, limit)
        _check_heard(heard)
        return _told(f"longer than {length(limit)} ({_LEVEL})", "silence", heard.spans)
    if kind == "black":
        return _told(f"in {_names(asked)}", "black part", blacks(say.scene, asked))
    moments = changes(say.scene, asked)
    times = ", ".join(timecode(at) for at in moments[:_MOST_TOLD])
    return _listing(len(moments), "scene change", f"inside {_names(asked)}", times)


def _told(which: str, thing: str, spans: Sequence[tuple[float, float]]) -> Talk:
    times = ", ".join(f"{timecode(a)}–{timecode(b)}" for a, b in spans[:_MOST_TOLD])
    if len(spans) > 1:
        which += f", {length(sum(b - a for a, b in spans))} in all"
    return _listing(len(spans), thing, which, times)


def _listing(count: int, thing: str, which: str, times: str) -> Talk:
    if not count:
        return Talk(f"I found no {thing} {which}.", manners=False)
    more = f" and {count - _MOST_TOLD} more" if count > _MOST_TOLD else ""
    things = f"{count} {thing}{'s' if count > 1 else ''}"
    return Talk(f"I found {things} {which}: {times}{more}.", manners=False)


def otherwise(say: Say) -> Step:
    """Something else about silences, black parts or scene changes."""
    kind = say.starting("content ")
    if kind is None:
        raise Miss
    raise puzzled(_HOW[kind])


def _kind(say: Say) -> str:
    """Which of the three is spoken of: all of them, and not “the first”."""
    kind = say.starting("content ")
    if kind is None:
        raise Miss
    source = say.scene.source
    place = next(c.first for n, c in enumerate(say.clause.chunks) if n in say.used and _is(c.value))
    if place and source.text(place - 1) in _ONE_OF_THEM:
        raise Miss
    return kind


def _is(value: object) -> bool:
    return any(m.startswith("content ") for m in getattr(value, "meanings", ()))


def _limit(say: Say) -> float:
    """The length that a silence must have to count, in seconds of the film."""
    said = say.take(Time, "over")
    if said is None and say.word("longer, more"):  # “the silences in the intro longer than 2 s”
        said = say.need(Time, "than")
    if said is None:
        return _USUAL
    if said.seconds < _SHORTEST:
        raise ask(
            f"I listen for silences of {_SHORTEST:g} s and more; shorter ones are within words. "
            "How long shall they be?"
        )
    return said.seconds


def _asked(say: Say, preps: tuple[str, ...]) -> tuple[Placed, ...]:
    """The clips of the main track that a clause is about: named, just brought, else all."""
    scene = say.scene
    aim = say.aim(*preps)
    say.close()
    if not scene.clips():
        raise refuse("The timeline is still empty: drop a clip into the chat first.")
    if aim.named and not aim.whole and not aim.is_film_by_default:
        items = aim.items()
        if beside := [placed for placed in items if placed.track != "main"]:
            raise refuse(
                f"{_names(beside)} is not on the main track; I look into the clips there only."
            )
        return items
    brought = [placed for clip in scene.brought() if (placed := scene.standing(clip))]
    return tuple(p for p in brought or scene.clips() if p.item.id not in scene.excluded)


def _check_heard(heard: Heard) -> None:
    if not heard.listened:
        raise refuse(
            f"There is nothing to be heard in {_names(heard.mute)} (muted, without sound, or "
            "silent all through), so I cannot tell pauses there. Nothing was changed."
        )


def _check_count(found: Sequence[object]) -> None:
    if len(found) > _MOST_CUTS:
        raise ask(
            f"That would be {len(found):,} cuts; I make up to {_MOST_CUTS:,} at a time. "
            "Can you say it for one clip, or for longer ones?"
        )


def _none(heard: Heard, limit: float, edge: str) -> str:
    where = f"at {'both ends' if edge == 'both' else f'the {edge}'} of" if edge else "in"
    return (
        f"I found no silence longer than {length(limit)} {where} {_names(heard.listened)} "
        f"({_LEVEL}), so there is nothing to cut out."
    )


def _names(items: Sequence[Placed]) -> str:
    labels = [f"“{placed.item.label}”" for placed in items]
    return " and ".join(labels) if len(labels) < 3 else f"{len(labels)} clips"


_CONTENT = "content silence, content scenes, content black"
RULES = (rule(tell, _CONTENT), rule(split, _CONTENT), rule(remove, _CONTENT))
OTHERWISE = rule(otherwise, _CONTENT)
