"""Pieces: the files that make up a film's pictures; only those that are new are encoded."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.renderers.local import mp4
from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.chunks import chunks, portions
from bot.adapters.renderers.local.encode import Quality, Report, encode_window, timescale
from bot.adapters.renderers.local.recipe import Recipes
from bot.adapters.renderers.local.sources import Source
from bot.adapters.renderers.local.windows import windows
from bot.adapters.renderers.local.workspace import in_thread
from bot.adapters.renderers.lowering.scene import Still, Window, lower
from bot.engine.layout import Timeline

log = logging.getLogger("chatkut.render")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Files that make up the pictures of a film, and what of it was made now; None for all."""

    files: list[Path]
    new: list[Window] | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pictures of a film in the making.

    `work` is a directory for files, `spend` waits for what tells its CPU seconds, and `report` is
    told how many frames there are.
    """

    timeline: Timeline
    sources: Mapping[str, Source]
    stills: Mapping[str, Still]
    quality: Quality
    work: Path
    spend: Callable[[Awaitable[float]], Awaitable[None]]
    report: Report

    async def made(self) -> Pictures:
        """Encode everything; as few files as possible, one after the other.

        Raises:
            RenderFailed: ffmpeg failed.
        """
        film = chunks(self.timeline)
        groups = windows(self.timeline, film, film)
        return Pictures([await self._encoded(group, ()) for group in groups], None)

    async def made_with(self, cache: Cache, recipes: Recipes) -> Pictures:
        """Encode what is not in a cache, and keep it there; a file for each chunk.

        Raises:
            RenderFailed: ffmpeg failed.
            OSError: There is no room.
        """
        film = chunks(self.timeline)
        keys = await in_thread(self._keys, film, recipes)
        files = await in_thread(cache.take, keys.values(), self.work)
        # Of chunks that are alike only the first one is encoded.
        first = {key: chunk for chunk, key in reversed(keys.items()) if key not in files}
        missing = set(first.values())
        done = self.timeline.duration - sum(end - start for start, end in missing)
        groups = list(windows(self.timeline, film, missing))
        self.report(done)
        try:
            for group in groups:
                made = await self._divided(group, [keys[chunk] for chunk in group], done)
                await in_thread(cache.keep, made.items())
                files |= made
                done += group[-1][1] - group[0][0]
        except mp4.Unfit as reason:
            log.warning("a film is made without what is kept of others: %s", reason)
            return await self.made()
        new = [(group[0][0], group[-1][1]) for group in groups]
        return Pictures([files[key] for key in keys.values()], new)

    def _keys(self, film: Sequence[Window], recipes: Recipes) -> dict[Window, str]:
        keys = {}
        for chunk, portion in portions(self.timeline, film):
            scene = lower(portion, chunk, self.stills)
            keys[chunk] = recipes.of_scene(scene, self.sources, self.quality)
        return keys

    async def _divided(
        self, group: Sequence[Window], keys: Sequence[str], done: int
    ) -> dict[str, Path]:
        """Encode chunks that stand side by side together, and cut them apart."""
        first = group[0][0]
        part = await self._encoded(group, [start - first for start, _ in group[1:]], done)
        fps = self.timeline.canvas.fps
        step = timescale(fps) * fps.den // fps.num
        files = [self.work / key for key in keys]
        await in_thread(_cut, part, [end - start for start, end in group], step, files)
        return dict(zip(keys, files, strict=True))

    async def _encoded(
        self, group: Sequence[Window], cuts: Sequence[int], done: int | None = None
    ) -> Path:
        """Encode chunks that stand side by side; `done` frames were there before."""
        window = group[0][0], group[-1][1]
        before = window[0] if done is None else done
        part = self.work / f"part{window[0]}.mp4"
        encoding = encode_window(
            lower(self.timeline, window, self.stills),
            self.sources,
            self.quality,
            part,
            lambda frames: self.report(before + frames),
            cuts=cuts,
        )
        await self.spend(encoding)
        return part


def _cut(part: Path, lengths: Sequence[int], step: int, files: Sequence[Path]) -> None:
    """Cut pictures into files, and remove what they were cut from."""
    pieces = mp4.cut(mp4.read(part), lengths, step)
    for piece, file in zip(pieces, files, strict=True):
        mp4.write([piece], None, file)
    part.unlink()
