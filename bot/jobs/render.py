"""Rendering as a job: estimate, render, keep the books, tidy up after a crash."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from bot.engine.composition import Composition
from bot.engine.cost import Estimate, FilmSize, Work
from bot.engine.layout import layout
from bot.engine.presets import PresetName, output_rate, retargeted
from bot.engine.timebase import round_half_up
from bot.jobs.shelf import Shelf
from bot.ports import (
    AdapterError,
    MediaFiles,
    MediaStore,
    Progress,
    RenderCancelled,
    Rendered,
    Renderer,
    RenderFailed,
    RenderOrder,
    RenderRecord,
    Renders,
    StoreFailed,
    folder_of,
)

_log = logging.getLogger("chatkut.jobs")

_LOOK_SECONDS = 1.0
_SHELF_PAUSES = (2, 8, 32, 0)
_INTERRUPTED = "The render was interrupted when ChatKut stopped; nothing was lost: render again."


class RenderDesk:
    """The `RenderJobs` port in one process.

    Each preset has its renderer. Films go to `root`, a folder for each channel, and onto the
    `shelf` if there is one.
    """

    def __init__(
        self,
        renderers: Mapping[PresetName, Renderer],
        renders: Renders,
        media: MediaStore,
        root: Path,
        shelf: Shelf | None = None,
    ) -> None:
        self._shelf = shelf
        self._renderers = renderers
        self._renders = renders
        self._media = media
        self._root = root

    async def estimate(self, order: RenderOrder) -> Estimate:
        renderer = self._renderers[order.preset]
        past = [
            Work(record.megapixel_frames, record.cpu_seconds)
            for record in await self._renders.past("done")
            if (record.preset, record.renderer) == (order.preset, renderer.name)
        ]
        return renderer.expect(_size(order), past)

    async def finished(self, order: RenderOrder) -> RenderRecord | None:
        same = (
            record
            for record in await self._renders.past("done", order.channel)
            if (record.revision, record.preset) == (order.revision, order.preset)
            and record.path is not None
            and record.path.exists()
        )
        return next(same, None)

    async def open(self, channel: str) -> tuple[RenderRecord, ...]:
        ordered = await self._renders.past("ordered", channel)
        return (*ordered, *await self._renders.past("running", channel))

    async def begin(self, order: RenderOrder) -> RenderRecord:
        """Book a render that begins now, and what it is expected to cost."""
        expected = await self.estimate(order)
        record = RenderRecord(
            id=order.id,
            channel=order.channel,
            revision=order.revision,
            preset=order.preset,
            state="running",
            estimate_microusd=expected.microusd,
            megapixel_frames=_size(order).megapixel_frames,
            person=order.person,
            renderer=self._renderers[order.preset].name,
        )
        await self._renders.save(record)
        return record

    def failed(self, order: RenderOrder, why: str) -> RenderRecord:
        """The record of a render that failed before it was known what it takes."""
        return RenderRecord(
            id=order.id,
            channel=order.channel,
            revision=order.revision,
            preset=order.preset,
            state="failed",
            estimate_microusd=0,
            megapixel_frames=0,
            error=why,
            person=order.person,
            renderer=self._renderers[order.preset].name,
        )

    async def run(self, order: RenderOrder) -> AsyncGenerator[Progress | RenderRecord, None]:
        with self._claim(order.id):
            record = await self.begin(order)
            ending = replace(record, state="failed", error="The render stopped unexpectedly.")
            try:
                async with aclosing(self.film(order, record)) as events:
                    async for event in events:
                        if isinstance(event, RenderRecord):
                            ending = event
                            await self._renders.save(event)  # kept before it is told
                        yield event
            except (asyncio.CancelledError, GeneratorExit, RenderCancelled):
                if ending.state != "done":
                    paid = await self._stopped(record)
                    ending = replace(record, state="cancelled", cost_microusd=paid)
                raise
            except AdapterError as error:
                paid = await self._stopped(record)
                ending = replace(record, state="failed", error=str(error), cost_microusd=paid)
                raise
            finally:
                await self._renders.save(ending)

    async def film(
        self, order: RenderOrder, record: RenderRecord
    ) -> AsyncGenerator[Progress | RenderRecord, None]:
        """Yield progress, then the record of the finished film; the caller keeps the books.

        Raises:
            RenderCancelled: The books say that it was cancelled meanwhile.
            RenderFailed: The film could not be made.
        """
        comp = retargeted(order.comp, order.preset)
        started = looked = time.monotonic()
        renderer = self._renderers[order.preset]
        film = renderer.render(
            layout(comp), await self._files(comp, renderer), order.preset, self._path(record)
        )
        async with aclosing(film) as events:
            async for event in events:
                if isinstance(event, Rendered):
                    done = self._done(record, event, time.monotonic() - started)
                    if self._shelf is not None:
                        await _put_on(self._shelf, done)
                    yield done
                    continue
                yield _named(event, record.preset)
                if time.monotonic() - looked > _LOOK_SECONDS:
                    await self._refuse_cancelled(record)
                    looked = time.monotonic()

    async def discard(self, record: RenderRecord) -> None:
        """Stop and remove a film that will not be, also one that a dead process had made.

        What was paid for it is booked.
        """
        paid = await self._stopped(record)
        if paid > record.cost_microusd:
            await self._renders.save(replace(record, cost_microusd=paid))

    async def tidy(self, platform: str) -> None:
        """Close the books on a platform's renders that died with their process."""
        for record in await self._renders.past("running"):
            if record.channel.startswith(f"{platform}:") and not self._is_alive(record.id):
                await self._renders.interrupt(record.id, _INTERRUPTED)

    async def _stopped(self, record: RenderRecord) -> int:
        return await self._renderers[record.preset].discard(self._path(record))

    async def _refuse_cancelled(self, record: RenderRecord) -> None:
        if record.id not in {
            each.id for each in await self._renders.past("running", record.channel)
        }:
            raise RenderCancelled("The render was cancelled.")

    def _done(self, record: RenderRecord, film: Rendered, wall_seconds: float) -> RenderRecord:
        return replace(
            record,
            state="done",
            path=film.path,
            seconds=film.seconds,
            size_bytes=film.size_bytes,
            width=film.width,
            height=film.height,
            cpu_seconds=film.cpu_seconds,
            wall_seconds=wall_seconds,
            cost_microusd=film.cost_microusd,
        )

    async def _files(self, comp: Composition, reader: Renderer) -> Mapping[str, MediaFiles]:
        files = self._media.files if reader.reads_originals else self._media.looks
        used = {
            item.clip for item in comp.items.values() if item.type in ("video", "image", "audio")
        }
        try:
            return {key: await files(comp.clips[key].sha256) for key in used}
        except StoreFailed as error:
            if error.retryable:  # they cannot be fetched just now
                raise
            raise RenderFailed(str(error)) from error

    def _path(self, record: RenderRecord) -> Path:
        suffix = "gif" if record.preset == "gif" else "mp4"
        name = f"r{record.revision}-{record.preset}-{record.id}.{suffix}"
        return self._root / folder_of(record.channel) / name

    @contextmanager
    def _claim(self, render_id: str) -> Iterator[None]:
        """Hold a lock while rendering; the system lets go of it when the process dies."""
        lock = FileLock(self._lock(render_id))
        try:
            self._locks.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise RenderFailed(
                f"The render cannot start: the data directory cannot be written ({error.strerror})."
            ) from error
        try:
            yield
        finally:
            self._lock(render_id).unlink(missing_ok=True)
            lock.release()

    def _is_alive(self, render_id: str) -> bool:
        if not self._lock(render_id).exists():
            return False
        try:
            with FileLock(self._lock(render_id), blocking=False):
                pass
        except Timeout:
            return True
        self._lock(render_id).unlink(missing_ok=True)
        return False

    @property
    def _locks(self) -> Path:
        return self._root / ".running"

    def _lock(self, render_id: str) -> Path:
        return self._locks / f"{render_id}.lock"


async def _put_on(shelf: Shelf, record: RenderRecord) -> None:
    """Try a few times: a film that is here is not held back because of its copy."""
    for pause in _SHELF_PAUSES:
        try:
            return await shelf.put(record)
        except StoreFailed as error:
            _log.warning("film %s is not in the bucket yet: %s", record.id, error)
            if not error.retryable:
                break
        await asyncio.sleep(pause)
    return None


def _named(progress: Progress, preset: PresetName) -> Progress:
    """Progress that says which film it is about: several may be made at once."""
    if preset == "source":
        return progress
    return replace(progress, stage=f"{progress.stage} ({preset})")


def _size(order: RenderOrder) -> FilmSize:
    comp = retargeted(order.comp, order.preset)
    seconds = comp.canvas.fps.value**-1 * layout(comp).duration
    frames = round_half_up(seconds * output_rate(comp.canvas, order.preset).value)
    return FilmSize(frames, comp.canvas.width, comp.canvas.height)
