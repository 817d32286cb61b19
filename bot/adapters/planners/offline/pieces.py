"""Clips and sounds that were split: “the middle one”, “the second part”, “the talk”."""

from bot.adapters.planners.offline.asking import place, which
from bot.adapters.planners.offline.labels import spelling
from bot.adapters.planners.offline.outcomes import ask
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.wants import Want
from bot.engine.layout import Placed
from bot.engine.operations.surgery import lineage
from bot.ports import Choice

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


def check_whole(scene: Scene, ref: Reference, found: Row, want: Want) -> Row:
    """What was found, unless it is called by the name that it had before it was split.

    Raises:
        Unclear: Its first piece still bears that name; all of them may be meant.
    """
    row = found if want.whole else whole(scene, ref, found)
    if len(row) > len(found):
        raise which_piece(scene, ref, row)
    return found


def whole(scene: Scene, ref: Reference, found: Row) -> Row:
    """All pieces of what was found, where it bears the bare name of what was split."""
    if len(found) != 1 or ref.ids or ref.numbers or ref.which or ref.says:
        return found
    first = found[0].item
    words = spelling(ref.name or ref.words).split()
    if " ".join(words[words[0] in _LEADING :]) != spelling(first.label):
        return found
    return tuple(p for p in scene.timeline.in_order if first.id in lineage(p.item.id)) or found


_LEADING = ("the", "my", "our", "this", "that")


def which_of(scene: Scene, ref: Reference, row: Row) -> Exception:
    """The question which of several items is meant, all of which may be pieces of one."""
    if all(row[0].item.id in lineage(placed.item.id) for placed in row):
        return which_piece(scene, ref, row)
    return which(scene, row, ref, ref.noun or "clip")


def which_piece(scene: Scene, ref: Reference, row: Row) -> Exception:
    """The question which piece is meant, or whether all are."""
    first, last = place(scene, ref)
    choices = [scene.choice(p, first, last) for p in (row if len(row) <= _SHOWN else row[:1])]
    if _suits_each(scene, ref):
        text, ids = scene.request.text, " and ".join(f"@{p.item.id}" for p in row)
        each = Choice(f"Each of its {len(row)} pieces", f"{text[:first]}{ids}{text[last:]}")
        choices.insert(0, each)
    label = min((p.item for p in row), key=lambda item: len(item.id)).label
    return ask(f"“{label}” is in {len(row)} pieces. Which do you mean by “{ref.words}”?", *choices)


_SHOWN = 6


def _suits_each(scene: Scene, ref: Reference) -> bool:
    """Whether what is said can be wanted of each piece: no fade, and they are no neighbour."""
    said = {token.text for token in scene.source.tokens}
    return said.isdisjoint(_OF_ONE) and scene.source.text(ref.first - 1) not in _BESIDE


_OF_ONE = ("fade", "fades", "freeze", "label", "loop", "over", "rename", "split", "swap", "trim")
_BESIDE = (
    "after", "against", "at", "before", "behind", "between", "by", "for", "from", "of", "on",
    "onto", "over", "start", "than", "to", "under", "while", "with",
)  # fmt: skip
