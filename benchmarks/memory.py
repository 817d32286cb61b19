"""How much memory a process takes, looked at from beside it."""

import re
import threading
from pathlib import Path

_SAMPLE_SECONDS = 0.02


class Memory:
    """How much memory a process has had, at most and in the beginning, in MiB."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.first = self.most = self._now()
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._watching.join()

    def __str__(self) -> str:
        return f"{self.first:.0f} MiB, +{self.most - self.first:.0f} at most"

    def _watch(self) -> None:
        while not self._stopping.wait(_SAMPLE_SECONDS):
            self.most = max(self.most, self._now())

    def _now(self) -> float:
        found = re.search(r"VmRSS:\s+(\d+) kB", self._status.read_text())
        return int(found[1]) / 1024 if found else 0.0
