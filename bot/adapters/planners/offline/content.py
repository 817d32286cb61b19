"""What the insides of clips mean for the film: where it is silent, black, or another scene begins.

An analysis speaks of seconds of a clip. An item shows a stretch of the clip at a speed, so that

    frame of the film = start of the item + (second x fps - source_in) / pace

Silent is where nothing that is listened to is loud: of two clips in a transition both are, and a
voice-over counts too. Music is not listened to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

from bot.adapters.planners.offline.kinds import KINDS
from bot.adapters.planners.offline.outcomes import Unseen
from bot.adapters.planners.offline.scene import Scene
from bot.engine.composition import Audio, Item, Video, is_frozen
from bot.engine.layout import Placed, Timeline
from bot.engine.operations.surgery import pace_of
from bot.ports import Analysis, Request, Sense, Wanted

Span = tuple[float, float]
"""Frames of the film [first, last); not whole before the very end."""

_SAME = 0.1  # frames: what is that close to a frame is meant to be it


@dataclass(frozen=True, slots=True)
class Heard:
    """Where it is silent, in seconds of the film, among the clips that can be `listened` to.

    `mute` are the clips in which nothing is to be heard, from the first moment to the last.
    """

    spans: tuple[Span, ...]
    listened: tuple[Placed, ...]
    mute: tuple[Placed, ...]


def silences(scene: Scene, asked: Sequence[Placed], limit: float) -> Heard:
    """Where it is silent for longer than so many seconds of the film, in these clips.

    Raises:
        Unseen: Somebody has to listen to them first.
    """
    sounding = [placed for placed in asked if _is_heard(scene, placed)]
    spans = _united((placed.start, placed.end) for placed in sounding)
    mine = {placed.item.id for placed in sounding}
    others = [p for p in _voices(scene.timeline) if p.item.id not in mine and _is_heard(scene, p)]
    near = [p for p in others if any(p.start < end and start < p.end for start, end in spans)]
    look_into(scene.request, [*sounding, *near], "sound")
    listened = tuple(placed for placed in sounding if any(_loud(scene, placed)))
    loud = [span for placed in (*listened, *near) for span in _loud(scene, placed)]
    quiet = _without([(p.start, p.end) for p in listened], loud)
    frames = limit * float(scene.comp.canvas.fps.value)
    found = tuple(_in_seconds(scene, [span for span in quiet if span[1] - span[0] > frames]))
    heard = {placed.item.id for placed in listened}
    mute = tuple(placed for placed in asked if placed.item.id not in heard)
    return Heard(found, listened, mute)


def blacks(scene: Scene, asked: Sequence[Placed]) -> tuple[Span, ...]:
    """Where the film is black, in seconds: in these clips, and nothing lies over it.

    Raises:
        Unseen: Somebody has to watch them first.
    """
    shown = [placed for placed in asked if _is_shown(placed)]
    look_into(scene.request, shown, "picture")
    mine = {placed.item.id for placed in shown}
    black = [s for p in shown for s in _mapped(scene, p, _known(scene, p).black or ())]
    over = [(p.start, p.end) for p in scene.timeline.track("overlay") if not p.item.to_end]
    seen = [(p.start, p.end) for p in scene.clips() if p.item.id not in mine]
    blended = [(p.start, p.start + p.overlap) for p in scene.clips() if p.overlap]
    return tuple(_in_seconds(scene, _without(black, [*over, *seen, *blended])))


def changes(scene: Scene, asked: Sequence[Placed]) -> tuple[float, ...]:
    """The moments in these clips at which another scene begins and they can be split, in seconds.

    Raises:
        Unseen: Somebody has to watch them first.
    """
    shown = [placed for placed in asked if _is_shown(placed)]
    look_into(scene.request, shown, "picture")
    found = {at for placed in shown for at in _changes(scene, placed)}
    return tuple(scene.seconds(frame) for frame in sorted(found))


def _changes(scene: Scene, placed: Placed) -> Iterator[int]:
    last = placed.frames - scene.timeline.transition_after(placed)
    for second in _known(scene, placed).scenes or ():
        offset = ceil(_offset(scene, placed.item, second) - _SAME)
        if placed.overlap < offset <= last and offset < placed.frames:
            yield placed.start + offset


def removable(scene: Scene, spans: Iterable[Span], air: float) -> tuple[Span, ...]:
    """What to cut out of stretches, in seconds: whole frames, with `air` left at either side.

    At the start and the end of the film nothing needs air. A transition is cut out whole or not at
    all, since cutting into it takes the rest of it too.
    """
    rate, end = scene.comp.canvas.fps, scene.timeline.duration
    margin = air * float(rate.value)
    found: list[tuple[int, int]] = []
    for start, stop in spans:
        first, last = (float(rate.value) * each for each in (start, stop))
        first = first if first < 1 else first + margin
        last = last if last > end - 1 else last - margin
        whole = max(0, ceil(first - 1e-6)), min(end, floor(last + 1e-6))
        found += _around_transitions(scene.timeline, whole)
    return tuple((rate.seconds(first), rate.seconds(last)) for first, last in found)


def _around_transitions(timeline: Timeline, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The parts of a stretch that lie beside the transitions which it does not hold wholly."""
    first, last = span
    zones = [(p.start, p.start + p.overlap) for p in timeline.main if p.overlap]
    kept = [z for z in zones if first <= z[1] and z[0] < last and not _holds(span, z)]
    for start, stop in pairwise([first - 1, *(edge for zone in kept for edge in zone), last]):
        if (start, stop) not in kept and start + 1 < stop:
            yield start + 1, stop


