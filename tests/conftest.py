"""What all tests share: no network but loopback, servers for those that ask, output of failures."""

import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresServer, postgres_server
from tests.s3 import s3_server

_LOOPBACK = ("127.", "::1", "localhost")
_LOGS = ("*.stderr", "chatkut.log")
"""What processes of a test write in its folder."""

_SHOWN_CHARACTERS = 20_000

# Machines are shared: that an example takes long says nothing. And a change fails by what it does,
# not by the examples of that day; others are found by `--hypothesis-profile=explore`.
_PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("patient", derandomize=True, database=None, **_PATIENT)
settings.register_profile("explore", max_examples=2000, database=None, **_PATIENT)
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Let aiohttp, of which stand-ins are made, warn of itself: when a file comes in odd pieces."""
    config.addinivalue_line("filterwarnings", "ignore:unread_data:DeprecationWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow, so that it is not what all else has to wait for in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the processes of the test had to say."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder:
        for path in sorted(path for name in _LOGS for path in folder.rglob(name)):
            shown = path.read_text(errors="replace")[-_SHOWN_CHARACTERS:]
            report.sections.append((f"{path.relative_to(folder)}", shown))
    return report


@pytest.fixture(autouse=True, scope="session")
def few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one authority: loading all takes each client 20 ms, and nobody here speaks TLS."""
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text().partition(end)
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(first + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(path))
        yield


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert str(address[0]).startswith(_LOOPBACK), f"a test wanted to reach {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests, each part of which makes its own databases there."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server for all tests, each of which makes its own bucket there."""
    with s3_server(tmp_path_factory.mktemp("s3")) as url:
        yield url
