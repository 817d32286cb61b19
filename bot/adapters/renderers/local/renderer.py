"""The local renderer: from a timeline to a verified file on this machine."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.check import Expected, check
from bot.adapters.renderers.local.encode import (
    QUALITY,
    encode_audio,
    encode_gif,
    join,
)
from bot.adapters.renderers.local.pieces import Pictures, Pieces
from bot.adapters.renderers.local.recipe import Recipes, recipes
from bot.adapters.renderers.local.reporter import Reporter
from bot.adapters.renderers.local.sources import Source, file_of, look_into
from bot.adapters.renderers.local.workspace import (
    in_thread,
    publish,
    remove,
    told_about_disk,
    workspace,
)
from bot.adapters.renderers.lowering.captioned import captioned
from bot.adapters.renderers.lowering.scene import Still
from bot.adapters.renderers.lowering.stills import draw_still, drawables
from bot.engine.composition import Image
from bot.engine.cost import Estimate, FilmSize, Work, estimate, price
from bot.engine.layout import Timeline
from bot.engine.presets import PresetName, output_rate
from bot.engine.timebase import round_half_up
from bot.ports import MediaFiles, Progress, Rendered, RenderFailed

_DRAWN, _ENCODED, _JOINED = 0.05, 0.95, 0.98  # how much of the whole is done by then

A = TypeVar("A")
B = TypeVar("B")


class LocalRenderer:
    """The `Renderer` that uses ffmpeg on this machine, whose CPU time costs `cpu_hour_usd`.

    With a cache, what a film has in common with earlier ones is not encoded again.
    """

    name = "local"
    reads_originals = True

    def __init__(self, cpu_hour_usd: float, cache: Cache | None = None) -> None:
        self._cpu_hour_usd = cpu_hour_usd
        self._cache = cache

    def expect(self, size: FilmSize, past: Sequence[Work]) -> Estimate:
        """What a render from nothing will take on all cores; see `Renderer.expect`."""
        return estimate(size.megapixel_frames, _from_nothing(past), _cores(), self._cpu_hour_usd)

    async def render(
        self, timeline: Timeline, media: Mapping[str, MediaFiles], preset: PresetName, out: Path
    ) -> AsyncGenerator[Progress | Rendered, None]:
        """Make a film, and tell how far it is; see `Renderer.render`."""
        reporter = Reporter()
        film = _Film(
            captioned(timeline), media, preset, out, reporter, self._cpu_hour_usd, self._cache
        )
        job = asyncio.create_task(film.make())
        job.add_done_callback(lambda _: reporter.close())
        try:
            async for progress in reporter:
                yield progress
            yield await job
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)

    async def discard(self, out: Path) -> int:
        """Remove a film, and unfinished ones beside it; see `Renderer.discard`."""
        await asyncio.to_thread(remove, out)
        return 0


@dataclass
class _Film:
    """One film in the making; `cpu_seconds` adds up what the children used."""

    timeline: Timeline
    media: Mapping[str, MediaFiles]
    preset: PresetName
    out: Path
    reporter: Reporter
    cpu_hour_usd: float
    cache: Cache | None
    recipes: Recipes | None = None
    used: set[str] = field(default_factory=set)
    sources: Mapping[str, Source] = field(default_factory=dict)
    cpu_seconds: float = 0

    async def make(self) -> Rendered:
        if self.timeline.duration == 0:
            raise RenderFailed("There is nothing to render yet: add a clip first.")
        with told_about_disk(), workspace(self.out) as work:
            return await self._make_in(work)

    async def _make_in(self, work: Path) -> Rendered:
        self.reporter.tell("drawing", 0)
        self.sources, seconds = await look_into(self.timeline, self.media)
        self.cpu_seconds += seconds
        stills = await self._draw(work)
        if self.cache:
            self.recipes, seconds = await recipes(self.timeline, self.sources, stills)
            self.cpu_seconds += seconds
        pictures, sound = await _both(self._encode(stills, work), self._encode_sound(work))
        film, expected = await self._finish(pictures, sound, work)
        size_bytes = film.stat().st_size
        await in_thread(publish, film, self.out)
        self.reporter.tell("done", 1)
        return Rendered(
            path=self.out,
            seconds=expected.seconds,
            frames=expected.frames,
            width=self.timeline.canvas.width,
            height=self.timeline.canvas.height,
            size_bytes=size_bytes,
            cpu_seconds=self.cpu_seconds,
            cost_microusd=price(self.cpu_seconds, self.cpu_hour_usd),
        )

    async def _finish(
        self, pictures: Pictures, sound: Path | None, work: Path
    ) -> tuple[Path, Expected]:
        """Put the parts together and check the film."""
        try:
            self.reporter.tell("finishing", _ENCODED)
            film, expected = await self._join(pictures, sound, work)
            self.reporter.tell("checking", _JOINED)
            await self._spend(check(film, expected))
        except RenderFailed:
            if self.cache:  # or what was kept would spoil the next film too
                await in_thread(self.cache.forget, self.used)
            raise
        return film, expected

    async def _spend(self, work: Awaitable[float]) -> None:
        """Wait for work that tells its CPU seconds, and add them up."""
        seconds = await work  # not `+= await`: what is added meanwhile would be lost
        self.cpu_seconds += seconds

    async def _draw(self, work: Path) -> Mapping[str, Still]:
        items, stills = drawables(self.timeline), {}
        for index, item in enumerate(items):
            self.reporter.tell("drawing", _DRAWN * index / len(items))
            picture = None
            if isinstance(item, Image):
                picture = file_of(self.timeline.clips[item.clip], self.media).still
            still = in_thread(draw_still, item, self.timeline, picture, work / f"{index}.png")
            stills[item.id] = await still
        return stills

    async def _encode(self, stills: Mapping[str, Still], work: Path) -> Pictures:
        quality, told = QUALITY[self.preset], (self._spend, self._report)
        pieces = Pieces(self.timeline, self.sources, stills, quality, work, *told)
        if not (self.cache and self.recipes):
            return await pieces.made()
        pictures = await pieces.made_with(self.cache, self.recipes)
        self.used |= {file.name for file in pictures.files}
        return pictures

    def _report(self, frames: int) -> None:
        done = frames / self.timeline.duration
        self.reporter.tell("rendering", _DRAWN + (_ENCODED - _DRAWN) * done)

    async def _encode_sound(self, work: Path) -> Path | None:
        if self.preset == "gif":
            return None
        sound = work / "sound.m4a"
        if not (self.cache and self.recipes):
            await self._spend(encode_audio(self.timeline, self.sources, sound))
            return sound
        key = await in_thread(self.recipes.of_sound, self.timeline, self.sources)
        self.used.add(key)
        kept = await in_thread(self.cache.take, [key], work)
        if key not in kept:
            await self._spend(encode_audio(self.timeline, self.sources, sound))
            await in_thread(self.cache.keep, [(key, sound)])
        return kept.get(key, sound)

    async def _join(
        self, pictures: Pictures, sound: Path | None, work: Path
    ) -> tuple[Path, Expected]:
        canvas, frames = self.timeline.canvas, self.timeline.duration
        film = work / "film.mp4"
        await self._spend(join(pictures.files, sound, film))
        new = pictures.new
        if self.preset == "gif":
            fps = output_rate(canvas, "gif")
            frames = max(1, round_half_up(frames * fps.value / canvas.fps.value))
            film = film.with_suffix(".gif")
            await self._spend(encode_gif(film.with_suffix(".mp4"), fps, frames, film))
            seconds, codec, new = fps.seconds(frames), "gif", None
        else:
            seconds, codec = self.timeline.seconds, "h264"
        size = (canvas.width, canvas.height)
        return film, Expected(size, frames, seconds, codec, sound is not None, new=new)


async def _both(one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Do two things at the same time; where one fails, end the other and raise what happened."""
    try:
        async with asyncio.TaskGroup() as tasks:
            first, second = tasks.create_task(one), tasks.create_task(other)
    except ExceptionGroup as failed:
        happened = failed.exceptions[0]
        raise happened from happened.__cause__
    return first.result(), second.result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _from_nothing(past: Sequence[Work]) -> list[Work]:
    """The renders that did all their work themselves: those that took less used what was kept."""
    rates = [work.cpu_seconds / work.megapixel_frames for work in past if work.megapixel_frames]
    least = max(rates, default=0) / 2
    return [work for work in past if work.cpu_seconds >= least * work.megapixel_frames]
