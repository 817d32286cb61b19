"""`chatkut run` as a process that is started, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from tests.adapters.chat.bridge_site import BridgeSite
from tests.ports import free_port

CHATKUT = Path(sys.executable).with_name("chatkut")
GRACE_SECONDS = 3

_PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.03
_STOPPING_SECONDS = GRACE_SECONDS + 60.0
"""What comes after the grace time, on a machine that others are busy on as well."""

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], what: str, seconds: float = _PATIENCE_SECONDS) -> Found:
    """What a look at other processes finds, once it finds something.

    Raises:
        TimeoutError: It took longer than `seconds`.
    """
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(_LOOK_SECONDS)
    return found


@dataclass
class Service:
    """One process of ChatKut, whose data is in `folder`/data.

    Only itself is killed, not its children: they have to notice. They are known by their `TMPDIR`,
    the one thing of ours that they inherit.
    """

    folder: Path
    site: BridgeSite
    role: str = "all"
    name: str = "service"
    database_url: str = ""
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def executor(self) -> str:
        """What the job engine calls this process."""
        return f"{self.name}:{self.role}" if self.database_url else "embedded"

    @property
    def scratch(self) -> Path:
        return self.folder / f"tmp-{self.name}"

    def start(self) -> None:
        """Start, and do not wait."""
        self.scratch.mkdir(exist_ok=True)
        with (self.folder / f"{self.name}.stderr").open("ab") as stderr:
            self.process = subprocess.Popen(
                [CHATKUT, "run", "--role", self.role],
                cwd=self.folder,  # where there is no .env
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Whether it hears and works.

        Raises:
            AssertionError: It has ended by itself.
        """
        assert self.process
        assert self.process.poll() is None, f"{self.name} died by itself"
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            return httpx.get(url, trust_env=False, timeout=60).status_code == 200
        except httpx.TransportError:
            return False

    def be_ready(self) -> None:
        until(lambda: self.is_ready() or None, f"{self.name} is ready")

    def kill(self) -> int:
        """`kill -9`, and the children are gone soon; 0 if it had ended by itself, else 1."""
        assert self.process
        self.process.kill()
        code = self.process.wait()
        self.be_childless()
        return int(code == -signal.SIGKILL)

    def stop(self) -> float:
        """End it in an orderly way; how many seconds that took."""
        assert self.process
        since = time.monotonic()
        self.process.terminate()
        assert self.process.wait(_STOPPING_SECONDS) == 0
        self.be_childless()
        return time.monotonic() - since

    def be_childless(self) -> None:
        until(lambda: not self.processes() or None, f"{self.processes()} are gone")

    def processes(self) -> list[str]:
        """Command lines of everything that lives and came from this service."""
        mark = f"TMPDIR={self.scratch}".encode()
        return [line for environment, line in _all_processes() if mark in environment]

    def end(self) -> None:
        """Whatever happened: leave nothing that runs."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CHATKUT_")}
        return inherited | {
            "TMPDIR": str(self.scratch),
            "CHATKUT_DATA_DIR": str(self.data),
            "CHATKUT_DATABASE_URL": self.database_url,
            "CHATKUT_WORKER_NAME": self.name,
            "CHATKUT_GRACE_SECONDS": str(GRACE_SECONDS),
            "CHATKUT_PERSON_PER_MINUTE": "0",
            "CHATKUT_CHANNEL_PER_MINUTE": "0",
            "CHATKUT_HTTP_PORT": str(self.port),
            "CHATKUT_BRIDGE_URL": self.site.url,
            "CHATKUT_BRIDGE_TOKEN": self.site.token,
            "CHATKUT_BRIDGE_MEDIA_HOSTS": self.site.host,
            **self.settings,
        }


def _all_processes() -> Iterator[tuple[list[bytes], str]]:
    """Environment and command line of everything that we may look into and that is no zombie."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # ended meanwhile, or somebody else's
            continue
        yield environment, line


def hurt(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, and do not wait."""
    process.send_signal(signal.SIGTERM)
