"""Ears that are closed until a test opens them."""

from dataclasses import dataclass
from pathlib import Path

from bot.adapters.process import ffmpeg_exe


@dataclass(frozen=True, slots=True)
class Ears:
    """An ffmpeg that notes when it begins to listen, and listens only when it is let."""

    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "ffmpeg"

    def make(self) -> None:
        self.folder.mkdir()
        self.program.write_text(
            "#!/bin/sh\n"
            'case "$*" in *silencedetect*)\n'
            f"  echo >> {self.folder}/asked\n"
            f"  while [ ! -e {self.folder}/open ]; do sleep 0.1; done;;\n"
            "esac\n"
            f'exec {ffmpeg_exe()} "$@"\n'
        )
        self.program.chmod(0o755)

    def asked(self) -> int:
        """How often they began to listen."""
        asked = self.folder / "asked"
        return len(asked.read_text().splitlines()) if asked.exists() else 0

    def open(self) -> None:
        """Let them listen from now on."""
        (self.folder / "open").touch()
