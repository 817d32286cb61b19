"""A circuit breaker: a provider that keeps failing is left alone for a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.adapters.planners.faults import CallFailed

_PATIENCE = 5
_REST = 30.0
_LASTING = ("key", "credit")
_PASSING = ("down", "slow")


@dataclass
class Breaker:
    """Open after five failures in a row, and at once where only a person can help.

    A refused request says nothing about the provider. After 30 seconds, or as long as the provider
    asked to be left alone, one call is let through to see; others are kept away meanwhile.
    """

    clock: Callable[[], float] = time.monotonic
    _failures: int = field(default=0, init=False)
    _closed_from: float = field(default=0, init=False)

    def allows(self) -> bool:
        """Whether to call now; the call that is let through to see keeps others away."""
        if self._failures < _PATIENCE and self._closed_from <= self.clock():
            return True
        if self._closed_from > self.clock():
            return False
        self._closed_from = self.clock() + _REST
        return True

    def succeeded(self) -> None:
        """It answered."""
        self._failures, self._closed_from = 0, 0

    def failed(self, failure: CallFailed) -> None:
        """It did not answer."""
        if failure.fault in _LASTING:
            self._failures = _PATIENCE
        elif failure.fault in _PASSING:
            self._failures += 1
        if self._failures >= _PATIENCE or failure.retry_after:
            self._closed_from = self.clock() + (failure.retry_after or _REST)
