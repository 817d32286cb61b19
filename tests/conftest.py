"""What all tests share: no network but loopback, and a Postgres server for those that ask."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.postgres import PostgresServer, postgres_server
from tests.s3 import s3_server

_LOOPBACK = ("127.", "::1", "localhost")


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
