"""The Remotion renderer: from a timeline to a verified file, made by functions at AWS.

What is sent is a document in numbers, with addresses of the originals and of what was drawn here.
The functions read those from the bucket, and leave the film in Remotion's own bucket, from where
it is fetched.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Final

from bot.adapters.renderers.local.audio import sounds
from bot.adapters.renderers.local.check import Expected, check
from bot.adapters.renderers.local.encode import QUALITY, advance_sound
from bot.adapters.renderers.local.sources import used_clips
from bot.adapters.renderers.local.workspace import (
    in_thread,
    publish,
    remove,
    told_about_disk,
    workspace,
)
from bot.adapters.renderers.lowering.captioned import captioned
from bot.adapters.renderers.remotion.client import LambdaClient, Wish
from bot.adapters.renderers.remotion.document import document
from bot.adapters.renderers.remotion.making import Making, Patience
from bot.adapters.renderers.remotion.price import frames_each, price
from bot.adapters.renderers.remotion.status import Status
from bot.adapters.renderers.remotion.stills import drawings
from bot.engine.cost import Estimate, FilmSize, Work
from bot.engine.layout import Timeline
from bot.engine.presets import PresetName
from bot.ports import MediaFiles, Objects, Progress, RemoteRenders, Rendered, RenderFailed

_PRICED_DISK_MB: Final = 10_240
"""Remotion reckons with the largest disk, whatever a function has."""

_START_SECONDS: Final = 3.0
"""What a function needs before its first frame."""

_FIRST_GUESS: Final = 0.25
"""Seconds of a function for a megapixel-frame, before this renderer has made anything."""

_AROUND_SECONDS: Final = 6.0
"""What a film takes beside its slowest function: to begin, to join, to fetch and to check it."""

_TOO_LONG: Final = 2
"""As guesses are no more than guesses, a film may seem to take so many times what there is."""

_SENT, _MADE, _FETCHED = 0.05, 0.95, 0.98  # how much of the whole is done by then
_TELLING: Final = 0.1
"""After this fraction it can be told how long the rest takes."""

PRIMING_SECONDS: Final = 2048 / 48_000
"""What Remotion's AAC encoder puts before a sound, of which nothing in its films tells players.

