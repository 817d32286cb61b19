"""A chat that would show everything that is said twice."""

from collections.abc import Iterator

import pytest

from tests.adapters.chat.bridge_site import BridgeSite


@pytest.fixture
def site() -> Iterator[BridgeSite]:
    with BridgeSite(idempotent=False) as site:
        yield site
