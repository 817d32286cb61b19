"""Recipe: a key for a chunk or a sound that says everything that decides what it looks like.

It is the digest of what ffmpeg would be told to make it alone, where files are called by what is
in them. A scene is relative to its start, so nothing in it tells where in the film it is. The key
names a recipe, not bytes: encoded together with its neighbours a chunk comes out a little
different, and as good.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.process import ffmpeg_exe, run
from bot.adapters.renderers.local.audio import compile_audio
from bot.adapters.renderers.local.encode import Quality, picture_codec, sound_codec
from bot.adapters.renderers.local.graph import Graph, compile_scene
from bot.adapters.renderers.local.sources import Source
from bot.adapters.renderers.local.workspace import in_thread
from bot.adapters.renderers.lowering.scene import Scene, Still
from bot.engine.layout import Timeline
from bot.ports import ChildFailed, RenderFailed

_VERSION = 1
"""Changes when the same instructions give other pictures, such as by other cuts of a part."""


@dataclass(frozen=True, slots=True)
class Recipes:
    """Writes keys; `names` says what is in a file, by what it is called in arguments."""

    ffmpeg: str
    names: Mapping[str, str]

    def of_scene(self, scene: Scene, sources: Mapping[str, Source], quality: Quality) -> str:
        """The key of the pictures of a chunk."""
        graph = compile_scene(scene, sources, quality.scaler)
        return self._key(graph, picture_codec(quality, scene.canvas.fps), scene.frames)

    def of_sound(self, timeline: Timeline, sources: Mapping[str, Source]) -> str:
        """The key of the sound of a film."""
        return self._key(compile_audio(timeline, sources)[0], sound_codec(), timeline.duration)

    def _key(self, graph: Graph, codec: tuple[str, ...], frames: int) -> str:
        inputs = [self.names[each] if _is_file(each) else each for each in graph.inputs]
        recipe = [_VERSION, self.ffmpeg, inputs, graph.filters, codec, frames]
        return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()


async def recipes(
    timeline: Timeline, sources: Mapping[str, Source], stills: Mapping[str, Still]
) -> tuple[Recipes, float]:
    """Recipes for what these files make, and the CPU seconds that asking ffmpeg took.

    Raises:
        RenderFailed: ffmpeg cannot be run.
    """
    try:
        version = await run([ffmpeg_exe(), "-version"], timeout_seconds=60)
    except ChildFailed as error:
        raise RenderFailed(f"The film could not be made: {error}") from error
    films = {_called(source.path): timeline.clips[clip].sha256 for clip, source in sources.items()}
    drawn = await in_thread(_digests, [still.path for still in stills.values()])
    ffmpeg = hashlib.sha256(version.stdout).hexdigest()
    return Recipes(ffmpeg, films | drawn), version.cpu_seconds


def _is_file(argument: str) -> bool:
    return argument.startswith("file:")


def _called(path: Path) -> str:
    return f"file:{path.absolute()}"


def _digests(drawn: Iterable[Path]) -> dict[str, str]:
    """Of PNGs; what Pillow writes for equal pixels is equal."""
    return {_called(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in drawn}
