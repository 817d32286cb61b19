"""Cost arithmetic: what a render will take and what it took. Prices come in as arguments.

A render's work is counted in megapixel-frames (frames × width × height / 10⁶): encoding cost grows
with it nearly linearly. Money is in whole micro-dollars, since one render costs far below a cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

FIRST_GUESS = 0.03
"""CPU seconds per megapixel-frame before this machine has rendered anything (x264 veryfast)."""

_LEAST, _SMALL = 100, 9_950
"""Micro-dollars: what four digits can show, and what would be a cent if it was rounded."""


@dataclass(frozen=True, slots=True)
class FilmSize:
    """How much there is to render: frames, and their size in pixels."""

    frames: int
    width: int
    height: int

    @property
    def megapixel_frames(self) -> float:
        """What the work of a render is measured in."""
        return self.frames * self.width * self.height / 1e6


@dataclass(frozen=True, slots=True)
class Work:
    """A render that was done: its size, and the CPU seconds that it took."""

    megapixel_frames: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a render will take: seconds of waiting, and micro-dollars.

    `at_least` says that what cannot be counted comes on top.
    """

    seconds: float
    microusd: int
    at_least: bool = False


def estimate(size: float, past: Sequence[Work], cores: int, usd_per_cpu_hour: float) -> Estimate:
    """Expect of so many megapixel-frames what the median of past renders took for theirs."""
    rates = [work.cpu_seconds / work.megapixel_frames for work in past if work.megapixel_frames]
    cpu_seconds = size * (median(rates) if rates else FIRST_GUESS)
    return Estimate(cpu_seconds / cores, price(cpu_seconds, usd_per_cpu_hour))


def price(cpu_seconds: float, usd_per_cpu_hour: float) -> int:
    """What CPU time costs, in micro-dollars, rounded up: what is little is not nothing."""
    return ceil(round(cpu_seconds / 3600 * usd_per_cpu_hour * 1e6, 6))


def dollars(microusd: int) -> str:
    """Write an amount as people read it: $0, less than $0.0001, $0.0004, $0.03, $12.50."""
    if microusd == 0:
        return "$0"
    if microusd < _LEAST:
        return "less than $0.0001"
    digits = 4 if microusd < _SMALL else 2
    return f"${microusd / 1e6:.{digits}f}"


def exactly(microusd: int) -> str:
    """Write an amount that stands beside another, however small: $0.00004, $0.0004, $12.50."""
    return f"${microusd / 1e6:.6f}".rstrip("0") if 0 < microusd < _LEAST else dollars(microusd)


def roughly(microusd: int) -> str:
    """Write an estimate: about $0.03, less than $0.0001."""
    return f"about {dollars(microusd)}" if microusd >= _LEAST else dollars(microusd)
