"""A studio: makes clips whose frames can be told apart, renders them, and looks at the result."""

import subprocess
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from math import cos, log10, pi, sqrt
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.reformatter import ColorRange, Colorspace

from bot.adapters.process import ffmpeg_exe
from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.engine.composition import Canvas, Clip, ClipKind, Composition, Item, TimeAnchor
from bot.engine.layout import Timeline, layout
from bot.engine.presets import PresetName, retargeted
from bot.ports import MediaFiles, Progress, Rendered
from tests import media

WIDTH, HEIGHT, BITS = 160, 90, 8
RATE = 48_000
# The bits of the frame's number as black and white stripes, the lowest at the left.
COUNTING = f"geq=lum='if(bitand(N,pow(2,floor(X*{BITS}/W))),235,16)':cb=128:cr=128"
Color = tuple[int, int, int]


@dataclass(frozen=True)
class Film:
    """A finished film, decoded when somebody looks."""

    rendered: Rendered
    progress: tuple[Progress, ...] = ()

    @cached_property
    def pictures(self) -> list[av.VideoFrame]:
        with av.open(str(self.rendered.path)) as film:
            return [_rgb(frame) for frame in film.decode(video=0)]

    @cached_property
    def samples(self) -> "list[array[float]]":
        """Left and right, −1 … 1."""
        sides = [array("f"), array("f")]
        with av.open(str(self.rendered.path)) as film:
            for frame in film.decode(audio=0):
                for side, plane in zip(sides, frame.planes, strict=True):
                    side.frombytes(bytes(plane)[: 4 * frame.samples])
            length = film.streams.audio[0].duration or 0
        return [side[:length] for side in sides]  # the last block is filled up

    def color(self, frame: int, x: float = 0.5, y: float = 0.5) -> Color:
        """The colour at a point, given in fractions of the canvas."""
        picture = self.pictures[frame]
        row, column = int(y * picture.height), int(x * picture.width)
        at = row * picture.planes[0].line_size + 3 * column
        red, green, blue = bytes(picture.planes[0])[at : at + 3]
        return red, green, blue

    def counts(self) -> list[int]:
        """The numbers that the frames of counting clips show."""
        return [self.count(frame) for frame in range(len(self.pictures))]

    def count(self, frame: int) -> int:
        lit = (self.color(frame, (bit + 0.5) / BITS)[1] > 128 for bit in range(BITS))
        return sum(on << bit for bit, on in enumerate(lit))

    def level(self, start: float, end: float, tone: int | None = None, side: int = 0) -> float:
        """How loud seconds [start, end) are, or one tone in them, in dB: a full sine is 0."""
        heard = self.samples[side][int(start * RATE) : int(end * RATE)]
        amplitude = _tone(heard, tone) if tone else sqrt(2 * sum(s * s for s in heard) / len(heard))
        return 20 * log10(amplitude + 1e-6)


def _rgb(frame: av.VideoFrame) -> av.VideoFrame:
    return frame.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )


def _tone(heard: "array[float]", hertz: int) -> float:
    """The amplitude of one frequency (Goertzel's algorithm)."""
    factor, one, two = 2 * cos(2 * pi * hertz / RATE), 0.0, 0.0
    for sample in heard:
        one, two = sample + factor * one - two, one
    return sqrt(max(0.0, one * one + two * two - factor * one * two)) * 2 / len(heard)


def ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg with output options of the test's own."""
    command = [ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def near(one: Color, other: Color, tolerance: int = 12) -> bool:
    """Whether two colours look the same."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


class Studio:
    """Clips in a directory, compositions of them, and a renderer."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clips: dict[str, Clip] = {}
        self.files: dict[str, MediaFiles] = {}
        self.cache: Cache | None = None

    def video(self, name: str = "count", *, seconds: float = 4, **how: Any) -> str:
        """A clip as of tests.media; its frames show their numbers if it has no picture."""
        how = {"size": f"{WIDTH}x{HEIGHT}", "sound": True, **how}
        if "picture" not in how:
            how |= {"picture": "color=black", "options": ("-vf", COUNTING, "-g", "25")}
        path = media.video(self.root / f"{name}.{how.pop('suffix', 'mp4')}", seconds=seconds, **how)
        width, height = map(int, how["size"].split("x"))
        size = {"width": width, "height": height}
        return self.add(path, "video", seconds=seconds, has_audio=how["sound"], **size)

    def sound(self, name: str = "music", *, seconds: float = 4, tone: int = 880) -> str:
        path = media.sound(self.root / f"{name}.wav", seconds=seconds, tone=tone)
        return self.add(path, "audio", seconds=seconds, has_audio=True)

    def picture(self, name: str, size: tuple[int, int], color: str) -> str:
        path = media.picture(self.root / f"{name}.png", size=size, color=color)
        return self.add(path, "image", width=size[0], height=size[1])

    def add(self, path: Path, kind: ClipKind, **facts: Any) -> str:
        """Put a file into the bin; its clip's id is its stem."""
        name, still = path.stem, path if kind == "image" else None
        fps = 30 if kind == "video" else 0
        self.clips[name] = Clip(
            id=name, name=path.name, kind=kind, sha256=name, **({"fps": fps} | facts)
        )
        self.files[name] = MediaFiles(path, still, ())
        return name

    def timeline(
        self, main: Sequence[Item], *others: Item, preset: PresetName = "source", **canvas: Any
    ) -> Timeline:
        """Lay a composition out; items that are anchored nowhere start at 0."""
        shape = {"width": WIDTH, "height": HEIGHT} | canvas
        loose = [item if item.anchor else item.but(anchor=TimeAnchor()) for item in others]
        comp = Composition(
            canvas=Canvas(**shape),
            clips=self.clips,
            items={item.id: item for item in (*main, *loose)},
            main=tuple(item.id for item in main),
        )
        return layout(retargeted(comp, preset))

    async def render(
        self, main: Sequence[Item], *others: Item, preset: PresetName = "source", **canvas: Any
    ) -> Film:
        timeline = self.timeline(main, *others, preset=preset, **canvas)
        return await self.film(timeline, preset)

    async def film(self, timeline: Timeline, preset: PresetName = "source") -> Film:
        out = self.root / ("film.gif" if preset == "gif" else "film.mp4")
        *progress, rendered = [event async for event in self.events(timeline, preset, out)]
        assert isinstance(rendered, Rendered)
        return Film(rendered, tuple(event for event in progress if isinstance(event, Progress)))

    async def events(
        self, timeline: Timeline, preset: PresetName, out: Path
    ) -> AsyncIterator[Progress | Rendered]:
        async with aclosing(
            LocalRenderer(0.04, self.cache).render(timeline, self.files, preset, out)
        ) as events:
            async for event in events:
                yield event


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)
