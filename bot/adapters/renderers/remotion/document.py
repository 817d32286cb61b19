"""The document that the player in `remotion/` plays: a film in numbers, ready for JSON.

It travels as the input property `ir` and holds everything that can be known beforehand; the player
only looks numbers up. All times are whole frames of the film, lengths are pixels, and `src` is an
index into `media`. A *curve* is a number, or a flat list of frame, value, frame, value, … in order
with straight lines between and level ends; its frames count from the start of what it belongs to.

```
version     1
canvas      [width, height]
fps         [numerator, denominator]
frames      length of the film
background  "#rrggbb"
media       URLs: clips (which need HTTP ranges and CORS) and PNGs of drawn items
shots       the main track; each lies over the one before
    at, frames
    layer   absent where only the background is seen; its `at` is 0
    show    curve: opacity in 255ths, 255 if absent
    veil    curve: opacity of black over it, in 255ths, 0 if absent
    shift   [x, y], curves: how far it is moved
    cut     [top, right, bottom, left], curves: what is not seen of it
overlays    layers from the bottom up
    at, frames, src
    alpha   curve: opacity in 255ths
    place   [left, top, width, height], or how it moves:
        size     [width, height] at scale 1
        x, y     curves: where its centre is
        scale    curve
        turn     curve: degrees clockwise
        snap     true if it only changes its place, by whole pixels; `scale` and `turn` are 1 and 0
    footage absent in a drawn item; else how a clip fills the place:
        first    source time of its frame 0, in frames of the film; may be fractional
        speed    source frames per frame: 0 where a frame stands, negative for backwards
        picture  [left, top, width, height] of the clip's whole picture; what is outside is cut off
        flip     [-1 or 1, -1 or 1]
        effects  [{"matrix": the 20 numbers of feColorMatrix} or {"blur": standard deviation}]
sounds      what plays backwards is silent: no player can do that
    at, frames, src, first, speed
    loop    how many frames from `first` on are repeated, 0 for none
    gain    curve: linear, in the middle of each frame
```
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.local.audio import sounds
from bot.adapters.renderers.lowering.framing import View
from bot.adapters.renderers.lowering.scene import Footage, Layer, Scene, Still, lower
from bot.adapters.renderers.remotion.colors import filters
from bot.adapters.renderers.remotion.crossings import crossings
from bot.adapters.renderers.remotion.curves import Curve, curve, short
from bot.adapters.renderers.remotion.gains import gains
from bot.engine.layout import Timeline

VERSION: Final = 1

_LEVELS = 255
_LEVEL, _PIXELS, _SCALE, _DEGREES = 1, 0.05, 0.0005, 0.02  # how far curves may be off
_SPEED_DIGITS = 9
_EARLY = Fraction(1, 4)
"""Containers round times: a frame that starts so little later (in frames) is shown already."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn item: where its PNG can be fetched, and its numbers."""

    url: str
    still: Still


def document(timeline: Timeline, links: Mapping[str, str], stills: Mapping[str, Drawing]) -> Json:
    """Write down what the player plays; the same film gives the same document.

    Args:
        timeline: A film of at least one frame.
        links: URLs of the films and sounds that are used, by clip id.
        stills: The drawn items (`stills.drawables`), by item id; each in a file of its own.

    Raises:
        KeyError: A link or a drawing is missing.
        ValueError: The film has no frames.
    """
    scene = lower(timeline, (0, timeline.duration), {key: d.still for key, d in stills.items()})
    media = _Media(links, {drawing.still: drawing.url for drawing in stills.values()})
    canvas = timeline.canvas
    return {
        "version": VERSION,
        "canvas": [canvas.width, canvas.height],
        "fps": [canvas.fps.num, canvas.fps.den],
        "frames": timeline.duration,
        "background": canvas.background[:7],
        "shots": list(_shots(scene, media)),
        "overlays": [_layer(layer, canvas.short_side, media) for layer in scene.overlays],
        "sounds": list(_sounds(timeline, media)),
        "media": list(media.used),
    }


