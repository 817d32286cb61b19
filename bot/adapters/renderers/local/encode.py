"""Encode: runs ffmpeg on windows of the film and on its sound, and puts the parts together."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from bot.adapters.process import Child, Limits, child, ffmpeg_exe
from bot.adapters.renderers.local import mp4
from bot.adapters.renderers.local.audio import SAMPLES, compile_audio
from bot.adapters.renderers.local.filters import rate
from bot.adapters.renderers.local.graph import Graph, compile_scene
from bot.adapters.renderers.local.sources import Source
from bot.adapters.renderers.local.workspace import in_thread
from bot.adapters.renderers.lowering.keyframes import number
from bot.adapters.renderers.lowering.scene import Scene
from bot.engine.layout import Timeline
from bot.engine.presets import PresetName
from bot.engine.timebase import Rate
from bot.ports import ChildFailed, RenderFailed

log = logging.getLogger("chatkut.render")

Report = Callable[[int], None]
"""Told how many frames are done."""

# Damaged pictures are made up for; whether all frames are there is checked at the end.
_GLOBAL = ("-hide_banner", "-nostdin", "-v", "error", "-y", "-max_error_rate", "1")
_PROGRESS = ("-progress", "pipe:1", "-stats_period", "0.2", "-nostats")
_CLEAN = ("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1")
_TAGS = (
    *("-color_range", "tv", "-colorspace", "bt709"),
    *("-color_primaries", "bt709", "-color_trc", "bt709"),
)
_MEMORY_BYTES = 8 << 30
_MEMORY_BYTES_EACH = 24 << 20  # two threads' stacks, and what they hold
_FILE_BYTES = 64 << 30
_FULL = ("No space left on device", "File too large", "SIGXFSZ")


@dataclass(frozen=True, slots=True)
class Quality:
    """Encoder settings: x264's preset and rate factor, and how pictures are scaled."""

    preset: str
    crf: int
    scaler: str = "bicubic"


QUALITY: Mapping[PresetName, Quality] = {
    "preview": Quality("ultrafast", 28, "bilinear"),
    "720p": Quality("veryfast", 23),
    "1080p": Quality("veryfast", 23),
    "source": Quality("veryfast", 23),
    "landscape": Quality("veryfast", 23),
    "vertical": Quality("veryfast", 23),
    "square": Quality("veryfast", 23),
    "gif": Quality("ultrafast", 12),  # what the palette is made from
}


def picture_codec(quality: Quality, fps: Rate) -> tuple[str, ...]:
    """The arguments that encode pictures."""
    return (
        *("-c:v", "libx264", "-preset", quality.preset, "-crf", str(quality.crf)),
        *("-pix_fmt", "yuv420p", "-r", rate(fps), "-x264-params", "stitchable=1", *_TAGS),
        *("-video_track_timescale", str(timescale(fps)), "-an", *_CLEAN),
    )


def sound_codec() -> tuple[str, ...]:
    """The arguments that encode sound."""
    return ("-c:a", "aac", "-b:a", "160k", "-ar", str(SAMPLES), "-ac", "2", "-vn", *_CLEAN)


async def encode_window(
    scene: Scene,
    sources: Mapping[str, Source],
    quality: Quality,
    out: Path,
    report: Report,
    *,
    cuts: Sequence[int] = (),
) -> float:
    """Encode the pictures of a window into an MP4 at `out`; return the CPU seconds.

    It can be cut before the frames `cuts`.

    Raises:
        RenderFailed: ffmpeg failed.
    """
    fps = scene.canvas.fps
    graph = compile_scene(scene, sources, quality.scaler)
    # A quarter of a frame early: the first picture at or after the time is meant.
    times = ",".join(number(float((frame - Fraction(1, 4)) / fps.value)) for frame in cuts)
    forced = ("-force_key_frames", times) if cuts else ()
    encoder = (*picture_codec(quality, fps), *forced, _file(out))
    inputs = len(scene.shots) + len(scene.overlays)
    return await _filtered(graph, inputs, encoder, (scene.frames, report))


async def encode_audio(timeline: Timeline, sources: Mapping[str, Source], out: Path) -> float:
    """Encode the sound of the whole film into an M4A at `out`; return the CPU seconds.

    Raises:
        RenderFailed: ffmpeg failed.
    """
    graph, inputs = compile_audio(timeline, sources)
    encoder = (*sound_codec(), _file(out))
    return await _filtered(graph, inputs, encoder, (timeline.duration, lambda _: None))


async def join(parts: Sequence[Path], sound: Path | None, out: Path) -> float:
    """Put parts one after the other and the sound beside them; return ffmpeg's CPU seconds.

    Raises:
        RenderFailed: ffmpeg failed.
        OSError: There is no room.
    """
    try:
        await in_thread(_spliced, parts, sound, out)
    except mp4.Unfit as reason:
        log.warning("a film is joined by ffmpeg, because by bytes it cannot be: %s", reason)
        return await join_by_ffmpeg(parts, sound, out)
    return 0


