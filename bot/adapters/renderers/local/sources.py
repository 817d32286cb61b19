"""Sources: the clips' files, and what the renderer must know of them beyond the clips' facts."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from bot.adapters.process import Finished, Limits, run
from bot.engine.composition import Audio, Clip, Image, Video
from bot.engine.layout import Timeline
from bot.engine.record import Record
from bot.ports import ChildFailed, MediaFiles, RenderFailed

# By its path and not by `-m`, so that neither the working directory nor PYTHONPATH matters.
_WORKER = (sys.executable, "-P", str(Path(__file__).with_name("worker.py")))
_LIMITS = Limits(cpu_seconds=600)
_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Source:
    """A clip's file: its colour matrix ("" for RGB) and its number of sound channels.

    Seeking goes `lead` seconds further back, or it would find a keyframe that is shown too late.
    """

    path: Path
    matrix: str = ""
    channels: int = 2
    lead: float = 0


class _Look(Record):
    """What the worker printed; checked, because a file may have taken the worker over."""

    matrix: Literal["", "bt709", "fcc", "bt470", "smpte170m", "smpte240m", "bt2020"] = ""
    channels: int = 0
    lead: float = Field(0, ge=0, allow_inf_nan=False)
    broken: str = ""


class _Looks(Record):
    files: tuple[_Look, ...]


async def work(*arguments: str) -> Finished:
    """Run the worker; see there.

    Raises:
        ChildFailed: It crashed, was killed or took too long.
    """
    return await run([*_WORKER, *arguments], timeout_seconds=_SECONDS, limits=_LIMITS)


def used_clips(timeline: Timeline) -> tuple[Clip, ...]:
    """The clips of what is seen or heard, in order."""
    items = [placed.item for placed in timeline.placed if placed.item.enabled and placed.frames > 0]
    ids = [item.clip for item in items if isinstance(item, Video | Audio | Image)]
    return tuple(timeline.clips[clip] for clip in dict.fromkeys(ids))


def file_of(clip: Clip, media: Mapping[str, MediaFiles]) -> MediaFiles:
    """A clip's files.

    Raises:
        RenderFailed: They are missing.
    """
    files = media.get(clip.id)
    if files is not None:
        wanted = files.still if clip.kind == "image" else files.original
        if wanted is not None and wanted.exists():
            return files
    raise RenderFailed(f"The file of “{clip.name}” is missing: send it again.")


async def look_into(
    timeline: Timeline, media: Mapping[str, MediaFiles]
) -> tuple[Mapping[str, Source], float]:
    """Look into the films and sounds that are used; by clip id, and the CPU seconds it took.

    Raises:
        RenderFailed: A clip's file is missing or damaged.
    """
    used = used_clips(timeline)
    paths = {clip.id: file_of(clip, media).original.absolute() for clip in used}
    films = [clip for clip in used if clip.kind != "image"]
    if not films:
        return {}, 0
    try:
        done = await work("look", *(str(paths[clip.id]) for clip in films))
        looks = _Looks.model_validate_json(done.stdout).files
    except (ChildFailed, ValidationError) as error:
        names = ", ".join(f"“{clip.name}”" for clip in films)
        raise RenderFailed(f"One of {names} cannot be read: send them again.") from error
    found = dict(zip(films, looks, strict=True))
    for clip, look in found.items():
        if look.broken:
            raise RenderFailed(f"“{clip.name}” cannot be read ({look.broken}): send it again.")
    sources = {
        clip.id: Source(paths[clip.id], look.matrix, look.channels, look.lead)
        for clip, look in found.items()
    }
    return sources, done.cpu_seconds