class _Media:
    """URLs, numbered in the order of their first use."""

    def __init__(self, links: Mapping[str, str], drawings: Mapping[Still, str]) -> None:
        self._links, self._drawings = links, drawings
        self.used: dict[str, int] = {}

    def clip(self, clip: str, twin: int = 0) -> int:
        """A clip's URL; Remotion mixes up sounds that start together unless their URLs differ."""
        return self._number(self._links[clip] + (f"#{twin}" if twin else ""))

    def picture(self, picture: Still | Footage) -> int:
        if isinstance(picture, Footage):
            return self.clip(picture.clip)
        return self._number(self._drawings[picture])

    def _number(self, url: str) -> int:
        return self.used.setdefault(url, len(self.used))


def _shots(scene: Scene, media: _Media) -> Iterator[Json]:
    canvas, end = (scene.canvas.width, scene.canvas.height), 0
    for index, shot in enumerate(scene.shots):
        following = scene.shots[index + 1] if index + 1 < len(scene.shots) else None
        found: Json = {"at": end - shot.overlap, "frames": shot.frames}
        if shot.layer:
            found["layer"] = _layer(shot.layer, scene.canvas.short_side, media)
        for look, curves in crossings(shot, following, canvas).items():
            found[look] = curves[0] if len(curves) == 1 else curves
        yield found
        end += shot.frames - shot.overlap


def _layer(layer: Layer, short_side: int, media: _Media) -> Json:
    found: Json = {
        "at": layer.start,
        "frames": layer.frames,
        "src": media.picture(layer.picture),
        "alpha": _alpha(layer),
        "place": _place(layer),
    }
    if isinstance(layer.picture, Footage):
        found["footage"] = _footage(layer.picture, short_side)
    return found


def _alpha(layer: Layer) -> Curve:
    levels: list[float] = []
    for frame, level in layer.alpha:
        levels += levels[-1:] * (frame - len(levels))
        levels.append(_LEVELS * level)
    return curve(levels, _LEVEL)


def _place(layer: Layer) -> Json | list[int]:
    if isinstance(layer.place, Box):
        return [*layer.place[:2], *layer.place.size]
    motion = layer.place
    now = [motion.at(frame) for frame in range(motion.moving(layer.frames).stop)]
    x, y, scale, turn = zip(*now, strict=True)
    return {
        "size": list(motion.image),
        "x": curve(x, _PIXELS),
        "y": curve(y, _PIXELS),
        "scale": curve(scale, _SCALE),
        "turn": curve(turn, _DEGREES),
        "snap": motion.slides,
    }


def _footage(footage: Footage, short_side: int) -> Json:
    view, speed = footage.view, footage.speed
    found: Json = {
        "first": short(float(footage.first + _EARLY * min(Fraction(1), abs(speed) or 1))),
        "speed": short(float(speed), _SPEED_DIGITS),
        "picture": _picture(view),
    }
    if view.flip_h or view.flip_v:
        found["flip"] = [-1 if view.flip_h else 1, -1 if view.flip_v else 1]
    if effects := filters(footage.effects, short_side):
        found["effects"] = effects
    return found


def _picture(view: View) -> list[float]:
    """Where the clip's whole picture is, counted from the corner of what is seen."""
    across = view.scaled[0] / view.crop.size[0]
    down = view.scaled[1] / view.crop.size[1]
    return [
        short(-view.crop.left * across - view.seen.left),
        short(-view.crop.top * down - view.seen.top),
        short(view.source[0] * across),
        short(view.source[1] * down),
    ]


def _sounds(timeline: Timeline, media: _Media) -> Iterator[Json]:
    heard = [sound for sound in sounds(timeline) if not sound.backwards]
    levels = gains(heard, timeline.duration, timeline.canvas.fps)
    twins: Counter[tuple[str, int, int]] = Counter()
    for sound, gain in zip(heard, levels, strict=True):
        place = (sound.clip, sound.start, sound.frames)
        yield {
            "at": sound.start,
            "frames": sound.frames,
            "src": media.clip(sound.clip, twins[place]),
            "first": int(sound.first),
            "speed": short(float(sound.speed), _SPEED_DIGITS),
            "loop": sound.loop,
            "gain": gain,
        }
        twins[place] += 1
