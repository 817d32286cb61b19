"""What other programs will not show of a composition: told, and kept in the metadata."""

from collections.abc import Callable, Iterator
from itertools import islice

from bot.adapters.exporters.facts import MOST_PASSES, pass_frames
from bot.engine.composition import Audio, Captions, Image, Item, Shape, Text, Video
from bot.engine.layout import Placed, Timeline
from bot.engine.style import Transform
from bot.ports import quoted

_NAMED = 3


def losses(film: Timeline) -> tuple[str, ...]:
    """What is not carried over, a line for each kind, with the names of those that have it."""
    placed = [each for each in film.placed if each.frames]
    found = [
        what.format(_names([each.item for each in placed if has(each, film)]))
        for what, has in _LOSSES
        if any(has(each, film) for each in placed)
    ]
    return (*found, *_ambiguous(film))


def _names(items: list[Item]) -> str:
    labels = list(dict.fromkeys(quoted(item.label) for item in items))
    more = len(labels) - _NAMED
    listed = [*islice(labels, _NAMED), *([f"{more} more"] if more > 0 else [])]
    return " and ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))


def _is_drawn(placed: Placed, _: Timeline) -> bool:
    return isinstance(placed.item, Text | Shape)


def _is_caption(placed: Placed, _: Timeline) -> bool:
    return isinstance(placed.item, Captions)


def _is_transformed(placed: Placed, _: Timeline) -> bool:
    item = placed.item
    return isinstance(item, Video | Image) and (
        item.transform != Transform() or item.opacity != 1 or bool(item.effects)
    )


def _is_animated(placed: Placed, _: Timeline) -> bool:
    return bool(placed.item.keyframes)


def _fades(placed: Placed, _: Timeline) -> bool:
    return bool(placed.item.fade_in or placed.item.fade_out)


def _is_levelled(placed: Placed, _: Timeline) -> bool:
    item = placed.item
    if isinstance(item, Audio) and item.duck:
        return True
    return isinstance(item, Video | Audio) and item.volume != 1 and not item.muted


def _goes_back(placed: Placed, _: Timeline) -> bool:
    return isinstance(placed.item, Video) and placed.item.backwards


def _comes_in_otherwise(placed: Placed, _: Timeline) -> bool:
    item = placed.item
    transition = None if isinstance(item, Audio) or not placed.overlap else item.transition_in
    return transition is not None and transition.kind != "crossfade"


def _loops_on(placed: Placed, film: Timeline) -> bool:
    length = pass_frames(placed, film)
    return length is not None and length * MOST_PASSES < placed.frames


def _ambiguous(film: Timeline) -> Iterator[str]:
    """Files that other programs cannot tell apart, as they look for them by name."""
    by_name: dict[str, set[str]] = {}
    for clip in film.clips.values():
        by_name.setdefault(clip.name, set()).add(clip.sha256)
    for name, files in by_name.items():
        if len(files) > 1:
            yield f"which of {len(files)} files is meant by the name {quoted(name)}"


_Has = Callable[[Placed, Timeline], bool]
_LOSSES: tuple[tuple[str, _Has], ...] = (
    ("the look of {} (markers stand for it)", _is_drawn),
    ("{} (.srt and .vtt have the words)", _is_caption),
    ("place, size, opacity and colours of {}", _is_transformed),
    ("the animation of {}", _is_animated),
    ("the fades of {}", _fades),
    ("the loudness of {}", _is_levelled),
    ("the way back of {} (some programs play it forwards)", _goes_back),
    ("the kind of transition before {} (some programs show a dissolve)", _comes_in_otherwise),
    (f"the repetitions of {{}} beyond {MOST_PASSES}", _loops_on),
)
