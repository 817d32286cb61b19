"""What Remotion Lambda costs, as Remotion itself reckons it, and into how many functions it splits.

Both are Remotion's own formulas (`estimatePrice` of `@remotion/lambda` and `bestFramesPerFunction`
of `@remotion/serverless-client`, 4.0.527), so that an estimate and what a render reports can be
compared. The prices in `prices.json` are those that come with `@remotion/lambda` 4.0.527: what AWS
takes for ARM functions, in dollars, and in yuan in China's regions (`cn-…`). They are per request,
per GB-second of memory and per GB-second of disk beyond the first 512 MB.

All figures are lower bounds: they know nothing of storage, traffic and logs, nor of a licence.
"""

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from math import ceil

_FREE_DISK_MB = 512
_SMALLEST = Decimal("0.00001")
_LEAST_FRAMES = 20
_FEWEST_FRAMES = 5
_MANY_FRAMES = 18_000


def is_priced(region: str) -> bool:
    """Whether there are prices for a region of AWS, in dollars."""
    return region in _prices() and not region.startswith("cn-")


def price(region: str, memory_mb: int, disk_mb: int, milliseconds: float, lambdas: int) -> float:
    """What so many functions cost that run for so long together, in dollars.

    Raises:
        KeyError: There are no prices for the region.
    """
    rates = _prices()[region]
    time = float(rates["duration_arm"]) * (memory_mb * milliseconds / 1000 / 1024)
    disk = max(0, disk_mb - _FREE_DISK_MB) * float(rates["storage_arm"])
    disk *= milliseconds / 1000 / 1024
    requests = float(rates["requests"]) * lambdas
    return float(Decimal((time + disk) + requests).quantize(_SMALLEST, ROUND_HALF_UP))


def frames_each(frames: int, most: int | None = None) -> int:
    """How many frames each function makes: Remotion's own choice, unless that takes over `most`."""
    share = min(frames, _MANY_FRAMES) / _MANY_FRAMES
    wanted = max(frames / (75 + 75 * share), _LEAST_FRAMES)
    functions = ceil(frames / wanted)
    if most is not None:
        functions = min(functions, most)
    return max(ceil(frames / functions), min(_FEWEST_FRAMES, frames))


@cache
def _prices() -> Mapping[str, Mapping[str, str]]:
    file = resources.files(__package__).joinpath("prices.json")
    found: Mapping[str, Mapping[str, str]] = json.loads(file.read_text("utf-8"))
    return found
