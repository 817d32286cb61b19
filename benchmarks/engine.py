"""Times the engine at 10 to 10,000 items: apply a plan, layout, undo, load.

Prints milliseconds (median of several runs) and how each grows per tenfold of items; 10 is linear.
"""

import statistics
import time
from collections.abc import Callable
from itertools import pairwise

from bot.engine.composition import (
    Canvas,
    Clip,
    Composition,
    ItemAnchor,
    Text,
    Transition,
    Video,
)
from bot.engine.history import Diff
from bot.engine.layout import layout
from bot.engine.plan import Plan

SIZES = (10, 100, 1_000, 10_000)
RUNS = 7
PLAN = Plan.model_validate(
    {
        "operations": [
            {"action": "split", "changes": {"at": [3, 6]}},
            {"action": "cut", "changes": {"ranges": [[3, 6]]}},
            {
                "action": "trim",
                "selector": {"type": "byIndex", "index": -1},
                "changes": {"length": 1.5},
            },
            {"action": "add", "changes": {"type": "text", "text": "Hello", "at": 7, "duration": 2}},
        ]
    }
)


def composition(items: int) -> Composition:
    """A film of two-second shots, every fifth with a title, every third with a crossfade."""
    clip = Clip(id="c1", name="long.mp4", kind="video", sha256="0" * 64, seconds=60, fps=30)
    shots = [
        Video(
            id=f"v{n}",
            label=f"shot {n}",
            clip="c1",
            duration=60,
            source_in=n % 1000,
            transition_in=Transition(frames=15) if n % 3 == 2 else None,
        )
        for n in range(items)
    ]
    titles = [
        Text(id=f"t{n}", label=f"title {n}", duration=45, text="x", anchor=ItemAnchor(item=f"v{n}"))
        for n in range(0, items, 5)
    ]
    return Composition(
        canvas=Canvas(),
        clips={"c1": clip},
        items={item.id: item for item in (*shots, *titles)},
        main=tuple(shot.id for shot in shots),
    )


def milliseconds(work: Callable[[], object]) -> float:
    """The median time of some runs."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def measured(items: int) -> dict[str, float]:
    """All figures for one size."""
    before = composition(items)
    after = PLAN.apply(before, 2)
    back = Diff.between(before, after).reversed()
    document = before.model_dump_json()
    return {
        "apply a plan": milliseconds(lambda: PLAN.apply(before, 2)),
        "layout": milliseconds(lambda: layout(before.but())),
        "undo": milliseconds(lambda: back.apply(after)),
        "diff": milliseconds(lambda: Diff.between(before, after)),
        "load": milliseconds(lambda: Composition.model_validate_json(document)),
    }


def main() -> None:
    """Print the table."""
    columns = [measured(size) for size in SIZES]
    print(f"{'ms':14}" + "".join(f"{size:>10,}" for size in SIZES) + "   growth per tenfold")
    for name in columns[0]:
        figures = [column[name] for column in columns]
        growth = " ".join(f"{b / a:.1f}" for a, b in pairwise(figures))
        print(f"{name:14}" + "".join(f"{figure:>10.2f}" for figure in figures) + f"   {growth}")


if __name__ == "__main__":
    main()
