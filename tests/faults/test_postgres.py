"""A database server that is away, or that only lets itself be read."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.adapters.chat.bridge_site import BridgeSite
from tests.chaos.service import Service, until
from tests.faults.crowd import Crowd, talking
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow

_OUTAGE_SECONDS = 30.0
_PAUSE_SECONDS = 0.5
_BROKEN_SECONDS = 6.0
_COMPLAINTS = 40
"""Lines of log that the job engine may take for it."""


def test_a_server_that_is_away_for_half_a_minute(
    site: BridgeSite, postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service(tmp_path, site, database_url=postgres.create("outage"))
    with talking(service, site) as crowd:
        crowd.begin()
        with _watched(crowd) as seen:
            postgres.stop()
            try:
                end = time.monotonic() + _OUTAGE_SECONDS
                until(lambda: crowd.status("/readyz") == 503 or None, "it is not ready")
                _talk(crowd, max(_BROKEN_SECONDS, end - time.monotonic()))
            finally:
                postgres.start()
            until(lambda: crowd.status("/readyz") == 200 or None, "it is ready again")
            _talk(crowd, 1)
            crowd.recover()
        with capsys.disabled():
            print(f"\nPostgres away: {crowd}")  # noqa: T201
        assert set(seen) == {200}
        assert crowd.refusals
        assert crowd.findings() == []
        service.stop()
    log = (tmp_path / "service.stderr").read_text()
    assert log.count("] dbos: ") < _COMPLAINTS


def test_a_server_that_is_read_only(
    site: BridgeSite, postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.create("read_only")
    service = Service(tmp_path, site, database_url=url)
    with talking(service, site) as crowd:
        crowd.begin()
        with _read_only(url):
            _talk(crowd, _BROKEN_SECONDS)
            assert crowd.refusals
            assert crowd.status("/livez") == 200
        crowd.recover()
        with capsys.disabled():
            print(f"\nPostgres read-only: {crowd}")  # noqa: T201
        assert crowd.findings() == []
        service.stop()


def _talk(crowd: Crowd, seconds: float) -> None:
    """Bring one message after the other, and between them what was refused."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        crowd.bring(next(iter(crowd.refused.values()), None) or crowd.title())
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def _watched(crowd: Crowd) -> Iterator[list[int]]:
    """What `/livez` says all the time."""
    seen: list[int] = []
    enough = threading.Event()

    def watch() -> None:
        while not enough.wait(_PAUSE_SECONDS):
            seen.append(crowd.status("/livez"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        enough.set()
        thread.join()


@contextmanager
def _read_only(url: str) -> Iterator[None]:
    """What hosted databases do when their disk is full, and a server that is now a replica does."""
    _alter(url, "SET default_transaction_read_only = on")
    try:
        yield
    finally:
        _alter(url, "RESET default_transaction_read_only")


def _alter(url: str, change: LiteralString) -> None:
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM " + change)
        connection.execute("SELECT pg_reload_conf()")