Neither does joining the parts of a film remove it: `combine-audio.js` of `@remotion/renderer`
4.0.527 leaves the first part as it is.
"""

_SOUND_SLACK: Final = 4 * 1024 / 48_000
"""Remotion's sound ends with whole AAC frames, of which it adds two."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where functions at AWS read from.

    `link` tells an address of an original, by its SHA-256, that outlives a render, or None where
    there is none. Drawings are put into `objects`.
    """

    link: Callable[[str], Awaitable[str | None]]
    objects: Objects


class RemotionRenderer:
    """The `Renderer` on Remotion Lambda; at most `most` functions run at once for one process."""

    name = "remotion"
    reads_originals = False

    def __init__(
        self,
        service: LambdaClient,
        source: Source,
        asked: RemoteRenders,
        most: int,
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._service = service
        self._source = source
        self._making = Making(service, asked, self._patience)
        self._most_chunks = most - 1  # one function leads the others
        self._free = most

    def expect(self, size: FilmSize, past: Sequence[Work]) -> Estimate:
        """What a render will take, by Remotion's own formula; see `Renderer.expect`.

        That knows nothing of storage, traffic and logs, so it is a lower bound.
        """
        each = size.width * size.height / 1e6
        pace = self._pace(each, past)
        chunks = self._chunks(size.frames)
        billed = chunks * _START_SECONDS + pace * size.megapixel_frames
        slowest = _START_SECONDS + pace * each * frames_each(size.frames, self._most_chunks)
        at = self._service.deployment
        usd = price(at.region, at.memory_mb, _PRICED_DISK_MB, billed * 1000, chunks + 1)
        return Estimate(slowest + _AROUND_SECONDS, ceil(round(usd * 1e6, 3)), at_least=True)

    async def render(
        self, timeline: Timeline, media: Mapping[str, MediaFiles], preset: PresetName, out: Path
    ) -> AsyncGenerator[Progress | Rendered, None]:
        """Have a film made, and tell how far it is; see `Renderer.render`."""
        if timeline.duration == 0:
            raise RenderFailed("There is nothing to render yet: add a clip first.")
        self._refuse_too_long(timeline)
        with told_about_disk(), workspace(out) as work:

            async def wish() -> Wish:
                return await self._wish(timeline, media, preset, work)

            status, clock = _NOTHING_YET, _Clock()
            async with aclosing(self._made(out.stem, timeline.duration, wish)) as events:
                async for status in events:
                    yield _progress(status, clock, _stage(timeline))
            yield Progress("fetching", _MADE)
            fetched, film = work / "fetched.mp4", work / "film.mp4"
            await self._service.fetch(status.bucket, status.key, fetched)
            yield Progress("checking", _FETCHED)
            with _paid(status):
                await advance_sound(fetched, PRIMING_SECONDS, timeline.duration, film)
                fetched.unlink()
                await _check(film, timeline)
            yield await in_thread(_published, film, out, timeline, status)

    async def discard(self, out: Path) -> int:
        """Stop a film, and remove it; what it has cost; see `Renderer.discard`."""
        await asyncio.to_thread(remove, out)
        return await self._making.stopped(out.stem)

    async def _made(
        self, film: str, frames: int, wish: Callable[[], Awaitable[Wish]]
    ) -> AsyncGenerator[Status, None]:
        """Have it made as soon as there is room for its functions beside those of other films."""
        lambdas = self._chunks(frames) + 1
        while lambdas > self._free:
            yield _NO_ROOM
            await asyncio.sleep(self._patience.poll)
        self._free -= lambdas
        try:
            yield _NOTHING_YET
            async with aclosing(self._making.made(film, wish)) as statuses:
                async for status in statuses:
                    yield status
        finally:
            self._free += lambdas

    async def _wish(
        self,
        timeline: Timeline,
        media: Mapping[str, MediaFiles],
        preset: PresetName,
        work: Path,
    ) -> Wish:
        timeline = captioned(timeline)
        drawn = await drawings(timeline, media, self._source.objects, work)
        links = await self._links(timeline)
        quality = QUALITY[preset]
        return Wish(
            document=await in_thread(document, timeline, links, drawn),
            frames_each=frames_each(timeline.duration, self._most_chunks),
            crf=quality.crf,
            speed=quality.preset,
        )

    async def _links(self, timeline: Timeline) -> Mapping[str, str]:
        """Addresses of the films and sounds that are used; pictures are drawn."""
        links = {}
        for clip in used_clips(timeline):
            if clip.kind == "image":
                continue
            link = await self._source.link(clip.sha256)
            if link is None:
                raise RenderFailed(f"The file of “{clip.name}” is missing: send it again.")
            links[clip.id] = link
        return links

    def _refuse_too_long(self, timeline: Timeline) -> None:
        """Look whether functions may run as long as their parts of a film will take.

        Raises:
            RenderFailed: By far not, so it would be paid for in vain.
        """
        canvas, limit = timeline.canvas, self._service.deployment.seconds
        each = _FIRST_GUESS * canvas.width * canvas.height / 1e6
        if each * frames_each(timeline.duration, self._most_chunks) > _TOO_LONG * limit:
            raise RenderFailed(
                f"This film is too long for {self._most_chunks} functions that may run for "
                f"{limit} s each: raise CHATKUT_REMOTION_LAMBDAS, or deploy one that may run "
                "longer, see docs/remotion.md. Or render it smaller."
            )

    def _chunks(self, frames: int) -> int:
        """How many functions make frames."""
        return ceil(frames / frames_each(frames, self._most_chunks))

    def _pace(self, megapixels: float, past: Sequence[Work]) -> float:
        """Seconds for a megapixel-frame: the median of past renders of frames of this size."""
        paces = []
        for work in past:
            frames = max(1, round(work.megapixel_frames / megapixels))
            spent = work.cpu_seconds - self._chunks(frames) * _START_SECONDS
            paces.append(max(0.0, spent) / work.megapixel_frames if work.megapixel_frames else 0)
        return median(paces) if paces else _FIRST_GUESS


_NOTHING_YET = Status(0, 0, 0)
_NO_ROOM = Status(0, 0, 0, is_throttled=True)


@dataclass(slots=True)
class _Clock:
    """How long the rest takes, if it goes on as fast as since it was first looked at."""

    began: tuple[float, float] | None = None

    def seconds_left(self, fraction: float) -> float | None:
        now = time.monotonic()
        if self.began is None:
            self.began = now, fraction
        spent, done = now - self.began[0], fraction - self.began[1]
        return spent * (1 - fraction) / done if done >= _TELLING else None


def _stage(timeline: Timeline) -> str:
    """What is being done, and what will be missing."""
    silent = any(sound.backwards for sound in sounds(timeline))
    return "rendering, without the sound of what plays backwards" if silent else "rendering"


def _progress(status: Status, clock: _Clock, stage: str) -> Progress:
    if status.is_throttled:
        return Progress("waiting for free functions at AWS", 0)
    if not status.fraction:
        return Progress("preparing", 0)
    done = _SENT + (_MADE - _SENT) * status.fraction
    return Progress(stage, done, clock.seconds_left(status.fraction))


async def _check(film: Path, timeline: Timeline) -> None:
    """Look whether a film is what was asked for.

    Raises:
        RenderFailed: It is not.
    """
    canvas, frames = timeline.canvas, timeline.duration
    size, seconds = (canvas.width, canvas.height), timeline.seconds
    await check(film, Expected(size, frames, seconds, "h264", True, _SOUND_SLACK))


@contextmanager
def _paid(status: Status) -> Iterator[None]:
    """Have a failure say what the film has cost all the same."""
    try:
        yield
    except RenderFailed as error:
        raise RenderFailed(str(error), status.cost_microusd) from error


def _published(film: Path, out: Path, timeline: Timeline, status: Status) -> Rendered:
    size_bytes = film.stat().st_size
    publish(film, out)
    return Rendered(
        path=out,
        seconds=timeline.seconds,
        frames=timeline.duration,
        width=timeline.canvas.width,
        height=timeline.canvas.height,
        size_bytes=size_bytes,
        cpu_seconds=status.billed_seconds,
        cost_microusd=status.cost_microusd,
    )
