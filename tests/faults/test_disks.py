"""Disks that are full, broken or read-only: what was accepted is kept, and people are told."""

import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.adapters.chat.bridge_site import BridgeSite
from tests.chaos.service import Service, until
from tests.faults.crowd import Crowd, paths, talking
from tests.faults.disks import can_mount, failing_writes, full, read_only, small_disk

pytestmark = pytest.mark.slow

needs_mounts = pytest.mark.skipif(
    not can_mount(), reason="nobody may mount here; see the test of a disk that fails"
)

_MEGABYTES = 64
_REFUSALS = 5
_BROKEN_SECONDS = 6
"""At least; in which what failed was tried again several times."""


@pytest.mark.parametrize("fault", [pytest.param("full", marks=needs_mounts), "failing"])
def test_what_was_accepted_outlives_a_disk_that_is(
    fault: str, site: BridgeSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service(tmp_path, site)
    is_full = fault == "full"
    disk = small_disk(service.data, _MEGABYTES) if is_full else nullcontext()
    with disk, talking(service, site) as crowd:
        crowd.begin()
        with full(service.data) if is_full else failing_writes(service):
            _talk_in_vain(crowd)
        crowd.recover()
        with capsys.disabled():
            print(f"\n{fault} disk: {crowd}")  # noqa: T201
        assert crowd.findings() == []
        service.stop()


def _talk_in_vain(crowd: Crowd) -> None:
    """Until things were refused and tried again, and somebody was told why it takes so long."""
    end = time.monotonic() + _BROKEN_SECONDS
    crowd.bring(crowd.clip("trailer"))

    def is_known() -> bool:
        if crowd.refusals < _REFUSALS:
            crowd.bring(crowd.title())
        return time.monotonic() > end and crowd.refusals >= _REFUSALS and crowd.told() > 0

    until(is_known, "somebody is told")
    assert crowd.status("/livez") == 200


@needs_mounts
def test_a_start_on_a_read_only_disk_is_a_sentence_and_loses_nothing(
    site: BridgeSite, tmp_path: Path
) -> None:
    service = Service(tmp_path, site)
    with talking(service, site) as crowd:
        crowd.burst(6)
        service.kill()
        before = paths(service.data)
        with read_only(service.data):
            service.start()
            assert service.process
            assert service.process.wait(120) == 1
        last = (tmp_path / "service.stderr").read_text().splitlines()[-1]
        assert "read-only" in last
        assert paths(service.data) == before
        service.start()
        service.be_ready()
        crowd.settle()
        assert crowd.findings() == []
