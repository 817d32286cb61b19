"""Clips that are named by those beside them: “the clip after the beach”."""

from collections.abc import Sequence

from bot.adapters.planners.offline.outcomes import ask
from bot.adapters.planners.offline.phrases import Chunk, Reference
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.scene import Scene
from bot.engine.layout import Placed


def beside(scene: Scene, ref: Reference, neighbour: Chunk) -> tuple[Placed, ...]:
    """The clip after, before or between others; all of them where several are spoken of."""
    other = sorted(find(scene, neighbour.value), key=lambda placed: placed.index)
    if ref.plural or ref.kind == "all" or "between" in neighbour.prep:
        return _row_beside(scene, ref, neighbour, other)
    index = other[-1].index + 1 if neighbour.prep == "after" else other[0].index - 1
    if other[0].track != "main" or not 0 <= index < len(scene.clips()):
        raise ask(f"There is no clip {neighbour.prep} “{other[0].item.label}”.")
    return (scene.clips()[index],)


def _row_beside(
    scene: Scene, ref: Reference, neighbour: Chunk, other: Sequence[Placed]
) -> tuple[Placed, ...]:
    first, last = other[0].index, other[-1].index
    wanted = {
        "after": range(last + 1, len(scene.clips())),
        "before": range(first),
    }.get(neighbour.prep, range(first + 1, last))
    row = scene.clips()[wanted.start : wanted.stop]
    if (
        any(p.track != "main" for p in other)
        or not row
        or (len(row) > 1 and not (ref.plural or ref.kind == "all"))
    ):
        words = scene.source.raw(neighbour.first, neighbour.last)
        raise ask(f"Which {ref.noun or 'clip'} {words} do you mean?")
    return row
