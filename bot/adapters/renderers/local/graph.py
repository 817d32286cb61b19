"""Graph: a scene as the inputs and the filters of one ffmpeg."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bot.adapters.process import ffmpeg_input
from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.local.backwards import stretches
from bot.adapters.renderers.local.filters import (
    BT709,
    CLOCK,
    FPS,
    affected,
    at_rate,
    background,
    chain,
    dimmed,
    dipped,
    framed,
    held,
    hexadecimal,
    translucent,
)
from bot.adapters.renderers.local.sources import Source
from bot.adapters.renderers.lowering.motion import Motion
from bot.adapters.renderers.lowering.scene import Footage, Layer, Scene, Shot, Still
from bot.engine.composition import Transition

_BORDER = 2
"""Transparent pixels around a picture that is turned or scaled, for smooth edges."""

_FEW = 4
"""Up to so many videos, each may be decoded in two threads."""

_CORNERS = ("x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3")


@dataclass(frozen=True, slots=True)
class Graph:
    """The arguments that open the inputs, and the filters that make [out] of them."""

    inputs: list[str]
    filters: str


def compile_scene(scene: Scene, sources: Mapping[str, Source], scaler: str) -> Graph:
    """Write a scene in ffmpeg's language; `sources` are by clip id."""
    writer = _Writer(scene, sources, scaler)
    film = writer.film()
    fps = scene.canvas.fps
    tags = "range=limited:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    last = f"[{film}]settb={fps.den}/{fps.num},setpts=N,setparams={tags}[out]"
    return Graph(writer.inputs, ";\n".join([*writer.chains, last]))