async def join_by_ffmpeg(parts: Sequence[Path], sound: Path | None, out: Path) -> float:
    """As `join`, for whatever ffmpeg can read; it takes ten times as long."""
    inputs = ["-i", _file(parts[0])] if len(parts) == 1 else _in_a_row(parts)
    maps = ["-map", "0:v:0"]
    if sound:
        inputs += ["-i", _file(sound)]
        maps += ["-map", "1:a:0"]
    flags = ("-c", "copy", "-movflags", "+faststart", *_CLEAN)
    return await _ffmpeg([*inputs, *maps, *flags, _file(out)], len(parts))


async def advance_sound(film: Path, seconds: float, frames: int, out: Path) -> float:
    """Copy a film whose sound comes `seconds` too late; return ffmpeg's CPU seconds.

    An edit list leaves out what is before the sound; nothing is encoded again.

    Raises:
        RenderFailed: ffmpeg failed.
    """
    sound = ("-itsoffset", f"{-seconds:.6f}", "-i", _file(film))
    maps = ("-map", "0:v:0", "-map", "1:a:0?")
    flags = ("-c", "copy", "-movflags", "+faststart", *_CLEAN)
    return await _ffmpeg(["-i", _file(film), *sound, *maps, *flags, _file(out)], frames)


async def encode_gif(film: Path, fps: Rate, frames: int, out: Path) -> float:
    """Turn a film into a GIF of `frames` with a palette of its own; return the CPU seconds.

    Two passes, because one would hold the whole film in memory until the palette is known.

    Raises:
        RenderFailed: ffmpeg failed.
    """
    palette = out.with_name("palette.png")
    source = ["-i", _file(film)]
    paced = f"fps={rate(fps)},tpad=stop_mode=clone:stop=-1,trim=end_frame={frames}"
    first = await _ffmpeg([*source, "-vf", f"{paced},palettegen", _file(palette)], frames)
    source += ["-i", _file(palette)]
    drawn = f"[0:v]{paced}[film];[film][1:v]paletteuse=dither=bayer:bayer_scale=4"
    return first + await _ffmpeg([*source, "-filter_complex", drawn, _file(out)], frames)


def timescale(fps: Rate) -> int:
    """Ticks per second in which a frame is a whole number: 30000 wherever that is possible."""
    for ticks in (30_000, 120_000):
        if ticks * fps.den % fps.num == 0:
            return ticks
    return fps.num * -(-10_000 // fps.num)


async def _filtered(
    graph: Graph, inputs: int, encoder: Sequence[str], watch: tuple[int, Report]
) -> float:
    """Run a graph, which goes by a file because it may be longer than a command line."""
    frames, report = watch
    script = Path(encoder[-1].removeprefix("file:")).with_suffix(".graph")
    script.write_text(graph.filters)
    argv = [*graph.inputs, "-/filter_complex", str(script), "-map", "[out]", *encoder]
    return await _ffmpeg(argv, frames, inputs, report)


async def _ffmpeg(
    arguments: Sequence[str], frames: int, inputs: int = 0, report: Report = lambda _: None
) -> float:
    patience = 600 + 3 * frames
    limits = Limits(
        memory_bytes=_MEMORY_BYTES + inputs * _MEMORY_BYTES_EACH,
        cpu_seconds=16 * patience,
        file_bytes=_FILE_BYTES,
        open_files=256 + 2 * inputs,
    )
    argv = [ffmpeg_exe(), *_GLOBAL, *_PROGRESS, *arguments]
    running: Child | None = None
    try:
        async with child(argv, timeout_seconds=patience, limits=limits) as running:
            async for line in running.lines():
                key, _, value = line.partition("=")
                if key == "frame" and value.strip().isdecimal():
                    report(int(value))
    except ChildFailed as error:
        raise RenderFailed(_sentence(str(error), running.stderr if running else "")) from error
    return running.cpu_seconds


def _sentence(error: str, said: str) -> str:
    """What to tell people; of what ffmpeg said, the first line is the cause."""
    if any(sign in said + error for sign in _FULL):
        return "There is no room for the film: free some disk space and render again."
    cause = re.sub(r"^(\[[^]]*\] )+", "", said.strip().partition("\n")[0])
    cause = re.sub(r"(file:)?/\S+", "…", cause)  # where things lie is nobody's business
    return f"The film could not be made: {cause or error}"


def _spliced(parts: Sequence[Path], sound: Path | None, out: Path) -> None:
    mp4.write([mp4.read(part) for part in parts], mp4.read(sound) if sound else None, out)


def _in_a_row(parts: Sequence[Path]) -> list[str]:
    """A list of files in one directory, of which we made the names."""
    playlist = parts[0].with_name("parts.txt")
    playlist.write_text("".join(f"file '{part.name}'\n" for part in parts))
    return ["-f", "concat", "-safe", "0", "-i", _file(playlist)]


def _file(path: Path) -> str:
    return f"file:{path}"
