"""Reads files of subtitles (SRT, WebVTT, SubStation) in a limited child process."""

import asyncio
import sys
from pathlib import Path, PurePath
from typing import Annotated

from pydantic import Field, ValidationError

from bot.adapters.process import Limits, run
from bot.engine.record import Record
from bot.engine.timebase import LONGEST_SECONDS
from bot.ports import SUBTITLES, ChildFailed, MediaRefused, Subtitles, quoted

_WORKER = (sys.executable, "-P", str(Path(__file__).with_name("subtitle_worker.py")))
_SECONDS = 10
_LIMITS = Limits(cpu_seconds=5, memory_bytes=1 << 30, file_bytes=1 << 20)
_MOST_BYTES = 1 << 20

_Seconds = Annotated[float, Field(ge=0, le=LONGEST_SECONDS)]


class _Answer(Record):
    """What the worker printed; checked, because the file may have confused it."""

    lines: tuple[tuple[_Seconds, _Seconds, str], ...] = ()
    broken: int = 0
    refused: str = ""


async def read_subtitles(source: Path, name: str) -> Subtitles | None:
    """Read a file by its name; see `SubtitleReader`."""
    ending = PurePath(name).suffix.lower()
    if ending not in SUBTITLES:
        return None
    try:
        answer = await _read(source, ending)
    except MediaRefused as refused:
        raise MediaRefused(f"I cannot use {quoted(name)}: {refused}.") from refused
    return Subtitles(name, answer.lines, answer.broken)


async def _read(source: Path, ending: str) -> _Answer:
    try:
        size = (await asyncio.to_thread(source.stat)).st_size
    except OSError as error:
        raise MediaRefused("there is no such file") from error
    if size > _MOST_BYTES:
        raise MediaRefused("it is larger than 1 MB, and no file of subtitles is")
    command = [*_WORKER, str(source), ending.removeprefix(".")]
    try:
        done = await run(command, timeout_seconds=_SECONDS, limits=_LIMITS)
        answer = _Answer.model_validate_json(done.stdout)
    except (ChildFailed, ValidationError) as error:
        raise MediaRefused("it cannot be read as subtitles") from error
    if answer.refused:
        raise MediaRefused(answer.refused)
    return answer
