"""Ports for servers that have to know theirs before they start."""

import random
import socket

_BELOW_EPHEMERAL = range(15_000, 32_000)
"""The system gives none of these to anybody who asks for any port."""


def free_port() -> int:
    """A port of loopback that nobody listens on, and that nobody else is likely to choose."""
    while True:
        port = random.SystemRandom().choice(_BELOW_EPHEMERAL)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
