"""What came, and what stands elsewhere."""

from collections.abc import Iterator

from bot.engine.composition import Audio, Captions, Image, Item, ItemAnchor, Shape, Text, Video
from bot.engine.layout import Placed
from bot.engine.operations.surgery import speed_of
from bot.engine.receipt.change import Change, shown
from bot.engine.receipt.fact import Fact, about
from bot.engine.receipt.words import colour, percent, place
from bot.engine.style import TextStyle

_FEW_NAMES = 8
_USUAL_LETTERS = TextStyle().size
_USUAL_COLOUR = TextStyle().color
_KIND = {"audio": "sound"}


def added(change: Change) -> Iterator[Fact]:
    """Tell what is new."""
    known = {placed.item.id for pieces in change.pieces.values() for placed in pieces}
    for new in change.new.in_order:
        if new.item.id in known or isinstance(new.item, Captions):  # told in other words
            continue
        if stopped := change.stopped(new):
            behind = new.frames if new.index + 1 < len(change.new.main) else 0
            tail = f" at {change.time(new.start)} for {change.length(new.frames)}"
            yield Fact("Froze ", stopped, tail, shift=behind)
            continue
        shift = change.shift_behind(new) if new.track == "main" else None
        tail = f" ({_KIND.get(new.item.type, new.item.type)}) {_whereabouts(change, new)}"
        yield about(new, "Added ", tail, shift=shift)


def _whereabouts(change: Change, new: Placed) -> str:
    lasting = new.start == 0 and new.item.to_end and new.end == change.new.duration
    when = "for the whole film" if lasting else f"at {change.span(new)}"
    if isinstance(new.item, Audio):
        return ", ".join([when, *_manner(change, new.item)])
    where = [place(new.item.transform)] if new.track == "overlay" else []
    return ", ".join([when, *where, *_look(change, new.item)])


def _manner(change: Change, sound: Audio) -> Iterator[str]:
    """How a sound that is new plays, where that is not plainly."""
    if sound.source_in:
        yield f"from {change.length(sound.source_in)} into it"
    if sound.volume != 1:
        yield f"volume {sound.volume:.0%}"
    yield from _fades(change, sound)
    if sound.duck:
        yield "ducked under other sound"


def _look(change: Change, item: Video | Image | Text | Shape | Captions) -> Iterator[str]:
    """How what is seen looks, where that was chosen."""
    if isinstance(item, Text):
        if item.style.size != _USUAL_LETTERS:
            yield f"text size {percent(item.style.size)}"
        if item.style.color != _USUAL_COLOUR:
            yield colour(item.style.color)
        if item.style.italic:
            yield "italic"
    if isinstance(item, Shape) and item.color != _USUAL_COLOUR:
        yield colour(item.color)
    if isinstance(item, Video) and item.backwards:
        yield "backwards"
    if isinstance(item, Video) and item.muted:
        yield "muted"
    if item.opacity != 1:
        yield f"opacity {percent(item.opacity)}"
    yield from _fades(change, item)


def _fades(change: Change, item: Item) -> Iterator[str]:
    if item.fade_in:
        yield f"fading in over {change.length(item.fade_in)}"
    if item.fade_out:
        yield f"fading out over {change.length(item.fade_out)}"


def moved(change: Change) -> Iterator[Fact]:
    """Tell how the order of the main track changed."""
    if not change.reordered:
        return
    old = [key for key in change.before.main if key in change.after.main_set]
    new = [key for key in change.after.main if key in change.before.main_set]
    labels = {key: change.after.items[key].label for key in new}
    other = [n for n, (one, two) in enumerate(zip(old, new, strict=True)) if one != two]
    first, last = other[0], other[-1]
    if len(other) == 2:
        yield Fact(f"Swapped “{labels[old[first]]}” and “{labels[old[last]]}”")
    elif old[first] == new[last] and old[first + 1 : last + 1] == new[first:last]:
        yield _moved_one(change, new[last])
    elif old[last] == new[first] and old[first:last] == new[first + 1 : last + 1]:
        yield _moved_one(change, new[first])
    else:
        names = [f"“{labels[key]}”" for key in new]
        more = ["…"] if len(names) > _FEW_NAMES else []
        yield Fact(f"New order: {', '.join(names[:_FEW_NAMES] + more)}")


def _moved_one(change: Change, key: str) -> Fact:
    new = change.new.by_id[key]
    was = change.old.by_id[key].index + 1
    return about(new, "Moved ", f" to position {new.index + 1} (was {was})")


def placed_elsewhere(change: Change) -> Iterator[Fact]:
    """Tell which items changed between tracks, or to another time of their own."""
    for old, new in change.stayed:
        if new.item.id != old.item.id or old.track == new.track == "main":
            continue
        if new.track == "main":
            tail = f" is on the main track now, as number {new.index + 1}"
            yield about(new, "", tail, shift=change.shift_behind(new))
        elif old.track == "main":
            tail = f" lies over the film now, at {change.span(new)}"
            yield about(new, "", tail, shift=change.shift_after(old.end))
        elif old.item.source_in == new.item.source_in:  # else it begins where its head was cut off
            yield from _moved_in_time(change, old, new)


def _moved_in_time(change: Change, old: Placed, new: Placed) -> Iterator[Fact]:
    now, was = change.time(new.start), change.time(old.start)
    if now == was or _over_same_picture(change, old, new):
        return
    if _lost_its_place(change, old):
        yield about(new, "", f" slid to {now} (was at {was})", " slid along")
    else:
        yield about(new, "Moved ", f" to {now} (was at {was})", f" to {now}")


def _lost_its_place(change: Change, old: Placed) -> bool:
    """Whether the picture that a free item started over is gone."""
    match old.item.anchor:
        case ItemAnchor(item=key, offset=offset) if key in change.pieces:
            target = change.old.by_id[key]
            gaps = change.lost(target, change.pieces[key])
            return any(first <= offset < last for first, last in gaps)
    return False


def _over_same_picture(change: Change, old: Placed, new: Placed) -> bool:
    match old.item.anchor, new.item.anchor:
        case ItemAnchor(item=target, offset=was), ItemAnchor(item=piece, offset=now):
            hosts = [p.item for p in change.pieces.get(target, []) if p.item.id == piece]
            if not hosts:
                return False
            first, _ = shown(change.old.by_id[target].item, hosts[0])
            ratio = speed_of(hosts[0]) / speed_of(change.old.by_id[target].item)
            return abs(first + now * ratio - was) <= 1 + ratio
    return False


def followers(change: Change) -> Iterator[Fact]:
    """Tell which free items went along where the order changed."""
    if not change.reordered:
        return
    for key, new in change.new.by_id.items():
        old = change.old.by_id.get(key)
        if old and new.start != old.start and _over_same_picture(change, old, new):
            yield about(new, "", f" follows: now at {change.time(new.start)}", " follow")
