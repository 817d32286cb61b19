"""Scene: what a window of the timeline needs, in frames, with numbers only.

Everything is relative to the window's start, so that a stretch of film that moves on the timeline
is lowered to the same scene.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.lowering.framing import Size, View, standing, whole
from bot.adapters.renderers.lowering.keyframes import normal
from bot.adapters.renderers.lowering.motion import Motion, Visual, moves
from bot.engine.composition import Audio, Canvas, Captions, Effect, Transition, Video, is_frozen
from bot.engine.keyframes import value
from bot.engine.layout import Placed, Timeline

Window = tuple[int, int]
"""Frames [a, b) of the timeline."""

Alpha = tuple[tuple[int, float], ...]
"""Opacity over time: from each frame of the layer on, this value."""


@dataclass(frozen=True, slots=True)
class Still:
    """A drawn item: its PNG, the top left corner, and the numbers of `drawing.Drawn`."""

    path: Path
    left: int
    top: int
    size: Size
    box: Size
    scale: float


@dataclass(frozen=True, slots=True)
class Footage:
    """Moving pictures: local frame n shows source time (`first` + n × `speed`) / fps.

    `speed` is 0 where a frame stands, and negative where they play backwards.
    """

    clip: str
    first: Fraction
    speed: Fraction
    view: View
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture on the canvas for `frames` from `start` on: at rest in a place, or in motion."""

    start: int
    frames: int
    picture: Still | Footage
    place: Box | Motion
    alpha: Alpha


@dataclass(frozen=True, slots=True)
class Shot:
    """A piece of the main track; the background alone where there is no layer.

    It shares its first `overlap` frames with the shot before.
    """

    frames: int
    layer: Layer | None
    transition: Transition | None = None
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """All pictures of a window: shots one after the other, then overlays from the bottom up."""

    canvas: Canvas
    frames: int
    shots: tuple[Shot, ...]
    overlays: tuple[Layer, ...]


def lower(timeline: Timeline, window: Window, stills: Mapping[str, Still]) -> Scene:
    """Work out what is on screen during a window; `stills` are the drawn items by id.

    Captions must have been written out (`captioned`), or they are not seen.

    Raises:
        ValueError: The window cuts a transition, or lies outside the film.
    """
    first, last = window
    if not 0 <= first < last <= timeline.duration:
        raise ValueError(f"no window [{first}, {last}) in a film of {timeline.duration} frames")
    overlays = (_layer(timeline, placed, window, stills) for placed in timeline.track("overlay"))
    return Scene(
        timeline.canvas,
        last - first,
        tuple(_shots(timeline, window, stills)),
        tuple(layer for layer in overlays if layer),
    )


def cuts_transition(placed: Placed, frame: int) -> bool:
    """Whether a frame lies inside the transition into a main-track item."""
    return placed.start < frame < placed.start + placed.overlap


def _shots(timeline: Timeline, window: Window, stills: Mapping[str, Still]) -> Iterator[Shot]:
    first, last = window
    if not timeline.main:
        yield Shot(last - first, None)
    for placed in timeline.main:
        if cuts_transition(placed, first) or cuts_transition(placed, last):
            raise ValueError(f"the window [{first}, {last}) cuts a transition")
        frames = min(placed.end, last) - max(placed.start, first)
        if frames <= 0:
            continue
        layer = _layer(timeline, placed, window, stills)
        if placed.overlap and placed.start >= first and not isinstance(placed.item, Audio):
            yield Shot(frames, layer, placed.item.transition_in, placed.overlap)
        else:
            yield Shot(frames, layer)


def _layer(
    timeline: Timeline, placed: Placed, window: Window, stills: Mapping[str, Still]
) -> Layer | None:
    item, (first, last) = placed.item, window
    start, end = max(placed.start, first), min(placed.end, last)
    if isinstance(item, Audio | Captions) or not item.enabled or start >= end:
        return None
    skip, frames = start - placed.start, end - start
    found: tuple[Footage | Still, Box | Motion] | None
    if isinstance(item, Video):
        found = _footage(timeline, item, skip)
    else:
        found = _drawn(item, stills[item.id], _size(timeline.canvas), skip)
    if found is None:
        return None
    picture, place = found
    if isinstance(place, Motion) and place.reach(frames).empty:
        return None
    # On the main track the shot is the layer's clock; an overlay counts from the window's start.
    on_screen = 0 if placed.track == "main" else start - first
    alpha = tuple(_alpha(item, placed.frames, skip, frames))
    if alpha == ((0, 0),):
        return None
    return Layer(on_screen, frames, picture, place, alpha)


def _footage(timeline: Timeline, item: Video, skip: int) -> tuple[Footage, Box | Motion] | None:
    clip, canvas = timeline.clips[item.clip], _size(timeline.canvas)
    source = (clip.width or canvas[0], clip.height or canvas[1])
    view: View
    place: Box | Motion
    if moves(item) or item.transform.rotation % 360:
        view, scale = whole(item, source, canvas)
        place = Motion.of(item, canvas, (view.size, view.size, scale), skip)
    elif stands := standing(item, source, canvas):
        view, place = stands
    else:
        return None
    speed = Fraction(0) if is_frozen(item) else item.pace
    return Footage(clip.id, item.source_at(skip), speed, view, item.effects), place


def _drawn(item: Visual, still: Still, canvas: Size, skip: int) -> tuple[Still, Box | Motion]:
    if moves(item):
        return still, Motion.of(item, canvas, (still.size, still.box, still.scale), skip)
    return still, Box(0, 0, *still.size).shifted(still.left, still.top)


def _alpha(item: Visual, total: int, skip: int, frames: int) -> Iterator[tuple[int, float]]:
    keys = normal(item.keyframes.get("opacity", ()), "opacity")
    # What is drawn carries its opacity already.
    standing = item.opacity if isinstance(item, Video) else 1.0
    changes = keys or item.fade_in or item.fade_out
    before = None
    for frame in range(frames if changes else 1):
        opacity = value(keys, frame + skip) if keys else standing
        level = round(255 * opacity * _faded(item, total, frame + skip)) / 255
        if level != before:
            yield frame, level
        before = level


def _faded(item: Visual, total: int, frame: int) -> float:
    """How far faded in or out: 0 at the first and last frame, 1 between the fades."""
    left, level = total - 1 - frame, 1.0
    if frame < item.fade_in:
        level *= frame / item.fade_in
    if left < item.fade_out:
        level *= left / item.fade_out
    return level


def _size(canvas: Canvas) -> Size:
    return canvas.width, canvas.height
