"""Looks into clips: where they are silent or black, where another scene begins, what is said.

It is done in limited children, when it is first asked for, and kept beside the facts of the clip:
`sound.json`, `picture.json` and `speech.json`. What is lost in a crash is worked out again, but for
words: hearing them may cost money, so each piece that was heard is kept at once (`speech.part`).
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from bot.adapters.media.homes import Homes, missing
from bot.adapters.media.speech.transcribing import (
    Heard,
    Listening,
    Transcriber,
    sounding,
    transcribed,
)
from bot.adapters.process import Limits, ffmpeg_exe, ffmpeg_input, run
from bot.ports import (
    NOBODY,
    SHORTEST_SILENCE,
    SILENT_DECIBELS,
    Analysis,
    ChildFailed,
    Facts,
    MediaRefused,
    Scope,
    Sense,
    StoreFailed,
)

_AT_ONCE = 2
_SECONDS: Mapping[Sense, int] = {"sound": 300, "picture": 1200}
_LIMITS = Limits(cpu_seconds=2400, file_bytes=1 << 20)
_MOST_FOUND = 50_000
_SHORTEST_BLACK = 0.1  # seconds
_SCENE_SCORE = 10  # of 100: what ffmpeg advises; higher finds fewer
_NO_EARS = (
    "no speech recognition is set up here. Whoever runs me can install chatkut[speech] or set "
    "CHATKUT_SPEECH=openai; an .srt file that is dropped here works as well"
)

Stretches = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Kept(Analysis):
    """What is written down; of words also who heard them."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class _Begun(Heard):
    """What is written down of a clip that is not heard to its end, and who heard that."""

    by: str = ""


_KEPT = TypeAdapter(_Kept)
_BEGUN = TypeAdapter(_Begun)
_PART = "speech.part"


class Analyses:
    """The analyses of the clips in a directory; each is worked out once, and few at a time.

    That is so for all processes that share the directory: who comes second waits for the first.

    A refusal is told at least once: whoever asks again later does not begin it anew for ever.
    Words are heard by the `transcriber`; another one hears them anew.
    """

    def __init__(self, homes: Homes, transcriber: Transcriber | None = None) -> None:
        self._homes = homes
        self._transcriber = transcriber
        self._under_way: dict[tuple[str, Sense], asyncio.Task[Analysis]] = {}
        self._untold: dict[tuple[str, Sense], MediaRefused] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    def kept(self, sha256: str, sense: Sense) -> Analysis | None:
        """What was worked out before, if it is here."""
        try:
            found = _KEPT.validate_json((self._homes.home(sha256) / _file(sense)).read_bytes())
        except (OSError, ValidationError):  # never written, or by another version
            return None
        if sense == "speech" and self._transcriber and found.by != self._transcriber.name:
            return None
        return Analysis() | found if found.knows(sense) else None

    def known(self, sha256: str) -> Analysis:
        """All that was worked out before, if it is here."""
        known = Analysis()
        for sense in get_args(Sense):
            known |= self.kept(sha256, sense) or Analysis()
        return known

    async def of(self, sha256: str, sense: Sense, payer: Scope = NOBODY) -> Analysis:
        """Look into a clip; see `MediaStore.analysed`."""
        if found := await asyncio.to_thread(self.kept, sha256, sense):
            return found
        key = (sha256, sense)
        if refused := self._untold.pop(key, None):
            raise refused
        work = self._under_way.get(key)
        if work is None:
            work = asyncio.create_task(self._worked_out(sha256, sense, payer))
            self._under_way[key] = work
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

    async def _worked_out(self, sha256: str, sense: Sense, payer: Scope) -> Analysis:
        try:
            async with self._homes.alone(sha256, sense):
                found = await asyncio.to_thread(self.kept, sha256, sense)  # by another process
                return found or await self._found(sha256, sense, payer)
        except OSError as exc:
            raise _unwritable(exc) from exc

    async def _found(self, sha256: str, sense: Sense, payer: Scope) -> Analysis:
        original = self._homes.original(sha256)
        if original is None:
            raise missing(sha256)
        facts = self._homes.facts(sha256)
        if sense == "speech":
            return await self._heard(original, facts, payer)
        async with self._places:
            found = await looked_into(original, facts, sense)
        await self._note(sha256, sense, found)
        return found

    async def _heard(self, original: Path, facts: Facts, payer: Scope) -> Analysis:
        """Have the words heard where there is sound."""
        if not facts.has_audio:
            raise MediaRefused("it has no sound")
        if self._transcriber is None:
            raise MediaRefused(_NO_EARS)
        quiet = (await self.of(facts.sha256, "sound")).silences or ()
        spans = sounding(quiet, facts.seconds)
        begun = heard = await asyncio.to_thread(self._begun, facts.sha256, self._transcriber.name)
        with self._homes.incoming() as folder:
            by = Listening(self._transcriber, payer, folder)
            async for heard in transcribed(original, spans, by, begun):
                part = _BEGUN.dump_json(_Begun(heard.words, heard.seconds, by.transcriber.name))
                await asyncio.to_thread(self._homes.note, facts.sha256, _PART, part)
        await self._note(facts.sha256, "speech", found := Analysis(words=heard.words))
        await asyncio.to_thread(self._homes.forget, facts.sha256, _PART)
        return found

    def _begun(self, sha256: str, by: str) -> Heard:
        """What was heard by somebody of a clip before that was broken off."""
        try:
            begun = _BEGUN.validate_json((self._homes.home(sha256) / _PART).read_bytes())
        except (OSError, ValidationError):  # not begun, or by another version
            return Heard()
        return begun if begun.by == by else Heard()

    async def _note(self, sha256: str, sense: Sense, found: Analysis) -> None:
        by = self._transcriber.name if sense == "speech" and self._transcriber else ""
        noted = _Kept(found.silences, found.scenes, found.black, found.words, by)
        await asyncio.to_thread(self._homes.note, sha256, _file(sense), _KEPT.dump_json(noted))


def _unwritable(exc: OSError) -> StoreFailed:
    return StoreFailed(f"The media directory cannot be written: {exc.strerror}.")


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
