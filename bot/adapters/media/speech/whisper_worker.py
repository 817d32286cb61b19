"""Hears words with faster-whisper, as the main program of a child process.

    whisper_worker.py MODEL FOLDER LANGUAGE SOUND

MODEL is a directory, or a name that is looked for in FOLDER and fetched if it is not there; a
LANGUAGE of "" is found out. SOUND is a WAV file of one channel at 16 kHz. Prints one JSON object:
{"words": [[start, end, text], …]} with seconds, or {"unusable": why} where there is no such model.

It stands alone, as the worker that measures clips does.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

THREADS = 2
os.environ["OMP_NUM_THREADS"] = str(THREADS)  # read when the libraries are loaded
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from faster_whisper import WhisperModel  # noqa: E402

NOISE = re.compile(r"\W*[\[(♪*].*[\])♪*]\W*")
"""“[Music]”, “(applause)”, “♪ la la ♪”: what models say of sound that is no speech."""


def heard(model: Any, sound: Path, language: str) -> Iterator[tuple[float, float, str]]:
    """The words in a file; their times are numpy's, which JSON does not know."""
    segments, _ = model.transcribe(
        str(sound),
        language=language or None,
        beam_size=1,
        word_timestamps=True,
        vad_filter=True,  # else it hears words in noise and silence
        condition_on_previous_text=False,  # else it may repeat itself for ever
    )
    for segment in segments:
        if not NOISE.fullmatch(segment.text.strip()):
            for word in segment.words or ():
                yield float(word.start), float(word.end), word.word


def main(name: str, folder: str, language: str, sound: str) -> dict[str, Any]:
    """Hear a file."""
    try:
        model = WhisperModel(
            name, device="cpu", compute_type="int8", cpu_threads=THREADS, download_root=folder
        )
    except (OSError, RuntimeError, ValueError) as error:
        return {"unusable": str(error)[:500]}
    return {"words": list(heard(model, Path(sound), language))}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  this is how the parent hears of it
