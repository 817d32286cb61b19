"""Measuring: what the process counts while it runs."""

from collections.abc import Mapping
from typing import Protocol


class Meter(Protocol):
    """Counts what happens. Its labels have few values: never a channel, a user or a file."""

    def job_started(self, kind: str) -> None:
        """A job runs, for the first time or again."""
        ...

    def job_ended(self, kind: str, outcome: str, seconds: float) -> None:
        """A job is done, failed or was stopped, so long after it was started here."""
        ...

    def render_ended(self, preset: str, outcome: str, seconds: float, microusd: int) -> None:
        """A render is over, and cost this much."""
        ...

    def model_called(
        self, provider: str, model: str, tokens: Mapping[str, int], microusd: int
    ) -> None:
        """A model answered: tokens by direction ("input", "cached", "output"), and the price."""
        ...

    def message_accepted(self, platform: str) -> None:
        """A message will be worked on, whatever happens."""
        ...

    def failed_over(self, jobs: int) -> None:
        """The work of one dead process was taken over: so many jobs."""
        ...
