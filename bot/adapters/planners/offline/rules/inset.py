"""One clip over another: “put the talk small in the top right corner over the beach”, “pip …”."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bot.adapters.planners.offline.bin import only_in_bin
from bot.adapters.planners.offline.outcomes import Miss, Step, Unclear, ask
from bot.adapters.planners.offline.phrases import Chunk, Percent, Reference, Unknown
from bot.adapters.planners.offline.pieces import which_piece, whole
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.geometry import placing
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.timing import Timing, timing
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.offline.wants import UNDER
from bot.engine.composition import Video
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Move, Trim, Update
from bot.engine.timebase import length, timecode
from bot.ports import Choice

_OVER = ("over", "on top of", "above", "onto", "during")
_TALKING = ("talks", "speaks", "plays", "runs", "talking", "speaking")
_SMALL = 0.3
_SLACK = 0.05  # seconds


@dataclass(frozen=True)
class _Host:
    """What a clip lies over, and where that stands before the message, in seconds."""

    label: str
    start: float
    end: float


def inset(say: Say) -> Step:
    """A clip of the main track goes over the others, small in a corner or in full."""
    say.words("put, move, show, add, play, use, have, do, make, set")
    role = say.word("overlay role")
    target = say.chunk(Reference, "", test=lambda c: not c.value.parts)
    clip = _clip(say.scene, target)
    host = _host(say, clip)
    small = say.word("smaller") or say.word("very")
    size = say.take(Percent, "", "at", "to")
    say.words("size, scale")
    where = placing(say)
    when = timing(say)
    muted = say.words("mute, sound")
    say.close()
    if not (role or host or (where and (small or size))):
        raise Miss
    if host is None and not (when.stretch or when.at or role):
        raise Miss
    if target and len(row := whole(say.scene, target.value, (clip,))) > 1:
        raise which_piece(say.scene, target.value, row)
    if host is None and not (when.stretch or when.at):
        say.scene.assume("It starts with the film; say “at 0:05” for another time.")
    start, lasts = _placed(say, clip, host, when)
    seen: dict[str, Any] = dict(where or {})
    if size or small or where or role:
        seen["scale"] = size.value / 100 if size else _SMALL
        seen.setdefault("place", "bottom-right")
    else:
        seen |= {"scale": 1, "place": "center"}  # what is laid over the film gets small by itself
    if muted:
        seen["muted"] = True
    return Step(tuple(_laid_over(clip, start, lasts, seen)), (clip.item.id,))


def _laid_over(
    clip: Placed, start: float, lasts: float | None, seen: dict[str, Any]
) -> Iterator[AnyOperation]:
    meant = selector([clip])
    yield Move(selector=meant, track="overlay", at=round(start, 6))
    if lasts is not None:
        yield Trim(selector=meant, length=round(lasts, 6))
    if seen:
        yield Update(selector=meant, **seen)


def _clip(scene: Scene, target: Chunk | None) -> Placed:
    """The one video of the main track that is meant."""
    found: tuple[Placed, ...] = ()
    if target is not None and not only_in_bin(scene, target.value):
        with suppress(Unclear):
            found = find(scene.copied(), target.value, UNDER)
    if len(found) != 1 or found[0].track != "main" or not isinstance(found[0].item, Video):
        raise Miss
    return found[0]


def _host(say: Say, clip: Placed) -> _Host | None:
    """What it lies over, all its pieces if it was split: “over the beach”, “while the host talks”.

    Raises:
        Unclear: Something else stands between the pieces.
    """
    told = say.chunk(Reference, *_OVER, test=lambda c: c.value.kind not in ("film", "all"))
    ref = told.value if told else _talking(say)
    if ref is None:
        return None
    hosts = find(say.scene, ref, UNDER)
    if len(hosts) != 1 or hosts[0].track != "main" or hosts[0] is clip:
        raise Miss
    hosts = tuple(p for p in whole(say.scene, ref, hosts) if p is not clip)
    others = tuple(p for p in say.scene.clips() if p is not clip)
    at = others.index(hosts[0]) if hosts[0] in others else 0
    if others[at : at + len(hosts)] != hosts:
        raise which_piece(say.scene, ref, hosts)
    (start, _), (_, end) = map(say.scene.span, (hosts[0], hosts[-1]))
    return _Host(hosts[0].item.label, start, end)


def _talking(say: Say) -> Reference | None:
    """“while the host talks”."""
    if not say.chunk(Unknown, test=lambda c: c.value.text == "while"):
        return None
    said = say.chunk(Reference, "")
    say.chunk(Unknown, test=lambda c: c.value.text in _TALKING)
    say.words("play")
    if said is None:
        raise Miss
    ref: Reference = said.value
    words = ref.name.split()
    verb = len(words) > 1 and words[-1].casefold() in _TALKING
    return replace(ref, name=" ".join(words[:-1])) if verb else ref


def _placed(say: Say, clip: Placed, host: _Host | None, when: Timing) -> tuple[float, float | None]:
    """When it is seen, in seconds of the film before the message, and for how long."""
    own = say.scene.seconds(clip.frames)
    if host is None:
        start, lasts = when.start_and_length(None)
        return start, min(lasts, own) if lasts else None
    of_film = when.on is not None and when.on.value.kind == "film"
    if when.stretch is not None:
        first, last = when.stretch.seconds()
        return _inside(say, host, first, of_film=of_film), min(last - first, own)
    start = _inside(say, host, when.at.seconds(), of_film=of_film) if when.at else host.start
    return start, min(when.lasts or host.end - start, own)


def _inside(say: Say, host: _Host, at: float, *, of_film: bool) -> float:
    """A moment of the film, or counted from the start of what it lies over.

    Raises:
        Unclear: It can be both, or is neither.
    """
    low, high = host.start - _SLACK, host.end - _SLACK
    read = (at,) if of_film else (at, host.start + at)
    fits = [moment for moment in read if low <= moment < high]
    if len(set(fits)) == 1:
        return fits[0]
    if not fits:
        stands = f"{timecode(host.start)}–{timecode(host.end)}"
        raise ask(f"“{host.label}” is at {stands}. When shall it start?")
    raise ask(
        f"Shall it start at {timecode(at)} of the film, or {length(at)} into “{host.label}”?",
        *_both(say, fits),
    )


def _both(say: Say, fits: list[float]) -> Iterator[Choice]:
    src, chunks = say.scene.source, say.clause.chunks
    timed = [c for c in chunks if c.prep in ("at", "from") and hasattr(c.value, "seconds")]
    for moment in fits if len(timed) == 1 else ():
        first, last = src.tokens[timed[0].first].start, src.tokens[timed[0].last - 1].end
        told = f"{src.message[:first]}at {timecode(moment)} of the film{src.message[last:]}"
        yield Choice(f"At {timecode(moment)}", told)


RULE = rule(inset)
