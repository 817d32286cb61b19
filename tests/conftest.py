"""What all tests share: no network but loopback."""

import socket
from typing import Any

import pytest

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
