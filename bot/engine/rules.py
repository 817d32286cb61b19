"""The rules of a composition: `settle` mends what follows from an edit, `check` refuses.

Both run once per plan, on its result; operations themselves stay simple.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import ceil

from bot.engine.composition import (
    Audio,
    Captions,
    Composition,
    Item,
    ItemAnchor,
    Shape,
    Text,
    Transition,
    Video,
)
from bot.engine.errors import InvalidEdit
from bot.engine.timebase import exact, length

_MOST_CUES = 20_000


def settle(comp: Composition) -> Composition:
    """Mend what an edit leaves behind; what is settled stays as it is.

    A stretch of footage that reaches past its clip by a rounding error moves back, transitions and
    fades that no longer fit become shorter, and overlays slide off a trimmed end. The receipt is
    made from the difference of before and after, so it tells these changes too.
    """
    for mended in (_in_footage, _fitting, _over_target):
        comp = comp.with_item(*mended(comp))
    return comp


def _in_footage(comp: Composition) -> Iterator[Item]:
    for item in comp.items.values():
        if not isinstance(item, Video | Audio) or item.clip not in comp.clips:
            continue
        footage = comp.clips[item.clip].frames(comp.canvas.fps)
        longest = comp.longest(item)
        if isinstance(item, Video) and item.frozen is not None:
            if item.frozen >= footage:
                yield item.but(frozen=footage - 1)
        elif longest is None and item.source_in >= footage:
            yield item.but(source_in=item.source_in % footage)  # a loop begins anew
        elif longest is not None and _is_outside(item, longest, footage):
            yield _moved(comp, item, footage)


def _is_outside(item: Video | Audio, longest: int, footage: int) -> bool:
    if item.pace < 0 and item.source_in > footage:
        return True
    return item.duration > longest and not item.to_end


def _moved(comp: Composition, item: Video | Audio, footage: int) -> Item:
    needed = ceil(item.duration * exact(item.speed))
    if item.pace < 0:
        over = max(needed - item.source_in, item.source_in - footage)
        source_in = min(footage, max(item.source_in, needed))
    else:
        over = item.source_in + needed - footage
        source_in = max(0, item.source_in - over)
    if over > ceil(item.speed) + 1:
        return item  # no rounding error
    part = item.but(source_in=source_in)
    return part.but(duration=max(1, min(part.duration, comp.longest(part) or 1)))


def _fitting(comp: Composition) -> Iterator[Item]:
    transitions = dict(zip(comp.main, _transitions(comp), strict=True))
    for key, item in comp.items.items():
        changes: dict[str, object] = {}
        if not isinstance(item, Audio) and item.transition_in != transitions.get(key):
            changes["transition_in"] = transitions.get(key)
        if item.fade_in + item.fade_out > item.duration and not item.to_end:
            changes["fade_in"] = min(item.fade_in, item.duration)
            changes["fade_out"] = min(
                item.fade_out, item.duration - min(item.fade_in, item.duration)
            )
        if changes:
            yield item.but(**changes)


def _transitions(comp: Composition) -> Iterator[Transition | None]:
    """Each main item's transition, no longer than what its two neighbours have to give.

    An item keeps a frame of its own behind the transition that it comes in with.
    """
    left = 0
    for key in comp.main:
        item = comp.items[key]
        wanted = None if isinstance(item, Audio) else item.transition_in
        frames = min(wanted.frames, left, item.duration - 1) if wanted else 0
        if wanted is None or frames == wanted.frames:
            yield wanted
        else:
            yield wanted.but(frames=frames) if frames > 0 else None
        left = item.duration - frames


def _over_target(comp: Composition) -> Iterator[Item]:
    """Let what hangs behind the end of its target slide back until it lies over it as a whole."""
    for item in comp.items.values():
        match item.anchor:
            case ItemAnchor(item=key, offset=offset) if key in comp.items:
                target = comp.items[key].duration
                if offset >= target:
                    latest = max(0, target - item.duration)
                    yield item.but(anchor=ItemAnchor(item=key, offset=latest))


def check(comp: Composition) -> None:
    """Refuse a composition that cannot exist.

    Raises:
        InvalidEdit: Names the first broken rule.
    """
    _check_track(comp)
    for key, item in comp.items.items():
        if key != item.id:
            raise InvalidEdit(f"Item {item.id!r} is filed under {key!r}.")
        _check_anchor(comp, item)
        if isinstance(item, Captions):
            _check_cues(item)
        elif not isinstance(item, Text | Shape):
            _check_clip(comp, item.clip, item)


def _check_track(comp: Composition) -> None:
    if len(comp.main_set) != len(comp.main):
        raise InvalidEdit("An item can stand on the main track only once.")
    for key in comp.main:
        if key not in comp.items:
            raise InvalidEdit(f"The main track names {key!r}, which does not exist.")
        if isinstance(comp.items[key], Audio):
            raise InvalidEdit("Sound alone cannot stand on the main track.")
        if isinstance(comp.items[key], Captions):
            raise InvalidEdit("Captions lie over the film and cannot stand on the main track.")
    for key, fitting in zip(comp.main, _transitions(comp), strict=True):
        item = comp.items[key]
        if not isinstance(item, Audio) and item.transition_in != fitting:
            raise InvalidEdit(f"The transition before “{item.label}” is longer than its clips.")


def _check_anchor(comp: Composition, item: Item) -> None:
    on_main = item.id in comp.main_set
    if on_main != (item.anchor is None):
        raise InvalidEdit(f"“{item.label}” must be either on the main track or anchored.")
    if on_main and item.to_end:
        raise InvalidEdit(f"“{item.label}” is on the main track and has a length of its own.")
    if isinstance(item.anchor, ItemAnchor) and item.anchor.item not in comp.main_set:
        raise InvalidEdit(f"“{item.label}” hangs on an item that is gone from the main track.")


def _check_cues(captions: Captions) -> None:
    if sum(map(len, captions.cues.values())) > _MOST_CUES:
        raise InvalidEdit(f"Captions can have {_MOST_CUES:,} lines at most.")
    for row in captions.cues.values():
        if any(before.start > after.start for before, after in pairwise(row)):
            raise InvalidEdit("The lines of captions must be in order.")


def _check_clip(comp: Composition, clip_id: str, item: Item) -> None:
    if clip_id not in comp.clips:
        raise InvalidEdit(f"“{item.label}” shows a clip that is not in the bin any more.")
    clip = comp.clips[clip_id]
    if not clip.suits(item.type):
        raise InvalidEdit(f"“{clip.name}” cannot be used as {item.type}.")
    longest = comp.longest(item)
    if isinstance(item, Video) and longest is not None:
        start = clip.frames(comp.canvas.fps) - item.source_in if item.backwards else item.source_in
        if start < 0:
            raise InvalidEdit(f"“{item.label}” has no more footage before its start.")
    needed = 1 if item.to_end else item.duration
    if longest is not None and needed > longest:
        over = comp.canvas.fps.seconds(needed - longest)
        raise InvalidEdit(f"“{item.label}” would run {length(over)} past the end of its clip.")
