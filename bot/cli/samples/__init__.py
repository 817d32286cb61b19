"""The sample media of `chatkut demo`: three clips, music and a logo, made on this machine."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.adapters.process import ffmpeg_exe, ffmpeg_input, run
from bot.cli.samples.city import CITY
from bot.cli.samples.logo import draw_logo
from bot.cli.samples.music import MUSIC
from bot.cli.samples.ocean import OCEAN
from bot.cli.samples.scene import FPS, HEIGHT, WIDTH, Layer, Scene
from bot.cli.samples.sunrise import SUNRISE
from bot.ports import StoreFailed

_SCENES = (SUNRISE, CITY, OCEAN)
_AT_ONCE = 2
_TIMEOUT_SECONDS = 120
_COLOUR = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
_VIDEO = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", *_COLOUR, "-color_range", "tv")
_AUDIO = ("-map", "[sound]", "-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart")

_Maker = Callable[[Path], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Samples:
    """The files, whole and ready to be dropped into a channel."""

    clips: tuple[Path, ...]
    music: Path
    logo: Path


async def make_samples(folder: Path) -> Samples:
    """Make the sample media in a folder, or find them there from the last time.

    Raises:
        StoreFailed: The folder cannot be written to.
        ChildFailed: ffmpeg is missing, or failed.
    """
    clips = {folder / f"{scene.name}.mp4": partial(_film, scene) for scene in _SCENES}
    samples = Samples(tuple(clips), folder / "music.m4a", folder / "logo.png")
    try:
        await _make({**clips, samples.music: _music, samples.logo: _logo})
    except OSError as error:
        reason = error.strerror or error
        raise StoreFailed(f"The samples cannot be made in {folder}: {reason}.") from error
    return samples


async def _make(makers: dict[Path, _Maker]) -> None:
    """Make the files that are missing, a few at once; where one fails, end the others and raise."""
    turn = asyncio.Semaphore(_AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:
            for path, make in makers.items():
                if not path.exists():
                    group.create_task(_whole(path, make, turn))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures


async def _whole(path: Path, make: _Maker, turn: asyncio.Semaphore) -> None:
    async with turn:
        with _aside(path) as out:
            await make(out)


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Let a file be made elsewhere and move it into place, so that a file that exists is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Errors are ignored because a painter, who runs in a thread, outlives its cancelled task.
    with TemporaryDirectory(prefix=".", dir=path.parent, ignore_cleanup_errors=True) as folder:
        out = Path(folder, path.name)
        yield out
        out.replace(path)


async def _film(scene: Scene, out: Path) -> None:
    layers = await asyncio.to_thread(_painted, scene, out.parent)
    rate = ("-framerate", str(FPS))
    inputs = [word for _, picture in layers for word in ffmpeg_input(picture, *rate)]
    graph = f"{_stage([layer for layer, _ in layers])};{scene.sound}"
    frames = ("-map", "[picture]", "-frames:v", str(scene.frames))
    await _ffmpeg(out, *inputs, "-filter_complex", graph, *frames, *_VIDEO, *_AUDIO)


def _painted(scene: Scene, folder: Path) -> list[tuple[Layer, Path]]:
    layers = [
        (layer, folder / f"layer{i}.png") for i, layer in enumerate(scene.paint(scene.frames))
    ]
    for layer, path in layers:
        layer.picture.save(path, compress_level=1)
    return layers


def _stage(layers: list[Layer]) -> str:
    """Write the filter graph that lays the moving layers over each other.

    In 4:4:4, because in 4:2:0 ffmpeg moves by two pixels or not at all.
    """
    parts = [f"color=s={WIDTH}x{HEIGHT}:r={FPS},format=yuv444p[stage0]"]
    for i, layer in enumerate(layers):
        animated = f",{layer.filters}" if layer.filters else ""
        place = f"x='{layer.x}':y='{layer.y}':enable='{layer.shown}'"
        parts += [
            f"[{i}]scale=out_color_matrix=bt709:out_range=tv,format=yuva444p{animated}[layer{i}]",
            f"[stage{i}][layer{i}]overlay={place}:format=yuv444[stage{i + 1}]",
        ]
    return ";".join([*parts, f"[stage{len(layers)}]format=yuv420p[picture]"])


async def _music(out: Path) -> None:
    await _ffmpeg(out, "-filter_complex", MUSIC, *_AUDIO)


async def _logo(out: Path) -> None:
    draw_logo().save(out)


async def _ffmpeg(out: Path, *arguments: str) -> None:
    quiet = ("-hide_banner", "-nostdin", "-v", "error")
    single = ("-threads", "1")
    command = [ffmpeg_exe(), *quiet, *single, "-filter_complex_threads", "1", *arguments, *single]
    await run([*command, f"file:{out}"], timeout_seconds=_TIMEOUT_SECONDS)
