"""`chatkut run` as a process: exit status, what it prints, signals, and the one that came first."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.chat.bridge_site import BridgeSite, Clip
from tests.chaos.service import CHATKUT, Service, until
from tests.ports import free_port

pytestmark = pytest.mark.slow

_SECONDS = 120


@pytest.fixture
def service(tmp_path: Path, site: BridgeSite) -> Iterator[Service]:
    """A process that runs."""
    service = Service(tmp_path, site)
    site.bot = f"http://127.0.0.1:{service.port}"
    service.start()
    try:
        service.be_ready()
        yield service
    finally:
        service.end()


def run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start another one, which ends by itself."""
    inherited = {name: value for name, value in os.environ.items() if "CHATKUT" not in name}
    environment = inherited | {f"CHATKUT_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [CHATKUT, "run"],
        cwd=folder,  # where there is no .env
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def refusal(ended: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a process that refused to run."""
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    sentence = ended.stderr.splitlines()[-1]
    assert sentence.startswith("chatkut: ")
    return sentence


def test_it_does_not_start_without_a_platform(tmp_path: Path) -> None:
    sentence = refusal(run(tmp_path, data_dir=str(tmp_path / "data")))
    assert "No chat platform is set up" in sentence


def test_it_answers_refuses_a_second_one_and_ends_when_it_is_told_to(
    service: Service, site: BridgeSite, tmp_path: Path
) -> None:
    message = {"channel": "launch", "author": "Ada", "text": "help"}
    assert site.say({"id": "m1", **message}) == 202
    assert site.wait(lambda posts: len(posts) == 1)
    bridge = {"bridge_url": site.url, "bridge_token": site.token}
    assert f"cannot listen on 127.0.0.1 port {service.port}" in refusal(
        run(tmp_path, data_dir=str(tmp_path / "b"), http_port=str(service.port), **bridge)
    )
    other = Service(tmp_path, site).port
    second = run(tmp_path, data_dir=str(service.data), http_port=str(other), **bridge)
    assert "Another ChatKut process is already working in" in refusal(second)
    assert service.is_ready()
    service.stop()
    written = (tmp_path / "service.stderr").read_text() + (service.data / "chatkut.log").read_text()
    assert "ChatKut runs" in written
    assert site.token not in written


def test_told_twice_it_waits_for_nothing(service: Service, site: BridgeSite) -> None:
    clip = Clip(b"x" * 1000, block_bytes=10, pause_seconds=1)
    file = {"name": "slow.mp4", "url": site.clip("slow.mp4", clip)}
    message = {"id": "m1", "channel": "launch", "author": "Ada", "text": ""}
    assert site.say({**message, "attachments": [file]}) == 202
    until(lambda: clip.asked, "the file is fetched")
    assert service.process
    service.process.terminate()
    until(lambda: site.say({**message, "id": "m2"}) != 202 or None, "it stops")
    service.process.terminate()
    assert service.process.wait(_SECONDS) == 0
    assert "stopped at once" in (service.folder / "service.stderr").read_text()


def test_a_platform_that_cannot_be_reached_holds_up_neither_the_others_nor_the_stop(
    site: BridgeSite, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/api/"
    tokens = {"CHATKUT_SLACK_BOT_TOKEN": "xoxb-1-2-ab", "CHATKUT_SLACK_APP_TOKEN": "xapp-1-A1-2-ab"}
    settings = {"CHATKUT_SLACK_API_URL": nowhere, "CHATKUT_SLAK_BOT_TOKEN": "x", **tokens}
    service = Service(tmp_path, site, settings=settings)
    site.bot = f"http://127.0.0.1:{service.port}"
    service.start()
    try:
        log = tmp_path / "service.stderr"
        until(lambda: "Slack cannot be reached" in log.read_text() or None, "Slack is tried")
        message = {"id": "m1", "channel": "launch", "author": "Ada", "text": "help"}
        assert site.say(message) == 202
        assert site.wait(lambda posts: len(posts) == 1)
        assert not service.is_ready()
        service.stop()
        assert "ChatKut runs as all; still to be reached: slack" in log.read_text()
        assert "perhaps CHATKUT_SLACK_BOT_TOKEN is meant" in log.read_text()
    finally:
        service.end()
