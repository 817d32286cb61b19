"""Renders one realistic minute three ways, in turn: ChatKut, one ffmpeg graph by hand, MoviePy.

The film: three clips of 1080p30 trimmed to 60 s in all, a crossfade, a title with fades, a logo all
along, and music. ChatKut renders it from nothing, then again after the title was changed, and after
the second clip lost a second at its head. Prints the ratios of CPU and wall time of the first
render to each peer, and of those after an edit to the first, pair by pair, and their median. Needs
two or more rounds to mean anything on a shared machine.
"""

import argparse
import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.adapters.media.local import LocalMedia
from bot.adapters.process import ffmpeg_exe
from bot.adapters.renderers.drawing import draw
from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.engine.composition import Clip, Composition, Text, Video
from bot.engine.layout import layout
from bot.engine.plan import Plan
from bot.ports import Rendered

SIZE = (1920, 1080)
CUTS = (20.5, 20.0, 20.0)  # seconds of each clip; half a second is shared by the crossfade
FIRST, EDITS = "ChatKut", ("another title", "a trimmed clip")
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"]


@dataclass(frozen=True)
class Sources:
    """The files that all three work from."""

    clips: tuple[Path, ...]
    music: Path
    logo: Path
    title: Path
    title_at: tuple[int, int]


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg and wait."""
    argv = [ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(argv, check=True)  # noqa: S603 - our own arguments


def make_sources(folder: Path) -> Sources:
    """Make noisy, moving clips with sound, music, a logo, and the title as ChatKut draws it."""
    clips = tuple(_clip(folder / f"clip{n}.mp4", n) for n in range(3))
    music = folder / "music.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=220:d=70", "-ac", "2", "-c:a", "aac", str(music))
    logo = folder / "logo.png"
    Image.new("RGBA", (300, 120), (240, 80, 40, 200)).save(logo)
    drawn = draw(title_item(), SIZE, None)
    drawn.image.save(folder / "title.png")
    return Sources(clips, music, logo, folder / "title.png", (drawn.left, drawn.top))


def _clip(path: Path, number: int) -> Path:
    picture = f"testsrc2=s=1920x1080:r=30:d=24,hue=h={number * 90},noise=alls=5:allf=t"
    sound = f"sine={300 + 100 * number}:d=24"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p"]
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    ffmpeg(*inputs, *coding, "-c:a", "aac", "-shortest", str(path))
    return path


def title_item() -> Text:
    """The title of the film."""
    words = "A realistic minute"
    return Text(id="t9", label="title", duration=90, text=words, fade_in=15, fade_out=15)


class Ours:
    """ChatKut's local renderer, the film, and the film after an edit."""

    def __init__(self, sources: Sources, folder: Path) -> None:
        self._media = LocalMedia(folder / "media", 1 << 34)
        self._cache = Cache(folder / "pieces", 1 << 34)
        self._out = folder / "ours.mp4"
        self._comp = asyncio.run(_composition(sources, self._media))

    def first(self) -> None:
        """Render from nothing."""
        shutil.rmtree(self._cache.folder, ignore_errors=True)
        asyncio.run(self._render(self._comp))

    def retitled(self) -> None:
        """Render again with other words."""
        title = self._comp.items[title_item().id]
        asyncio.run(self._render(self._comp.with_item(title.but(text="Another minute"))))

    def trimmed(self) -> None:
        """Render again with a second less at the second clip's head."""
        shot = self._comp.items[self._comp.main[1]]
        assert isinstance(shot, Video)  # noqa: S101
        shorter = shot.but(duration=shot.duration - 30, source_in=shot.source_in + 30)
        asyncio.run(self._render(self._comp.with_item(shorter)))

    async def _render(self, comp: Composition) -> None:
        clips = comp.clips.values()
        files = {clip.id: await self._media.files(clip.sha256) for clip in clips}
        renderer = LocalRenderer(0.04, self._cache)
        async for event in renderer.render(layout(comp), files, "source", self._out):
            if isinstance(event, Rendered):
                print(f"    ChatKut: {event.frames} frames, {event.size_bytes / 1e6:.1f} MB")


async def _composition(sources: Sources, media: LocalMedia) -> Composition:
    comp = Composition()
    for path in (*sources.clips, sources.music, sources.logo):
        facts = await media.take(path, path.name, lambda _: None)
        clip = Clip(
            id=f"c{len(comp.clips) + 1}",
            name=path.name,
            kind=facts.kind,
            sha256=facts.sha256,
            seconds=facts.seconds,
            width=facts.width,
            height=facts.height,
            fps=facts.fps,
            has_audio=facts.has_audio,
        )
        comp = comp.but(clips={**comp.clips, clip.id: clip})
    comp = Plan.model_validate({"operations": _edits()}).apply(comp, 1)
    return comp.with_item(title_item().but(anchor={"at": 30}))


def _edits() -> list[dict[str, object]]:
    shots: list[dict[str, object]] = [
        {"action": "add", "changes": {"type": "video", "clip": f"c{n + 1}", "duration": seconds}}
        for n, seconds in enumerate(CUTS)
    ]
    second = {"type": "byIndex", "index": 1}
    logo = {"type": "image", "clip": "c5", "place": "top-right", "to_end": True, "scale": 0.16}
    music = {"type": "audio", "clip": "c4", "volume": 0.3, "to_end": True, "duck": True}
    return [
        *shots,
        {"action": "transition", "selector": second, "changes": {"duration": 0.5}},
        {"action": "add", "changes": logo},
        {"action": "add", "changes": music},
    ]


