"""Nothing is lost, nothing is done twice, nothing is left behind: see `storm` and `audit`."""

from pathlib import Path

import pytest

from tests.chaos.storm import shared_storm, storm
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow

_SEED = 3

_TAKEOVER_SECONDS = 90
"""45 until a process counts as dead, 10 until another one looks, and what a busy machine adds."""


def test_what_was_accepted_survives_any_number_of_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = storm(tmp_path, 15, _SEED, idempotent=False)
    with capsys.disabled():
        print(f"\n{outcome}")  # noqa: T201
    assert outcome.findings == []


def test_workers_take_over_from_each_other(
    tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = shared_storm(tmp_path, 3, _SEED, postgres.create("chaos"), idempotent=True)
    with capsys.disabled():
        print(f"\n{outcome}")  # noqa: T201
    assert outcome.findings == []
    assert max(outcome.takeovers) < _TAKEOVER_SECONDS
