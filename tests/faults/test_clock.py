"""A clock that is set forward by a day, and back by an hour, while ChatKut runs."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.adapters.chat.bridge_site import BridgeSite
from tests.chaos.service import Service, until
from tests.faults.crowd import talking

pytestmark = pytest.mark.slow

_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

_NEAR = timedelta(minutes=5)

_SLEEP = "import select, time; time.sleep = lambda s: select.select([], [], [], s)"
"""The library (0.9.10) breaks the system call with which Python's sleeps."""


@dataclass
class Timed(Service):
    """A service whose clocks on the wall can be set; those that only count go on."""

    def set_clock(self, offset: str) -> None:
        """To so much before or after the time that it is, such as "+1d"."""
        draft = self.folder / "clock.new"
        draft.write_text(f"{offset}\n")
        draft.replace(self._clock)

    def beat(self) -> datetime:
        """When it last said that it is alive, by its own clock."""
        with closing(sqlite3.connect(self.data / "chatkut.sqlite")) as database:
            [(at,)] = database.execute("SELECT seen_at FROM worker").fetchall()
            return datetime.fromisoformat(at)

    def beats_at(self, moment: datetime) -> bool:
        """Whether that was about this time."""
        return abs(self.beat() - moment) < _NEAR

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    def _environment(self) -> dict[str, str]:
        (self.folder / "sitecustomize.py").write_text(_SLEEP)
        path = os.pathsep.join(filter(None, [str(self.folder), os.environ.get("PYTHONPATH")]))
        return super()._environment() | {
            "PYTHONPATH": path,
            "LD_PRELOAD": str(_LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


@pytest.mark.skipif(_LIBRARY is None, reason="needs Debian's package `faketime`")
def test_a_clock_that_jumps(
    site: BridgeSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Timed(tmp_path, site)
    service.set_clock("+0")
    with talking(service, site) as crowd:
        for offset, leap in (("+1d", timedelta(days=1)), ("+23h", timedelta(hours=-1))):
            crowd.begin()
            beats_then = partial(service.beats_at, service.beat() + leap)
            service.set_clock(offset)
            crowd.burst(6)
            until(beats_then, "it beats by its new time")
            assert crowd.status("/livez") == 200
            until(lambda: crowd.status("/readyz") == 200 or None, "it is ready")
            crowd.recover()
        with capsys.disabled():
            print(f"\nclock: {crowd}")  # noqa: T201
        # A day's sweeps run at once then, and may hold up a message until it is brought again.
        assert crowd.findings() == []
        assert not crowd.refused
        service.stop()
