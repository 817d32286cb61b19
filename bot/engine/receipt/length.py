"""What became shorter or longer, went, or is in pieces."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.engine.composition import ItemAnchor
from bot.engine.layout import Placed
from bot.engine.operations.surgery import Span, speed_of
from bot.engine.receipt.change import Change, clip_of, shown
from bot.engine.receipt.fact import Fact, about, listed

_FEW_CUTS = 2
_FEW_PIECES = 4
_FEW_NAMES = 8


@dataclass(frozen=True, slots=True)
class _Loss:
    """A stretch of the old timeline that is gone, and whose it was."""

    start: int
    end: int
    placed: Placed

    @property
    def is_whole(self) -> bool:
        return self.end - self.start >= self.placed.frames


def lost(change: Change) -> Iterator[Fact]:
    """Tell what was removed, trimmed or cut out."""
    removed, cuts = _holes(change)
    for loss in removed:
        tail = f" ({change.span(loss.placed)})"
        yield about(loss.placed, "Removed ", tail, shift=change.shift_after(loss.end))
    if len(cuts) > _FEW_CUTS:
        frames = sum(chain[-1].end - chain[0].start for chain in cuts)
        yield Fact(f"Cut {len(cuts)} pieces, {change.length(frames)} in all", shift=0)
    else:
        yield from (_cut_out(change, chain) for chain in cuts)
    yield from _gone_with(change, [(loss.start, loss.end) for chain in cuts for loss in chain])


def _holes(change: Change) -> tuple[list[_Loss], list[list[_Loss]]]:
    """Items that were removed as a whole, and holes that were cut; the rest are trimmed ends."""
    chains = list(_chains(_losses(change)))
    removed = [chain[0] for chain in chains if len(chain) == 1 and chain[0].is_whole]
    return removed, [chain for chain in chains if _is_cut(change, chain)]


def _losses(change: Change) -> Iterator[_Loss]:
    """What the main track lost, in the order of the old timeline."""
    joined = {piece.item.id for pieces in change.whole_again.values() for piece in pieces}
    for old in change.old.main:
        pieces = change.pieces.get(old.item.id, [])
        if any(piece.item is old.item for piece in pieces) or old.item.id in joined:
            continue
        for first, last in change.lost(old, pieces) if pieces else [(0, old.frames)]:
            yield _Loss(old.start + first, old.start + last, old)


def _chains(losses: Iterable[_Loss]) -> Iterator[list[_Loss]]:
    """Losses that touch each other, where they are more than whole items."""
    chain: list[_Loss] = []
    for loss in losses:
        if chain and loss.start > chain[-1].end:
            yield from _separated(chain)
            chain = []
        chain.append(loss)
    yield from _separated(chain)


def _separated(chain: list[_Loss]) -> Iterator[list[_Loss]]:
    if all(loss.is_whole for loss in chain):
        yield from ([loss] for loss in chain)
    else:
        yield chain


def _is_cut(change: Change, chain: Sequence[_Loss]) -> bool:
    """Whether a hole was cut into the film, rather than an item removed or trimmed at an end."""
    if len(chain) > 1:
        return True
    (loss,) = chain
    inside = loss.placed.start < loss.start and loss.end < loss.placed.end
    return inside or (not loss.is_whole and len(change.pieces[loss.placed.item.id]) > 1)


def _cut_out(change: Change, chain: Sequence[_Loss]) -> Fact:
    start, end = chain[0].start, chain[-1].end
    whole = [f"“{loss.placed.item.label}”" for loss in chain if loss.is_whole]
    text = f"Cut out {change.range(start, end)}"
    if len(chain) == 1:
        text = f"Cut {change.range(start, end)} out of “{chain[0].placed.item.label}”"
    elif whole:
        text = f"{text} with {listed(whole[:_FEW_NAMES])}"
    last = chain[-1].placed
    if end < last.end and last.item.id in change.pieces:  # what is left of it comes next
        return Fact(text, shift=start - end)
    return Fact(text, shift=change.shift_after(end))


def _gone_with(change: Change, holes: Sequence[Span]) -> Iterator[Fact]:
    """Tell which free items are gone: with the picture that they hung on, or alone."""
    for old in (*change.old.track("overlay"), *change.old.track("audio")):
        if old.item.id in change.pieces:
            continue
        match old.item.anchor:
            case ItemAnchor(item=target) if target not in change.pieces or any(
                first <= old.start < last for first, last in holes
            ):
                yield about(old, "", " went with its picture", " went with their pictures")
            case _:
                yield about(old, "Removed ", f" ({change.span(old)})")


def resized(change: Change) -> Iterator[Fact]:
    """Tell which items play faster, or were trimmed or extended as a whole."""
    _, cuts = _holes(change)
    told = {loss.placed.item.id for chain in cuts for loss in chain} | change.whole_again.keys()
    for old, new in change.stayed:
        if old.item.id in told:
            continue
        on_main = old.track == new.track == "main"
        shift = change.shift_after(old.end) if on_main else None
        if speed_of(old.item) != speed_of(new.item) and clip_of(old.item) == clip_of(new.item):
            speeds = f"{speed_of(new.item):.4g}× (was {speed_of(old.item):.4g}×)"
            tail = f": speed {speeds}, {change.length(new.frames)} long"
            same = f": speed {speed_of(new.item):.4g}×"
            yield about(new, "", tail, same, shift=shift)
        elif len(change.pieces[old.item.id]) == 1 and not new.item.to_end:
            yield from _trimmed(change, old, new, shift)


def _trimmed(change: Change, old: Placed, new: Placed, shift: int | None) -> Iterator[Fact]:
    now, was = new.item.duration, old.item.duration
    slack = 0 if speed_of(new.item) == 1 and change.old_canvas.fps == change.after.canvas.fps else 1
    if abs(now - was) <= slack or old.item.to_end:
        return
    head = "Trimmed " if now < was else "Extended "
    lasts, lasted = change.length(now), change.length(was)
    frames = abs(now - was)
    by_frames = f" by {frames} frame{'s' if frames > 1 else ''}"
    yield about(
        new,
        head,
        by_frames if lasts == lasted else f" to {lasts} (was {lasted})",
        f" to {lasts}",
        shift=shift,
    )


def split(change: Change) -> Iterator[Fact]:
    """Tell which items are in pieces now, where nothing of them is missing."""
    for old in change.old.placed:
        pieces = change.pieces.get(old.item.id, [])
        if len(pieces) < 2 or change.lost(old, pieces):
            continue
        cuts = sorted(
            shown(old.item, piece.item)[0]
            for piece in pieces[1:]
            if not _behind_still(change, piece)
        )
        if not cuts:
            continue
        times = listed([change.time(old.start + cut) for cut in cuts])
        tail = f" at {times}" if len(pieces) <= _FEW_PIECES else f" into {len(pieces)} pieces"
        yield about(old, "Split ", tail)


def _behind_still(change: Change, piece: Placed) -> bool:
    """Whether a piece is one because the film stands in front of it."""
    ahead = change.new.main[piece.index - 1] if piece.track == "main" and piece.index else None
    return ahead is not None and bool(change.stopped(ahead))


def joined(change: Change) -> Iterator[Fact]:
    """Tell which pieces are one item again, as when a split or a cut is undone."""
    for key, pieces in change.whole_again.items():
        new = change.new.by_id[key]
        shift = change.shift_behind(new) if new.track == "main" else None
        regained = sum(last - first for first, last in change.lost(new, pieces))
        if regained:
            head = f"Put {change.length(regained)} back into "
            yield about(new, head, "", shift=shift)
        else:
            yield about(new, "Joined the pieces of ", "", shift=shift)