@dataclass
class _Writer:
    """Collects inputs and chains. Methods return the label of the stream that they made."""

    scene: Scene
    sources: Mapping[str, Source]
    scaler: str
    inputs: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    opened: int = 0

    def film(self) -> str:
        film = self._main()
        for layer in self.scene.overlays:
            film = self._with(layer, film)
        return film

    def _make(self, text: str) -> str:
        label = f"s{len(self.chains)}"
        self.chains.append(f"{text}[{label}]")
        return label

    def _open(self, arguments: list[str]) -> str:
        self.inputs += arguments
        self.opened += 1
        return f"[{self.opened - 1}:V:0]"  # V leaves out cover pictures

    # --- the main track ---

    def _main(self) -> str:
        """Cross-fade shots that overlap, then put what stands apart one after the other."""
        runs: list[tuple[str, int]] = []
        for shot in self.scene.shots:
            picture = self._shot(shot)
            if shot.transition and runs:
                before, length = runs.pop()
                joined = self._joined(before, length, shot.transition, (picture, shot.overlap))
                runs.append((joined, length + shot.frames - shot.overlap))
            else:
                runs.append((picture, shot.frames))
        labels = [label for label, _ in runs]
        if len(labels) == 1:
            return labels[0]
        joined = "".join(f"[{label}]" for label in labels)
        return self._make(f"{joined}concat=n={len(labels)}:v=1:a=0,{CLOCK}")

    def _joined(
        self, before: str, length: int, transition: Transition, following: tuple[str, int]
    ) -> str:
        """Let a run of `length` frames give way to the shot that shares its last ones."""
        after, overlap = following
        if transition.kind == "dip":
            name = f"{len(self.chains)}"
            out = self._make(f"[{before}]{dipped(length, overlap, 'out', f'o{name}')}")
            into = self._make(f"[{after}]{dipped(length, overlap, 'in', f'i{name}')}")
            return self._make(f"[{out}][{into}]concat=n=2:v=1:a=0,{CLOCK}")
        fades = transition.kind == "crossfade"
        kind = "fade" if fades else f"{transition.kind}{transition.direction}"
        times = f"duration={overlap}ms:offset={length - overlap}ms"
        return self._make(f"[{before}][{after}]xfade=transition={kind}:{times},{CLOCK}")

    def _shot(self, shot: Shot) -> str:
        """A shot over the background, exactly as long as it is."""
        layer = shot.layer
        if layer is None:
            return self._make(chain(self._background(), held(shot.frames)))
        dim = dimmed(layer.alpha, self.scene.canvas.background, f"d{self.opened}")
        if isinstance(layer.place, Motion):
            base = self._make(chain(self._background(), held(shot.frames)))
            picture = self._make(self._filters(layer.picture, shot.frames))
            return self._make(chain(self._moved(layer, layer.place, (base, picture)), dim))
        if isinstance(layer.picture, Footage):
            filters = self._footage(layer.picture, shot.frames)
            return self._make(chain(filters, self._padded(layer.place), dim))
        base, picture = self._make(self._background()), self._make(self._still(layer.picture))
        shown = f"[{base}][{picture}]overlay={layer.place.left}:{layer.place.top}"
        return self._make(chain(shown, held(shot.frames), dim))

    def _background(self) -> str:
        canvas = self.scene.canvas
        return background(canvas.background, (canvas.width, canvas.height))

    def _padded(self, place: Box) -> str:
        canvas = self.scene.canvas
        if place == (0, 0, canvas.width, canvas.height):
            return ""
        color = hexadecimal(canvas.background)
        return f"pad={canvas.width}:{canvas.height}:{place.left}:{place.top}:color={color}"

    # --- overlays ---

    def _with(self, layer: Layer, film: str) -> str:
        alpha = translucent(layer.alpha, f"a{self.opened}")
        ready = f"format=yuva420p,{alpha}" if alpha else ""
        if isinstance(layer.place, Motion):
            picture = self._make(chain(self._filters(layer.picture, layer.frames), ready))
            return self._make(self._moved(layer, layer.place, (film, picture)))
        spot = f"overlay={layer.place.left}:{layer.place.top}"
        if isinstance(layer.picture, Still) and len(layer.alpha) == 1:
            picture = self._make(chain(self._still(layer.picture), alpha))
            when = f"between(n,{layer.start},{layer.start + layer.frames - 1})"
            return self._make(f"[{film}][{picture}]{spot}:enable='{when}'")
        filters = self._filters(layer.picture, layer.frames)
        picture = self._make(chain(filters, ready, _delayed(layer.start)))
        return self._make(f"[{film}][{picture}]{spot}:eof_action=pass")

    # --- pictures ---

    def _filters(self, picture: Footage | Still, frames: int) -> str:
        if isinstance(picture, Still):
            return chain(self._still(picture), held(frames))
        return self._footage(picture, frames)

    def _still(self, still: Still) -> str:
        pad = self._open(ffmpeg_input(still.path, "-threads", "1", "-framerate", FPS))
        return f"{pad}scale={BT709},format=yuva420p,setsar=1,{CLOCK}"

    def _footage(self, footage: Footage, frames: int) -> str:
        effects = affected(footage.effects, self.scene.canvas.short_side)
        if footage.speed < 0:
            return chain(self._backwards(footage, frames), effects)
        if footage.speed == 0:
            still = self._read(replace(footage, speed=Fraction(1)), 1)
            return chain(still, effects, held(frames))
        return chain(self._read(footage, frames), effects)

    def _backwards(self, footage: Footage, frames: int) -> str:
        """Stretches that are turned round, one after the other."""
        labels = []
        for start, count in stretches(frames, footage.view.size):
            earliest = footage.first + (start + count - 1) * footage.speed
            ahead = replace(footage, first=earliest, speed=-footage.speed)
            labels.append(f"[{self._make(chain(self._read(ahead, count), 'reverse'))}]")
        if len(labels) == 1:
            return f"{labels[0]}{CLOCK}"
        return f"{''.join(labels)}concat=n={len(labels)}:v=1:a=0,{CLOCK}"

    def _read(self, footage: Footage, frames: int) -> str:
        """Frames as they come in the file, cut and scaled."""
        source = self.sources[footage.clip]
        canvas = self.scene.canvas
        seek, filters = at_rate(
            canvas.fps, footage.first, footage.speed, frames, lead=Fraction(source.lead)
        )
        # A change of size in mid-stream must not start the graph anew: frames would be lost.
        options = ("-reinit_filter", "0", "-noaccurate_seek", "-threads", self._threads())
        pad = self._open(ffmpeg_input(source.path, *options, *seek))
        return chain(f"{pad}{filters}", framed(footage.view, source.matrix, self.scaler))

    def _threads(self) -> str:
        layers = [shot.layer for shot in self.scene.shots] + list(self.scene.overlays)
        videos = sum(_videos(layer) for layer in layers if layer)
        return "2" if videos <= _FEW else "1"

    # --- motion ---

    def _moved(self, layer: Layer, motion: Motion, streams: tuple[str, str]) -> str:
        """Put the second stream over the first, where the motion says.

        Both `n` of overlay and `on` of perspective count from 1.
        """
        base, picture = streams
        later = _delayed(layer.start)
        if motion.slides:
            left, top = motion.left_top(f"(n-{layer.start + 1})")
            moved = self._make(f"[{picture}]{chain('format=yuva420p', later)}")
            spot = f"overlay=x='{left}':y='{top}':eval=frame"
        else:
            reach = motion.reach(layer.frames)
            moved = self._make(f"[{picture}]{chain(_warped(motion, reach), later)}")
            spot = f"overlay={reach.left}:{reach.top}"
        return f"[{base}][{moved}]{spot}:eof_action=pass"


def _videos(layer: Layer) -> int:
    """How many videos are opened for a layer."""
    footage = layer.picture
    if isinstance(footage, Still):
        return 0
    return len([*stretches(layer.frames, footage.view.size)]) if footage.speed < 0 else 1


def _delayed(frames: int) -> str:
    return f"setpts=PTS+{frames}" if frames else ""


def _warped(motion: Motion, reach: Box) -> str:
    """Turn and scale a picture into the region that it reaches.

    The sheet is the picture with its border, enlarged until the region fits on it.
    """
    width, height = motion.image
    size = max(width + 2 * _BORDER, reach.size[0]), max(height + 2 * _BORDER, reach.size[1])
    sheet = Box(0, 0, *size).shifted(-width // 2 - _BORDER, -height // 2 - _BORDER)
    corners = zip(_CORNERS, motion.corners("(on-1)", reach, sheet), strict=True)
    points = ":".join(f"{name}='{text}'" for name, text in corners)
    return chain(
        "format=yuva420p",
        f"pad={size[0]}:{size[1]}:{_BORDER}:{_BORDER}:color=black@0",
        f"perspective={points}:sense=destination:eval={'init' if motion.still else 'frame'}",
        f"crop={reach.size[0]}:{reach.size[1]}:0:0",
    )
