"""Looks into clips: where they are silent or black, and where another scene begins.

It is done by ffmpeg in a limited child, when it is first asked for, and kept beside the facts of
the clip: `sound.json` and `picture.json`. What is lost in a crash is worked out again.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.adapters.media.homes import Homes, missing
from bot.adapters.process import Limits, ffmpeg_exe, ffmpeg_input, run
from bot.ports import (
    SHORTEST_SILENCE,
    SILENT_DECIBELS,
    Analysis,
    ChildFailed,
    Facts,
    MediaRefused,
    Sense,
    StoreFailed,
)

_AT_ONCE = 2
_SECONDS: Mapping[Sense, int] = {"sound": 300, "picture": 1200}
_LIMITS = Limits(cpu_seconds=2400, file_bytes=1 << 20)
_MOST_FOUND = 50_000
_SHORTEST_BLACK = 0.1  # seconds
_SCENE_SCORE = 10  # of 100: what ffmpeg advises; higher finds fewer
_KEPT = TypeAdapter(Analysis)

Stretches = tuple[tuple[float, float], ...]


class Analyses:
    """The analyses of the clips in a directory; each is worked out once, and few at a time.

    A refusal is told at least once: whoever asks again later does not begin it anew for ever.
    """

    def __init__(self, homes: Homes) -> None:
        self._homes = homes
        self._under_way: dict[tuple[str, Sense], asyncio.Task[Analysis]] = {}
        self._untold: dict[tuple[str, Sense], MediaRefused] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    def kept(self, sha256: str, sense: Sense) -> Analysis | None:
        """What was worked out before, if it is here."""
        try:
            found = _KEPT.validate_json((self._homes.home(sha256) / _file(sense)).read_bytes())
        except (OSError, ValidationError):  # never written, or by another version
            return None
        return found if found.knows(sense) else None

    def known(self, sha256: str) -> Analysis:
        """All that was worked out before, if it is here."""
        heard, seen = (self.kept(sha256, sense) or Analysis() for sense in _SECONDS)
        return heard | seen

    async def of(self, sha256: str, sense: Sense) -> Analysis:
        """Look into a clip; see `MediaStore.analysed`."""
        if found := self.kept(sha256, sense):
            return found
        key = (sha256, sense)
        if refused := self._untold.pop(key, None):
            raise refused
        work = self._under_way.get(key)
        if work is None:
            work = self._under_way[key] = asyncio.create_task(self._worked_out(sha256, sense))
            work.add_done_callback(lambda done: self._ended(key, done))
        try:
            return await asyncio.shield(work)
        except MediaRefused:
            self._untold.pop(key, None)
            raise

    def _ended(self, key: tuple[str, Sense], done: "asyncio.Task[Analysis]") -> None:
        del self._under_way[key]
        # Perhaps nobody waits for it any more.
        if not done.cancelled() and isinstance(refused := done.exception(), MediaRefused):
            self._untold[key] = refused

    async def _worked_out(self, sha256: str, sense: Sense) -> Analysis:
        original = self._homes.original(sha256)
        if original is None:
            raise missing(sha256)
        facts = self._homes.facts(sha256)
        async with self._places:
            found = await looked_into(original, facts, sense)
        try:
            await asyncio.to_thread(self._homes.note, sha256, _file(sense), _KEPT.dump_json(found))
        except OSError as exc:
            raise StoreFailed(f"The media directory cannot be written: {exc.strerror}.") from exc
        return found


async def looked_into(original: Path, facts: Facts, sense: Sense) -> Analysis:
    """Have ffmpeg look into a file.

    Raises:
        MediaRefused: There is nothing of that kind in it, it cannot be read, or it takes too long.
    """
    if sense == "sound" and not facts.has_audio:
        raise MediaRefused("it has no sound")
    if sense == "picture" and facts.kind != "video":
        raise MediaRefused("it is no video")
    look = _listening(original, facts.seconds) if sense == "sound" else _watching(original)
    try:
        done = await run(look, timeout_seconds=_SECONDS[sense], limits=_LIMITS)
        notes = list(_notes(done.stdout.decode(errors="replace")))
    except (ChildFailed, ValueError) as exc:
        raise MediaRefused("it is too long for that, or damaged") from exc
    if len(notes) > _MOST_FOUND:
        raise MediaRefused("there is too much in it to list")
    if sense == "sound":
        return Analysis(silences=_stretches(notes, "silence", facts.seconds, SHORTEST_SILENCE))
    scenes = tuple(note.seconds for note in notes if note.name == "scd.time")
    return Analysis(scenes=scenes, black=_stretches(notes, "black", facts.seconds, _SHORTEST_BLACK))


def _listening(original: Path, seconds: float) -> list[str]:
    """Where there is no sound yet, or no more, there is silence."""
    detect = f"silencedetect=noise={SILENT_DECIBELS}dB:duration={SHORTEST_SILENCE}"
    whole = f"aresample=async=1:first_pts=0,apad=whole_dur={seconds:.6f}"
    noted = "ametadata=mode=print:file=-"
    return _ffmpeg(original, "-map", "0:a:0", "-af", f"{whole},{detect},{noted}")


def _watching(original: Path) -> list[str]:
    names = ("scd.time", "black_start", "black_end")
    noted = ",".join(f"metadata=mode=print:key=lavfi.{name}:file=-:direct=1" for name in names)
    detect = f"scale=320:-2,scdet=threshold={_SCENE_SCORE},blackdetect=d={_SHORTEST_BLACK}"
    return _ffmpeg(original, "-map", "0:v:0", "-vf", f"{detect},{noted}")


def _ffmpeg(original: Path, *options: str) -> list[str]:
    quiet = ("-hide_banner", "-nostdin", "-v", "error")
    return [ffmpeg_exe(), *quiet, *ffmpeg_input(original), *options, "-f", "null", "-"]


@dataclass(frozen=True, slots=True)
class _Note:
    """A line that a filter wrote: “lavfi.silence_start=1.5”."""

    name: str
    seconds: float


def _notes(text: str) -> Iterator[_Note]:
    for line in text.splitlines():
        name, is_note, value = line.partition("=")
        if is_note and name.startswith("lavfi."):
            yield _Note(name.removeprefix("lavfi."), round(max(0.0, float(value)), 3))


def _stretches(notes: list[_Note], name: str, whole: float, shortest: float) -> Stretches:
    """From each start to the next end; what has no end lasts to the end of the clip."""
    found, start = [], None
    for note in (*notes, _Note(f"{name}_end", round(whole, 3))):
        if note.name == f"{name}_start":
            start = note.seconds if start is None else start
        elif note.name == f"{name}_end" and start is not None:
            found.append((start, min(note.seconds, whole)))
            start = None
    return tuple((first, last) for first, last in found if last - first >= shortest - 0.001)


def _file(sense: Sense) -> str:
    return f"{sense}.json"