def by_hand(sources: Sources, out: Path) -> None:
    """Render with one ffmpeg graph, as an expert would write it for this film."""
    left, top = sources.title_at
    first, second, third = CUTS
    graph = (
        "[0:v]fps=30,settb=1/30[a];[1:v]fps=30,settb=1/30[b];[2:v]fps=30,settb=1/30[c];"
        f"[a][b]xfade=transition=fade:duration=0.5:offset={first - 0.5}[ab];"
        "[ab]settb=1/30[ab2];[ab2][c]concat=n=2:v=1:a=0[v];"
        "[4:v]format=yuva420p,fade=in:st=0:d=0.5:alpha=1,fade=out:st=2.5:d=0.5:alpha=1,"
        f"setpts=PTS+1/TB[t];[v][t]overlay={left}:{top}:enable='between(t,1,4)':eof_action=pass[vt];"
        "[5:v]format=yuva420p[l];[vt][l]overlay=W-w-96:54,format=yuv420p[out];"
        "[0:a][1:a]acrossfade=d=0.5[xa];[xa][2:a]concat=n=2:v=0:a=1[talk];"
        "[talk]asplit[talk1][key];[3:a]volume=0.3[m];"
        "[m][key]sidechaincompress=threshold=0.03:ratio=8:attack=50:release=400[duck];"
        "[talk1][duck]amix=normalize=0:duration=first[aout]"
    )
    inputs: list[str] = []
    for path, seconds in zip(sources.clips, (first, second, third), strict=True):
        inputs += ["-t", str(seconds), "-i", str(path)]
    inputs += ["-i", str(sources.music), "-loop", "1", "-framerate", "30", "-t", "3"]
    inputs += ["-i", str(sources.title), "-i", str(sources.logo)]
    maps = ["-map", "[out]", "-map", "[aout]"]
    sound = ["-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"]
    ffmpeg(*inputs, "-filter_complex", graph, *maps, *X264, *sound, str(out))


MOVIEPY = """
import sys
from moviepy import *
a, b, c, music, logo, title, left, top, out = sys.argv[1:]
cuts = (20.5, 20.0, 20.0)
clips = [VideoFileClip(p).subclipped(0, s) for p, s in zip((a, b, c), cuts)]
clips[1] = clips[1].with_start(20.0).with_effects([vfx.CrossFadeIn(0.5)])
clips[2] = clips[2].with_start(40.0)
words = ImageClip(title).with_start(1).with_duration(3).with_position((int(left), int(top)))
words = words.with_effects([vfx.CrossFadeIn(0.5), vfx.CrossFadeOut(0.5)])
mark = ImageClip(logo).with_duration(60).with_position((1524, 54))
film = CompositeVideoClip([*clips, words, mark], size=(1920, 1080)).with_duration(60)
tune = AudioFileClip(music).subclipped(0, 60).with_volume_scaled(0.3)
film = film.with_audio(CompositeAudioClip([film.audio, tune]))
film.write_videofile(out, fps=30, codec="libx264", preset="veryfast", audio_codec="aac",
                     ffmpeg_params=["-crf", "23"], logger=None)
"""


def by_moviepy(python: str, sources: Sources, out: Path) -> None:
    """Render the same with MoviePy (without ducking, which it has not)."""
    files = [*sources.clips, sources.music, sources.logo, sources.title]
    argv = [python, "-c", MOVIEPY, *map(str, files), *map(str, sources.title_at), str(out)]
    environment = {**os.environ, "IMAGEIO_FFMPEG_EXE": ffmpeg_exe()}
    subprocess.run(argv, check=True, env=environment, cwd=out.parent)  # noqa: S603 - our own


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU seconds of this process and all its children, and wall seconds."""

    cpu: float
    wall: float


def measured(work: Callable[[], None]) -> Cost:
    """Run something and measure it."""
    cpu, wall = _cpu(), time.monotonic()
    work()
    return Cost(_cpu() - cpu, time.monotonic() - wall)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Measure in interleaved rounds and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--moviepy", metavar="PYTHON", help="a Python that has MoviePy")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = make_sources(folder)
        ours = Ours(sources, folder)
        contestants: dict[str, Callable[[], None]] = {
            FIRST: ours.first,
            EDITS[0]: ours.retitled,
            EDITS[1]: ours.trimmed,
            "ffmpeg by hand": lambda: by_hand(sources, folder / "hand.mp4"),
        }
        if options.moviepy:
            contestants["MoviePy"] = lambda: by_moviepy(
                options.moviepy, sources, folder / "moviepy.mp4"
            )
        report(contestants, options.rounds)


def report(contestants: dict[str, Callable[[], None]], rounds: int) -> None:
    """Run all in turn, and print each one's cost and the ratios."""
    costs: dict[str, list[Cost]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, work in contestants.items():
            cost = measured(work)
            costs[name].append(cost)
            print(f"round {number + 1}: {name:15} CPU {cost.cpu:6.1f} s  wall {cost.wall:6.1f} s")
            sys.stdout.flush()
    peers = [name for name in contestants if name not in (FIRST, *EDITS)]
    for one, other in [*((name, FIRST) for name in EDITS), *((FIRST, name) for name in peers)]:
        pairs = list(zip(costs[one], costs[other], strict=True))
        cpu = statistics.median(this.cpu / that.cpu for this, that in pairs)
        wall = statistics.median(this.wall / that.wall for this, that in pairs)
        print(f"{one} / {other}: CPU {cpu:.3f}, wall {wall:.3f}")


if __name__ == "__main__":
    main()
