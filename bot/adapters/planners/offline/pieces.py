"""“The middle one”, “the second part”, after the message before has split a clip."""

from bot.adapters.planners.offline.asking import which
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.scene import Scene
from bot.engine.layout import Placed

Row = tuple[Placed, ...]


def among_pieces(scene: Scene, ref: Reference, row: Row) -> Row:
    """What a noun phrase counts: the pieces of the clip just split, or all of a row.

    Raises:
        Unclear: It could count either, and that makes a difference.
    """
    pieces = _pieces(scene)
    middle = ref.which == "middle"
    if not pieces or ref.name or not (middle or ref.numbers):
        return row
    if ref.kind == "part" or (middle and not ref.kind):
        return pieces
    if ref.kind and not (middle and ref.kind == "clip"):
        return row
    meant = [*_counted(ref, pieces), *_counted(ref, row)]
    if len({placed.item.id for placed in meant}) > 1:
        raise which(scene, meant, ref, "clip")
    return row


def _pieces(scene: Scene) -> Row:
    """The items of the focus, where they are neighbours that show one clip."""
    spoken = scene.mentioned or scene.scope
    found = tuple(p for p in scene.clips() if p.item.id in scene.request.focus)
    if spoken or len(found) < 2 or len({getattr(p.item, "clip", p.item.id) for p in found}) > 1:
        return ()
    return found if found[-1].index - found[0].index == len(found) - 1 else ()


def _counted(ref: Reference, row: Row) -> Row:
    """The one that a single number, or “middle”, picks."""
    if ref.which == "middle":
        return (row[len(row) // 2],)
    number = ref.numbers[0]
    if len(ref.numbers) > 1 or ref.count > 1 or not 0 < abs(number) <= len(row):
        return ()
    return (row[number - 1] if number > 0 else row[number],)