def _holds(span: tuple[int, int], zone: tuple[int, int]) -> bool:
    return span[0] <= zone[0] and zone[1] <= span[1]


def look_into(request: Request, placed: Iterable[Placed], sense: Sense) -> None:
    """Make sure that it is known what is in some items.

    Raises:
        Unseen: It is not.
    """
    known = request.analysis
    clips = dict.fromkeys(p.item.clip for p in placed if isinstance(p.item, Video | Audio))
    if lacking := [key for key in clips if key not in known or not known[key].knows(sense)]:
        raise Unseen(Wanted(tuple(lacking), sense))


def _known(scene: Scene, placed: Placed) -> Analysis:
    return scene.request.analysis[getattr(placed.item, "clip", "")]


def _voices(timeline: Timeline) -> Iterator[Placed]:
    """All that is listened to: everything but the sounds that are laid under the film."""
    is_voiceover: Callable[[Placed], bool] = KINDS["voiceover"]
    for placed in timeline.placed:
        if isinstance(placed.item, Video) or placed.track == "main" or is_voiceover(placed):
            yield placed


def _is_heard(scene: Scene, placed: Placed) -> bool:
    item = placed.item
    if not isinstance(item, Video | Audio) or not item.enabled or item.muted or not item.volume:
        return False
    if is_frozen(item):
        return False
    return scene.comp.clip_of(item).has_audio


def _is_shown(placed: Placed) -> bool:
    item = placed.item
    return isinstance(item, Video) and item.enabled and not is_frozen(item)


def _loud(scene: Scene, placed: Placed) -> Iterator[Span]:
    """Where an item is not silent. What loops is taken for loud behind its first time."""
    quiet = _mapped(scene, placed, _known(scene, placed).silences or ())
    yield from _without([(placed.start, placed.end)], quiet)


def _mapped(scene: Scene, placed: Placed, spans: Iterable[Span]) -> Iterator[Span]:
    """Stretches of a clip as stretches of the film, as far as an item shows them."""
    for first, last in spans:
        start, end = sorted(_offset(scene, placed.item, second) for second in (first, last))
        start, end = max(0.0, start), min(float(placed.frames), end)
        if start < end:
            yield placed.start + start, placed.start + end


def _offset(scene: Scene, item: Item, second: float) -> float:
    return offset(float(scene.comp.canvas.fps.value), item, second)


def offset(fps: float, item: Item, second: float) -> float:
    """Frames from the start of an item to a second of its clip, at so many frames per second."""
    return (second * fps - item.source_in) / float(pace_of(item))


def _without(spans: Iterable[Span], gone: Iterable[Span]) -> list[Span]:
    """What is left of stretches, put together, without others."""
    holes = _united(gone)
    left: list[Span] = []
    for first, last in _united(spans):
        inside = [hole for hole in holes if first < hole[1] and hole[0] < last]
        edges = [first, *(edge for hole in inside for edge in hole), last]
        left += [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return left


def _united(spans: Iterable[Span]) -> list[Span]:
    """The same without overlaps, in order; what touches is one."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        elif first < last:
            joined.append((first, last))
    return joined


def _in_seconds(scene: Scene, spans: Iterable[Span]) -> Iterator[Span]:
    fps = float(scene.comp.canvas.fps.value)
    for first, last in spans:
        yield first / fps, last / fps
